"""From the arguments of ``precise report`` to the participants that documents are made from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from precise_cal.cli.echo import echo
from precise_cal.cli.judgements import judgements
from precise_cal.engine.across import repeated
from precise_cal.engine.needed import needed
from precise_cal.files.records import InputError
from precise_cal.files.regular import open_regular
from precise_cal.language.catalog import ENGLISH, message, plural, words_of
from precise_cal.protocol.from_json import is_simulated
from precise_cal.protocol.part import value_of
from precise_cal.protocol.provenance import NO_ORIGINS
from precise_cal.reports.assemble import Judged
from precise_cal.reports.pullback import Pullback, pullback

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.engine.across import Across
    from precise_cal.engine.check import Checker
    from precise_cal.engine.rulebook.report_form import QfrEntry
    from precise_cal.files.records import Source
    from precise_cal.language.catalog import Catalog
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.provenance import Provenance

MAX_ANALYSIS_BYTES = 20_000_000


def judged(
    checker: Checker,
    sources: Iterable[Source],
    across: Across,
    provenance: Provenance | None = None,
    catalog: Catalog = ENGLISH,
    *,
    with_needed: bool = False,
) -> list[Judged]:
    """Every participant with the findings; a report of some of them would mislead.

    Args:
        checker: the rules.
        sources: the records.
        across: takes note of the participants.
        provenance: the source cells of what records hold.
        catalog: of the language in which problems are told.
        with_needed: whether the fewest missing data are sought.

    Raises:
        InputError: a record cannot be read, a participant comes twice, or there is none.
    """
    place = checker.book.reporting.file.qfr
    found: list[Judged] = []
    wrong = 0
    for source, found_out in judgements(checker, sources, across, catalog):
        if found_out is None or repeated(found_out[1]) is not None:
            wrong += 1
            continue
        record, subject = found_out
        origins = provenance.of(subject.subject_id) if provenance else NO_ORIGINS
        fewest = needed(checker.book, source.data, subject, checker.now) if with_needed else ()
        pullbacks = tuple(_pullbacks(record, source, place))
        found.append(Judged(record, subject, pullbacks, origins, is_simulated(source.data), fewest))
    if wrong:
        one = "{ $count } record cannot be reported on; nothing was written"
        many = "{ $count } records cannot be reported on; nothing was written"
        raise InputError(catalog(plural(wrong, one, many)))
    if not found:
        raise InputError(catalog("no record was read; nothing was written"))
    return found


def _pullbacks(record: Part, source: Source, place: QfrEntry | None) -> Iterator[Pullback]:
    if place is None or place.analysis is None:
        return
    for index, one in enumerate(value_of(record, place.list) or ()):
        analysis = value_of(one, place.analysis)
        if analysis is not None and not isinstance(analysis, str):
            vessel = value_of(one, place.vessel) if place.vessel else None
            phase = value_of(one, place.phase) if place.phase else None
            shown = _Shown(vessel or "vessel not stated", phase or "", analysis.file, analysis.sha256)
            try:
                yield _pullback(shown, Path(source.name).parent)
            except InputError as error:
                pointer = f"/{place.list}/{index}/{place.analysis}"
                echo(
                    message(
                        "{ $source }: { $pointer }: { $error }; its pullback is left out",
                        source=source,
                        pointer=pointer,
                        error=words_of(error),
                    ),
                    err=True,
                )


@dataclass(frozen=True, slots=True)
class _Shown:
    """An analysis that a record refers to."""

    vessel: str
    phase: str
    file: str
    sha256: str


def _pullback(shown: _Shown, folder: Path) -> Pullback:
    file = shown.file
    path = folder / file
    try:
        with open_regular(path) as stream:
            data = stream.read(MAX_ANALYSIS_BYTES)
    except OSError as error:
        raise InputError(
            message("{ $file } cannot be read: { $strerror }", file=file, strerror=error.strerror)
        ) from None
    except ValueError:  # a NUL, which no name of a file has
        raise InputError(message("{ $file } cannot be read: no name of a file", file=file)) from None
    if sha256(data).hexdigest() != shown.sha256:
        raise InputError(message("{ $file } is not the file whose SHA-256 the record has", file=file))
    try:
        return pullback(json.loads(data), shown.vessel, shown.phase, file)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise InputError(message("{ $file } is no saved QFR analysis", file=file)) from None
