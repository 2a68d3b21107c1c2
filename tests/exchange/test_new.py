"""One record, asked for question by question, or as a workbook that holds what is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.rulebook import rulebook
from precise_cal.exchange.crf.answers import AnswerReader
from precise_cal.exchange.crf.form import form_of
from precise_cal.exchange.crf.interview import Interview

if TYPE_CHECKING:
    from collections.abc import Callable


class Person:
    """Answers questions by the words that they begin with; leaves open what nobody told."""

    def __init__(self, told: list[tuple[str, str]]) -> None:
        self.told, self.shown = told, [""]

    def say(self, text: str) -> None:
        self.shown.append(text)

    def read(self) -> str:
        if self.told and self.shown[-1].startswith(self.told[0][0]):
            return self.told.pop(0)[1]
        return ""


@pytest.fixture(scope="module")
def readers(book: Any) -> dict[str, AnswerReader]:
    form = form_of(book)
    return {"en": AnswerReader(form, book.records, "en"), "zh": AnswerReader(form, book.records, "zh")}


def _asked(reader: AnswerReader, told: list[tuple[str, str]], known: Any = None) -> tuple[Any, Person]:
    person = Person(told)
    answers = Interview(reader, person.read, person.say, known or {}).run()
    record, problems = reader.record(answers)
    assert not problems
    assert not person.told
    return record, person


def test_lists_within_lists(readers: dict[str, AnswerReader]) -> None:
    told = [
        ("Participant's study number", "ZS01-100"),
        ("The sex", "2"),
        ("Whether the participant is on dialysis", "maybe"),
        ("Whether the participant is on dialysis", "unknown"),
        ("The estimated glomerular filtration rate [", "72.0"),
        ("The estimated glomerular filtration rate (unit)", "1"),
        ("The lesions [", "some"),
        ("The cardiac marker results", "none"),
        ("The lesions: another one?", "y"),
        ("What the site calls the lesion", "L1"),
        ("L1: The steps of calcium modification", "y"),
        ("The tool of the calcium modification", "IVL"),
        ("When the modification began", "2026-03-09 9:05"),
        ("L1: The steps of calcium modification", "n"),
        ("The lesions: another one?", "n"),
    ]
    record, person = _asked(readers["en"], told)
    assert record["subject_id"] == "ZS01-100"
    assert record["demographics"] == {"sex": "female"}
    assert record["renal"] == {"egfr": {"value": "72.0", "unit": "mL/min/{1.73_m2}"}}
    assert record["labs"] == []
    step = {"type": "IVL", "started_at": "2026-03-09T09:05:00+08:00"}
    assert record["lesions"] == [{"lesion_id": "L1", "modification": [step]}]
    assert any('"maybe" is no code' in text for text in person.shown)
    assert not any("number of the unit" in text for text in person.shown)


def test_in_chinese(readers: dict[str, AnswerReader]) -> None:
    record, _ = _asked(readers["zh"], [("受试者研究编号", "001"), ("性别", "男"), ("是否取得书面知情同意", "否")])
    assert (record["subject_id"], record["demographics"], record["consent"]) == (
        "001",
        {"sex": "male"},
        {"written": False},
    )


def test_what_is_known_is_offered(readers: dict[str, AnswerReader], complete: dict[str, Any]) -> None:
    known = readers["en"].answers_of(complete)
    same, _ = _asked(readers["en"], [], known)
    assert readers["en"].answers_of(same) == known
    changed, _ = _asked(readers["en"], [("The sex", "-")], known)
    assert "sex" not in changed["demographics"]
    assert len(changed["lesions"]) == len(complete["lesions"])


def test_the_end_of_input_leaves_the_rest(precise: Callable[..., Any], complete: Any, tmp_path: Path) -> None:
    source, out = tmp_path / "patient.json", tmp_path / "new.json"
    source.write_text(json.dumps(complete), encoding="utf-8")
    said = precise("new", "--from", source, "--out", out, stdin=b"\n\n")
    assert (said.status, out.exists()) == (0, True), said.err
    was, now = (json.loads(precise("check", one, "--format", "json").out)["subjects"][0] for one in (source, out))
    assert was.pop("record_sha256") != now.pop("record_sha256")
    assert was == now
    assert precise("new", "--out", tmp_path / "nobody.json", stdin=b"").status == 2
    assert not (tmp_path / "nobody.json").exists()


def test_a_workbook_that_holds_what_is_known(precise: Callable[..., Any], complete: Any, tmp_path: Path) -> None:
    source = tmp_path / "patient.json"
    source.write_text(json.dumps(complete), encoding="utf-8")
    assert precise("new", "--from", source, "--out", tmp_path / "one.xlsx", "--lang", "zh").status == 0
    assert precise("crf", "--format", "xlsx", "--out", tmp_path / "form", "--lang", "zh").status == 0
    out = tmp_path / "records.jsonl"
    said = precise("import", tmp_path / "form" / "map.yaml", tmp_path / "one.xlsx", "--out", out)
    assert said.status == 0, said.err
    assert json.loads(out.read_text("utf-8"))["lesions"][0]["devices"] == _known(complete["lesions"][0]["devices"])


def _known(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in one.items() if value is not None} for one in items]


def test_a_record_that_the_form_has_no_place_for(precise: Callable[..., Any], complete: Any, tmp_path: Path) -> None:
    complete["qfr_measurements"][0]["analysis"] = "a printout"
    source = tmp_path / "patient.json"
    source.write_text(json.dumps(complete), encoding="utf-8")
    said = precise("new", "--from", source, "--out", tmp_path / "new.json", stdin=b"")
    assert (said.status, "no place for /qfr_measurements/0/analysis" in said.err) == (2, True)


def test_another_trial(precise: Callable[..., Any], tmp_path: Path) -> None:
    trial = Path(__file__).parents[2] / "examples" / "trials" / "lantern"
    book = rulebook(trial)
    reader = AnswerReader(form_of(book), book.records, "en")
    assert precise("simulate", "--trial", trial, "--participants", "3", "--out", tmp_path / "r.jsonl").status == 0
    for line in (tmp_path / "r.jsonl").read_text("utf-8").splitlines():
        document = json.loads(line)
        record, problems = reader.record(reader.answers_of(document))
        assert problems == []
        assert record is not None
        judged = [
            precise("check", _one(tmp_path, one), "--trial", trial, "--format", "json").out
            for one in (document, record)
        ]
        first, second = (json.loads(one)["subjects"][0] for one in judged)
        assert first["verdicts"] == second["verdicts"]


def _one(folder: Path, document: Any) -> Path:
    file = folder / "one.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file
