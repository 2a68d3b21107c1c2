"""A witness tells when a log does not go on from the state that it kept."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from precise_cal.log import watch
from precise_cal.log.checkpoint import Checkpoint
from precise_cal.log.errors import LogError
from precise_cal.log.merkle import Tree, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAME = "sponsor.example/zs01"
TREE = Tree(leaf_hash(bytes([place])) for place in range(9))
OTHER = Tree(leaf_hash(bytes([99 - place])) for place in range(9))


def note(tree: Tree, size: int, name: str = NAME) -> str:
    return Checkpoint(name, size, tree.root(size)).signed(KEY)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str | None]:
    """What the witness says of a log that is served, against a state that was kept."""

    def of(kept: str | None, served: str, tree: Tree = TREE, proof: str | None = None) -> str | None:
        def fetch(address: str) -> bytes:
            if address == "https://desk/checkpoint":
                return served.encode()
            old, size = (int(one.split("=")[1]) for one in address.removeprefix("https://desk/consistency?").split("&"))
            path = [one.hex() for one in tree.consistency(old, size)]
            return (proof or json.dumps({"path": path})).encode()

        monkeypatch.setattr(watch, "fetch", fetch)
        found, state, fault = watch.watch("https://desk/", KEY.public_key(), kept)
        assert (found, state.signed(KEY)) == (served, served)
        return fault

    return of


def test_a_log_that_goes_on_is_as_it_should_be(told: Callable[..., str | None]) -> None:
    assert told(None, note(TREE, 5)) is None
    for old in range(1, 10):
        for now in range(old, 10):
            assert told(note(TREE, old), note(TREE, now)) is None


def test_what_does_not_go_on_is_told(told: Callable[..., str | None]) -> None:
    kept = note(TREE, 5)
    assert told(kept, note(TREE, 4)) == "events are missing: 5 were signed, and 4 are there"
    assert told(kept, note(OTHER, 5)) == "the 5 events are others than those that were signed"
    assert told(kept, note(OTHER, 7), OTHER) == "the log does not begin with the 5 events that were signed before"
    another = "sponsor.example/other"
    assert told(kept, note(TREE, 7, another)) == f"another log ({another}) is served in the place of {NAME}"


@pytest.mark.parametrize("proof", ["[]", "{}", '{"path": ["x"]}', '{"path": [1]}', "no"])
def test_what_is_no_proof_is_told(proof: str, told: Callable[..., str | None]) -> None:
    with pytest.raises(LogError, match="gives no proof"):
        told(note(TREE, 5), note(TREE, 7), TREE, proof)


@pytest.mark.parametrize("address", ["desk", "file:///etc/passwd", "ftp://desk"])
def test_only_desks_are_asked(address: str) -> None:
    with pytest.raises(LogError, match="should be the address of a desk"):
        watch.fetch(address)


@pytest.mark.parametrize("more", [0, 1])
def test_so_much_is_read_of_an_answer_and_no_more(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = bytes(watch.MOST + more)
    monkeypatch.setattr(watch, "urlopen", lambda *_, **__: BytesIO(answer))
    if not more:
        assert watch.fetch("https://desk/checkpoint") == answer
        return
    with pytest.raises(LogError, match=f"answers more than {watch.MOST} bytes"):
        watch.fetch("https://desk/checkpoint")
