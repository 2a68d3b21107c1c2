"""Failures to sign in or to sign, as events: a few in each quarter of an hour one by one, the others as their number.

So that nobody from outside fills the log.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from precise_cal.desk.models import Event, Head
from precise_cal.desk.store.log import SYSTEM, add, writing

if TYPE_CHECKING:
    from precise_cal.desk.store.log import Actor
    from precise_cal.gate.canonical import Json

BUDGET: Final = 30
"""Failures in a window that are events of their own."""
WINDOW: Final = timedelta(minutes=15)
_TYPES: Final = ("session.failed", "signature.failed")


def add_failure(type_: str, content: dict[str, Json], actor: Actor, *, rests: bool = False) -> None:
    """Tell or count a failure.

    Args:
        type_: of the event.
        content: what it is about.
        actor: who failed, where that is known.
        rests: whether an account rests from now on, which is always told.
    """
    now = datetime.now(UTC)
    with writing() as head:
        recent = Event.objects.filter(type__in=_TYPES).order_by("-number")[BUDGET - 1 : BUDGET].first()
        if rests or recent is None or now - recent.at > WINDOW:
            _summarize(head)
            add(type_, content, actor)
            return
        head.untold, head.untold_since = head.untold + 1, head.untold_since or now
        head.save(update_fields=["untold", "untold_since"])


def tell_failures() -> None:
    """Tell how many were counted, if any: when somebody signs in, or the desk starts."""
    if Head.objects.filter(untold__gt=0).exists():
        with writing() as head:
            _summarize(head)


def _summarize(head: Head) -> None:
    if not head.untold:
        return
    assert head.untold_since is not None
    count, since = head.untold, head.untold_since.isoformat()
    head.untold, head.untold_since = 0, None
    head.save(update_fields=["untold", "untold_since"])
    add("failures.counted", {"count": count, "since": since}, SYSTEM)
