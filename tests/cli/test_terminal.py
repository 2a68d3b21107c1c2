"""Nothing that a record, a file's name or an option holds acts on the terminal of who reads what a command writes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cli.echo import safe, safe_json
from precise_cal.reports.delimited import as_csv
from precise_cal.reports.plain import is_formula

if TYPE_CHECKING:
    from collections.abc import Callable

ACTING = ["\x1b[2J", "\r", "\x9b31m", "\x07", "\x08", "\x7f", "\u202e", "\u2066", "\u200b", "\u2028", "\x85", "\ufeff"]
CLI = Path(__file__).parents[2] / "precise_cal" / "cli"


def assert_harmless(text: str) -> None:
    assert text.replace("\n", "").isprintable(), [c for c in text if c != "\n" and not c.isprintable()]


@pytest.fixture
def hostile(complete: dict[str, Any]) -> dict[str, Any]:
    """A record with every acting character in texts that reasons, queries and errors show."""
    document = json.loads(json.dumps(complete))
    for character in ACTING:
        document["qfr_measurements"][0]["reported_text"] = f"0.{character}70"
    document["consent"]["form_version"] = "".join(ACTING) + "v2"
    document["consent"]["form_version_in_force"] = "".join(ACTING) + "v3"
    document["labs"][0]["assay"] = "".join(ACTING) + "assay"
    return document


@pytest.mark.parametrize("command", [
    ("check", "--format", "text", "--verbose"), ("check", "--format", "github"), ("check", "--format", "junit"),
    ("check", "--format", "json"), ("gate",), ("gate", "--format", "json"), ("rules", "eval", "consent", "--record"),
    ("rules", "eval", "consent.form_version", "--record"), ("qfr", "info"), ("qfr", "lumen", "--velocity", "0.3"),
    ("qfr", "angio"), ("rules", "conformance"), ("cohort", "check", "--out", "out"), ("gate", "verify"),
])  # fmt: skip
def test_nothing_of_a_record_or_its_name_acts(
    command: tuple[str, ...], hostile: dict[str, Any], precise: Callable[..., Any], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("PRECISE_GATE_HOME", str(tmp_path / "gate"))
    monkeypatch.chdir(tmp_path)
    for name in ("good.json", f"a{''.join(ACTING)}b.json"):
        file = tmp_path / name
        file.write_text(json.dumps(hostile), "utf-8")
        said = precise(*command, file)
        assert said.status != 4
        assert_harmless(said.out + said.err)


@pytest.mark.parametrize("character", ACTING)
def test_errors_show_what_was_given_as_escapes(
    character: str, complete: dict[str, Any], precise: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "bad.json"
    field = f"sex{character}"
    file.write_text(json.dumps({**complete, "demographics": {field: character, "sex": character}}), "utf-8")
    for arguments in (
        ("check", file), ("check", f"no{character}file"), ("check", file, "--now", character),
        ("check", f"--{character}"),
        (f"x{character}",), ("rules", "show", character), ("rules", "eval", f"'{character}'"),
        ("rules", "eval", character),
        ("check", file, "--rules", character), ("gate", file, "--key", character),
    ):  # fmt: skip
        said = precise(*arguments)
        assert said.status in (0, 2)
        assert_harmless(said.out + said.err)


def test_json_stays_the_same_data() -> None:
    data = {"a": "".join(ACTING) + "\n中 é 😀 \U000e0041"}
    text = json.dumps(data, ensure_ascii=False, indent=1)
    assert json.loads(safe_json(text)) == data
    assert_harmless(safe_json(text))
    assert "中" in safe_json(text)


def test_lines_stay_lines() -> None:
    assert safe("one\ntwo\rthree\n") == "one\ntwo\\rthree\n"


def test_commands_write_through_one_place() -> None:
    """`typer.echo` and the streams themselves are used where text is safe already, and nowhere else."""
    own = {"echo.py", "main.py", "stopping.py", "checking.py", "cohort.py", "simulate.py"}
    for file in CLI.rglob("*.py"):
        text = file.read_text("utf-8")
        assert "typer.echo(" not in text or file.name == "echo.py"
        assert not re.search(r"sys\.std(out|err)\.write", text) or file.name in own, file


@pytest.mark.parametrize(
    "text", ["=1+1", "＝1+1", "﹢1", "＋1", "－1", "−1", "-1", "@x", "＠x", "﹫x", "\t=1", " =1", "\u3000＝1"]
)
def test_what_begins_a_formula_in_any_width_gets_an_apostrophe(text: str) -> None:
    assert is_formula(text)
    assert is_formula(f"\r{text}")
    assert as_csv([[text]]).decode().lstrip('"').startswith("'")


@pytest.mark.parametrize("text", ["", "a=1", "1-2", "≠1", "中"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert not is_formula(text)


def test_a_file_without_tests_is_no_conformance(precise: Callable[..., Any], tmp_path: Path) -> None:
    """Also beside one that has some."""
    empty, full = tmp_path / "empty.xml", tmp_path / "full.xml"
    empty.write_text("<tests/>")
    full.write_text(
        "<tests><group name='g'><test name='t'><expression>1</expression><output>1</output></test></group></tests>"
    )
    said = precise("rules", "conformance", full)
    assert (said.status, said.out) == (0, "1 passed, 0 failed, 0 unsupported\n")
    wrong = tmp_path / "wrong.xml"
    wrong.write_text(full.read_text("utf-8").replace("<output>1", "<output>2"), "utf-8")
    said = precise("rules", "conformance", full, wrong)
    assert said.status == 1
    assert said.out.startswith("failed: wrong.xml g/t: ")
    assert said.out.endswith("\n1 passed, 1 failed, 0 unsupported\n")
    for files in ((empty,), (full, empty)):
        said = precise("rules", "conformance", *files)
        assert said.status == 2
        assert f"{empty}: holds no test" in said.err
