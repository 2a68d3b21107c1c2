"""The entries of a gate's ledger as events, so that they can be proved without being shown."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from precise_cal.gate.chain import Chain
from precise_cal.language.catalog import message
from precise_cal.log.errors import LogError
from precise_cal.log.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.gate.chain import Link
    from precise_cal.gate.ledger import Ledger


def ledger_events(ledger: Ledger) -> Iterator[Event]:
    """An event for every entry, in their order: the digest is the entry's.

    Raises:
        LogError: an entry was changed, or does not follow the one before.
    """
    chain = Chain(ledger.ledger_id)
    for row in ledger.rows():
        link, faults = chain.add(row)
        if link is None or faults:
            raise LogError(
                message(
                    "{ $path }: entry { $sequence }: { $text }; see precise gate verify",
                    path=ledger.path,
                    sequence=row.sequence,
                    text=faults[0].text,
                )
            )
        yield _event(link)


def _event(link: Link) -> Event:
    return Event(
        type=f"gate.{link.kind}",
        at=link.at.astimezone(UTC),
        sha256=link.row.sha256,
        site=link.members.get("site_id"),
        reason=link.members.get("reason"),
    )
