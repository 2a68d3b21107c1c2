"""What documents say of a trial: ``report.yaml``, its defaults, and what is wrong with one."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cli.main import run
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.engine.rulebook.report_rows import Reading
    from precise_cal.engine.rulebook.reporting import Kind

RECORD = """\
schema_version: '1.0'
parts:
  Dose:
    given_at: {type: instant, about: when the dose was given; of the study drug}
    drug: {type: words, words: [verum, placebo], about: the drug, reveals: true}
    milligrams: {type: integer, about: the dose}
  Course:
    name: {type: identifier, about: the name of the course}
    doses: {type: list of Dose, about: the doses}
  Angio:
    at: {type: instant, about: when it was measured}
    number: {type: decimal, about: the number}
record:
  person: {type: identifier, required: true, about: the number of the participant}
  born: {type: date, about: the date of birth}
  signed: {type: instant, about: when consent was signed}
  asked: {type: instant, about: the data cut-off}
  courses: {type: list of Course, about: the courses}
  angios: {type: list of Angio, about: the measurements}
roles: {participant: person, consented_at: signed, day_zero: signed, cutoff: asked}
"""
PROTOCOL = """\
study: {id: T, title: T, short_title: T, version: '1', source: s, sponsor: s, utc_offset: '+00:00'}
"""
RULES = """\
rules:
  - {id: IC-1, kind: inclusion, title: Consent, quote: consent, source: s, met_when: signed is not null}
"""
PERSON = {
    "person": "P1",
    "born": "1960-05",
    "signed": "2026-03-01T08:00:00+00:00",
    "courses": [
        {"name": "A", "doses": [{"given_at": "2026-03-01T10:00:00+00:00", "milligrams": 5}, {"milligrams": 7}]},
        {"name": "B", "doses": [{"given_at": "2026-03-03T10:00:00+00:00", "drug": "verum", "milligrams": 9}]},
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A trial of another kind, without a report.yaml."""
    place = tmp_path / "trial"
    place.mkdir()
    (place / "record.yaml").write_text(RECORD, encoding="utf-8")
    (place / "protocol.yaml").write_text(PROTOCOL, encoding="utf-8")
    (place / "eligibility.yaml").write_text(RULES, encoding="utf-8")
    return place


def rows(folder: Path, kind: Kind, text: str = "", person: Any = PERSON) -> list[Reading]:
    if text:
        (folder / "report.yaml").write_text(text, encoding="utf-8")
    book = rulebook(folder, cache=False)
    record = book.records.read(json.dumps(person).encode())
    return book.reporting.read(kind, record, book.role("day_zero", record), 0)


def test_without_the_file_every_date_of_the_record_has_a_row(folder: Path) -> None:
    read = rows(folder, "table")
    assert [(one.texts["what"], one.source) for one in read] == [
        ("the date of birth", "/born"),
        ("when consent was signed", "/signed"),
        ("when the dose was given", "/courses/0/doses/0"),
        ("when the dose was given", "/courses/1/doses/0"),
    ]
    assert [one.texts["what"] for one in rows(folder, "gate")] == ["consent", "treatment"]


def test_a_row_may_name_the_items_on_its_path_and_the_time_since_day_zero(folder: Path) -> None:
    text = """
words: {Named: {verum: the drug itself, else: "something, it's unknown"}}
course:
  table:
    - what: dose
      at: courses.doses.given_at
      words: [Course.name, Dose.milligrams, Named(Dose.drug), "ToString(Day) & ' d'", Hours]
"""
    read = rows(folder, "table", text)
    assert [one.values["words"][:4] for one in read] == [
        ("A", 5, "something, it's unknown", "0 d"),
        ("A", 7, "something, it's unknown", " d"),
        ("B", 9, "the drug itself", "2 d"),
    ]
    assert [str(one.value("words")) for one in read] == ["A", "A", "B"]
    assert [one.pointer for one in read][1:] == ["/courses/0/doses/1/given_at", "/courses/1/doses/0/given_at"]
    assert float(read[0].values["words"][4]) == 2.0


def test_rows_of_one_list_stand_together_item_by_item(folder: Path) -> None:
    text = """
course:
  table:
    - {what: small, at: courses.doses.given_at, when: Dose.milligrams < 6}
    - {what: any, at: courses.doses.given_at, where: {drug: verum}}
    - {what: all, at: courses.doses.given_at}
"""
    read = rows(folder, "table", text)
    assert [(one.texts["what"], one.source) for one in read] == [
        ("small", "/courses/0/doses/0"),
        ("all", "/courses/0/doses/0"),
        ("all", "/courses/0/doses/1"),
        ("any", "/courses/1/doses/0"),
        ("all", "/courses/1/doses/0"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("course: {table: [{what: x, at: courses.doses.milligrams}]}", "courses.doses.milligrams is no date"),
        ("course: {table: [{what: x, at: courses.dose.given_at}]}", 'did you mean "doses"'),
        ("course: {table: [{what: x, at: signed, words: Dose.drug}]}", "Dose"),
        ("course: {day: [{lane: x, at: signed, loud: person}]}", "Boolean"),
        ("course: {day: [{lane: x, at: courses.doses.given_at, until: given}]}", 'did you mean "given_at"'),
        ("course: {table: [{what: x, at: signed, where: {person: [a]}}]}", "person is never"),
        ("course: {table: [{what: x, at: signed, source: signd}]}", '"signd" is no field'),
        ("by_arm: {outcomes: [MACE-1]}", '"MACE-1" is no rule'),
        ("by_arm: {populations: [AT]}", '"AT" is no population'),
        ("parameters: {start: study.begin}", '"study.begin" is no parameter'),
        ("quality: {limits: [{id: Q-1, title: t, codes: [DV-ELG-01], limit: 2}]}", '"DV-ELG-01" is no deviation'),
        ("quality: {limits: [{id: Q-1, title: t, codes: [], limit: 101}]}", "101"),
        ("qfr: {list: angio, value: number}", 'did you mean "angios"'),
        ("qfr: {list: angios, value: nunber}", 'did you mean "number"'),
        ("facts: {ended_at: person}", '"person" is no date'),
        ("facts: {consented: person}", "Boolean"),
        ("sections: {trial: [flows]}", "flows"),
        ("cuorse: {}", 'did you mean "course"'),
    ],
)
def test_what_is_wrong_is_told_with_its_place_when_rules_are_loaded(folder: Path, text: str, told: str) -> None:
    (folder / "report.yaml").write_text(f"{text}\n", encoding="utf-8")
    with pytest.raises(RuleFileError) as error:
        rulebook(folder, cache=True)
    assert told in str(error.value)
    assert f"{folder / 'report.yaml'}:1:" in str(error.value)


def test_a_misspelt_name_ends_check_with_status_2(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "report.yaml").write_text("by_arm: {outcomes: [X-1]}\n", encoding="utf-8")
    (tmp_path / "p.json").write_text(json.dumps(PERSON), encoding="utf-8")
    assert run(["check", str(tmp_path / "p.json"), "--trial", str(folder)]) == 2
    assert "report.yaml:1:21" in capsys.readouterr().err


@pytest.mark.parametrize("unmask", [[], ["--unmask"]])
def test_another_trial_without_the_file_has_documents_in_every_format(
    folder: Path, tmp_path: Path, unmask: list[str]
) -> None:
    people = [PERSON, {**PERSON, "person": "P2", "asked": "2026-06-01"}]
    source = tmp_path / "people.jsonl"
    source.write_text("".join(f"{json.dumps(one)}\n" for one in people), encoding="utf-8")
    formats = "html,pdf,xlsx,sdtm,csv,markdown"
    out = tmp_path / "out"
    assert run(["report", str(source), "--trial", str(folder), "--out", str(out), "--format", formats, *unmask]) == 0
    page = (out / "participants" / "P1.md").read_text(encoding="utf-8")
    assert "| 2026-03-03 10:00 | 2 | when the dose was given |" in page
    assert ("verum" in page) is bool(unmask)
    assert (out / "trial.html").exists()
    assert (out / "findings.xlsx").exists()


def test_the_sections_of_a_document_are_those_that_the_file_names(folder: Path, tmp_path: Path) -> None:
    (folder / "report.yaml").write_text("sections: {participant: [course, in-short]}\n", encoding="utf-8")
    (tmp_path / "p.json").write_text(json.dumps(PERSON), encoding="utf-8")
    assert (
        run(
            ["report", str(tmp_path / "p.json"), "--trial", str(folder), "--out", str(tmp_path), "--format", "markdown"]
        )
        == 0
    )
    page = (tmp_path / "participant-P1.md").read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if line.startswith("## ")] == ["## Course", "## In short"]


def test_a_folder_from_before_there_was_a_record_has_the_documents_of_precise_cal(tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(bundled(), old)
    for name in ("record.yaml", "report.yaml", "simulate.yaml"):
        (old / name).unlink(missing_ok=True)
    assert rulebook(old, cache=False).reporting.file.qfr is not None


VISITS = """\
  Contact:
    which: {type: words, words: [W4, W8], about: which contact}
    state: {type: words, words: [done, missed], about: whether it took place}
    day: {type: date, about: the day of the contact}
"""


def test_contacts_are_the_list_that_names_the_planned_visits(folder: Path) -> None:
    text = RECORD.replace("record:\n", f"{VISITS}record:\n  contacts: {{type: list of Contact, about: the contacts}}\n")
    (folder / "record.yaml").write_text(text, encoding="utf-8")
    values = "[{since: 2026-01-01, value: 28, status: assumed, why: w}]"
    plan = f"parameters:\n  - {{id: visit_w4.day, meaning: m, type: integer, informative: true, values: {values}}}\n"
    (folder / "protocol.yaml").write_text(PROTOCOL + plan, encoding="utf-8")
    person = {**PERSON, "contacts": [{"which": "W4", "state": "done", "day": "2026-03-29"}, {"which": "W8"}]}
    read = rows(folder, "contacts", person=person)
    assert [(one.value("visit"), one.value("done"), one.source) for one in read] == [
        ("W4", True, "/contacts/0"),
        ("W8", None, "/contacts/1"),
    ]
    assert "contacts" not in {one.texts["lane"] for one in rows(folder, "year", person=person)}


@pytest.mark.parametrize(
    ("domains", "told"),
    [
        (
            "{LB: [{each: doses, variables: {LBTESTCX: \"'X'\"}}]}",
            '"LBTESTCX" is no variable of LB',
        ),
        ("{TA: [{variables: {ARM: \"'X'\"}}]}", '"TA" is no dataset that takes values of the record'),
        ("{LB: [{each: nothing, variables: {LBTESTCD: \"'X'\"}}]}", '"nothing" is no list or part of the record'),
        ("{LB: [{variables: {LBTESTCD: 'nothing.at'}}]}", "nothing"),
    ],
)
def test_what_datasets_take_is_held_to_the_guide_and_the_record(
    folder: Path, tmp_path: Path, domains: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "report.yaml").write_text(f"submission: {{domains: {domains}}}\n", encoding="utf-8")
    (tmp_path / "p.json").write_text(json.dumps(PERSON), encoding="utf-8")
    assert run(["rules", "lint", "--trial", str(folder)]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "report.yaml:1:" in error
