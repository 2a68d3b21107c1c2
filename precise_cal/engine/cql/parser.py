"""Tokens to syntax tree: operator precedence of the CQL 1.5 grammar, by hand."""

# ruff: noqa: SLF001 - the tables of methods stand behind their class

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.errors import Code, Origin
from precise_cal.engine.cql.lexer import Kind
from precise_cal.engine.cql.parser_phrases import PhraseParser
from precise_cal.engine.cql.parser_terms import TermParser
from precise_cal.engine.cql.syntax import Literal, Node, TypeOperation
from precise_cal.engine.cql.types import STRING

if TYPE_CHECKING:
    from collections.abc import Callable

# Levels of binding, loosest first, as the alternatives of the rules `expression` and `expressionTerm` stand.
IMPLIES, OR, AND, MEMBERSHIP, EQUALITY, TIMING, INEQUALITY, SET, BETWEEN, EXISTS, NOT, CAST, TYPE, TEST = range(14)

_SIMPLE_BINARY: Final = {
    "implies": ("Implies", IMPLIES),
    "or": ("Or", OR),
    "xor": ("Xor", OR),
    "and": ("And", AND),
    "=": ("Equal", EQUALITY),
    "!=": ("NotEqual", EQUALITY),
    "~": ("Equivalent", EQUALITY),
    "!~": ("NotEquivalent", EQUALITY),
    "<": ("Less", INEQUALITY),
    "<=": ("LessOrEqual", INEQUALITY),
    ">": ("Greater", INEQUALITY),
    ">=": ("GreaterOrEqual", INEQUALITY),
}
_MEMBERSHIP: Final = {
    "in": "In",
    "contains": "Contains",
    "~in": "EquivalentIn",
    "~contains": "EquivalentContains",
}
_SETS: Final = {"|": "Union", "union": "Union", "intersect": "Intersect", "except": "Except"}
_TESTS: Final = {"null": "IsNull", "true": "IsTrue", "false": "IsFalse"}


class Parser(TermParser, PhraseParser):
    """Reads one text."""

    def expression(self, level: int = IMPLIES) -> Node:
        """An expression whose operators bind at least as tightly as `level`."""
        with self.nested():
            left = self._prefix(level)
            while True:
                following = self._infix(left, level)
                if following is None:
                    return left
                left = following

    def _prefix(self, level: int) -> Node:
        word = self.word()
        start = self.token.start
        if word == "not" and level <= NOT:
            self.advance()
            return self.operation("Not", start, self.expression(NOT))
        if word == "exists" and level <= EXISTS:
            self.advance()
            return self.operation("Exists", start, self.expression(EXISTS))
        if word == "cast" and level <= CAST:
            self.advance()
            operand = self.expression(TEST)
            self.expect("as")
            kind = self.type_name()
            return TypeOperation(start, kind.end, "cast", operand, kind)
        return self._between_prefix() or self.query_or_term()

    def _between_prefix(self) -> Node | None:
        """`years between a and b`, `duration in years between …`, `difference in years between …`."""
        start, name, place = self.token.start, "DurationBetween", self.index
        if self.word() in {"duration", "difference"}:
            if self.word() == "difference":
                name = "DifferenceBetween"
            self.advance()
            if not self.accept("in"):
                self.index = place
                return None
        precision = self.plural_precision()
        if precision is None or not self.accept("between"):
            self.index = place
            return None
        low = self.term()
        self.expect("and")
        return self.operation(name, start, low, self.term(), precision=precision)

    def _infix(self, left: Node, level: int) -> Node | None:
        """The expression that goes on behind `left`, or None where it ends."""
        word = self.word()
        simple = _SIMPLE_BINARY.get(word)
        if simple is not None:
            name, bind = simple
            if bind < level:
                return None
            self.advance()
            return self.operation(name, left.start, left, self.expression(bind + 1))
        for bind, read in _INFIX.get(word, ()):
            if bind >= level:
                found = read(self, left)
                if found is not None:
                    return found
        return self.timing(left) if level <= TIMING else None

    def _set(self, left: Node) -> Node:
        name = _SETS[self.word()]
        self.advance()
        if self.accept("all"):
            name += "AllOrdered" if self.accept("ordered") else "All"
        return self.operation(name, left.start, left, self.expression(SET + 1))

    def _membership(self, left: Node) -> Node:
        name = _MEMBERSHIP[self.word()]
        self.advance()
        precision = self.precision_of()
        return self.operation(name, left.start, left, self.expression(MEMBERSHIP + 1), precision=precision)

    def _test(self, left: Node) -> Node | None:
        place = self.index
        self.advance()
        negated = self.accept("not")
        name = _TESTS.get(self.word())
        if name is None:
            self.index = place
            return None
        self.advance()
        tested = self.operation(name, left.start, left)
        return self.operation("Not", left.start, tested) if negated else tested

    def _type(self, left: Node) -> Node:
        kind = self.word()
        self.advance()
        name = self.type_name()
        return TypeOperation(left.start, name.end, kind, left, name)

    def _between(self, left: Node) -> Node | None:
        place = self.index
        properly = self.accept("properly")
        if not self.accept("between"):
            self.index = place
            return None
        low = self.term()
        self.expect("and")
        name = "ProperlyBetween" if properly else "Between"
        return self.operation(name, left.start, left, low, self.term())

    def conversion(self, start: int) -> Node:
        """`convert operand to type` or `convert operand to unit`."""
        operand = self.expression()
        self.expect("to")
        unit = self.unit()
        if unit is not None:
            target = Literal(self.previous.start, self.previous.end, unit, STRING)
            return self.operation("ConvertQuantity", start, operand, target)
        kind = self.type_name()
        return TypeOperation(start, kind.end, "convert", operand, kind)

    def whole(self) -> Node:
        """The expression that is the whole text."""
        tree = self.expression()
        if self.token.kind is not Kind.END:
            raise self.unexpected("the end of the expression")
        self.check_depth(tree)
        return tree


_INFIX: Final[dict[str, tuple[tuple[int, Callable[[Parser, Node], Node | None]], ...]]] = {
    "is": ((TEST, Parser._test), (TYPE, Parser._type)),
    "as": ((TYPE, Parser._type),),
    "between": ((BETWEEN, Parser._between),),
    "properly": ((BETWEEN, Parser._between),),
    **dict.fromkeys(_SETS, ((SET, Parser._set),)),
    **dict.fromkeys(_MEMBERSHIP, ((MEMBERSHIP, Parser._membership),)),
}


def parse(text: str, origin: Origin | None = None) -> Node:
    """The syntax tree of an expression. Raises `CqlError` with the position of what does not fit."""
    return Parser(Code(text, origin or Origin())).whole()
