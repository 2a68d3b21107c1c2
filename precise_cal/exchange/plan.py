"""A map held against the form of the records: every field exists, and what its type needs is stated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.exchange.cells import fits
from precise_cal.exchange.field_problems import field_problems
from precise_cal.exchange.form import LookUp
from precise_cal.exchange.moments import read_pattern
from precise_cal.exchange.table_problems import table_problems
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.near import hint, hint_or_all
from precise_cal.protocol.schema.tree import ListOf, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.exchange.form import FieldSource, MapForm, NumberList, SourceForm, TableForm
    from precise_cal.exchange.moments import MomentPattern
    from precise_cal.protocol.schema.tree import FieldSchema, FieldType, PartSchema, RecordSchema

Path = tuple[str, ...]
Problem = tuple[tuple[str | int, ...], str]
"""The place in the map, and what is wrong there."""

_NEEDS: Final = {"csv": ("encoding", "delimiter"), "hl7": ("encoding",), "xlsx": ("sheet",)}
_OFFSET: Final = re.compile(r"Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00)", re.ASCII)


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """How a field of the record is filled."""

    path: Path
    type: FieldType
    source: FieldSource
    patterns: tuple[MomentPattern, ...]
    zone: str | None
    local: str | None
    missing: Mapping[str, str]

    @property
    def scalar(self) -> Scalar | None:
        """The type of its value, where that is a single one; the item's, of a list."""
        inner = self.type.item if isinstance(self.type, ListOf) else self.type
        return inner if isinstance(inner, Scalar) else None


@dataclass(frozen=True, slots=True)
class TablePlan:
    """How rows of a source become parts of participants."""

    number: int
    source: str
    form: TableForm
    into: Path
    outer: Path
    """The list within which `into` stands; empty for none."""
    fields: tuple[FieldPlan, ...]
    parent: tuple[FieldPlan, ...]

    @property
    def columns(self) -> frozenset[str]:
        """Every column that it reads."""
        participant: str | LookUp = self.form.participant
        numbers = (participant,) if isinstance(participant, str) else participant.columns
        read = [one.source.all_columns for one in (*self.fields, *self.parent)]
        chosen = (*self.form.take, *self.form.replaces)
        return frozenset((*numbers, *chosen, *(name for names in read for name in names)))

    @property
    def look_up(self) -> LookUp | None:
        """How the number of the participant is looked up; None where a column has it."""
        return None if isinstance(self.form.participant, str) else self.form.participant


@dataclass(frozen=True, slots=True)
class Plan:
    """A map that fits the records of a trial."""

    form: MapForm
    schema: RecordSchema
    tables: tuple[TablePlan, ...]
    subject: str
    """The field of the record that holds the participant's number."""

    def of_source(self, name: str) -> tuple[TablePlan, ...]:
        """The tables that read a source."""
        return tuple(one for one in self.tables if one.source == name)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that are read: those of tables in their order, then lists of numbers."""
        listed = (one.source for one in self.number_lists)
        return tuple(dict.fromkeys((*(one.source for one in self.tables), *listed)))

    @property
    def number_lists(self) -> tuple[NumberList, ...]:
        """Where numbers of other systems are listed."""
        found = (one.look_up.listed for one in self.tables if one.look_up is not None)
        return tuple(dict.fromkeys(one for one in found if one is not None))

    def columns_of(self, source: str) -> frozenset[str]:
        """Every column of a source that is read."""
        listed = (name for one in self.number_lists if one.source == source for name in (one.by, one.number))
        return frozenset((*(name for one in self.of_source(source) for name in one.columns), *listed))

    def may_lack(self, source: str, column: str) -> bool:
        """Whether the map says of a column that a file may do without it."""
        return any(fits(column, pattern) for pattern in self.form.sources[source].may_lack)

    def is_ignored(self, source: str, column: str) -> bool:
        """Whether the map says of a column that it is not used."""
        return any(fits(column, pattern) for pattern in self.form.sources[source].ignore)


def make_plan(form: MapForm, schema: RecordSchema) -> tuple[Plan | None, list[Problem]]:
    """The plan of a map, or what is wrong with it."""
    problems: list[Problem] = []
    for name, source in form.sources.items():
        problems += [(("sources", name, *place), text) for place, text in _source_problems(source)]
    tables = [_table(number, table, form, schema, problems) for number, table in enumerate(form.tables)]
    subject = schema.role_path("participant")
    if subject is None or len(subject) != 1:
        problems.append(((), "the trial's record.yaml names no field that is the participant's number"))
    problems += _stated_problems(form, schema)
    lists = {one.participant.listed.source for one in form.tables
             if isinstance(one.participant, LookUp) and one.participant.listed is not None}  # fmt: skip
    unused = sorted(set(form.sources) - {one.source for one in form.tables} - lists)
    problems += [
        (("sources", name), message("no table reads the source { $name }", name=Verbatim(name))) for name in unused
    ]
    if problems or subject is None:
        return None, problems
    return Plan(form, schema, tuple(one for one in tables if one), subject[0]), []


def _source_problems(source: SourceForm) -> Iterator[Problem]:
    for name in _NEEDS.get(source.format, ()):
        if getattr(source, name) is None:
            yield (
                (),
                message(
                    "a file of the format { $format } needs { $name }: nothing is guessed",
                    format=Verbatim(source.format),
                    name=Verbatim(name),
                ),
            )
    if source.encoding is not None:
        try:
            "".encode(source.encoding)
        except LookupError:
            yield (
                ("encoding",),
                message(
                    '"{ $encoding }" is no encoding that Python knows, such as utf-8, gb18030 or utf-16',
                    encoding=source.encoding,
                ),
            )
    if source.delimiter is not None and len(source.delimiter) != 1:
        yield ("delimiter",), "is one character"
    for name, offset in (("zone", source.zone), ("local", source.local)):
        if offset is not None and not is_offset(offset):
            yield (name,), message('"{ $offset }" is no offset from UTC such as "+08:00"', offset=offset)
    if source.dictionary is not None and source.format not in ("csv", "redcap"):
        yield ("dictionary",), "only REDCap's exports (csv, redcap) have a dictionary"


def is_offset(text: str) -> bool:
    """Whether a text is an offset from UTC."""
    return _OFFSET.fullmatch(text) is not None


def _table(
    number: int, table: TableForm, form: MapForm, schema: RecordSchema, problems: list[Problem]
) -> TablePlan | None:
    here: tuple[str | int, ...] = ("tables", number)
    source = form.sources.get(table.source)
    if source is None:
        problems.append(
            (
                (*here, "source"),
                message(
                    "{ $source } is no source of this map; it has { $sources }",
                    source=Verbatim(table.source),
                    sources=Verbatim(", ".join(form.sources)),
                ),
            )
        )
        return None
    into = tuple(table.into.split(".")) if table.into else ()
    part = _list_part(schema, into)
    if part is None:
        known = ", ".join(".".join(path) for path, one in schema.walk() if one.rows)
        problems.append(
            (
                (*here, "into"),
                message(
                    "{ $into } is no list of the record; it has { $known }",
                    into=Verbatim(table.into),
                    known=Verbatim(known),
                ),
            )
        )
        return None
    before = len(problems)
    fields = _fields(table.fields, part, into, source, (*here, "fields"), problems)
    outer = outer_list(schema, into)
    parent_part = _list_part(schema, outer) if outer else None
    parent = _fields(table.parent, parent_part, outer, source, (*here, "parent"), problems) if parent_part else ()
    problems += [((*here, *place), text) for place, text in _parent_problems(table, outer, form, schema)]
    problems += [
        ((*here, *place), text)
        for place, text in table_problems(table, form, {".".join(one.path): one.source for one in fields})
    ]
    return TablePlan(number, table.source, table, into, outer, fields, parent) if len(problems) == before else None


def _parent_problems(table: TableForm, outer: Path, form: MapForm, schema: RecordSchema) -> Iterator[Problem]:
    if not outer:
        if table.parent:
            yield ("parent",), "only a list within a list has a parent"
        return
    if outer_list(schema, outer):
        yield (
            ("into",),
            message(
                "{ $into } is a list within a list within a list, which a map cannot fill", into=Verbatim(table.into)
            ),
        )
    if not table.parent:
        yield (
            (),
            message(
                "{ $into } is a list within { $outer }: parent says which one is meant",
                into=Verbatim(table.into),
                outer=".".join(outer),
            ),
        )
        return
    makers = [one for one in form.tables if one.into == ".".join(outer)]
    if not any(set(one.key) == set(table.parent) for one in makers):
        named = ", ".join(table.parent)
        yield (
            ("parent",),
            message(
                "no table into { $outer } has the key { $named }, by which the parent would be known",
                outer=".".join(outer),
                named=Verbatim(named),
            ),
        )


def _list_part(schema: RecordSchema, into: Path) -> PartSchema | None:
    """The part that a list at a path holds; that of the record for no path."""
    field = schema.field(into) if into else None
    if field is None:
        return None if into else schema.root
    return field.rows


def outer_list(schema: RecordSchema, into: Path) -> Path:
    """The list within which a list stands; empty for one that stands in the record."""
    above = [length for length, one in enumerate(schema.root.along(into[:-1]), 1) if one.is_list]
    return into[: above[-1]] if above else ()


def _fields(
    given: Mapping[str, FieldSource],
    part: PartSchema,
    into: Path,
    source: SourceForm,
    here: tuple[str | int, ...],
    problems: list[Problem],
) -> tuple[FieldPlan, ...]:
    found = []
    for name, one in given.items():
        field = _fillable(part).get(name)
        if field is None:
            where = ".".join(into) or "the record"
            problems.append(
                (
                    (*here, name),
                    message(
                        "{ $name } is no field of { $where }{ $hint_or_all }",
                        name=Verbatim(name),
                        where=where,
                        hint_or_all=hint_or_all(name, _fillable(part)),
                    ),
                )
            )
            continue
        wrong = [*field_problems(field, one, source), *_sign_problems(part, name, one)]
        problems += [((*here, name), text) for text in wrong]
        if not wrong:
            patterns = tuple(map(read_pattern, one.format))
            missing = {**source.missing, **one.missing}
            found.append(
                FieldPlan(tuple(name.split(".")), field.type, one, patterns, source.zone, source.local, missing)
            )
    return tuple(found)


def _sign_problems(part: PartSchema, name: str, source: FieldSource) -> Iterator[str]:
    if source.sign is None:
        return
    beside = _fillable(part).get(".".join([*name.split(".")[:-1], source.sign]))
    if source.parse != "censored_decimal":
        yield "sign is for parse: censored_decimal"
    elif beside is None or not {"<", ">"} <= set(beside.words):
        yield message("sign: { $sign } is no field beside it that may be < or >", sign=source.sign)


def _fillable(part: PartSchema) -> dict[str, FieldSchema]:
    """The fields that a column can fill, by their dotted paths."""
    return {".".join(path): one for path, one in part.walk(into_lists=False) if one.type.kind != "part"}


def _stated_problems(form: MapForm, schema: RecordSchema) -> Iterator[Problem]:
    known = _fillable(schema.root)
    for name in form.record:
        if name not in known:
            yield (
                ("record", name),
                message("{ $name } is no field of the record{ $hint }", name=Verbatim(name), hint=hint(name, known)),
            )
