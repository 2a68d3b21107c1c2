"""What is said over the socket: a JSON object a line, questions and answers one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from precise_cal.language.catalog import message
from precise_cal.randomization.bundle import Allocation, Digest, Shares, Size
from precise_cal.randomization.plan import Plan
from precise_cal.sealer.errors import SealerError

if TYPE_CHECKING:
    from precise_cal.sealer.sealer import Sealer

MOST: Final = 4_000_000
"""Bytes of a question or an answer."""

ENCRYPTED: Final = r"^(?:[0-9a-f]{2}){1,1024}$"
"""What a share looks like that was encrypted for the sealer."""
Encrypted = Annotated[str, Field(pattern=ENCRYPTED)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AskStatus(_Form):
    """What is there: root, strata, openings without arms, and the key under which shares travel."""

    op: Literal["status"] = "status"


class AskNews(_Form):
    """What was opened since: the openings after those that are known, by their number and the hash of the last line."""

    op: Literal["news"] = "news"
    count: int = Field(ge=0)
    head: Digest


class AskPlan(_Form):
    """Keep a plan."""

    op: Literal["plan"] = "plan"
    plan: Plan


class Sent(_Form):
    """Two shares, encrypted, in hexadecimal."""

    statistician: Encrypted
    sponsor: Encrypted


class AskDraw(_Form):
    """Draw the list."""

    op: Literal["draw"] = "draw"
    commitments: Shares
    shares: Sent
    public: str


class AskReveal(_Form):
    """Give out plan and shares, when the trial is over."""

    op: Literal["reveal"] = "reveal"
    commitments: Shares
    shares: Sent
    public: str


class AskOpen(_Form):
    """Open the slot of a participant."""

    op: Literal["open"] = "open"
    decision: str
    """The signed decision, as its JSON file."""
    subject_id: str
    stratum: str


class Bound(_Form):
    """An opening, without its arm."""

    stratum: str
    number: int
    site: str
    subject_id: str
    decision_id: str
    decision_sha256: Digest
    at: str


class Status(_Form):
    """The answer to `AskStatus`."""

    root: Digest | None
    plan_sha256: Digest | None
    strata: list[Size]
    openings: list[Bound]
    head: str
    """The last line of the journal, by its hash."""
    transport_spki: str
    """In hexadecimal."""


class News(_Form):
    """The answer to `AskNews`."""

    root: Digest | None
    before: int
    """How many openings are left out, being known; 0 where the journal was never in the state that was named."""
    openings: list[Bound]
    head: str


class Answered(_Form):
    """The answer to `AskOpen`."""

    bound: Bound
    allocation: Allocation
    repeated: bool


class Revelation(_Form):
    """The answer to `AskReveal`."""

    plan: Plan
    shares: Shares


class Root(_Form):
    """The answer to `AskDraw`."""

    root: Digest


class Kept(_Form):
    """The answer to `AskPlan`: what may be published of the plan."""

    plan_sha256: Digest
    strata: list[Size]


Question = Annotated[AskStatus | AskNews | AskPlan | AskDraw | AskReveal | AskOpen, Field(discriminator="op")]
_QUESTIONS: Final[TypeAdapter[Any]] = TypeAdapter(Question)


def read_question(line: bytes) -> Any:
    """A question from its line.

    Raises:
        SealerError: it is none. What was sent is not repeated.
    """
    try:
        return _QUESTIONS.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise SealerError(
            "form", message("no question: { $loc }: { $msg }", loc="/".join(map(str, first["loc"])), msg=first["msg"])
        ) from None


def answer(sealer: Sealer, asked: Any) -> BaseModel:
    """What the sealer answers.

    Raises:
        SealerError: it refuses.
    """
    if isinstance(asked, AskOpen):
        opened = sealer.open(asked.decision.encode(), asked.subject_id, asked.stratum)
        return Answered(bound=_bound(opened.opening), allocation=opened.allocation, repeated=opened.repeated)
    if isinstance(asked, AskNews):
        before, openings, head = sealer.openings_since(asked.count, asked.head)
        return News(root=_root(sealer), before=before, openings=[_bound(one) for one in openings], head=head)
    if isinstance(asked, AskPlan):
        sealer.set_plan(asked.plan)
        sizes = [Size(name=one.name, slots=one.slots) for one in asked.plan.strata]
        return Kept(plan_sha256=asked.plan.sha256, strata=sizes)
    if isinstance(asked, AskDraw):
        return Root(root=sealer.draw(_pair(asked.commitments), _sent(asked.shares), asked.public).hex())
    if isinstance(asked, AskReveal):
        plan, (first, second) = sealer.reveal(_pair(asked.commitments), _sent(asked.shares), asked.public)
        return Revelation(plan=plan, shares=Shares(statistician=first.hex(), sponsor=second.hex()))
    return _status(sealer)


def _status(sealer: Sealer) -> Status:
    plan = sealer.plan()
    return Status(
        root=_root(sealer),
        plan_sha256=None if plan is None else plan.sha256,
        strata=sealer.strata,
        openings=[_bound(one) for one in sealer.openings],
        head=sealer.head,
        transport_spki=sealer.transport_spki.hex(),
    )


def _root(sealer: Sealer) -> str | None:
    return None if sealer.root is None else sealer.root.hex()


def _bound(one: Any) -> Bound:
    return Bound(**{name: getattr(one, name) for name in Bound.model_fields})


def _pair(shares: Shares) -> tuple[str, str]:
    return shares.statistician, shares.sponsor


def _sent(shares: Sent) -> tuple[bytes, bytes]:
    return bytes.fromhex(shares.statistician), bytes.fromhex(shares.sponsor)
