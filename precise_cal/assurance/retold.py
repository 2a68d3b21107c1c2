"""The rules of an edition written again, so that an evaluation leaves in its messages what some of their nodes were."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import count
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.environment import Compiled, Meaning
from precise_cal.engine.cql.module import Module

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import ClassVar

    from precise_cal.engine.cql.environment import Environment
    from precise_cal.engine.cql.errors import Code
    from precise_cal.engine.rulebook.edition import Edition, ExecutableRule, ExecutableScope


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


Node = TypeVar("Node", bound=_Keyed)
"""What is told of: atoms, comparisons."""


class Retold(Generic[Node]):
    """The rules of an edition, each condition of which a writer has written again.

    Args:
        edition: of a rulebook that was read with its meaning.
        only: the rules that are written again; without it, all.

    Attributes:
        known: what was added, by key.
        rules: the rules as they were written.
    """

    writer: ClassVar[type[Writer]]
    """What writes a condition."""

    def __init__(self, edition: Edition, only: frozenset[str] | None = None) -> None:
        self.known: dict[str, Node] = {}
        self._slots = count(10**6)
        self._environment: Environment = replace(edition.environment, compiled={}, module=Module())
        rules = [one for one in edition.rules if only is None or one.rule.id in only]
        named = {name for rule in rules for one in rule.expressions() for name in one.definitions}
        for name, one in edition.environment.compiled.items():
            if name in named:
                self._environment.compiled[name] = self._told(name, one)
        self.rules = tuple(map(self._rule, rules))

    def add(self, one: Node) -> Node:
        """What is told of; the first one with the same key, where there is one, as of a function inlined once more."""
        return self.known.setdefault(one.key, one)

    def slot(self) -> int:
        """A variable that no expression has."""
        return next(self._slots)

    @staticmethod
    def owners(rule: ExecutableRule) -> frozenset[str]:
        """The rule and the definitions that it names."""
        found = {rule.rule.id}.union(*(one.definitions for one in _deciding(rule)))
        if rule.scope is not None:
            found |= {rule.scope.id, *rule.scope.member.definitions}
        return frozenset(found)

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
        """The same expression, written again."""
        written = self.writer(self, owner, compiled).of(compiled.tree)
        meaning = Meaning(self._environment, written, compiled.parameters, compiled.definitions)
        return Compiled(compiled.code, meaning, compiled.name, compiled.scope)


def _deciding(rule: ExecutableRule) -> Iterator[Compiled]:
    yield from rule.conditions.values()
    yield from (one.when for one in rule.notices)
    yield from (one for finding in rule.findings for one in (finding.when, finding.done) if one is not None)


class Writer:
    """Writes a tree again; a node that stands at several places stays one node."""

    def __init__(self, told: Any, owner: str, compiled: Compiled) -> None:
        self.told = told
        self.environment = compiled.environment
        self.at: tuple[str, Code] = owner, compiled.code
        """The rule, definition or function in which a node stands, and its text."""
        self._done: dict[int, tuple[Any, Any]] = {}

    def of(self, part: Any) -> Any:
        """A tree, a part of a query, or a tuple of them, written again."""
        if isinstance(part, tuple):
            return tuple(map(self.of, part))
        if not any(True for _ in tree.children(part)):
            return part
        if id(part) not in self._done:
            self._done[id(part)] = part, self._written(part)
        return self._done[id(part)][1]

    def _written(self, part: Any) -> Any:
        if not isinstance(part, tree.Inlined):
            return self.written(part)
        arguments = self.of(part.arguments)
        outer, self.at = self.at, (part.name, part.code)
        body = self.of(part.body)
        self.at = outer
        return replace(part, body=body, arguments=arguments)

    def written(self, part: Any) -> Any:
        """A node that is no function in place of its call, in place of the one that it was."""
        return self.inside(part)

    def inside(self, part: Any) -> Any:
        """A part whose parts are written again, itself not."""
        parts = {one.name: getattr(part, one.name) for one in fields(part)}
        return replace(part, **{name: self.of(one) for name, one in parts.items() if _holds(one)})


def _holds(one: Any) -> bool:
    return isinstance(one, tree.Tree | tuple) or any(True for _ in tree.children(one))
