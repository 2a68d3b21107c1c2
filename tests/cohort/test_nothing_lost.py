"""A cohort holds exactly the participants that were imported, whatever their sites and folders are called."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cohort.layout.dataset import site_folder
from precise_cal.cohort.run.editions import governing
from precise_cal.cohort.sql.dialects import DUCKDB, SPARK
from precise_cal.engine.judging.gate import GATE_ID
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.cohort.sql.dialects import Dialect
    from precise_cal.engine.rulebook.rulebook import Rulebook

SITES = [None, "__unknown__", "_", "a.b", "a%2Eb", "x" * 64, "中" * 64, "文" * 63 + "中", "a~b", "CON"]


@pytest.fixture
def lay_out(precise: Callable[..., Any], tmp_path: Path) -> Callable[..., Path]:
    """Documents as a cohort in a folder of a name."""

    def run(documents: list[dict[str, Any]], name: str = "tables") -> Path:
        file, folder = tmp_path / f"{name}.jsonl", tmp_path / name
        file.write_text("".join(json.dumps(one) + "\n" for one in documents), "utf-8")
        said = precise("cohort", "import", file, "--out", folder, "--threads", "1")
        assert said.status == 0, said.err
        return folder

    return run


def verdicts(precise: Callable[..., Any], tables: Path, out: Path, *options: str) -> tuple[Any, dict[str, Any]]:
    said = precise("cohort", "check", tables, "--out", out, "--threads", "1", "--format", "json", *options)
    return said, json.loads(said.out) if said.out else {}


def test_every_site_has_a_folder_of_its_own() -> None:
    folders = [site_folder(site) for site in SITES]
    assert len(set(folders)) == len(SITES)
    assert all(len(folder.encode()) <= 255 for folder in folders)


def test_no_site_is_lost(
    screening: dict[str, Any], lay_out: Callable[..., Path], precise: Callable[..., Any], tmp_path: Path
) -> None:
    """The participant who is refused stands at no site, the others at sites of strange names."""
    refused = {**screening, "demographics": {**screening["demographics"], "birth_date": "2015-01-01"}}
    sites = [site for site in SITES if site != "a%2Eb"]
    documents = [{**screening, "site_id": site, "subject_id": f"P-{n}"} for n, site in enumerate(sites)]
    documents[0] = {**refused, "site_id": None, "subject_id": "P-0"}
    tables = lay_out(documents)
    said, summary = verdicts(precise, tables, tmp_path / "out", "--rule", "GATE", "--rule", "IC-1")
    assert said.status == 1
    assert summary["participants"] == len(sites)
    assert summary["verdicts"]["GATE"]["REFUSE"] == 1
    exported = precise("cohort", "export", tables).out.splitlines()
    assert {json.loads(line).get("site_id") for line in exported} == set(sites)


def test_a_folder_is_no_pattern(
    screening: dict[str, Any],
    complete: dict[str, Any],
    lay_out: Callable[..., Path],
    precise: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """`g[1]` is not `g1`, nor is `g*` both of them."""
    lay_out([screening, {**screening, "subject_id": "P-2"}], "g1")
    for name in ("g[1]", "g*", "g?"):
        tables = lay_out([{**complete, "subject_id": "Q-1"}], name)
        _, summary = verdicts(precise, tables, tmp_path / f"out {name}", "--rule", "IC-4")
        assert summary["participants"] == 1
        assert precise("cohort", "explain", tables, "Q-1").status != 2


@pytest.mark.parametrize("table", ["participants", "lesions", "labs"])
@pytest.mark.parametrize("change", ["lost", "twice"])
def test_other_counts_than_those_of_the_import_are_refused(
    table: str,
    change: str,
    complete: dict[str, Any],
    lay_out: Callable[..., Path],
    precise: Callable[..., Any],
    tmp_path: Path,
) -> None:
    tables = lay_out([{**complete, "site_id": site, "subject_id": f"P-{site}"} for site in ("A", "B")])
    file = tables / table / "site=A" / "part-00000.parquet"
    if change == "lost":
        file.unlink()
    else:
        shutil.copy(file, file.with_name("part-00001.parquet"))
        shutil.copy(
            tables / "participants/site=A/part-00000.parquet", tables / "participants/site=A/part-00001.parquet"
        )
    for arguments in (("check", tables, "--out", tmp_path / "out"), ("export", tables), ("explain", tables, "P-A")):
        said = precise("cohort", *arguments)
        assert said.status == 2
        assert "were imported: import the records anew" in said.err
        assert said.out == ""


def test_a_run_that_judges_another_number_writes_nothing(
    screening: dict[str, Any], lay_out: Callable[..., Path], precise: Callable[..., Any], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    tables = lay_out([screening])
    monkeypatch.setattr("precise_cal.cohort.run.columns.Findings.__len__", lambda _: 0)
    said = precise("cohort", "check", tables, "--out", tmp_path / "out", "--threads", "1", "--rule", "IC-4")
    assert said.status == 2
    assert "0 participants were judged, but 1 were imported: nothing is written" in said.err
    assert not list((tmp_path / "out").glob("verdicts/*.parquet"))


def test_a_copy_is_the_same_data(
    screening: dict[str, Any], lay_out: Callable[..., Path], precise: Callable[..., Any], tmp_path: Path
) -> None:
    """Whatever reads it, however many at a time; other data of the same size and time is other data."""
    tables = lay_out([screening])
    shutil.copytree(tables, tmp_path / "copy", copy_function=shutil.copyfile)
    found = [
        verdicts(precise, folder, tmp_path / f"out{n}", "--rule", "IC-4", *options)[1]["cohort_sha256"]
        for n, (folder, options) in enumerate([(tables, ()), (tmp_path / "copy", ("--limit-memory", "900MB"))])
    ]
    assert found[0] == found[1]
    again = verdicts(precise, tmp_path / "copy", tmp_path / "out0", "--rule", "IC-4")[0]
    assert again.status != 2
    other = lay_out([{**screening, "subject_id": screening["subject_id"][:-1] + "9"}], "other")
    assert verdicts(precise, other, tmp_path / "out9", "--rule", "IC-4")[1]["cohort_sha256"] != found[0]


def test_each_engine_writes_every_operation_and_type() -> None:
    assert DUCKDB.templates.keys() == SPARK.templates.keys()
    assert DUCKDB.types.keys() == SPARK.types.keys()


NOWS = [None, "2026-10-01T00:00:00+08:00", "2027-05-01T00:00:00Z", "2027-10-01", "2027-10", "2027"]
OPTIONS = [
    pytest.param(
        now,
        dialect,
        reasons,
        marks=[] if (place, dialect) == (1, DUCKDB) else [pytest.mark.slow, pytest.mark.minutes(0.1)],
    )
    for place, now in enumerate(NOWS)
    for dialect, reasons in ((DUCKDB, place % 2 == 1), (SPARK, place % 2 == 0))
]
"""Every two of them together: an instant with an engine, with reasons or without, and an engine with or without."""


@pytest.mark.parametrize(("now", "dialect", "reasons"), OPTIONS)
def test_every_rule_compiles_with_every_option(
    book: Rulebook, now: str | None, dialect: Dialect, reasons: bool
) -> None:
    """Alone and with the others, for both engines."""
    instant = None if now is None else DateTime.parse(now)
    rules = [rule.rule.id for rule in book.edition(None).rules]
    for only in [*((rule,) for rule in (*rules, GATE_ID)), None]:
        for one in governing(book, instant, dialect, only, reasons=reasons):
            assert {rule.rule for rule in (*one.program.rules, *one.program.left)} == set(only or (*rules, GATE_ID))
