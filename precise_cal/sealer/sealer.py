"""Draws the list, keeps it, and opens its slots: strictly in order, each for one participant, for a signed ALLOW."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from precise_cal.gate.decision import read_envelope
from precise_cal.gate.errors import GateError
from precise_cal.language.catalog import message, words_of
from precise_cal.log.merkle import Tree
from precise_cal.protocol.identifiers import skeleton
from precise_cal.protocol.verdicts import ALLOW
from precise_cal.randomization.bundle import Allocation, Size
from precise_cal.randomization.plan import SHARE, Plan, commitment, draw, joint_seed
from precise_cal.sealer.box import seal, unseal
from precise_cal.sealer.errors import SealerError
from precise_cal.sealer.journal import Journal, Opening

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.gate.decision import SignedDecision
    from precise_cal.sealer.box import SealedSlot
    from precise_cal.sealer.home import Home, Purpose

EXPIRY: Final = timedelta(minutes=60)
"""How long an ALLOW opens a slot."""
SKEW: Final = timedelta(seconds=60)
"""By how much clocks may differ."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What the sealer answers."""

    opening: Opening
    allocation: Allocation
    repeated: bool
    """Whether the participant had the slot already."""


class Sealer:
    """One list. Everything happens under one lock: two who ask at once are answered one after the other."""

    def __init__(self, home: Home, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Read what there is.

        Raises:
            SealerError: list or journal were changed, or do not belong together.
        """
        self._home, self._clock, self._lock = home, clock, Lock()
        self._journal = Journal(home.journal)
        self._load()

    def _load(self) -> None:
        kept = self._home.read_list()
        slots = kept[1] if kept else []
        self.root: bytes | None = kept[0] if kept else None
        self._tree = Tree(one.leaf for one in slots)
        if self.root is not None and self._tree.root() != self.root:
            raise SealerError("changed", "the sealed list is not the one of its root")
        self._places: dict[tuple[str, int], tuple[int, SealedSlot]] = {
            (one.stratum, one.number): (place, one) for place, one in enumerate(slots)
        }
        self.strata = _sizes(slots)
        for one in self._journal.openings:
            if (one.stratum, one.number) not in self._places:
                raise SealerError(
                    "changed",
                    message(
                        "slot { $number } of { $stratum } was opened, and is not in the list",
                        number=one.number,
                        stratum=one.stratum,
                    ),
                )

    @property
    def openings(self) -> tuple[Opening, ...]:
        """What was opened, in its order; no arm is among it."""
        return tuple(self._journal.openings)

    @property
    def head(self) -> str:
        """The last line of the journal, by its hash."""
        return self._journal.head

    def openings_since(self, count: int, head: str) -> tuple[int, tuple[Opening, ...], str]:
        """What was opened after a state of the journal that is known: all of it, where it was never in that state.

        Args:
            count: how many openings are known.
            head: the hash of the last line of them.

        Returns:
            How many openings come before, the openings, and the hash of the last line now.
        """
        with self._lock:
            start = count if self._journal.has_been(count, head) else 0
            return start, tuple(self._journal.openings[start:]), self._journal.head

    @property
    def transport_spki(self) -> bytes:
        """The public key under which shares travel."""
        return self._home.transport_spki

    def set_plan(self, plan: Plan) -> None:
        """Keep the plan of the list, hidden until the end.

        Raises:
            SealerError: the list is drawn.
        """
        with self._lock:
            self._check_not_drawn()
            self._home.write_plan(plan)

    def plan(self) -> Plan | None:
        """The plan: for the sealer's own use, and for the end of the trial."""
        return self._home.read_plan()

    def draw(self, commitments: tuple[str, str], shares: tuple[bytes, bytes], public: str) -> bytes:
        """Draw the list, put it under seal, and forget the shares.

        Args:
            commitments: of statistician and sponsor, as published.
            shares: as they travelled: encrypted for this sealer.
            public: the value that nobody knew when the commitments were published.

        Returns:
            The root, to be published before the first participant.

        Raises:
            SealerError: a share is not the one that was committed to; there is no plan; the list is drawn.
        """
        with self._lock:
            self._check_not_drawn()
            plan = self._home.read_plan()
            if plan is None:
                raise SealerError("plan", "there is no plan yet")
            first, second = self._opened_shares(commitments, shares, "draw")
            slots = list(draw(plan, joint_seed(first, second, public)))
            root = Tree(one.leaf for one in slots).root()
            self._home.write_list(root, [seal(one, self._home.key, root) for one in slots])
            self._load()
            return root

    def reveal(
        self, commitments: tuple[str, str], shares: tuple[bytes, bytes], public: str
    ) -> tuple[Plan, tuple[bytes, bytes]]:
        """Plan and shares, for the end of the trial: both who committed have to bring their shares again.

        What was committed to is not taken from who asks: shares and public value have to give the list once more.

        Raises:
            SealerError: a share is not the one that was committed to, or not that of the list; nothing was drawn.
        """
        with self._lock:
            plan = self._home.read_plan()
            if plan is None or self.root is None:
                raise SealerError("not_drawn", "no list is drawn yet")
            first, second = self._opened_shares(commitments, shares, "reveal")
            if Tree(one.leaf for one in draw(plan, joint_seed(first, second, public))).root() != self.root:
                raise SealerError(
                    "share", "these shares and this public value do not give the list: nothing is revealed"
                )
            return plan, (first, second)

    def _opened_shares(
        self, commitments: tuple[str, str], shares: tuple[bytes, bytes], purpose: Purpose
    ) -> tuple[bytes, bytes]:
        first, second = (self._home.decrypt(one, purpose) for one in shares)
        for who, share, published in zip(("statistician", "sponsor"), (first, second), commitments, strict=True):
            if len(share) != SHARE or commitment(share) != published:
                raise SealerError(
                    "share", message("the share of the { $who } is not the one whose SHA-256 was published", who=who)
                )
        return first, second

    def _check_not_drawn(self) -> None:
        if self.root is not None:
            raise SealerError("drawn", "the list is drawn already, and stays")

    def open(self, envelope: bytes, subject_id: str, stratum: str) -> Opened:
        """The slot of a participant: the one that is theirs already, else the next of the stratum.

        Args:
            envelope: the signed decision as a file of its own.
            subject_id: the participant that is meant.
            stratum: in which the slot lies.

        Raises:
            SealerError: whatever is not in order; nothing is opened then.
        """
        signed = self._checked(envelope, subject_id)
        with self._lock:
            if self.root is None:
                raise SealerError("not_drawn", "no list is drawn yet")
            who = skeleton(subject_id)
            had = self._journal.of(who)
            if had is not None:
                return self._again(had, signed, stratum)
            now = self._now()
            self._check_age(signed, now)
            number = 1 + self._journal.count(stratum)
            allocation = self._allocation(stratum, number)
            decision = signed.decision
            opening = Opening(
                stratum=stratum, number=number, site=decision.site_id, participant=who, subject_id=subject_id,
                decision_id=decision.decision_id, decision_sha256=signed.sha256, at=now.isoformat(),
            )  # fmt: skip
            self._journal.append(opening)
            return Opened(opening, allocation, repeated=False)

    def _checked(self, envelope: bytes, subject_id: str) -> SignedDecision:
        try:
            signed = read_envelope(envelope, self._home.trusted)
        except GateError as error:
            raise SealerError("decision", words_of(error)) from None
        decision = signed.decision
        if decision.decision != ALLOW:
            raise SealerError(
                "decision",
                message("the decision says { $decision }, not { $allow }", decision=decision.decision, allow=ALLOW),
            )
        if skeleton(decision.subject_id) != skeleton(subject_id):
            raise SealerError(
                "participant",
                message(
                    "the decision is about { $subject_id }, not { $subject_id_2 }",
                    subject_id=decision.subject_id,
                    subject_id_2=subject_id,
                ),
            )
        return signed

    def _again(self, opening: Opening, signed: SignedDecision, stratum: str) -> Opened:
        if (opening.site, opening.stratum) != (signed.decision.site_id, stratum):
            raise SealerError(
                "participant",
                message(
                    "{ $subject_id } has a slot at { $site } already", subject_id=opening.subject_id, site=opening.site
                ),
            )
        return Opened(opening, self._allocation(opening.stratum, opening.number), repeated=True)

    def _now(self) -> datetime:
        now = self._clock()
        last = self._journal.openings[-1] if self._journal.openings else None
        if last is not None and datetime.fromisoformat(last.at) - now > SKEW:
            raise SealerError(
                "clock",
                message("the clock says { $now }, but a slot was opened at { $at }", now=now.isoformat(), at=last.at),
            )
        return now if last is None else max(now, datetime.fromisoformat(last.at))

    def _check_age(self, signed: SignedDecision, now: datetime) -> None:
        at = signed.decision.decided_at
        if now - at >= EXPIRY:
            raise SealerError(
                "expired", message("the decision of { $at } has expired: ask the gate again", at=at.isoformat())
            )
        if at - now > SKEW:
            raise SealerError(
                "clock",
                message("the decision is of { $at }, and it is { $now }", at=at.isoformat(), now=now.isoformat()),
            )

    def _allocation(self, stratum: str, number: int) -> Allocation:
        if all(one.name != stratum for one in self.strata):
            raise SealerError("stratum", message("the list has no stratum { $stratum }", stratum=f"{stratum!r}"))
        if (stratum, number) not in self._places:
            raise SealerError("exhausted", message("every slot of { $stratum } is opened", stratum=stratum))
        place, sealed = self._places[stratum, number]
        assert self.root is not None
        slot = unseal(sealed, self._home.key, self.root)
        path = [one.hex() for one in self._tree.inclusion(place)]
        return Allocation(stratum=stratum, number=number, arm=slot.arm, salt=slot.salt.hex(), path=path)


def _sizes(slots: list[SealedSlot]) -> list[Size]:
    counts: dict[str, int] = {}
    for one in slots:
        counts[one.stratum] = counts.get(one.stratum, 0) + 1
    return [Size(name=name, slots=count) for name, count in counts.items()]
