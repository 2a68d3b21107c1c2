"""Verifying a ledger offline: signatures, chain, clock, checkpoint, and a replay of every decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from precise_cal.gate.canonical import canonical, sha256
from precise_cal.gate.checkpoint import read_checkpoint
from precise_cal.gate.errors import GateError
from precise_cal.gate.gatekeeper import checkpoint_fault
from precise_cal.gate.ledger import SCHEMA, Ledger, Row, origin_sha256
from precise_cal.protocol.errors import PreciseError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from precise_cal.gate.decision import Decision, RuleFiles
    from precise_cal.gate.gatekeeper import Evaluate
    from precise_cal.gate.keys import PublicKeys

FaultCode = Literal["DAMAGED", "SCHEMA", "CHANGED", "SEQUENCE", "CHAIN", "CLOCK", "REPLAY", "SHORTENED"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something found wrong: the decision's number where it concerns one."""

    code: FaultCode
    sequence: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found; `other_rules` numbers the decisions under other rule files, not replayed."""

    decisions: int
    replayed: int
    other_rules: tuple[int, ...]
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.faults


def verify(
    ledger: Path,
    keys: PublicKeys,
    *,
    evaluate: Evaluate | None = None,
    rules: RuleFiles | None = None,
    expect_head: tuple[int, str] | None = None,
) -> Verification:
    """Hold a ledger against its signatures, its chain, its checkpoint and the rules. Nothing is written.

    Args:
        ledger: the file; its checkpoint stands beside it.
        keys: the keys that are trusted.
        evaluate: replays decisions; None leaves the replay out.
        rules: the hashes of the rule files that `evaluate` applies; decisions under others are listed, not
            replayed.
        expect_head: number and SHA-256 of a decision known from elsewhere (a decision file, a report). The
            ledger must hold it. Only this finds a ledger cut back together with its checkpoint.

    Raises:
        GateError: the file cannot be opened, or is no ledger.
    """
    book = Ledger(ledger, keys, writable=False)
    try:
        return _Verifier(book, keys, evaluate, rules).run(expect_head)
    finally:
        book.close()


class _Verifier:
    def __init__(self, ledger: Ledger, keys: PublicKeys, evaluate: Evaluate | None, rules: RuleFiles | None) -> None:
        self._ledger = ledger
        self._keys = keys
        self._evaluate = evaluate
        self._rules = rules
        self._faults: list[Fault] = []
        self._decisions = 0
        self._replayed = 0
        self._other_rules: list[int] = []

    def run(self, expect_head: tuple[int, str] | None) -> Verification:
        try:
            self._check_file()
            self._check_chain()
            self._check_length(expect_head)
        except GateError as error:
            self._report("DAMAGED", None, str(error))
        return Verification(self._decisions, self._replayed, tuple(self._other_rules), tuple(self._faults))

    def _check_file(self) -> None:
        for line in self._ledger.damage():
            self._report("DAMAGED", None, line)
        schema = self._ledger.schema()
        for name in sorted(SCHEMA.keys() | schema.keys()):
            if schema.get(name) != SCHEMA.get(name):
                self._report("SCHEMA", None, f"table or trigger '{name}' is not as it was made")

    def _check_chain(self) -> None:
        place, link, clock = 0, origin_sha256(self._ledger.ledger_id), None
        for row in self._ledger.rows():
            self._decisions += 1
            place += 1
            if row.sequence != place:
                self._report("SEQUENCE", row.sequence, f"should be number {place}")
                place = row.sequence
            decision = self._read(row)
            if decision is not None:
                self._check_link(decision, link, clock)
                self._replay(row, decision)
                clock = decision.decided_at
            link = row.sha256

    def _read(self, row: Row) -> Decision | None:
        try:
            return row.read(self._keys).decision
        except GateError as error:
            self._report("CHANGED", row.sequence, str(error))
            return None

    def _check_link(self, decision: Decision, link: str, clock: datetime | None) -> None:
        if decision.ledger_id != self._ledger.ledger_id:
            self._report("CHAIN", decision.sequence, f"was made for the ledger {decision.ledger_id}")
        if decision.previous_sha256 != link:
            self._report("CHAIN", decision.sequence, "does not follow the decision before it")
        if clock is not None and decision.decided_at < clock:
            self._report("CLOCK", decision.sequence, "was made before its predecessor: the clock was set back")
        if sha256(canonical(decision.snapshot)) != decision.snapshot_sha256:
            self._report("CHANGED", decision.sequence, "the snapshot's SHA-256 is another")

    def _replay(self, row: Row, decision: Decision) -> None:
        if self._evaluate is None:
            return
        if self._rules is None or decision.rules.sha256 != self._rules.sha256:
            self._other_rules.append(row.sequence)
            return
        self._replayed += 1
        try:
            evaluation = self._evaluate(decision.snapshot, decision.as_of)
            again = replace(decision, decision=evaluation.decision, evaluation=evaluation).body()
        except PreciseError as error:
            self._report("REPLAY", row.sequence, f"cannot be replayed: {error}")
            return
        if again != row.body:
            self._report("REPLAY", row.sequence, "the rules say something else of its snapshot than was recorded")

    def _check_length(self, expect_head: tuple[int, str] | None) -> None:
        head = self._ledger.head()
        told = read_checkpoint(self._ledger.path, self._keys)
        fault = checkpoint_fault(self._ledger, head, told)
        if fault is not None and not (told is None and head.sequence == 0):
            self._report("SHORTENED", None, fault)
        if expect_head is not None and self._ledger.sha256_at(expect_head[0]) != expect_head[1]:
            self._report("SHORTENED", None, f"decision {expect_head[0]} with SHA-256 {expect_head[1]} is not in it")

    def _report(self, code: FaultCode, sequence: int | None, text: str) -> None:
        self._faults.append(Fault(code, sequence, text))
