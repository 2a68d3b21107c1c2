"""Amendments: who is judged by which version of the protocol, sentence by sentence."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.gate.evaluate import evaluator, version_at
from precise_cal.gate.facts import Facts
from precise_cal.gate.snapshot import Snapshots
from precise_cal.protocol.scalars import read_instant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject, Verdict

VERSIONS = """
versions:
  - {id: "1.0", date: 2026-02-01}
  - {id: "2.0", date: 2026-06-01, about: "thinner vessels, and an allergy"}
"""
SITES = """
sites:
  - {id: ZS01, activated: 2026-02-10, versions: {"1.0": 2026-02-10, "2.0": 2026-09-01}}
  - {id: ZS02, activated: 2026-02-10, versions: {"1.0": 2026-02-10, "2.0": 2026-06-01}}
  - {id: ZS03, activated: 2026-07-01, versions: {"2.0": 2026-07-01}}
"""
QUOTE = "Target lesion vessel diameter ≥ 2.25 mm and ≤ 4.0 mm"
LEAST = f'{{since: 2026-02-01, value: "2.25", status: registry, quote: "{QUOTE}"}}'
THINNER = '{since: "2.0", value: "2.0", status: assumed, why: an amendment}'
LATER = '{since: "2.0", value: 60, status: assumed, why: an amendment}'
NEW = """
  - id: EX-11
    kind: exclusion
    ietestcd: EX11
    deviation: DV-ELG-18
    since: "2.0"
    title: Silent ischemia
    quote: silent ischemia
    source: Amendment 2.0
    present_when: presentation.type = 'silent_ischemia'
"""


def _edit(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text("utf-8")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")


@pytest.fixture
def folder(rules_copy: Path) -> Path:
    """The bundled rules with a second version, free to change."""
    return _amended(rules_copy)


def _amended(rules_copy: Path) -> Path:
    """A lower least diameter, a later first contact, a new criterion."""
    old = "- {since: 2026-02-01, value: 30, status: assumed"
    _edit(
        rules_copy / "protocol.yaml",
        ("arms:\n", f"{VERSIONS.strip()}\n\narms:\n"),
        (f"- {LEAST}", f"- {LEAST}\n      - {THINNER}"),
        (old, f"- {LATER}\n      {old}"),
    )
    _edit(rules_copy / "eligibility.yaml", ("rules:\n", f"rules:\n{NEW.strip(chr(10))}\n"))
    (rules_copy / "sites.yaml").write_text(SITES.strip() + "\n", "utf-8")
    return rules_copy


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory, copy_rules: Callable[[Path], Path]) -> Path:
    """The same folder for the tests that only read it."""
    return _amended(copy_rules(tmp_path_factory.mktemp("amended")))


@pytest.fixture(scope="module")
def book(unchanged: Path) -> Rulebook:
    """Its rules."""
    return rulebook(unchanged, cache=False)


def _at(document: dict[str, Any], month: int, site: str = "ZS02") -> dict[str, Any]:
    """The participant a number of months after March, at a site; the least diameter lies between the two limits."""
    text = json.dumps(document).replace("2026-03", f"2026-{month:02}")
    moved: dict[str, Any] = json.loads(text)
    moved["site_id"] = site
    for lesion in moved["lesions"]:
        for one in lesion["reference_vessel_diameter"]:
            one["value"] = "2.10"
    moved["data_cutoff"] = "2027-12-31T00:00:00+08:00"
    return moved


def _judged(book: Rulebook, document: Any, now: str | None = None) -> Subject:
    data = json.dumps(document).encode()
    return Checker(book, read_instant(now) if now else None).subject(book.records.read(data), data)


def _verdict(subject: Subject, rule: str) -> Verdict | None:
    return next((one for one in subject.verdicts if one.id == rule), None)


def _word(subject: Subject, rule: str) -> str | None:
    found = _verdict(subject, rule)
    return found and found.verdict


@pytest.mark.parametrize(
    ("month", "site", "word", "least"),
    [
        (5, "ZS02", "NOT_MET", "2.25 mm"),
        (6, "ZS02", "MET", "2.0 mm"),
        (6, "ZS01", "NOT_MET", "2.25 mm"),
        (9, "ZS01", "MET", "2.0 mm"),
        (9, "zs０1", "MET", "2.0 mm"),
        (5, "ZS03", "MET", "2.0 mm"),
    ],
)
def test_a_participant_is_judged_by_the_version_in_force_at_the_site(
    month: int, site: str, word: str, least: str, book: Rulebook, complete: dict[str, Any]
) -> None:
    verdict = _verdict(_judged(book, _at(complete, month, site)), "IC-5")
    assert verdict is not None
    assert verdict.verdict == word
    assert next(one.value for one in verdict.parameters if one.id == "vessel_diameter.min") == least


def test_without_sites_the_dates_of_the_versions_tell(folder: Path, complete: dict[str, Any]) -> None:
    (folder / "sites.yaml").unlink()
    book = rulebook(folder, cache=False)
    assert [_word(_judged(book, _at(complete, month, "ZS01")), "IC-5") for month in (5, 6)] == ["NOT_MET", "MET"]


def test_what_was_decided_on_a_screen_failure_stays_as_it_was_decided(
    book: Rulebook, screening: dict[str, Any]
) -> None:
    march = _at(screening, 3)
    assert _judged(book, march, "2026-03-20T00:00:00+08:00").gate.decision == "REFUSE"
    assert _judged(book, march, "2026-12-20T00:00:00+08:00").gate.decision == "REFUSE"
    assert _judged(book, march).gate.blocking == ("IC-5",)
    march["procedure"] = {}
    assert "IC-5" in _judged(book, march).gate.blocking, "nobody who only consented is judged by a later version"


def test_a_new_criterion_does_not_accuse_those_enrolled_before_it(book: Rulebook, complete: dict[str, Any]) -> None:
    complete["presentation"]["type"] = "silent_ischemia"
    before, after = (_judged(book, _at(complete, month)) for month in (5, 6))
    assert (_word(before, "EX-11"), _word(after, "EX-11")) == (None, "PRESENT")
    assert "EX-11" not in {one.rule for one in before.deviations}
    assert "EX-11" in {one.rule for one in after.deviations}


def test_a_moment_known_in_part_with_differing_versions_is_unknown(book: Rulebook, complete: dict[str, Any]) -> None:
    record = _at(complete, 6)
    record["randomization"]["at"] = "2026"
    subject = _judged(book, record)
    assert (_word(subject, "IC-5"), _word(subject, "EX-11"), _word(subject, "FU-1M")) == (
        "UNKNOWN", "UNKNOWN", "CANNOT_ASSESS",
    )  # fmt: skip
    assert subject.gate.missing[:1] == ("IC-5",)
    asked = {one.rule: one for one in subject.queries}
    assert asked["IC-5"].pointer == "/randomization/at"
    assert "1.0 or 2.0" in asked["IC-5"].ask
    assert not {"IC-5", "EX-11"} & {one.rule for one in subject.deviations}


def test_where_versions_do_not_differ_the_verdict_stands(book: Rulebook, complete: dict[str, Any]) -> None:
    record = _at(complete, 6)
    record["randomization"]["at"] = "2026"
    subject = _judged(book, record)
    assert {_word(subject, rule) for rule in ("IC-1", "IC-2", "IC-3")} == {"MET"}
    record["randomization"]["at"] = "2026-06"
    assert _word(_judged(book, record), "IC-5") == "MET", "all of June is of version 2.0 there"


def test_an_unlisted_site_may_work_by_any_version(book: Rulebook, complete: dict[str, Any]) -> None:
    subject = _judged(book, _at(complete, 8, "ZS99"))
    assert _word(subject, "IC-5") == "UNKNOWN"
    asked = next(one for one in subject.queries if one.rule == "IC-5")
    assert (asked.pointer, "ZS99" in asked.ask, "sites.yaml" in asked.ask) == ("/site_id", True, True)
    assert _word(_judged(book, _at(complete, 5, "ZS99")), "IC-5") == "NOT_MET", "before there was a second version"


def test_each_rule_declares_the_moment_that_chooses(book: Rulebook, folder: Path, complete: dict[str, Any]) -> None:
    record = _at(complete, 6)
    record["consent"]["signed_at"] = "2026-05-20T10:00:00+08:00"
    assert _word(_judged(book, record), "IC-5") == "MET"
    _edit(folder / "eligibility.yaml", ("  - id: IC-5\n", "  - id: IC-5\n    at: consent\n"))
    book = rulebook(folder, cache=False)
    assert _word(_judged(book, record), "IC-5") == "NOT_MET"
    assert _word(_judged(book, record), "EX-11") == "ABSENT"
    record["consent"]["signed_at"] = None
    assert _word(_judged(book, record), "IC-5") == "UNKNOWN"


def test_a_rule_of_a_visit_is_judged_by_the_version_at_the_visit(
    book: Rulebook, folder: Path, complete: dict[str, Any]
) -> None:
    record = _at(complete, 5)
    record["visits"] = [{"visit": "M1", "status": "done", "mode": "clinic", "date": "2026-06-09"}]
    assert _word(_judged(book, record), "IC-5") == "NOT_MET"
    day = "First(visits V where V.visit = 'M1' and V.status = 'done' return V.date)"
    _edit(folder / "eligibility.yaml", ("  - id: IC-5\n", f'  - id: IC-5\n    at: visit\n    visit_on: "{day}"\n'))
    assert _word(_judged(rulebook(folder, cache=False), record), "IC-5") == "MET"


def test_a_criterion_and_its_words_may_change(folder: Path, complete: dict[str, Any]) -> None:
    text = (folder / "eligibility.yaml").read_text("utf-8")
    start = text.index("  - id: EX-7\n")
    entry = text[start : text.index("  - id: EX-8\n")]
    second = entry.replace("id: EX-7\n", 'id: EX-7\n    since: "2.0"\n').replace("present_when: not ", "present_when: ")
    quotes = 'quote: [{text: the first words, until: "2.0"}, {text: other words, since: "2.0"}]'
    line = next(one.strip() for one in entry.splitlines() if one.strip().startswith("quote:"))
    first = entry.replace("id: EX-7\n", 'id: EX-7\n    until: "2.0"\n')
    (folder / "eligibility.yaml").write_text(
        text.replace(entry, first.replace(line, quotes.split(", {")[0] + "]") + second.replace(line, quotes)), "utf-8"
    )
    book = rulebook(folder, cache=False)
    said = [_verdict(_judged(book, _at(complete, month)), "EX-7") for month in (5, 6)]
    assert [(one.verdict, one.quote) for one in said if one] == [
        ("ABSENT", "the first words"),
        ("PRESENT", "other words"),
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("protocol.yaml", 'since: "2.0", value: "2.0"', 'since: "3.0", value: "2.0"', "neither a day nor a version"),
        ("protocol.yaml", "date: 2026-06-01", "date: 2026-01-01", "should be later"),
        ("protocol.yaml", '- {id: "2.0"', '- {id: "1.0"', "stands twice"),
        ("eligibility.yaml", '    since: "2.0"\n', '    until: "1.0"\n', "never holds"),
        ("eligibility.yaml", '    since: "2.0"\n', "    at: visit\n", "visit_on"),
        ("sites.yaml", '"2.0": 2026-09-01', '"3.0": 2026-09-01', '"3.0" is no version'),
        ("sites.yaml", '"2.0": 2026-09-01', '"2.0": 2026-05-01', "cannot have adopted"),
        ("sites.yaml", "id: ZS02", "id: zs01", "stands twice"),
        ("sites.yaml", "activated", "active", 'did you mean "activated"'),
    ],
)
def test_what_is_wrong_is_told_with_its_place(file: str, old: str, new: str, problem: str, folder: Path) -> None:
    _edit(folder / file, (old, new))
    with pytest.raises(RuleFileError, match=problem) as caught:
        rulebook(folder, cache=False)
    assert f"{file}:" in str(caught.value)


def test_versions_may_be_numbers(folder: Path) -> None:
    for name in ("protocol.yaml", "eligibility.yaml", "sites.yaml"):
        path = folder / name
        path.write_text(path.read_text("utf-8").replace('"1.0"', "1").replace('"2.0"', "2"), "utf-8")
    _edit(folder / "protocol.yaml", ("{since: 2, value: 2,", '{since: 2, value: "2.0",'))
    assert [one.id for one in rulebook(folder, cache=False).timeline.versions] == ["1", "2"]


def test_a_window_of_many_participants_is_that_of_their_own_version(
    unchanged: Path, complete: dict[str, Any], precise: Callable[..., Any]
) -> None:
    people = [copy.deepcopy(_at(complete, month)) | {"subject_id": f"S{month}"} for month in (5, 6)]
    said = precise(
        "check", "-", "--trial", unchanged, "--format", "json", stdin="\n".join(map(json.dumps, people)).encode()
    )
    subjects = json.loads(said.out)["subjects"]
    used = [
        {two["id"]: two["value"] for one in subject["verdicts"] for two in one["parameters"]} for subject in subjects
    ]
    assert [one["visit_m1.day"] for one in used] == ["30", "60"]


def test_a_report_says_whom_an_amendment_touches(
    unchanged: Path, complete: dict[str, Any], precise: Callable[..., Any]
) -> None:
    people = [
        _at(complete, month, site) | {"subject_id": f"{site}-{month}"}
        for month, site in ((5, "ZS02"), (8, "ZS01"), (8, "ZS02"))
    ]
    lines = "\n".join(map(json.dumps, people)).encode()
    said = precise("trial", "amendment", "2.0", "-", "--trial", unchanged, "--format", "json", stdin=lines)
    report = json.loads(said.out)
    assert (said.status, report["before"], report["after"]) == (1, "1.0", "2.0")
    assert report["rules"] == ["IC-5", "EX-11", "FU-1M"]
    found = {one["subject_id"]: one for one in report["subjects"]}
    assert [one["judged_by"] for one in found.values()] == ["1.0", "1.0", "2.0"]
    changes = [one["changes"][0] for one in found.values()]
    assert {(one["rule"], one["before"], one["after"]) for one in changes} == {("IC-5", "NOT_MET", "MET")}
    assert [one["stands"] for one in changes] == ["NOT_MET", "NOT_MET", "MET"]
    text = precise("trial", "amendment", "2.0", "-", "--trial", unchanged, stdin=lines).out
    assert "IC-5  NOT_MET by 1.0, MET by 2.0; NOT_MET stands" in text
    wrong = precise("trial", "amendment", "1.0", "-", "--trial", unchanged, stdin=lines)
    assert (wrong.status, "no amendment of this protocol; it has 2.0" in wrong.err) == (2, True)


def test_a_decision_names_the_version_and_a_site_has_to_be_activated(book: Rulebook, screening: dict[str, Any]) -> None:
    evaluate = evaluator(book)
    for site, month, version, decision in (
        ("ZS01", 8, "1.0", "REFUSE"),
        ("ZS02", 8, "2.0", "ALLOW"),
        ("ZS03", 6, "2.0", "REFUSE"),
    ):
        document = _at(screening, month, site)
        document["renal"]["egfr"] = None
        record = book.records.record(document)
        as_of = datetime(2026, month, 10, 3, 0, tzinfo=UTC)
        facts = Facts(enrolled=False, treated=False, left=False, consented_at=f"2026-0{month}-09")
        evaluation = evaluate(Snapshots(book).of(document), facts, as_of)
        assert version_at(book, record)(as_of) == version
        assert evaluation.decision == decision, evaluation.blocking
        assert ("SITE" in evaluation.blocking) == (site == "ZS03")


def test_a_window_in_documents_is_that_of_the_version_that_judged(
    unchanged: Path, complete: dict[str, Any], precise: Callable[..., Any], tmp_path: Path
) -> None:
    records = tmp_path / "people.jsonl"
    people = [_at(complete, month) | {"subject_id": f"S{month}"} for month in (5, 6)]
    records.write_text("\n".join(map(json.dumps, people)), "utf-8")
    out = tmp_path / "out"
    assert precise("report", records, "--trial", unchanged, "--format", "markdown,csv", "--out", out).status == 0
    rows = (out / "csv" / "visits.csv").read_text("utf-8-sig") if (out / "csv" / "visits.csv").exists() else ""
    files = {path.name: path.read_text("utf-8-sig") for path in out.rglob("*.csv")}
    visits = rows or next(text for name, text in files.items() if "visit" in name.lower())
    windows = [line for line in visits.splitlines() if ",M1," in line]
    assert ["23 to 37" in line for line in windows] == [True, False]
    assert ["53 to 67" in line for line in windows] == [False, True]


def test_editions_share_the_rules_that_no_version_changes(book: Rulebook) -> None:
    first, last = (book.edition_of(key) for key in (book.timeline.keys[0], book.timeline.keys[-1]))
    anew = [name for name, rule in last.by_id.items() if rule is not first.by_id.get(name)]
    assert {"IC-5", "EX-11", "FU-1M"} <= {*anew}
    assert len(anew) < len(last.rules) / 2
    alone = replace(book, _editions={}).edition_of(book.timeline.keys[-1])
    assert [rule.terms for rule in alone.rules] == [rule.terms for rule in last.rules]
    assert alone.used == last.used
