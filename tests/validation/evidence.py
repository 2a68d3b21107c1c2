"""What a run of the tests gave: by test its outcome, and on what it ran."""

from __future__ import annotations

import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from precise_cal.files.package import PACKAGE, package_sha256
from precise_cal.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

Outcome = Literal["passed", "failed", "skipped"]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Result(_Form):
    """What one test gave."""

    outcome: Outcome
    seconds: float
    run: int
    """The number of the run that it is of."""
    why: str = ""
    """Why it was skipped, or the last line of what failed."""
    figures: dict[str, str] = {}
    """What it recorded: how often something was killed, and the like."""


class Software(_Form):
    """What was tested."""

    version: str
    commit: str
    sha256: str
    """Over every file of the package, by name and content."""


class Run(_Form):
    """One run of the tests."""

    begun: datetime
    ended: datetime
    command: str
    system: dict[str, str]
    packages: dict[str, str]


class Evidence(_Form):
    """Runs over the same software, and by node id what each test gave last."""

    software: Software
    runs: tuple[Run, ...] = ()
    results: dict[str, Result] = {}

    def of(self, test: str) -> dict[str, Result]:
        """The results of a test function, with all its parameters."""
        return {name: one for name, one in self.results.items() if name == test or name.startswith(f"{test}[")}

    def after(self, run: Run, results: dict[str, Result]) -> Evidence:
        """The same with one more run, whose results replace those of before."""
        return Evidence(software=self.software, runs=(*self.runs, run), results=self.results | results)


def software() -> Software:
    """What is tested here."""
    return Software(version=__version__, commit=_commit(), sha256=package_sha256())


def begun_with(file: Path) -> Evidence:
    """The evidence that a file holds of this software; none where it is of another, or there is no file."""
    now = software()
    if file.is_file():
        kept = Evidence.model_validate_json(file.read_bytes())
        if kept.software.sha256 == now.sha256:
            return kept
    return Evidence(software=now)


def run_of(begun: datetime, command: str) -> Run:
    """This run, with the system that it ran on."""
    packages = {one.name: one.version for one in distributions()}
    return Run(begun=begun, ended=datetime.now(UTC), command=command, system=_system(), packages=packages)


def _system() -> dict[str, str]:
    return {
        "system": platform.platform(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "browser": _first_line("chromium", "--version"),
        "postgresql": _first_line("/usr/lib/postgresql/15/bin/postgres", "--version"),
        "openssl": _first_line("openssl", "version"),
    }


def _commit() -> str:
    if not (PACKAGE.parent / ".git").exists():
        return ""
    changed = _first_line("git", "-C", str(PACKAGE.parent), "status", "--porcelain", "--untracked-files=no")
    return _first_line("git", "-C", str(PACKAGE.parent), "rev-parse", "HEAD") + (" (changed since)" if changed else "")


def _first_line(*command: str) -> str:
    """What a program says of itself; empty where it is absent."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return done.stdout.partition("\n")[0].strip()
