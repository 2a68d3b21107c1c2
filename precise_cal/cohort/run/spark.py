"""Spark, for cohorts that one machine cannot hold: the same programs, on the cluster that the session belongs to.

The tables and the results of a group are Spark's; the driver gets the results, a few small numbers for each rule and
participant, and writes the verdicts as it does for DuckDB.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final

from precise_cal.cohort.errors import CohortError
from precise_cal.cohort.extras import extra
from precise_cal.cohort.layout.dataset import arrow_schema
from precise_cal.cohort.layout.tables import KEY, PARTICIPANTS, tables, who
from precise_cal.cohort.run.engine import WHO, in_order
from precise_cal.cohort.sql.dialects import SPARK
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.cohort.layout.dataset import Cohort, Part
    from precise_cal.cohort.sql.program import Program

_PATTERNS: Final = "__globPaths__"
"""The option that lets Spark take paths for patterns, as it does without it."""


class SparkEngine:
    """A Spark session: the one that is active, else a local one.

    Args:
        threads: of a local session.
        memory_mb: of a local session.
    """

    def __init__(self, threads: int, memory_mb: int) -> None:
        sql = extra("pyspark.sql")
        os.environ.setdefault("PYARROW_IGNORE_TIMEZONE", "1")
        builder = sql.SparkSession.builder.appName("precise cohort")
        if sql.SparkSession.getActiveSession() is None and "SPARK_REMOTE" not in os.environ:
            builder = builder.master(f"local[{threads}]").config("spark.driver.memory", f"{memory_mb}m")
            builder = builder.config("spark.ui.enabled", "false").config(
                "spark.sql.shuffle.partitions", str(2 * threads)
            )
            builder = builder.config("spark.sql.codegen.wholeStage", "false").config(
                "spark.sql.adaptive.enabled", "false"
            )
            builder = builder.config("spark.ui.showConsoleProgress", "false")
            builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
        try:
            self.session = builder.getOrCreate()
        except Exception as error:  # noqa: BLE001 - whatever keeps the session from starting
            raise CohortError(
                message(
                    "Spark does not start; it needs Java 17 or later: { $splitlines }",
                    splitlines=str(error).splitlines()[0],
                )
            ) from None
        self.session.sparkContext.setLogLevel("ERROR")
        self.session.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
        self.session.conf.set("spark.sql.session.timeZone", "UTC")
        self.session.conf.set("spark.sql.codegen.maxFields", "400")

    def run(self, program: Program, cohort: Cohort, parts: Sequence[Part], where: str) -> Any:
        """See `engine.Engine.run`."""
        session = self.session
        for table, columns in program.tables.items():
            self._read(cohort, parts, table, columns, where)
        *steps, results = program.statements
        kept = []
        for statement in steps:
            frame = session.sql(statement.query)
            if self._uses(program, statement.name) > 1:
                frame = frame.localCheckpoint(eager=True)
                kept.append(frame)
            frame.createOrReplaceTempView(statement.name)
        found = session.sql(results.query).toArrow()
        people = session.sql(f"SELECT {', '.join(WHO)} FROM who").toArrow()
        for frame in kept:
            frame.unpersist()
        return in_order(people, found)

    @staticmethod
    def _uses(program: Program, name: str) -> int:
        """How often other statements name a table."""
        named = re.compile(rf"\b{name}\b")
        return sum(len(named.findall(statement.query)) for statement in program.statements)

    def _read(self, cohort: Cohort, parts: Sequence[Part], table: str, columns: Sequence[str], where: str) -> None:
        files = cohort.files(table, parts)
        if files:
            reader = self.session.read.option("basePath", str(cohort.folder / table)).option(_PATTERNS, "false")
            frame = reader.parquet(*files)
        else:
            frame = self.session.createDataFrame(arrow_schema(tables(cohort.schema)[table]).empty_table())
        if table == PARTICIPANTS:
            frame = frame.where(where)
            frame.selectExpr(*who(cohort.schema, SPARK.column)).createOrReplaceTempView("who")
        elif where != "TRUE":
            frame = frame.join(self.session.table("who").select(KEY), KEY, "left_semi")
        frame.select(*map(SPARK.column, columns)).createOrReplaceTempView(table)
