"""Bytes for Sage: what is written reads back equal, what does not fit is refused, nothing is repaired."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_bridge.errors import RefusedLine, RefusedTransfer
from sage_bridge.profiles import DirectCost
from sage_bridge.sage_files import (
    DESCRIPTION_LENGTH,
    RECEIPT_HEADER,
    DirectCostLayout,
    DirectCostLine,
    ReceiptLine,
    parse_receipts,
    receipt_header,
    write_receipt,
)

COLUMNS = (
    "record_id",
    "job",
    "extra",
    "cost_code",
    "category",
    "transaction_type",
    "transaction_date",
    "accounting_date",
    "description",
    "units",
    "unit_cost",
    "amount",
    "debit_account",
    "credit_account",
    "batch",
    "ref_1",
    "ref_2",
)
PROFILE = DirectCost(COLUMNS, "DC", 2, "mm/dd/yyyy", "RB")
LINE = DirectCostLine(
    "24-0012",
    "",
    "03 30 00",
    "M",
    "2026-03-02",
    "2026-03-31",
    "Installed PO-7/1 CONC-3000",
    "30.0000",
    "",
    "4500.00",
    "5-1000",
    "2-1490",
    "RBD0000001",
    "C8HSQ6V9RJ",
    "RBD0000001",
)
RECEIPT = ReceiptLine("E-1", "PO-7", "1", "2026-03-02", "12.5000", "CY", "CONC-3000", "V100", "24-0012")


def layout(encoding: str = "cp1252", **over: object) -> DirectCostLayout:
    return DirectCostLayout(replace(PROFILE, **over), encoding)  # type: ignore[arg-type]


def test_a_line_is_written_as_documented() -> None:
    assert layout().write(LINE) == (
        b'"DC","24-0012","","03 30 00","M",2,"03/02/2026","03/31/2026","Installed PO-7/1 CONC-3000",30.0000,,4500.00,'
        b'"5-1000","2-1490","RBD0000001","C8HSQ6V9RJ","RBD0000001"\r\n'
    )


def fits(most: int, least: int = 0) -> st.SearchStrategy[str]:
    letters = st.characters(codec="cp1252", exclude_categories=["Cc"], exclude_characters='"')
    return st.text(letters, min_size=least, max_size=most).filter(lambda text: text[:1] not in {"=", "+", "-", "@"})


def decimals(digits: int, places: int) -> st.SearchStrategy[str]:
    whole = st.integers(-(10 ** (digits + places)) + 1, 10 ** (digits + places) - 1)
    return whole.map(lambda n: f"{'-' if n < 0 else ''}{abs(n) // 10**places}.{abs(n) % 10**places:0{places}d}")


DAYS = st.dates().filter(lambda day: day.year >= 1000).map(lambda day: day.isoformat())
LINES = st.builds(
    DirectCostLine,
    fits(12, 1),
    fits(10),
    fits(13, 1),
    fits(3, 1),
    DAYS,
    DAYS,
    fits(30),
    decimals(8, 4),
    st.sampled_from(["", "0.000000", "12.345678", "999999.999999"]),
    decimals(9, 2),
    fits(25, 1),
    fits(25, 1),
    fits(10, 1),
    fits(10, 1),
    fits(10, 1),
)


@given(st.lists(LINES, max_size=5), st.sampled_from(["mm/dd/yyyy", "dd/mm/yyyy", "yyyy-mm-dd", "mmddyyyy"]))
def test_what_is_written_reads_back_equal(lines: list[DirectCostLine], date_format: str) -> None:
    one = layout(date_format=date_format)
    assert one.parse(b"".join(one.write(line) for line in lines)) == lines


@given(st.permutations(COLUMNS[1:]))
def test_any_column_order_reads_back_equal(order: list[str]) -> None:
    one = layout(columns=("record_id", *order))
    assert one.parse(one.write(LINE)) == [LINE]


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_two_digit_years_read_back_in_this_century(day: date) -> None:
    one, dated = layout(date_format="mmddyy"), LINE._replace(transaction_date=day.isoformat())
    assert one.parse(one.write(dated)) == [dated]


def test_a_column_the_layout_lacks_is_not_written() -> None:
    one = layout(columns=tuple(name for name in COLUMNS if name != "unit_cost"))
    assert one.write(LINE).count(b",") == len(COLUMNS) - 2
    assert one.parse(one.write(LINE)) == [LINE]


REFUSED = [
    ("RS-301", "job", "24-Ł"),
    ("RS-301", "description", "5 ≥ 3"),
    ("RS-302", "description", "two\nlines"),
    ("RS-302", "description", "tab\there"),
    ("RS-302", "job", "a\rb"),
    ("RS-302", "extra", "\x00"),
    ("RS-302", "description", 'a "quoted" word'),
    ("RS-303", "job", ""),
    ("RS-303", "job", "1234567890123"),
    ("RS-303", "cost_code", "x" * 14),
    ("RS-303", "category", "MATL"),
    ("RS-303", "description", "x" * 31),
    ("RS-303", "debit_account", ""),
    ("RS-303", "credit_account", "9" * 26),
    ("RS-303", "ref_1", "C8HSQ6V9RJX"),
    ("RS-304", "description", "=HYPERLINK(1)"),
    ("RS-304", "description", "+1"),
    ("RS-304", "description", "@SUM"),
    ("RS-304", "job", "-1"),
    ("RS-305", "amount", "NaN"),
    ("RS-305", "amount", "1e5"),
    ("RS-305", "amount", "1,000.00"),
    ("RS-305", "amount", "10.0"),
    ("RS-305", "amount", "10.000"),
    ("RS-305", "amount", "010.00"),
    ("RS-305", "amount", "-0.00"),
    ("RS-305", "amount", "\uff11.00"),
    ("RS-305", "amount", "1234567890.00"),
    ("RS-305", "amount", "+1.00"),
    ("RS-305", "amount", " 1.00"),
    ("RS-305", "units", "1"),
    ("RS-305", "units", "123456789.0000"),
    ("RS-305", "unit_cost", "1000000.000000"),
    ("RS-305", "unit_cost", "-1.000000"),
    ("RS-306", "transaction_date", "2026-13-01"),
    ("RS-306", "accounting_date", "03/02/2026"),
]


@pytest.mark.parametrize(("code", "column", "value"), REFUSED)
def test_a_value_that_does_not_fit_is_refused_with_its_column(code: str, column: str, value: str) -> None:
    with pytest.raises(RefusedLine, match=rf"{code}.*record: C8HSQ6V9RJX? {column}"):
        layout().write(LINE._replace(**{column: value}))


def test_a_character_is_never_replaced() -> None:
    assert layout().write(LINE._replace(description="Größe 5 €")).count(b"Gr\xf6\xdfe 5 \x80") == 1
    assert "Größe 5 €".encode() in layout("utf-8").write(LINE._replace(description="Größe 5 €"))


def test_lengths_count_in_bytes_of_the_target() -> None:
    assert layout().write(LINE._replace(description="ß" * 30))
    with pytest.raises(RefusedLine, match="RS-303"):
        layout("utf-8").write(LINE._replace(description="ß" * 30))


@pytest.mark.parametrize("text", ["\u0085", "\u2028", "\u2029", "a\u009fb"])
def test_line_ends_outside_ascii_are_refused_too(text: str) -> None:
    with pytest.raises(RefusedLine, match="RS-302"):
        layout("utf-8").write(LINE._replace(description=text))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.sampled_from(["cp1252", "utf-8"]))
def test_a_cut_description_fits_and_begins_as_it_did(text: str, encoding: str) -> None:
    cut = layout(encoding).cut(text)
    assert len(cut.encode(encoding, "replace")) <= DESCRIPTION_LENGTH
    assert text.startswith(cut)
    if len(text.encode(encoding, "replace")) <= DESCRIPTION_LENGTH:
        assert cut == text


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b'"DC"\r\n',
        layout().write(LINE)[:-2],
        layout().write(LINE)[:-1] + b"\r\n",
        layout().write(LINE).replace(b"2,", b"3,", 1),
    ],
)
def test_a_file_of_another_layout_is_not_read(content: bytes) -> None:
    with pytest.raises(RefusedTransfer, match=r"RS-231.*line"):
        layout().parse(content)


def test_every_changed_byte_of_a_line_is_noticed() -> None:
    """A line with one byte changed either does not read back, or reads back as another line."""
    one = layout()
    raw = one.write(LINE)
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 0x15]) + raw[place + 1 :]
        try:
            assert one.parse(changed) != [LINE]
        except RefusedTransfer:
            continue


def test_fifty_thousand_lines_take_well_under_a_second() -> None:
    one, started = layout(), time.perf_counter()
    for number in range(50_000):
        one.write(LINE._replace(ref_1=f"C{number:09d}"))
    seconds = time.perf_counter() - started
    assert seconds < 2, f"{50_000 / seconds:.0f} lines a second"


# Receiving confirmations.

UTF8 = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=40)
IDS = UTF8.filter(lambda text: text[:1] not in {"=", "+", "-", "@"})


@given(
    st.lists(
        st.builds(RECEIPT._replace, event_id=IDS, units=decimals(14, 4).filter(lambda t: set(t) & set("123456789")))
    )
)
def test_receipts_read_back_equal(lines: list[ReceiptLine]) -> None:
    assert parse_receipts(receipt_header() + b"".join(write_receipt(line) for line in lines)) == lines


def test_a_receipt_is_written_as_agreed() -> None:
    assert receipt_header() == b"Record,Event_ID,Commitment,Item,Receipt_Date,Units,Unit,Standard_Item,Vendor,Job\r\n"
    assert write_receipt(RECEIPT) == b"RCV,E-1,PO-7,1,2026-03-02,12.5000,CY,CONC-3000,V100,24-0012\r\n"
    assert len(RECEIPT_HEADER) == 10


@pytest.mark.parametrize(
    ("code", "column", "value"),
    [
        ("RS-302", "event_id", "a\nb"),
        ("RS-303", "event_id", ""),
        ("RS-303", "event_id", "x" * 201),
        ("RS-304", "event_id", "=1"),
        ("RS-303", "commitment", "1234567890123"),
        ("RS-305", "item", "0"),
        ("RS-305", "item", "\u0661"),
        ("RS-305", "units", "0.0000"),
        ("RS-305", "units", "-0.0000"),
        ("RS-305", "units", "1e3"),
        ("RS-306", "receipt_date", "2026-3-2"),
        ("RS-303", "vendor", "V1234567890"),
    ],
)
def test_a_receipt_that_does_not_fit_is_refused(code: str, column: str, value: str) -> None:
    with pytest.raises(RefusedLine, match=rf"{code}.*{re.escape(column)}"):
        write_receipt(RECEIPT._replace(**{column: value}))


@pytest.mark.parametrize(
    "content",
    [b"", b"Record\r\n", receipt_header() + b"RCV,a\r\n", receipt_header() + b"X,,,,,,,,,\r\n", b"\xff", b'"'],
)
def test_another_receipt_layout_is_not_read(content: bytes) -> None:
    with pytest.raises(RefusedTransfer, match="RS-231"):
        parse_receipts(content)
