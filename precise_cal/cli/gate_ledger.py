"""The keys and the ledger behind ``precise gate``: made, handed over, set right, verified."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo, tell
from precise_cal.cli.gate_home import (
    KeyOption,
    LedgerOption,
    PublicKeyOption,
    ReasonOption,
    TrustRulesOption,
    data_folder,
    open_keeper,
    public_half,
    trial_rules,
    trusted_keys,
)
from precise_cal.cli.options import RulesOption
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from precise_cal.gate import PublicKeys


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(keygen)
    app.command()(verify)
    app.command()(rekey)
    app.command()(clock)


def keygen(
    key: Annotated[
        Path, typer.Argument(metavar="KEY", help="The file of the new private key; KEY.pub is its public half.")
    ],
) -> None:
    """Make a pair of keys. Nothing is overwritten."""
    from precise_cal.gate import keygen as make

    fingerprint = make(key, public_half(key))
    echo(
        message(
            "private key { $key } (keep it; mode 0600)\npublic key  { $public_half }\nfingerprint { $fingerprint }",
            key=key,
            public_half=public_half(key),
            fingerprint=fingerprint,
        )
    )


def verify(
    rules: RulesOption = None,
    trust_rules: TrustRulesOption = None,
    ledger: LedgerOption = None,
    public_key: PublicKeyOption = None,
    expect_head: Annotated[
        str | None,
        typer.Option(
            "--expect-head", metavar="N:SHA256", help="Number and hash of the last entry, known from elsewhere."
        ),
    ] = None,
) -> int:
    """Check the ledger offline: signatures, chain, order, length, and every decision computed again.

    Nothing is written. Exit status: 0 sound, 1 a fault was found, 2 unreadable.
    """
    from precise_cal.cli.gate_text import verification_lines
    from precise_cal.gate import verify as check

    trial = trial_rules(rules, trust_rules)
    found = check(
        ledger or data_folder() / "gate.ledger",
        trusted_keys(public_key) or _own_public_key(),
        evaluate=trial.evaluate,
        rules=trial.files,
        trusted_rules=trial.trusted,
        expect_head=_head(expect_head),
    )
    for line in verification_lines(found):
        echo(line)
    return exits.OK if found.sound else exits.FOUND


def rekey(
    new_key: Annotated[Path, typer.Argument(metavar="NEW_KEY", help="The private key that signs from here on.")],
    reason: ReasonOption,
    ledger: LedgerOption = None,
    key: KeyOption = None,
    public_key: PublicKeyOption = None,
) -> None:
    """Hand over to another key: the old one signs for it in the ledger, and is trusted no further.

    Who trusts either key then trusts both. Where the old key is lost, give its public half to `precise gate` and
    `precise gate verify` with --public-key instead.
    """
    from precise_cal.gate import load_private

    with open_keeper(ledger, key, public_key) as keeper:
        event = keeper.hand_over(load_private(new_key), _stated(reason))
    echo(
        message(
            "entry { $sequence }: the key of { $new_key } signs from here on; name it with --key, or "
            "put it in the place of { $value }; give { $public_half } to who verifies",
            sequence=event.sequence,
            new_key=new_key,
            value=key or data_folder() / "gate.key",
            public_half=public_half(new_key),
        )
    )


def clock(
    reason: ReasonOption,
    ledger: LedgerOption = None,
    key: KeyOption = None,
    public_key: PublicKeyOption = None,
) -> None:
    """Record that the clock ran ahead and is right now, where its last entry would block all new ones.

    What was decided under the wrong clock stays in the ledger, and `precise gate verify` names the correction.
    """
    with open_keeper(ledger, key, public_key) as keeper:
        event = keeper.set_clock(_stated(reason))
    echo(
        message(
            "entry { $sequence }: the clock is right at { $recorded_at } UTC",
            sequence=event.sequence,
            recorded_at=f"{event.recorded_at:%Y-%m-%d %H:%M:%S}",
        )
    )


def _own_public_key() -> PublicKeys:
    """This machine's own public key, where none was named; who relies on it is told."""
    from precise_cal.gate import load_public

    own = public_half(data_folder() / "gate.key")
    found = load_public([own])
    (fingerprint,) = found.keys
    tell(
        message(
            "no --public-key was named: trusting this machine's own, { $own } ({ $fingerprint "
            "}); that shows a ledger in order, not whose it is",
            own=own,
            fingerprint=fingerprint[:12],
        )
    )
    return found


def _stated(reason: str) -> str:
    from precise_cal.files.records import InputError

    if not reason.strip():
        raise InputError("--reason: should say why")
    return reason.strip()


def _head(text: str | None) -> tuple[int, str] | None:
    from precise_cal.files.records import InputError

    if text is None:
        return None
    number, _, digest = text.partition(":")
    if not (number.isascii() and number.isdigit()) or len(digest) != 64:
        raise InputError(
            message(
                '--expect-head "{ $text }": should be the number and hash of an entry, such as 12:9f86d0…', text=text
            )
        )
    return int(number), digest.lower()
