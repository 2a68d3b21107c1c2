"""The units and compose.yaml of deploy/: their commands and options are those of the program."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from precise_cal.cli import sealer
from precise_cal.cli.app import every_command, in_language

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMMAND = re.compile(r"(?<![\w.])(precise|precise-sealer) ((?:desk )?(?:init|run|grants)\b[^'\n&]*)")


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


def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def test_compose_runs_each_program_as_a_user_of_its_own_and_with_its_secret_alone() -> None:
    services = compose()["services"]
    users = {name: services[name]["user"].split(":")[0] for name in ("desk", "sealer")}
    made = re.findall(r"useradd .* (\w+) ", (DEPLOY / "Containerfile").read_text("utf-8"))
    assert users == {"desk": "desk", "sealer": "sealer"}
    assert {*users.values()} <= {*made}
    secrets = {name: {*one.get("secrets", ())} for name, one in services.items()}
    assert secrets["desk"] == {"web"}  # of PostgreSQL it knows the web server's password alone
    assert secrets["owner"] == {"owner"}
    assert secrets["sealer"] == secrets["proxy"] == set()
    assert "//desk_web:$$(cat /run/secrets/web)@database/desk" in services["desk"]["command"]
    assert "setup" in services["owner"]["profiles"]  # is not there while the desk runs
    assert services["sealer"]["network_mode"] == "none"
    shared = {name: {each.split(":")[0] for each in one.get("volumes", ())} for name, one in services.items()}
    assert shared["desk"] & shared["sealer"] == {"seal"}  # the socket, and neither folder of keys
    assert {*compose()["secrets"]} == {"superuser", "owner", "web"}


def test_compose_names_only_what_it_has() -> None:
    found = compose()
    for name, one in found["services"].items():
        assert {*one.get("secrets", ())} <= {*found["secrets"]}, name
        assert {*one.get("networks", ())} <= {*found["networks"]}, name
        for volume in one.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in found["volumes"] or (DEPLOY / source).is_file(), volume
        assert "image" in one or (DEPLOY / one["build"]["dockerfile"]).is_file()
        for before, after in re.findall(r"\$\$(\(\w+ )?(\S*)", str(one.get("command", ""))):
            assert before == "(cat ", after


def test_units_run_each_program_as_a_user_of_its_own() -> None:
    users = {one.name: re.findall(r"^User=(.+)$", one.read_text("utf-8"), re.MULTILINE) for one in UNITS}
    assert users == {"precise-desk.service": ["precise-desk"], "precise-sealer.service": ["precise-sealer"]}
    folders = [re.findall(r"^StateDirectoryMode=(.+)$", one.read_text("utf-8"), re.MULTILINE) for one in UNITS]
    assert folders == [["0700"], ["0700"]]
    for one in UNITS:
        assert "NoNewPrivileges=yes" in one.read_text("utf-8")


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
