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
    from precise_cal.protocol.provenance import Origins, Provenance
    from precise_cal.protocol.report import Protocol, Software, Subject, Summary


class JsonFormat:
    """One JSON object; each participant stands on a line of its own."""

    explains_all = True

    def __init__(self, provenance: Provenance | None = None) -> None:
        self._separator = "\n"
        self._provenance = provenance

    def begin(self, generated_at: str, software: Software, protocol: Protocol) -> Iterator[str]:
        """The head of the object, up to its list of subjects."""
        yield f'{head_json(generated_at, software, protocol).decode()},"subjects":['

    def subject(self, source: Source, subject: Subject, changes: Changes | None = None) -> Iterator[str]:
        """One item of the list."""
        text = subject_json(subject).decode()
        if self._provenance is not None:
            text = _with(text, {"origins": _origins(subject, self._provenance.of(subject.subject_id))})
        if changes is not None:
            text = _with(text, {"since": [one.as_json() for one in changes]})
        yield f"{self._separator}{safe_json(text)}"
        self._separator = ",\n"

    def end(self, summary: Summary, status: int, view: View) -> Iterator[str]:
        """The end of the list, and the summary."""
        yield f'\n],"summary":{safe_json(_with(summary_json(summary).decode(), view.as_json()))}}}\n'


def _origins(subject: Subject, origins: Origins) -> dict[str, Any]:
    """The source cell of every pointer of reasons and queries that has one, or the row that would have it."""
    pointers = [one.pointer for verdict in subject.verdicts for one in verdict.because]
    pointers += [one.pointer for one in subject.queries]
    found = {pointer: origins.near(pointer) for pointer in sorted(set(pointers))}
    return {pointer: one.as_json() for pointer, one in found.items() if one is not None}


def _with(text: str, more: dict[str, Any]) -> str:
    """A JSON object with further keys."""
    added = json.dumps(more, ensure_ascii=False, separators=(",", ":"))
    return f"{text[:-1]},{added[1:]}" if more else text
