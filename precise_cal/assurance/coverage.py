"""Which atoms of the rules records have decided, and how: a side that none has ever shown is not known to be right."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from precise_cal.assurance.telling import SEVERITY, Atom, Atoms
from precise_cal.engine.judging.choice import chosen
from precise_cal.engine.judging.evaluation import RecordEvaluation
from precise_cal.engine.judging.moments import Open
from precise_cal.engine.judging.outcome import found_by, notices_of
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.timeline import Key
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.temporal import DateTime


class Given(NamedTuple):
    """A record; the instant at which due and overdue are judged, where it is not its own cut-off."""

    record: Part
    now: DateTime | None = None
    parameters: Mapping[str, Any] = {}
    """Values that parameters hold here."""
    rule: str | None = None
    """The rule that alone is judged by them."""


@immutable()
class Decided:
    """How often records decided an atom as true, as false, and not; an atom that was not looked at is in none."""

    atom: Atom
    true: int
    false: int
    unknown: int

    @property
    def missing(self) -> tuple[str, ...]:
        """The sides that no record has shown."""
        return tuple(word for word, times in (("true", self.true), ("false", self.false)) if not times)


@immutable()
class OfRule:
    """The atoms that a rule rests on: how many, and how many were decided on both sides, on one, and never."""

    rule: str
    atoms: int
    both: int
    one: int
    never: int


@immutable()
class Coverage:
    """What records decided, by rule and by atom; in the order of the rules and of the files."""

    records: int
    rules: tuple[OfRule, ...]
    atoms: tuple[Decided, ...]


def coverage(book: Rulebook, given: Iterable[Given], only: frozenset[str] | None = None) -> Coverage:
    """Which atoms records have decided.

    Args:
        book: the rules, with their meaning.
        given: the records.
        only: the rules that are looked at; without it, all.
    """
    counted: Counter[tuple[str, str]] = Counter()
    telling = _Telling(book, only)
    records = 0
    for one in given:
        if only is None or one.rule is None or one.rule in only:
            records += 1
            named = only if one.rule is None else frozenset({one.rule})
            told = telling if one.rule is None else _Telling(book.varied(one.parameters), named)
            counted.update(told.of(one))
    atoms, rules = telling.atoms, telling.rules()
    words = ("true", "false", "unknown")
    decided = {key: Decided(atom, *(counted[key, word] for word in words)) for key, atom in atoms.items()}
    reached = {atom.key for _, there in rules for atom in there}
    return Coverage(
        records,
        tuple(_of_rule(name, [decided[one.key] for one in there]) for name, there in rules),
        tuple(one for key, one in decided.items() if key in reached),
    )


def _of_rule(name: str, decided: list[Decided]) -> OfRule:
    missing = Counter(len(one.missing) for one in decided)
    return OfRule(name, len(decided), missing[0], missing[1], missing[2])


class _Telling:
    """The rules of a book, telling."""

    def __init__(self, book: Rulebook, only: frozenset[str] | None) -> None:
        self._book, self._only = book, only
        self._editions = {key: Atoms(book.edition_of(key), only) for key in book.timeline.keys}
        self._told = {
            (key, one.rule.id): one for key, edition in self._editions.items() for one in edition.rules
        }  # fmt: skip

    @property
    def atoms(self) -> dict[str, Atom]:
        """Those of all editions, by key."""
        return {key: atom for edition in self._editions.values() for key, atom in edition.known.items()}

    def rules(self) -> list[tuple[str, list[Atom]]]:
        """Every rule with the atoms that it rests on, in whatever edition."""
        found: dict[str, dict[str, Atom]] = {}
        for edition in self._editions.values():
            for rule in edition.rules:
                found.setdefault(rule.rule.id, {}).update({one.key: one for one in edition.reached(rule)})
        return [(name, list(atoms.values())) for name, atoms in found.items()]

    def of(self, given: Given) -> Iterator[tuple[str, str]]:
        """The atoms that a record decides, each once for each value."""
        evaluation = RecordEvaluation(self._book, given.record, given.now, all_reasons=False)
        seen: set[tuple[str, str]] = set()
        for one in chosen(evaluation, None, self._only)[0]:
            if not isinstance(one, Open):
                seen |= self._decided(evaluation, one.key, self._told[one.key, one.rule.rule.id])
        yield from seen

    def _decided(self, evaluation: RecordEvaluation, key: Key, rule: ExecutableRule) -> set[tuple[str, str]]:
        evaluation.use(key)
        judgment = evaluation.plain_judgment(rule)
        notices_of(evaluation, rule, judgment)
        found_by(evaluation, rule, judgment)
        messages = evaluation.state.messages
        return {(atom, word) for severity, atom, word in messages if severity == SEVERITY}
