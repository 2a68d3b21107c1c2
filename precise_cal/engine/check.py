"""Every rule on one participant: verdicts, the gate's decision, queries and notices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.engine.judging.choice import chosen, undecided
from precise_cal.engine.judging.evaluation import RecordEvaluation, guarded, moment_of
from precise_cal.engine.judging.gate import gate_of, gate_verdict, is_read_by_gate
from precise_cal.engine.judging.moments import Moments, Open
from precise_cal.engine.judging.outcome import outcome
from precise_cal.engine.populations import membership
from precise_cal.engine.rulebook.consequences import Found, finding_fact
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.from_json import Problem, RecordError
from precise_cal.protocol.report import Notice, Query, Software, Subject
from precise_cal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from precise_cal.engine.judging.moments import Chosen, Standing
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.report import Gate, Protocol, Verdict
    from precise_cal.protocol.temporal import DateTime

SOFTWARE: Final = Software("precise-cal", __version__)
OTHER_VERSION: Final = "OTHER_PROTOCOL_VERSION"
"""The code of the notice that a record names a version of the protocol by which it was not judged."""
PLACEHOLDER: Final = "PLACEHOLDER"
"""The code of the notice that a text was read as unknown."""


class GateFindings(NamedTuple):
    """What is found about one participant by the rules that the gate reads."""

    gate: Gate
    verdicts: Sequence[Verdict]
    queries: Sequence[Query]
    notices: Sequence[Notice]


@dataclass(slots=True)
class Checker:
    """Judges records one by one; the rules are compiled once.

    Args:
        book: the rules.
        now: the instant at which due and overdue are judged; without it, each record's own cut-off.
        all_reasons: whether verdicts that all is in order have their reasons too, or only those that need a person.
        standing: who is enrolled or has left, where the records are parts that do not tell.
    """

    book: Rulebook
    now: DateTime | None = None
    all_reasons: bool = True
    standing: Standing | None = None

    @property
    def software(self) -> Software:
        """What reports say of this program."""
        return SOFTWARE

    @property
    def protocol(self) -> Protocol:
        """What reports say of the rules."""
        return self.book.version

    def version_of(self, record: Part) -> str | None:
        """The version of the protocol in force at enrollment, several where it is open which; None without versions."""
        now = moment_of(self.book, record, self.now)
        return Moments(self.book, record, now, self.standing).version()

    def subject(self, record: Part, data: bytes) -> Subject:
        """Everything that is found about one participant.

        Args:
            record: the participant.
            data: the bytes that the record was read from; their SHA-256 stands in the report.

        Raises:
            RecordError: the record belongs to another study, or is more than a rule can be evaluated for.
        """
        evaluation = self._evaluation(record)
        rules, enrolled_under = chosen(evaluation, self.standing)
        judged = _judged(evaluation, rules)
        gate = gate_of(judged.verdicts, self.book.required_by_gate)
        deviations = self.book.deviations.deviations(judged.found)
        evaluation.use(enrolled_under)
        populations, reasons = membership(
            self.book.edition_of(enrolled_under).populations, deviations, evaluation.state
        )
        return Subject(
            subject_id=self.book.role("participant", record),
            site_id=self.book.role("site", record),
            record_sha256=sha256(data).hexdigest(),
            gate=gate,
            verdicts=(*judged.verdicts, gate_verdict(gate)),
            deviations=deviations,
            queries=tuple(judged.queries),
            notices=(
                *judged.notices,
                *self._other_version(record),
                *_placeholder_notices(self.book.records.placeholders(data)),
            ),
            populations=populations,
            population_reasons=reasons,
        )

    def gate(self, record: Part) -> GateFindings:
        """What `subject` finds by the rules that the gate reads, without judging the others.

        Raises:
            RecordError: as `subject`.
        """
        book, evaluation = self.book, self._evaluation(record)
        only = {one.id for one in book.lineup if is_read_by_gate(one.kind, one.id, book.required_by_gate)}
        judged = _judged(evaluation, chosen(evaluation, self.standing, only)[0])
        gate = gate_of(judged.verdicts, book.required_by_gate)
        return GateFindings(gate, judged.verdicts, judged.queries, judged.notices)

    def _evaluation(self, record: Part) -> RecordEvaluation:
        self._check_study(record)
        if self.book.role("participant", record) is None:
            raise RecordError([Problem("", None, "does not say who the participant is (the role participant)")])
        return RecordEvaluation(self.book, record, self.now, all_reasons=self.all_reasons)

    def _other_version(self, record: Part) -> Iterator[Notice]:
        """That the record names another version of the protocol than those that judge."""
        named = self.book.role("protocol_version", record)
        if named is None or named == self.book.version.version:
            return
        judging = self.version_of(record) or self.book.version.version
        if named not in judging or all(one.id != named for one in self.book.timeline.versions):
            text = message(
                "the record is of protocol version { $named }, the rules are of { $judging }",
                named=Verbatim(named),
                judging=judging,
            )
            yield Notice(OTHER_VERSION, "", text, self.book.schema.role_pointer("protocol_version"))

    def _check_study(self, record: Part) -> None:
        named, expected = self.book.role("study", record), self.book.version.study_id
        if named is not None and named != expected:
            text = message("is another study: these rules are those of { $expected }", expected=expected)
            raise RecordError([Problem(self.book.schema.role_pointer("study"), f'"{named}"', text)])


def _placeholder_notices(problems: list[Problem]) -> list[Notice]:
    """That a text says nothing belongs to no rule; its place stands where other notices name a lesion."""
    texts = [message("{ $value } { $about }", value=one.value, about=one.text) for one in problems]
    return [Notice(PLACEHOLDER, "", text, one.pointer) for text, one in zip(texts, problems, strict=True)]


class _Judged(NamedTuple):
    """What all rules come to."""

    verdicts: list[Verdict]
    queries: list[Query]
    notices: list[Notice]
    found: list[Found]


def _judged(evaluation: RecordEvaluation, rules: Iterable[Chosen | Open]) -> _Judged:
    found, queries = contradicted(evaluation)
    judged = _Judged([], queries, [], found)
    for one in rules:
        if isinstance(one, Open):
            verdict, query = undecided(evaluation, one)
            judged.queries.append(query)
        else:
            evaluation.use(one.key)
            verdict, asked, noted, followed = guarded(one.rule.rule.id, partial(outcome, evaluation, one.rule))
            judged.queries.extend(asked)
            judged.notices.extend(noted)
            judged.found.extend(followed)
        judged.verdicts.append(verdict)
    return judged


def contradicted(evaluation: RecordEvaluation) -> tuple[list[Found], list[Query]]:
    """What is wrong with the chronology: a finding and a query for each moment that others contradict."""
    table, found, queries = evaluation.book.chronology, [], []
    for index, one in enumerate(evaluation.doubts.contradictions if evaluation.doubts else ()):
        fact = finding_fact(table.rule, table.finding, index, None)
        found.append(Found(fact, None, str(one.moment.value), one.text))
        queries.append(Query(one.moment.pointer, table.rule, one.question))
    return found, queries
