"""``precise import``: exports as they are become records, with the origin of every value."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo_lines, tell
from precise_cal.cli.given import rules_folder
from precise_cal.cli.options import RulesOption

if TYPE_CHECKING:
    from precise_cal.exchange.run import Import

SCAN: Final = "scan"


def import_(
    map_: Annotated[Path, typer.Argument(metavar="MAP.yaml", help="The map (docs/import.md); or the word scan.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="The exports, as they are.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The records, as JSON Lines; with scan, a drafted map.")
    ] = None,
    provenance: Annotated[
        Path | None, typer.Option("--provenance", metavar="FILE", help="The origin of every value, as JSON Lines.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would be read, and write nothing.")] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Write although cells were refused, without what was refused.")
    ] = False,
    rules: RulesOption = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files.")] = False,
) -> int:
    """Read exports (CSV, XLSX, REDCap, ODM, FHIR, HL7 v2, XPT, Dataset-JSON) into records, by a map.

    precise import scan FILE… shows what files hold, and drafts a map with all that a person must decide.

    A map names everything it uses. What it does not name stops the import, with file, sheet, row, column and value.

    Exit status: 0 written (or, with --dry-run, nothing refused), 1 values were refused, 2 the map or a file is wrong.
    """
    if str(map_) == SCAN:
        from precise_cal.cli.import_scan import scan_files

        return scan_files(files, out, force=force)
    from precise_cal.cli.import_text import count_lines, refusal_lines
    from precise_cal.engine.rulebook.load import records_of
    from precise_cal.exchange.reading import read_map
    from precise_cal.exchange.run import Import

    if out is None and not dry_run:
        raise typer.BadParameter("name the file of the records with --out, or count with --dry-run")
    reader = records_of(rules_folder(rules))
    job = Import(read_map(map_, reader.schema), reader, files, keep_going=keep_going)
    if dry_run:
        job.run(None, None)
    else:
        _write(job, out, provenance, [map_, *files], force=force)
    echo_lines(count_lines(job))
    for line in refusal_lines(job):
        tell(line)
    return exits.FOUND if job.counts.refused else exits.OK


def _write(job: Import, out: Path | None, provenance: Path | None, inputs: list[Path], *, force: bool) -> None:
    """Write the records; where something was refused, only with `keep_going`."""
    from precise_cal.files.writing import replacing

    class _NothingIsWrittenError(Exception):
        """Leaves the files as they were."""

    try:
        with ExitStack() as held:
            opened: list[IO[bytes] | None] = []
            for path in (out, provenance):
                beside = held.enter_context(replacing(path, force=force, inputs=inputs)) if path else None
                opened.append(beside.open("wb") if beside else None)
            try:
                job.run(*opened)
            finally:
                for file in opened:
                    if file is not None:
                        file.close()
            if job.counts.refused and not job.keep_going:
                raise _NothingIsWrittenError
    except _NothingIsWrittenError:
        return
