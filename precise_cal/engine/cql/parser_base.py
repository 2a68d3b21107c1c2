"""What all parts of the parser share: the place in the tokens, words, names, types and units."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.lexer import Kind, Token, tokens, unescape
from precise_cal.engine.cql.syntax import Node, Operation, TypeName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.errors import Code, CqlError

MAX_NESTED: Final = 60
"""How deeply brackets and prefixes may be nested."""
MAX_DEPTH: Final = 100
"""Half the depth that the tree of an expression may have, as of a long chain of `or`."""

PRECISIONS: Final = ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
PLURALS: Final = {f"{precision}s": precision for precision in PRECISIONS}

# The rule `reservedWord` of the grammar: never an identifier unless quoted.
RESERVED: Final = frozenset(
    """aggregate all and as after before between case cast Code collapse Concept convert day days difference
    distinct duration during else exists expand false flatten from if in included is hour hours Interval let
    List maximum millisecond milliseconds minimum minute minutes month months not null occurs of or per point
    properly return same second seconds singleton sort such then to true Tuple week weeks when with within
    without year years""".split()  # noqa: SIM905 - words
)
# Keywords that may be identifiers, but not aliases of a query source.
KEYWORDS: Final = RESERVED | frozenset(
    """asc ascending bind by called code codesystem codesystems concept contains context conversion date default
    define desc descending display div end ends except explicit extends fluent function identifier implicit
    implies include includes intersect key label library meets mod on overlaps path parameter predecessor
    primary private public related retrievable start starting starts successor time timezoneoffset type union
    using valueset version where width xor ordered that ~in ~contains""".split()  # noqa: SIM905 - words
)
# What begins a declaration or a construct that the rule language leaves out.
_DECLARATIONS: Final = frozenset(
    ["library", "using", "include", "codesystem", "valueset", "code", "concept", "parameter", "context"]
)


class BaseParser:
    """A place in a list of tokens."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.tokens = tokens(code)
        self.index = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.index]

    @property
    def previous(self) -> Token:
        """The token that was read last."""
        return self.tokens[self.index - 1]

    def peek(self, ahead: int = 1) -> str:
        """The keyword or symbol some tokens ahead; empty for anything else."""
        place = self.index + ahead
        if place >= len(self.tokens):
            return ""
        token = self.tokens[place]
        return token.text if token.kind in (Kind.NAME, Kind.SYMBOL) else ""

    def word(self) -> str:
        """The keyword or symbol to be read next; empty for anything else."""
        token = self.tokens[self.index]
        return token.text if token.kind in (Kind.NAME, Kind.SYMBOL) else ""

    def advance(self) -> Token:
        """Read one token."""
        token = self.tokens[self.index]
        if token.kind is not Kind.END:
            self.index += 1
        return token

    def accept(self, *words: str) -> bool:
        """Read these words if they stand here."""
        if all(self.peek(place) == word for place, word in enumerate(words)):
            self.index += len(words)
            return True
        return False

    def expect(self, *words: str) -> None:
        """Read these words. Raises `CqlError` if something else stands here."""
        if not self.accept(*words):
            raise self.unexpected(f'"{" ".join(words)}"')

    def error(self, message: str, start: int, construct: str | None = None) -> CqlError:
        """The error at an offset of the text."""
        return self.code.error(message, start, construct)

    def unsupported(self, construct: str, start: int) -> CqlError:
        """The refusal of a construct of CQL that is not part of the rule language."""
        return self.error(f"{construct} is not supported by the rule language", start, construct)

    def unexpected(self, wanted: str) -> CqlError:
        """The error that something else was wanted here."""
        token = self.token
        found = "the end" if token.kind is Kind.END else f'"{token.text}"'
        if self.index == 0 and token.text in _DECLARATIONS:
            return self.unsupported(f"the declaration {found}", token.start)
        return self.error(f"{wanted} is expected here, not {found}", token.start)

    @contextmanager
    def nested(self) -> Iterator[None]:
        """One level deeper. Raises `CqlError` where the expression is nested too deeply."""
        self.depth += 1
        if self.depth > MAX_NESTED:
            raise self.too_deep(self.token.start, MAX_NESTED)
        yield
        self.depth -= 1

    def too_deep(self, start: int, limit: int) -> CqlError:
        """The error that parts are nested too deeply."""
        return self.error(f"the expression is nested more than {limit} levels deep", start)

    def check_depth(self, tree: Node) -> None:
        """Refuse a tree that is deeper than `MAX_DEPTH`, such as a long chain of `or`."""
        level: list[object] = [tree]
        for _ in range(2 * MAX_DEPTH):
            level = [part for node in level for part in _parts(node)]
            if not level:
                return
        deepest = next((node for node in level if isinstance(node, Node)), tree)
        raise self.too_deep(deepest.start, 2 * MAX_DEPTH)

    def operation(self, name: str, start: int, *operands: Node, precision: str | None = None) -> Operation:
        """An operation that ends at the last token read."""
        return Operation(start, self.previous.end, name, operands, precision)

    def identifier(self, what: str) -> str:
        """A name. Raises `CqlError` where none stands."""
        token = self.token
        if token.kind is Kind.QUOTED:
            self.advance()
            return unescape(token.text)
        if token.kind is Kind.NAME and token.text not in RESERVED:
            return self.advance().text
        raise self.unexpected(what)

    def precision(self) -> str | None:
        """`day` or the like, if it stands here."""
        return self.advance().text if self.word() in PRECISIONS else None

    def plural_precision(self) -> str | None:
        """`days` or the like, if it stands here; in its singular form."""
        return PLURALS[self.advance().text] if self.word() in PLURALS else None

    def precision_of(self) -> str | None:
        """`day of`, if it stands here."""
        if self.word() in PRECISIONS and self.peek() == "of":
            self.index += 2
            return self.previous_precision()
        return None

    def previous_precision(self) -> str:
        """The precision word before the `of` just read."""
        return self.tokens[self.index - 2].text

    def unit(self) -> str | None:
        """A unit behind a number: a UCUM code in quotes, or a calendar unit."""
        token = self.token
        if token.kind is Kind.STRING:
            self.advance()
            return unescape(token.text)
        if token.kind is Kind.NAME and (token.text in PLURALS or token.text in PRECISIONS):
            return self.advance().text
        return None

    def type_name(self) -> TypeName:
        """A type specifier."""
        start = self.token.start
        with self.nested():
            if self.word() in {"List", "Interval", "Choice"} and self.peek() == "<":
                return self._generic_type(start)
            if self.accept("Tuple", "{"):
                return self._tuple_type(start)
            name = self._type_word()
            while self.accept("."):
                name = self._type_word()
            return TypeName(start, self.previous.end, name)

    def _type_word(self) -> str:
        if self.word() in {"Code", "Concept"}:
            return self.advance().text
        return self.identifier("a type")

    def _generic_type(self, start: int) -> TypeName:
        name = self.advance().text
        self.advance()
        arguments = [self.type_name()]
        while self.accept(","):
            arguments.append(self.type_name())
        self.expect(">")
        return TypeName(start, self.previous.end, name, tuple(arguments))

    def _tuple_type(self, start: int) -> TypeName:
        elements = []
        while not self.accept("}"):
            name = self.identifier("the name of an element")
            elements.append((name, self.type_name()))
            if self.word() != "}":
                self.expect(",")
        return TypeName(start, self.previous.end, "Tuple", (), tuple(elements))


def _parts(node: object) -> Iterator[object]:
    if isinstance(node, tuple):
        yield from (part for part in node if isinstance(part, (Node, tuple)))
    elif isinstance(node, Node):
        for field in fields(node):
            part = getattr(node, field.name)
            if isinstance(part, (Node, tuple)):
                yield part
