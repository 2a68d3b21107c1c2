"""``precise gate``: may this participant be randomized? And the keys and the ledger behind the answer."""

from __future__ import annotations

import datetime
import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from precise_cal.cli import exits
from precise_cal.cli.options import NowOption, RulesOption, read_now, rules_folder

if TYPE_CHECKING:
    from precise_cal.gate import Answer, Gate, RuleFiles

_ASK: Final = "ask"


class _AskGroup(TyperGroup):
    """``precise gate FILE`` is ``precise gate ask FILE``: asking is what the gate is for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = [_ASK, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_AskGroup,
    help="May this participant be randomized? `precise gate FILE` decides, and records the decision.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

LedgerOption = Annotated[
    Path | None,
    typer.Option("--ledger", metavar="FILE", help="The ledger of decisions (default: in the user's data folder)."),
]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="The private key that signs (default: in the user's data folder)."),
]
_DECISION_EXITS: Final = {"ALLOW": exits.OK, "REFUSE": exits.FOUND, "INCOMPLETE": exits.UNDECIDED}


class GateFormat(StrEnum):
    """How the decision is written."""

    text = "text"
    json = "json"


@app.command(_ASK)
def ask(
    file: Annotated[str, typer.Argument(metavar="FILE", help="One participant record, or - for stdin.")],
    rules: RulesOption = None,
    now: NowOption = None,
    ledger: LedgerOption = None,
    key: KeyOption = None,
    format_: Annotated[GateFormat, typer.Option("--format", help="How the decision is written.")] = GateFormat.text,
) -> int:
    """Decide before randomization, and record the decision, signed, in an append-only ledger.

    Exit status: 0 ALLOW, 1 REFUSE, 3 INCOMPLETE, 2 bad usage or unreadable input.
    """
    from precise_cal.cli.gate_text import answer_lines
    from precise_cal.engine.rulebook.load import records_of
    from precise_cal.protocol.from_json import parse_json

    source = _only_source(file)
    document = parse_json(source.data)
    record = records_of(rules_folder(rules)).record(document)
    moment = read_now(now) or record.data_cutoff
    with _open(rules, ledger, key) as gate:
        answer = gate.ask(_request(document, record, moment))
    if format_ is GateFormat.json:
        typer.echo(answer.signed.envelope().decode())
    else:
        typer.echo("\n".join(answer_lines(answer)))
    _warn(answer)
    return _DECISION_EXITS[answer.signed.decision.decision]


@app.command()
def keygen(
    key: Annotated[
        Path, typer.Argument(metavar="KEY", help="The file of the new private key; KEY.pub is its public half.")
    ],
) -> None:
    """Make a pair of keys. Nothing is overwritten."""
    from precise_cal.gate import keygen as make

    fingerprint = make(key, _public(key))
    typer.echo(f"private key {key} (keep it; mode 0600)\npublic key  {_public(key)}\nfingerprint {fingerprint}")


@app.command()
def verify(
    rules: RulesOption = None,
    ledger: LedgerOption = None,
    keys: Annotated[
        list[Path] | None,
        typer.Option("--public-key", metavar="FILE", help="A public key that is trusted; may be repeated."),
    ] = None,
    expect_head: Annotated[
        str | None,
        typer.Option(
            "--expect-head", metavar="N:SHA256", help="Number and hash of the last decision, known from elsewhere."
        ),
    ] = None,
) -> int:
    """Check the ledger offline: signatures, chain, order, length, and every decision computed again.

    Exit status: 0 sound, 1 a fault was found, 2 unreadable.
    """
    from precise_cal.cli.gate_text import verification_lines
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.gate import load_public
    from precise_cal.gate import verify as check
    from precise_cal.gate.judge import evaluator

    folder = rules_folder(rules)
    place = ledger or data_folder() / "gate.ledger"
    trusted = load_public(keys or [_public(data_folder() / "gate.key")])
    found = check(
        place,
        trusted,
        evaluate=evaluator(rulebook(folder)),
        rules=_rule_files(folder),
        expect_head=_head(expect_head),
    )
    for line in verification_lines(found):
        typer.echo(line)
    return exits.OK if found.sound else exits.FOUND


def data_folder() -> Path:
    """Where ledger and key stand unless they are named: ``$PRECISE_GATE_HOME``, else the user's data folder."""
    named = os.environ.get("PRECISE_GATE_HOME")
    if named:
        return Path(named)
    from precise_cal.gate import GateError

    try:
        base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    except RuntimeError:
        raise GateError(
            "this user has no home folder for ledger and key: name --ledger and --key, or set PRECISE_GATE_HOME"
        ) from None
    return Path(base) / "precise-cal"


def _open(rules: Path | None, ledger: Path | None, key: Path | None) -> Gate:
    from precise_cal import __version__
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.gate import Gate, load_private
    from precise_cal.gate.judge import evaluator

    folder = rules_folder(rules)
    private = load_private(key or _default_key())
    return Gate(
        ledger or data_folder() / "gate.ledger",
        key=private,
        evaluate=evaluator(rulebook(folder)),
        rules=_rule_files(folder),
        software_version=__version__,
    )


def _default_key() -> Path:
    """The user's own key; the first question makes it, and says so."""
    from precise_cal.gate import GateError
    from precise_cal.gate import keygen as make

    key = data_folder() / "gate.key"
    if not key.exists():
        try:
            key.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise GateError(f"{key.parent}: cannot be made: {error.strerror}") from None
        make(key, _public(key))
        typer.echo(f"precise: made a signing key, {key}; keep it, and copy {_public(key)} to who verifies", err=True)
    return key


def _public(key: Path) -> Path:
    return key.with_name(f"{key.name}.pub")


def _rule_files(folder: Path) -> RuleFiles:
    from precise_cal.engine.rulebook.trial_folder import PROTOCOL, RULES, as_read
    from precise_cal.gate import RuleFiles

    names = [name for name in (PROTOCOL, *RULES) if (folder / name).exists()]
    return RuleFiles.of({name: as_read((folder / name).read_bytes()) for name in names})


def _request(document: Any, record: Any, moment: Any) -> Any:
    from precise_cal.gate import Request
    from precise_cal.gate.judge import snapshot_of

    randomization = record.randomization
    return Request(
        site_id=record.site_id or "",
        subject_id=record.subject_id,
        protocol_version=record.protocol_version or "",
        snapshot=snapshot_of(document),
        randomized_at=_datetime(randomization.at) if randomization else None,
        gate_decision_id=randomization.gate_decision_id if randomization else None,
        as_of=_datetime(moment),
    )


def _datetime(moment: Any) -> datetime.datetime | None:
    """An instant that is known to the minute; anything less leaves the clock to decide."""
    if moment is None or moment.offset_minutes is None or moment.minute is None:
        return None
    return datetime.datetime.fromisoformat(str(moment))


def _only_source(file: str) -> Any:
    from precise_cal.cli.inputs import InputError, expand, read_sources

    sources = read_sources(expand([file]))
    source = next(sources, None)
    if source is None or next(sources, None) is not None:
        raise InputError(f"{file}: the gate decides about one participant at a time")
    return source


def _head(text: str | None) -> tuple[int, str] | None:
    from precise_cal.cli.inputs import InputError

    if text is None:
        return None
    number, _, digest = text.partition(":")
    if not number.isdecimal() or not digest:
        raise InputError(f'--expect-head "{text}": should be the number and hash of a decision, such as 12:9f86d0…')
    return int(number), digest


def _warn(answer: Answer) -> None:
    if answer.standing == "recorded_after_randomization":
        typer.echo("precise: randomized before any decision of the gate was recorded (DV-RND-01)", err=True)
    if answer.data_changed_after_gate:
        typer.echo("precise: data changed after the gate allowed randomization (DV-RND-03)", err=True)
