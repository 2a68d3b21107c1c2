"""Queries that are written as SQL once in a process: to write them costs Django ten times what most of them take.

What is asked, and the rows that come, are Django's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from django.db import connection
from django.db.models.query import get_related_populators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
