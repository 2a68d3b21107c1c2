"""Every rule on one participant: verdicts, the gate's decision, queries and notices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeVar

from precise_cal.engine.cql.calendar import as_instant, ensure_offset
from precise_cal.engine.cql.compile import evaluate
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.state import State
from precise_cal.engine.judging.chronology import doubts_about, without_doubts
from precise_cal.engine.judging.judge import Judgment, items_of, judge
from precise_cal.engine.judging.moments import Chosen, Moments, Open, choose, question
from precise_cal.engine.judging.pointers import Pointers
from precise_cal.engine.judging.reasons import NO_QUESTIONS, Teller
from precise_cal.engine.judging.sentences import ask, say
from precise_cal.engine.populations import membership
from precise_cal.engine.record_types import at_offset, read_in_vain
from precise_cal.engine.rulebook.consequences import Found, criterion_fact, finding_fact
from precise_cal.engine.rulebook.timeline import in_words
from precise_cal.protocol.catalog import message
from precise_cal.protocol.from_json import Problem, RecordError
from precise_cal.protocol.pointer import pointer_of
from precise_cal.protocol.report import Because, Gate, Notice, Query, Sentence, Software, Subject, Verdict
from precise_cal.protocol.verdicts import (
    ALLOW,
    COMPLIANT,
    CRITERIA,
    DEVIATION,
    FAILING,
    INCOMPLETE,
    LADDERS,
    OPEN,
    PASSING,
    REFUSE,
)
from precise_cal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from precise_cal.engine.judging.judge import Item
    from precise_cal.engine.judging.moments import Standing
    from precise_cal.engine.judging.reasons import Wanted
    from precise_cal.engine.rulebook.edition import Condition, ExecutableQuery, ExecutableRule, ExecutableScope, Lineup
    from precise_cal.engine.rulebook.populations import Population
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.timeline import Key
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.report import Protocol
    from precise_cal.protocol.temporal import Date, DateTime
    from precise_cal.protocol.verdicts import GateVerdict, VerdictWord

Result = TypeVar("Result")
SOFTWARE: Final = Software("precise-cal", __version__)
GATE_ID: Final = "GATE"
GATE_TITLE: Final = "May be randomized"
OTHER_VERSION: Final = "OTHER_PROTOCOL_VERSION"
"""The code of the notice that a record names a version of the protocol by which it was not judged."""
PLACEHOLDER: Final = "PLACEHOLDER"
"""The code of the notice that a text was read as unknown."""


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
        now = _moment(self.book, record, self.now)
        return Moments(self.book, record, now, self.standing).version()

    def subject(self, record: Part, data: bytes) -> Subject:
        """Everything that is found about one participant.

        Args:
            record: the participant.
            data: the bytes that the record was read from; their SHA-256 stands in the report.

        Raises:
            RecordError: the record belongs to another study, or is more than a rule can be evaluated for.
            RuleFileError: an edition of the rules that this participant is the first to need is wrong.
        """
        self._check_study(record)
        run = _Run(self.book, record, self.now, self.standing, all_reasons=self.all_reasons)
        run.contradict()
        chosen = run.chosen()
        verdicts = tuple([run.open(one) if isinstance(one, Open) else run.verdict(one) for one in chosen])
        gate = gate_of(verdicts, self.book.required_by_gate)
        deviations = self.book.deviations.deviations(run.found)
        populations, reasons = membership(run.populations(), deviations, run.state)
        return Subject(
            subject_id=self.book.role("participant", record),
            site_id=self.book.role("site", record),
            record_sha256=sha256(data).hexdigest(),
            gate=gate,
            verdicts=(*verdicts, _gate_verdict(gate)),
            deviations=deviations,
            queries=tuple(run.queries),
            notices=(
                *run.notices,
                *self._other_version(record),
                *_placeholder_notices(self.book.records.placeholders(data)),
            ),
            populations=populations,
            population_reasons=reasons,
        )

    def _other_version(self, record: Part) -> Iterator[Notice]:
        """That the record names another version of the protocol than those that judge."""
        named = self.book.role("protocol_version", record)
        if named is None or named == self.book.version.version:
            return
        judging = self.version_of(record) or self.book.version.version
        if named not in judging or all(one.id != named for one in self.book.timeline.versions):
            text = message(
                "the record is of protocol version { $named }, the rules are of { $judging }",
                named=named,
                judging=judging,
            )
            yield Notice(OTHER_VERSION, "", text, self.book.schema.role_pointer("protocol_version"))

    def _check_study(self, record: Part) -> None:
        named, expected = self.book.role("study", record), self.book.version.study_id
        if named is not None and named != expected:
            text = f"is another study: these rules are those of {expected}"
            raise RecordError([Problem(self.book.schema.role_pointer("study"), f'"{named}"', text)])


def _placeholder_notices(problems: list[Problem]) -> list[Notice]:
    """That a text says nothing belongs to no rule; its place stands where other notices name a lesion."""
    texts = [message("{ $value } { $about }", value=one.value, about=one.text) for one in problems]
    return [Notice(PLACEHOLDER, "", text, one.pointer) for text, one in zip(texts, problems, strict=True)]


class _Run:
    """The rules on one record. What several rules need is computed once: items of scopes, definitions, pointers."""

    def __init__(
        self, book: Rulebook, record: Part, now: DateTime | None, standing: Standing | None, *, all_reasons: bool
    ) -> None:
        self.all_reasons = all_reasons
        self.book = book
        offset = book.utc_offset_minutes
        self.table = book.chronology
        self.labels = book.schema.labels
        self.doubts = doubts_about(record, self.table, offset, with_cutoff=now is None)
        in_doubt = self.doubts is not None and self.doubts.is_cutoff_in_doubt
        moment = None if now is None and in_doubt else _moment(book, record, now)
        judged = without_doubts(record, self.doubts, offset) if self.doubts else record
        self.now = moment
        self.until = _moment(book, record, now)
        self.standing = standing
        self.state = _state(book, judged, moment)
        self._key = book.timeline.keys[0]
        self._states = {self._key: self.state}
        self.teller = Teller(Pointers(judged), self.doubts.questions if self.doubts else NO_QUESTIONS)
        self.queries: list[Query] = []
        self.notices: list[Notice] = []
        self.found: list[Found] = []
        self._items: dict[tuple[int, str], tuple[Item, ...]] = {}

    def chosen(self) -> Sequence[Chosen | Open]:
        """Every rule, of the edition that judges; one that the editions in question disagree about is open."""
        keys = self.book.timeline.keys
        if len(keys) == 1:
            return [Chosen(rule, keys[0]) for rule in self.book.edition_of(keys[0]).rules]
        moments = Moments(self.book, self.state.record, self.until, self.standing)
        self._key = moments.enrolled_under
        found = [self._guarded(one.id, partial(self._choose, moments, one)) for one in self.book.lineup]
        return [one for one in found if one is not None]

    def _choose(self, moments: Moments, one: Lineup) -> Chosen | Open | None:
        """The edition of the moment that a rule declares; what was refused of one who waits for enrollment stands."""
        found = choose(self.book, moments, self.state, one)
        before = moments.consented_under if one.at == "enrollment" else ()
        known = [(key, rule) for key in before if (rule := self.book.rule_in(key, one.id)) is not None]
        if not known or (isinstance(found, Chosen) and all(rule.terms == found.rule.terms for _, rule in known)):
            return found
        refused = [Chosen(rule, key) for key, rule in known if self._is_refused(rule, key)]
        if len(refused) == len(before):
            return refused[-1]
        names = tuple(map(self.book.timeline.name, before))
        return Open(refused[-1].rule, names, "consented_at", moments.span("consent")) if refused else found

    def _is_refused(self, rule: ExecutableRule, key: Key) -> bool:
        self._use(key)
        return judge(rule, self.items(rule.scope), self.state, all_reasons=False).verdict in FAILING

    def populations(self) -> tuple[Population, ...]:
        """The populations, to be evaluated now, as the edition has them under which the participant is enrolled."""
        self._use(self._key)
        return self.book.edition_of(self._key).populations

    def open(self, one: Open) -> Verdict:
        """A rule that differs between the editions in question: undecided, and a question for what would tell."""
        pointer, observed, ask = question(self.book, self.state, self.teller.pointers, one)
        rule = one.rule.rule
        self.queries.append(Query(pointer, rule.id, ask))
        required = f"what tells which version of the protocol decides: {in_words(one.editions)}"
        sentence = Sentence(
            f"It is open which version of the protocol decides: {in_words(one.editions)}",
            f"尚不能确定由方案的哪个版本判定：{'、'.join(one.editions)}",
        )
        return Verdict(
            id=rule.id,
            kind=one.rule.kind,
            verdict=LADDERS[one.rule.kind].unknown,
            title=rule.title,
            quote=rule.quote,
            per=(),
            because=(Because(pointer, observed, required),),
            notices=(),
            parameters=(),
            says=(sentence,),
        )

    def _use(self, key: Key) -> None:
        """Evaluate with the definitions of an edition: what they were in another one is kept apart."""
        found = self._states.get(key)
        if found is None:
            found = self._states[key] = _state(self.book, self.state.record, self.now)
        self.state = found

    def contradict(self) -> None:
        """What is wrong with the chronology: a finding and a query for each moment that others contradict."""
        for index, one in enumerate(self.doubts.contradictions if self.doubts else ()):
            fact = finding_fact(self.table.rule, self.table.finding, index, None)
            self.found.append(Found(fact, None, str(one.moment.value), one.text))
            self.queries.append(Query(one.moment.pointer, self.table.rule, one.question))

    def items(self, scope: ExecutableScope | None) -> tuple[Item, ...]:
        key = id(self.state), scope.id if scope else ""
        if key not in self._items:
            self._items[key] = items_of(scope, self.state)
        return self._items[key]

    def judge(self, rule: ExecutableRule) -> Judgment:
        return judge(rule, self.items(rule.scope), self.state, all_reasons=self.all_reasons)

    def verdict(self, one: Chosen) -> Verdict:
        """The verdict of a rule. Raises `RecordError` where CQL cannot evaluate it for this record."""
        self._use(one.key)
        return self._guarded(one.rule.rule.id, partial(self._verdict, one.rule))

    @staticmethod
    def _guarded(identifier: str, step: Callable[[], Result]) -> Result:
        try:
            return step()
        except EvaluationError as error:
            raise RecordError([Problem("", None, f"cannot be judged by {identifier}: {error}")]) from None

    def _verdict(self, rule: ExecutableRule) -> Verdict:
        judgment = self.judge(rule)
        notices = self._notices(rule, judgment)
        verdict = Verdict(
            id=rule.rule.id,
            kind=rule.kind,
            verdict=judgment.verdict,
            title=rule.rule.title,
            quote=rule.rule.quote,
            per=judgment.per,
            because=_without_invitation(
                rule.kind, self.teller.reasons(judgment.deciding, _wanted(rule.kind, judgment.verdict))
            ),
            notices=tuple(dict.fromkeys(notice.code for notice in notices)),
            parameters=rule.parameters,
            says=self._sentences(rule, judgment),
        )
        self.queries += self._queries(rule, judgment)
        self.notices += notices
        self._find_items(rule, judgment)
        self._find(rule, verdict.verdict)
        return verdict

    def _sentences(self, rule: ExecutableRule, judgment: Judgment) -> tuple[Sentence, ...]:
        """What the rule says of the items that have its verdict, or of the participant."""
        if judgment.verdict not in rule.said_of:
            return ()
        keys = {one.key for one in judgment.per if one.verdict == judgment.verdict}
        concerned = [item for item in judgment.items if rule.scope is None or item.key in keys]
        found = [self._sentence(rule, judgment.verdict, item) for item in concerned]
        return tuple(one for one in found if one is not None)

    def _sentence(self, rule: ExecutableRule, word: VerdictWord, item: Item) -> Sentence | None:
        """The first sentence of the rule that fits an item."""
        for one in rule.says:
            if word in one.words and (one.when is None or self._holds(rule, one.when, item)):
                if rule.scope is not None:
                    self.state.scopes = {rule.scope.variable: item.value}
                return say(one, item.key, self.state, self.labels)
        return None

    def _queries(self, rule: ExecutableRule, judgment: Judgment) -> tuple[Query, ...]:
        if not rule.queries and judgment.verdict not in OPEN:
            return ()
        asked: dict[tuple[str, str], Query] = {}
        for extra in rule.queries:
            for item in judgment.items:
                if self._holds(rule, extra.when, item):
                    query = self._query(rule, extra)
                    asked.setdefault((query.pointer, query.ask), query)
        if judgment.verdict in OPEN and not asked:
            if rule.scope is not None and not judgment.items:
                return self._ask_for_items(rule)
            found = self.teller.queries(rule.rule.id, rule.rule.ask, judgment.deciding)
            return found or self._ask_for_items(rule)
        return tuple(asked.values())

    def _query(self, rule: ExecutableRule, extra: ExecutableQuery) -> Query:
        """A question of a rule, in the scope in which its condition holds."""
        owner = evaluate(extra.item, self.state) if extra.item is not None else None
        field = extra.query.field
        pointer = pointer_of(field.split(".")) if owner is None else self.teller.pointers.to(owner, field)
        return Query(pointer, rule.rule.id, ask(extra.query.ask, extra.values, self.state, self.labels))

    def _ask_for_items(self, rule: ExecutableRule) -> tuple[Query, ...]:
        if rule.scope is not None:
            return (Query(pointer_of(rule.scope.field.split(".")), rule.rule.id, rule.scope.ask),)
        return (Query("", rule.rule.id, rule.rule.ask or message("what decides: { $rule }", rule=rule.rule.title)),)

    def _notices(self, rule: ExecutableRule, judgment: Judgment) -> tuple[Notice, ...]:
        return tuple(
            [
                Notice(extra.notice.code, rule.rule.id, extra.notice.text, item.key)
                for extra in rule.notices
                for item in judgment.items
                if self._holds(rule, extra.when, item)
            ]
        )

    def _find(self, rule: ExecutableRule, verdict: VerdictWord) -> None:
        """A criterion that is not met, or cannot be decided, of a participant who was enrolled all the same."""
        if rule.rule.deviation is None or verdict in PASSING or not self.book.is_enrolled(self.state.record):
            return
        if verdict in OPEN and self._rests_on_doubt(rule):
            return
        fact = criterion_fact(rule.rule.id, verdict, rule.rule.deviation, randomized=True)
        at = self.book.role("enrolled_at", self.state.record)
        self.found.append(Found(fact, None, None if at is None else str(at)))

    def _rests_on_doubt(self, rule: ExecutableRule) -> bool:
        """Whether a moment in doubt leaves a rule undecided, and nothing that is missing: no second deviation."""
        if self.doubts is None:
            return False
        judgment = judge(rule, self.items(rule.scope), self.state, all_reasons=True)
        return self.teller.rests_on(judgment.deciding, self.doubts.pointers)

    def _find_items(self, rule: ExecutableRule, judgment: Judgment) -> None:
        for extra in rule.findings:
            for index, item in enumerate(judgment.items):
                if item.member and self._holds(rule, extra.when, item):
                    done = evaluate(extra.done, self.state) if extra.done else None
                    at = evaluate(extra.at, self.state) if extra.at else None
                    fact = finding_fact(rule.rule.id, extra.code, index if rule.scope else None, done)
                    self.found.append(Found(fact, item.key, None if at is None else str(at)))

    def _holds(self, rule: ExecutableRule, condition: Condition, item: Item) -> bool:
        if rule.scope is not None:
            self.state.scopes = {rule.scope.variable: item.value}
        return evaluate(condition, self.state) is True


def _state(book: Rulebook, record: Part, now: DateTime | None) -> State:
    """What rules evaluate; where there is no instant of evaluation, that the cut-off was read in vain."""
    offset, path = book.utc_offset_minutes, book.schema.role_path("cutoff")
    no_now = read_in_vain(book.schema, offset, record, path) if now is None and path else None
    return State(record=record, now=now, no_now=no_now, utc_offset_minutes=offset)


def _wanted(kind: str, verdict: str) -> Wanted | None:
    """An exclusion requires the contrary of its condition; what happened, and what is not due, requires nothing."""
    if kind == "exclusion":
        return "otherwise"
    return "required" if kind == "inclusion" or verdict in (COMPLIANT, DEVIATION) else None


def _without_invitation(kind: str, reasons: tuple[Because, ...]) -> tuple[Because, ...]:
    """The reasons without the entry that would make all well: of conduct, only a limit is required, not a word."""
    if kind != "conduct":
        return reasons
    kept = (one if one.required is None or one.required[0] in "<>" else replace(one, required=None) for one in reasons)
    return tuple(dict.fromkeys(kept))


def gate_of(verdicts: tuple[Verdict, ...], required: frozenset[str]) -> Gate:
    """The gate's decision: every criterion, and the conduct rules that it requires.

    One failure refuses, whatever else is unknown; what is unknown, without a failure, leaves it incomplete.
    """
    judged = [verdict for verdict in verdicts if verdict.kind in CRITERIA or verdict.id in required]
    blocking = tuple(verdict.id for verdict in judged if verdict.verdict in FAILING)
    missing = tuple(
        verdict.id for verdict in judged if verdict.verdict not in FAILING and verdict.verdict not in PASSING
    )
    decision: GateVerdict = REFUSE if blocking else INCOMPLETE if missing else ALLOW
    return Gate(decision, blocking, missing)


def _gate_verdict(gate: Gate) -> Verdict:
    return Verdict(GATE_ID, "gate", gate.decision, GATE_TITLE, "", (), (), (), ())


def _moment(book: Rulebook, record: Part, now: DateTime | None) -> DateTime | None:
    """The instant of evaluation: the one given, else the record's own cut-off."""
    moment = now or book.role("cutoff", record)
    return None if moment is None else _on_clock(moment, book.utc_offset_minutes)


def _on_clock(moment: Date | DateTime, offset: int) -> DateTime:
    """An instant on the clock of the study, whose calendar a day is counted in."""
    moment = ensure_offset(as_instant(moment), offset)
    return moment if moment.offset_minutes == offset else at_offset(moment, offset)
