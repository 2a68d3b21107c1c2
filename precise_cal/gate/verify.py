"""Verifying a ledger offline: signatures, chain, clock, checkpoint, rules, and a replay of every decision."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from precise_cal.gate.asking import refused_before
from precise_cal.gate.chain import Chain, Fault, Keys, Link, handovers, untrusted_text
from precise_cal.gate.checkpoint import Head, read_checkpoint
from precise_cal.gate.errors import GateError, UntrustedKeyError
from precise_cal.gate.events import read_event
from precise_cal.gate.history import shortened
from precise_cal.gate.ledger import Ledger
from precise_cal.gate.released import RELEASED
from precise_cal.language.catalog import message, words_of
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.identifiers import skeleton
from precise_cal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from precise_cal.gate.asking import Evaluate
    from precise_cal.gate.chain import FaultCode
    from precise_cal.gate.checkpoint import Checkpoint
    from precise_cal.gate.decision import Decision, RuleFiles, SignedDecision
    from precise_cal.gate.evaluation import Evaluation
    from precise_cal.gate.keys import PublicKeys


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found.

    Attributes:
        head: of the ledger.
        decisions: how many there are.
        replayed: how many were computed again.
        other_rules: the numbers of those under other rule files than those at hand, not computed again.
        changed: the decisions on a record that was changed after a REFUSE, each with that REFUSE.
        notes: what else was recorded that a reader should know: keys handed over, clocks set right.
        faults: what is wrong.
    """

    head: Head
    decisions: int
    replayed: int
    other_rules: tuple[int, ...]
    changed: tuple[tuple[Decision, Decision], ...]
    notes: tuple[str, ...]
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
    trusted_rules: Collection[str] | None = None,
    expect_head: tuple[int, str] | None = None,
) -> Verification:
    """Hold a ledger against its signatures, its chain, its checkpoint and the rules. Nothing is written.

    Args:
        ledger: the file; its checkpoint stands beside it.
        keys: the keys that are trusted; those that they handed over to are too.
        evaluate: replays decisions; None leaves the replay out.
        rules: the rule files that `evaluate` applies; decisions under others are listed, not replayed.
        trusted_rules: SHA-256 of the rule files that are the trial's, beside those that a released version brought;
            None believes any.
        expect_head: number and SHA-256 of an entry known from elsewhere (a slip, a decision file, a report). The
            ledger must hold it. Only this finds a ledger cut back together with its checkpoint.

    Raises:
        GateError: the file cannot be opened, or is no ledger.
    """
    verifier = _Verifier(keys, evaluate, rules, trusted_rules)
    told = verifier.checkpoint(ledger)
    with closing(Ledger(ledger, writable=False)) as book:
        return verifier.run(book, told, expect_head)


class _Verifier:
    def __init__(
        self,
        keys: PublicKeys,
        evaluate: Evaluate | None,
        rules: RuleFiles | None,
        trusted_rules: Collection[str] | None,
    ) -> None:
        self._given = keys
        self._evaluate = evaluate
        self._rules = rules
        self._trusted_rules = trusted_rules
        self._faults: list[Fault] = []
        self._notes: list[str] = []
        self._is_checkpoint_damaged = False
        self._replayed = 0
        self._other_rules: list[int] = []
        self._untrusted_keys: dict[str, list[Link]] = defaultdict(list)
        self._untrusted_rules: dict[str, list[Decision]] = defaultdict(list)
        self._changed: list[tuple[Decision, Decision]] = []
        self._of_participant: dict[str, list[SignedDecision]] = defaultdict(list)

    def checkpoint(self, ledger: Path) -> Checkpoint | None:
        """The checkpoint, read before the ledger, which may only have gone on since."""
        try:
            return read_checkpoint(ledger)
        except GateError as error:
            self._report("DAMAGED", None, words_of(error))
            self._is_checkpoint_damaged = True
            return None

    def run(self, ledger: Ledger, told: Checkpoint | None, expect_head: tuple[int, str] | None) -> Verification:
        chain = Chain(ledger.ledger_id)
        known = {0: chain.head_sha256}
        try:
            self._check_file(ledger)
            keys = self._keys(ledger)
            for row in ledger.rows():
                link, faults = chain.add(row)
                self._faults += faults
                known[row.sequence] = row.sha256
                if link is not None:
                    self._check(keys, link)
            self._check_checkpoint(keys, told)
        except GateError as error:
            self._report("DAMAGED", None, words_of(error))
        head = Head(ledger.ledger_id, chain.sequence, chain.head_sha256)
        self._check_length(head, told, known, expect_head)
        self._report_groups()
        return Verification(
            head,
            chain.decisions,
            self._replayed,
            tuple(self._other_rules),
            tuple(self._changed),
            tuple(self._notes),
            tuple(self._faults),
        )

    def _check_file(self, ledger: Ledger) -> None:
        for line in ledger.damage():
            self._report("DAMAGED", None, line)
        for name in ledger.schema_faults():
            self._report("SCHEMA", None, message("table or trigger '{ $name }' is not as it was made", name=name))

    def _keys(self, ledger: Ledger) -> Keys:
        try:
            return Keys(self._given, handovers(ledger))
        except GateError as error:
            self._report(
                "KEY", None, message("a key was not handed over as recorded: { $error }", error=words_of(error))
            )
            return Keys(self._given, [])

    def _check(self, keys: Keys, link: Link) -> None:
        try:
            keys.check(link)
            if link.kind == "decision":
                self._check_decision(link.decision())
            else:
                event = read_event(link.row.body)
                what = "another key signs from here on" if event.kind == "succession" else "the clock was set right"
                self._notes.append(
                    message(
                        "entry { $sequence }, { $recorded_at } UTC: { $what }: { $reason }",
                        sequence=event.sequence,
                        recorded_at=f"{event.recorded_at:%Y-%m-%d %H:%M}",
                        what=what,
                        reason=event.reason,
                    )
                )
        except UntrustedKeyError:
            self._untrusted_keys[link.members["key_fingerprint"]].append(link)
        except GateError as error:
            self._report("CHANGED", link.row.sequence, words_of(error))

    def _check_decision(self, signed: SignedDecision) -> None:
        decision = signed.decision
        earlier = self._of_participant[skeleton(decision.subject_id)]
        self._check_earlier(decision, earlier)
        earlier.append(signed)
        if self._trusted_rules is not None and decision.rules.sha256 not in {*RELEASED, *self._trusted_rules}:
            self._untrusted_rules[decision.rules.sha256].append(decision)
        self._replay(signed)

    def _check_earlier(self, decision: Decision, earlier: list[SignedDecision]) -> None:
        """What a decision names of those before it, and whether a change after REFUSE has its reason."""
        if decision.form > 1:
            named = {(one.sequence, one.sha256) for one in decision.earlier}
            stored = {(one.decision.sequence, one.sha256) for one in earlier}
            same_name = {
                (one.decision.sequence, one.sha256) for one in earlier if one.decision.subject_id == decision.subject_id
            }
            if not same_name <= named <= stored:
                self._report(
                    "CHAIN", decision.sequence, "does not name the participant's earlier decisions as they are"
                )
        refused = refused_before(one.decision for one in earlier)
        if refused is not None and decision.record.differs_from(refused.record):
            self._changed.append((decision, refused))
            if decision.form > 1 and not decision.reason and not (decision.facts and decision.facts.enrolled):
                self._report(
                    "REASON",
                    decision.sequence,
                    message("follows the REFUSE of { $sequence } without a reason", sequence=refused.sequence),
                )

    def _replay(self, signed: SignedDecision) -> None:
        decision, rules = signed.decision, self._rules
        if self._evaluate is None:
            return
        if rules is None or decision.rules.sha256 != (rules.first_sha256 if decision.form == 1 else rules.sha256):
            self._other_rules.append(decision.sequence)
            return
        self._replayed += 1
        try:
            evaluation = self._evaluate(decision.snapshot, decision.facts, decision.as_of)
        except PreciseError as error:
            self._report("REPLAY", decision.sequence, message("cannot be replayed: { $error }", error=words_of(error)))
            return
        if not _says_the_same(decision, evaluation):
            self._report("REPLAY", decision.sequence, "the rules say something else of its snapshot than was recorded")

    def _check_checkpoint(self, keys: Keys, told: Checkpoint | None) -> None:
        if told is None:
            return
        try:
            told.check(keys.trusted)
        except UntrustedKeyError as error:
            self._report("KEY", None, words_of(error))
        except GateError as error:
            self._report("DAMAGED", None, words_of(error))

    def _check_length(
        self, head: Head, told: Checkpoint | None, known: dict[int, str], expect_head: tuple[int, str] | None
    ) -> None:
        fault = shortened(head, told, None if told is None else known.get(told.head.sequence))
        is_unbegun = told is None and head.sequence == 0
        if fault is not None and not is_unbegun and not self._is_checkpoint_damaged:
            self._report("SHORTENED", None, fault)
        if expect_head is not None and known.get(expect_head[0]) != expect_head[1]:
            self._report(
                "SHORTENED",
                None,
                message(
                    "entry { $expect_head } with SHA-256 { $expect_head_2 } is not in it",
                    expect_head=expect_head[0],
                    expect_head_2=expect_head[1],
                ),
            )

    def _report_groups(self) -> None:
        """One line for each key and each rule folder that is not trusted, however many entries rest on it."""
        for links in self._untrusted_keys.values():
            self._report("KEY", None, untrusted_text(links))
        for digest, decisions in self._untrusted_rules.items():
            numbers = ", ".join(str(one.sequence) for one in decisions[:10]) + (" …" if len(decisions) > 10 else "")
            where = decisions[0].rules.folder or "a folder that was not recorded"
            text = message(
                "{ $count } decided by rules that no version of this program brought ({ $numbers }): { "
                "$where }, SHA-256 { $digest }; if they are the trial's, name them with --trust-rules { "
                "$digest }",
                count=len(decisions),
                numbers=numbers,
                where=where,
                digest=digest,
            )
            self._report("RULES", None, text)

    def _report(self, code: FaultCode, sequence: int | None, text: str) -> None:
        self._faults.append(Fault(code, sequence, text))


def _says_the_same(decision: Decision, again: Evaluation) -> bool:
    """Whether an evaluation is the recorded one: to the byte by the same version of the program, else in its verdicts.

    Versions differ in the words that explain a verdict, never in what follows from rules and record.
    """
    if decision.form > 1 and decision.software_version == __version__:
        return replace(decision, decision=again.decision, evaluation=again).body() == decision.body()
    return again.verdict_words() == decision.evaluation.verdict_words()
