"""What must hold among participants: the same in check, in reports and in cohorts, on files, folders and JSON Lines."""

from __future__ import annotations

import copy
import datetime
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.across import Across
from precise_cal.engine.check import Checker
from precise_cal.engine.each import judge_each
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.timeline import Site
from precise_cal.files.records import Source
from tests.small_trial import RECORD, folder_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Notice, Subject

LANTERN = Path(__file__).parents[2] / "examples" / "trials" / "lantern"


@pytest.fixture
def three(complete: dict[str, Any]) -> list[dict[str, Any]]:
    """The third has the number of the first, and between it and the second two are missing."""
    return [named(complete, *one) for one in (("ZS01-001", "R1"), ("ZS01-002", "R2"), ("ZS01-005", "R1"))]


def named(record: dict[str, Any], subject: str, number: str | None) -> dict[str, Any]:
    """The record of another participant."""
    made = copy.deepcopy(record) | {"subject_id": subject}
    made["randomization"]["number"] = number
    return made


def run(book: Rulebook, records: list[dict[str, Any]]) -> tuple[list[Subject], tuple[Notice, ...]]:
    """What is found of each participant, and of all of them."""
    across = Across(book)
    sources = [Source("trial.jsonl", line, json.dumps(one).encode()) for line, one in enumerate(records, 1)]
    subjects = []
    for _, found in judge_each(Checker(book), sources, across):
        assert isinstance(found, tuple)
        subjects.append(found[1])
    return subjects, across.close()


def codes(subject: Subject) -> list[str]:
    return [one.code for one in subject.deviations]


def test_a_randomization_number_given_twice_is_a_deviation_of_the_second(
    book: Rulebook, three: list[dict[str, Any]]
) -> None:
    subjects, _ = run(book, three)
    assert [codes(one) for one in subjects] == [[], [], ["DV-RND-02"]]
    (notice,) = [one for one in subjects[2].notices if one.rule == "ACROSS"]
    assert notice.text == "the randomization number is that of ZS01-001 too"
    (deviation,) = subjects[2].deviations
    assert deviation.chain[0].text.endswith(notice.text)
    assert [one.populations["PP"] for one in subjects] == [True, True, False]
    assert [one.code for one in subjects[2].population_reasons] == ["DV-RND-02"]


def test_numbers_that_are_not_known_are_no_number(book: Rulebook, complete: dict[str, Any]) -> None:
    subjects, _ = run(book, [named(complete, name, None) for name in ("ZS01-001", "ZS01-002")])
    assert [codes(one) for one in subjects] == [[], []]


def test_the_numbers_of_the_screening_log_have_no_gap(book: Rulebook, three: list[dict[str, Any]]) -> None:
    _, notices = run(book, three)
    assert [(one.code, one.text) for one in notices] == [("GAP_IN_LOG", "not read of the numbers ZS01-…: 3 to 4")]
    assert run(book, three[:2])[1] == ()
    assert run(book, three[2:])[1] == (), "one participant alone misses nobody"


def test_more_than_are_planned_is_a_notice(book: Rulebook, three: list[dict[str, Any]]) -> None:
    few = book.varied({"study.enrollment": 1})
    three[0]["randomization"] = None
    _, (notice, _) = run(few, three)
    assert notice.text == "2 participants were enrolled, 1 are planned"


@pytest.mark.parametrize(
    ("site", "said"),
    [
        (Site("ZS02", None, ()), ["SITE_UNKNOWN"]),
        (Site("ZS01", None, ()), []),
        (Site("ZS01", datetime.date(2026, 3, 10), (), datetime.date(2026, 3, 9)), []),
        (Site("ZS01", datetime.date(2026, 3, 11), (), datetime.date(2026, 3, 9)), ["SITE_NOT_ACTIVE"]),
        (Site("ZS01", datetime.date(2026, 3, 10), (), datetime.date(2026, 3, 10)), ["SITE_NOT_APPROVED"]),
    ],
)
def test_a_site_is_known_and_active(book: Rulebook, complete: dict[str, Any], site: Site, said: list[str]) -> None:
    """Consent was signed on 2026-03-09, and randomized was on 2026-03-10."""
    sites = {site.id.lower().replace("0", "o").replace("1", "l"): site}
    with_sites = replace(book, timeline=replace(book.timeline, sites=sites))
    (subject,), _ = run(with_sites, [complete])
    assert [one.code for one in subject.notices if one.rule == "ACROSS"] == said


def test_enrollment_before_a_site_is_active_is_the_deviation_that_a_trial_names(tmp_path: Path) -> None:
    """`across.inactive` of a folder with sites.yaml; PRECISE CAL has none, and so no such deviation."""
    early = {"code": "DV-SITE-01", "category": "SITE", "term": "SITE NOT ACTIVE", "importance": "important", "why": "x"}
    site = {"site": {"type": "identifier", "about": "the site"}}
    folder = folder_of(
        tmp_path / "trial",
        record=RECORD | {"record": RECORD["record"] | site, "roles": RECORD["roles"] | {"site": "site"}},
        protocol={"across": {"inactive": "SITE_NOT_YET_ACTIVE"}},
        deviations={"deviations": [early | {"follows": {"findings": ["SITE_NOT_YET_ACTIVE"]}}]},
        sites={"sites": [{"id": "A", "activated": "2026-02-01"}, {"id": "B", "activated": "2026-04-01"}]},
    )
    started = {"schema_version": "1.0", "fit": True, "started": "2026-03-10T09:00:00+00:00", "cutoff": "2026-03-11"}
    records = [started | {"subject": f"S{place}", "site": name} for place, name in enumerate("ABC")]
    subjects, _ = run(rulebook(folder, cache=False), records)
    assert list(map(codes, subjects)) == [[], ["DV-SITE-01"], []]
    told = [[one.code for one in subject.notices if one.rule == "ACROSS"] for subject in subjects]
    assert told == [[], ["SITE_NOT_ACTIVE"], ["SITE_UNKNOWN"]]


def test_check_report_and_cohorts_say_the_same(
    three: list[dict[str, Any]], tmp_path: Path, precise: Callable[..., Any]
) -> None:
    folder, lines = tmp_path / "folder", tmp_path / "trial.jsonl"
    folder.mkdir()
    for record in three:
        (folder / f"{record['subject_id']}.json").write_text(json.dumps(record), "utf-8")
    lines.write_text("\n".join(map(json.dumps, three)), "utf-8")
    said = [json.loads(precise("check", *files, "--format", "json").out) for files in ((folder,), (lines,))]
    said.append(json.loads(precise("check", *sorted(folder.iterdir()), "--format", "json").out))
    for one in said:
        (notice,) = one["summary"]["notices"]
        assert (notice["code"], notice["rule"]) == ("GAP_IN_LOG", "ACROSS")
        found = [[two["code"] for two in subject["deviations"]] for subject in one["subjects"]]
        assert found == [[], [], ["DV-RND-02"]]
    assert precise("report", lines, "--out", tmp_path / "out", "--format", "csv,markdown").status == 0
    assert "3 to 4" in (tmp_path / "out" / "trial.md").read_text("utf-8")
    assert "DV-RND-02" in (tmp_path / "out" / "csv" / "deviations.csv").read_text("utf-8")
    assert precise("cohort", "import", lines, "--out", tmp_path / "tables", "--threads", "1").status == 0
    made = precise("cohort", "check", tmp_path / "tables", "--out", tmp_path / "verdicts", "--rule", "EX-7")
    summary = json.loads((tmp_path / "verdicts" / "summary.json").read_text("utf-8"))
    assert made.status == 1
    assert [(one["subject_id"], one["code"]) for one in summary["across"]] == [
        ("ZS01-005", "SHARED_WITH_ANOTHER"),
        (None, "GAP_IN_LOG"),
    ]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("unique: [{field: labs.value, name: it, finding: X}]", "labs.value is no field of record.yaml outside lists"),
        ("log: {field: subject}", "subject is no field of record.yaml outside lists"),
        ("count: {of: subject_id, at_most: most.people}", "most.people is no parameter of type integer"),
    ],
)
def test_what_the_file_names_exists(tmp_path: Path, entry: str, said: str) -> None:
    folder = tmp_path / "lantern"
    shutil.copytree(LANTERN, folder)
    file = folder / "protocol.yaml"
    file.write_text(f"{file.read_text('utf-8')}\nacross: {{{entry}}}\n", "utf-8")
    with pytest.raises(RuleFileError, match=said):
        rulebook(folder, cache=False)
