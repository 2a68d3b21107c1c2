"""A dataset with the metadata of its variables, which are those of the implementation guide, in its order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from precise_cal.files.errors import FileError
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.sdtm import StandardDataset, datasets
from precise_cal.reports.sdtm.text import ascii_text, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from precise_cal.protocol.sdtm import StandardVariable
    from precise_cal.reports.case import Case, Trial

Value = str | int | float | None
Row = Mapping[str, Value]
"""Values by the names of the variables."""
SAS_DATE: Final = ("DATE", 9)
"""How SAS shows a date that it counts in days: the name of the format and its width."""
DATE_FORMAT: Final = "DATE9."
"""The same in one word."""
Origin = Literal["Collected", "Derived", "Assigned", "Protocol", "Predecessor"]


@dataclass(frozen=True, slots=True)
class Note:
    """What a description of the data says of a variable beside what the guide does."""

    origin: Origin = "Assigned"
    derivation: str = ""
    """How it is derived, in words; of a predecessor, which variable it is."""
    expressions: tuple[str, ...] = ()
    """The same in HL7 CQL."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable (a column) of a dataset."""

    name: str
    label: str
    type: Literal["text", "integer", "float", "date"]
    """A date is an ISO 8601 text here; SAS counts its days."""
    role: str
    core: Literal["Req", "Exp", "Perm"]
    codelists: tuple[str, ...] = ()
    key: int = 0
    """Its place among the keys, from 1."""
    note: Note = field(default_factory=Note)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset: its variables, and a row for each record, in the order of the keys."""

    name: str
    label: str
    structure: str
    kind: str
    guide: str
    variables: tuple[Variable, ...]
    rows: tuple[tuple[Value, ...], ...] = field(repr=False)

    def column(self, name: str) -> list[Value]:
        """The values of a variable."""
        place = [one.name for one in self.variables].index(name)
        return [row[place] for row in self.rows]

    @property
    def records(self) -> list[dict[str, Value]]:
        """The rows by the names of the variables."""
        names = [one.name for one in self.variables]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    @property
    def keys(self) -> tuple[str, ...]:
        """The variables that tell a record, in their order."""
        return tuple(one.name for one in sorted((v for v in self.variables if v.key), key=lambda one: one.key))


def standard(name: str) -> StandardDataset:
    """A dataset as the guide has it; those of supplemental qualifiers are of one form."""
    if name.startswith("SUPP"):
        one = datasets()["SUPPQUAL"]
        label = f"Supplemental Qualifiers for {name[4:]}"
        return StandardDataset(name, one.kind, label, one.structure, one.guide, one.variables, one.names)
    return datasets()[name]


def dataset(
    name: str, rows: Iterable[Row], keys: Sequence[str], notes: Mapping[str, Note] | None = None, structure: str = ""
) -> Dataset:
    """A dataset from rows by variable name, sorted by its keys.

    Args:
        name: that of the guide.
        rows: one for each record; permissible variables that are empty throughout are left out.
        keys: the variables that tell a record, in the order by which the records are sorted.
        notes: what is known of variables beside what the guide says.
        structure: where it is not that of the guide.
    """
    form, given = standard(name), list(rows)
    names = {
        one.name for one in form.variables if one.core != "Perm" or any(_is_known(row.get(one.name)) for row in given)
    }
    kept = [one for one in form.variables if one.name in names or f"{one.name.removesuffix('DY')}DTC" in names]
    variables = tuple(_variable(one, given, keys, (notes or {}).get(one.name)) for one in kept)
    ordered = sorted(given, key=lambda row: tuple(_sortable(row.get(key)) for key in keys))
    values = tuple(tuple(_held(row.get(one.name), one) for one in variables) for row in ordered)
    return Dataset(name, form.label, structure or form.structure, form.kind, form.guide, variables, values)


def _variable(one: StandardVariable, rows: Sequence[Row], keys: Sequence[str], note: Note | None) -> Variable:
    kind: Literal["text", "integer", "float"] = "text"
    if one.is_number:
        kind = "float" if any(isinstance(row.get(one.name), float) for row in rows) else "integer"
    key = keys.index(one.name) + 1 if one.name in keys else 0
    return Variable(one.name, one.label, kind, one.role, one.core, one.codelists, key, note or _note(one))


def _note(one: StandardVariable) -> Note:
    """What follows from the kind of a variable."""
    if one.name == "USUBJID":
        return Note("Derived", "STUDYID, a hyphen, and the study number of the participant")
    if one.name.endswith("SEQ"):
        return Note("Derived", "Records of a participant counted in the order of their dates")
    if one.name.endswith("DY") and one.is_number and one.name != "VISITDY":
        return Note("Derived", "Calendar days from DM.RFSTDTC, which is day 1; the day before it is -1")
    if one.name in _DERIVED:
        return Note("Derived", _DERIVED[one.name])
    return Note("Protocol" if one.name in ("STUDYID", "VISIT", "VISITNUM", "VISITDY") else "Assigned")


_DERIVED: Final[Mapping[str, str]] = {
    "EPOCH": "The epoch of the element in which the date lies; without a date, the epoch of what is planned",
    "TAETORD": "The planned order of the element within the arm",
}


def _is_known(value: Value) -> bool:
    return value not in (None, "")


def _sortable(value: Value) -> tuple[float, str]:
    return (0, value) if isinstance(value, str) else (-1 if value is None else value, "")


def _held(value: Value, variable: Variable) -> Value:
    if variable.type == "text":
        return "" if value is None else str(value)
    return float(value) if variable.type == "float" and isinstance(value, int) else value


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
            text = 'participants "{ $one }" and "{ $other }" come to one USUBJID, { $written }: rename one of them'
            raise FileError(message(text, one=other, other=case.id, written=Verbatim(written)))
