"""Parameters that are tables: one value for each assay, kind of site, or whatever the rows are found by.

A row is a parameter by itself, with its own quote, status and history, under the table's id and its key; the table's
`lookup` is a function of the rule language that gives the value of the row with a key, null where there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql.environment import FunctionSource
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.engine.cql.errors import Origin
    from precise_cal.engine.rulebook.protocol_form import ParameterEntry, ParameterRow
    from precise_cal.engine.rulebook.yaml_source import Location


def words_of(row: ParameterRow) -> list[str]:
    """The words that a row is found by."""
    return [row.key] if isinstance(row.key, str) else list(row.key)


def row_id(table: ParameterEntry, row: ParameterRow) -> str:
    """The id of a row: ``troponin.limit.hs-TnT, female``."""
    return f"{table.id}.{', '.join(words_of(row))}"


def single(parameters: Iterable[ParameterEntry]) -> Iterator[ParameterEntry]:
    """Parameters of one value each: those that are no tables, and the rows of those that are."""
    for one in parameters:
        if not one.rows:
            yield one
        for row in one.rows:
            own = {
                "id": row_id(one, row),
                "meaning": f"{one.meaning}: {', '.join(words_of(row))}",
                "values": row.values,
            }
            yield one.model_copy(update={**own, "rows": [], "by": [], "lookup": None})


def table_of(parameters: Iterable[ParameterEntry], name: str) -> ParameterEntry:
    """The table that has a row of this id. Raises `KeyError`, if none has."""
    for one in parameters:
        if any(row_id(one, row) == name for row in one.rows):
            return one
    raise KeyError(name)


def lookup(table: ParameterEntry, origin: Origin) -> FunctionSource | None:
    """The function that gives the value of a row; None where the parameter is no table."""
    if not table.rows or table.lookup is None:
        return None
    lines = []
    for row in table.rows:
        words = words_of(row)
        held = " and ".join(f"{name} = '{word}'" for name, word in zip(table.by, words, strict=True))
        lines.append(f'  when {held} then {table.id}."{", ".join(words)}"')
    text = "\n".join(["case", *lines, "  else null", "end"])
    return FunctionSource(table.lookup, tuple((name, "String") for name in table.by), text, origin)


def table_problems(parameter: ParameterEntry) -> Iterator[tuple[Location, str]]:
    """What is wrong with a table beyond the form of its entries; and that any other parameter has its values."""
    if not parameter.rows:
        if parameter.by or parameter.lookup:
            yield (
                (),
                message("{ $id }: a table has rows; without any, neither by nor lookup", id=Verbatim(parameter.id)),
            )
        if not parameter.values:
            yield (), message('{ $id }: the key "values" is missing', id=Verbatim(parameter.id))
        return
    if parameter.values:
        yield ("values",), message("{ $id }: the values of a table stand in its rows", id=Verbatim(parameter.id))
    if not parameter.by or parameter.lookup is None:
        yield (
            (),
            message(
                "{ $id }: a table says what its rows are found by (by), and the name of its function (lookup)",
                id=Verbatim(parameter.id),
            ),
        )
    seen: set[tuple[str, ...]] = set()
    for index, row in enumerate(parameter.rows):
        words = tuple(words_of(row))
        if len(words) != len(parameter.by):
            yield (
                ("rows", index, "key"),
                message(
                    "{ $id }: a row has one word for each of { $by }",
                    id=Verbatim(parameter.id),
                    by=Verbatim(", ".join(parameter.by)),
                ),
            )
        if any(sign in word for word in words for sign in "'\"\\`\n"):
            yield (
                ("rows", index, "key"),
                message("{ $id }: a key has neither quotes nor backslashes", id=Verbatim(parameter.id)),
            )
        if words in seen:
            yield (
                ("rows", index, "key"),
                message(
                    "{ $id }: the row { $words } stands twice",
                    id=Verbatim(parameter.id),
                    words=Verbatim(", ".join(words)),
                ),
            )
        seen.add(words)
