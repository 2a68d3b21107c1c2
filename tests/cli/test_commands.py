"""Exit statuses, help, version and schemas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from precise_cal.cli import exits
from precise_cal.rules import bundled
from precise_cal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMANDS = [
    [],
    ["check"],
    ["gate"],
    ["rules"],
    ["rules", "list"],
    ["rules", "show"],
    ["rules", "test"],
    ["rules", "lint"],
    ["rules", "eval"],
    ["rules", "conformance"],
    ["schema"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help(command: list[str], precise: Callable[..., Any]) -> None:
    said = precise(*command, "--help")
    assert (said.status, said.err) == (0, "")
    assert " ".join(["Usage: precise", *command]) in said.out
    assert precise(*command, "-h").out == said.out


@pytest.mark.parametrize("group", ["qfr", "gate", "rules", "log", "desk", "lists", "trial", "cohort"])
def test_a_group_without_a_command_shows_what_there_is(group: str, precise: Callable[..., Any]) -> None:
    said = precise(group)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"Usage: precise {group} [OPTIONS] COMMAND [ARGS]...")
    assert "Commands:" in said.err


def test_version(precise: Callable[..., Any]) -> None:
    said = precise("--version")
    assert said.status == 0
    assert said.out.startswith(f"precise-cal {__version__} ")


CHANGES: list[tuple[str, dict[str, Any], int]] = [
    ("nothing found", {}, 0),
    ("a criterion fails", {"antiplatelet": {"dual_therapy_tolerated": False}}, 1),
    ("a criterion cannot be decided", {"antiplatelet": None}, 3),
    ("one fails, one cannot be decided", {"antiplatelet": None, "demographics": {"age_at_consent": 17}}, 1),
    ("not valid", {"antiplatelet": 7}, 2),
    ("for review", {"consent": {"written": True, "signed_at": "2026-03-09", "signer": "legal_representative"}}, 3),
]


@pytest.mark.parametrize(("name", "change", "status"), CHANGES, ids=[name for name, _, _ in CHANGES])
def test_exit_status(
    name: str, change: dict[str, Any], status: int, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    if "consent" in change:
        change = {"consent": screening["consent"] | change["consent"]}
    said = precise("check", "-", stdin=json.dumps(screening | change).encode())
    assert said.status == status


def test_a_deviation_is_found(complete: dict[str, Any], precise: Callable[..., Any]) -> None:
    complete["visits"][0]["status"] = "missed"
    assert precise("check", "-", stdin=json.dumps(complete).encode()).status == 1


@given(st.lists(st.sampled_from([0, 1, 2, 3, 4])))
def test_the_worst_status_wins(statuses: list[int]) -> None:
    order = [4, 2, 1, 3, 0]
    assert exits.worst(*statuses) == next((status for status in order if status in statuses), 0)


def test_a_fault_is_told_in_one_line_without_the_record(
    precise: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, screening: dict[str, Any]
) -> None:
    def break_down(*_: Any) -> None:
        raise RuntimeError("ZS01-001 is secret")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("precise_cal.engine.check.Checker.subjects", break_down)
    said = precise("check", "-", stdin=json.dumps(screening).encode())
    assert said.status == 4
    assert "internal fault (RuntimeError)" in said.err
    (file,) = tmp_path.glob("precise-fault-*.txt")
    assert "secret" not in file.read_text("utf-8") + said.err


def _validator(precise: Callable[..., Any], of: str) -> jsonschema.Draft202012Validator:
    schema = json.loads(precise("schema", of).out)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", ["complete", "screening"])
def test_record_schema_accepts_the_bundled_participants(
    name: str, bundled_participants: dict[str, Any], precise: Callable[..., Any]
) -> None:
    _validator(precise, "record").validate(bundled_participants[name])
    unknown = bundled_participants[name] | {"renal": "unknown", "labs": None, "site_id": "unknown"}
    _validator(precise, "record").validate(unknown)


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": "2.0"},
        {"subject_id": None},
        {"subject_id": ""},
        {"sitee_id": "ZS01"},
        {"demographics": {"sex": "N/A"}},
        {"demographics": {"birth_date": "10/05/1956"}},
        {"demographics": {"age_at_consent": 131}},
        {"consent": {"written": "yes"}},
        {"consent": {"signed_at": "2026-03-09T10:05:00"}},
        {"lesions": {}},
        {"lesions": [{"vessel": "LAD"}]},
        {"labs": [{"value": "1,5"}]},
    ],
    ids=json.dumps,
)
def test_record_schema_refuses(change: dict[str, Any], screening: dict[str, Any], precise: Callable[..., Any]) -> None:
    assert not _validator(precise, "record").is_valid(screening | change)
    assert precise("check", "-", stdin=json.dumps(screening | change).encode()).status == 2


@pytest.mark.parametrize(
    ("of", "name"),
    [
        ("protocol", "protocol.yaml"),
        ("rules", "eligibility.yaml"),
        ("rules", "events.yaml"),
        ("deviations", "deviations.yaml"),
        ("cases", "tests/eligibility.yaml"),
        ("cases", "tests/events.yaml"),
    ],
)
def test_rule_file_schemas_accept_the_bundled_files(of: str, name: str, precise: Callable[..., Any]) -> None:
    from precise_cal.engine.rulebook.yaml_source import read_yaml

    data = read_yaml(bundled() / name, name).data
    _validator(precise, of).validate(data)
    assert not _validator(precise, of).is_valid(data | {"speling": 1})


def test_bundled_files_are_plain_yaml() -> None:
    for file in sorted(bundled().rglob("*.yaml")):
        assert isinstance(yaml.safe_load(file.read_text("utf-8")), dict | list)


def test_show_tells_clause_condition_parameters_and_cases(precise: Callable[..., Any]) -> None:
    out = precise("rules", "show", "IC-5").out
    for part in (
        '"Target lesion vessel diameter ≥ 2.25 mm and ≤ 4.0 mm"',
        "met_when",
        "IsDiameterInRange",
        "vessel_diameter.min = 2.25 mm  [registry, AMB-06]",
        "NEAR_BOUNDARY",
        "just below, not rounded",
    ):
        assert part in out


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 1", 2),
        ("null = 1", None),
        ("vessel_diameter.min", {"type": "Quantity", "value": "2.25 'mm'"}),
        ("lesions[0].vessel", "LAD"),
    ],
)
def test_eval(expression: str, value: Any, precise: Callable[..., Any]) -> None:
    said = precise("rules", "eval", expression, "--record", bundled() / "tests" / "screening.json")
    assert (said.status, json.loads(said.out)) == (0, value)
