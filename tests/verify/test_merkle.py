"""The Merkle root and the canonical bytes, by known answers and against a plain definition."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from verify import canonical, merkle


def plain_root(leaves: list[bytes]) -> bytes:
    """Give the root by its definition: level by level, pairs hashed, an odd one moved up."""
    if not leaves:
        return hashlib.sha256(b"\x00").digest()
    while len(leaves) > 1:
        level = [hashlib.sha256(b"\x01" + b"".join(leaves[at : at + 2])).digest() for at in range(0, len(leaves), 2)]
        leaves = [*level[:-1], leaves[-1]] if len(leaves) % 2 else level
    return leaves[0]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 50])
def test_the_root_is_the_one_of_the_definition(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merkle, "_BLOCK", 4)
    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(count)]
    tree = merkle.Tree()
    for leaf in leaves:
        tree.add(leaf)
    assert (tree.count, tree.root()) == (count, plain_root(leaves))


def test_memory_does_not_grow_with_the_batch() -> None:
    tree = merkle.Tree()
    for number in range(100_000):
        tree.add(number.to_bytes(32, "big"))
    assert len(tree._leaves) < merkle._BLOCK
    assert len(tree._roots) < 20


def test_a_head_covers_everything_of_a_batch() -> None:
    expected = hashlib.sha256(b"\x02" + bytes(32) + b"AW" + struct.pack(">qq", 7, 3) + b"r" * 32).digest()
    assert merkle.batch_root(bytes(32), b"AW", 7, 3, b"r" * 32) == expected


@pytest.mark.parametrize(
    ("printed", "written"),
    [
        (b"2026-03-02 14:15:00+00", b"2026-03-02T14:15:00.000000"),
        (b"2026-03-02 14:15:00.5+00", b"2026-03-02T14:15:00.500000"),
        (b"2026-03-02 14:15:00.123456+00", b"2026-03-02T14:15:00.123456"),
        (b"10000-01-01 04:00:00+00", b"10000-01-01T04:00:00.000000"),
        (b"infinity", b"infinity"),
        (b"-infinity", b"-infinity"),
        (b"0001-12-31 19:00:00+00 BC", b"0001-12-31 19:00:00+00 BC"),
    ],
)
def test_an_instant_is_written_in_full(printed: bytes, written: bytes) -> None:
    assert canonical.instant(printed) == written


def as_copied(value: str) -> bytes:
    """Give a value as COPY writes it."""
    escapes = {
        "\\": "\\\\",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
        "\x1f": "\\\x1f",
    }
    return "".join(escapes.get(letter, letter) for letter in value).encode()


@given(
    values=st.lists(
        st.text(st.characters(exclude_characters="\x00\x1e", exclude_categories=["Cs"]), max_size=6), min_size=6,
        max_size=6,
    )
)  # fmt: skip
@example(values=["", "", "", "", "", "\x1f"])
@example(values=["", "", "", "", "\x1f", ""])
def test_escapes_are_undone_to_the_byte(values: list[str]) -> None:
    company, event_id, kind, told, actor, document = values
    day, at = b"2026-03-02", b"2026-03-02 14:15:00+00"
    texts = [b"7", b"1", b"", b"0", at, at, at, *map(as_copied, (company, event_id, kind, told)), day]
    line = b"\x1f".join([*texts, as_copied(actor), as_copied(document)])
    row = canonical.row_of(line)
    full = "2026-03-02T14:15:00.000000"
    parts = [company, event_id, kind, full, told, "2026-03-02", full, actor, document, full]
    wanted = "\x1f".join(parts)
    assert row.leaf == hashlib.sha256(b"\x00" + wanted.encode()).digest()
    assert (row.company_id, row.event_id) == (company.encode(), event_id.encode())
    assert row.is_clean == all("\x1f" not in value for value in values)
