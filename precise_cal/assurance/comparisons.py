"""The comparisons of rules, and rules that tell how far apart the two sides of each lay.

A comparison is told by what it holds against what, with every function's operands written out: ``Precedes:
L.collected_at against procedure.started_at``. `<` and `>` of the same two sides are one: they have one limit.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from precise_cal.assurance.retold import Retold, Writer
from precise_cal.engine.cql import tree
from precise_cal.engine.cql.compile import compile_definition
from precise_cal.engine.cql.errors import Code, Origin
from precise_cal.engine.cql.lexer import tokens
from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.types import BOOLEAN, STRING
from precise_cal.engine.rulebook.errors import Place
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.temporal import Date, DateTime
from precise_cal.protocol.units import UnitError, conversion_factor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.engine.cql.environment import Environment
    from precise_cal.engine.rulebook.edition import ExecutableRule

_LEFT: Final = "Compared"
_RIGHT: Final = "Compared against"
"""The severities of the messages that comparisons leave: of the one side, then of the other."""
_TEXTS: Final = {one.operands[0]: one for one in OPERATORS["ToString"]}
"""What writes the values of a type."""
_ORDERED: Final = frozenset({
    "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Before", "After", "SameOrBefore", "SameOrAfter",
})  # fmt: skip
_SIGNS: Final = {"Add": "+", "Subtract": "-", "Multiply": "*", "Divide": "/"}
_ENDING: Final = re.compile(r"\w+(?:\.\w+)*?\.(\w+)")
"""A path, and its last name."""
_PASSING: Final = frozenset({"ToDateTime", "ToDecimal", "ToQuantity", "ToLong", "ToDate"})


@immutable()
class Comparison:
    """Two sides that rules hold against each other: in what they stand, the texts of both, and where."""

    owner: str
    """The definition or function; the rule itself where it stands in its own conditions."""
    left: str
    right: str
    place: Place
    key: str
    """What tells it apart, with the values that parameters have."""
    elements: frozenset[str]
    """The names of the fields that its sides look at."""

    def follows(self, ends: frozenset[str]) -> bool:
        """Whether the left side is a value of a record itself, read by such a name, and the right side is not."""
        left, right = ((_ENDING.fullmatch(one) or ("", ""))[1] for one in (self.left, self.right))
        return left in ends and right not in ends

    def name(self, rule: str) -> str:
        """What it is called among the comparisons of a rule, whatever the values of parameters are."""
        inside = "" if self.owner == rule else f"{self.owner}: "
        return f"{inside}{self.left} against {self.right}"


def gaps(messages: Iterable[tuple[str, str, str]]) -> dict[str, list[Fraction | None]]:
    """By key of a comparison, by how much the left side exceeded the right one, in the order of evaluation.

    In numbers, whole days, milliseconds, or units of the right side; None where one side was not known for certain.
    """
    found: dict[str, list[Fraction | None]] = {}
    left = ""
    for severity, key, text in messages:
        if severity == _LEFT:
            left = text
        elif severity == _RIGHT:
            found.setdefault(key, []).append(_gap(left, text))
    return found


def _gap(left: str, right: str) -> Fraction | None:
    """By how much the left side exceeds the right one."""
    one, other = _amount(left), _amount(right)
    if one is None or other is None:
        return None
    try:
        factor = conversion_factor(one[1], other[1])
    except UnitError:
        return None
    return None if factor is None else one[0] * factor - other[0]


_QUANTITY: Final = re.compile("(.+) '(.*)'")


def _amount(text: str) -> tuple[Fraction, str] | None:
    """A value as `ToString` writes it: a number, a day or an instant as a number, with its unit; None of another."""
    try:
        if found := _QUANTITY.fullmatch(text):
            return Fraction(found[1]), found[2] or "1"
        if "T" in text:
            instant = DateTime.parse(text)
            return (Fraction(instant.low), "1") if instant.hour is not None else None
        if text[4:5] == "-":
            day = Date.parse(text)
            return (Fraction(day.low), "1") if day.low == day.high else None
        return Fraction(text), "1"
    except ValueError:
        return None


class _Comparing(Writer):
    """Tells the two sides of each comparison before it is made."""

    told: Comparisons

    def written(self, part: Any) -> Any:
        """A comparison that tells its sides; anything else with those within it told."""
        if not isinstance(part, tree.Call) or part.precision is not None:
            return self.inside(part)
        if part.name in _ORDERED:
            return self._telling(part, *part.operands)
        if part.name == "In" and isinstance(part.operands[1], tree.MakeInterval):
            within = part.operands[1]
            return self._telling(part, part.operands[0], within.low, within.high)
        return self.inside(part)

    def _telling(self, node: tree.Call, left: tree.Tree, *limits: tree.Tree) -> tree.Tree:
        """The comparison after messages of what is held against what."""
        found: tree.Tree = self.inside(node)
        for limit in limits:
            if any(map(_looks_at_record, (left, limit))) and left.type in _TEXTS and limit.type in _TEXTS:
                key = self._added(node, left, limit)
                for severity, side in ((_RIGHT, limit), (_LEFT, left)):
                    found = tree.If(BOOLEAN, node.start, node.end, _message(severity, key, self.of(side)), found, found)
        return found

    def _added(self, node: tree.Call, left: tree.Tree, right: tree.Tree) -> str:
        owner, code = self.at
        place = Place(code.origin.source, *code.origin.position(code.text, node.start))
        key = f"{owner}: {written(left)} against {written(right)}"
        sides = _sides(code.text[node.start : node.end])
        texts = [
            text if text and not _is_named(one) else written(one)
            for one, text in zip((left, right), sides or ("", ""), strict=True)
        ]
        elements = frozenset(_elements(self.environment, (left, right), set()))
        return self.told.add(Comparison(owner, texts[0], texts[1], place, key, elements)).key


def _elements(environment: Environment, part: Any, entered: set[str]) -> Iterator[str]:
    """The names of the fields within a tree, those of its definitions with it."""
    for node in tree.nodes(part):
        if isinstance(node, tree.Property):
            yield node.element.name
        if isinstance(node, tree.Definition) and node.name not in entered:
            entered.add(node.name)
            yield from _elements(environment, compile_definition(environment, node.name).tree, entered)


def _message(severity: str, key: str, side: tree.Tree) -> tree.Tree:
    """A message with the value of one side, itself true."""

    def text(word: str) -> tree.Constant:
        return tree.Constant(STRING, side.start, side.end, word)

    value = side if side.type == STRING else tree.Call(STRING, side.start, side.end, _TEXTS[side.type], (side,))
    always = tree.Constant(BOOLEAN, side.start, side.end, True)
    return tree.Call(
        BOOLEAN, side.start, side.end, OPERATORS["Message"][0], (always, always, text(key), text(severity), value)
    )


def _told_by(node: tree.Tree) -> str | None:
    """The key of the comparison that a message tells."""
    if isinstance(node, tree.Call) and node.name == "Message":
        key, severity = node.operands[2:4]
        if isinstance(key, tree.Constant) and isinstance(severity, tree.Constant) and severity.value == _LEFT:
            return str(key.value)
    return None


def _sides(text: str) -> tuple[str, ...]:
    """The two sides of a comparison, as written; nothing where it is no plain one."""
    found = [one for one in tokens(Code(text, Origin())) if one.text in ("<", "<=", ">", ">=")]
    if len(found) != 1:
        return ()
    sides = text[: found[0].start], text[found[0].end :]
    return tuple(" ".join(one.split()) for one in sides)


def _is_named(node: tree.Tree) -> bool:
    """Whether every number of a side is a parameter's own or looks at the record: its text is steady."""
    return not any(
        isinstance(one, tree.Constant) and one.parameter is None and one.type in _TEXTS and one.type != STRING
        for one in tree.nodes(node)
    )


class Comparisons(Retold[Comparison]):
    """The rules of an edition with their comparisons; those with the same sides are one."""

    writer = _Comparing

    def of(self, rule: ExecutableRule) -> tuple[Comparison, ...]:
        """The comparisons that a rule's conditions, notices and findings rest on, those of its definitions with it."""
        found: dict[str, Comparison] = {}
        waiting, entered = [one.tree for one in rule.expressions()], set[str]()
        while waiting:
            for node in tree.nodes(waiting.pop()):
                if (key := _told_by(node)) is not None:
                    found.setdefault(key, self.known[key])
                if isinstance(node, tree.Definition) and node.name not in entered:
                    entered.add(node.name)
                    waiting.append(self._environment.compiled[node.name].tree)
        return tuple(found.values())

    def names(self, rule: ExecutableRule) -> dict[str, str]:
        """What the comparisons of a rule are called, by key; where two have one name, the later has a number."""
        found: dict[str, str] = {}
        for one in self.of(rule):
            name = one.name(rule.rule.id)
            again = sum(known == name or known.startswith(f"{name} (") for known in found.values())
            found[one.key] = f"{name} ({again + 1})" if again else name
        return found


def written(node: tree.Tree) -> str:
    """A node in words of the rule language, with the operands of functions written out."""
    match node:
        case tree.Constant():
            return node.parameter or str(node.value)
        case tree.Property(source=tree.Context()):
            return node.element.name
        case tree.Property():
            return f"{written(node.source)}.{node.element.name}"
        case tree.Variable() | tree.Scope() | tree.Definition():
            return node.name
        case tree.Inlined():
            return f"{node.name}({', '.join(map(written, node.arguments))})"
        case tree.Call():
            return _call(node)
        case tree.Convert() | tree.As():
            return written(node.operand)
        case tree.Query():
            return "of " + ", ".join(written(one.tree) for one in node.sources)
    return "…"


def _call(node: tree.Call) -> str:
    parts = [written(one) for one in node.operands]
    if node.name in _SIGNS:
        return f" {_SIGNS[node.name]} ".join(parts)
    return parts[0] if node.name in _PASSING else f"{node.name}({', '.join(parts)})"


def _looks_at_record(node: tree.Tree) -> bool:
    kinds = tree.Context | tree.Scope | tree.Variable | tree.Definition
    return any(isinstance(one, kinds) for one in tree.nodes(node))
