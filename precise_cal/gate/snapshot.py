"""The part of a record that a decision rests on: what the gate's rules read of it, and who it is about.

Which fields these are follows from the typed conditions of the rules (`engine.cql.reads`) and from the table of
chronology, which doubts what other moments contradict: the gate judges what `check` judges. The rest is left out: the
arm, or the result of a laboratory that no criterion asks for, makes no other question of the same one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from precise_cal.engine.cql.reads import reads
from precise_cal.engine.rulebook.reading import editions_of, reads_of
from precise_cal.protocol.placeholders import is_placeholder
from precise_cal.protocol.verdicts import CRITERIA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from precise_cal.engine.cql.reads import Path, Reads
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.schema.tree import FieldSchema, PartSchema

    Wanted: TypeAlias = dict[str, "Wanted"]
    """The fields that are wanted of a part, each with those that are wanted below it."""

ROLES: Final = ("participant", "site", "study", "protocol_version", "consented_at", "day_zero", "enrolled_at")
"""What a decision tells of a record beside its criteria. Who is enrolled, treated or has left stands beside it."""
WITHHELD: Final = "withheld"
"""Stands for a text of a part of which nothing else may be told than that it is there."""


class Snapshots:
    """Takes snapshots of records. What is taken of a snapshot is that snapshot."""

    def __init__(self, book: Rulebook) -> None:
        self._schema = book.schema
        self._revealing = frozenset(book.schema.revealing)
        self._wanted = _wanted(book)

    def of(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The snapshot of a record, a JSON object that is valid; values stay as they were recorded."""
        return self._part(self._schema.root, (), document, self._wanted)

    def _part(self, part: PartSchema, path: Path, value: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
        return {
            name: self._field(one, (*path, name), value[name], wanted.get(name, {}))
            for name, one in part.by_name.items()
            if name in value and (name in wanted or one.required)
        }

    def _field(self, field: FieldSchema, path: Path, value: Any, wanted: Wanted) -> Any:
        if field.part is None:
            return value
        if isinstance(value, list):
            return [self._item(field, path, one, wanted) for one in value]
        return self._item(field, path, value, wanted)

    def _item(self, field: FieldSchema, path: Path, value: Any, wanted: Wanted) -> Any:
        if not isinstance(value, dict) or field.part is None:
            return value
        kept = self._part(field.part, path, value, wanted)
        if field.known or _is_known(kept) or not _is_known(value):
            return kept
        return kept | self._mark(field.part, path, value)

    def _mark(self, part: PartSchema, path: Path, value: Mapping[str, Any]) -> dict[str, Any]:
        """What tells that a part is there, of which nothing known is wanted: something that tells no allocation."""
        known = [name for name in part.by_name if _is_known(value.get(name))]
        shown = [name for name in known if (*path, name) not in self._revealing]
        if shown:
            return {shown[0]: value[shown[0]]}
        texts = [one.name for one in part.fields if one.type.kind == "text"]
        return {texts[0]: WITHHELD} if texts else {known[0]: value[known[0]]}


def _is_known(value: Any) -> bool:
    """Whether a recorded value tells anything."""
    if isinstance(value, dict):
        return any(map(_is_known, value.values()))
    return value not in (None, "unknown") and not (isinstance(value, str) and is_placeholder(value))


def _wanted(book: Rulebook) -> Wanted:
    wanted: Wanted = {}
    for path in _paths(book):
        here = wanted
        for name in path:
            here = here.setdefault(name, {})
    return wanted


def _paths(book: Rulebook) -> Iterator[Path]:
    schema = book.schema
    for row in book.reporting.rows["gate"]:  # what a decision shows in order (`gate.chronology`)
        yield from row.places
    for moment in book.chronology.moments:
        if not moment.is_cutoff:  # the instant of evaluation is given
            yield moment.path
            yield from ((*moment.path[:-1], name) for name, _ in moment.where)
    for found in _reads(book):
        yield from found.paths
        yield from (path for path, _ in schema.walk() if any(path[: len(whole)] == whole for whole in found.whole))


def _reads(book: Rulebook) -> Iterable[Reads]:
    for edition in editions_of(book):
        for rule in edition.rules:
            if rule.kind in CRITERIA or rule.rule.id in book.required_by_gate:
                yield reads_of(rule)
    yield from (reads(book.roles[name]) for name in ROLES if name in book.roles)
