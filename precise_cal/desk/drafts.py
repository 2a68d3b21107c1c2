"""What somebody typed into the form of the gate, kept for a day: it outlasts the session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from precise_cal.desk import entry
from precise_cal.desk.errors import DeskError
from precise_cal.desk.models import Draft
from precise_cal.desk.store.prepared import Prepared
from precise_cal.gate.canonical import canonical, thaw
from precise_cal.protocol.identifiers import skeleton

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.desk.models import User
    from precise_cal.desk.trial import Trial
    from precise_cal.language.wording import Language

KEPT: Final = timedelta(days=1)
_DRAFT: Final[Prepared[Draft]] = Prepared(lambda user: Draft.objects.filter(user=user), int)


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft."""

    participant: str
    known: str
    """The record below the form, by its SHA-256."""
    typed: Mapping[str, str]
    at: datetime


def keep_draft(user: User, language: Language, participant: str, known: str, typed: Mapping[str, str]) -> None:
    """Keep what is typed so far; a form in which nothing is typed replaces nothing."""
    if any(typed.values()):
        members = {"known": known, "language": language, "participant": participant, "typed": dict(typed)}
        Draft.objects.update_or_create(user=user, defaults={"data": canonical(members), "at": datetime.now(UTC)})


def draft_of(user: User, trial: Trial, language: Language) -> Kept | None:
    """What a user typed last, in a language; None where there is nothing, or it is too old."""
    row = _DRAFT.first(user.pk)
    if row is None or datetime.now(UTC) - row.at > KEPT:
        return None
    members: Any = thaw(bytes(row.data))
    typed = members["typed"]
    if members["language"] != language:
        typed = _said_in(trial, members["language"], language, typed)
    return Kept(members["participant"], members["known"], typed, row.at)


def drop_draft(user: User, subject_id: str | None = None) -> None:
    """Forget what a user typed, about a participant or whomever."""
    row = _DRAFT.first(user.pk)
    if row is None:
        return
    members: Any = thaw(bytes(row.data))
    if subject_id is None or skeleton(members["participant"]) == skeleton(subject_id):
        row.delete()


def _said_in(trial: Trial, before: Language, after: Language, typed: Mapping[str, str]) -> Mapping[str, str]:
    """The same answers in another language, where they are whole already."""
    try:
        record = entry.record_of(trial, before, typed, "draft", "", None)
    except DeskError:
        return typed
    return entry.inputs_of(entry.known_of(trial, after, record))
