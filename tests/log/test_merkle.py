"""Roots and proofs, against the recursive definitions of RFC 6962 and its known answers; no proof of what is not so."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precise_cal.log.merkle import EMPTY, Tree, check_consistency, check_inclusion, leaf_hash, node_hash

LEAVES = [leaf_hash(bytes([number])) for number in range(70)]

KNOWN = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
"""The leaves of the known answers of the reference implementation of Certificate Transparency."""
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def mth(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, as it stands there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def test_known_answers() -> None:
    tree = Tree(leaf_hash(bytes.fromhex(text)) for text in KNOWN)
    assert {size: tree.root(size).hex() for size in ROOTS} == ROOTS
    assert Tree().root() == EMPTY


def test_every_root_is_that_of_the_definition() -> None:
    tree = Tree(LEAVES)
    assert [tree.root(size) for size in range(71)] == [mth(LEAVES[:size]) for size in range(71)]


def test_every_leaf_of_every_tree_is_proved_and_no_other() -> None:
    tree = Tree(LEAVES)
    for size in range(1, 40):
        root = tree.root(size)
        for index in range(size):
            path = tree.inclusion(index, size)
            assert check_inclusion(LEAVES[index], index, size, path, root)
            wrong = [(LEAVES[index], other, size, path, root) for other in range(-1, size + 1) if other != index] + [
                (LEAVES[index + 1], index, size, path, root),
                (LEAVES[index], index, size, (*path, root), root),
                (LEAVES[index], index, size, path, tree.root(size + 1)),
            ]
            wrong += [(LEAVES[index], index, size, path[:-1], root)] if path else []
            assert not any(check_inclusion(*one) for one in wrong)


def test_every_tree_begins_with_every_earlier_one_and_with_no_other() -> None:
    tree, forked = Tree(LEAVES), Tree([LEAVES[1], *LEAVES[1:]])
    for size in range(1, 40):
        for old in range(1, size + 1):
            path = tree.consistency(old, size)
            assert check_consistency(old, size, tree.root(old), tree.root(size), path)
            assert not check_consistency(old, size, forked.root(old), tree.root(size), path)
            assert not check_consistency(old, size, tree.root(old), forked.root(size), path)
            assert not check_consistency(old, size, tree.root(old), tree.root(size), (*path, EMPTY))
            assert not (path and check_consistency(old, size, tree.root(old), tree.root(size), path[1:]))


@given(st.integers(2, 69), st.data())
def test_a_changed_byte_of_a_proof_is_seen(size: int, data: st.DataObject) -> None:
    tree, index = Tree(LEAVES), data.draw(st.integers(0, size - 1))
    path = list(tree.inclusion(index, size))
    which, byte = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 31))
    path[which] = path[which][:byte] + bytes([path[which][byte] ^ 1]) + path[which][byte + 1 :]
    assert not check_inclusion(LEAVES[index], index, size, path, tree.root(size))


@pytest.mark.parametrize(("old", "size"), [(0, 3), (4, 3), (1, 71), (-1, 3)])
def test_no_proof_of_what_never_was(old: int, size: int) -> None:
    with pytest.raises(ValueError, match="lea"):
        Tree(LEAVES).consistency(old, size)


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 0), (0, 71)])
def test_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="lea"):
        Tree(LEAVES).inclusion(index, size)


def test_a_node_never_passes_for_a_leaf() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)
