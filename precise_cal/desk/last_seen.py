"""What stood in a list when its reader was there last: what has come since is marked as new."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from precise_cal.desk.models import LastSeen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.desk.models import User

_OFTEN: Final = timedelta(minutes=1)
"""How long the time of a visit stands before it is written again."""
_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Since:
    """What is new to a reader."""

    at: datetime | None
    """When the reader was there last, in an earlier session; None: never, and then nothing is marked."""
    new: frozenset[int]
    """The places of the rows that did not stand there then."""


def visit(user: User, page: str, session: str, keys: Sequence[str]) -> Since:
    """Note that a reader sees these rows now.

    Args:
        user: the reader.
        page: which list.
        session: of the reader; the next one compares with what this one saw last.
        keys: of every row, the same from one visit to the next.
    """
    own = [sha256(one.encode()).hexdigest()[:_DIGITS] for one in keys]
    now, seen, mark = datetime.now(UTC), json.dumps(sorted({*own})), sha256(session.encode()).hexdigest()
    row = LastSeen.objects.filter(user=user, page=page).first()
    if row is None:
        row = LastSeen(user=user, page=page, session=mark)
    elif row.session != mark:
        row.session, row.before_at, row.before = mark, row.at, row.seen
    elif row.seen == seen and now - row.at < _OFTEN:
        return _since(row, own)
    row.at, row.seen = now, seen
    row.save()
    return _since(row, own)


def _since(row: LastSeen, own: Sequence[str]) -> Since:
    if row.before_at is None:
        return Since(None, frozenset())
    before = frozenset(json.loads(row.before))
    return Since(row.before_at, frozenset(place for place, one in enumerate(own) if one not in before))
