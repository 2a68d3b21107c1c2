"""``precise import scan``: what files hold, and a drafted map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.cli import exits
from precise_cal.cli.echo import echo, echo_lines
from precise_cal.cli.spoken import catalog
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from pathlib import Path


def scan_files(files: list[Path], out: Path | None, *, force: bool) -> int:
    """Print the profile of every file, and write the draft of a map where one is asked for."""
    from precise_cal.exchange.drafting import DECIDE, draft
    from precise_cal.exchange.scan import profile_lines, scan
    from precise_cal.files.writing import check_target, write_file

    if out is not None:
        check_target(out, force=force, inputs=files)
    profiles = [one for file in files for one in scan(file)]
    for profile in profiles:
        echo_lines(profile_lines(profile))
    if out is not None:
        text = draft(profiles, catalog())
        write_file(out, text.encode(), force=force, inputs=files)
        echo(
            message("{ $out }: a draft; { $count } times { $decide }", out=out, count=text.count(DECIDE), decide=DECIDE)
        )
    return exits.OK
