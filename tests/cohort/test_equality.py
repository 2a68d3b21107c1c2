"""The compiled rules say what the interpreter says: verdict, reason code and notices, row by row."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from precise_cal.cohort.run.reference import findings
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.scalars import read_instant
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.cohort.layout.dataset import Cohort
    from precise_cal.cohort.run.checking import Check
    from precise_cal.engine.rulebook.rulebook import Rulebook

read_record = records_of(bundled()).read


def rows(folder: Path) -> dict[tuple[int, str], tuple[str, str | None, str]]:
    """Verdict, reason and notices by participant and rule."""
    table = pq.read_table(folder / "verdicts").to_pylist()
    return {(row["participant"], row["rule"]): (row["verdict"], row["reason"], row["notices"]) for row in table}


def expected(records: dict[int, Any], book: Rulebook, now: Any = None) -> dict[tuple[int, str], Any]:
    """The same from the interpreter."""
    checker, rules = Checker(book, now), book.rules
    return {
        (number, one.rule): tuple(one)[1:]
        for number, (record, line) in records.items()
        for one in findings(checker.subject(record, line), rules)
    }


@pytest.mark.minutes(0.3)
def test_on_cases_and_random_records(sample: Any, check: Callable[..., Check], book: Rulebook) -> None:
    job = check(sample.cohort)
    assert job.left == ()
    whole = job.run()
    found = rows(job.folder)
    assert found == expected(sample.records, book)
    assert len(found) == len(job.kinds) * whole.participants
    assert 0 < whole.by_interpreter < whole.participants / 4


def test_at_another_instant(few: Any, check: Callable[..., Check], book: Rulebook) -> None:
    now = read_instant("2026-04-10T01:00:00Z")
    records = few.records
    job = check(few.cohort, now=now, only=["FU-1M", "PERI-4", "MACE-1"])
    job.run()
    found = rows(job.folder)
    assert {key: found[key] for key in found if key[0] in records} == {
        key: value for key, value in expected(records, book, now).items() if key[1] in ("FU-1M", "PERI-4", "MACE-1")
    }


def test_verdicts_alone_are_the_same(few: Any, check: Callable[..., Check]) -> None:
    told, quiet = (
        check(few.cohort, "told", only=["IC-5", "IC-7"]),
        check(few.cohort, "quiet", only=["IC-5", "IC-7"], reasons=False),
    )
    told.run()
    quiet.run()
    both = rows(told.folder), rows(quiet.folder)
    assert {key: (row[0], row[2]) for key, row in both[0].items()} == {
        key: (row[0], row[2]) for key, row in both[1].items()
    }
    assert {row[1] for row in both[1].values()} == {None}


def test_a_rule_without_sql_is_named_and_others_are_judged_by_it(
    few: Any, check: Callable[..., Check], rules_copy: Path
) -> None:
    file = rules_copy / "eligibility.yaml"
    text = file.read_text("utf-8")
    changes = {
        "not antiplatelet.dual_therapy_tolerated": "PositionOf('2', consent.form_version) >= 0",
        "not investigator.can_adhere_to_follow_up or investigator.participation_risky": ("Length(subject_id) > 6"),
    }
    for old, new in changes.items():
        assert f"present_when: {old}\n" in text
        text = text.replace(f"present_when: {old}\n", f"present_when: {new}\n")
    file.write_text(text, "utf-8")
    book = rulebook(rules_copy, cache=False)
    left = check(few.cohort, "all", book=book).left
    assert [(one.rule, one.why) for one in left] == [("EX-7", "the operator PositionOf"), ("GATE", "it needs EX-7")]
    rules = ["IC-1", "EX-7", "EX-8"]
    job = check(few.cohort, book=book, only=rules)
    job.run()
    wanted = {key: value for key, value in expected(few.records, book).items() if key[1] in rules}
    assert rows(job.folder) == wanted
    assert {value[0] for key, value in wanted.items() if key[1] == "EX-8"} >= {"PRESENT", "ABSENT"}


@pytest.mark.slow
def test_an_amendment_governs_from_its_day(few: Any, check: Callable[..., Check], rules_copy: Path) -> None:
    file = rules_copy / "protocol.yaml"
    old = '{since: 2026-02-01, value: 18, status: registry, quote: "Age ≥ 18 years"}'
    new = "{since: 2026-04-01, value: 70, status: assumed, why: an amendment}"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(f"- {old}", f"- {old}\n      - {new}"), "utf-8")
    book = rulebook(rules_copy, cache=False)
    assert len(book.days) == 1
    job = check(few.cohort, book=book, only=["IC-1", "FU-1M"])
    job.run()
    wanted = {key: value for key, value in expected(few.records, book).items() if key[1] in ("IC-1", "FU-1M")}
    assert rows(job.folder) == wanted


VERSIONS = """versions:
  - {id: "1", date: 2026-02-01}
  - {id: "2", date: 2026-03-05}

"""
SITES = """sites:
  - {id: S0, versions: {"1": 2026-02-01, "2": 2026-03-05}}
  - {id: S1, versions: {"1": 2026-02-01, "2": 2026-03-10}}
"""
NEW = """rules:
  - {id: EX-11, kind: exclusion, since: "2", title: New, quote: new, source: a test, present_when: renal.on_dialysis}
  - {id: IN-8, kind: inclusion, at: consent, until: "2", title: Old, quote: old, source: t, met_when: consent.written}
"""


@pytest.mark.parametrize("sites", [SITES, pytest.param(None, marks=pytest.mark.slow)])
def test_versions_govern_each_participant_and_rule(
    sites: str | None, few: Any, check: Callable[..., Check], rules_copy: Path
) -> None:
    file, criteria = rules_copy / "protocol.yaml", rules_copy / "eligibility.yaml"
    old = '{since: 2026-02-01, value: 18, status: registry, quote: "Age ≥ 18 years"}'
    text = file.read_text("utf-8").replace("arms:\n", f"{VERSIONS}arms:\n", 1)
    new = '{since: "2", value: 70, status: assumed, why: an amendment}'
    file.write_text(text.replace(f"- {old}", f"- {old}\n      - {new}"), "utf-8")
    criteria.write_text(criteria.read_text("utf-8").replace("rules:\n", NEW, 1), "utf-8")
    if sites:
        (rules_copy / "sites.yaml").write_text(sites, "utf-8")
    book = rulebook(rules_copy, cache=False)
    rules = ["IC-1", "IC-3", "EX-11", "IN-8"]
    job = check(few.cohort, book=book, only=rules)
    whole = job.run()
    wanted = {key: value for key, value in expected(few.records, book).items() if key[1] in rules}
    assert rows(job.folder) == wanted
    numbers = {number: [key[1] for key in wanted if key[0] == number] for number, _ in wanted}
    assert {len(judged) for judged in numbers.values()} >= {3, 4}
    assert whole.verdicts["EX-11"].total() == sum("EX-11" in judged for judged in numbers.values())
    assert [one.is_left for one in job.editions] == [False, False, True]
    assert whole.by_interpreter < whole.participants


@pytest.mark.parametrize(
    ("completed", "verdict"),
    [((False, None), "UNKNOWN"), ((False, False), "NOT_MET"), ((None, True), "MET"), ((), "NOT_MET")],
)
def test_a_quantifier_keeps_what_is_unknown(
    completed: tuple[bool | None, ...],
    verdict: str,
    screening: dict[str, Any],
    import_lines: Callable[[list[bytes]], Cohort],
    check: Callable[..., Check],
) -> None:
    ended = "2026-03-10T09:36:00+08:00"
    screening["lesions"][0]["modification"] = [
        {"type": "IVL", "completed": one, "ended_at": ended} for one in completed
    ]
    job = check(import_lines([json.dumps(screening).encode()]), only=["IC-6"])
    job.run()
    assert rows(job.folder)[1, "IC-6"][0] == verdict


def test_output_does_not_depend_on_threads(few: Any, check: Callable[..., Check]) -> None:
    outputs = []
    for name, threads in (("one", 1), ("two", 2)):
        job = check(few.cohort, name, only=["IC-2", "IC-6", "EX-6"], threads=threads)
        job.group = 20
        job.run()
        files = sorted((job.folder / "verdicts").iterdir())
        outputs.append(
            [(file.name, file.read_bytes()) for file in files] + [(job.folder / "summary.json").read_bytes()]
        )
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) > 3


@pytest.mark.slow
def test_on_spark(sample: Any, check: Callable[..., Check], book: Rulebook) -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'precise-cal[spark]'")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, which is not on the path")
    job = check(sample.cohort, engine="spark", threads=2)
    job.run()
    assert rows(job.folder) == expected(sample.records, book)


def test_explained_as_by_the_interpreter(few: Any, precise: Callable[..., Any], judge: Callable[[Any], Any]) -> None:
    number = min(few.records)
    record, _ = few.records[number]
    said = precise(
        "cohort", "explain", few.cohort.folder, record.subject_id, "--site", record.site_id, "--format", "json"
    )
    (subject,) = json.loads(said.out)["subjects"]
    direct = judge(json.loads(few.records[number][1]))
    assert [verdict["verdict"] for verdict in subject["verdicts"]] == [verdict.verdict for verdict in direct.verdicts]
    assert len(subject["queries"]) == len(direct.queries)
    assert read_record(few.records[number][1]) == record
