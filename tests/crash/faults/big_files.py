"""Files large enough to be hit in the middle, both ways, and what must be true of a folder at any moment."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.hooks.inbound_sender import VENDOR
from tests.hooks.outbox.place import CATEGORY, CODE, COMPANY, JOB

if TYPE_CHECKING:
    from tests.crash.faults.books import Books
    from tests.hooks.inbound_sender import Row

FIRST_DAY = date(2020, 1, 1)
LINES = 1_000
VENDORS = 8_000


def consume_much(books: Books) -> None:
    """Consume on so many days that their lines make one file of a few hundred kilobytes."""
    books.place.run(
        "update core.company set profile = jsonb_set(profile, '{limits,batch_lines}', %(n)s::text::jsonb)", n=str(LINES)
    )
    books.place.run(
        "insert into ledger.value_entry (company_id, event_id, cause_kind, cause_id, measure, commitment, item_number,"
        " job, extra, cost_code, category, entry_date, units, amount, valuation_id)"
        " select %(company)s, 'B' || n, 'event', 'B' || n, 'installed', 'PO-7', 1, %(job)s, '', %(code)s, %(category)s,"
        " %(day)s::date + n, 1, (100 + n) / 100.0, 1 from generate_series(0, %(count)s - 1) as n",
        company=COMPANY, job=JOB, code=CODE, category=CATEGORY, day=FIRST_DAY, count=LINES,
    )  # fmt: skip
    for number in range(LINES):
        books.consumed[FIRST_DAY + timedelta(days=number)] = Decimal(100 + number) / 100


def vendors(mark: str) -> list[Row]:
    """Give many vendors whose names carry a mark."""
    return [{**VENDOR, "Vendor": f"V{number:06d}", "Name": f"{mark} {number}"} for number in range(VENDORS)]


def require_no_half_file(books: Books) -> None:
    """Nothing that a reader could take is there before it is whole: data under its name, then its manifest."""
    folder = books.place.root / "to_sage"
    sealed = {row["file_name"]: row for row in books.place.rows("select file_name, sha256, manifest from outbox.batch")}
    names = {path.name for path in folder.glob("*")} if folder.is_dir() else set()
    for name in (one for one in names if ".part." not in one):
        if name.endswith(".ok"):
            assert name.removesuffix(".ok") in names
            assert (folder / name).read_bytes() == bytes(sealed[name.removesuffix(".ok")]["manifest"])
        else:
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sealed[name]["sha256"]
