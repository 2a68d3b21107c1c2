from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.gate import (
    Answer,
    Evaluation,
    Facts,
    Gate,
    Keeper,
    PrivateKey,
    Request,
    RuleFiles,
    keygen,
    load_private,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULES = RuleFiles({"eligibility.yaml": "a" * 64, "protocol.yaml": "b" * 64}, "c" * 64, "bundled", "bundled")
NOBODY = Facts(enrolled=False, treated=False, left=False, consented_at="2026-03-09T10:05:00+08:00")


def judge(snapshot: Any, facts: Facts | None, as_of: datetime) -> Evaluation:
    """A rule of its own: QFR above 0.8 allows, no QFR is missing, anything else blocks."""
    value = snapshot["qfr"]
    if value is None:
        word, verdict = "INCOMPLETE", "UNKNOWN"
    else:
        word, verdict = ("ALLOW", "MET") if Decimal(value) > Decimal("0.8") else ("REFUSE", "NOT_MET")
    return Evaluation(
        decision=word,  # type: ignore[arg-type]
        verdicts=[{"id": "IC-7", "verdict": verdict, "observed": value}],
        blocking=["IC-7"] if word == "REFUSE" else [],
        missing=["IC-7"] if word == "INCOMPLETE" else [],
        parameters=[{"id": "qfr.threshold", "value": "0.8", "status": "registry"}],
        notices=[],
        chronology={"as_of": as_of.isoformat()},
    )


@dataclass
class Clock:
    """Goes on by a second each time it is asked."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 10, 2, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Site:
    """A ledger, its key, its clock."""

    ledger: Path
    private: Path
    public: Path
    clock: Clock = field(default_factory=Clock)

    @property
    def key(self) -> PrivateKey:
        return load_private(self.private)

    def keeper(self, **other: Any) -> Keeper:
        return Keeper(self.ledger, **({"key": self.key, "clock": self.clock} | other))

    def gate(self, keeper: Keeper, **other: Any) -> Gate:
        return Gate(keeper, **({"evaluate": judge, "rules": RULES, "software_version": "1.0"} | other))

    def ask(self, subject: str = "ZS01-001", qfr: Any = Decimal("0.88"), **other: Any) -> Answer:
        return self.ask_for(question(subject, qfr, **other))

    def ask_for(self, request: Request, **other: Any) -> Answer:
        mine = {name: other.pop(name) for name in ("evaluate", "rules") if name in other}
        with self.keeper(**other) as keeper:
            return self.gate(keeper, **mine).ask(request)


def question(subject: str, qfr: Any, **other: Any) -> Request:
    snapshot = {"subject_id": subject, "qfr": qfr, "text": "中文 é"}
    return Request(
        **({"site_id": "ZS01", "facts": NOBODY} | other),
        subject_id=subject,
        protocol_version="registry-2026-02-26",
        snapshot=snapshot,
    )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    keygen(tmp_path / "gate.key", tmp_path / "gate.pub")
    return Site(tmp_path / "gate.ledger", tmp_path / "gate.key", tmp_path / "gate.pub")


@pytest.fixture
def judged() -> Callable[[Any, Any, datetime], Evaluation]:
    return judge


@pytest.fixture
def rules() -> RuleFiles:
    return RULES


ANSWERS = [("P1", "0.88"), ("P2", "0.80"), ("P3", None), ("P1", "0.79")]


@pytest.fixture
def told(site: Any) -> list[Any]:
    """A ledger of four decisions, as they were told."""
    return [site.ask(subject, qfr).signed for subject, qfr in ANSWERS]
