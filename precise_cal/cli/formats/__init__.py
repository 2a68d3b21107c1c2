"""The formats of ``precise check``: one file each, all with the same three steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.cli.view import View
    from precise_cal.files.records import Source
    from precise_cal.protocol.report import Protocol as RuleVersion
    from precise_cal.protocol.report import Software, Subject, Summary
    from precise_cal.protocol.since import Change

    Changes = tuple[Change, ...]


class Format(Protocol):
    """Text of a report, piece by piece, so that no run has to be held in memory."""

    explains_all: bool
    """Whether it tells the reasons of verdicts that all is in order."""

    def begin(self, generated_at: str, software: Software, protocol: RuleVersion) -> Iterator[str]:
        """What stands before the first participant."""

    def subject(self, source: Source, subject: Subject, changes: Changes | None = None) -> Iterator[str]:
        """One participant; with the differences from an earlier report, where one was given."""

    def end(self, summary: Summary, status: int, view: View) -> Iterator[str]:
        """What stands behind the last one."""
