"""What the hostile suites share: a gate by the bundled rules, over a ledger of the test's own, at a clock it sets."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cli.gate_home import TrialRules
from precise_cal.engine.rulebook.roles import role_values
from precise_cal.gate import Answer, Gate, Keeper, Request, RuleFiles, Verification, keygen, load_private, load_public
from precise_cal.gate import verify as verify_ledger
from precise_cal.gate.facts import facts_of
from precise_cal.gate.moments import judged_at
from precise_cal.gate.snapshot import Snapshots

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

AFTER_THE_QFR = datetime(2026, 3, 10, 2, 10, tzinfo=UTC)


@dataclass
class Desk:
    """A gate where a test sits: what it asks is judged at `clock`."""

    folder: Path
    trial: TrialRules
    clock: datetime = AFTER_THE_QFR
    name: str = "gate"
    settings: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def snapshots(self) -> Snapshots:
        """What of a record the rules read, worked out once."""
        return Snapshots(self.trial.book)

    def __post_init__(self) -> None:
        if not self.key.exists():
            keygen(self.key, self.public)

    @property
    def ledger(self) -> Path:
        return self.folder / f"{self.name}.ledger"

    @property
    def key(self) -> Path:
        return self.folder / "gate.key"

    @property
    def public(self) -> Path:
        return self.folder / "gate.pub"

    def request(self, document: dict[str, Any], reason: str | None = None) -> Request:
        """The question as the command line asks it."""
        book = self.trial.book
        record, offset = book.records.record(document), book.utc_offset_minutes
        known = role_values(book.roles, ("site", "participant", "enrolled_at"), record, offset)
        snapshot = self.snapshots.of(document)
        enrolled_at = known["enrolled_at"]
        is_instant = enrolled_at is not None and enrolled_at.minute is not None
        return Request(
            site_id=known["site"] or "",
            subject_id=known["participant"],
            protocol_version="",
            snapshot=snapshot,
            facts=facts_of(book.roles, record, offset),
            judged_at=partial(judged_at, record=book.records.record(snapshot), offset_minutes=offset),
            randomized_at=datetime.fromisoformat(str(enrolled_at)) if is_instant else None,
            reason=reason,
        )

    def ask(self, document: dict[str, Any], reason: str | None = None) -> Answer:
        request = self.request(document, reason)
        with Keeper(self.ledger, key=load_private(self.key), clock=lambda: self.clock, **self.settings) as keeper:
            gate = Gate(keeper, evaluate=self.trial.evaluate, rules=self.trial.files, software_version="hostile")
            return gate.ask(request)

    def verify(self, **options: Any) -> Verification:
        return verify_ledger(self.ledger, load_public([self.public]), trusted_rules=self.trial.trusted, **options)


@pytest.fixture(scope="session")
def trial(book: Rulebook) -> TrialRules:
    """The bundled rules."""
    files = RuleFiles(dict(book.loaded.files), book.sha256, "bundled", "bundled")
    return TrialRules(book, files, frozenset({book.sha256}))


@pytest.fixture
def desk(tmp_path: Path, trial: TrialRules) -> Desk:
    return Desk(tmp_path, trial)


@pytest.fixture
def participant(screening: dict[str, Any]) -> Any:
    """A participant who may be randomized, by number, with members set by path."""

    def make(number: int, **changes: Any) -> dict[str, Any]:
        document = copy.deepcopy(screening)
        document["subject_id"] = f"ZS01-{number:03}"
        for path, value in changes.items():
            part: Any = document
            *names, last = path.split("__")
            for name in names:
                part = part[int(name)] if isinstance(part, list) else part[name]
            part[int(last) if isinstance(part, list) else last] = value
        return document

    return make
