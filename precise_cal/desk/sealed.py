"""What the sealer opened, held against the log: where the log lacks its decision, the database was put back.

Each process remembers how far both agreed, so that it looks at what is new alone. From time to time, and whenever the
log is shorter than it was, it looks at all of it again.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.desk.models import Allocation, Decision
from precise_cal.desk.store.decisions import count_allocations
from precise_cal.desk.store.prepared import PreparedOf
from precise_cal.desk.store.scope import whole
from precise_cal.language.catalog import Verbatim, message
from precise_cal.sealer.client import ask
from precise_cal.sealer.errors import SealerError
from precise_cal.sealer.journal import START
from precise_cal.sealer.messages import AskNews, News

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.desk.home import Place
    from precise_cal.language.catalog import Text
    from precise_cal.sealer.messages import Bound

_SHOWN: Final = 5
"""Slots that a gap names."""
_WHOLE: Final = 60.0
"""Seconds after which all openings are looked at again."""


_KNOWN: Final[PreparedOf[tuple[str]]] = PreparedOf(
    lambda ids: Decision.objects.filter(decision_id__in=ids).values_list("decision_id"), 8
)


@dataclass(frozen=True, slots=True)
class _Agreed:
    """How far sealer and log agreed."""

    count: int = 0
    head: str = START
    sequence: int = 0
    """Of the last decision of the log then."""
    whole_at: float = -math.inf
    """When all of it was looked at last, by the clock of the process."""


@dataclass(slots=True)
class _Memory:
    """What this process knows."""

    agreed: _Agreed


_MEMORY: Final = _Memory(_Agreed())


@dataclass(frozen=True, slots=True)
class Heard:
    """What the sealer says of itself, or why it does not answer; asked before the log's lock is taken."""

    place: Place
    since: _Agreed
    said: News | SealerError

    def gap(self, root: str | None, sequence: int) -> Text | None:
        """What the sealer opened and the log does not know, or the other way round.

        Args:
            root: of the list, by the log; None before there is one.
            sequence: of the last decision of the log.

        Raises:
            SealerError: the sealer does not answer.
        """
        if isinstance(self.said, SealerError):
            raise self.said
        news, since = self.said, self.since
        if news.before and sequence < since.sequence:  # the log is shorter than it was
            since = _Agreed()
            news = _news(self.place, since)
        if root is None and news.root is not None and news.before + len(news.openings):
            return message(
                "the sealer has a list that the log knows nothing of: the database is older than the list. Read only."
            )
        if root is not None and news.root != root:
            return message("the sealer's list is not the one whose root is in the log. Read only.")
        lost = _lost(news.openings)
        if lost:
            places = ", ".join(f"{one.stratum} {one.number} ({one.at[:19]} UTC)" for one in lost[:_SHOWN])
            return message(
                "the log lacks decisions for which slots were opened: { $places }. The database is older than that. "
                "Read only.",
                places=Verbatim(places),
            )
        unknown = _unknown(self.place, news)
        if unknown:
            return message(
                "the sealer does not know slots that the log has as opened: { $places }. Its folder is older than the "
                "log. Read only.",
                places=Verbatim(", ".join(unknown[:_SHOWN])),
            )
        whole_at = since.whole_at if news.before else time.monotonic()
        _MEMORY.agreed = _Agreed(news.before + len(news.openings), news.head, sequence, whole_at)
        return None


def hear(place: Place, *, everything: bool = False) -> Heard:
    """Ask the sealer what it opened since this process asked before.

    Args:
        place: the desk.
        everything: whether all is looked at, whatever this process knows.
    """
    agreed = _MEMORY.agreed
    since = _Agreed() if everything or time.monotonic() - agreed.whole_at > _WHOLE else agreed
    try:
        return Heard(place, since, _news(place, since))
    except SealerError as error:
        return Heard(place, since, error)


def _news(place: Place, since: _Agreed) -> News:
    return ask(place.socket, AskNews(count=since.count, head=since.head), News)


@whole()
def _unknown(place: Place, news: News) -> list[str]:
    """Slots of the log that the sealer would open again, as its journal was put back."""
    known = news.before + len(news.openings)
    if news.before and _has_opened(place, count_allocations(), known, news.head):
        return []
    rows = [*Allocation.objects.order_by("event_id").values_list("decision__decision_id", "stratum", "number")]

    def without(openings: Sequence[Bound]) -> list[str]:
        known = {one.decision_id for one in openings}
        return [f"{stratum} {number}" for decision, stratum, number in rows if decision not in known]

    if not news.before and not without(news.openings):
        return []
    return without(_news(place, _Agreed()).openings)  # what the log has as opened since was opened after this was asked


def _has_opened(place: Place, count: int, known: int, head: str) -> bool:
    """Whether the sealer has opened so many slots, where so many are known up to a state of its journal.

    While a request waited for the log's lock others had slots opened, so that the log may have more than was heard.
    """
    return count <= known or count <= known + _count(_news(place, _Agreed(known, head)), known)


def _count(news: News, known: int) -> int:
    """How many openings came after those that are known; none where the journal was never in the state of these."""
    return len(news.openings) if news.before == known else 0


@whole()
def _lost(openings: Sequence[Bound]) -> list[Bound]:
    known = {decision_id for (decision_id,) in _KNOWN([one.decision_id for one in openings])}
    return [one for one in openings if one.decision_id not in known]
