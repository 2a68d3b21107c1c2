"""The decision object: immutable, complete enough to be replayed from itself, signed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast

from precise_cal.gate.canonical import Json, canonical, sha256, thaw
from precise_cal.gate.errors import GateError
from precise_cal.gate.evaluation import Evaluation, members_of
from precise_cal.gate.facts import read_facts
from precise_cal.gate.written import read_exactly, read_hex, write_time
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.gate.facts import Facts
    from precise_cal.gate.keys import PrivateKey, PublicKeys
    from precise_cal.protocol.verdicts import GateVerdict

FORMATS: Final = {1: "precise-cal-gate-decision-1", 2: "precise-cal-gate-decision-2"}
"""The form of a decision: 1 is that of version 0.1 of the program, 2 is written now."""

Trust = Literal["bundled", "named", "untrusted"]
"""Where trust in rule files comes from: the program brought them, `--trust-rules` named them, or nobody did."""


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """The rule files that decide: SHA-256 of each by name, and of all together; whence they came, and who trusts them.

    `sha256` is the report's `protocol.sha256`; that of decisions of format 1 was made otherwise (`first_sha256`).
    """

    files: Mapping[str, str]
    sha256: str
    folder: str | None = None
    trust: Trust | None = None

    def frozen(self, form: int) -> dict[str, object]:
        """The members of a decision; format 1 has neither folder nor trust."""
        members: dict[str, object] = {"files": self.files, "sha256": self.sha256}
        return members if form == 1 else members | {"folder": self.folder, "trust": self.trust}

    @property
    def first_sha256(self) -> str:
        """The hash that decisions of format 1 have for these files: it left the taxonomy of deviations out."""
        decisive = ("protocol.yaml", "eligibility.yaml", "events.yaml")
        return sha256(canonical({name: self.files[name] for name in decisive if name in self.files}))


class Earlier(NamedTuple):
    """An earlier decision on the same participant, as a later one names it."""

    sequence: int
    sha256: str
    decision: str


class RecordRead(NamedTuple):
    """As much of a record as the gate reads: two that differ in it are not the same record."""

    site_id: str
    subject_id: str
    snapshot: Json
    snapshot_sha256: str
    facts: Facts | None
    rules_sha256: str
    """Of the rules that say what a snapshot is."""

    def differs_from(self, other: RecordRead) -> bool:
        """Whether it is another record.

        Decisions of format 1 have no facts to compare. Where other rules read other fields, those that both read tell.
        """
        if self[:2] != other[:2] or (None not in (self.facts, other.facts) and self.facts != other.facts):
            return True
        if self.rules_sha256 == other.rules_sha256:
            return self.snapshot_sha256 != other.snapshot_sha256
        return _contradicts(self.snapshot, other.snapshot)


def _contradicts(one: Json, other: Json) -> bool:
    """Whether two snapshots differ in a field that both have."""
    if isinstance(one, dict) and isinstance(other, dict):
        return any(_contradicts(one[name], other[name]) for name in one.keys() & other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) != len(other) or any(map(_contradicts, one, other))
    return canonical(one) != canonical(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision of the gate. `snapshot` and what was evaluated are canonical JSON; times are UTC."""

    form: int = 2
    ledger_id: str
    ledger_path: str = ""
    ledger_decisions: int = 0
    """How many decisions the ledger has, this one included."""
    sequence: int
    previous_sha256: str
    decision_id: str
    decision: GateVerdict
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
    facts: Facts | None = None
    """What the record says beside the snapshot; None in format 1."""
    earlier: tuple[Earlier, ...] = ()
    reason: str | None = None
    """Why the record was changed after a REFUSE."""
    evaluation: Evaluation
    key_fingerprint: str

    @property
    def record(self) -> RecordRead:
        """The record that it rests on."""
        return RecordRead(
            self.site_id, self.subject_id, self.snapshot, self.snapshot_sha256, self.facts, self.rules.sha256
        )

    def body(self) -> bytes:
        """The canonical JSON that is hashed and signed."""
        content: dict[str, object] = {"snapshot": self.snapshot, "sha256": self.snapshot_sha256}
        members: dict[str, object] = {
            **self.evaluation.members(self.form),
            "format": FORMATS[self.form],
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
            "rules": self.rules.frozen(self.form),
            "input": content,
            "key_fingerprint": self.key_fingerprint,
        }
        if self.form > 1:
            assert self.facts is not None
            content["facts"] = self.facts.frozen()
            members["earlier"] = [one._asdict() for one in self.earlier]
            members["reason"] = self.reason
            members["ledger"] = {"path": self.ledger_path, "decisions": self.ledger_decisions}
        return canonical(members)


@dataclass(frozen=True, slots=True)
class SignedDecision:
    """A decision with the exact bytes that were signed, their SHA-256 and the Ed25519 signature."""

    decision: Decision
    body: bytes
    sha256: str
    signature: bytes

    def named(self) -> Earlier:
        """The decision as later ones on the same participant name it."""
        return Earlier(self.decision.sequence, self.sha256, self.decision.decision)

    def envelope(self) -> bytes:
        """The decision as a JSON file of its own, which can be verified without the ledger."""
        return _BODY + self.body + _rest(self.sha256, self.signature.hex())


_BODY: Final = b'{"body":'
_REST: Final = re.compile(rb',"sha256":"([0-9a-f]{64})","signature":"[0-9a-f]{128}"\}\Z')


def _rest(digest: Json, signature: Json) -> bytes:
    """What follows the body in a file."""
    return b"," + canonical({"sha256": digest, "signature": signature})[1:]


def sign(decision: Decision, key: PrivateKey) -> SignedDecision:
    """Sign the body of a decision."""
    body = decision.body()
    return SignedDecision(decision, body, sha256(body), key.sign("decision", body))


def read_decision(body: bytes) -> Decision:
    """The decision whose body these bytes are.

    Raises:
        GateError: the bytes are not exactly what a decision writes.
    """
    return read_exactly(body, _from_members, "a decision")


def read_envelope(data: bytes, keys: PublicKeys) -> SignedDecision:
    """A decision file, its hash and signature checked.

    Raises:
        GateError: the file is not a decision, was changed, or was signed with another key.
    """
    data = data.strip()
    members = cast("Any", thaw(data))
    if not isinstance(members, dict) or set(members) != {"body", "sha256", "signature"}:
        raise GateError("not a decision file: it should have body, sha256 and signature")
    body = data[len(_BODY) : -len(_rest(members["sha256"], members["signature"]))]  # it is canonical, so are its parts
    decision = read_exactly(body, _from_members, "a decision", members["body"])
    signature = read_hex(members["signature"])
    if members["sha256"] != sha256(body):
        raise GateError("the decision file was changed: its SHA-256 is another")
    keys.check(decision.key_fingerprint, "decision", body, signature)
    return SignedDecision(decision, body, members["sha256"], signature)


def digest_in(data: bytes) -> str:
    """The SHA-256 that a decision file, as `SignedDecision.envelope` writes it, says of its decision.

    Raises:
        GateError: it is no such file.
    """
    found = _REST.search(data)
    if found is None or not data.startswith(_BODY):
        raise GateError("not a decision file: it should have body, sha256 and signature")
    return found[1].decode()


def _from_members(members: Any) -> Decision:
    form = next((form for form, name in FORMATS.items() if name == members["format"]), None)
    if form is None:
        raise GateError(message("not a decision that this version knows: { $format }", format=f"{members['format']!r}"))
    evaluation = Evaluation(**{name: members[name] for name in members_of(form)})
    randomized_at = members["randomized_at"]
    content, rules = members["input"], members["rules"]
    later: dict[str, Any] = {}
    if form > 1:
        later = {
            "facts": read_facts(content["facts"]),
            "earlier": tuple(Earlier(**one) for one in members["earlier"]),
            "reason": members["reason"],
            "ledger_path": members["ledger"]["path"],
            "ledger_decisions": members["ledger"]["decisions"],
        }
    return Decision(
        form=form,
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
        rules=RuleFiles(rules["files"], rules["sha256"], rules.get("folder"), rules.get("trust")),
        snapshot=content["snapshot"],
        snapshot_sha256=content["sha256"],
        evaluation=evaluation,
        key_fingerprint=members["key_fingerprint"],
        **later,
    )
