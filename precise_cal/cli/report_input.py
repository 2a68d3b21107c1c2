"""From the arguments of ``precise report`` to the participants that documents are made from."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from precise_cal.cli.check import judgements
from precise_cal.cli.echo import echo
from precise_cal.cli.inputs import InputError
from precise_cal.files.regular import open_regular
from precise_cal.reports.assemble import Judged
from precise_cal.reports.pullback import Pullback, pullback

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.cli.inputs import Source
    from precise_cal.engine.check import Checker
    from precise_cal.protocol.part import Part

MAX_ANALYSIS_BYTES = 20_000_000


def judged(checker: Checker, sources: Iterable[Source]) -> list[Judged]:
    """Every participant with the findings; a report of some of them would mislead.

    Raises:
        InputError: a record cannot be read, a participant comes twice, or there is none.
    """
    found: list[Judged] = []
    places: dict[str, str] = {}
    wrong = 0
    for source, found_out in judgements(checker, sources):
        if found_out is None:
            wrong += 1
            continue
        record, subject = found_out
        if record.subject_id in places:
            wrong += 1
            echo(
                f"{source}: /subject_id: {json.dumps(record.subject_id)} "
                f"was read from {places[record.subject_id]} already",
                err=True,
            )
            continue
        places[record.subject_id] = str(source)
        found.append(Judged(record, subject, tuple(_pullbacks(record, source))))
    if wrong:
        raise InputError(f"{wrong} record{'s' * (wrong != 1)} cannot be reported on; nothing was written")
    if not found:
        raise InputError("no record was read; nothing was written")
    return found


def _pullbacks(record: Part, source: Source) -> Iterator[Pullback]:
    for index, one in enumerate(record.qfr_measurements or ()):
        if one.analysis is not None and not isinstance(one.analysis, str):
            try:
                yield _pullback(one, one.analysis.file, one.analysis.sha256, Path(source.name).parent)
            except InputError as error:
                echo(f"{source}: /qfr_measurements/{index}/analysis: {error}; its pullback is left out", err=True)


def _pullback(measurement: Part, file: str, digest: str, folder: Path) -> Pullback:
    path = folder / file
    try:
        with open_regular(path) as stream:
            data = stream.read(MAX_ANALYSIS_BYTES)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:  # a NUL, which no name of a file has
        raise InputError(f"{file} cannot be read: no name of a file") from None
    if sha256(data).hexdigest() != digest:
        raise InputError(f"{file} is not the file whose SHA-256 the record has")
    try:
        return pullback(json.loads(data), measurement.vessel or "vessel not stated", measurement.phase or "", file)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise InputError(f"{file} is no saved QFR analysis") from None
