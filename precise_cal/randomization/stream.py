"""Random numbers that anybody can draw again from the seed: HMAC-SHA256 in counter mode, one stream for each use.

Block ``i`` of a stream is HMAC-SHA256(seed, "precise randomization 1" 0x00 purpose 0x00 stratum 0x00 ‖ i), with texts
as UTF-8 and ``i`` as 8 bytes, the most significant first, from 0. Numbers are the blocks' 4-byte words in order.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from precise_cal.language.catalog import message
from precise_cal.randomization.errors import RandomizationError

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

Purpose = Literal["arms", "salts"]
"""What a stream is drawn for: the order of the arms, or what hides a slot."""

_VERSION: Final = "precise randomization 1"
_WORDS: Final = 1 << 32


class Stream:
    """An endless stream of random bytes that seed, purpose and stratum determine."""

    def __init__(self, seed: bytes, purpose: Purpose, stratum: str) -> None:
        """A stream from its beginning.

        Raises:
            RandomizationError: the seed does not have 32 bytes, or the stratum holds a NUL.
        """
        if len(seed) != 32:
            raise RandomizationError(message("a seed has 32 bytes, not { $count }", count=len(seed)))
        if "\0" in stratum:
            raise RandomizationError(message("stratum { $stratum }: a name holds no NUL", stratum=f"{stratum!r}"))
        self._seed = seed
        self._label = f"{_VERSION}\0{purpose}\0{stratum}\0".encode()
        self._next = 0
        self._left = b""

    def take(self, count: int) -> bytes:
        """The next bytes."""
        while len(self._left) < count:
            self._left += hmac.digest(self._seed, self._label + self._next.to_bytes(8, "big"), sha256)
            self._next += 1
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    def below(self, bound: int) -> int:
        """A number from 0 to bound - 1, each as likely as the others: words that would favor some are passed over."""
        fair = _WORDS - _WORDS % bound
        while True:
            word = int.from_bytes(self.take(4), "big")
            if word < fair:
                return word % bound

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in random order, every order as likely as the others (Fisher and Yates; Durstenfeld 1964)."""
        mixed = list(items)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed
