"""The commands of the pages that people begin with run, one after another, and print what the block after them shows.

A page may leave out with … what no reader needs: a part of a line, or lines where it stands alone. Digests and names of
ledgers are not compared. A file that a page shows under its name is written.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import precise_cal.gate.keeper

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
NAMES = ("index", "monitors", "sites", "data-managers", "statisticians", "trial-authors", "zh", "import", "forms")
PAGES = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in NAMES)]
LONG = ("statisticians.md", "data-managers.md")
"""Their commands make cohorts and documents of many participants."""
_BLOCK = re.compile(
    r"^`(?P<file>my-trial/\S+)`[^\n]*\n\n```\w+\n(?P<text>.*?)^```\n"
    r"|^```sh\n(?P<commands>.*?)^```\n(?:\n```\n(?P<shown>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)
_ANY = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b")


class _Noon(datetime):
    """A clock at which the example at the gate may be randomized."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return datetime(2026, 3, 10, 2, 10, tzinfo=UTC).astimezone(tz)


@pytest.mark.parametrize(
    "page", [pytest.param(one, id=one.name, marks=[pytest.mark.slow] * (one.name in LONG)) for one in PAGES]
)
def test_commands_print_what_is_shown(
    page: Path, precise: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRECISE_GATE_HOME", str(tmp_path / "gate"))
    monkeypatch.setattr(precise_cal.gate.keeper, "datetime", _Noon)
    blocks = list(_BLOCK.finditer(page.read_text(encoding="utf-8")))
    assert any(block["commands"] for block in blocks)
    for block in blocks:
        if block["file"]:
            _write(Path(block["file"]), block["text"])
            continue
        said = [_run(command, precise) for command in block["commands"].splitlines()]
        out, err = ("".join(one[stream] for one in said) for stream in (0, 1))
        if block["shown"]:
            pattern = _pattern(block["shown"])
            assert any(re.fullmatch(pattern, _ANY.sub("#", text), re.DOTALL) for text in (out, err + out)), err + out


def test_a_screen_that_differs_is_noticed() -> None:
    for shown, printed, same in [
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a … c\n", "a b c\n", True),
        ("a … c\n", "a b\nc\n", False),
        ("a\n", "a\nb\n", False),
        ("rules f1396d637234\n", "rules #\n", True),
    ]:
        assert bool(re.fullmatch(_pattern(shown), printed, re.DOTALL)) is same


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _run(command: str, precise: Callable[..., Any]) -> tuple[str, str]:
    """Stdout and stderr of a command: ``precise`` in this process, anything else in a shell; nothing is installed."""
    command = command.removeprefix("python -m pip install --quiet . && ").split(" #")[0]
    if command.startswith("python -m pip"):
        return "", ""
    if not command.startswith("precise "):
        return subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout, ""
    words, _, file = command.partition(" > ")
    said = precise(*shlex.split(words)[1:])
    assert said.status in (0, 1, 3) or "not evaluated" in said.err, said.err
    if file:
        Path(file).write_text(said.out, encoding="utf-8")
        return "", said.err
    return said.out, said.err


def _pattern(shown: str) -> str:
    """The printed text, as a pattern, that a page shows."""
    lines = [".*" if line == "…" else _line(line) for line in _ANY.sub("#", shown).splitlines()]
    return "\n".join(lines).replace("\n.*\n", "\n(?:.*\n)?") + "\n?"


def _line(line: str) -> str:
    return "[^\n]*".join(re.escape(part) for part in line.split("…"))
