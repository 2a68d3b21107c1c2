"""Every format tells the same numbers as ``precise check --format json`` of the same input; counts add up."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from precise_cal.reports.document import Counts, Facts, Figure, Table
from precise_cal.reports.files import files
from precise_cal.reports.participant.document import participant_document
from precise_cal.reports.participant.findings import summary_line
from precise_cal.reports.trial.conduct import qfr
from precise_cal.reports.trial.document import trial_document
from precise_cal.reports.trial.numbers import counted
from precise_cal.reports.trial.quality import quality
from precise_cal.reports.trial.trends import Quarter, trends

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = importlib.util.spec_from_file_location("reading", Path(__file__).parent / "reading.py")
assert SPEC is not None
assert SPEC.loader is not None
reading = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reading)

FAILS = {"NOT_MET", "PRESENT"}


@pytest.fixture(scope="module")
def checked(precise: Callable[..., Any], records_file: Path) -> dict[str, Any]:
    """What the check says."""
    found: dict[str, Any] = json.loads(precise("check", records_file, "--format", "json").out)
    return found


@pytest.fixture(scope="module")
def shown(trial: Callable[..., Any], records: list[dict[str, Any]]) -> Any:
    return trial(records, unmasked=True)


@pytest.fixture(scope="module")
def page(shown: Any, written: Callable[..., dict[str, bytes]]) -> Any:
    return reading.Page(written(shown, "html", only="trial.html")["trial.html"].decode())


def count(text: str) -> int:
    return int(text.replace(",", ""))


def by_code(checked: dict[str, Any]) -> Counter[str]:
    return Counter(one["code"] for subject in checked["subjects"] for one in subject["deviations"])


def test_the_trial_has_something_to_count(checked: dict[str, Any]) -> None:
    summary = checked["summary"]
    assert all(summary["gate"].values())
    assert summary["deviations"]["important"] > 2
    assert summary["deviations"]["other"] > 1
    assert summary["queries"] > 2


def test_html_totals(page: Any, checked: dict[str, Any]) -> None:
    summary = checked["summary"]
    gate = {row[0]: count(row[1]) for row in page.tables["gate-table"][1:]}
    assert gate == {**{word.lower(): n for word, n in summary["gate"].items()}, "all": summary["subjects"]}
    listing = page.tables["listing-table"][1:]
    important = Counter(row[5] for row in listing)
    assert important["important"] == summary["deviations"]["important"] == len(page.tables["important-table"][1:])
    assert important["non-important"] == summary["deviations"]["other"]
    assert len(page.tables["query-table"][1:]) == summary["queries"]
    assert len(page.tables["participants-table"][1:]) == summary["subjects"]


def test_html_deviations_by_code_and_site_add_up(page: Any, checked: dict[str, Any]) -> None:
    codes = Counter({row[0].split()[0]: count(row[3]) for row in page.tables["code-table"][1:]})
    assert codes == by_code(checked)
    head, *rows, total = page.tables["site-table"]
    sites = Counter(
        (one["category"], one["importance"], subject["site_id"])
        for subject in checked["subjects"]
        for one in subject["deviations"]
    )
    for row in rows:
        for site, text in zip(head[2:-1], row[2:-1], strict=True):
            assert count(text) == sites[row[0], row[1], site]
        assert count(row[-1]) == sum(map(count, row[2:-1]))
    for place in range(2, len(head)):
        assert count(total[place]) == sum(count(row[place]) for row in rows)
    assert count(total[-1]) == sum(by_code(checked).values())


def test_html_verdicts_by_rule(page: Any, checked: dict[str, Any], records: list[dict[str, Any]]) -> None:
    randomized = {record["subject_id"] for record in records if record["randomization"]}
    everybody: Counter[tuple[str, str]] = Counter()
    allocated: Counter[tuple[str, str]] = Counter()
    for subject in checked["subjects"]:
        for verdict in subject["verdicts"]:
            everybody[verdict["id"], verdict["verdict"]] += 1
            allocated[verdict["id"], verdict["verdict"]] += subject["subject_id"] in randomized
    for row in page.tables["eligibility-table"][1:]:
        rule = row[0].split()[0]
        good, bad = ("MET", "NOT_MET") if rule.startswith("IC") else ("ABSENT", "PRESENT")
        told = [everybody[rule, good], everybody[rule, bad], everybody[rule, "UNKNOWN"]]
        assert [count(text) for text in row[1:4]] == told
        assert sum(told) == len(records)
        assert [count(text) for text in row[4:6]] == [allocated[rule, bad], allocated[rule, "UNKNOWN"]]
    for table in ("conduct-table", "outcome-table", "pmi-table"):
        head = [title.upper().replace(" ", "_") for title in page.tables[table][0]]
        for row in page.tables[table][1:]:
            rule = row[0].split()[0]
            for title, text in zip(head[1:], row[1:], strict=True):
                if title != "YES,_OF_DECIDED":
                    assert count(text) == allocated[rule, title], (rule, title)


def test_markdown_and_pdf_say_what_html_says(shown: Any, page: Any, written: Callable[..., dict[str, bytes]]) -> None:
    tables = reading.markdown_tables(written(shown, "markdown", only="trial.md")["trial.md"].decode())
    html = [rows for rows in page.tables.values() if rows]
    assert len(tables) == len(html)
    for ours, theirs in zip(tables, html, strict=True):
        assert len(ours) - 1 == len(theirs)  # the line of dashes
        for row, other in zip([ours[0], *ours[2:]], theirs, strict=True):
            assert [" ".join(text.replace("<br>", " ").split()) for text in row] == [
                " ".join(text.split()) for text in other
            ]
    told = reading.pdf_text(written(shown, "pdf", only="trial.pdf")["trial.pdf"]).replace("✗ ", "").replace("? ", "")
    for name in (
        "gate-table",
        "code-table",
        "site-table",
        "visit-table",
        "eligibility-table",
        "outcome-table",
        "pmi-table",
    ):
        for row in page.tables[name][1:]:
            places = [place for place, text in enumerate(row) if text.replace(",", "").isdigit()]
            numbers = " ".join(row[places[0] : places[-1] + 1])
            assert numbers in told, (name, row)


def test_workbook_csv_and_sdtm_have_every_row(
    shown: Any, checked: dict[str, Any], written: Callable[..., dict[str, bytes]]
) -> None:
    made = written(shown, "xlsx", "csv", "sdtm")
    book = load_workbook(io.BytesIO(made["findings.xlsx"]))
    deviations = [[str(cell.value) for cell in row] for row in book["Deviations"].iter_rows(min_row=2)]
    assert Counter(row[3] for row in deviations) == by_code(checked)
    assert book["Queries"].max_row - 1 == checked["summary"]["queries"]
    assert book["Eligibility"].max_row - 1 == checked["summary"]["subjects"]
    for sheet, file in (
        ("Deviations", "deviations"),
        ("Queries", "queries"),
        ("Eligibility", "eligibility"),
        ("Visits", "visits"),
    ):
        rows = list(csv.reader(io.StringIO(made[f"csv/{file}.csv"].decode(), newline="")))
        assert len(rows) == book[sheet].max_row
        assert [row[0] for row in rows[1:]] == [str(cells[0].value) for cells in book[sheet].iter_rows(min_row=2)]
    fails = {
        (subject["subject_id"], verdict["id"])
        for subject in checked["subjects"]
        for verdict in subject["verdicts"]
        if verdict["verdict"] in FAILS
    }
    ie = json.loads(made["sdtm/ie.json"])
    names = [column["name"] for column in ie["columns"]]
    assert {(row[names.index("USUBJID")][12:], row[names.index("IESPID")]) for row in ie["rows"]} == fails
    assert not {"sdtm/dv.json", "sdtm/suppdv.json"} & {*made}, "nothing is confirmed"
    working = {file.name: file for file in files(shown, ["sdtm"], submission=False)}
    supplemental = json.loads(working["sdtm/suppdv.json"].make())
    assert sum(row[5] == "DVCAND" for row in supplemental["rows"]) == sum(by_code(checked).values())


def test_participant_pages_have_every_finding(
    shown: Any, checked: dict[str, Any], written: Callable[..., dict[str, bytes]]
) -> None:
    pages = written(shown, "html", only="participants/")
    for subject in checked["subjects"]:
        told = reading.Page(pages[f"participants/{subject['subject_id']}.html"].decode())
        words = {row[0].split()[0]: row[1] for row in told.tables["criteria-table"][1:] if len(row) == 5}
        verdicts = {
            one["id"]: one["verdict"] for one in subject["verdicts"] if one["kind"] in ("inclusion", "exclusion")
        }
        assert words == {rule: verdict.lower().replace("_", " ") for rule, verdict in verdicts.items()}
        assert len(told.tables.get("queries-table", [[]])) - 1 == len(subject["queries"])
        assert sum(
            attributes.get("id", "").startswith("deviation-") and tag == "section" for tag, attributes in told.elements
        ) == len(subject["deviations"])


@pytest.mark.parametrize("unmasked", [False, True])
def test_a_participant_page_says_the_allocation_where_it_may(
    unmasked: bool, trial: Callable[..., Any], records: list[dict[str, Any]]
) -> None:
    randomized = next(one for one in records if one["randomization"])
    screened = next(one for one in records if not one["randomization"])
    shown = trial([randomized, screened], unmasked=unmasked)
    told = {}
    for case in shown.cases:
        facts = participant_document(case, shown).facts
        assert isinstance(facts, Facts)
        told[case.id] = str(dict(facts.pairs)["Allocation"].text)
        software = shown.software
        assert str(dict(facts.pairs)["Made"].text) == f"{shown.generated_at} by {software.name} {software.version}"
    arm = shown.study.arms[randomized["randomization"]["arm"]] if unmasked else "withheld"
    assert told == {randomized["subject_id"]: arm, screened["subject_id"]: "not randomized"}
    said = {case.id: summary_line(case) for case in shown.cases}
    assert "The participant is randomized;" in said[randomized["subject_id"]]
    assert "The participant is not randomized;" in said[screened["subject_id"]]


def test_qfr_at_the_gate_is_that_of_the_check(page: Any, shown: Any, checked: dict[str, Any]) -> None:
    values = sorted(
        Decimal(why["observed"])
        for subject in checked["subjects"]
        for verdict in subject["verdicts"]
        if verdict["kind"] == "inclusion"
        for why in verdict["because"]
        if why["pointer"].startswith("/qfr_measurements/") and why["pointer"].endswith("/value") and why["observed"]
    )
    rows = {row[0]: row[1] for row in page.tables["qfr-table"][1:]}
    assert len(values) > 10
    assert count(rows["vessels with a QFR that decides"]) == len(values)
    limit = shown.study.qfr.threshold
    assert count(rows[f"above {limit}"]) == sum(value > limit for value in values)
    assert count(rows[f"not above {limit}"]) == sum(value <= limit for value in values)
    assert rows["lowest, median, highest"] == f"{values[0]}, {values[len(values) // 2]}, {values[-1]}"
    (figure,) = (one for one in qfr(shown).blocks if isinstance(one, Figure))
    bars = [
        (float(one["x"]), float(one["height"]))
        for tag, one in reading.Page(str(figure.svg)).elements
        if tag == "rect" and one.get("fill") != "#ffffff" and "x" in one
    ]
    counts = Counter(ceil(value * 100) for value in values)
    assert len(bars) == len(counts), "a bar for each hundredth"
    highest = max(height for _, height in bars)
    assert [round(height / highest * max(counts.values())) for _, height in sorted(bars)] == [
        counts[value] for value in sorted(counts)
    ]


def test_tables_of_rules_name_them_by_their_titles(page: Any, shown: Any) -> None:
    titles = shown.study.titles
    for table, kinds in (("outcome-table", {"outcome"}), ("conduct-table", {"conduct"})):
        rules = [one.id for one in shown.cases[0].subject.verdicts if one.kind in kinds]
        assert rules
        assert [row[0] for row in page.tables[table][1:]] == [f"{rule}  {titles[rule]}" for rule in rules]


def test_quarters_hold_every_participant_and_deviation(shown: Any) -> None:
    quarters, undated = trends(shown)
    assert sum(one.randomized for one in quarters) == sum(case.randomized for case in shown.cases)
    assert sum(one.important + one.other for one in quarters) + undated == len([*counted(shown)])
    assert [one.name for one in quarters] == sorted({one.name for one in quarters})
    assert 0 < max(one.months for one in quarters) < 3.1 * len(shown.cases)
    assert Quarter("2026 Q1", 1, 10.0, 1, 2).rate(2) == 20.0
    assert Quarter("2026 Q1", 1, 9.9, 1, 2).rate(2) is None


def test_limits_are_measured_among_those_they_are_of(
    shown: Any, checked: dict[str, Any], records: list[dict[str, Any]], trial: Callable[..., Any]
) -> None:
    arms = {one["subject_id"]: (one["randomization"] or {}).get("arm") for one in records}
    due = {"COMPLIANT", "DEVIATION", "CANNOT_ASSESS", "REVIEW"}
    measured = {one.id: one for one in quality(shown)}
    assert len(measured) == len(shown.study.limits) > 2
    for limit in shown.study.limits:
        among = [
            subject
            for subject in checked["subjects"]
            if arms[subject["subject_id"]] and limit.arm in (None, arms[subject["subject_id"]])
            and (limit.of is None or any(v["id"] == limit.of and v["verdict"] in due for v in subject["verdicts"]))
        ]  # fmt: skip
        affected = sum(any(one["code"] in limit.codes for one in subject["deviations"]) for subject in among)
        found = measured[limit.id]
        assert (found.affected, found.of) == (affected, len(among)), limit.id
        exceeded = bool(among) and affected / len(among) > float(limit.percent) / 100
        assert found.state == ("exceeded" if exceeded else "within" if among else "nobody yet")
        assert found.percent == (pytest.approx(100 * affected / len(among)) if among else None)
    masked = {one.id: one.state for one in quality(trial(records[:3]))}
    assert all(masked[limit.id] == "withheld" for limit in shown.study.limits if limit.arm)


def test_a_deviation_takes_nobody_out_of_a_population_that_it_does_not_name(shown: Any) -> None:
    case = next(one for one in shown.cases if one.findings)
    first, silent = case.findings[0], replace(case.subject, population_reasons=())

    def leaves(populations: dict[str, bool]) -> tuple[str, ...]:
        finding = replace(first, deviation=replace(first.deviation, populations=populations))
        found: tuple[str, ...] = replace(case, findings=(finding,), subject=silent).leaves("PP")
        return found

    assert leaves({}) == leaves({"PP": True}) == leaves({"ITT": False}) == ()
    assert leaves({"PP": False}) == (first.deviation.term,)


def test_columns_have_titles_and_are_of_a_kind(shown: Any) -> None:
    documents = [trial_document(shown), *(participant_document(one, shown) for one in shown.cases[:3])]
    tables = [
        one for each in documents for section in each.sections for one in section.blocks if isinstance(one, Table)
    ]
    assert len(tables) > 15
    for one in tables:
        assert {column.kind for column in one.columns} <= {"text", "number"}, one.id
        assert not {column.title for column in one.columns} & {"text", "number"}, one.id
    limits = next(one for one in tables if one.id == "limit-table")
    assert [column.title for column in limits.columns] == ["Limit", "Affected", "Of", "Share", "Tolerated", "State"]
    assert [column.kind for column in limits.columns] == ["text", *["number"] * 4, "text"]


@pytest.mark.parametrize("others", [0, 1, 2])
@pytest.mark.parametrize("important", [0, 1, 2])
def test_deviations_in_short_are_one_or_several(
    others: int, important: int, participant: dict[str, Any], trial: Callable[..., Any]
) -> None:
    """A contact out of its window is no important deviation; a criterion that was not met, or a duty, is one."""
    early, late = ("2026-03-20", "2026-10-30")
    for place, day in [(0, early), (1, late)][:others]:
        participant["visits"][place]["date"] = day
    if important:
        participant["antiplatelet"]["dual_therapy_tolerated"] = False
    if important > 1:
        participant["investigator"]["can_adhere_to_follow_up"] = False
    found = trial([participant])
    (document,) = (participant_document(one, found) for one in found.cases)
    (counts,) = (block for section in document.sections for block in section.blocks if isinstance(block, Counts))
    said = [(one.number, one.label, one.tone) for one in counts.items[1:3]]
    ending = ["s" if one != 1 else "" for one in (important, others)]
    assert said == [
        (str(important), f"important deviation{ending[0]}", "bad" if important else ""),
        (str(others), f"other deviation{ending[1]}", ""),
    ]


@pytest.mark.parametrize(("recorded", "told"), [("2.0-zs01", "2.0-zs01"), (None, "a version not stated")])
def test_a_page_says_by_which_version_the_site_works(
    recorded: str | None, told: str, participant: dict[str, Any], trial: Callable[..., Any]
) -> None:
    found = trial([participant | {"protocol_version": recorded}], unmasked=True)
    facts = {name: cell.text for name, cell in participant_document(found.cases[0], found).facts.pairs}
    assert facts["Protocol version"] == f"{found.protocol.version} (the site works by {told})"
    assert facts["Data cut-off"].startswith(participant["data_cutoff"][:10])
    assert facts["Record, SHA-256"] == found.cases[0].subject.record_sha256 != ""
