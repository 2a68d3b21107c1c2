"""A place in the tokens of one text, which the functions of the grammar read and move."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.lexer import Kind, Token, tokens, unescape
from precise_cal.engine.cql.parser.words import PLURALS, PRECISIONS, RESERVED
from precise_cal.engine.cql.syntax import Node, Operation
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.engine.cql.errors import Code, CqlError

MAX_NESTED: Final = 60
"""How deeply brackets and prefixes may be nested."""

# What begins a declaration or a construct that the rule language leaves out.
_DECLARATIONS: Final = frozenset(
    ["library", "using", "include", "codesystem", "valueset", "code", "concept", "parameter", "context"]
)


class Cursor:
    """A place in the tokens of a text.

    `rule` reads the rule `expression` of the grammar, which all parts of the grammar come back to.
    """

    def __init__(self, code: Code, rule: Callable[[Cursor, int], Node]) -> None:
        self.code = code
        self.tokens = tokens(code)
        self.index = 0
        self.depth = 0
        self.ratios = True
        """Whether `1:8` is a ratio; behind `starting` the colon ends the clause."""
        self.closed = (-1, -1)
        """Token indexes of the parentheses that were closed last."""
        self._rule = rule

    def expression(self, level: int = 0) -> Node:
        """An expression whose operators bind at least as tightly as `level` (see `expressions`)."""
        return self._rule(self, level)

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
        return self.error(
            message("{ $construct } is not supported by the rule language", construct=construct), start, construct
        )

    def unexpected(self, wanted: str) -> CqlError:
        """The error that something else was wanted here."""
        token = self.token
        found = "the end" if token.kind is Kind.END else f'"{token.text}"'
        if self.index == 0 and token.text in _DECLARATIONS:
            return self.unsupported(message("the declaration { $found }", found=found), token.start)
        return self.error(
            message("{ $wanted } is expected here, not { $found }", wanted=wanted, found=found), token.start
        )

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
        return self.error(message("the expression is nested more than { $limit } levels deep", limit=limit), start)

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
            return self.tokens[self.index - 2].text
        return None

    def unit(self) -> str | None:
        """A unit behind a number: a UCUM code in quotes, or a calendar unit."""
        token = self.token
        if token.kind is Kind.STRING:
            self.advance()
            return unescape(token.text)
        if token.kind is Kind.NAME and (token.text in PLURALS or token.text in PRECISIONS):
            return self.advance().text
        return None
