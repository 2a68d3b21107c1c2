"""Which fields a form has to ask for so that every rule can be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.reads import reads
from precise_cal.engine.rulebook.reading import editions_of, reads_of
from precise_cal.protocol.verdicts import CRITERIA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.reads import Reads
    from precise_cal.engine.rulebook.rulebook import Rulebook

    Path = tuple[str, ...]

_WHO: Final = ("participant", "site", "study", "protocol_version", "consented_at")
"""What the gate has to know of whom it is asked about."""


def needed_fields(book: Rulebook) -> frozenset[Path]:
    """The fields that rules and roles read, with what tells items apart and what a record may not lack.

    Args:
        book: read with the meaning of its rules (`cache=False`).
    """
    moments = {path for one in book.chronology.moments for path in _places(one.path, one.where)}
    return _with_keys(book, tuple(_reads(book)), moments)


def gate_fields(book: Rulebook) -> frozenset[Path]:
    """The fields that the gate's rules read before randomization, with what tells items apart.

    Args:
        book: read with the meaning of its rules (`cache=False`).
    """
    found = [
        reads_of(rule)
        for edition in editions_of(book)
        for rule in edition.rules
        if rule.kind in CRITERIA or rule.rule.id in book.required_by_gate
    ]
    found += [reads(book.roles[name]) for name in _WHO if name in book.roles]
    return _with_keys(book, tuple(found), set())


def _with_keys(book: Rulebook, found: tuple[Reads, ...], moments: set[Path]) -> frozenset[Path]:
    schema = book.schema
    read = {path for path, _ in schema.walk() if path in moments or any(one.touches(path) for one in found)}
    keys = {(*name.split("."), key) for name, key in schema.unique.items()}
    more = {path for path, one in schema.walk() if one.required and (len(path) == 1 or path[:-1] in read)}
    return frozenset(read | {path for path in keys if path[:-1] in read} | more)


def _places(path: Path, where: tuple[tuple[str, frozenset[str]], ...]) -> Iterator[Path]:
    yield from (path[:length] for length in range(1, len(path) + 1))
    yield from ((*path[:-1], name) for name, _ in where)


def _reads(book: Rulebook) -> Iterator[Reads]:
    for edition in editions_of(book):
        yield from (reads_of(rule) for rule in edition.rules)
    yield from (reads(one) for one in book.roles.values())
