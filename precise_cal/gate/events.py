"""What a ledger records beside decisions: that a new key signs from here on, and that a wrong clock was set right."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from precise_cal.gate.canonical import canonical, sha256
from precise_cal.gate.keys import public_from_hex
from precise_cal.gate.written import read_exactly, read_hex, write_time

if TYPE_CHECKING:
    from precise_cal.gate.keys import PrivateKey, PublicKeys

EventKind = Literal["succession", "clock"]
EVENT_FORMATS: Final[dict[str, EventKind]] = {
    "precise-cal-gate-succession-1": "succession",
    "precise-cal-gate-clock-1": "clock",
}


@dataclass(frozen=True, slots=True)
class Succession:
    """One key hands over to another, which endorses it in turn: who trusts either trusts both.

    The 32 bytes of each public key, and the new key's signature over both, all in hexadecimal.
    """

    old_key: str
    new_key: str
    endorsement: str

    @classmethod
    def of(cls, ledger_id: str, old: PrivateKey, new: PrivateKey) -> Succession:
        """The succession of two keys in a ledger."""
        endorsed = _endorsed(ledger_id, old.public_hex, new.public_hex)
        return cls(old.public_hex, new.public_hex, new.sign("endorsement", endorsed).hex())

    @property
    def fingerprints(self) -> tuple[str, str]:
        """By which the old and the new key are known."""
        return sha256(bytes.fromhex(self.old_key)), sha256(bytes.fromhex(self.new_key))

    def extend(self, trusted: PublicKeys, ledger_id: str, body: bytes, signature: bytes) -> PublicKeys:
        """The trusted keys with both of these, where one of them is trusted and has signed for the other.

        Raises:
            GateError: the trusted one has not.
        """
        old, new = self.fingerprints
        if old in trusted:
            trusted.check(old, "event", body, signature)
            return trusted | public_from_hex(self.new_key)
        endorsed = _endorsed(ledger_id, self.old_key, self.new_key)
        trusted.check(new, "endorsement", endorsed, read_hex(self.endorsement))
        return trusted | public_from_hex(self.old_key)


def _endorsed(ledger_id: str, old_key: str, new_key: str) -> bytes:
    return canonical({"ledger_id": ledger_id, "old_key": old_key, "new_key": new_key})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An entry that is no decision. After a `clock` entry times start anew: the clock had run ahead before."""

    kind: EventKind
    ledger_id: str
    sequence: int
    previous_sha256: str
    recorded_at: datetime
    reason: str
    key_fingerprint: str
    succession: Succession | None = None

    def body(self) -> bytes:
        """The canonical JSON that is hashed and signed."""
        members: dict[str, object] = {
            "format": next(name for name, kind in EVENT_FORMATS.items() if kind == self.kind),
            "ledger_id": self.ledger_id,
            "sequence": self.sequence,
            "previous_sha256": self.previous_sha256,
            "recorded_at": write_time(self.recorded_at),
            "reason": self.reason,
            "key_fingerprint": self.key_fingerprint,
        }
        if self.succession is not None:
            members["succession"] = asdict(self.succession)
        return canonical(members)


def read_event(body: bytes) -> Event:
    """The event whose body these bytes are.

    Raises:
        GateError: the bytes are not exactly what an event writes.
    """
    return read_exactly(body, _from_members, "an event")


def _from_members(members: Any) -> Event:
    kind = EVENT_FORMATS[members["format"]]
    succession = Succession(**members["succession"]) if kind == "succession" else None
    event = Event(
        kind=kind,
        ledger_id=members["ledger_id"],
        sequence=members["sequence"],
        previous_sha256=members["previous_sha256"],
        recorded_at=datetime.fromisoformat(members["recorded_at"]),
        reason=members["reason"],
        key_fingerprint=members["key_fingerprint"],
        succession=succession,
    )
    if succession is not None:
        keys = public_from_hex(succession.old_key) | public_from_hex(succession.new_key)
        if event.key_fingerprint != succession.fingerprints[0] or len(keys.keys) != len(succession.fingerprints):
            raise ValueError("a succession that the old key did not sign, or to itself")
    return event
