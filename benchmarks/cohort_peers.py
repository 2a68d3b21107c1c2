"""Ten criteria over the tables of a cohort, written by hand: DuckDB SQL, and Polars.

    python benchmarks/cohort_peers.py duckdb|polars COHORT

Verdicts alone, three-valued, one wide row a participant, written to Parquet. It prints how many participants fail each
criterion and for how many it is open; `precise cohort check` has to count the same. Those are the criteria that ask for
no dates: of dates, which may be partial and contradict each other, nobody writes the question by hand in a few lines.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

KEY = "_participant"
LESION = ("IC-2", "IC-3", "IC-4", "EX-4")
PARTICIPANT = {
    "EX-2": "renal_dialysis_required OR renal_on_dialysis",
    "EX-5": "history_limiting_condition AND history_life_expectancy = 'less_than_one_year'",
    "EX-7": "NOT antiplatelet_dual_therapy_tolerated",
    "EX-8": "NOT investigator_can_adhere_to_follow_up OR investigator_participation_risky",
    "EX-9": "NOT consent_written OR NOT investigator_can_follow_protocol",
    "EX-10": "other_trial_participating AND other_trial_interventional AND other_trial_coronary_device",
}
RULES = (*LESION, *PARTICIPANT)


def in_duckdb(folder: Path, out: Path) -> None:
    """2 is met, or present; 0 is not; 1 is open. A criterion of lesions is the worst of those that may be targets."""
    import duckdb

    truths = {
        "IC-2": "calcification_cag_grade IN ('moderate', 'severe')",
        "IC-3": "native_vessel AND vessel <> 'GRAFT' AND de_novo AND NOT in_stent",
        "IC-4": "pci_indicated",
        "EX-4": "NOT in_stent",
    }
    worst = ", ".join(
        f"""min(CASE WHEN target IS FALSE THEN NULL WHEN ({truth}) IS TRUE THEN 2
        WHEN ({truth}) IS FALSE AND target THEN 0 ELSE 1 END) AS "{rule}\""""
        for rule, truth in truths.items()
    )
    known = ", ".join(f'CASE WHEN any_target THEN l."{rule}" ELSE 1 END AS "{rule}"' for rule in LESION)
    own = ", ".join(
        f'CASE WHEN ({text}) IS TRUE THEN 2 WHEN ({text}) IS FALSE THEN 0 ELSE 1 END AS "{rule}"'
        for rule, text in PARTICIPANT.items()
    )
    connection = duckdb.connect(config={"threads": 2, "preserve_insertion_order": False})
    connection.execute(f"""COPY (
        WITH l AS (
            SELECT _participant, bool_or(target) AS any_target, {worst}
            FROM '{folder}/lesions/**/*.parquet' GROUP BY ALL
        )
        SELECT p._participant, {known}, {own}
        FROM '{folder}/participants/**/*.parquet' p LEFT JOIN l USING (_participant)
    ) TO '{out}'""").fetchall()


def in_polars(folder: Path, out: Path) -> None:
    """The same; `&`, `|` and `~` are three-valued."""
    import polars as pl

    c = pl.col

    def read(table: str) -> Any:
        return pl.scan_parquet(f"{folder}/{table}/**/*.parquet", hive_partitioning=False)

    def told(truth: Any) -> Any:
        return pl.when(truth).then(2).when(~truth).then(0).otherwise(1).cast(pl.Int8)

    truths = {
        "IC-2": c("calcification_cag_grade").is_in(["moderate", "severe"]),
        "IC-3": c("native_vessel") & (c("vessel") != "GRAFT") & c("de_novo") & ~c("in_stent"),
        "IC-4": c("pci_indicated"),
        "EX-4": ~c("in_stent"),
    }
    member = c("target")
    worst = [
        pl.when(~member)
        .then(None)
        .when(truth)
        .then(2)
        .when(~truth & member)
        .then(0)
        .otherwise(1)
        .min()
        .cast(pl.Int8)
        .alias(rule)
        for rule, truth in truths.items()
    ]
    by_lesion = read("lesions").group_by(KEY).agg(member.fill_null(False).any().alias("any_target"), *worst)
    known = [pl.when(c("any_target")).then(c(rule)).otherwise(1).cast(pl.Int8).alias(rule) for rule in LESION]
    tolerated, adheres, risky = (
        c("antiplatelet_dual_therapy_tolerated"),
        c("investigator_can_adhere_to_follow_up"),
        c("investigator_participation_risky"),
    )
    own = {
        "EX-2": c("renal_dialysis_required") | c("renal_on_dialysis"),
        "EX-5": c("history_limiting_condition") & (c("history_life_expectancy") == "less_than_one_year"),
        "EX-7": ~tolerated,
        "EX-8": ~adheres | risky,
        "EX-9": ~c("consent_written") | ~c("investigator_can_follow_protocol"),
        "EX-10": c("other_trial_participating") & c("other_trial_interventional") & c("other_trial_coronary_device"),
    }
    participants = read("participants").join(by_lesion, on=KEY, how="left")
    participants.select(KEY, *known, *[told(truth).alias(rule) for rule, truth in own.items()]).sink_parquet(out)


def counts(file: Path) -> dict[str, list[int]]:
    """Of each criterion, how many fail and for how many it is open."""
    import duckdb

    found = {}
    for rule in RULES:
        fails = 2 if rule in PARTICIPANT else 0
        row = duckdb.sql(
            f'SELECT count(*) FILTER ("{rule}" = {fails}), count(*) FILTER ("{rule}" = 1) FROM \'{file}\''
        ).fetchall()
        found[rule] = list(row[0])
    return found


def main() -> None:
    """Run one of the two."""
    peer, folder = sys.argv[1], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "verdicts.parquet"
        {"duckdb": in_duckdb, "polars": in_polars}[peer](folder, out)
        if "--counts" in sys.argv:
            print(json.dumps(counts(out)))


if __name__ == "__main__":
    main()
