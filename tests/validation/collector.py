"""Hears what every test gave, and writes the pack at the end."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.validation.evidence import Outcome, Result, begun_with, run_of
from tests.validation.pack import EVIDENCE, write_pack
from tests.validation.requirements import read_requirements

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class Collector:
    """Hears what each test gave, and writes the pack at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._begun = folder, datetime.now(UTC)
        self._kept = begun_with(folder / EVIDENCE)
        self._results: dict[str, Result] = {}
        self._summary: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A phase of a test: the worst of them is what the test gave."""
        before = self._results.get(report.nodeid)
        outcome: Outcome = report.outcome
        if before is not None and (before.outcome == "failed" or (before.outcome == "skipped" and report.passed)):
            outcome = before.outcome
        self._results[report.nodeid] = Result(
            outcome=outcome,
            seconds=round(report.duration + (before.seconds if before else 0.0), 3),
            run=len(self._kept.runs) + 1,
            why=_why(report) or (before.why if before else ""),
            figures={name: str(value) for name, value in report.user_properties},
        )

    def pytest_sessionfinish(self) -> None:
        """Write the pack."""
        run = run_of(self._begun, " ".join(["pytest", *sys.argv[1:]]))
        evidence = self._kept.after(run, self._results)
        self._summary = write_pack(self._folder, read_requirements(), evidence)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what was written."""
        counted = ", ".join(f"{count} {name}" for name, count in self._summary.items() if count)
        terminalreporter.write_line(f"validation pack: {self._folder / 'validation.html'}: {counted}")


def _why(report: pytest.TestReport) -> str:
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return report.longreprtext.strip().rpartition("\n")[2][:300] if report.failed else ""
