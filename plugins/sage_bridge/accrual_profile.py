"""When invoices, goods and credits are expected, and from which age on an accrual is proposed for release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sage_bridge.profile_reader import Reader

MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Accruals:
    """Days that are agreed with the controller.

    Attributes:
        invoice_days: from the oldest receipt without an invoice to the day its invoice is expected.
        receipt_days: from the oldest invoice without a receipt to the day the material is expected.
        credit_days: from the oldest invoice of what was returned to the day its credit is expected.
        release_days: age of a line's newest receipt without an invoice above which it is proposed for release; 0: none
    """

    invoice_days: int
    receipt_days: int
    credit_days: int
    release_days: int


def read_accruals(reader: Reader) -> Accruals:
    """Check the section `accruals` of a profile; raises BadConfig RS-114, RS-116 to RS-118 as `read_profile`."""
    found = Accruals(
        invoice_days=reader.whole("invoice_days", least=0, most=MOST_DAYS),
        receipt_days=reader.whole("receipt_days", least=0, most=MOST_DAYS),
        credit_days=reader.whole("credit_days", least=0, most=MOST_DAYS),
        release_days=reader.whole("release_days", least=0, most=MOST_DAYS),
    )
    reader.finish()
    if 0 < found.release_days < found.invoice_days:
        reader.refuse("release_days", found.release_days, "0, or no less than invoice_days: what is not due yet stays")
    return found
