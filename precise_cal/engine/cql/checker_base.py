"""What all parts of the checker share: errors, types, conversions, overloads and constants."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree as t
from precise_cal.engine.cql.conversions import converter
from precise_cal.engine.cql.errors import EvaluationError, did_you_mean
from precise_cal.engine.cql.folding import constant, foldable
from precise_cal.engine.cql.resolve import CAST, common_or_choice, cost, resolve, widening
from precise_cal.engine.cql.types import (
    ANY,
    NOTHING,
    ORDERED,
    SIMPLE,
    TERMINOLOGY,
    ChoiceType,
    IntervalType,
    ListType,
    StringType,
    TupleType,
    Type,
    choice,
)
from precise_cal.engine.cql.comparison import normalize_text

if TYPE_CHECKING:
    from precise_cal.engine.cql import syntax
    from precise_cal.engine.cql.environment import Environment
    from precise_cal.engine.cql.errors import Code, CqlError
    from precise_cal.engine.cql.tree import Tree

_MIXED: Final = frozenset({"Union", "UnionAll", "UnionAllOrdered", "Intersect", "Except", "Coalesce"})
_COMPARED: Final = frozenset({"Equal", "NotEqual", "Equivalent", "NotEquivalent", "In", "Contains", "EquivalentIn"})


class BaseChecker:
    """The names in force, and what was used so far."""

    def __init__(self, env: Environment, code: Code, scope: str | None) -> None:
        self.env = env
        self.code = code
        self.scope = scope
        self.locals: list[dict[str, t.Variable]] = []
        self.parameters: set[str] = set()
        self.definitions: set[str] = set()
        self.slots = [0]
        self.inlining: tuple[str, ...] = ()

    @abstractmethod
    def check(self, node: syntax.Node) -> Tree:
        """The typed tree of a node (see `checker.Checker`)."""

    def error(self, message: str, start: int, construct: str | None = None) -> CqlError:
        """The error at an offset of the text."""
        return self.code.error(message, start, construct)

    def unsupported(self, construct: str, start: int) -> CqlError:
        """The refusal of a construct of CQL that is not part of the rule language."""
        return self.error(f"{construct} is not supported by the rule language", start, construct)

    def variable(self, tree: Tree, name: str, node: syntax.Node, kind: Type | None = None) -> t.Variable:
        """A new variable of the type of the tree, or of another one."""
        self.slots[0] += 1
        return t.Variable(kind or tree.type, node.start, node.end, name, self.slots[0] - 1)

    def type_of(self, name: syntax.TypeName) -> Type:
        """The type that a specifier names."""
        if name.name == "Tuple" and name.elements:
            return TupleType.of({element: self.type_of(kind) for element, kind in name.elements})
        arguments = [self.type_of(argument) for argument in name.arguments]
        if name.name == "Choice" and arguments:
            return choice(frozenset(arguments))
        if name.name == "List" and arguments:
            return ListType(arguments[0])
        if name.name == "Interval" and arguments:
            self.require_point(arguments[0], name)
            return IntervalType(arguments[0])
        known = {**SIMPLE, **self.env.classes}
        if name.name in known:
            return known[name.name]
        if name.name in TERMINOLOGY:
            raise self.unsupported(f"the type {name.name}", name.start)
        raise self.error(f'there is no type "{name.name}"{did_you_mean(name.name, known)}', name.start)

    def require_point(self, point: Type, node: syntax.Node) -> None:
        """Refuse an interval over a type that has no order."""
        if point not in ORDERED and point not in (ANY, NOTHING) and not isinstance(point, ChoiceType):
            raise self.error(f"an interval of {point} cannot be: its points have no successor", node.start)

    def unify(self, trees: list[Tree]) -> tuple[Type, list[Tree]]:
        """A common type of all, and all converted to it."""
        kind = common_or_choice([tree.type for tree in trees])
        return kind, [self.convert(tree, kind) for tree in trees]

    def expect(self, tree: Tree, target: Type) -> Tree:
        """The tree, converted to a type. Raises `CqlError` where it cannot be."""
        if cost(tree.type, target) is None:
            raise self.error(f"{target} is expected here, not {tree.type}", tree.start)
        return self.convert(tree, target)

    def convert(self, tree: Tree, target: Type) -> Tree:
        """The tree, converted to a type that it does convert to."""
        source = tree.type
        if source == target or target is ANY or isinstance(target, ChoiceType):
            return tree
        if source is NOTHING:
            is_null = isinstance(tree, t.Constant) and tree.value is None
            return t.Constant(target, tree.start, tree.end, None) if is_null else tree
        name = widening(source, target)
        if name is not None:
            return self.call(name, [tree], tree)
        if source is ANY or cost(source, target) == CAST:
            return t.As(target, tree.start, tree.end, tree, strict=False)
        if converter(source, target) is None:
            return tree
        return self.fold(t.Convert(target, tree.start, tree.end, tree))

    def call(self, name: str, operands: list[Tree], node: Any, precision: str | None = None) -> Tree:
        """An operator applied to these operands."""
        types = tuple(operand.type for operand in operands)
        found = resolve(name, types, name in _MIXED)
        if found is None:
            raise self.error(f"{name} cannot be applied to {', '.join(map(str, types)) or 'nothing'}", node.start)
        if name in _COMPARED:
            self._check_codes(operands)
        converted = tuple(self.convert(one, kind) for one, kind in zip(operands, found.operands, strict=True))
        return self.fold(t.Call(found.result, node.start, node.end, found.overload, converted, precision))

    def _check_codes(self, operands: list[Tree]) -> None:
        """Refuse to compare a coded field with a text that it can never hold."""
        for coded, other in (operands, reversed(operands)):
            kind = coded.type.element if isinstance(coded.type, ListType) else coded.type
            if not isinstance(kind, StringType) or kind.allowed is None:
                continue
            for value in _texts(other):
                if normalize_text(value) not in map(normalize_text, kind.allowed):
                    hint = did_you_mean(value, kind.allowed) or f" (one of {', '.join(sorted(kind.allowed))})"
                    raise self.error(f"'{value}' is not a value of this field{hint}", other.start)

    def fold(self, tree: Tree) -> Tree:
        """The constant that the tree always has the value of, or the tree."""
        if not foldable(tree):
            return tree
        try:
            return constant(tree)
        except EvaluationError:
            return tree


def _texts(tree: Tree) -> list[str]:
    """The constant texts of a comparison."""
    if not isinstance(tree, t.Constant):
        return []
    values = tree.value if isinstance(tree.value, tuple) else (tree.value,)
    return [value for value in values if isinstance(value, str)]
