"""The stream, against a second implementation and known answers, and that it favors nothing."""

from __future__ import annotations

import struct
from collections import Counter
from itertools import permutations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from scipy.stats import chisquare

from precise_cal.randomization.errors import RandomizationError
from precise_cal.randomization.stream import Purpose, Stream

SEED = bytes(range(32))


def second(seed: bytes, purpose: str, stratum: str, count: int) -> list[int]:
    """The first words by another library, from the description alone."""
    words: list[int] = []
    block = 0
    while len(words) < count:
        mac = HMAC(seed, hashes.SHA256())
        mac.update(b"precise randomization 1\x00" + purpose.encode() + b"\x00" + stratum.encode() + b"\x00")
        mac.update(struct.pack(">Q", block))
        words.extend(struct.unpack(">8I", mac.finalize()))
        block += 1
    return words[:count]


@pytest.mark.parametrize("stratum", ["", "ZS01", "中心一", "site=ZS01 & diabetes"])
@pytest.mark.parametrize("purpose", ["arms", "salts"])
def test_words_are_those_of_a_second_implementation(purpose: Purpose, stratum: str) -> None:
    stream = Stream(SEED, purpose, stratum)
    words = [int.from_bytes(stream.take(4), "big") for _ in range(100)]
    assert words == second(SEED, purpose, stratum, 100)


def test_known_answer() -> None:
    """Fixed for ever: a list that was drawn must be drawn again."""
    assert Stream(SEED, "arms", "ZS01").take(16).hex() == "cf577979e467c9c3046d632ab77c897a"
    assert Stream(SEED, "arms", "ZS01").shuffled("ABCDEFGH") == list("EAGDHCFB")


def test_numbers_are_drawn_from_words_without_favor() -> None:
    stream, words = Stream(SEED, "arms", "x"), iter(second(SEED, "arms", "x", 4000))
    bound = (1 << 31) + 1  # nearly half of all words are passed over
    for _ in range(1000):
        word = next(word for word in words if word < bound)
        assert stream.below(bound) == word


def test_every_order_of_a_block_is_as_likely_as_the_others() -> None:
    """Over 300,000 blocks of two and two (seeded: the same figures each time)."""
    stream = Stream(SEED, "arms", "blocks")
    found = Counter("".join(stream.shuffled("AABB")) for _ in range(300_000))
    orders = {"".join(one) for one in permutations("AABB")}
    assert set(found) == orders
    assert chisquare(list(found.values())).pvalue > 0.001


def test_a_seed_has_32_bytes_and_a_name_no_nul() -> None:
    with pytest.raises(RandomizationError, match="32 bytes, not 31"):
        Stream(SEED[1:], "arms", "x")
    with pytest.raises(RandomizationError, match="NUL"):
        Stream(SEED, "arms", "x\0y")
