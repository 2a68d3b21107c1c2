"""A record under evaluation: what several rules need is computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from precise_cal.engine.cql.calendar import as_instant, ensure_offset
from precise_cal.engine.cql.compile import evaluate
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.state import State
from precise_cal.engine.judging.chronology import doubts_about, without_doubts
from precise_cal.engine.judging.judge import items_of, judge, plain_judgment, verdict_of
from precise_cal.engine.judging.pointers import Pointers
from precise_cal.engine.judging.reasons import NO_QUESTIONS, Teller
from precise_cal.engine.record_types import at_offset, read_in_vain
from precise_cal.language.catalog import Verbatim, message, words_of
from precise_cal.protocol.from_json import Problem, RecordError
from precise_cal.protocol.report import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.judging.judge import Item, Judgment
    from precise_cal.engine.rulebook.edition import Condition, ExecutableRule, ExecutableScope
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.timeline import Key
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.report import Query
    from precise_cal.protocol.temporal import Date, DateTime
    from precise_cal.protocol.verdicts import VerdictWord

    Items = dict[str, tuple[Item, ...]]
    """Of each scope, by its id."""

Result = TypeVar("Result")


class RecordEvaluation:
    """A record, with its moments in doubt unknown, as the rules of an edition evaluate it.

    Args:
        book: the rules.
        record: the participant.
        now: the instant at which due and overdue are judged; without it, the record's own cut-off.
        all_reasons: whether verdicts that all is in order have their reasons too.
    """

    def __init__(self, book: Rulebook, record: Part, now: DateTime | None, *, all_reasons: bool) -> None:
        offset = book.utc_offset_minutes
        self.book = book
        self.all_reasons = all_reasons
        self.doubts = doubts_about(record, book.chronology, offset, with_cutoff=now is None)
        self.record = without_doubts(record, self.doubts, offset) if self.doubts else record
        self.until = moment_of(book, record, now)
        """The instant of evaluation, also where it is a cut-off in doubt."""
        in_doubt = self.doubts is not None and self.doubts.is_cutoff_in_doubt
        self._now = None if now is None and in_doubt else self.until
        questions = self.doubts.questions if self.doubts else NO_QUESTIONS if self.until else _about_cutoff(book)
        self.teller = Teller(Pointers(self.record), questions)
        self._known: dict[Key, tuple[State, Items]] = {}
        self.use(book.timeline.keys[0])

    def use(self, key: Key) -> None:
        """Evaluate with the definitions of an edition: what they were in another one is kept apart."""
        if key not in self._known:
            self._known[key] = state_of(self.book, self.record, self._now), {}
        self.state, self._items = self._known[key]

    def items(self, scope: ExecutableScope | None) -> tuple[Item, ...]:
        """The items of a scope; the participant, where there is none."""
        name = scope.id if scope else ""
        if name not in self._items:
            self._items[name] = items_of(scope, self.state)
        return self._items[name]

    def judge(self, rule: ExecutableRule, *, all_reasons: bool) -> Judgment:
        """The judgment of a rule of the edition in use."""
        return judge(rule, self.items(rule.scope), self.state, all_reasons=all_reasons)

    def plain_judgment(self, rule: ExecutableRule) -> Judgment:
        """The same without what decided it."""
        return plain_judgment(rule, self.items(rule.scope), self.state)

    def verdict(self, rule: ExecutableRule) -> VerdictWord:
        """The verdict of a rule of the edition in use, alone."""
        return verdict_of(rule, self.items(rule.scope), self.state)

    def is_about_cutoff(self, query: Query) -> bool:
        """Whether a question is for the cut-off of a record that has none."""
        return self.until is None and query.pointer == self.book.schema.role_pointer("cutoff")

    @property
    def no_cutoff(self) -> Sentence:
        """What is said of a rule that nothing but a missing cut-off leaves open."""
        (name,) = (self.book.schema.role_path("cutoff") or ("",))[-1:]
        return Sentence(f"{name} is missing: add it or pass --now", f"缺少 {name}：请补充，或使用 --now")

    def holds(self, rule: ExecutableRule, condition: Condition, item: Item) -> bool:
        """Whether a condition of a rule holds for an item of its scope."""
        if rule.scope is not None:
            self.state.scopes = {rule.scope.variable: item.value}
        return evaluate(condition, self.state) is True


def guarded(identifier: str, step: Callable[[], Result]) -> Result:
    """What a step gives. Raises: RecordError, where CQL cannot evaluate the rule of that id for this record."""
    try:
        return step()
    except EvaluationError as error:
        raise not_judged(identifier, error) from None


def not_judged(identifier: str, error: EvaluationError) -> RecordError:
    """That CQL cannot evaluate the rule of that id for a record."""
    pattern = "cannot be judged by { $identifier }: { $error }"
    return RecordError([Problem("", None, message(pattern, identifier=identifier, error=words_of(error)))])


def _about_cutoff(book: Rulebook) -> dict[str, str]:
    """What is asked where nothing says at what instant to judge."""
    path = book.schema.role_path("cutoff")
    if path is None:
        return {}
    ask = message("{ $field }, which is missing, or pass --now", field=Verbatim(path[-1]))
    return {book.schema.role_pointer("cutoff"): ask}


def state_of(book: Rulebook, record: Part, now: DateTime | None) -> State:
    """What rules evaluate; where there is no instant of evaluation, that the cut-off was read in vain."""
    offset, path = book.utc_offset_minutes, book.schema.role_path("cutoff")
    no_now = read_in_vain(book.schema, offset, record, path) if now is None and path else None
    return State(record=record, now=now, no_now=no_now, utc_offset_minutes=offset)


def moment_of(book: Rulebook, record: Part, now: DateTime | None) -> DateTime | None:
    """The instant of evaluation: the one given, else the record's own cut-off."""
    moment = now or book.role("cutoff", record)
    return None if moment is None else _on_clock(moment, book.utc_offset_minutes)


def _on_clock(moment: Date | DateTime, offset: int) -> DateTime:
    """An instant on the clock of the study, whose calendar a day is counted in."""
    moment = ensure_offset(as_instant(moment), offset)
    return moment if moment.offset_minutes == offset else at_offset(moment, offset)
