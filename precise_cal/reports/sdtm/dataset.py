"""A dataset with the metadata of its variables, and values as SDTM writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from precise_cal.files.errors import FileError
from precise_cal.protocol.components import MINUTE_MS
from precise_cal.protocol.elapsed import days_after, instant
from precise_cal.protocol.temporal import DateTime
from precise_cal.reports.plain import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from precise_cal.protocol.temporal import Date
    from precise_cal.reports.case import Case, Trial

Value = str | int | None
Row = Mapping[str, Value]
"""Values by the names of the variables."""
MOST: Final = 200
"""Bytes that a character variable holds in XPT version 5."""
_ASCII: Final = str.maketrans(
    {
        "≥": ">=",
        "≤": "<=",
        "–": "-",
        "—": "-",
        "−": "-",
        "×": "x",
        "µ": "u",
        "μ": "u",
        "“": '"',
        "”": '"',
        "’": "'",
        "…": "...",
        "\n": " ",
        "\t": " ",
    }
)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable (a column) of a dataset."""

    name: str
    label: str
    type: Literal["text", "integer"] = "text"
    core: Literal["Req", "Exp", "Perm"] = "Req"
    key: int = 0
    """Its place among the keys, from 1."""
    comment: str = ""
    """Origin, codelist, or what is special here."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset: its variables, and a row for each record."""

    name: str
    label: str
    structure: str
    variables: tuple[Variable, ...]
    rows: tuple[tuple[Value, ...], ...] = field(repr=False)

    def column(self, name: str) -> list[Value]:
        """The values of a variable."""
        place = [one.name for one in self.variables].index(name)
        return [row[place] for row in self.rows]


STUDYID: Final = Variable("STUDYID", "Study Identifier", key=1)
DOMAIN: Final = Variable("DOMAIN", "Domain Abbreviation")
USUBJID: Final = Variable(
    "USUBJID", "Unique Subject Identifier", key=2, comment="STUDYID and the study number of the participant"
)
EPOCH: Final = Variable("EPOCH", "Epoch", core="Perm", comment="CDISC codelist C99079")


def dataset(name: str, label: str, structure: str, variables: Sequence[Variable], rows: Sequence[Row]) -> Dataset:
    """A dataset from rows by variable name; permissible variables that are empty throughout are left out."""
    kept = [one for one in variables if one.core != "Perm" or any(row.get(one.name) not in (None, "") for row in rows)]
    values = tuple(tuple(_held(row.get(one.name), one) for one in kept) for row in rows)
    return Dataset(name, label, structure, tuple(kept), values)


def of_subjects(trial: Trial, domain: str, rows: Callable[[Case], Iterable[Row]]) -> list[Row]:
    """The rows of every participant, with the identifiers that each row of a domain has, numbered per participant."""
    return [
        {
            "STUDYID": trial.study.id,
            "DOMAIN": domain,
            "USUBJID": usubjid(trial, case),
            f"{domain}SEQ": sequence,
            **row,
        }
        for case in trial.cases
        for sequence, row in enumerate(rows(case), start=1)
    ]


def of_trial(trial: Trial, domain: str, rows: Iterable[Row]) -> list[Row]:
    """The rows of a domain that describes the trial, with their identifiers."""
    return [{"STUDYID": trial.study.id, "DOMAIN": domain, **row} for row in rows]


def usubjid(trial: Trial, case: Case) -> str:
    """The identifier of a participant among all studies."""
    return f"{trial.study.id}-{case.id}"


def check_subjects(trial: Trial) -> None:
    """Refuse participants whose identifiers are the same once they are written in ASCII, as XPT has them.

    Raises:
        FileError: two of them are; both are named.
    """
    known: dict[str, str] = {}
    for case in trial.cases:
        written = ascii_text(shortened(usubjid(trial, case)))
        other = known.setdefault(written, case.id)
        if other != case.id:
            both = f'participants "{other}" and "{case.id}"'
            raise FileError(f"{both} come to one USUBJID, {written}: rename one of them")


def supplemental() -> tuple[Variable, ...]:
    """The variables of a supplemental dataset."""
    return (
        STUDYID,
        Variable("RDOMAIN", "Related Domain Abbreviation", key=2),
        Variable("USUBJID", "Unique Subject Identifier", key=3),
        Variable("IDVAR", "Identifying Variable", core="Exp", key=4),
        Variable("IDVARVAL", "Identifying Variable Value", core="Exp", key=5),
        Variable("QNAM", "Qualifier Variable Name", key=6),
        Variable("QLABEL", "Qualifier Variable Label"),
        Variable("QVAL", "Data Value"),
        Variable("QORIG", "Origin"),
        Variable("QEVAL", "Evaluator", core="Exp"),
    )


def qualifier(
    trial: Trial, of: tuple[str, str, str, str], told: tuple[str, str, Value], origin: str, who: str = ""
) -> Row:
    """A row of a supplemental dataset.

    Args:
        trial: the trial.
        of: the domain of the record it belongs to, its participant, and the variable that tells it with its value.
        told: name, label and value of the qualifier.
        origin: where the value comes from.
        who: evaluated it.
    """
    domain, subject, variable, key = of
    name, label, value = told
    return {
        "STUDYID": trial.study.id,
        "RDOMAIN": domain,
        "USUBJID": subject,
        "IDVAR": variable,
        "IDVARVAL": key,
        "QNAM": name,
        "QLABEL": label,
        "QVAL": value,
        "QORIG": origin,
        "QEVAL": who,
    }


def _held(value: Value, variable: Variable) -> Value:
    if variable.type == "integer":
        return value
    return shortened("" if value is None else str(value))


def ascii_text(text: str) -> str:
    """The text in ASCII, which XPT version 5 is limited to: usual signs spelled out, others as escapes."""
    return visible(text).translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def shortened(text: str) -> str:
    """The text, cut where its ASCII form would be longer than a variable holds."""
    if len(ascii_text(text)) <= MOST:
        return text
    kept = text[:MOST]
    while len(ascii_text(kept)) > MOST - 4:
        kept = kept[:-1]
    return f"{kept} ..."


def pieces(text: str) -> list[str]:
    """The text in pieces that a variable holds, broken between words."""
    words = " ".join(ascii_text(text).split()).split(" ")
    parts = [""]
    for word in words:
        for piece in (word[at : at + MOST] for at in range(0, max(1, len(word)), MOST)):
            joined = f"{parts[-1]} {piece}".strip()
            if len(joined) <= MOST:
                parts[-1] = joined
            else:
                parts.append(piece)
    return parts


def dtc(moment: Date | DateTime | str | None, offset_minutes: int) -> str:
    """A date or date-time at the sites, as ISO 8601 without an offset."""
    if moment is None:
        return ""
    if isinstance(moment, str):
        try:
            moment = DateTime.parse(moment)
        except ValueError:
            return ""
    if isinstance(moment, DateTime):
        exact = instant(moment)
        if exact is not None:
            return str(DateTime.from_milliseconds(exact + offset_minutes * MINUTE_MS))[:19]
    return str(moment)[:10]


def study_day(case: Case, moment: Date | DateTime | str | None, offset_minutes: int) -> int | None:
    """The study day: that of day zero is 1, the day before it -1; there is no day 0."""
    if isinstance(moment, str):
        moment = DateTime.parse(moment) if moment else None
    days = days_after(case.facts.day_zero, moment, offset_minutes)
    return None if days is None else days + (days >= 0)
