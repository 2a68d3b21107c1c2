"""The plan of a list, the ceremony that fixes its seed, and the slots that both determine.

The statistician draws a share, the sponsor another; each publishes its SHA-256 first. The seed is
SHA-256(share of the statistician ‖ share of the sponsor ‖ a later public value as UTF-8), so that neither chose it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from precise_cal.gate.canonical import canonical
from precise_cal.language.catalog import message
from precise_cal.log.merkle import Tree, leaf_hash
from precise_cal.randomization.design import Design, sequence
from precise_cal.randomization.errors import RandomizationError
from precise_cal.randomization.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARE = 32
"""The bytes of a share, and of the salt of a slot."""


class Stratum(BaseModel):
    """A stratum: its name, its design, and how many slots are made beforehand."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
    slots: Annotated[int, Field(ge=1, le=100_000)]
    design: Design


class Plan(BaseModel):
    """What a list is made of, apart from the seed; hidden until the trial is over, because it tells block sizes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    study: Annotated[str, Field(min_length=1, max_length=200)]
    strata: Annotated[list[Stratum], Field(min_length=1, max_length=10_000)]

    @model_validator(mode="after")
    def _each_once(self) -> Plan:
        names = [one.name for one in self.strata]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(message("the stratum { $twice } stands twice", twice=twice[0]))
        return self

    @property
    def sha256(self) -> str:
        """The digest under which the plan is published while it is hidden."""
        return sha256(canonical(self.model_dump(mode="json"))).hexdigest()


class Slot(NamedTuple):
    """A place in the list."""

    stratum: str
    number: int
    """From 1, within the stratum."""
    arm: str
    salt: bytes
    """32 bytes that hide the arm in the leaf."""

    @property
    def leaf(self) -> bytes:
        """The hash of the slot's leaf: of the canonical JSON ``[salt in hexadecimal, stratum, number, arm]``."""
        return leaf_hash(canonical([self.salt.hex(), self.stratum, self.number, self.arm]))


def commitment(share: bytes) -> str:
    """What is published of a share before the other one is known.

    Raises:
        RandomizationError: the share does not have 32 bytes.
    """
    if len(share) != SHARE:
        raise RandomizationError(message("a share has { $share } bytes, not { $count }", share=SHARE, count=len(share)))
    return sha256(share).hexdigest()


def joint_seed(statistician: bytes, sponsor: bytes, public: str) -> bytes:
    """The seed of two shares and a public value that was not known when they were published."""
    return sha256(statistician + sponsor + public.encode()).digest()


def draw(plan: Plan, seed: bytes) -> Iterator[Slot]:
    """Every slot of the list, stratum after stratum in the order of the plan."""
    for stratum in plan.strata:
        salts = Stream(seed, "salts", stratum.name)
        arms = sequence(stratum.design, Stream(seed, "arms", stratum.name), stratum.slots)
        for number, arm in enumerate(arms, 1):
            yield Slot(stratum.name, number, arm, salts.take(SHARE))


def tree_of(slots: Iterator[Slot]) -> Tree:
    """The tree over the slots, whose root is published before the first participant."""
    return Tree(slot.leaf for slot in slots)
