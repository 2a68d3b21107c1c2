"""What an engine that runs programs has to offer, and DuckDB, which is embedded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from precise_cal.cohort.extras import extra
from precise_cal.cohort.layout.dataset import literal_path
from precise_cal.cohort.layout.tables import KEY, PARTICIPANTS, tables, who
from precise_cal.cohort.sql.dialects import DUCKDB

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from precise_cal.cohort.layout.dataset import Cohort, Part
    from precise_cal.cohort.layout.tables import Table
    from precise_cal.cohort.sql.program import Program

_TABLE = re.compile(r"\bg\d+_\d+\b")
WHO = (KEY, "site_id", "subject_id")
"""The columns that tell who a row of the results is about, beside those of the program."""


class Engine(Protocol):
    """Runs a program over parts of a cohort."""

    def run(self, program: Program, cohort: Cohort, parts: Sequence[Part], where: str) -> Any:
        """The results as an Arrow table, a row for each participant in order of their numbers.

        Args:
            program: what to compute.
            cohort: where the tables are.
            parts: which of their files.
            where: which participants, as a condition on the table of participants.
        """


class DuckEngine:
    """DuckDB, a database of its own for each group of parts.

    Args:
        memory_mb: the most that a database may use before it writes to disk.
        spill: the folder for what does not fit.
    """

    def __init__(self, memory_mb: int, spill: Path) -> None:
        self.duckdb = extra("duckdb")
        self.options = {"threads": 1, "memory_limit": f"{memory_mb}MB", "temp_directory": str(spill)}

    def run(self, program: Program, cohort: Cohort, parts: Sequence[Part], where: str) -> Any:
        """See `Engine.run`."""
        with self.duckdb.connect(config=self.options) as connection:
            for table, columns in program.tables.items():
                self._read(connection, cohort, parts, table, columns, where)
            *steps, results = program.statements
            last_use = _last_use(program)
            for place, statement in enumerate(steps):
                connection.execute(f"CREATE TEMP TABLE {statement.name} AS {statement.query}").fetchall()
                for table in last_use.get(place, ()):
                    connection.execute(f"DROP TABLE {table}").fetchall()
            people = connection.sql(f"SELECT {', '.join(WHO)} FROM who").to_arrow_table()
            return in_order(people, connection.sql(results.query).to_arrow_table())

    def _read(
        self, connection: Any, cohort: Cohort, parts: Sequence[Part], table: str, columns: Sequence[str], where: str
    ) -> None:
        """A view of the columns of a table, and of who the participants are."""
        files = cohort.files(table, parts)
        source = f"read_parquet([{', '.join(map(_text, files))}])" if files else _nothing(tables(cohort.schema)[table])
        named, view = ", ".join(map(DUCKDB.column, columns)), DUCKDB.column(table)
        if table == PARTICIPANTS:
            connection.execute(f"CREATE TEMP VIEW participants AS SELECT {named} FROM {source} WHERE {where}")
            people = ", ".join(who(cohort.schema, DUCKDB.column))
            connection.execute(f"CREATE TEMP VIEW who AS SELECT {people} FROM {source} WHERE {where}")
        elif where == "TRUE":
            connection.execute(f"CREATE TEMP VIEW {view} AS SELECT {named} FROM {source}")
        else:
            mine = f"{KEY} IN (SELECT {KEY} FROM participants)"
            connection.execute(f"CREATE TEMP VIEW {view} AS SELECT {named} FROM {source} WHERE {mine}")


def in_order(people: Any, results: Any) -> Any:
    """The results with who they are about, by the number of the participant."""
    people = people.sort_by(KEY)
    results = results.take(np.argsort(results["k0"].to_numpy(), kind="stable")).drop_columns(["k0"])
    for place, column in enumerate(WHO):
        results = results.add_column(place, column, people[column])
    return results


def _text(path: str) -> str:
    return DUCKDB.text(literal_path(path))


def _nothing(table: Table) -> str:
    """No row, of the columns that the table has."""
    kinds = {
        "string": "text",
        "bool": "boolean",
        "int8": "integer",
        "int32": "integer",
        "int64": "bigint",
        "strings": "strings",
    }
    columns = [
        f"CAST(NULL AS {DUCKDB.types[kinds.get(column.type, column.type)]}) AS {DUCKDB.column(column.name)}"
        for column in table.columns
    ]
    return f"(SELECT {', '.join(columns)} WHERE FALSE)"


def _last_use(program: Program) -> dict[int, list[str]]:
    """The tables that no statement needs any more, by the place of the last one that does."""
    last: dict[str, int] = {}
    for place, statement in enumerate(program.statements):
        for name in (statement.name, *_TABLE.findall(statement.query)):
            if name != "results":
                last[name] = place
    found: dict[int, list[str]] = {}
    for name, place in last.items():
        found.setdefault(place, []).append(name)
    return found
