"""``precise-sealer``: the process that keeps the randomization list, as a user of its own."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo
from precise_cal.language.catalog import message

app = typer.Typer(
    help="Keep a randomization list under seal, and open its slots for signed decisions.", no_args_is_help=True
)

HomeOption = Annotated[Path, typer.Option("--home", metavar="DIR", help="The sealer's folder; nobody else may enter.")]


@app.command("init")
def init(
    home: HomeOption,
    trust: Annotated[
        list[Path], typer.Option("--trust", metavar="FILE", help="The public half of the desk's key; may be repeated.")
    ],
) -> int:
    """Make the folder with new keys, and trust the decisions of a desk.

    Exit status: 0, or 2 where the folder has keys already, or a file holds none.
    """
    from precise_cal.files.regular import read_regular
    from precise_cal.gate.keys import load_public
    from precise_cal.sealer import home as homes

    load_public(trust)
    homes.make_home(home)
    for one in trust:
        homes.trust(home, read_regular(one, 10_000))
    echo(message("{ $home }: made; keep sealing.key apart from what is backed up with the database", home=home))
    return exits.OK


@app.command("run")
def run(
    home: HomeOption,
    socket: Annotated[Path, typer.Option("--socket", metavar="FILE", help="Where the desk asks.")],
    while_stdin_is_open: Annotated[
        bool, typer.Option("--while-stdin-is-open", help="End when whoever started this ends.")
    ] = False,
) -> int:
    """Serve the desk until the process is ended.

    Exit status: 2 where the folder is not in order, or another process serves it.
    """
    from precise_cal.sealer.server import serve

    if while_stdin_is_open:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    serve(home, socket)
    return exits.OK


def _end_with_stdin() -> None:
    """What was opened is on the disk before it is told, so that the process may end at any moment."""
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """The script."""
    from precise_cal.cli.app import in_language
    from precise_cal.cli.main import run_app

    sys.exit(run_app(lambda: in_language(app), "precise-sealer", sys.argv[1:]))
