"""The units and compose.yaml of deploy/: their commands and options are those of the program."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from precise_cal.cli import sealer
from precise_cal.cli.app import every_command, in_language

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMMAND = re.compile(r"(?<![\w.])(precise|precise-sealer) ((?:desk )?(?:init|run)\b[^'\n&]*)")


def written() -> list[tuple[str, str, str]]:
    """File, program and arguments of every command that stands in the folder."""
    return [(path.name, *one) for path in sorted(DEPLOY.iterdir()) for one in COMMAND.findall(path.read_text())]


def missing(program: str, arguments: str) -> list[str]:
    """What a command says that the program does not know."""
    command: Any = every_command() if program == "precise" else in_language(sealer.app)
    words = shlex.split(arguments)
    while hasattr(command, "commands"):
        word = words.pop(0)
        if word not in command.commands:
            return [word]
        command = command.commands[word]
    known = {option for one in command.params for option in one.opts}
    return [word for word in words if word.startswith("-") and word not in known]


@pytest.mark.parametrize(("file", "program", "arguments"), written())
def test_command_is_one_of_the_program(file: str, program: str, arguments: str) -> None:
    assert missing(program, arguments) == [], file


def test_each_file_starts_its_program() -> None:
    found = {(file, program, arguments.split(" --")[0].strip()) for file, program, arguments in written()}
    assert {
        ("precise-desk.service", "precise", "desk run"),
        ("precise-sealer.service", "precise-sealer", "run"),
        ("compose.yaml", "precise", "desk run"),
        ("compose.yaml", "precise-sealer", "run"),
    } <= found
    assert missing("precise", "desk run --nowhere") == ["--nowhere"]
    assert missing("precise", "desk serve") == ["serve"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda one: one.name)
def test_unit_is_one_that_systemd_reads(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is absent")
    for one in UNITS:  # the program is not installed where the unit looks for it
        text = re.sub(r"/opt/precise/bin/\S+", "/bin/true", one.read_text())
        (tmp_path / one.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / unit.name)], capture_output=True, text=True, check=False, cwd="/"
    )
    own = [line for line in (done.stdout + done.stderr).splitlines() if unit.name in line or "Unknown" in line]
    assert (own, done.returncode) == ([], 0), done.stderr
