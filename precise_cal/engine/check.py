"""Every rule on one participant: verdicts, the gate's decision, queries and notices."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.judging.choice import chosen, undecided
from precise_cal.engine.judging.evaluation import RecordEvaluation, moment_of, not_judged
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
    from precise_cal.engine.rulebook.timeline import Key
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
        (found,) = self.subjects([(record, data)])
        if isinstance(found, RecordError):
            raise found
        return found

    def subjects(self, records: Iterable[tuple[Part, bytes]]) -> list[Subject | RecordError]:
        """Everything that is found about each of some participants, or why one is not judged.

        Each rule judges all of them before the next one does: what a rule needs of the processor's caches is large.

        Args:
            records: participants, each with the bytes that it was read from, as of `subject`.
        """
        begun = [self._begun(record, data) for record, data in records]
        judging = [one for one in begun if not isinstance(one, RecordError)]
        for place in range(max((len(one.rules) for one in judging), default=0)):
            for one in judging:
                if place < len(one.rules):
                    one.judge(one.rules[place])
        return [one if isinstance(one, RecordError) else one.error or self._found(one) for one in begun]

    def _begun(self, record: Part, data: bytes) -> _Judging | RecordError:
        try:
            evaluation = self._evaluation(record)
            return _Judging(record, evaluation, *chosen(evaluation, self.standing), data)
        except RecordError as error:
            return error

    def _found(self, judged: _Judging) -> Subject:
        evaluation, book = judged.evaluation, self.book
        record = judged.record
        gate = gate_of(judged.verdicts, book.required_by_gate)
        deviations = book.deviations.deviations(judged.found)
        evaluation.use(judged.enrolled_under)
        populations, reasons = membership(
            book.edition_of(judged.enrolled_under).populations, deviations, evaluation.state
        )
        return Subject(
            subject_id=book.role("participant", record),
            site_id=book.role("site", record),
            record_sha256=sha256(judged.data).hexdigest(),
            gate=gate,
            verdicts=(*judged.verdicts, gate_verdict(gate)),
            deviations=deviations,
            queries=tuple(judged.queries),
            notices=(
                *judged.notices,
                *self._other_version(record),
                *_placeholder_notices(book.records.placeholders(judged.data)),
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
        judged = _Judging(record, evaluation, *chosen(evaluation, self.standing, only))
        for one in judged.rules:
            judged.judge(one)
        if judged.error is not None:
            raise judged.error
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


class _Judging:
    """A participant who is judged rule by rule.

    Args:
        record: the participant, as recorded.
        evaluation: the same with moments in doubt as ones that may be any.
        rules: those that judge.
        enrolled_under: the edition of enrollment.
        data: the bytes that the record was read from.
    """

    def __init__(
        self,
        record: Part,
        evaluation: RecordEvaluation,
        rules: Sequence[Chosen | Open],
        enrolled_under: Key,
        data: bytes = b"",
    ) -> None:
        self.record = record
        self.evaluation = evaluation
        self.rules = rules
        self.enrolled_under = enrolled_under
        self.data = data
        self.verdicts: list[Verdict] = []
        self.notices: list[Notice] = []
        self.error: RecordError | None = None
        self.found, self.queries = contradicted(evaluation)

    def judge(self, one: Chosen | Open) -> None:
        """Judge by a rule; not at all where an earlier one cannot be evaluated."""
        if self.error is not None:
            return
        if isinstance(one, Open):
            verdict, query = undecided(self.evaluation, one)
            self.queries.append(query)
        else:
            self.evaluation.use(one.key)
            try:
                verdict, asked, noted, followed = outcome(self.evaluation, one.rule)
            except EvaluationError as error:
                self.error = not_judged(one.rule.rule.id, error)
                return
            self.queries += asked
            self.notices += noted
            self.found += followed
        self.verdicts.append(verdict)


def contradicted(evaluation: RecordEvaluation) -> tuple[list[Found], list[Query]]:
    """What is wrong with the chronology: a finding and a query for each moment that others contradict."""
    table, found, queries = evaluation.book.chronology, [], []
    for index, one in enumerate(evaluation.doubts.contradictions if evaluation.doubts else ()):
        fact = finding_fact(table.rule, table.finding, index, None)
        found.append(Found(fact, None, str(one.moment.value), one.text))
        queries.append(Query(one.moment.pointer, table.rule, one.question))
    return found, queries
