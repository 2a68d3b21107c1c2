"""Exports in the manner of six systems, made up for this, read by maps from docs/import.md; and what goes wrong.

Each corruption is refused, or leaves the records as they are, or takes a value away: none changes one in silence.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent / "foreign"
CORRUPTIONS = yaml.safe_load((HERE / "corruptions.yaml").read_text(encoding="utf-8"))
EXPECTED = {
    "castor": {"110001/renal/egfr/value": "75.50", "110001/consent/signed_at": "2026-03-09T09:05:00+01:00",
               "110001/angiography/unsuitable_reasons": [], "110001/labs/1/comparator": "<",
               "110002/renal/on_dialysis": None},
    "rave": {"ZS01-001/demographics/birth_date": "1956-05", "ZS01-001/lesions/1/de_novo": None,
             "ZS01-001/lesions/1/reference_vessel_diameter/0/value": "2.75"},
    "openclinica": {"001/visits/0/visit": "M1", "001/renal/on_dialysis": None,
                    "001/angiography/unsuitable_reasons/1": "foreshortening"},
    "secutrial": {"ZS01-001/demographics/birth_date": "1956-05", "ZS01-002/renal/on_dialysis": None},
    "epic": {"ZS01-001/renal/on_dialysis": True, "ZS01-002/renal/on_dialysis": None,
             "ZS01-001/labs/1/comparator": "<", "ZS01-002/labs": None},
    "lis": {"ZS01-001/labs/1/value": "0.60", "ZS01-001/labs/1/collected_at": "2026-03-09T12:05:00+08:00"},
}  # fmt: skip


def _import(precise: Callable[..., Any], folder: Path) -> tuple[Any, dict[str, Any]]:
    files = sorted(one for one in folder.iterdir() if one.name != "map.yaml")
    out = folder / "records.jsonl"
    said = precise("import", folder / "map.yaml", *files, "--out", out)
    lines = out.read_text("utf-8").splitlines() if said.status == 0 else ()
    return said, dict(_values({one["subject_id"]: one for one in map(json.loads, lines)}))


def _values(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every value by its path; of an empty list, the list."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from _values(one, f"{at}/{key}" if at else str(key))
    if not isinstance(value, dict | list) or value == []:
        yield at, value


def _said(values: dict[str, Any]) -> set[tuple[str, str]]:
    """The values by their fields, wherever in a list their item stands."""
    known = ((path.split("/"), one) for path, one in values.items() if one is not None)
    return {("/".join(step for step in steps if not step.isdigit()), repr(one)) for steps, one in known}


@pytest.fixture(scope="session")
def sound() -> Callable[..., dict[str, Any]]:
    """The values of the exports as they are, read once."""
    known: dict[str, dict[str, Any]] = {}

    def values(precise: Callable[..., Any], system: str, folder: Path) -> dict[str, Any]:
        if system not in known:
            said, known[system] = _import(precise, shutil.copytree(HERE / system, folder / "sound"))
            assert said.status == 0, said.err
        return known[system]

    return values


@pytest.mark.parametrize("system", EXPECTED)
def test_what_the_export_holds(
    system: str, sound: Callable[..., Any], precise: Callable[..., Any], tmp_path: Path
) -> None:
    found = sound(precise, system, tmp_path)
    assert {path: found.get(path) for path in EXPECTED[system]} == EXPECTED[system]


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_nothing_changes_in_silence(
    name: str, sound: Callable[..., Any], precise: Callable[..., Any], tmp_path: Path
) -> None:
    system, file, old, new, outcome = CORRUPTIONS[name]
    folder = shutil.copytree(HERE / system, tmp_path / "corrupt")
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    before, (said, found) = sound(precise, system, tmp_path), _import(precise, folder)
    if outcome == "same":
        assert (said.status, found) == (0, before)
    elif isinstance(outcome, str):
        assert said.status in (1, 2)
        assert outcome in said.err
    else:
        gone = [path for path in before if path not in found]
        assert said.status == 0
        assert gone
        assert all(any(one in path.split("/") for one in outcome["unknown"]) for path in gone)
        assert _said(found) <= _said(before)


@pytest.mark.parametrize(
    ("file", "shown", "hidden", "kinds"),
    [
        ("rave/rave.xml", "REN.EGFR@unit", "SubjectData.mdsol:SubjectName", ["DM", "REN", "LES_LOG_LINE"]),
        (
            "epic/bundle.json",
            "identifier[urn:trial:precise].value",
            "gender[",
            ["Patient"],
        ),
        ("lis/oru.hl7", "PID-3[RI].1", "OBX-3(1).1", []),
        ("castor/castor_export.csv", "dates (d-M-yyyy;H:mm)", "ic_dt(1)", []),
    ],
)
def test_a_look_at_them(
    file: str, shown: str, hidden: str, kinds: list[str], precise: Callable[..., Any], tmp_path: Path
) -> None:
    said = precise("import", "scan", HERE / file, "--out", tmp_path / "draft.yaml")
    assert (said.status, shown in said.out, hidden in said.out) == (0, True, False)
    tables = yaml.safe_load((tmp_path / "draft.yaml").read_text("utf-8"))["tables"]
    assert {one.get("kind") for one in tables} >= set(kinds)
    assert all(("DECIDE DM.SEX" in one["fields"]) == (one.get("kind") == "DM") for one in tables)
