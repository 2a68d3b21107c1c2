"""``--format json``: the report of the contract, section 3, written participant by participant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from precise_cal.cli.echo import safe_json
from precise_cal.protocol.to_json import head_json, subject_json, summary_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.cli.formats import Changes
    from precise_cal.cli.view import View
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

    def subject(self, source: Source, subject: Subject, changes: Changes | None = None) -> Iterator[str]:
        """One item of the list."""
        text = subject_json(subject).decode()
        if changes is not None:
            text = _with(text, {"since": [one.as_json() for one in changes]})
        yield f"{self._separator}{safe_json(text)}"
        self._separator = ",\n"

    def end(self, summary: Summary, status: int, view: View) -> Iterator[str]:
        """The end of the list, and the summary."""
        yield f'\n],"summary":{safe_json(_with(summary_json(summary).decode(), view.as_json()))}}}\n'


def _with(text: str, more: dict[str, Any]) -> str:
    """A JSON object with further keys."""
    added = json.dumps(more, ensure_ascii=False, separators=(",", ":"))
    return f"{text[:-1]},{added[1:]}" if more else text
