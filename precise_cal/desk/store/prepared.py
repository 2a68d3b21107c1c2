"""What is asked and written for every request, as SQL that is made once in a process: Django makes it anew each time.

To make it costs ten times what most of it takes. The queries, the rows that come, and the values are Django's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from django.db import connection
from django.db.models.query import get_related_populators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.db.models import Model

Row = TypeVar("Row")
_STAND_INS: Final[dict[type, Callable[[int], Any]]] = {
    str: lambda place: f"\x00value {place}",
    int: lambda place: -(2**52) - place,
}
"""What stands for a value of a kind while SQL is written: nothing that a query would name by itself."""


class Prepared(Generic[Row]):
    """A query of some values, each of a kind that is told beforehand.

    Args:
        query: from the values to the rows that are wanted: whole objects, with what `select_related` brings, or by
            `values_list` tuples.
        kinds: of the values: text or whole numbers.
    """

    def __init__(self, query: Callable[..., Any], *kinds: type) -> None:
        self._query, self._kinds = query, kinds

    def __call__(self, *values: str | int) -> list[Row]:
        """The rows for some values."""
        written = self._written
        with connection.cursor() as cursor:
            cursor.execute(
                written.sql, [values[one.number] if isinstance(one, _Place) else one for one in written.gaps]
            )
            rows = cursor.fetchall()
        return [cast("Row", written.made(row)) for row in written.converted(rows)]

    def first(self, *values: str | int) -> Row | None:
        """The first row, if there is one."""
        return next(iter(self(*values)), None)

    @cached_property
    def _written(self) -> _Written:
        stand_ins = [_STAND_INS[kind](place) for place, kind in enumerate(self._kinds)]
        compiler = self._query(*stand_ins).query.get_compiler(connection.alias)
        sql, parameters = compiler.as_sql()
        gaps = tuple(_Place(stand_ins.index(one)) if one in stand_ins else one for one in parameters)
        return _Written(sql, gaps, compiler)


class PreparedOf(Generic[Row]):
    """A query of many texts, some at a time.

    Args:
        query: from texts to the rows that are wanted, as of `Prepared`; a text may stand there twice.
        size: how many are asked for at once.
    """

    def __init__(self, query: Callable[[Sequence[str]], Any], size: int) -> None:
        self._size = size
        self._prepared: Prepared[Row] = Prepared(lambda *values: query(values), *[str] * size)

    def __call__(self, values: Sequence[str]) -> list[Row]:
        """The rows for the texts."""
        found: list[Row] = []
        for start in range(0, len(values), self._size):
            some = [*values[start : start + self._size]]
            found += self._prepared(*some, *some[-1:] * (self._size - len(some)))
        return found


def insert(*rows: Model, if_new: bool = False) -> None:
    """Add rows of one table, the columns of which all have their values.

    Args:
        rows: of one model.
        if_new: whether a row of which the key is there already is passed over; else that is an error.

    Raises:
        IntegrityError: there is such a row, and `if_new` was not said.
    """
    model: Any = type(rows[0])
    sql, fields = _insertion(model, len(rows), if_new)
    _execute(sql, [_value(field, row) for row in rows for field in fields])
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 - as Django does


def update(row: Model, *names: str) -> None:
    """Write some columns of a row."""
    model: Any = type(row)
    sql, fields = _change(model, names)
    _execute(sql, [_value(field, row) for field in fields])


def _execute(sql: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _value(field: Any, row: Model) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)


@cache
def _insertion(model: Any, count: int, if_new: bool) -> tuple[str, tuple[Any, ...]]:
    fields, name = tuple(model._meta.concrete_fields), connection.ops.quote_name  # noqa: SLF001 - Django's own name
    columns, places = ", ".join(name(one.column) for one in fields), ", ".join(["%s"] * len(fields))
    rows = ", ".join([f"({places})"] * count)
    sql = f"INSERT INTO {name(model._meta.db_table)} ({columns}) VALUES {rows}"  # noqa: S608, SLF001
    return sql + (" ON CONFLICT DO NOTHING" if if_new else ""), fields


@cache
def _change(model: Any, names: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    meta, name = model._meta, connection.ops.quote_name  # noqa: SLF001 - Django's own name
    fields = [meta.get_field(one) for one in names]
    columns = ", ".join(f"{name(one.column)} = %s" for one in fields)
    sql = f"UPDATE {name(meta.db_table)} SET {columns} WHERE {name(meta.pk.column)} = %s"  # noqa: S608
    return sql, (*fields, meta.pk)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the value of a number goes."""

    number: int


class _Written:
    """A query as SQL, and what makes objects of its rows, as `django.db.models.query.ModelIterable` does."""

    made: Callable[[Any], Any]
    """From a row as it is converted to what is wanted of it."""

    def __init__(self, sql: str, gaps: tuple[Any, ...], compiler: Any) -> None:
        self.sql, self.gaps, self._compiler = sql, gaps, compiler
        self._converters = compiler.get_converters([one[0] for one in compiler.select])
        if compiler.query.values_select:
            self.made = tuple
            return
        self.made = self._object
        self._model, fields = compiler.klass_info["model"], compiler.klass_info["select_fields"]
        self._start, self._end = fields[0], fields[-1] + 1
        self._names = [one[0].target.attname for one in compiler.select[self._start : self._end]]
        self._related = get_related_populators(compiler.klass_info, compiler.select, connection.alias)

    def converted(self, rows: list[Any]) -> Iterable[Any]:
        """Rows with values as Python has them."""
        return self._compiler.apply_converters(rows, self._converters) if self._converters else rows

    def _object(self, row: Any) -> Any:
        found = self._model.from_db(connection.alias, self._names, row[self._start : self._end])
        for one in self._related:
            one.populate(row, found)
        return found
