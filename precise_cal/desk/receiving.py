"""What is given to the desk from elsewhere: records, one by one, and ledgers of the gate of the command line."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from precise_cal.desk.errors import DeskError
from precise_cal.desk.models import Event, Record
from precise_cal.desk.store.decisions import receive_record
from precise_cal.desk.store.log import Actor, add, writing
from precise_cal.gate.canonical import canonical, sha256, thaw
from precise_cal.gate.ledger import Ledger
from precise_cal.log.from_ledger import ledger_events
from precise_cal.protocol.identifiers import skeleton

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.desk.trial import Trial


OPERATOR: Final = Actor("command line", None, None, "operating system")


def receive(trial: Trial, data: bytes) -> bool:
    """Keep the latest record of a participant.

    Returns:
        Whether it is another one than before.

    Raises:
        RecordError: it is not valid.
    """
    request = trial.request(data)
    before = Record.objects.filter(pk=skeleton(request.subject_id)).values_list("content_id", flat=True).first()
    row = receive_record(data, request.subject_id, request.site_id, OPERATOR)
    return bool(row.content_id != before)


def receive_ledger(path: Path) -> tuple[int, int]:
    """Enter a ledger: what each of its entries says of itself as an event, and no record.

    Returns:
        The number of the event, and how many entries stand under it.

    Raises:
        DeskError: it is entered already.
        GateError, LogError: it does not hold together.
    """
    with closing(Ledger(path, writable=False)) as ledger:
        entries = [thaw(one.body()) for one in ledger_events(ledger)]
        content = {"ledger_id": ledger.ledger_id, "entries": entries}
    with writing():
        if Event.objects.filter(type="ledger.entered", content_id=sha256(canonical(content))).exists():
            raise DeskError(f"{path}: is entered already, as it is now")
        event = add("ledger.entered", content, OPERATOR)
    return event.number, len(entries)
