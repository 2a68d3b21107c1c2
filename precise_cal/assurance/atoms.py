"""Atoms that decide nothing: with true, or with false, in their place the verdict of their rule would be the same.

A rule is translated once more, with two switches for every Boolean leaf of its logic, which put true or false in its
place wherever it stands. An atom is dead where one of them changes no verdict of any record.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import z3

from precise_cal.assurance.answer import Answer
from precise_cal.assurance.logic import both, either, no
from precise_cal.assurance.prove import Joint
from precise_cal.assurance.symbols import Truth
from precise_cal.assurance.translate import Translator
from precise_cal.assurance.verdicts import verdicts
from precise_cal.engine.cql import tree
from precise_cal.engine.cql.compile import compile_definition
from precise_cal.engine.cql.types import BOOLEAN
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from precise_cal.assurance.logic import Bit
    from precise_cal.engine.cql.environment import Compiled, Environment
    from precise_cal.engine.cql.errors import Code
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.protocol.rules_pack import Outcome

_OPEN: Final[tuple[Outcome, ...]] = ("not decided", "not translated")
_LOGIC: Final = frozenset({"And", "Or", "Not", "Implies", "Xor", "IsTrue", "IsFalse"})


class Place(NamedTuple):
    """Where an atom stands: the definition, None for the conditions of the rule itself, and its text."""

    unit: str | None
    text: str


class Atom(NamedTuple):
    """The switches of an atom, which put true, and false, in its place."""

    to_true: Any
    to_false: Any


class _Switched(Translator):
    """A translation in which every atom may be anything where its switch is on."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.atoms: dict[Place, Atom] = {}
        self._unit: tuple[str | None, Code | None] = (None, None)
        self._outer: dict[int, tuple[str | None, Code | None]] = {}

    def value(self, compiled: Compiled, scopes: Mapping[str, Any] | None = None) -> Any:
        before, self._unit = self._unit, (compiled.name, compiled.code)
        try:
            return super().value(compiled, scopes)
        finally:
            self._unit = before

    def definition(self, node: tree.Definition) -> Any:
        before, self._unit = self._unit, (node.name, compile_definition(self.environment, node.name).code)
        try:
            return super().definition(node)
        finally:
            self._unit = before

    def of(self, node: tree.Tree, variables: dict[int, Any]) -> Any:
        before = self._unit
        if isinstance(node, tree.Inlined):
            self._outer.update(dict.fromkeys(map(id, node.arguments), before))
            self._unit = node.name, node.code
        else:
            self._unit = self._outer.get(id(node), before)
        try:
            value = super().of(node, variables)
            return self._switched(node, value) if _is_atom(node) and isinstance(value, Truth) else value
        finally:
            self._unit = before

    def _switched(self, node: tree.Tree, value: Truth) -> Truth:
        name, code = self._unit
        if code is None or (isinstance(value.yes, bool) and isinstance(value.not_, bool)):
            return value
        place = place_in(name, code, node)
        atom = self.atoms.setdefault(place, Atom(z3.FreshBool("true"), z3.FreshBool("false")))
        return Truth(
            either(atom.to_true, both(z3.Not(atom.to_false), value.yes)),
            either(atom.to_false, both(z3.Not(atom.to_true), value.not_)),
        )


def _is_atom(node: tree.Tree) -> bool:
    if node.type != BOOLEAN:
        return False
    if isinstance(node, tree.Call):
        return node.name not in _LOGIC
    return isinstance(node, tree.Property | tree.Is)


def dead_atoms(asked: Joint, rule: ExecutableRule, users: Mapping[Place, tuple[str, ...]]) -> Iterator[Answer]:
    """For each atom, whether it decides a verdict of any rule that rests on it; one that does not is answered ``no``.

    Args:
        asked: the rule that is asked first, over the record that is sought.
        rule: the same rule.
        users: the atoms that are asked about, each with the rules that rest on it (`users_of`).
    """
    sides = {rule.rule.id: _Sides(asked, rule)}
    argued = {
        Place(None if one.at in asked.book.latest.by_id else one.at, one.atom) for one in asked.declared.dead_atoms
    }
    for place, names in users.items():
        begun = time.perf_counter()
        where = place.text if place.unit is None else f"{place.unit}: {place.text}"
        outcome, because = _anywhere(asked, sides, place, names[:1] if place in argued else names)
        if place in argued:
            if outcome == "no":
                continue
            question = message("“{ $atom }” decides no verdict, as is declared", atom=Verbatim(where))
            outcome = "no" if outcome == "yes" else outcome
        else:
            question = message(
                "“{ $atom }” decides a verdict of { $rule }", atom=Verbatim(where), rule=", ".join(names)
            )
        yield Answer(question, outcome, time.perf_counter() - begun, because=because, items=asked.items)


def _anywhere(asked: Joint, sides: dict[str, _Sides], place: Place, names: tuple[str, ...]) -> tuple[Outcome, str]:
    """Whether an atom decides a verdict of one of these rules."""
    reasons: dict[Outcome, str] = {}
    for name in names:
        if name not in sides:
            other = asked.book.latest.by_id[name]
            sides[name] = _Sides(Joint(asked.book, (name,), asked.limits, asked.declared), other)
        outcome, because = sides[name].decides(place)
        if outcome == "yes":
            return "yes", ""
        reasons[outcome] = because
    return next((one, reasons[one]) for one in (*_OPEN, "no") if one in reasons)


class _Sides:
    """A rule, and the same with switches: when their verdicts differ."""

    def __init__(self, asked: Joint, rule: ExecutableRule) -> None:
        self._asked = asked
        self._switched = _switched(asked)
        self._differ: Bit = False
        self._untranslated = asked.untranslated.get(rule.rule.id, "")
        if not self._untranslated:
            was, now = asked.said[rule.rule.id], verdicts(self._switched, rule)
            self._differ = either(*(both(here, no(now[word])) for word, here in was.items()))

    def decides(self, place: Place) -> tuple[Outcome, str]:
        """Whether an atom decides a verdict of the rule."""
        if self._untranslated:
            return "not translated", Verbatim(self._untranslated)
        atom = self._switched.atoms.get(place)
        if atom is None:
            return "no", message("parameters decide before it")
        found: set[Outcome] = set()
        for switch, text in zip(atom, ("it could be true always", "it could be false always"), strict=True):
            off = [z3.Not(one) for other in self._switched.atoms.values() for one in other if one is not switch]
            outcome = self._asked.problem.solve([self._differ], self._asked.limits.seconds, [switch, *off])
            if outcome == "no":
                return "no", message(text)
            found.add(outcome)
        return ("not decided", self._asked.why_open("not decided")) if "not decided" in found else ("yes", "")


def _switched(asked: Joint) -> _Switched:
    made = asked.translator
    return _Switched(made.environment, made.record, made.now, made.words, made.calendar, made.offset)


def users_of(rules: Iterable[ExecutableRule]) -> dict[Place, tuple[str, ...]]:
    """The atoms that rules rest on, each with those rules, the one with the fewest atoms first."""
    places = {rule.rule.id: places_of(rule) for rule in rules}
    users: dict[Place, list[str]] = {}
    for name in sorted(places, key=lambda one: len(places[one])):
        for place in places[name]:
            users.setdefault(place, []).append(name)
    return {place: tuple(names) for place, names in users.items()}


def places_of(rule: ExecutableRule) -> tuple[Place, ...]:
    """Every atom that the verdicts of a rule rest on and that looks at the record, those of its definitions with it."""
    walk = _Walk()
    for compiled in rule.conditions.values():
        walk.through(compiled.name, compiled.code, compiled.environment, compiled.tree)
    return tuple(walk.places)


class _Walk:
    def __init__(self) -> None:
        self.places: dict[Place, None] = {}
        self._entered: set[str] = set()
        self._arguments: set[int] = set()

    def through(self, unit: str | None, code: Code, environment: Environment, node: Any) -> None:
        """The atoms below a node; what stands in place of an operand belongs to the text that calls the function."""
        if id(node) in self._arguments:
            return
        if isinstance(node, tree.Inlined):
            for one in node.arguments:
                self.through(unit, code, environment, one)
                self._arguments.add(id(one))
            self.through(node.name, node.code, environment, node.body)
            return
        if isinstance(node, tree.Definition) and node.name not in self._entered:
            self._entered.add(node.name)
            inner = compile_definition(environment, node.name)
            self.through(node.name, inner.code, environment, inner.tree)
        if isinstance(node, tree.Tree) and _is_atom(node) and _looks_at_record(node):
            self.places.setdefault(place_in(unit, code, node))
        for one in node if isinstance(node, tuple) else tree.children(node):
            if isinstance(one, tree.HOLDING):
                self.through(unit, code, environment, one)


def place_in(unit: str | None, code: Code, node: tree.Tree) -> Place:
    """Where a node stands, its text on one line."""
    return Place(unit, code.phrase(node.start, node.end))


def _looks_at_record(node: tree.Tree) -> bool:
    kinds = tree.Context | tree.Scope | tree.Variable | tree.Definition
    return any(isinstance(one, kinds) for one in tree.nodes(node))
