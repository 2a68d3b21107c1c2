"""The smallest change of facts that turns a verdict: by size, each judged by the engine.

It is the smallest one among the values that `facts` knows of. Nothing of it is for a site but which data are missing:
what would turn a refusal is nobody's to know who enters data.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.changing import changed, value_at
from precise_cal.engine.facts import facts_of
from precise_cal.engine.judging.choice import chosen
from precise_cal.engine.judging.evaluation import RecordEvaluation
from precise_cal.engine.judging.moments import Open
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.part import changed as with_values
from precise_cal.protocol.verdicts import LADDERS, PASSING, UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from precise_cal.engine.facts import Fact, Place
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.temporal import DateTime

MOST: Final = 3
"""How many facts are changed at most."""


@immutable()
class Change:
    """A fact as it is, and as it would have to be."""

    pointer: str
    was: Any
    now: Any


@immutable()
class Turn:
    """A verdict that a rule would have after the fewest changes."""

    verdict: str
    changes: tuple[Change, ...]


@immutable()
class Turns:
    """What a rule says of a record, and how it turns.

    Attributes:
        verdict: as the record is.
        turns: for each other verdict that is reached, the fewest changes.
        searched: up to how many changes every one was tried; fewer than `MOST` where the tries ran out.
        tries: how many records were judged.
        is_complete: whether every other verdict that settles the matter is among the turns.
    """

    verdict: str
    turns: tuple[Turn, ...]
    searched: int
    tries: int
    is_complete: bool


def turns(
    book: Rulebook, document: Mapping[str, Any], name: str, now: DateTime | None = None, *, tries: int = 10_000
) -> Turns:
    """For each other verdict of a rule, the smallest change of facts that leads to it.

    Of an undecided rule, facts that are missing are given alone, and none that is known is changed.

    Args:
        book: the rules.
        document: the record, as JSON data.
        name: of the rule.
        now: the instant of evaluation; without it, the record's own cut-off.
        tries: how many records are judged at most.

    Raises:
        RecordError: the record is none.
        KeyError: the record's edition has no such rule.
    """
    rule = book.rules[name]
    said = verdict_of(book, document, name, now)
    words = {word for word in LADDERS[rule.kind].words_with(rule.conditions) if word not in UNDECIDED} - {said}
    is_open = said in UNDECIDED
    facts = facts_of(book, name, document, lambda _, was: was is None or not is_open)
    search = _Search(book, document, rule, now, tries, facts)
    found = tuple(search.through(words))
    return Turns(said, found, search.searched, search.tries, len(found) == len(words))


def missing(
    book: Rulebook,
    document: Mapping[str, Any],
    name: str,
    now: DateTime | None = None,
    *,
    asked: Collection[str] = (),
    tries: int = 1500,
) -> tuple[Fact, ...]:
    """Of an undecided rule, the fewest data with which it could pass; none where they were not found.

    They are data of what the record has: an item that a list has not is asked for as a whole. With fewer of these it
    cannot pass, for those were tried before.

    Args:
        book: the rules.
        document: the record, as JSON data.
        name: of the rule.
        now: the instant of evaluation; without it, the record's own cut-off.
        asked: pointers of what the rule asks for; where these data are not enough, nothing is found. None: any data.
        tries: how many records are judged at most.
    """
    rule = book.rules[name]
    if verdict_of(book, document, name, now) not in UNDECIDED:
        return ()
    facts = facts_of(book, name, document, lambda place, was: was is None and _is_of_what_is_there(document, place))
    wanted = tuple(one for one in facts if not asked or _is_asked(one.pointer, asked))
    passing = {word for word in LADDERS[rule.kind].words if word in PASSING or word == LADDERS[rule.kind].otherwise}
    turn = next(_Search(book, document, rule, now, tries, wanted).through(passing), None)
    if turn is not None and len(turn.changes) > 1 and len(wanted) < len(facts):
        every = _Search(book, document, rule, now, tries, facts)
        fewer = next(every.through(passing, len(turn.changes) - 1), None)
        turn = fewer or (turn if every.searched == len(turn.changes) - 1 else None)
    by_pointer = {one.pointer: one for one in facts}
    return tuple(by_pointer[one.pointer] for one in turn.changes) if turn else ()


def _is_of_what_is_there(document: Mapping[str, Any], place: Place) -> bool:
    """Whether a datum belongs to something that the record has: an event that nobody saw lacks nothing."""
    items = (place[:step] for step, one in enumerate(place, 1) if isinstance(one, int))
    return all(value_at(document, one) is not None for one in items)


def _is_asked(pointer: str, asked: Collection[str]) -> bool:
    """Whether a datum is asked for, a part of it, or what it is part of."""
    return any(f"{pointer}/".startswith(f"{one}/") or one.startswith(f"{pointer}/") for one in asked)


def verdict_of(book: Rulebook, document: Any, name: str, now: DateTime | None) -> str:
    """What the engine says of a record by a rule, by the edition that judges. Raises: RecordError, KeyError."""
    return _verdict(book, book.records.record(document), name, now)


def _verdict(book: Rulebook, record: Part, name: str, now: DateTime | None) -> str:
    evaluation = RecordEvaluation(book, record, now, all_reasons=False)
    (one,) = chosen(evaluation, None, (name,))[0] or (None,)
    if one is None:
        raise KeyError(name)
    if isinstance(one, Open):
        return LADDERS[one.rule.kind].unknown
    evaluation.use(one.key)
    return evaluation.verdict(one.rule)


class _Search:
    """Changes of one record, by size."""

    def __init__(
        self,
        book: Rulebook,
        document: Mapping[str, Any],
        rule: ExecutableRule,
        now: DateTime | None,
        tries: int,
        facts: tuple[Fact, ...],
    ) -> None:
        self._book, self._document, self._rule, self._now = book, document, rule, now
        self._facts, self._most, self.tries = facts, tries, 0
        self.searched = 0
        self._record = book.records.record(document)
        who = book.schema.role_path("participant") or ()
        self._always = {*who[:1], *(one.name for one in book.schema.root.fields if one.required)}

    def through(self, words: Collection[str], most: int = MOST) -> Iterator[Turn]:
        """The first change that leads to each word, the smaller before the larger, of so many facts at most."""
        left = {*words}
        for size in range(1, most + 1):
            for facts in combinations(self._facts, size):
                for turn in self._of(facts):
                    if turn.verdict in left:
                        left.discard(turn.verdict)
                        yield turn
                    if not left:
                        self.searched = size
                        return
                if self.tries >= self._most:
                    return
            self.searched = size

    def _of(self, facts: tuple[Fact, ...]) -> Iterator[Turn]:
        for values in product(*(one.values for one in facts)):
            if self.tries >= self._most:
                return
            self.tries += 1
            changes = {one.place: value for one, value in zip(facts, values, strict=True)}
            try:
                said = _verdict(self._book, self._changed(changes), self._rule.rule.id, self._now)
            except PreciseError:
                continue
            told = (Change(one.pointer, one.was, value) for one, value in zip(facts, values, strict=True))
            yield Turn(said, tuple(told))

    def _changed(self, changes: Mapping[Place, Any]) -> Part:
        """The record with other values; what they do not touch is not read again. Raises: RecordError."""
        root, touched = self._book.schema.root, {str(place[0]) for place in changes}
        few = {name: one for name, one in self._document.items() if name in touched | self._always}
        read = self._book.records.record(changed(few, changes, root))
        attributes = [root.by_name[name].attribute for name in touched]
        return with_values(self._record, {one: getattr(read, one) for one in attributes})
