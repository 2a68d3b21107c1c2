"""How arms follow each other within a stratum: permuted blocks, big stick, or nothing but chance.

No design is the default: a statistician chooses one, after comparing balance and guessability (`compare`).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.randomization.stream import Stream

Arm = Annotated[str, Field(min_length=1, max_length=64)]
Share = Annotated[int, Field(ge=1, le=20)]
Ratio = Annotated[dict[Arm, Share], Field(min_length=2, max_length=10)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    ratio: Ratio
    """The arms, each with its share: {DCB: 1, DES: 1}."""

    @property
    def unit(self) -> tuple[str, ...]:
        """The smallest group of slots that has every arm by its share, in the order of the names."""
        return tuple(arm for arm in sorted(self.ratio) for _ in range(self.ratio[arm]))


class PermutedBlocks(_Form):
    """Blocks in which each arm has its share, each in random order; their sizes are drawn and stay hidden."""

    design: Literal["permuted_blocks"] = "permuted_blocks"
    sizes: Annotated[list[Annotated[int, Field(ge=2, le=100)]], Field(min_length=1, max_length=10)]
    """The possible sizes, each as likely as the others; a size that stands twice is twice as likely."""

    @property
    def title(self) -> str:
        """The design in a few words."""
        return message("permuted blocks of { $sizes }", sizes=", ".join(map(str, self.sizes)))

    @model_validator(mode="after")
    def _fits(self) -> PermutedBlocks:
        for size in self.sizes:
            if size % len(self.unit):
                raise ValueError(
                    message(
                        "a block of { $size } cannot hold { $count } shares evenly", size=size, count=len(self.unit)
                    )
                )
        return self

    def arms(self, stream: Stream) -> Iterator[str]:
        """The arms of slot 1, 2, 3 … of a stratum."""
        while True:
            size = self.sizes[stream.below(len(self.sizes))]
            yield from stream.shuffled(self.unit * (size // len(self.unit)))


class BigStick(_Form):
    """A fair coin, until one of two arms is ahead by the tolerance: then the other (Soares and Wu 1983)."""

    design: Literal["big_stick"] = "big_stick"
    tolerance: Annotated[int, Field(ge=1, le=50)]

    @property
    def title(self) -> str:
        """The design in a few words."""
        return message("big stick { $tolerance }", tolerance=self.tolerance)

    @model_validator(mode="after")
    def _fits(self) -> BigStick:
        if list(self.ratio.values()) != [1, 1]:
            raise ValueError("big stick has two arms with equal shares")
        return self

    def arms(self, stream: Stream) -> Iterator[str]:
        """The arms of slot 1, 2, 3 … of a stratum."""
        first, second = self.unit
        ahead = 0
        while True:
            is_first = ahead < 0 if abs(ahead) == self.tolerance else stream.below(2) == 0
            ahead += 1 if is_first else -1
            yield first if is_first else second


class Simple(_Form):
    """Every slot by itself, whatever came before."""

    design: Literal["simple"] = "simple"

    @property
    def title(self) -> str:
        """The design in a few words."""
        return "simple"

    def arms(self, stream: Stream) -> Iterator[str]:
        """The arms of slot 1, 2, 3 … of a stratum."""
        while True:
            yield self.unit[stream.below(len(self.unit))]


Design: TypeAlias = Annotated[PermutedBlocks | BigStick | Simple, Field(discriminator="design")]


def sequence(design: PermutedBlocks | BigStick | Simple, stream: Stream, length: int) -> list[str]:
    """The arms of the first slots of a stratum."""
    return list(islice(design.arms(stream), length))
