"""Entries as they are known while code is written, each under its condition, and where reads are told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby


@dataclass(frozen=True, slots=True)
class One:
    """An entry."""

    code: str


@dataclass(frozen=True, slots=True)
class All:
    """The entries of a tuple or list; where they are known one by one, `parts` are those in its place."""

    code: str
    parts: tuple[tuple[str | None, One | All], ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """Entries, each under a condition; None stands for always."""

    choices: tuple[tuple[str | None, Entries], ...]


Entries = One | All | Some


@dataclass(slots=True, eq=False)
class Sink:
    """Where reads are told to.

    They are known beforehand as long as nothing but straight lines reads: then `parts` are those reads, each under its
    condition. What is read in a branch or loop needs a list.
    """

    name: str
    depth: int
    is_list: bool = False
    parts: list[tuple[str | None, One | All]] = field(default_factory=list)

    @property
    def reads(self) -> str:
        """The expression of everything that was read, a tuple."""
        return f"tuple({self.name})" if self.is_list else _sum(self.parts)

    @property
    def entries(self) -> All:
        """The same as entries."""
        return All(self.reads, () if self.is_list else tuple(self.parts))


def _sum(parts: list[tuple[str | None, One | All]]) -> str:
    """The expression of a tuple of several parts; those that follow each other unconditionally are one literal."""
    terms: list[str] = []
    for is_literal, group in groupby(parts, key=lambda part: part[0] is None and isinstance(part[1], One)):
        if is_literal:
            terms.append(f"({', '.join(one.code for _, one in group)},)")
            continue
        for condition, one in group:
            code = f"({one.code},)" if isinstance(one, One) else one.code
            terms.append(code if condition is None else f"({code} if {condition} else ())")
    return " + ".join(terms) or "()"


@dataclass(frozen=True, slots=True)
class ReadsLine:
    """A line that adds what was read to a sink; needed only if that is a list."""

    sink: Sink
    text: str
