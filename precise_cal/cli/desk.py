"""``precise desk``: gate, randomization and log in the browser."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo
from precise_cal.cli.given import read_origins
from precise_cal.cli.options import ProvenanceOption
from precise_cal.language.catalog import Verbatim, message, plural

if TYPE_CHECKING:
    from precise_cal.desk.home import Place

_MOST: Final = 100_000
"""Bytes of certificates, checkpoints and stamps."""

app = typer.Typer(help="Gate, randomization and log in the browser.", no_args_is_help=True)
user_app = typer.Typer(help="Who may sign in.", no_args_is_help=True)
app.add_typer(user_app, name="user")


@app.command("init")
def init(
    demo: Annotated[bool, typer.Option("--demo", help="A demonstration: users, a list, participants.")] = False,
    trial: Annotated[Path | None, typer.Option("--trial", metavar="DIR", help="The trial's folder.")] = None,
    origin: Annotated[
        str, typer.Option("--origin", metavar="NAME", help="The name of the log: sponsor.example/trial.")
    ] = "localhost/desk",
    host: Annotated[
        list[str] | None, typer.Option("--host", metavar="NAME", help="A name under which browsers reach the desk.")
    ] = None,
) -> int:
    """Make a desk in $PRECISE_DESK_HOME, with SQLite, or with the PostgreSQL that PRECISE_DATABASE_URL names.

    Exit status: 0, or 2 where there is a desk already.
    """
    _check_extra()
    from precise_cal.desk import init as making
    from precise_cal.desk.home import Config, desk_folder

    config = Config(origin, str(trial.absolute()) if trial else None, demo, {}, tuple(host or ()))
    place = making.init(desk_folder(), config)
    echo(message("{ $folder }: a desk was made", folder=place.folder))
    if demo:
        echo("users, each named as its role, and their passwords, which are not shown again:")
        for name, password in making.demonstrate(place):
            echo(f"  {name:<15} {password}")
    else:
        link = Verbatim(place.link(f"/welcome/{making.first_user()}"))
        echo(message("first user: admin; open the account within 3 days: { $link }", link=link))
    echo("precise desk run serves it")
    return exits.OK


@app.command("run")
def run(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port.")] = 8443,
    tls: Annotated[
        tuple[Path, Path] | None, typer.Option("--tls", metavar="CERT KEY", help="Speak TLS, on every address.")
    ] = None,
    behind_proxy: Annotated[bool, typer.Option("--behind-proxy", help="A proxy on this machine speaks TLS.")] = False,
) -> int:
    """Serve the desk until it is stopped; without TLS on the loopback address only.

    Exit status: 2 where there is no desk, or it cannot be served.
    """
    _check_extra()
    from precise_cal.desk.errors import DeskError
    from precise_cal.desk.run import run as serve

    if tls and behind_proxy:
        raise DeskError("--tls and --behind-proxy exclude each other")
    place = _place()
    for file in tls or ():
        if not file.is_file():
            raise DeskError(message("{ $path }: is no file", path=file))
    echo(f"http{'s' if tls else ''}://localhost:{port}/", err=True)
    serve(place, port=port, tls=tls, behind_proxy=behind_proxy, warn=partial(echo, err=True))
    return exits.OK


@app.command("records")
def records(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Records: JSON, JSON Lines, folders of them.")],
    provenance: ProvenanceOption = None,
) -> int:
    """Give the desk the latest records, as `precise import` writes them: deviations and queries follow from them.

    With --provenance the gate shows beside each value the cell that it comes from.

    Exit status: 0, or 2 where a record cannot be read; those before it are kept then.
    """
    _check_extra()
    from precise_cal.cli.inputs import record_files
    from precise_cal.cli.record_errors import naming
    from precise_cal.desk.setup import set_up
    from precise_cal.files.records import read_sources

    place = _place()
    set_up()
    from precise_cal.desk.receiving import receive
    from precise_cal.desk.trial import trial_of

    trial, origins, count, new = trial_of(place.config), read_origins(provenance), 0, 0
    for source in read_sources(record_files(files)):
        with naming(source):
            new += receive(trial, source.data, origins)
        count += 1
    one = "{ $count } record, { $new } of them new or changed"
    echo(plural(count, one, "{ $count } records, { $new } of them new or changed", new=new))
    return exits.OK


@app.command("qfr")
def qfr(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="RESULT.json…", help="As `precise qfr angio` saves them, or folders."),
    ],
    phase: Annotated[str | None, typer.Option("--phase", help="The step that the films follow.")] = None,
    assessor: Annotated[str | None, typer.Option("--assessor", help="Who read the films: site or core_lab.")] = None,
    acquired_at: Annotated[
        str | None, typer.Option("--acquired-at", help="When the films were taken; else what the study says.")
    ] = None,
    participant: Annotated[str, typer.Option("--participant", help="Whose; else whom the study names.")] = "",
    site: Annotated[str, typer.Option("--site", help="Of a participant of whom there is no record yet.")] = "",
) -> int:
    """Put results of QFR into the latest records of their participants: the gate shows them, and where they come from.

    Exit status: 0, or 2 where a result cannot be taken; those before it are entered then.
    """
    _check_extra()
    from precise_cal.desk.setup import set_up
    from precise_cal.exchange.measurement import Occasion

    place = _place()
    set_up()
    from precise_cal.desk.receiving import OPERATOR, receive_results
    from precise_cal.desk.trial import trial_of

    occasion = Occasion(None, phase, acquired_at, assessor)
    for path, one in receive_results(trial_of(place.config), files, participant, site, occasion, OPERATOR):
        number = "no QFR, the vessel is not analyzable" if one.qfr is None else f"QFR {one.qfr}"
        echo(f"{path}: {one.subject_id}: {number}{'' if one.is_new else ', entered before'}")
    return exits.OK


@app.command("ledger")
def ledger(
    file: Annotated[Path, typer.Argument(metavar="LEDGER", help="Of `precise gate`: gate.ledger.")],
) -> int:
    """Enter a ledger of `precise gate` into the log: kind, time, site and digest of every entry, under one event.

    Exit status: 0, or 2 where the ledger does not hold together, or is entered already.
    """
    _check_extra()
    from precise_cal.desk.setup import set_up

    _place()
    set_up()
    from precise_cal.desk.receiving import receive_ledger

    number, count = receive_ledger(file)
    one = "{ $file }: { $count } entry stands under event { $number }"
    echo(plural(count, one, "{ $file }: { $count } entries stand under event { $number }", file=file, number=number))
    return exits.OK


@app.command("stamp")
def stamp(
    root: Annotated[
        Path, typer.Option("--root", metavar="FILE.pem", help="The certificates to trust, from elsewhere.")
    ],
    authority: Annotated[
        str | None, typer.Option("--tsa", metavar="URL", help="Ask this time-stamping authority (RFC 3161).")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", metavar="FILE", help="A checkpoint that was stamped by other means.")
    ] = None,
    response: Annotated[
        Path | None, typer.Option("--response", metavar="FILE.tsr", help="The stamp of that checkpoint.")
    ] = None,
) -> int:
    """Have the log's state time-stamped by a third party; the stamp is verified, and an event of the log.

    Exit status: 0, or 2 where nobody answers, or the stamp does not hold.
    """
    _check_extra()
    from precise_cal.desk.setup import set_up
    from precise_cal.files.regular import read_regular
    from precise_cal.log import stamp as stamps

    if (authority is None) == (checkpoint is None or response is None):
        raise typer.BadParameter("either --tsa, or --checkpoint with --response", param_hint="--tsa")
    place = _place()
    set_up()
    from precise_cal.desk import stamping
    from precise_cal.desk.receiving import OPERATOR
    from precise_cal.desk.store.log import checkpoint as state_of

    roots = stamps.roots_of(read_regular(root, _MOST), str(root))
    if checkpoint is not None and response is not None:
        note, answer = read_regular(checkpoint, _MOST).decode("utf-8", "replace"), read_regular(response, _MOST)
    else:
        assert authority is not None
        note = state_of(place.config.origin, place.log_key.key)[1]
        answer = stamps.ask(authority, stamps.request_of(note))
    found = stamping.enter(place, note, answer, roots, OPERATOR)
    echo(
        message(
            "{ $size } events, stamped on { $time } UTC by { $authority }",
            size=Verbatim(note.splitlines()[1]),
            time=Verbatim(f"{found.time:%Y-%m-%d %H:%M:%S}"),
            authority=Verbatim(found.authority),
        )
    )
    return exits.OK


@app.command("verify")
def verify(
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", metavar="FILE", help="A checkpoint that was kept elsewhere; may be repeated."),
    ] = None,
) -> int:
    """Hold the database against its own log: events, contents, decisions, allocations, latest records and accounts.

    The desk need not run: a backup that was put back can be looked at first.

    Exit status: 0 all holds, 1 something does not, 2 there is no desk, or a file is no checkpoint of its log.
    """
    _check_extra()
    from precise_cal.desk.setup import set_up
    from precise_cal.files.regular import read_regular
    from precise_cal.log.checkpoint import read_checkpoint

    place = _place()
    set_up()
    from precise_cal.desk.store.log import TREES
    from precise_cal.desk.trial import trial_of
    from precise_cal.desk.verifying import faults

    key = place.log_key.key.public_key()
    earlier = [read_checkpoint(read_regular(one, _MOST).decode("utf-8", "replace"), key) for one in checkpoint or ()]
    found = faults(place, trial_of(place.config), earlier)
    for one in found:
        echo(one)
    count = TREES.now()[1]
    if found:
        echo(
            plural(
                len(found),
                "{ $events } events, { $count } fault",
                "{ $events } events, { $count } faults",
                events=count,
            )
        )
        return exits.FOUND
    echo(message("{ $events } events: contents, decisions, allocations, records and accounts are theirs", events=count))
    return exits.OK


@app.command("grants")
def grants(
    web: Annotated[
        str, typer.Option("--web", metavar="ROLE", help="Of the web server: reads, adds, changes no event.")
    ],
    backup: Annotated[
        str | None, typer.Option("--backup", metavar="ROLE", help="Reads every table, for pg_dump.")
    ] = None,
    inspector: Annotated[
        str | None, typer.Option("--inspector", metavar="ROLE", help="Reads the log and no accounts.")
    ] = None,
    is_shown: Annotated[bool, typer.Option("--print", help="Print the statements; change nothing.")] = False,
) -> int:
    """Give roles of PostgreSQL their rights and row policies; PRECISE_DATABASE_URL names the owner of the tables.

    The roles exist already (CREATE ROLE … LOGIN). Also brings the database up to this version of the program.

    Exit status: 0, or 2 where a role is none, or may more than it should by other ways; nothing is changed then.
    """
    _check_extra()
    from precise_cal.desk.setup import set_up

    _place()
    set_up()
    from precise_cal.desk.grants import Roles, grant

    roles = Roles(web, backup, inspector)
    for one in grant(roles, apply=not is_shown):
        if is_shown:
            echo(f"{one};")
    if not is_shown:
        given = ", ".join(name for name, _ in roles.rights())
        echo(message("rights given: { $roles }", roles=Verbatim(given)))
    return exits.OK


@user_app.command("add")
def add_user(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[str, typer.Option("--role", help="coordinator, investigator, monitor, data-manager …")],
    site: Annotated[str, typer.Option("--site", help="The one site that the user sees.")] = "",
    full_name: Annotated[str, typer.Option("--full-name", help="As it stands beside signatures.")] = "",
) -> int:
    """Make an account, and print the link by which it is opened, once.

    Exit status: 0, or 2 where the name is taken, or the role is none.
    """
    _check_extra()
    from precise_cal.desk.setup import set_up

    place = _place()
    set_up()
    from precise_cal.desk.people import add_user as make
    from precise_cal.desk.store.log import Actor

    token = make(name, role, site, Actor("command line", None, None, "operating system"), full_name)
    echo(place.link(f"/welcome/{token}"))
    return exits.OK


def _place() -> Place:
    from precise_cal.desk.home import Place, desk_folder

    place = Place(desk_folder())
    _ = place.config
    return place


def _check_extra() -> None:
    from importlib.util import find_spec

    from precise_cal.desk.errors import DeskError
    from precise_cal.desk.setup import EXTRA

    if any(find_spec(name) is None for name in ("django", "gunicorn", "whitenoise", "argon2", "webauthn", "pyotp")):
        raise DeskError(EXTRA)
