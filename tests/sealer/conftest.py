from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from precise_cal.gate import Decision, Evaluation, Facts, PrivateKey, RuleFiles, keygen, load_private
from precise_cal.gate.decision import sign
from precise_cal.randomization.plan import Plan
from precise_cal.sealer.home import Home, make_home, trust
from precise_cal.sealer.sealer import Sealer

if TYPE_CHECKING:
    from pathlib import Path

SHARES = bytes(range(32)), bytes(range(32, 64))
COMMITMENTS = sha256(SHARES[0]).hexdigest(), sha256(SHARES[1]).hexdigest()
PUBLIC = "beacon 5f2c"
PLAN = Plan.model_validate(
    {
        "study": "LANTERN",
        "strata": [
            {"name": name, "slots": 8, "design": {"design": "permuted_blocks", "ratio": {"A": 1, "B": 1}, "sizes": [4]}}
            for name in ("S1", "S2")
        ],
    }
)
START = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


@dataclass
class Desk:
    """A sealer, and the gate that it trusts."""

    home: Path
    key: PrivateKey
    now: datetime = field(default=START)

    def sealer(self) -> Sealer:
        return Sealer(Home(self.home), lambda: self.now)

    def drawn(self) -> Sealer:
        sealer = self.sealer()
        sealer.set_plan(PLAN)
        sealer.draw(COMMITMENTS, self.sent(sealer), PUBLIC)
        return sealer

    def sent(
        self, sealer: Sealer, shares: tuple[bytes, bytes] = SHARES, purpose: bytes = b"draw"
    ) -> tuple[bytes, bytes]:
        key: Any = load_der_public_key(sealer.transport_spki)
        pad = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=purpose)
        return key.encrypt(shares[0], pad), key.encrypt(shares[1], pad)

    def decision(self, who: str, word: str = "ALLOW", site: str = "S1", key: PrivateKey | None = None) -> bytes:
        signer = key or self.key
        blocking = ["IC-1"] if word == "REFUSE" else []
        evaluation = Evaluation(
            decision=word,  # type: ignore[arg-type]
            verdicts=[{"id": "IC-1"}],
            blocking=blocking,
            missing=[],
            parameters=[],
            notices=[],
            chronology={},
        )
        decision = Decision(
            ledger_id="desk", sequence=1, previous_sha256="0" * 64, decision_id=str(uuid.uuid4()),
            decision=evaluation.decision, site_id=site, subject_id=who, decided_at=self.now,
            as_of=self.now,
            randomized_at=None, software_version="0", protocol_version="1", rules=RuleFiles({}, "0" * 64),
            snapshot={}, snapshot_sha256="0" * 64,
            facts=Facts(enrolled=False, treated=False, left=False, consented_at=None),
            evaluation=evaluation, key_fingerprint=signer.fingerprint,
        )  # fmt: skip
        return sign(decision, signer).envelope()

    def later(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: an RSA key costs a quarter of a second."""
    folder = tmp_path_factory.mktemp("sealer")
    keygen(folder / "gate.key", folder / "gate.pub")
    make_home(folder / "home")
    trust(folder / "home", (folder / "gate.pub").read_bytes())
    return folder


@pytest.fixture
def desk(empty_home: Path, tmp_path: Path) -> Desk:
    import shutil

    shutil.copytree(empty_home / "home", tmp_path / "home")
    (tmp_path / "home").chmod(0o700)
    return Desk(tmp_path / "home", load_private(empty_home / "gate.key"))
