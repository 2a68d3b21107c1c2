"""Spark, for cohorts that one machine cannot hold: the same programs, on the cluster that the session belongs to.

The tables and the results of a group are Spark's; the driver gets the results, a few small numbers for each rule and
participant, and writes the verdicts as it does for DuckDB.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final, Literal

from precise_cal.cohort.errors import CohortError
from precise_cal.cohort.extras import extra
from precise_cal.cohort.layout.dataset import arrow_schema
from precise_cal.cohort.layout.tables import KEY, PARTICIPANTS, tables, who
from precise_cal.cohort.run.engine import WHO, in_order
from precise_cal.cohort.sql.dialects import SPARK
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from precise_cal.cohort.layout.dataset import Cohort, Part
    from precise_cal.cohort.sql.program import Program

_PATTERNS: Final = "__globPaths__"
"""The option that lets Spark take paths for patterns, as it does without it."""
_CONNECT: Final = "sc://"
_CHECKPOINTS: Final = "spark.checkpoint.dir"
_LOCAL: Final = {
    "spark.ui.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}
"""Of a session in this process: planning outweighs the work of a small cohort."""


Source = Literal["connect", "submitted", "named", "local"]
"""Where a session comes from, if none is active: a server of Spark Connect, spark-submit, a master, this process."""


def source_of(master: str | None, environment: Mapping[str, str]) -> Source:
    """Where a session comes from; a master that is named goes before what the environment says.

    Args:
        master: ``spark://HOST:PORT``, ``sc://HOST:PORT``, ``yarn``, ``local[N]``.
        environment: of the process.
    """
    if master is not None:
        return "connect" if master.startswith(_CONNECT) else "named"
    if "SPARK_REMOTE" in environment:
        return "connect"
    is_submitted = "PYSPARK_GATEWAY_PORT" in environment or "--master" in environment.get("PYSPARK_SUBMIT_ARGS", "")
    return "submitted" if is_submitted else "local"


class SparkEngine:
    """A Spark session: the one that is active, else of `source_of`.

    Args:
        threads: of a local session.
        memory_mb: of a local session.
        master: that of a cluster; without it, what the environment says, else a local one.
    """

    def __init__(self, threads: int, memory_mb: int, master: str | None = None) -> None:
        sql = extra("pyspark.sql")
        os.environ.setdefault("PYARROW_IGNORE_TIMEZONE", "1")
        source = source_of(master, os.environ)
        builder = sql.SparkSession.builder.appName("precise cohort")
        if source == "connect" and master is not None:
            builder = builder.remote(master)
        elif source == "named":
            builder = builder.master(master)
        elif source == "local" and sql.SparkSession.getActiveSession() is None:
            builder = builder.master(f"local[{threads}]").config("spark.driver.memory", f"{memory_mb}m")
            for name, value in {**_LOCAL, "spark.sql.shuffle.partitions": str(2 * threads)}.items():
                builder = builder.config(name, value)
        try:
            self.session = builder.getOrCreate()
            self.session.range(1).count()
        except Exception as error:  # noqa: BLE001 - whatever keeps the session from starting
            raise CohortError(
                message(
                    "Spark does not start; it needs Java 17 or later: { $splitlines }",
                    splitlines=(str(error).splitlines() or [type(error).__name__])[0],
                )
            ) from None
        if source != "connect":
            self.session.sparkContext.setLogLevel("ERROR")
        self._is_local = source == "local"
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
                frame = self._kept(frame)
                kept.append(frame)
            frame.createOrReplaceTempView(statement.name)
        found = session.sql(results.query).toArrow()
        people = session.sql(f"SELECT {', '.join(WHO)} FROM who").toArrow()
        for frame in kept:
            frame.unpersist()
        return in_order(people, found)

    def _kept(self, frame: Any) -> Any:
        """A table that several others are made of, made once.

        On a cluster it outlives an executor that is lost: it is written to the folder of checkpoints, if the cluster
        has one, else made again where it was lost.
        """
        if self._is_local:
            return frame.localCheckpoint(eager=True)
        if self.session.conf.get(_CHECKPOINTS, None):
            return frame.checkpoint(eager=True)
        frame = frame.persist()
        frame.count()
        return frame

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
