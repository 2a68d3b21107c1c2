"""The randomization list at the desk: its ceremony as events, and what may be known of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from precise_cal.desk.errors import DeskError, form_error
from precise_cal.desk.models import Allocation, Decision, Event
from precise_cal.desk.sealed import hear
from precise_cal.desk.store.decisions import proof_of
from precise_cal.desk.store.log import add, kept, writing
from precise_cal.desk.store.prepared import Prepared
from precise_cal.desk.store.scope import whole
from precise_cal.desk.strata import check_stratification
from precise_cal.gate.canonical import thaw
from precise_cal.language.catalog import message
from precise_cal.randomization.bundle import FORM, Bundle, PublicValue, Revealed, Shares
from precise_cal.randomization.plan import Plan
from precise_cal.sealer.client import ask
from precise_cal.sealer.messages import (
    ENCRYPTED,
    AskDraw,
    AskPlan,
    AskReveal,
    AskStatus,
    Bound,
    Kept,
    Revelation,
    Root,
    Sent,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.desk.home import Place
    from precise_cal.desk.store.log import Actor
    from precise_cal.desk.trial import Trial
    from precise_cal.language.catalog import Text

PARTIES = ("statistician", "sponsor")
_TYPES = ("plan", "commitment", "public", "share", "drawn", "closing", "revealed")
_STEPS: Final[Prepared[tuple[str, str]]] = Prepared(
    lambda: (
        Event.objects.filter(type__in=[f"list.{name}" for name in _TYPES])
        .order_by("number")
        .values_list("type", "content_id")
    )
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the ceremony."""

    type: str
    """Of its event."""
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ListState:
    """How far the ceremony has come, by the log."""

    steps: Sequence[Step]

    def _last(self, name: str, party: str | None = None) -> dict[str, Any] | None:
        found = [
            one.content
            for one in self.steps
            if one.type == f"list.{name}" and party in (None, one.content.get("party"))
        ]
        return found[-1] if found else None

    @property
    def plan(self) -> dict[str, Any] | None:
        """Digest and strata of the plan."""
        return self._last("plan")

    @property
    def stratify(self) -> str:
        """By which expression participants are stratified; empty: by site."""
        return str(self.plan["stratify"]) if self.plan else ""

    @property
    def strata(self) -> frozenset[str]:
        """The strata of the list, once it is drawn."""
        return frozenset(one["name"] for one in self.plan["strata"]) if self.plan and self.root else frozenset()

    @property
    def commitments(self) -> dict[str, str]:
        """By party, the SHA-256 of its share."""
        found = {party: self._last("commitment", party) for party in PARTIES}
        return {party: one["sha256"] for party, one in found.items() if one}

    @property
    def public(self) -> dict[str, str] | None:
        """The public value and its source."""
        return self._last("public")

    def brought(self, kind: str) -> dict[str, str]:
        """By party, the encrypted share: to draw the list (``share``) or to reveal it (``closing``)."""
        found = {party: self._last(kind, party) for party in PARTIES}
        return {party: one["encrypted"] for party, one in found.items() if one}

    @property
    def root(self) -> str | None:
        """The root of the list, once it is drawn."""
        found = self._last("drawn")
        return found["root"] if found else None

    @property
    def revealed(self) -> dict[str, Any] | None:
        """Plan and shares, once the trial is over."""
        return self._last("revealed")

    def openings(self, place: Place) -> list[Bound]:
        """What the sealer has opened; nothing before there is a list."""
        return [] if self.root is None else status(place).openings


@whole()
def list_state() -> ListState:
    """How far the ceremony has come."""
    return ListState([Step(type_, _content_of(digest)) for type_, digest in _STEPS()])


@lru_cache(64)
def _content_of(digest: str) -> dict[str, Any]:
    """What a step is about: what has this SHA-256 stays what it is, and is read once in a process."""
    found = kept(digest)
    if found is None:
        raise DeskError(message("the log's content { $digest } is missing", digest=digest))
    return _members(bytes(found.data))


def _members(content: bytes) -> dict[str, Any]:
    members: Any = thaw(content)
    return members


def status(place: Place) -> Status:
    """What the sealer says of itself. Raises: SealerError."""
    return ask(place.socket, AskStatus(), Status)


@whole()
def sealer_gap(place: Place) -> Text | None:
    """What the sealer opened, ever, and the log does not know: the database was put back to an earlier state.

    Raises:
        SealerError: the sealer does not answer.
    """
    last: int | None = Decision.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    return hear(place, everything=True).gap(list_state().root, last or 0)


def set_plan(place: Place, trial: Trial, plan: object, actor: Actor, stratify: str = "") -> None:
    """Give the plan to the sealer; the log has its digest, the strata and by what participants are stratified.

    Args:
        place: the desk.
        trial: its rules.
        plan: as read from YAML.
        actor: the statistician.
        stratify: an expression over the record that gives the name of a stratum; empty: the site is the stratum.

    Raises:
        DeskError: it is no plan; commitments stand already.
        SealerError: the sealer refuses.
    """
    state = list_state()
    if state.commitments or state.root:
        raise DeskError("the plan stands since the first share was committed to")
    try:
        read = Plan.model_validate(plan)
    except ValidationError as error:
        raise form_error(Plan, plan, error) from None
    if stratify:
        check_stratification(trial, stratify)
    answer = ask(place.socket, AskPlan(plan=read), Kept)
    add("list.plan", {**answer.model_dump(), "study": read.study, "stratify": stratify}, actor)


def commit(party: str, sha256: str, actor: Actor) -> None:
    """Publish the SHA-256 of a party's share.

    Raises:
        DeskError: it is too early, too late, or no SHA-256.
    """
    with writing():
        state = list_state()
        if state.plan is None:
            raise DeskError("the plan comes first")
        if party in state.commitments:
            raise DeskError("this share is committed to already, and stays")
        if sha256 in state.commitments.values():
            raise DeskError("both shares are the same: each party draws its own")
        add("list.commitment", {"party": party, "sha256": _digest(sha256)}, actor)


def _digest(text: str) -> str:
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise DeskError("a SHA-256 has 64 hexadecimal digits")
    return text


def publish(source: str, value: str, actor: Actor) -> None:
    """Enter the public value that nobody knew when the shares were committed to.

    Raises:
        DeskError: it is too early or too late, or says nothing.
    """
    with writing():
        state = list_state()
        if len(state.commitments) < len(PARTIES):
            raise DeskError("both shares have to be committed to before the public value is known")
        if state.public is not None:
            raise DeskError("the public value stands already")
        if not source.strip() or not value.strip():
            raise DeskError("the public value needs its source and its value")
        add("list.public", {"source": source.strip()[:1000], "value": value.strip()[:1000]}, actor)


def share(place: Place, party: str, encrypted: str, actor: Actor) -> None:
    """Bring a share, encrypted for the sealer: to draw the list, and once it is drawn, to reveal it.

    With the second share the list is drawn and its root published, or plan and shares are.

    Raises:
        DeskError: it is too early or too late.
        SealerError: it is not the share that was committed to.
    """
    if re.fullmatch(ENCRYPTED, encrypted) is None:
        raise DeskError("This is no encrypted share: reload the page, try again.")
    with writing():
        state = list_state()
        if state.public is None:
            raise DeskError("the public value comes before the shares")
        if state.revealed:
            raise DeskError("plan and shares are revealed already")
        kind = "share" if state.root is None else "closing"
        add(f"list.{kind}", {"party": party, "encrypted": encrypted}, actor)
        state = list_state()
        if len(state.brought(kind)) == len(PARTIES):
            _finish(place, state, actor)


def _finish(place: Place, state: ListState, actor: Actor) -> None:
    commitments = Shares(**state.commitments)
    if state.root is None:
        assert state.public is not None
        assert state.plan is not None
        shares = Sent(**state.brought("share"))
        question = AskDraw(commitments=commitments, shares=shares, public=state.public["value"])
        root = ask(place.socket, question, Root).root
        add("list.drawn", {"root": root, "plan_sha256": state.plan["plan_sha256"]}, actor)
    else:
        assert state.public is not None
        shares = Sent(**state.brought("closing"))
        asked = AskReveal(commitments=commitments, shares=shares, public=state.public["value"])
        add("list.revealed", ask(place.socket, asked, Revelation).model_dump(mode="json"), actor)


def place_in_list(row: Allocation) -> dict[str, Any]:
    """An allocation with what verifies it: its place among all slots, how many there are, and the published root."""
    state, before = list_state(), 0
    assert state.plan is not None
    for one in state.plan["strata"]:
        if one["name"] == row.stratum:
            break
        before += one["slots"]
    size = sum(one["slots"] for one in state.plan["strata"])
    return {"allocation": proof_of(row), "index": before + row.number - 1, "size": size, "root": state.root}


@whole()
def bundle(state: ListState) -> Bundle:
    """The list as it can be given to anybody: the opened slots with their proofs.

    Raises:
        DeskError: no list is drawn.
    """
    if state.root is None or state.plan is None or state.public is None:
        raise DeskError("no list is drawn yet")
    rows = Allocation.objects.select_related("event__content")
    known = [_members(bytes(one.event.content.data)) for one in rows]
    # by opening, not by event: what a crash left between both is entered later than the slots after it
    opened = sorted(known, key=lambda one: (one["bound"]["at"], one["bound"]["number"]))
    return Bundle.model_validate(
        {
            "form": FORM,
            "study": state.plan["study"],
            "commitments": state.commitments,
            "public": PublicValue(**state.public),
            "plan_sha256": state.plan["plan_sha256"],
            "root": state.root,
            "strata": state.plan["strata"],
            "allocations": [one["allocation"] for one in opened],
            "revealed": Revealed.model_validate(state.revealed) if state.revealed else None,
        }
    )
