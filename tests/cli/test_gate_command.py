"""``precise gate``: decisions, their record, and its verification, through the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cli.main import run
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    monkeypatch.setenv("PRECISE_GATE_HOME", str(tmp_path / "gate"))
    return tmp_path / "gate"


def record(tmp_path: Path, base: str = "screening", **changes: Any) -> str:
    document = json.loads((bundled() / "tests" / f"{base}.json").read_text(encoding="utf-8"))
    document.update(changes)
    file = tmp_path / "patient.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return str(file)


def envelope(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({}, 0, "ALLOW"),
        ({"antiplatelet": {"dual_therapy_tolerated": False}}, 1, "REFUSE"),
        ({"antiplatelet": None}, 3, "INCOMPLETE"),
        ({"consent": {"written": False}}, 1, "REFUSE"),
    ],
)
def test_decides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], status: int, word: str
) -> None:
    assert run(["gate", record(tmp_path, **changes)]) == status
    assert word in capsys.readouterr().out


def test_same_input_same_decision_and_verifies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = record(tmp_path)
    run(["gate", file, "--format", "json"])
    first = envelope(capsys)
    run(["gate", file, "--format", "json"])
    assert envelope(capsys) == first
    assert run(["gate", "verify"]) == 0
    assert capsys.readouterr().out == "1 decisions, 1 computed again: sound\n"


def test_the_arm_and_what_comes_later_are_no_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    randomized = {"at": "2026-03-10T10:10:00+08:00", "arm": "DCB", "number": "R1"}
    run(["gate", record(tmp_path, "complete", randomization=randomized), "--format", "json"])
    first = envelope(capsys)
    changed = {**randomized, "arm": "DES", "number": "R2"}
    run(["gate", record(tmp_path, "complete", randomization=changed, visits=[], events=[]), "--format", "json"])
    assert envelope(capsys) == first


def test_the_decision_that_stood_at_randomization(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changed data after ALLOW do not change the decision; they are told (DV-RND-03)."""
    assert run(["gate", record(tmp_path)]) == 0
    changed = {"antiplatelet": {"dual_therapy_tolerated": False}}
    later = {"at": "2036-03-10T10:10:00+08:00", "arm": "DCB"}
    capsys.readouterr()
    assert run(["gate", record(tmp_path, randomization=later, **changed)]) == 0
    told = capsys.readouterr()
    assert "stood when the participant was randomized" in told.out
    assert "DV-RND-03" in told.err


def test_tampering_is_found(tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["gate", record(tmp_path)])
    ledger = home / "gate.ledger"
    content = ledger.read_bytes()
    at = content.index(b'"ALLOW"')
    ledger.write_bytes(content[: at + 1] + b"allow" + content[at + 6 :])
    capsys.readouterr()
    assert run(["gate", "verify"]) == 1
    assert "CHANGED" in capsys.readouterr().out


def test_bad_input_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["gate", record(tmp_path, nonsense=1)]) == 2
    assert "/nonsense" in capsys.readouterr().err
    assert run(["gate", str(tmp_path / "absent.json")]) == 2
    key = tmp_path / "open.key"
    assert run(["gate", "keygen", str(key)]) == 0
    assert run(["gate", "keygen", str(key)]) == 2
    key.chmod(0o644)
    assert run(["gate", record(tmp_path), "--key", str(key)]) == 2


def test_rule_files_with_other_line_ends_are_the_same_rules(
    tmp_path: Path, rules_copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = record(tmp_path)
    run(["gate", file, "--format", "json", "--rules", str(rules_copy)])
    rules = envelope(capsys)["body"]["rules"]
    for one in rules_copy.glob("*.yaml"):
        one.write_bytes(one.read_bytes().replace(b"\n", b"\r\n"))
    run(["gate", file, "--format", "json", "--rules", str(rules_copy)])
    assert envelope(capsys)["body"]["rules"] == rules
    run(["check", file, "--format", "json", "--rules", str(rules_copy)])
    assert json.loads(capsys.readouterr().out)["protocol"] == _protocol(file, capsys)


def _protocol(file: str, capsys: pytest.CaptureFixture[str]) -> Any:
    run(["check", file, "--format", "json"])
    return json.loads(capsys.readouterr().out)["protocol"]


def test_a_user_without_a_home_is_told_what_to_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def home() -> Path:
        raise RuntimeError

    for name in ("PRECISE_GATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pathlib.Path.home", home)
    for arguments in (["gate", record(tmp_path)], ["gate", "verify"]):
        assert run(arguments) == 2
        assert "set PRECISE_GATE_HOME" in capsys.readouterr().err


def test_a_superscript_is_no_number_of_a_decision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["gate", record(tmp_path)])
    assert run(["gate", "verify", "--expect-head", "²:9f86d0"]) == 2
    assert "should be the number and hash" in capsys.readouterr().err
