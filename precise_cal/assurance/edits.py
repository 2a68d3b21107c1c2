"""Small changes of the text of an expression, each of which gives another expression: what a slip of the pen would do.

They are made on the syntax tree, so that the difference can be shown in the file. Whether the result is well typed is
found where it is compiled.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final, Literal

from precise_cal.engine.cql import syntax
from precise_cal.engine.cql.errors import Code, Origin
from precise_cal.engine.cql.lexer import Kind, Token, tokens, unescape
from precise_cal.engine.cql.parser.parse import parse
from precise_cal.engine.cql.types import BOOLEAN, DECIMAL, INTEGER, STRING
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Maker = Callable[["_Text", syntax.Node], Iterator["Edit"]]

Change = Literal["operator", "constant", "connective", "null test", "negation", "quantifier", "order", "parameter"]

_COMPARISONS: Final[Mapping[str, tuple[str, ...]]] = {
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "=": ("!=",),
    "!=": ("=",),
    "+": ("-",),
    "-": ("+",),
}
_CONNECTIVES: Final[Mapping[str, tuple[str, ...]]] = {"and": ("or",), "or": ("and",), "implies": ("and",)}
_NAMED: Final[Mapping[str, str]] = {"First": "Last", "Last": "First", "Min": "Max", "Max": "Min"}
_TESTS: Final[Mapping[str, tuple[str, str]]] = {"IsTrue": ("true", "false"), "IsFalse": ("false", "true")}


@immutable()
class Edit:
    """Parts of a text, by the offsets of their beginning and end, with what stands in their place."""

    change: Change
    parts: tuple[tuple[int, int, str], ...]

    @property
    def start(self) -> int:
        """Where the first difference stands."""
        return min(start for start, _, _ in self.parts)

    def of(self, text: str) -> str:
        """The text with the change."""
        for start, end, new in sorted(self.parts, reverse=True):
            text = text[:start] + new + text[end:]
        return text


def edits_of(text: str, words: Mapping[str, str]) -> tuple[Edit, ...]:
    """Every change of an expression, each once, in the order in which they stand.

    Args:
        text: a well-formed expression.
        words: for words of closed vocabularies, another of the same.
    """
    source = _Text(text, tokens(Code(text, Origin())), words)
    found: dict[str, Edit] = {}
    for node in _nodes(parse(text)):
        make = _MAKERS.get(type(node))
        for edit in make(source, node) if make else ():
            found.setdefault(edit.of(text), edit)
    found.pop(text, None)
    return tuple(sorted(found.values(), key=lambda one: one.parts))


@immutable()
class _Text:
    text: str
    tokens: list[Token]
    words: Mapping[str, str]

    def sign(self, left: syntax.Node, right: syntax.Node) -> Token | None:
        """The sign or word of a binary operator, between its operands."""
        between = [one for one in self.tokens if left.end <= one.start and one.end <= right.start]
        return next((one for one in between if one.text not in ("(", ")")), None)

    def whole(self, node: syntax.Node) -> tuple[int, int]:
        """Where a node stands, with the brackets around it."""
        starts = [place for place, one in enumerate(self.tokens) if one.start >= node.start]
        first, last = starts[0], max(place for place, one in enumerate(self.tokens) if one.end <= node.end)
        while first and self.tokens[first - 1].text == "(" and self.tokens[last + 1].text == ")":
            if first > 1 and self.tokens[first - 2].kind in (Kind.NAME, Kind.QUOTED) and _is_call(self.tokens, first):
                break
            first, last = first - 1, last + 1
        return self.tokens[first].start, self.tokens[last].end

    def written(self, node: syntax.Node) -> str:
        """The text of a node with the brackets around it."""
        start, end = self.whole(node)
        return self.text[start:end]


_BEFORE_BRACKETS: Final = frozenset({
    "and", "or", "implies", "not", "when", "then", "else", "if", "where", "return", "exists", "in", "flatten",
    "distinct", "is", "between", "from", "xor",
})  # fmt: skip


def _is_call(known: list[Token], first: int) -> bool:
    """Whether the bracket before a token opens the arguments of a call."""
    return known[first - 2].text not in _BEFORE_BRACKETS


def _nodes(part: object) -> Iterator[syntax.Node]:
    """A node and all within it, also within parts of queries that are no nodes."""
    if isinstance(part, syntax.Node):
        yield part
        for one in fields(part):
            yield from _nodes(getattr(part, one.name))
    elif isinstance(part, tuple):
        for item in part:
            yield from _nodes(item)


def _operation(source: _Text, node: syntax.Node) -> Iterator[Edit]:
    assert isinstance(node, syntax.Operation)
    if len(node.operands) == 2:
        yield from _binary(source, *node.operands)
    elif node.name == "Not":
        yield from _negated(source, node, node.operands[0])
    elif node.name == "IsNull":
        start = node.operands[0].end
        if source.text[start : node.end].split()[-2:] == ["is", "null"]:
            yield Edit("null test", ((node.end - len("null"), node.end, "not null"),))
    elif node.name in _TESTS:
        was, other = _TESTS[node.name]
        yield Edit("null test", ((node.end - len(was), node.end, other),))
        yield Edit("null test", ((source.whole(node.operands[0])[1], node.end, ""),))
    elif node.name == "Exists":
        yield Edit("quantifier", ((node.start, node.start, "not "),))


def _binary(source: _Text, left: syntax.Node, right: syntax.Node) -> Iterator[Edit]:
    sign = source.sign(left, right)
    if sign is None:
        return
    for other in _COMPARISONS.get(sign.text, ()):
        yield Edit("operator", ((sign.start, sign.end, other),))
    if sign.text in _CONNECTIVES:
        for other in _CONNECTIVES[sign.text]:
            yield Edit("connective", ((sign.start, sign.end, other),))
        start, end = source.whole(left)[0], source.whole(right)[1]
        for kept in (left, right):
            yield Edit("connective", ((start, end, source.written(kept)),))
        for one in (left, right):
            if isinstance(one, syntax.Name | syntax.Member | syntax.Invocation):
                yield Edit("negation", ((one.start, one.start, "not "),))


def _negated(source: _Text, node: syntax.Node, inner: syntax.Node) -> Iterator[Edit]:
    """`not x` without its `not`; `is not null` as `is null`."""
    if source.text.startswith("not", node.start) and inner.start > node.start:
        yield Edit("negation", ((node.start, source.whole(inner)[0], ""),))
    elif isinstance(inner, syntax.Operation) and inner.name in ("IsNull", *_TESTS):
        place = source.text.rfind("not", inner.operands[0].end, node.end)
        if place >= 0:
            yield Edit("null test", ((place, place + len("not "), ""),))


def _literal(source: _Text, node: syntax.Node) -> Iterator[Edit]:
    assert isinstance(node, syntax.Literal)
    written = source.text[node.start : node.end]
    others: tuple[str, ...] = ()
    if node.type == BOOLEAN:
        others = ("false" if written == "true" else "true",)
    elif node.type == INTEGER:
        others = (str(node.value + 1), str(node.value - 1)) if node.value > 0 else (str(node.value + 1),)
    elif node.type == DECIMAL:
        others = (str(node.value + node.value.__class__((0, (1,), node.value.as_tuple().exponent))),)
    elif node.type == STRING and unescape(written) in source.words:
        others = (f"'{source.words[unescape(written)]}'",)
    for other in others:
        yield Edit("constant", ((node.start, node.end, other),))


def _conditional(source: _Text, node: syntax.Node) -> Iterator[Edit]:
    assert isinstance(node, syntax.If)
    yield from _denied(source, node.condition)


def _case(source: _Text, node: syntax.Node) -> Iterator[Edit]:
    """The ladder of a `case`: two neighboring steps exchanged, and each condition denied."""
    assert isinstance(node, syntax.Case)
    if node.comparand is None:
        for condition, _ in node.items:
            yield from _denied(source, condition)
    for (when, then), (next_when, next_then) in zip(node.items, node.items[1:], strict=False):
        one = source.whole(when)[0], source.whole(then)[1]
        two = source.whole(next_when)[0], source.whole(next_then)[1]
        text = source.text
        yield Edit("order", ((*one, text[two[0] : two[1]]), (*two, text[one[0] : one[1]])))


def _denied(source: _Text, condition: syntax.Node) -> Iterator[Edit]:
    if not isinstance(condition, syntax.Operation) or condition.name not in ("Not", "IsNull", *_TESTS):
        yield Edit("negation", ((*source.whole(condition), f"not ({source.written(condition)})"),))


def _aggregate(source: _Text, node: syntax.Node) -> Iterator[Edit]:
    """One of them instead of all, and the other way round."""
    assert isinstance(node, syntax.Aggregate)
    body, start = node.body, node.starting
    if (
        not isinstance(start, syntax.Literal)
        or not isinstance(body, syntax.Operation)
        or body.name not in ("And", "Or")
    ):
        return
    inner = body
    while isinstance(inner.operands[0], syntax.Operation) and inner.operands[0].name == body.name:
        inner = inner.operands[0]
    sign = source.sign(*inner.operands)
    if sign is not None and isinstance(inner.operands[0], syntax.Name) and inner.operands[0].name == node.name:
        first = (start.start, start.end, "false" if start.value else "true")
        yield Edit("quantifier", (first, (sign.start, sign.end, "or" if sign.text == "and" else "and")))


def _invocation(source: _Text, node: syntax.Node) -> Iterator[Edit]:
    assert isinstance(node, syntax.Invocation)
    if node.name in _NAMED and source.text.startswith(node.name, node.start):
        yield Edit("quantifier", ((node.start, node.start + len(node.name), _NAMED[node.name]),))


_MAKERS: Final[Mapping[type, Maker]] = {
    syntax.Operation: _operation,
    syntax.Literal: _literal,
    syntax.If: _conditional,
    syntax.Case: _case,
    syntax.Aggregate: _aggregate,
    syntax.Invocation: _invocation,
}
