"""What stood in a list when its reader was there last: what has come since is marked as new."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from precise_cal.desk.models import LastSeen
from precise_cal.desk.store.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.desk.models import User

_OFTEN: Final = timedelta(minutes=1)
"""How long the time of a visit stands before it is written again."""
_DIGITS: Final = 12
_ROW: Final[Prepared[LastSeen]] = Prepared(
    lambda user, page: LastSeen.objects.filter(user_id=user, page=page), int, str
)


@dataclass(frozen=True, slots=True)
class Since:
    """What is new to a reader."""

    at: datetime | None
    """When the reader was there last, in an earlier session; None: never, and then nothing is marked."""
    new: frozenset[int]
    """The places of the rows that did not stand there then."""


@dataclass(frozen=True, slots=True)
class Until:
    """How far the log had come when a reader was there last."""

    at: datetime | None
    """When, in an earlier session; None: never, and then nothing is marked."""
    number: int
    """The last event that the list showed then."""


def visit(user: User, page: str, session: str, keys: Sequence[str]) -> Since:
    """Note that a reader sees these rows now.

    Args:
        user: the reader.
        page: which list.
        session: of the reader; the next one compares with what this one saw last.
        keys: of every row, the same from one visit to the next.
    """
    own = [sha256(one.encode()).hexdigest()[:_DIGITS] for one in keys]
    row = _noted(user, page, session, json.dumps(sorted({*own})))
    if row.before_at is None:
        return Since(None, frozenset())
    before = frozenset(json.loads(row.before))
    return Since(row.before_at, frozenset(place for place, one in enumerate(own) if one not in before))


def visit_until(user: User, page: str, session: str, number: int) -> Until:
    """Note that a reader sees a list whose last event is this one; what comes after it is new the next time."""
    row = _noted(user, page, session, json.dumps(number))
    return Until(row.before_at, 0 if row.before_at is None else int(json.loads(row.before)))


def _noted(user: User, page: str, session: str, seen: str) -> LastSeen:
    now, mark = datetime.now(UTC), sha256(session.encode()).hexdigest()
    row = _ROW.first(user.pk, page)
    if row is None:
        row = LastSeen(user=user, page=page, session=mark)
    elif row.session != mark:
        row.session, row.before_at, row.before = mark, row.at, row.seen
    elif row.seen == seen and now - row.at < _OFTEN:
        return row
    row.at, row.seen = now, seen
    if row.pk is None:  # in two windows at once there is one row all the same
        LastSeen.objects.bulk_create([row], ignore_conflicts=True)
    else:
        row.save()
    return row
