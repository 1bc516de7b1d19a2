"""Merkle root of a batch, leaf by leaf, in memory that does not grow with the batch."""

from __future__ import annotations

from hashlib import sha256

NODE_MARK, BATCH_MARK, EMPTY = b"\x01", b"\x02", b"\x00"
NO_ROOT = bytes(32)
_BLOCK = 1 << 12


class Tree:
    """A tree being built: node = sha256(0x01 || left || right), an odd one moves up unchanged.

    Leaves are folded in blocks of a power of two, whose roots are nodes of the whole tree wherever it ends.
    """

    def __init__(self) -> None:
        """Begin without leaves."""
        self.count = 0
        self._leaves: list[bytes] = []
        self._roots: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """Add the next leaf, a hash of 32 bytes."""
        self.count += 1
        self._leaves.append(leaf)
        if len(self._leaves) == _BLOCK:
            height, node = 0, _folded(self._leaves)
            self._leaves = []
            while self._roots and self._roots[-1][0] == height:
                node = _node(self._roots.pop()[1], node)
                height += 1
            self._roots.append((height, node))

    def root(self) -> bytes:
        """Give the root over all leaves added."""
        rest = [_folded(self._leaves)] if self._leaves else []
        nodes = [root for _, root in self._roots] + rest
        if not nodes:
            return sha256(EMPTY).digest()
        root = nodes.pop()
        while nodes:
            root = _node(nodes.pop(), root)
        return root


def batch_root(previous: bytes, company_id: bytes, batch: int, count: int, root: bytes) -> bytes:
    """Give a batch's head: sha256(0x02 || previous head || company || batch || number of events || Merkle root)."""
    return sha256(
        BATCH_MARK + previous + company_id + batch.to_bytes(8, "big", signed=True) + count.to_bytes(8, "big") + root
    ).digest()


def _folded(level: list[bytes]) -> bytes:
    while len(level) > 1:
        odd = [level[-1]] if len(level) % 2 else []
        pairs = iter(level)
        level = [sha256(NODE_MARK + left + right).digest() for left, right in zip(pairs, pairs, strict=False)] + odd
    return level[0]


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(NODE_MARK + left + right).digest()
