"""``precise cohort`` from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cohort import extras
from precise_cal.cohort.errors import CohortError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def records(complete: dict[str, Any], screening: dict[str, Any], tmp_path: Path) -> Path:
    file = tmp_path / "records.jsonl"
    bad = {**screening, "subject_id": "ZS01-999", "renal": {"on_dialysis": "N/A"}}
    complete["renal"]["dialysis_required"], complete["subject_id"] = None, "ZS01-998"
    file.write_text("".join(json.dumps(one) + "\n" for one in (complete, screening, bad)), "utf-8")
    return file


@pytest.mark.minutes(0.2)
def test_from_lines_to_verdicts_and_back(records: Path, precise: Callable[..., Any], tmp_path: Path) -> None:
    tables, out = tmp_path / "tables", tmp_path / "out"
    said = precise("cohort", "import", records, "--out", tables, "--threads", "1")
    assert said.status == 2
    assert "1 record not imported" in said.err
    (refused,) = map(json.loads, (tables / "rejects.jsonl").read_text("utf-8").splitlines())
    assert refused["source"] == f"{records}:3"
    assert "/renal/on_dialysis" in refused["problems"][0]
    assert json.loads(refused["record"])["subject_id"] == "ZS01-999"
    check = ("cohort", "check", tables, "--out", out, "--threads", "1", "--rule", "IC-5", "--rule", "EX-2")
    said = precise(*check)
    assert said.status == 3
    assert "2 participants" in said.out
    assert "renal.dialysis_required" in said.out
    assert precise(*check) == said
    exported = tmp_path / "back.jsonl"
    assert precise("cohort", "export", tables, "--out", exported).status == 0
    assert len(exported.read_text("utf-8").splitlines()) == 2
    assert precise("cohort", "export", tables).out == exported.read_text("utf-8")


def test_where_no_record_is_valid_all_are_kept_aside(precise: Callable[..., Any], tmp_path: Path) -> None:
    file, tables = tmp_path / "bad.jsonl", tmp_path / "tables"
    file.write_text('{"a": 1}\n{"b": 2}\n', "utf-8")
    said = precise("cohort", "import", file, "--out", tables, "--threads", "1")
    assert said.status == 2
    assert "2 records not imported" in said.err
    assert len((tables / "rejects.jsonl").read_text("utf-8").splitlines()) == 2
    assert precise("cohort", "check", file, "--out", tmp_path / "out").err.startswith(f"precise: {file}: is no cohort")


def test_summary_as_json(records: Path, precise: Callable[..., Any], tmp_path: Path) -> None:
    precise("cohort", "import", records, "--out", tmp_path / "tables", "--threads", "1")
    said = precise(
        "cohort", "check", tmp_path / "tables", "--out", tmp_path / "out", "--rule", "EX-2", "--format", "json"
    )
    summary = json.loads(said.out)
    assert summary["attrition"] == [
        {"criterion": "EX-2", "alone_failed": 0, "alone_unknown": 1, "failed": 0, "left": 2, "left_certain": 1}
    ]
    assert summary["unknown_by_datum"][0] == {
        "datum": "renal.dialysis_required",
        "participants": 1,
        "rules": {"EX-2": 1},
    }


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("check", "{tables}", "--out", "{tables}"), "is not empty"),
        (("check", "{empty}", "--out", "{new}"), "is no cohort"),
        (("check", "{tables}", "--out", "{new}", "--limit-memory", "lots"), "should be a size"),
        (("check", "{tables}", "--out", "{new}", "--limit-memory", "10MB"), "at least"),
        (("check", "{tables}", "--out", "{new}", "--rule", "IC-99"), "IC-99 is no rule"),
        (("explain", "{tables}", "nobody"), "no participant nobody"),
        (("import", "{records}", "--out", "{tables}"), "holds a cohort already"),
        (("import", "{records}", "--out", "{other}"), "is not empty"),
        (("export", "{new}"), "no such folder"),
        (("import", "{records}", "--out", "{records}"), "records.jsonl: cannot be written: File exists"),
        (("import", "{records}", "--out", "{records}/new"), "new: cannot be written: Not a directory"),
        (("check", "{tables}", "--out", "{records}/new"), "new: cannot be written: Not a directory"),
    ],
)
def test_errors_name_what_is_wrong(
    arguments: tuple[str, ...], text: str, records: Path, precise: Callable[..., Any], tmp_path: Path
) -> None:
    places = {name: tmp_path / name for name in ("tables", "empty", "new", "other")}
    places["empty"].mkdir()
    places["other"].mkdir()
    (places["other"] / "mine.txt").write_text("mine", "utf-8")
    precise("cohort", "import", records, "--out", places["tables"], "--threads", "1")
    said = precise("cohort", *[one.format(records=records, **places) for one in arguments])
    assert said.status == 2
    assert text in said.err
    assert "Traceback" not in said.err


def test_another_run_in_the_folder_is_refused(records: Path, precise: Callable[..., Any], tmp_path: Path) -> None:
    tables, out = tmp_path / "tables", tmp_path / "out"
    precise("cohort", "import", records, "--out", tables, "--threads", "1")
    precise("cohort", "check", tables, "--out", out, "--rule", "IC-4")
    said = precise("cohort", "check", tables, "--out", out, "--rule", "IC-6")
    assert said.status == 2
    assert "holds a run over other data, or by other rules" in said.err


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(CohortError, match=r"pip install 'precise-cal\[cohort\]'"):
        extras.extra("duckdb")


def test_help_imports_no_database() -> None:
    code = "import sys; from precise_cal.cli.main import run; run(['cohort', '--help']); print(sorted(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not any(name in said for name in ("'duckdb'", "'pyarrow'", "'numpy'"))


def test_fields_may_be_called_by_words_of_sql(precise: Callable[..., Any], tmp_path: Path) -> None:
    trial, records = tmp_path / "trial", tmp_path / "records.jsonl"
    precise("trial", "new", trial)
    form = trial / "record.yaml"
    text = form.read_text("utf-8").replace("site: {", "group: {").replace("site: site", "site: group")
    order = "  order: {type: list of Order, about: the orders}\n"
    part = (
        "  Order:\n    by: {type: text, about: who ordered}\n    select: {type: boolean, about: whether it was taken}\n"
    )
    text = text.replace("parts:\n", f"parts:\n{part}").replace("  cutoff: {", f"{order}  cutoff: {{")
    form.write_text(text, "utf-8")
    rules = trial / "eligibility.yaml"
    condition = "order O aggregate taken starting false: taken or (O.select and O.by = 'R')"
    read = rules.read_text("utf-8").replace("present_when: history.active_cancer", f'present_when: "{condition}"')
    rules.write_text(read, "utf-8")
    start = json.loads((trial / "tests" / "screening.json").read_text("utf-8"))
    start["group"] = start.pop("site")
    made = [{**start, "participant": f"P{place}", "order": orders} for place, orders in enumerate(_ORDERS)]
    records.write_text("".join(json.dumps(one) + "\n" for one in made), "utf-8")
    done = precise("cohort", "import", records, "--out", tmp_path / "tables", "--trial", trial)
    assert done.status == 0, done.err
    done = precise("cohort", "check", tmp_path / "tables", "--out", tmp_path / "out", "--trial", trial)
    assert (done.status, done.err) == (1, "")
    assert "gate: ALLOW 1, INCOMPLETE 1, REFUSE 1" in done.out


_ORDERS: list[list[dict[str, Any]]] = [[], [{"by": "R", "select": True}], [{"by": None, "select": True}]]
