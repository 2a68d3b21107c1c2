"""What can be checked of a list offline: its root, the slots that were opened, and, after the trial, all of it."""

from __future__ import annotations

import hmac
from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from precise_cal.language.catalog import lines_of, message, placed
from precise_cal.log.merkle import check_inclusion
from precise_cal.protocol.form_errors import form_problems
from precise_cal.protocol.from_json import RecordError, parse_json
from precise_cal.randomization.errors import RandomizationError
from precise_cal.randomization.plan import Plan, Slot, commitment, draw, joint_seed, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.log.merkle import Tree

FORM: Final = "precise randomization bundle 1"

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Shares(_Form):
    """The shares of statistician and sponsor, or their commitments: 64 hexadecimal digits each."""

    statistician: Digest
    sponsor: Digest


class PublicValue(_Form):
    """A value that nobody could know when the commitments were published, and where it stands."""

    source: Annotated[str, Field(min_length=1, max_length=1000)]
    value: Annotated[str, Field(min_length=1, max_length=1000)]


class Size(_Form):
    """How many slots a stratum has."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    slots: Annotated[int, Field(ge=1)]


class Allocation(_Form):
    """A slot that was opened, with the proof that it stood in the list from the beginning."""

    stratum: str
    number: Annotated[int, Field(ge=1)]
    arm: str
    salt: Digest
    path: Annotated[list[Digest], Field(max_length=64)]


class Revealed(_Form):
    """What was hidden during the trial."""

    plan: Plan
    shares: Shares


class Bundle(_Form):
    """A list as it can be given to anybody: no arm of a slot that was not opened, unless all is revealed."""

    form: Literal["precise randomization bundle 1"]
    study: str
    commitments: Shares
    public: PublicValue
    plan_sha256: Digest
    root: Digest
    strata: Annotated[list[Size], Field(min_length=1)]
    """In the order in which their slots stand in the list."""
    allocations: list[Allocation]
    """In the order in which they were opened."""
    revealed: Revealed | None = None


def bundle_of(
    plan: Plan, shares: tuple[bytes, bytes], public: PublicValue, opened: Sequence[tuple[str, int]], *, reveal: bool
) -> Bundle:
    """The bundle of a list of which some slots were opened.

    Args:
        plan: the plan.
        shares: those of statistician and sponsor.
        public: the public value.
        opened: stratum and number of each opened slot, in the order of opening.
        reveal: whether the trial is over, so that plan and shares are part of it.
    """
    slots = list(draw(plan, joint_seed(*shares, public.value)))
    tree, places = tree_of(iter(slots)), {(slot.stratum, slot.number): place for place, slot in enumerate(slots)}
    return Bundle(
        form=FORM,
        study=plan.study,
        commitments=Shares(statistician=commitment(shares[0]), sponsor=commitment(shares[1])),
        public=public,
        plan_sha256=plan.sha256,
        root=tree.root().hex(),
        strata=[Size(name=one.name, slots=one.slots) for one in plan.strata],
        allocations=[_allocation(slots[place], place, tree) for place in map(places.__getitem__, opened)],
        revealed=Revealed(plan=plan, shares=Shares(statistician=shares[0].hex(), sponsor=shares[1].hex()))
        if reveal
        else None,
    )


def _allocation(slot: Slot, place: int, tree: Tree) -> Allocation:
    path = [one.hex() for one in tree.inclusion(place)]
    return Allocation(stratum=slot.stratum, number=slot.number, arm=slot.arm, salt=slot.salt.hex(), path=path)


def read_bundle(data: bytes, place: str) -> Bundle:
    """A bundle from JSON.

    Raises:
        RandomizationError: it is none; the message names the place, the value and what would be right.
    """
    try:
        value = parse_json(data)
    except RecordError as error:
        raise RandomizationError(placed(place, str(error.problems[0]))) from error
    try:
        return Bundle.model_validate(value)
    except ValidationError as error:
        problems = (
            placed(f"{place}:/{'/'.join(map(str, path))}", text) for path, text in form_problems(Bundle, value, error)
        )
        raise RandomizationError(lines_of(problems)) from error


def faults(bundle: Bundle) -> Iterator[str]:
    """Everything that does not hold of a bundle, each with its place; nothing where all holds."""
    yield from _order(bundle)
    yield from _proofs(bundle)
    if bundle.revealed is not None:
        yield from _regenerated(bundle, bundle.revealed)


def _order(bundle: Bundle) -> Iterator[str]:
    """Within a stratum slots are opened from the first on, none twice and none left out."""
    following = {one.name: 1 for one in bundle.strata}
    for place, one in enumerate(bundle.allocations):
        wanted = following.get(one.stratum)
        if wanted is None:
            yield message(
                "allocations/{ $place }: the list has no stratum { $stratum }", place=place, stratum=f"{one.stratum!r}"
            )
            continue
        if one.number != wanted:
            yield message(
                "allocations/{ $place }: slot { $number } of { $stratum } was opened where { $wanted } was next",
                place=place,
                number=one.number,
                stratum=one.stratum,
                wanted=wanted,
            )
        following[one.stratum] = max(wanted, one.number + 1)


def _proofs(bundle: Bundle) -> Iterator[str]:
    """Every opened slot stands in the list whose root was published."""
    ends = list(accumulate(one.slots for one in bundle.strata))
    starts = {one.name: end - one.slots for one, end in zip(bundle.strata, ends, strict=True)}
    sizes, root = {one.name: one.slots for one in bundle.strata}, bytes.fromhex(bundle.root)
    for place, one in enumerate(bundle.allocations):
        if one.stratum not in starts:
            continue
        leaf = Slot(one.stratum, one.number, one.arm, bytes.fromhex(one.salt)).leaf
        index, path = starts[one.stratum] + one.number - 1, [bytes.fromhex(step) for step in one.path]
        if one.number > sizes[one.stratum] or not check_inclusion(leaf, index, ends[-1], path, root):
            yield (
                message(
                    "allocations/{ $place }: slot { $number } of { $stratum } with arm { $arm } does not stand "
                    "in the list whose root was published",
                    place=place,
                    number=one.number,
                    stratum=one.stratum,
                    arm=one.arm,
                )
            )


def _regenerated(bundle: Bundle, revealed: Revealed) -> Iterator[str]:
    """Plan and shares are those that were committed to, and make the same list again."""
    shares = bytes.fromhex(revealed.shares.statistician), bytes.fromhex(revealed.shares.sponsor)
    for who, share, published in zip(
        ("statistician", "sponsor"),
        shares,
        (bundle.commitments.statistician, bundle.commitments.sponsor),
        strict=True,
    ):
        if not hmac.compare_digest(commitment(share), published):
            yield message("revealed/shares/{ $who }: not the share whose SHA-256 was published before", who=who)
    if revealed.plan.sha256 != bundle.plan_sha256:
        yield "revealed/plan: not the plan whose SHA-256 was published before"
    if [(one.name, one.slots) for one in revealed.plan.strata] != [(one.name, one.slots) for one in bundle.strata]:
        yield "revealed/plan/strata: not those of the bundle"
    slots = list(draw(revealed.plan, joint_seed(*shares, bundle.public.value)))
    if tree_of(iter(slots)).root().hex() != bundle.root:
        yield "revealed: plan, shares and public value make another list than the one whose root was published"
    arms = {(slot.stratum, slot.number): slot.arm for slot in slots}
    for place, one in enumerate(bundle.allocations):
        made = arms.get((one.stratum, one.number))
        if made != one.arm:
            yield message(
                "allocations/{ $place }: slot { $number } of { $stratum } is { $made } in the list, not { $arm }",
                place=place,
                number=one.number,
                stratum=one.stratum,
                made=made,
                arm=one.arm,
            )
