"""The atoms of rules, and rules that tell how each atom was decided.

An atom is a Boolean leaf of a condition: a comparison, a null test, a Boolean field. The typed tree of every condition
is written again with a `Message` (CQL 9.13) around each atom; evaluated, it leaves the value of each atom that was
looked at in the state.
"""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.environment import Compiled, Meaning
from precise_cal.engine.cql.module import Module
from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.types import BOOLEAN, STRING
from precise_cal.engine.rulebook.errors import Place
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.environment import Environment
    from precise_cal.engine.cql.errors import Code
    from precise_cal.engine.rulebook.edition import Edition, ExecutableRule, ExecutableScope

SEVERITY: Final = "Atom"
"""The severity of the messages that atoms leave."""
_CONNECTIVES: Final = frozenset({"And", "Or", "Xor", "Implies", "Not", "IsTrue", "IsFalse"})
_PLAIN: Final = (tree.Property, tree.Call, tree.Is, tree.As)


@immutable()
class Atom:
    """A Boolean leaf: the rule or definition in which it stands, its place, and its text."""

    owner: str
    place: Place
    text: str

    @property
    def key(self) -> str:
        """What tells it apart: rules of a template stand at one place."""
        return f"{self.owner} {self.place}"


class Atoms:
    """The rules of an edition with their atoms.

    Args:
        edition: of a rulebook that was read with its meaning.
        only: the rules that are written again; without it, all.
    """

    def __init__(self, edition: Edition, only: frozenset[str] | None = None) -> None:
        self.known: dict[str, Atom] = {}
        self._slots = count(10**6)
        self._environment: Environment = replace(edition.environment, compiled={}, module=Module())
        rules = [one for one in edition.rules if only is None or one.rule.id in only]
        named = {name for rule in rules for one in rule.expressions() for name in one.definitions}
        for name, one in edition.environment.compiled.items():
            if name in named:
                self._environment.compiled[name] = self._told(name, one)
        self.rules = tuple(map(self._rule, rules))

    def reached(self, rule: ExecutableRule) -> Iterator[Atom]:
        """The atoms of a rule, and of the definitions that it names."""
        owners = {rule.rule.id}.union(*(one.definitions for one in _deciding(rule)))
        if rule.scope is not None:
            owners |= {rule.scope.id, *rule.scope.member.definitions}
        yield from (one for one in self.known.values() if one.owner in owners)

    def _rule(self, rule: ExecutableRule) -> ExecutableRule:
        name = rule.rule.id
        return replace(
            rule,
            scope=None if rule.scope is None else self._scope(rule.scope),
            conditions={key: self._told(name, one) for key, one in rule.conditions.items()},
            notices=tuple(replace(one, when=self._told(name, one.when)) for one in rule.notices),
            findings=tuple(
                replace(one, when=self._told(name, one.when), done=one.done and self._told(name, one.done))
                for one in rule.findings
            ),
        )

    def _scope(self, scope: ExecutableScope) -> ExecutableScope:
        return replace(scope, member=self._told(scope.id, scope.member))

    def _told(self, owner: str, compiled: Compiled) -> Compiled:
        """The same expression, whose atoms tell their values."""
        written = _Telling(self, owner, compiled.code).of(compiled.tree)
        meaning = Meaning(self._environment, written, compiled.parameters, compiled.definitions)
        return Compiled(compiled.code, meaning, compiled.name, compiled.scope)

    def add(self, owner: str, code: Code, node: tree.Tree) -> Atom:
        """The atom of a node; the same one where its function is inlined once more."""
        place = Place(code.origin.source, *code.origin.position(code.text, node.start))
        atom = Atom(owner, place, code.phrase(node.start, node.end))
        return self.known.setdefault(atom.key, atom)

    def slot(self) -> int:
        """A variable that no expression has."""
        return next(self._slots)


def _deciding(rule: ExecutableRule) -> Iterator[Compiled]:
    yield from rule.conditions.values()
    yield from (one.when for one in rule.notices)
    yield from (one for finding in rule.findings for one in (finding.when, finding.done) if one is not None)


class _Telling:
    """Writes a tree again; a node that stands at several places stays one node."""

    def __init__(self, atoms: Atoms, owner: str, code: Code) -> None:
        self._atoms = atoms
        self._at = owner, code
        self._done: dict[int, tuple[Any, Any]] = {}

    def of(self, part: Any) -> Any:
        """A tree, a part of a query, or a tuple of them, with its atoms told."""
        if isinstance(part, tuple):
            return tuple(map(self.of, part))
        if not any(True for _ in tree.children(part)):
            return part
        if id(part) not in self._done:
            self._done[id(part)] = part, self._written(part)
        return self._done[id(part)][1]

    def _written(self, part: Any) -> Any:
        if isinstance(part, tree.Inlined):
            arguments = self.of(part.arguments)
            outer, self._at = self._at, (part.name, part.code)
            body = self.of(part.body)
            self._at = outer
            return replace(part, body=body, arguments=arguments)
        if _is_negated_atom(part):
            return self._telling(part, replace(part, operands=(self._inside(part.operands[0]),)))
        return self._telling(part, self._inside(part)) if _is_atom(part) else self._inside(part)

    def _inside(self, part: Any) -> Any:
        """A part whose atoms are told, itself not."""
        parts = {one.name: getattr(part, one.name) for one in fields(part)}
        return replace(part, **{name: self.of(one) for name, one in parts.items() if _holds(one)})

    def _telling(self, node: tree.Tree, written: tree.Tree) -> tree.Tree:
        """`written`, whose value goes into a message; it is looked at once."""
        atom = self._atoms.add(*self._at, node)

        def text(word: str) -> tree.Constant:
            return tree.Constant(STRING, node.start, node.end, word)

        value = tree.Variable(BOOLEAN, node.start, node.end, "atom", self._atoms.slot())
        known = tree.If(STRING, node.start, node.end, value, text("true"), text("false"))
        unknown = tree.Call(BOOLEAN, node.start, node.end, OPERATORS["IsNull"][0], (value,))
        word = tree.If(STRING, node.start, node.end, unknown, text("unknown"), known)
        always = tree.Constant(BOOLEAN, node.start, node.end, True)
        operands = (value, always, text(atom.key), text(SEVERITY), word)
        body = tree.Call(BOOLEAN, node.start, node.end, OPERATORS["Message"][0], operands)
        return tree.Let(BOOLEAN, node.start, node.end, ((value, written),), body)


def _holds(one: Any) -> bool:
    return isinstance(one, tree.Tree | tuple) or any(True for _ in tree.children(one))


def _is_atom(node: Any) -> bool:
    if not isinstance(node, _PLAIN) or node.type is not BOOLEAN:
        return False
    if not isinstance(node, tree.Call):
        return True
    return node.name not in _CONNECTIVES and not (node.name == "IsNull" and node.operands[0].type is BOOLEAN)


def _is_negated_atom(node: Any) -> bool:
    """Whether a node is an atom that is written with its negation, such as ``x is not null``."""
    if not isinstance(node, tree.Call) or node.name != "Not":
        return False
    inner = node.operands[0]
    return _is_atom(inner) and (inner.start, inner.end) == (node.start, node.end)
