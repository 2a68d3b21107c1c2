"""``--format json``: the report of the contract, section 3, written participant by participant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.cli.echo import safe_json
from precise_cal.protocol.to_json import head_json, subject_json, summary_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.files.records import Source
    from precise_cal.protocol.report import Protocol, Software, Subject, Summary


class JsonFormat:
    """One JSON object; each participant stands on a line of its own."""

    explains_all = True

    def __init__(self) -> None:
        self._separator = "\n"

    def begin(self, generated_at: str, software: Software, protocol: Protocol) -> Iterator[str]:
        """The head of the object, up to its list of subjects."""
        yield f'{head_json(generated_at, software, protocol).decode()},"subjects":['

    def subject(self, source: Source, subject: Subject) -> Iterator[str]:
        """One item of the list."""
        yield f"{self._separator}{safe_json(subject_json(subject).decode())}"
        self._separator = ",\n"

    def end(self, summary: Summary, status: int) -> Iterator[str]:
        """The end of the list, and the summary."""
        yield f'\n],"summary":{summary_json(summary).decode()}}}\n'
