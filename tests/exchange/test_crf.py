"""Forms of a trial: filled in by test code, they import with the map that came with them, and give the same report."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from precise_cal.simulate import cohort

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = ("xlsx", "redcap", "odm", "questionnaire")
NAMES = {"xlsx": "workbook"}


@pytest.fixture(scope="session")
def filling(program: Any) -> Any:
    return program("tests/exchange/filling.py")


@pytest.fixture(scope="session")
def records() -> list[Any]:
    found = list(cohort(participants=4, seed=5))
    found[0]["renal"]["on_dialysis"] = "unknown"
    found[0]["sae"] = [{"event_id": "S1", "criteria": ["death", "hospitalization"]}, {"event_id": "S2", "criteria": []}]
    found[1]["angiography"]["unsuitable_reasons"] = ["overlap", "foreshortening"]
    return found


def _report(precise: Callable[..., Any], file: Path, *trial: Path) -> Any:
    options = ("--trial", *trial) if trial else ()
    found = json.loads(precise("check", file, "--format", "json", *options).out)["subjects"]
    for subject in found:
        subject.pop("record_sha256")
    return found


def _imported(precise: Any, folder: Path, files: list[Path]) -> Path:
    out = folder / "records.jsonl"
    said = precise("import", folder / "map.yaml", *files, "--out", out, "--force")
    assert said.status == 0, said.err
    return out


def _written(folder: Path, records: list[Any]) -> Path:
    whole = folder / "whole.jsonl"
    whole.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return whole


@pytest.mark.parametrize(("format_", "lang"), [("xlsx", "en"), ("xlsx", "zh"), *((one, "en") for one in FORMATS[1:])])
def test_a_filled_form_gives_the_same_report(
    format_: str, lang: str, filling: Any, records: list[Any], precise: Callable[..., Any], tmp_path: Path
) -> None:
    assert precise("crf", "--format", format_, "--out", tmp_path, "--lang", lang).status == 0
    form = yaml.safe_load((tmp_path / "map.yaml").read_text(encoding="utf-8"))
    name = NAMES.get(format_, format_)
    files = getattr(filling, f"fill_{name}")(tmp_path, form, records)
    out = _imported(precise, tmp_path, files)
    assert _report(precise, out) == _report(precise, _written(tmp_path, records))
    first = json.loads(out.read_text(encoding="utf-8").splitlines()[0])
    assert first["sae"][0]["criteria"] == ["death", "hospitalization"]
    assert first["sae"][1]["criteria"] == []
    assert "on_dialysis" not in first["renal"]


@pytest.mark.parametrize("format_", FORMATS)
def test_forms_of_another_trial(format_: str, filling: Any, precise: Callable[..., Any], tmp_path: Path) -> None:
    trial = Path(__file__).parents[2] / "examples" / "trials" / "lantern"
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    texts = [one.read_text("utf-8") for one in sorted((trial / "tests").glob("*.json"))]
    found = [json.loads(one.replace('"unit": "g"', '"unit": "mg"')) for one in texts]  # forms have the trial's units
    whole.write_text("".join(json.dumps(one) + "\n" for one in found), encoding="utf-8")
    assert precise("crf", "--format", format_, "--trial", trial, "--out", tmp_path / "form").status == 0
    form = yaml.safe_load((tmp_path / "form" / "map.yaml").read_text(encoding="utf-8"))
    records = [json.loads(line) for line in whole.read_text("utf-8").splitlines()]
    files = getattr(filling, f"fill_{NAMES.get(format_, format_)}")(tmp_path / "form", form, records, "code")
    said = precise("import", tmp_path / "form" / "map.yaml", *files, "--out", out, "--trial", trial)
    assert said.status == 0, said.err
    assert _report(precise, out, trial) == _report(precise, whole, trial)


def test_a_form_of_the_rules_asks_for_no_more(precise: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "trial"
    assert precise("trial", "new", folder).status == 0
    record = folder / "record.yaml"
    text = record.read_text(encoding="utf-8")
    about = "    shoe_size: {type: integer, from: 20, to: 60, about: the size of the shoes}\n"
    record.write_text(text.replace("parts:\n", f"parts:\n  Feet:\n{about}", 1) + "\n", encoding="utf-8")
    given = record.read_text(encoding="utf-8").replace("record:\n", "record:\n  feet: {type: Feet, known: true}\n", 1)
    record.write_text(given, encoding="utf-8")
    for options, asks in (((), True), (("--rules-only",), False)):
        out = tmp_path / f"form{asks}"
        said = precise("crf", "--format", "redcap", "--out", out, "--trial", folder, *options)
        assert said.status == 0, said.err
        form = (out / "dictionary.csv").read_text(encoding="utf-8")
        assert ("feet_shoe_size" in form) is asks
        assert len(form.splitlines()) > 4, "what the rules read is asked"
        assert form.startswith("Variable / Field Name,Form Name")


def test_choices_ranges_and_links_of_the_workbook(precise: Callable[..., Any], tmp_path: Path) -> None:
    from openpyxl import load_workbook

    assert precise("crf", "--format", "xlsx", "--out", tmp_path, "--lang", "zh").status == 0
    book = load_workbook(tmp_path / "form.xlsx")
    sheet = book["病变"]
    names = [cell.value for cell in sheet[3]]
    checks = {str(one.sqref).split(":")[0]: one for one in sheet.data_validations.dataValidation}
    letters = {name: sheet.cell(3, place).column_letter for place, name in enumerate(names, 1)}
    assert sheet[f"{letters['de_novo']}1"].value == "病变是否为新发"
    where = checks[f"{letters['de_novo']}4"].formula1.removeprefix("'选项'!").replace("$", "")
    assert [cell.value for (cell,) in book["选项"][where]] == ["是", "否", "未知"]
    stenosis = checks[f"{letters['diameter_stenosis']}4"]
    assert (">=0" in stenosis.formula1, "<=100" in stenosis.formula1, stenosis.errorStyle) == (True, True, "warning")
    steps = book["钙化处理的步骤"].data_validations.dataValidation
    assert any("'病变'!$B$4" in str(one.formula1) for one in steps)


@pytest.mark.parametrize("options", [("--zone", "Shanghai"), ("--format", "pdf")])
def test_what_no_form_is_made_of(options: tuple[str, str], precise: Callable[..., Any], tmp_path: Path) -> None:
    said = precise("crf", "--format", "xlsx", "--out", tmp_path / "form", *options)
    assert (said.status, (tmp_path / "form").exists()) == (2, False)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_form_that_libreoffice_saved(
    lang: str, filling: Any, records: list[Any], precise: Callable[..., Any], tmp_path: Path
) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    assert precise("crf", "--format", "xlsx", "--out", tmp_path, "--lang", lang).status == 0
    form = yaml.safe_load((tmp_path / "map.yaml").read_text(encoding="utf-8"))
    (filled,) = filling.fill_workbook(tmp_path, form, records)
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    command = [office, home, "--headless", "--convert-to", "xlsx", "--outdir", tmp_path / "saved", filled]
    subprocess.run(command, check=True, timeout=240, capture_output=True)
    out = _imported(precise, tmp_path, [tmp_path / "saved" / "filled.xlsx"])
    assert _report(precise, out) == _report(precise, _written(tmp_path, records))


def test_an_answer_that_no_map_reads_is_told(
    filling: Any, records: list[Any], precise: Callable[..., Any], tmp_path: Path
) -> None:
    assert precise("crf", "--format", "questionnaire", "--out", tmp_path).status == 0
    form = yaml.safe_load((tmp_path / "map.yaml").read_text(encoding="utf-8"))
    (file,) = filling.fill_questionnaire(tmp_path, form, records[:1])
    text = file.read_text(encoding="utf-8")
    more = '{"linkId":"smoking","answer":[{"valueString":"yes"}]},{"linkId":"site_id"'
    file.write_text(text.replace('{"linkId":"site_id"', more, 1), encoding="utf-8")
    said = precise("import", tmp_path / "map.yaml", file, "--out", tmp_path / "r.jsonl")
    assert (said.status, "neither uses nor ignores: item[smoking]" in said.err) == (2, True)
