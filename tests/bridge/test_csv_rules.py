"""Bytes of inbound files: what the warehouse's own CSV reader would let pass is found while they stream by."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_bridge.csv_rules import LINE_LIMIT, ByteScan, check_header, content_start, warehouse_encoding
from sage_bridge.errors import RefusedTransfer

NAMES = ("Job", "Status")


def scan(*chunks: bytes) -> ByteScan:
    found = ByteScan("f")
    for chunk in chunks:
        found.look(chunk)
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "utf8", "utf-8-sig"])
def test_utf8_is_known_by_its_names(encoding: str) -> None:
    assert warehouse_encoding(encoding, "f") == "UTF8"


def test_cp1252_is_known_and_others_are_not() -> None:
    assert warehouse_encoding("cp1252", "f") == "WIN1252"
    for encoding in ("latin-1", "utf-16", "", "cp437"):
        with pytest.raises(RefusedTransfer, match="RS-204"):
            warehouse_encoding(encoding, "f")


def test_a_byte_order_mark_is_skipped_where_it_belongs() -> None:
    assert content_start(b"\xef\xbb\xbfJob", "utf-8", "f") == 3
    assert content_start(b"Job", "utf-8", "f") == 0
    for head, encoding in ((b"\xef\xbb\xbfJob", "cp1252"), (b"\xff\xfeJ\0", "utf-8"), (b"\xfe\xff\0J", "cp1252")):
        with pytest.raises(RefusedTransfer, match="RS-206"):
            content_start(head, encoding, "f")


@pytest.mark.parametrize("head", [b"Job,Status\n", b"Job,Status\r\n", b'"Job","Status"\nmore', b'Job,"Status"\r\nx\n'])
def test_a_good_header_passes(head: bytes) -> None:
    check_header(head, "cp1252", NAMES, "f")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"Job,Status", "RS-206 .*no line end"),
        (b"", "RS-206 .*an empty file"),
        (b"Job,Status\rx\n", "RS-206 .*CR alone"),
        (b"Job\n", "RS-205 .*missing: Status"),
        (b"Job,Status,Status\n", "RS-205 .*twice: Status"),
        (b"Job,Status,More\n", "RS-205 .*unknown: More"),
        (b"Status,Job\n", "RS-205 .*column 1 is Status where Job belongs"),
        (b"\n", "RS-205 .*missing"),
        (b'"Job,Status\n', "RS-206 .*cannot be read"),
        (b"Job,St\x81tus\n", "RS-206 .*cannot be read"),
    ],
)
def test_a_bad_header_is_named(head: bytes, words: str) -> None:
    with pytest.raises(RefusedTransfer, match=words):
        check_header(head, "cp1252", NAMES, "f")


def test_nul_is_found_with_its_place_in_the_file() -> None:
    with pytest.raises(RefusedTransfer, match=r"RS-206 .*byte 6"):
        scan(b"abc\n", b"d\0")


def test_endless_lines_are_found_across_chunks() -> None:
    half = b"x" * (LINE_LIMIT // 2)
    scan(half, half, b"\n", half, half, b"\n")
    for chunks in ((half, half, b"x\n"), (b"\n" + half, half, b"x"), (half + half + b"x",)):
        with pytest.raises(RefusedTransfer, match=r"RS-206 .*line is longer"):
            scan(*chunks)


@pytest.mark.parametrize(
    ("content", "lines", "may"),
    [
        (b"a,b\nc,d\n", 2, False),
        (b"a,b\r\nc,d\r\n", 2, False),
        (b"a,b\nc,d", 2, False),
        (b'a,b\n"c\n",d\n', 2, True),
        (b'a,b\r\n"c\rx",d\r\n', 2, True),
        (b"a,b\nc\td,e\n", 2, True),
        (b"a,b\nc\x7f,e\n", 2, True),
        (b"", 0, False),
    ],
)
def test_where_no_field_can_hold_a_control_character_is_known(content: bytes, lines: int, may: bool) -> None:
    assert scan(content).may_hold_controls(lines) is may


@given(
    st.lists(
        st.lists(st.text(alphabet='ab\t\n\r\x01\u00e9,"', max_size=4), min_size=2, max_size=2), min_size=1, max_size=5
    ),
    st.integers(1, 7),
)
def test_a_control_character_in_a_field_is_never_missed(rows: list[list[str]], size: int) -> None:
    text = "".join(",".join('"' + field.replace('"', '""') + '"' for field in row) + "\n" for row in rows)
    content = text.encode()
    found = scan(*(content[at : at + size] for at in range(0, len(content), size)))

    if any(ord(sign) < ord(" ") for row in rows for field in row for sign in field):
        assert found.may_hold_controls(len(rows))


def test_lines_of_documents_hold_no_control_characters_at_all() -> None:
    ByteScan("f", holds_documents=True).look(b'{"a": "5""}\n{}\r\n')
    with pytest.raises(RefusedTransfer, match=r"RS-206 .*control.* f, line 2; .*byte 5"):
        ByteScan("f", holds_documents=True).look(b"{}\n{\x01}\n")


@pytest.mark.parametrize(
    "content",
    [
        b'a,b\n"c","d"\n',
        b'a,b\r\n"c","d"\r\n',
        b'"a ""b"" c",d\n',
        b'"""a""",""\n',
        b'"a,""",b\n',
        b'"a\n""\nb",c\n',
        b'\xef\xbb\xbf"a",b\n',
        b'"a",b',
        b'b,"a"',
    ],
)
def test_quotes_at_the_edges_of_a_field_or_doubled_pass(content: bytes) -> None:
    for size in range(1, len(content) + 1):
        scan(content[:3], *(content[at : at + size] for at in range(3, len(content), size)))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'a,b\n2" x 4" lumber,c\n', 2),
        (b'a,"b"c\n', 1),
        (b'"a" ,b\n', 1),
        (b'a, "b"\n', 1),
        (b'a"",b\n', 1),
        (b'"a"b",c\n', 1),
        (b'"x\ny","a"b\n', 2),
    ],
)
def test_a_quote_inside_a_field_is_found_with_its_line(content: bytes, line: int) -> None:
    for size in range(1, len(content) + 1):
        with pytest.raises(RefusedTransfer, match=f"RS-206 a quote stands inside .*, line {line};"):
            scan(*(content[at : at + size] for at in range(0, len(content), size)))


def test_a_quote_that_never_closes_ends_the_reading() -> None:
    rows = b"24-001,Terminal\n" * 1000
    endless = ByteScan("f")
    endless.look(b'a,b\n"')
    for _ in range(LINE_LIMIT // len(rows)):
        endless.look(rows)
    with pytest.raises(RefusedTransfer, match=r"RS-206 a quoted record is longer"):
        endless.look(rows)
    assert endless.is_endless
    scan(*[b'"24-001\n","Ter""minal"\n' * 1000] * 100)


def test_a_header_of_a_hundred_thousand_columns_is_refused_at_once() -> None:
    started = time.monotonic()
    with pytest.raises(RefusedTransfer, match=r"RS-205 .*columns unknown"):
        check_header(",".join(f"c{number}" for number in range(100_000)).encode() + b"\n", "utf-8", NAMES, "f")
    assert time.monotonic() - started < 5


@given(st.lists(st.sampled_from([b'"', b",", b"a", b"\n", b"\r\n"]), max_size=14).map(b"".join), st.integers(1, 5))
def test_quotes_are_judged_as_a_reader_of_one_sign_at_a_time_does(content: bytes, size: int) -> None:
    found = (
        contextlib.nullcontext() if _well_quoted(content.decode()) else pytest.raises(RefusedTransfer, match="RS-206")
    )
    with found:
        scan(*(content[at : at + size] for at in range(0, len(content), size)))


def _well_quoted(text: str) -> bool:
    """RFC 4180 by a machine of four states; an open quote at the end is for the warehouse to refuse."""
    state = "begin"
    for sign in text:
        if state == "inside":
            state = "closed" if sign == '"' else "inside"
        elif sign == '"':
            if state == "plain":
                return False
            state = "inside"
        elif sign in ",\n":
            state = "begin"
        elif state == "closed" and sign != "\r":
            return False
        else:
            state = "plain"
    return True
