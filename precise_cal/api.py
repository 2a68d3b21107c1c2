"""PRECISE from Python: a trial read once, records judged one by one, findings as data (contract, section 7).

    import precise_cal

    trial = precise_cal.load_trial()                     # or a folder with another trial
    record = trial.read(Path("patient.json"))
    report = trial.check(record)
    print(report.gate.decision)

Everything here is immutable. Errors are `PreciseError`: a record that is not valid raises `RecordError`, which lists
every problem with its JSON Pointer; a rule file that is wrong raises `RuleFileError`.
"""

from __future__ import annotations

import datetime
import importlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from precise_cal.engine.check import SOFTWARE, Checker
from precise_cal.engine.each import judge_each
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.tally import Tally
from precise_cal.files.records import InputError, expand, read_one, read_sources
from precise_cal.protocol.from_json import RecordError, parse_json
from precise_cal.protocol.report import SCHEMA_VERSION
from precise_cal.protocol.report import Report as ReportModel
from precise_cal.protocol.scalars import read_instant
from precise_cal.protocol.to_json import report_json
from precise_cal.protocol.verdicts import YES
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.report import (
        Because,
        Deviation,
        Gate,
        Notice,
        Protocol,
        Query,
        Subject,
        Verdict,
    )
    from precise_cal.protocol.temporal import DateTime
    from precise_cal.protocol.verdicts import Kind, VerdictWord


@dataclass(frozen=True, slots=True)
class Record:
    """A valid participant record.

    Attributes:
        data: the JSON document that it was read from, by whose SHA-256 reports name it.
        fields: its parts, with exact decimals and partial dates: ``record.fields.consent.signed_at``. What is not
            known is None.
    """

    data: bytes = field(repr=False)
    fields: Part


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule says of a participant.

    Attributes:
        id: of the rule, such as ``IC-5``.
        kind: ``inclusion``, ``exclusion``, ``gate``, ``conduct``, ``outcome`` or ``side_finding``.
        verdict: the word (contract, section 2).
        title: of the rule.
        reasons: what decided it: JSON Pointer, observed and required.
    """

    id: str
    kind: Kind
    verdict: VerdictWord
    title: str
    reasons: tuple[Because, ...]


@dataclass(frozen=True)
class Report:
    """The findings about one participant. ``report[id]`` is what a rule says, iteration gives every rule."""

    subject: Subject
    protocol: Protocol
    generated_at: str

    @property
    def subject_id(self) -> str:
        """The participant."""
        return self.subject.subject_id

    @property
    def site_id(self) -> str | None:
        """The site; None where it is not known."""
        return self.subject.site_id

    @property
    def gate(self) -> Gate:
        """Whether the participant may be randomized by the rules: decision, what forbids it, what is undecided."""
        return self.subject.gate

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """Candidates for protocol deviations."""
        return self.subject.deviations

    @property
    def queries(self) -> tuple[Query, ...]:
        """What to ask the site."""
        return self.subject.queries

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What should be seen and decides nothing."""
        return self.subject.notices

    @property
    def events(self) -> tuple[RuleResult, ...]:
        """The outcome events that took place."""
        return tuple(one for one in self if one.kind == "outcome" and one.verdict == YES)

    @cached_property
    def rules(self) -> dict[str, RuleResult]:
        """What every rule says, by its id, in the order of the rule files."""
        return {one.id: _result(one) for one in self.subject.verdicts}

    def __getitem__(self, rule: str) -> RuleResult:
        """What a rule says. Raises `KeyError` for an id that the trial does not have."""
        return self.rules[rule]

    def __iter__(self) -> Iterator[RuleResult]:
        """What every rule says."""
        return iter(self.rules.values())

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON data (contract, section 3), with this participant alone."""
        tally = Tally()
        tally.add(self.subject)
        subjects = (self.subject,)
        model = ReportModel(SCHEMA_VERSION, self.generated_at, SOFTWARE, self.protocol, subjects, tally.summary())
        data: dict[str, Any] = json.loads(report_json(model))
        return data


def _result(verdict: Verdict) -> RuleResult:
    return RuleResult(verdict.id, verdict.kind, verdict.verdict, verdict.title, verdict.because)


class Trial:
    """A trial whose rules are read and compiled; `load_trial` makes it."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book

    @property
    def study_id(self) -> str:
        """The registry's name of the study."""
        return self._book.version.study_id

    @property
    def protocol(self) -> Protocol:
        """Study, version, and the SHA-256 over the rule files."""
        return self._book.version

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """The rules, in the order in which reports have them."""
        return tuple(one.id for one in self._book.lineup)

    def read(self, source: Path | bytes | str | dict[str, Any]) -> Record:
        """A participant record.

        Args:
            source: a file (`Path`), a JSON document as bytes or text, or JSON data as a dict. Decimals of a dict may be
                text, `Decimal`, or floats, which are taken by their shortest decimal digits.

        Raises:
            RecordError: it is no valid record; every problem is listed with its JSON Pointer.
            InputError: the file cannot be read.
        """
        data = _bytes(source)
        return Record(data, self._book.records.record(parse_json(data)))

    def check(self, record: Record | Path | bytes | str | dict[str, Any], now: str | None = None) -> Report:
        """Judge a participant by every rule.

        Args:
            record: what `read` gave, or what it takes.
            now: the instant or day at which due and overdue are judged, as ISO 8601; without it the record's cut-off.

        Raises:
            RecordError: the record is not valid, or belongs to another study.
            InputError: a file cannot be read, or `now` is no instant.
        """
        known = record if isinstance(record, Record) else self.read(record)
        moment = _instant(now)
        checker = Checker(self._book, moment)
        return Report(checker.subject(known.fields, known.data), checker.protocol, _generated_at(moment))

    def check_all(self, paths: Iterable[str | Path] | str | Path, now: str | None = None) -> Iterator[Report]:
        """Judge the participants of files, JSON Lines and folders, one after another, in flat memory.

        Args:
            paths: files or folders.
            now: as for `check`.

        Raises:
            InputError: a file cannot be read, or holds a record that is not valid; the error names file and problems.
        """
        named = [paths] if isinstance(paths, str | Path) else list(paths)
        moment = _instant(now)
        checker = Checker(self._book, moment)
        for source, judged in judge_each(checker, read_sources(expand([str(one) for one in named]))):
            if isinstance(judged, RecordError):
                raise InputError("\n".join(f"{source}: {problem}" for problem in judged.problems))
            yield Report(judged[1], checker.protocol, _generated_at(moment))


def load_trial(folder: Path | str | None = None) -> Trial:
    """A trial: PRECISE CAL, which comes with the package, or that of a folder (docs/trial.md).

    Raises:
        RuleFileError: a file is missing or wrong; every problem is listed with its place.
    """
    return Trial(rulebook(bundled() if folder is None else Path(folder)))


def to_frame(reports: Iterable[Report], library: Literal["pandas", "polars"] = "pandas") -> Any:
    """One row per participant and rule, as a data frame.

    Args:
        reports: those of participants.
        library: whose data frame it is; it has to be installed.

    Returns:
        Columns ``subject_id``, ``site_id``, ``rule``, ``kind``, ``verdict``, ``title``, ``reasons`` (observed values
        with their JSON Pointers, in words) and ``record_sha256``.

    Raises:
        ImportError: the library is not installed.
    """
    rows = [_row(report, one) for report in reports for one in report]
    columns = {name: [row[name] for row in rows] for name in _COLUMNS}
    return importlib.import_module(library).DataFrame(columns)


_COLUMNS = ("subject_id", "site_id", "rule", "kind", "verdict", "title", "reasons", "record_sha256")


def _row(report: Report, one: RuleResult) -> dict[str, str | None]:
    reasons = "; ".join(f"{reason.observed or 'not known'} {reason.pointer}" for reason in one.reasons)
    values = (report.subject_id, report.site_id, one.id, one.kind, one.verdict, one.title, reasons)
    return dict(zip(_COLUMNS, (*values, report.subject.record_sha256), strict=True))


def _bytes(source: Path | bytes | str | dict[str, Any]) -> bytes:
    if isinstance(source, Path):
        return read_one(source)
    if isinstance(source, dict):
        return json.dumps(source, ensure_ascii=False, default=str).encode()
    return source.encode() if isinstance(source, str) else source


def _instant(text: str | None) -> DateTime | None:
    if text is None:
        return None
    try:
        return read_instant(text)
    except ValueError as error:
        raise InputError(f'now "{text}": {error}') from None


def _generated_at(moment: DateTime | None) -> str:
    return str(moment) if moment is not None else datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
