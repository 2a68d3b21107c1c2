"""The participants and sites of one run, each by one name (contract, section 1: unique in its trial).

Of each participant a digest and a few bytes are kept, so that a run of millions needs little memory.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Final, NamedTuple

from precise_cal.language.catalog import message
from precise_cal.protocol.from_json import Problem, RecordError
from precise_cal.protocol.identifiers import skeleton

_SEPARATOR: Final = "\0"
"""No part of a name, and none of a file's."""


def digest_of(text: str) -> int:
    """64 bits that stand for a text: two of a run of millions are hardly ever the same."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


class Entry(NamedTuple):
    """A participant, and where the record was read."""

    site_id: str | None
    subject_id: str
    place: str


class Roll:
    """Who was read so far. No second spelling of a name makes another participant, or another site.

    Args:
        participant: the JSON Pointer of the participant's name.
        site: that of the site's.
    """

    def __init__(self, participant: str = "/subject_id", site: str = "/site_id") -> None:
        self._participants: dict[int, bytes] = {}
        self._sites: dict[str, tuple[str, str]] = {}
        self._folders: dict[str, int] = {}
        self._names: list[str] = []
        self._at = {"participant": participant, "site": site}

    def enter(self, site_id: str | None, subject_id: str, place: str) -> str | None:
        """Enter a participant who was read at a place; the place of the same participant's earlier reading, if any.

        Raises:
            RecordError: the participant or the site was read before under another spelling, or the participant at
                another site; both are named, and nobody is entered.
        """
        entry = Entry(site_id, subject_id, place)
        name = digest_of(skeleton(subject_id))
        first = self._entry(self._participants[name]) if name in self._participants else None
        problems = [*self._other_site(entry), *self._other_participant(entry, first)]
        if problems:
            raise RecordError(problems)
        if first is not None:
            return first.place
        self._participants[name] = self._packed(entry)
        if site_id is not None:
            self._sites.setdefault(skeleton(site_id), (site_id, place))
        return None

    def _packed(self, entry: Entry) -> bytes:
        """An entry in few bytes: the name of a file, which many lines share, is kept once."""
        file, colon, line = entry.place.rpartition(":")
        if not (colon and line.isdigit()):
            file, line = entry.place, ""
        known = self._folders.setdefault(file, len(self._names))
        if known == len(self._names):
            self._names.append(file)
        site = "" if entry.site_id is None else f"={entry.site_id}"
        return _SEPARATOR.join((entry.subject_id, site, str(known), line)).encode()

    def _entry(self, packed: bytes) -> Entry:
        subject_id, site, file, line = packed.decode().split(_SEPARATOR)
        place = self._names[int(file)] + (f":{line}" if line else "")
        return Entry(site[1:] if site else None, subject_id, place)

    def _other_site(self, entry: Entry) -> list[Problem]:
        if entry.site_id is None:
            return []
        spelling, place = self._sites.get(skeleton(entry.site_id), (entry.site_id, entry.place))
        if spelling == entry.site_id:
            return []
        text = message(
            "is another spelling of { $spelling }, the site that was read from { $place }: use one spelling",
            spelling=quoted(spelling),
            place=place,
        )
        return [Problem(self._at["site"], quoted(entry.site_id), text)]

    def _other_participant(self, entry: Entry, first: Entry | None) -> list[Problem]:
        if first is None or first[:2] == entry[:2]:
            return []
        who = message(
            "{ $subject_id } of { $site }, who was read from { $place }",
            subject_id=quoted(first.subject_id),
            site=_site(first),
            place=first.place,
        )
        how = "is" if first.subject_id == entry.subject_id else "is another spelling of"
        text = message("{ $how } { $who }: a participant has one name and one site", how=how, who=who)
        return [Problem(self._at["participant"], quoted(entry.subject_id), text)]


def _site(entry: Entry) -> str:
    return "an unknown site" if entry.site_id is None else message("site { $site_id }", site_id=quoted(entry.site_id))


def quoted(text: str) -> str:
    """A text of a record in quotes; in escapes where a terminal could act on it."""
    return json.dumps(text, ensure_ascii=not text.isprintable())
