"""The decision object: immutable, complete enough to be replayed from itself, signed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

from precise_cal.gate.canonical import Json, canonical, freeze, sha256, thaw
from precise_cal.gate.errors import GateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from precise_cal.gate.keys import PrivateKey, PublicKeys

Word = Literal["ALLOW", "REFUSE", "INCOMPLETE"]
WORDS: Final = get_args(Word)

FORMAT: Final = "precise-cal-gate-decision-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What the rules say of one snapshot. The lists hold JSON as the report model writes it.

    Raises:
        GateError: the decision is not one of the three words, or contradicts what blocks or is missing. ALLOW
            with something blocking or missing is never recorded.
    """

    decision: Word
    verdicts: Sequence[object]
    blocking: Sequence[str]
    missing: Sequence[str]
    parameters: Sequence[object]
    notices: Sequence[object]
    chronology: object

    def __post_init__(self) -> None:
        blocking, missing = bool(self.blocking), bool(self.missing)
        agrees = {
            "ALLOW": not blocking and not missing and bool(self.verdicts),
            "REFUSE": blocking,
            "INCOMPLETE": missing and not blocking,
        }
        if not agrees.get(self.decision, False):
            raise GateError(
                f"the evaluation says {self.decision!r} with {len(self.verdicts)} verdicts, blocking "
                f"{list(self.blocking)} and missing {list(self.missing)}; that is no decision"
            )

    def frozen(self) -> dict[str, Json]:
        """The evaluation as canonical JSON members.

        Raises:
            GateError: something in it has no exact JSON form.
        """
        return {field.name: freeze(getattr(self, field.name), f"/{field.name}") for field in fields(self)}


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """The rule files that decide: SHA-256 of each by name, and of all together."""

    files: Mapping[str, str]
    sha256: str

    @classmethod
    def of(cls, contents: Mapping[str, bytes]) -> RuleFiles:
        """Hash the contents of rule files, by name. Together: the canonical JSON of the single hashes."""
        files = {name: sha256(contents[name]) for name in sorted(contents)}
        return cls(files, sha256(canonical(files)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision of the gate. `snapshot` and what was evaluated are canonical JSON; times are UTC."""

    ledger_id: str
    sequence: int
    previous_sha256: str
    decision_id: str
    decision: Word
    site_id: str
    subject_id: str
    decided_at: datetime
    as_of: datetime
    randomized_at: datetime | None
    software_version: str
    protocol_version: str
    rules: RuleFiles
    snapshot: Json
    snapshot_sha256: str
    evaluation: Evaluation
    key_fingerprint: str

    def body(self) -> bytes:
        """The canonical JSON that is hashed and signed."""
        members: dict[str, object] = {
            **self.evaluation.frozen(),
            "format": FORMAT,
            "ledger_id": self.ledger_id,
            "sequence": self.sequence,
            "previous_sha256": self.previous_sha256,
            "decision_id": self.decision_id,
            "site_id": self.site_id,
            "subject_id": self.subject_id,
            "decided_at": write_time(self.decided_at),
            "as_of": write_time(self.as_of),
            "randomized_at": None if self.randomized_at is None else write_time(self.randomized_at),
            "software": {"name": "precise-cal", "version": self.software_version},
            "protocol_version": self.protocol_version,
            "rules": {"files": self.rules.files, "sha256": self.rules.sha256},
            "input": {"snapshot": self.snapshot, "sha256": self.snapshot_sha256},
            "key_fingerprint": self.key_fingerprint,
        }
        return canonical(members)


@dataclass(frozen=True, slots=True)
class SignedDecision:
    """A decision with the exact bytes that were signed, their SHA-256 and the Ed25519 signature."""

    decision: Decision
    body: bytes
    sha256: str
    signature: bytes

    def envelope(self) -> bytes:
        """The decision as a JSON file of its own, which can be verified without the ledger."""
        return canonical(
            {"body": thaw(self.body), "sha256": self.sha256, "signature": self.signature.hex()},
        )


def sign(decision: Decision, key: PrivateKey) -> SignedDecision:
    """Sign the body of a decision."""
    body = decision.body()
    return SignedDecision(decision, body, sha256(body), key.sign("decision", body))


def read_decision(body: bytes) -> Decision:
    """The decision whose body these bytes are.

    Raises:
        GateError: the bytes are not exactly what a decision writes.
    """
    try:
        decision = _from_members(cast("Any", thaw(body)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise GateError(f"not a decision of this program: {type(error).__name__} at {error}") from error
    if decision.body() != body:
        raise GateError("not a decision of this program: members were added or rewritten")
    return decision


def read_envelope(data: bytes, keys: PublicKeys) -> SignedDecision:
    """A decision file, its hash and signature checked.

    Raises:
        GateError: the file is not a decision, was changed, or was signed with another key.
    """
    members = cast("Any", thaw(data.strip()))
    if not isinstance(members, dict) or set(members) != {"body", "sha256", "signature"}:
        raise GateError("not a decision file: it should have body, sha256 and signature")
    body = canonical(members["body"])
    decision = read_decision(body)
    try:
        signature = bytes.fromhex(members["signature"])
    except (TypeError, ValueError) as error:
        raise GateError("not a decision file: the signature is not hexadecimal") from error
    if members["sha256"] != sha256(body):
        raise GateError("the decision file was changed: its SHA-256 is another")
    keys.check(decision.key_fingerprint, "decision", body, signature)
    return SignedDecision(decision, body, members["sha256"], signature)


def write_time(moment: datetime) -> str:
    """An instant in UTC to the microsecond, always equally long.

    Raises:
        GateError: the instant has no offset.
    """
    if moment.utcoffset() is None:
        raise GateError(f"the time {moment.isoformat()} has no offset from UTC")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _from_members(members: Any) -> Decision:
    evaluation = Evaluation(**{field.name: members[field.name] for field in fields(Evaluation)})
    randomized_at = members["randomized_at"]
    return Decision(
        ledger_id=members["ledger_id"],
        sequence=members["sequence"],
        previous_sha256=members["previous_sha256"],
        decision_id=members["decision_id"],
        decision=evaluation.decision,
        site_id=members["site_id"],
        subject_id=members["subject_id"],
        decided_at=datetime.fromisoformat(members["decided_at"]),
        as_of=datetime.fromisoformat(members["as_of"]),
        randomized_at=None if randomized_at is None else datetime.fromisoformat(randomized_at),
        software_version=members["software"]["version"],
        protocol_version=members["protocol_version"],
        rules=RuleFiles(members["rules"]["files"], members["rules"]["sha256"]),
        snapshot=members["input"]["snapshot"],
        snapshot_sha256=members["input"]["sha256"],
        evaluation=evaluation,
        key_fingerprint=members["key_fingerprint"],
    )
