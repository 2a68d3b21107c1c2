"""``precise log``: the gate's ledger as a log that a sponsor or an inspector can verify without any record."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo, echo_json
from precise_cal.cli.gate_home import KeyOption, LedgerOption, own_files
from precise_cal.cli.options import OutputFormat
from precise_cal.language.catalog import Verbatim, message, placed, plural, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from precise_cal.log.checkpoint import Checkpoint
    from precise_cal.log.event import Event

app = typer.Typer(help="Give out the log of the gate, and verify it offline.", no_args_is_help=True)

_MOST: Final = 100_000_000
_MOST_OF_A_NOTE: Final = 10_000
_MOST_OF_A_STAMP: Final = 100_000


@app.command("bundle")
def bundle(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The bundle.")],
    origin: Annotated[str, typer.Option("--origin", metavar="NAME", help="The name of the log: sponsor.example/zs01.")],
    ledger: LedgerOption = None,
    key: KeyOption = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", metavar="FILE", help="Also write the signed checkpoint, to be kept elsewhere."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the files.")] = False,
) -> int:
    """Write the ledger's entries as a bundle: their digests, times and sites, a signed checkpoint, no record.

    Exit status: 0, or 2 where the ledger does not hold together or a file cannot be written.
    """
    from precise_cal.files.writing import check_target, write_file
    from precise_cal.gate.keys import load_private
    from precise_cal.log.bundle import write_bundle

    inputs = own_files(ledger, key)
    for target in (out, checkpoint):
        if target is not None:
            check_target(target, force=force, inputs=inputs)
    path, _, key_file, _ = inputs
    events = _events(path)
    data, note = write_bundle(events, origin, load_private(key_file).key)
    write_file(out, data, force=force, inputs=inputs)
    if checkpoint is not None:
        write_file(checkpoint, note.encode(), force=force, inputs=[*inputs, out])
    echo(plural(len(events), "{ $path }: { $count } event", "{ $path }: { $count } events", path=out))
    echo(Verbatim(note), nl=False)
    return exits.OK


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A log as `precise log bundle` writes it.")],
    public_key: Annotated[
        Path, typer.Option("--public-key", metavar="FILE", help="The public half of the key that signs the log.")
    ],
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", metavar="FILE", help="A checkpoint that was kept elsewhere; may be repeated."),
    ] = None,
    ledger: Annotated[
        Path | None, typer.Option("--ledger", metavar="FILE", help="The ledger that the log should be of.")
    ] = None,
    output: Annotated[OutputFormat, typer.Option("--format", help="text or json.")] = OutputFormat.text,
) -> int:
    """Verify a log offline: every event, the checkpoint, and that it begins with what was seen earlier.

    Exit status: 0 all holds, 1 something does not, 2 a file is not what it should be.
    """
    from precise_cal.files.regular import read_regular
    from precise_cal.gate.keys import load_public
    from precise_cal.log.bundle import faults, read_bundle
    from precise_cal.log.errors import LogError

    (key,) = load_public([public_key]).keys.values()
    try:
        read = read_bundle(read_regular(file, _MOST))
    except LogError as error:
        raise LogError(placed(file, words_of(error))) from None
    earlier = [_checkpoint(path, key) for path in checkpoint or ()]
    kept = None if ledger is None else _events(ledger)
    found = list(faults(read, key, earlier, kept))
    if output is OutputFormat.json:
        answer = {"events": len(read.bodies), "checkpoints": [one.size for one in earlier], "faults": found}
        echo_json(json.dumps(answer, ensure_ascii=False))
        return exits.FOUND if found else exits.OK
    for one in found:
        echo(one)
    echo(_summary(len(read.bodies), earlier, len(found)))
    return exits.FOUND if found else exits.OK


def _summary(events: int, earlier: Sequence[Checkpoint], faults: int) -> str:
    if faults:
        return message(
            "{ $events }, { $faults }",
            events=plural(events, "{ $count } event", "{ $count } events"),
            faults=plural(faults, "{ $count } fault", "{ $count } faults"),
        )
    if not earlier:
        return plural(
            events,
            "{ $count } event as signed; without an earlier checkpoint (--checkpoint) nothing tells whether the log "
            "was written anew",
            "{ $count } events as signed; without an earlier checkpoint (--checkpoint) nothing tells whether the log "
            "was written anew",
        )
    sizes = ", ".join(str(one.size) for one in earlier)
    return plural(
        events,
        "{ $count } event as signed; the log begins with what was seen at { $sizes }",
        "{ $count } events as signed; the log begins with what was seen at { $sizes }",
        sizes=sizes,
    )


def _events(path: Path) -> list[Event]:
    from precise_cal.gate.ledger import Ledger
    from precise_cal.log.from_ledger import ledger_events

    with closing(Ledger(path, writable=False)) as ledger:
        return list(ledger_events(ledger))


def _checkpoint(path: Path, key: Ed25519PublicKey) -> Checkpoint:
    from precise_cal.files.regular import read_regular
    from precise_cal.log.checkpoint import read_checkpoint
    from precise_cal.log.errors import LogError

    try:
        return read_checkpoint(read_regular(path, _MOST_OF_A_NOTE).decode("utf-8", "replace"), key)
    except LogError as error:
        raise LogError(placed(path, words_of(error))) from None


@app.command("stamp")
def stamp(
    note: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="The signed state of a log, as a file.")],
    public_key: Annotated[
        Path, typer.Option("--public-key", metavar="FILE", help="The public half of the key that signs the log.")
    ],
    request: Annotated[
        Path | None, typer.Option("--request", metavar="FILE.tsq", help="Write the request, to be sent by other means.")
    ] = None,
    authority: Annotated[
        str | None, typer.Option("--tsa", metavar="URL", help="Ask this time-stamping authority (RFC 3161).")
    ] = None,
    response: Annotated[
        Path | None, typer.Option("--response", metavar="FILE.tsr", help="Its answer: read, or with --tsa written.")
    ] = None,
    root: Annotated[
        Path | None, typer.Option("--root", metavar="FILE.pem", help="The certificates to trust, from elsewhere.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the files.")] = False,
) -> int:
    """Have a checkpoint time-stamped by a third party, and verify its stamp offline.

    Exit status: 0 the stamp holds, or a request was written; 1 it does not hold; 2 a file is not what it should be.
    """
    from precise_cal.files.regular import read_regular
    from precise_cal.files.writing import check_target, write_file
    from precise_cal.gate.keys import load_public
    from precise_cal.log import stamp as stamps
    from precise_cal.log.errors import LogError

    (key,) = load_public([public_key]).keys.values()
    text = read_regular(note, _MOST_OF_A_NOTE).decode("utf-8", "replace")
    size = _checkpoint(note, key).size
    if request is not None:
        check_target(request, force=force, inputs=[note, public_key])
        write_file(request, stamps.request_of(text), force=force, inputs=[note, public_key])
        echo(message("{ $path }: a request for the checkpoint over { $size } events", path=request, size=size))
        return exits.OK
    if response is None or root is None:
        raise typer.BadParameter("is needed, unless --request is given", param_hint="--response, --root")
    roots = stamps.roots_of(read_regular(root, _MOST_OF_A_STAMP), str(root))
    if authority is not None:
        check_target(response, force=force, inputs=[note, public_key, root])
        data = stamps.ask(authority, stamps.request_of(text))
        write_file(response, data, force=force, inputs=[note, public_key, root])
    try:
        found = stamps.read_stamp(text, read_regular(response, _MOST_OF_A_STAMP), roots)
    except LogError as error:
        echo(placed(response, words_of(error)))
        return exits.FOUND
    echo(
        message(
            "{ $size } events, stamped on { $time } UTC by { $authority }",
            size=size,
            time=f"{found.time:%Y-%m-%d %H:%M:%S}",
            authority=Verbatim(found.authority),
        )
    )
    return exits.OK


@app.command("watch")
def watch(
    address: Annotated[str, typer.Argument(metavar="URL", help="Of a desk: https://desk.sponsor.example")],
    public_key: Annotated[
        Path, typer.Option("--public-key", metavar="FILE", help="The public half of the key that signs the log.")
    ],
    state: Annotated[
        Path, typer.Option("--state", metavar="FILE", help="Where the signed state is kept from one time to the next.")
    ],
) -> int:
    """Witness a log from elsewhere: it has to go on from what was kept, which is replaced then.

    Exit status: 0 it does, 1 it does not, 2 the desk does not answer or a file is not what it should be.
    """
    from precise_cal.files.regular import read_regular
    from precise_cal.files.writing import write_file
    from precise_cal.gate.keys import load_public
    from precise_cal.log.watch import watch as held

    (key,) = load_public([public_key]).keys.values()
    kept = read_regular(state, _MOST_OF_A_NOTE).decode("utf-8", "replace") if state.exists() else None
    note, now, fault = held(address, key, kept)
    if fault is not None:
        echo(f"{fault}; {state} stays as it was, and this is what was served:\n{note}", nl=False)
        return exits.FOUND
    write_file(state, note.encode(), force=True)
    went_on = "goes on from what was kept" if kept is not None else "is kept from now on"
    echo(f"{now.origin}: {now.size} events, {went_on}")
    return exits.OK
