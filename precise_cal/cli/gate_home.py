"""Where the gate keeps its ledger and its key, and by which rules it decides."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from precise_cal.cli.echo import tell
from precise_cal.files.names import beside
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.gate import Evaluate, Keeper, PublicKeys, RuleFiles
    from precise_cal.gate.decision import Trust

LedgerOption = Annotated[
    Path | None,
    typer.Option("--ledger", metavar="FILE", help="The ledger of decisions (default: in the user's data folder)."),
]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="The private key that signs (default: in the user's data folder)."),
]
PublicKeyOption = Annotated[
    list[Path] | None,
    typer.Option("--public-key", metavar="FILE", help="A public key that is trusted; may be repeated."),
]
TrustRulesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--trust-rules",
        metavar="SHA256",
        help="The hash (protocol.sha256 of a report) of rule files that are the trial's; may be repeated.",
    ),
]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is recorded.")]


class TrialRules(NamedTuple):
    """The rules that a decision rests on, read from their files and nowhere else."""

    book: Rulebook
    files: RuleFiles
    trusted: frozenset[str]
    """The hashes of the rule files that are trusted: the bundled ones, and those that were named."""

    @property
    def evaluate(self) -> Evaluate:
        """The rules as a function."""
        from precise_cal.gate.evaluate import evaluator

        return evaluator(self.book)


def trial_rules(option: Path | None, named: Sequence[str] | None) -> TrialRules:
    """The rules of a folder, or the bundled ones. Never from the cache: another could have written there.

    Raises:
        InputError: what should be a hash is none.
        RuleFileError: a rule file is wrong.
    """
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.gate import RuleFiles
    from precise_cal.rules import bundled

    trusted = {_digest(text) for text in named or ()}
    own = rulebook(bundled(), cache=False)
    book = own if option is None else rulebook(option, cache=False)
    is_own = book.sha256 == own.sha256
    trust: Trust = "bundled" if is_own else "named" if book.sha256 in trusted else "untrusted"
    folder = "bundled" if option is None else str(option.absolute())
    files = RuleFiles(dict(book.loaded.files), book.sha256, folder, trust)
    return TrialRules(book, files, frozenset({own.sha256, *trusted}))


def _digest(text: str) -> str:
    from precise_cal.files.records import InputError

    if len(text) != 64 or not set(text.lower()) <= set("0123456789abcdef"):
        raise InputError(
            message(
                '--trust-rules "{ $text }": should be 64 hexadecimal digits, the protocol.sha256 of a report', text=text
            )
        )
    return text.lower()


def data_folder() -> Path:
    """Where ledger and key stand unless they are named: ``$PRECISE_GATE_HOME``, else the user's data folder.

    Raises:
        GateError: there is no home folder.
    """
    from precise_cal.gate import GateError

    named = os.environ.get("PRECISE_GATE_HOME")
    if named:
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME")
    try:
        return (Path(base) if base else Path.home() / ".local" / "share") / "precise-cal"
    except RuntimeError:
        raise GateError("there is no home folder for ledger and key: name them, or set PRECISE_GATE_HOME") from None


def ledger_path(option: Path | None) -> Path:
    """The ledger that was named, else the user's own, in a folder that nobody else may enter.

    Raises:
        GateError: that folder cannot be made.
    """
    return option or own_folder() / "gate.ledger"


def own_folder() -> Path:
    """The data folder, made if there is none; one that others may enter is closed to them.

    Raises:
        GateError: it cannot be made.
    """
    from precise_cal.gate import GateError

    folder = data_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
        mode = stat.S_IMODE(state.st_mode)
        if os.name == "posix" and mode & 0o077 and state.st_uid == os.geteuid():
            folder.chmod(mode & ~0o077)
            tell(
                message(
                    "{ $folder }: mode { $mode } let others in; it is { $mode_2 } now",
                    folder=folder,
                    mode=f"{mode:04o}",
                    mode_2=f"{mode & ~63:04o}",
                )
            )
    except OSError as error:
        raise GateError(
            message("{ $folder }: cannot be made: { $strerror }", folder=folder, strerror=error.strerror)
        ) from None
    return folder


def own_key() -> Path:
    """The user's own key; the first question makes it, and says so."""
    from precise_cal.gate import GateError, keygen

    key = own_folder() / "gate.key"
    if key.exists():
        return key
    try:
        keygen(key, public_half(key))
    except GateError:
        if not key.exists():  # else another question was faster, and made it
            raise
    else:
        tell(
            message(
                "made a signing key, { $key }; keep it, and copy { $public_half } to who verifies",
                key=key,
                public_half=public_half(key),
            )
        )
    return key


def open_keeper(ledger: Path | None, key: Path | None, public_key: list[Path] | None) -> Keeper:
    """The ledger with its key, open for writing; both are the user's own unless they are named."""
    from precise_cal.gate import Keeper, load_private

    return Keeper(ledger_path(ledger), key=load_private(key or own_key()), trusted=trusted_keys(public_key))


def own_files(ledger: Path | None, key: Path | None) -> list[Path]:
    """Ledger, checkpoint and key, named or the user's own: nothing else is ever written over them."""
    from precise_cal.gate.checkpoint import checkpoint_path

    place, private = ledger or data_folder() / "gate.ledger", key or data_folder() / "gate.key"
    return [place, checkpoint_path(place), private, public_half(private)]


def public_half(key: Path) -> Path:
    """The file of the public half of a key."""
    return beside(key, "{}.pub")


def trusted_keys(named: list[Path] | None) -> PublicKeys | None:
    """The public keys that were named; None where none was."""
    from precise_cal.gate import load_public

    return load_public(named) if named else None
