"""The participants and sites of one run, each by one name (contract, section 1: unique in its trial)."""

from __future__ import annotations

import json
from typing import Final, NamedTuple

from precise_cal.protocol.from_json import Problem, RecordError
from precise_cal.protocol.identifiers import skeleton

SAME_PARTICIPANT: Final = "SAME_PARTICIPANT"
"""The code of the notice that a participant was read before, by the same name at the same site."""


class _Entry(NamedTuple):
    site_id: str | None
    subject_id: str
    place: str


class Roll:
    """Who was read so far. No second spelling of a name makes another participant, or another site."""

    def __init__(self) -> None:
        self._participants: dict[str, _Entry] = {}
        self._sites: dict[str, tuple[str, str]] = {}

    def enter(self, site_id: str | None, subject_id: str, place: str) -> str | None:
        """Enter a participant who was read at a place; the place of the same participant's earlier reading, if any.

        Raises:
            RecordError: the participant or the site was read before under another spelling, or the participant at
                another site; both are named, and nobody is entered.
        """
        entry = _Entry(site_id, subject_id, place)
        first = self._participants.get(skeleton(subject_id), entry)
        problems = [*self._other_site(entry), *_other_participant(entry, first)]
        if problems:
            raise RecordError(problems)
        self._participants[skeleton(subject_id)] = first
        if site_id is not None:
            self._sites.setdefault(skeleton(site_id), (site_id, place))
        return None if first is entry else first.place

    def _other_site(self, entry: _Entry) -> list[Problem]:
        if entry.site_id is None:
            return []
        spelling, place = self._sites.get(skeleton(entry.site_id), (entry.site_id, entry.place))
        if spelling == entry.site_id:
            return []
        text = f"is another spelling of {_quoted(spelling)}, the site that was read from {place}: use one spelling"
        return [Problem("/site_id", _quoted(entry.site_id), text)]


def _other_participant(entry: _Entry, first: _Entry) -> list[Problem]:
    if first[:2] == entry[:2]:
        return []
    who = f"{_quoted(first.subject_id)} of {_site(first)}, who was read from {first.place}"
    how = "is" if first.subject_id == entry.subject_id else "is another spelling of"
    return [Problem("/subject_id", _quoted(entry.subject_id), f"{how} {who}: a participant has one name and one site")]


def _site(entry: _Entry) -> str:
    return "an unknown site" if entry.site_id is None else f"site {_quoted(entry.site_id)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=not text.isprintable())
