"""Every figure that the program is held to, beside what is wanted and what its peers take, in one run.

    pip install polars
    python benchmarks/table.py [--out FILE.json] [--only WORD …] [--report N] [--cohort N] [--stream N] [--spark N]

It runs the other programs of this folder, each with so many participants as make its figure steady, and takes less than
fifteen minutes on two quiet cores. The load of the machine stands at the head: beside others, ratios within one
run are steadier than times. What needs an extra that is not installed is said to, and left out.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import check_process
import check_stream
import first_use
import reports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Row(NamedTuple):
    """A line of the table."""

    what: str
    found: str
    wanted: str


class Section(NamedTuple):
    """Rows that are measured together, and the packages that they need."""

    name: str
    measure: Callable[[], Iterator[Row]]
    needs: tuple[str, ...] = ()


def processes() -> Iterator[Row]:
    """One participant as a whole process, in multiples of ``python -c pass``."""
    found = check_process.medians()
    nothing = found["python -c pass"]
    wanted = {"precise check, one participant": "≤ 12 ×", "precise --help": "≤ 6 ×", "precise --version": "≤ 3 ×"}
    for name, median in found.items():
        if name != "python -c pass":
            yield Row(f"{name} ÷ python -c pass", f"{median / nothing:.1f} × ({median:.0f} ms)", wanted.get(name, ""))


def stream(count: int) -> Iterator[Row]:
    """JSON Lines: one core by processor time, two processes by the clock."""
    with check_stream.streams(count) as rate:
        text, reasons = rate(), rate(*check_stream.AS_JSON)
        one, two = (rate(*check_stream.AS_JSON, "--jobs", str(jobs)).by_clock for jobs in (1, 2))
    yield Row("JSON Lines, all rules, every reason, one core", _rate(reasons), "≥ 2,500/s")
    yield Row("the same as text", _rate(text), "≥ 4,000/s")
    yield Row("--jobs 2 ÷ one process, by the clock", f"{two / one:.2f} ×", "")


def _rate(found: check_stream.Rate) -> str:
    return f"{found.by_processor:,.0f}/s, {found.more:.0f} MB"


def report(count: int) -> Iterator[Row]:
    """A whole trial in six formats."""
    found = reports.reported(count)
    took = f"{found.wall:.1f} s, {found.processors:.1f} s of processors, {found.memory:.0f} MB"
    yield Row(f"precise report, {count} participants, six formats", took, "≤ 25 s, 400 MB (of 656)")


def cohorts(count: int) -> Iterator[Row]:
    """Parquet to verdicts, beside SQL that was written by hand."""
    import cohort
    import cohort_data
    import cohort_peers

    folder = Path(tempfile.gettempdir()) / "precise-cohorts"
    tables = cohort_data.repeated(cohort_data.base(folder / "base", 20_000, 77), folder / str(count), count)
    ours = cohort.judged(tables, "--no-reasons", *(part for rule in cohort_peers.RULES for part in ("--rule", rule)))
    peers = ["duckdb", *(["polars"] if find_spec("polars") else [])]
    for peer in peers:
        theirs = cohort.by_hand(peer, tables)
        differ = cohort.differing(peer, tables)
        same = "the same counts" if not differ else f"other counts of {', '.join(differ)}"
        took = f"{ours[0] / theirs[0]:.1f} × ({ours[0]:.1f} s, {theirs[0]:.1f} s; {same})"
        yield Row(f"cohort, 10 criteria ÷ {peer} by hand", took, "≤ 2 ×" if peer == "duckdb" else "")
    elapsed, processor, memory = cohort.judged(tables)
    took = f"{elapsed:.1f} s, {processor:.1f} s of processors, {memory:,.0f} MB"
    yield Row(f"cohort, {count:,}, all rules, reason codes", took, "≤ 15 s (of 1,000,000)")


def spark(count: int) -> Iterator[Row]:
    """The same on Spark, whose planning it is that takes long."""
    from spark import compared

    found, is_same = compared(count, [])
    counts = "the same counts" if is_same else "other counts"
    took = f"{found['spark'][0]:.0f} s (DuckDB {found['duckdb'][0]:.1f} s; {counts})"
    yield Row(f"Spark, {count:,} records, all rules", took, "≤ 40 s (of 2,000)")


def first() -> Iterator[Row]:
    """What comes before the first use: the kernels of flow, and the disk."""
    warm, again = first_use.warmed()
    yield Row("precise qfr warm, processor time", f"{warm:.1f} s; again {again:.1f} s", "≤ 20 s")
    sizes = first_use.sizes_of(set())
    largest = ", ".join(f"{name} {size:.0f}" for size, name in sizes[:5])
    yield Row("installed size", f"{sum(size for size, _ in sizes):.0f} MB ({largest})", "less than 749 MB")


def main() -> None:
    """Measure, and print one row after another."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, help="keep the figures in this file")
    parser.add_argument("--only", action="append", default=[], help="a section alone; several times: each")
    for name, size in {"report": 656, "cohort": 1_000_000, "stream": 5_000, "spark": 2_000}.items():
        parser.add_argument(f"--{name}", type=int, default=size, metavar="N", help="participants of it")
    given = parser.parse_args()
    sections = [
        Section("process", processes),
        Section("stream", partial(stream, given.stream)),
        Section("report", partial(report, given.report)),
        Section("cohort", partial(cohorts, given.cohort), ("duckdb", "pyarrow")),
        Section("spark", partial(spark, given.spark), ("pyspark", "pyarrow")),
        Section("first use", first),
    ]
    begun = time.monotonic()
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{time.strftime('%Y-%m-%d %H:%M')}, {os.cpu_count()} cores, load {load}", flush=True)
    rows = []
    for section in sections:
        if given.only and section.name not in given.only:
            continue
        lacking = [one for one in section.needs if find_spec(one) is None]
        for row in [Row(section.name, f"needs {', '.join(lacking)}", "")] if lacking else section.measure():
            rows.append(row)
            print(f"{row.what:52} {row.found:60} {row.wanted}", flush=True)
    print(f"all of it took {(time.monotonic() - begun) / 60:.1f} minutes")
    if given.out is not None:
        given.out.write_text(json.dumps({"load": load, "rows": [row._asdict() for row in rows]}, indent=1), "utf-8")


if __name__ == "__main__":
    main()
