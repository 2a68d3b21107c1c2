"""A Merkle tree that only grows (RFC 6962, 2.1): its root, and proofs of what it holds and that it was never rewritten.

A leaf hashes as SHA-256(0x00 ‖ data), a node as SHA-256(0x01 ‖ left ‖ right), so that no node can pass for a leaf. All
hashes are 32 bytes.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EMPTY: Final = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf (RFC 6962, 2.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above two others (RFC 6962, 2.1)."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree to which leaves are added; earlier trees are part of it, and so are their roots and proofs.

    Whole subtrees are kept, level above level, so that an addition costs one hash on average and a root or a proof
    O(log² n) hashes.
    """

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """A tree of these leaf hashes."""
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.add(leaf)

    def __len__(self) -> int:
        return len(self._levels[0])

    def __getitem__(self, index: int) -> bytes:
        return self._levels[0][index]

    def add(self, leaf: bytes) -> None:
        """Add a leaf by its hash, and every node that it completes."""
        self._levels[0].append(leaf)
        for height, level in enumerate(self._levels):
            if len(level) % 2:
                return
            if height + 1 == len(self._levels):
                self._levels.append([])
            self._levels[height + 1].append(node_hash(level[-2], level[-1]))

    def root(self, size: int | None = None) -> bytes:
        """The root of the tree, or of the tree that it was when it had `size` leaves.

        Raises:
            ValueError: the tree never had so many leaves.
        """
        size = self._size(size)
        return self._hash(0, size) if size else EMPTY

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The proof that the leaf is in the tree of `size` leaves (RFC 6962, 2.1.1).

        Raises:
            ValueError: there is no such leaf in that tree.
        """
        size = self._size(size)
        if not 0 <= index < size:
            raise ValueError(message("leaf { $index } is not among { $size }", index=index, size=size))
        path, start, end = [], 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._hash(middle, end))
                end = middle
            else:
                path.append(self._hash(start, middle))
                start = middle
        return tuple(reversed(path))

    def consistency(self, old: int, size: int | None = None) -> tuple[bytes, ...]:
        """The proof that the tree of `size` leaves begins with the one of `old` leaves (RFC 6962, 2.1.2).

        Raises:
            ValueError: the tree never had so many leaves, or the earlier one had none.
        """
        size = self._size(size)
        if not 0 < old <= size:
            raise ValueError(
                message("a tree of { $old } leaves is no beginning of one of { $size }", old=old, size=size)
            )
        path, start, end, whole = [], 0, size, True
        while old != end:
            middle = start + _split(end - start)
            if old <= middle:
                path.append(self._hash(middle, end))
                end = middle
            else:
                path.append(self._hash(start, middle))
                start, whole = middle, False
        return tuple(reversed(path if whole else [*path, self._hash(start, end)]))

    def _size(self, size: int | None) -> int:
        if size is None:
            return len(self)
        if not 0 <= size <= len(self):
            raise ValueError(message("the tree has { $count } leaves, not { $size }", count=len(self), size=size))
        return size

    def _hash(self, start: int, end: int) -> bytes:
        """The hash over the leaves from start to end; start is a multiple of a power of two that is not smaller."""
        width = end - start
        if width & (width - 1) == 0:
            height = width.bit_length() - 1
            return self._levels[height][start >> height]
        middle = start + _split(width)
        return node_hash(self._hash(start, middle), self._hash(middle, end))


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a leaf hash is the one at `index` in the tree with this size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for one in path:
        if last == 0:
            return False
        if at % 2 or at == last:
            found = node_hash(one, found)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, one)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def check_consistency(old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree with this size and root begins with the one with `old` leaves (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not path and old_root == root
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        return False
    at, last = old - 1, size - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    before = after = steps[0]
    for one in steps[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            before, after = node_hash(one, before), node_hash(one, after)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, one)
        at, last = at >> 1, last >> 1
    return last == 0 and (before, after) == (old_root, root)


def _split(width: int) -> int:
    """The largest power of two below a width of two or more."""
    return 1 << (width - 1).bit_length() - 1
