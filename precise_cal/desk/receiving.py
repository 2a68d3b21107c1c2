"""What is given to the desk from elsewhere: records, one by one, and ledgers of the gate of the command line."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from precise_cal.desk.errors import DeskError
from precise_cal.desk.measuring import enter
from precise_cal.desk.models import Event, Record
from precise_cal.desk.store.decisions import receive_record
from precise_cal.desk.store.log import Actor, add, writing
from precise_cal.files.regular import read_regular
from precise_cal.gate.canonical import canonical, sha256, thaw
from precise_cal.gate.ledger import Ledger
from precise_cal.language.catalog import lines_of, message, placed, words_of
from precise_cal.log.from_ledger import ledger_events
from precise_cal.protocol.identifiers import skeleton

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from precise_cal.desk.measuring import Entered
    from precise_cal.desk.trial import Trial
    from precise_cal.exchange.measurement import Occasion
    from precise_cal.protocol.provenance import Provenance


_MOST: Final = 50_000_000
_RESULTS: Final = "*.qfr*.json"
"""What `precise qfr batch` and `precise qfr angio --into` call what they save."""
OPERATOR: Final = Actor("command line", None, None, "operating system")


def receive(trial: Trial, data: bytes, provenance: Provenance | None = None) -> bool:
    """Keep the latest record of a participant.

    Args:
        trial: the rules.
        data: the record.
        provenance: where its values come from, as `precise import --provenance` wrote it.

    Returns:
        Whether it is another one than before.

    Raises:
        RecordError: it is not valid.
    """
    request = trial.request(data)
    before = Record.objects.filter(pk=skeleton(request.subject_id)).values_list("content_id", flat=True).first()
    origins = provenance.of(request.subject_id).by_pointer if provenance else None
    row = receive_record(data, request.subject_id, request.site_id, OPERATOR, origins)
    return bool(row.content_id != before)


def receive_results(
    trial: Trial, paths: Iterable[Path], who: str, site: str, occasion: Occasion, actor: Actor
) -> Iterator[tuple[Path, Entered]]:
    """Put saved results of QFR into the latest records.

    Args:
        trial: the rules.
        paths: files, or folders of which every saved result is taken.
        who: the participant; empty: whom each study names.
        site: of participants of whom there is no record yet.
        occasion: what the measurements say beside their numbers.
        actor: who brings them.

    Raises:
        DeskError, RecordError: as `enter`; the file is named.
        FileError: a file cannot be read.
    """
    for path in _results(paths):
        try:
            found = enter(trial, read_regular(path, _MOST), path.name, who, site, occasion, actor)
        except DeskError as error:
            raise DeskError(lines_of(placed(path, line) for line in words_of(error).splitlines())) from None
        yield path, found


def _results(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        found = sorted(path.rglob(_RESULTS)) if path.is_dir() else [path]
        if not found:
            raise DeskError(message("{ $path }: no result ({ $name }) lies there", path=path, name=_RESULTS))
        yield from found


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
