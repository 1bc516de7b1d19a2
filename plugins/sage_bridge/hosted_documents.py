"""Documents of the hosted service as rows of our inbound feeds.

Documents arrive with ids that point at each other; rows carry codes. A number is an int or decimal text. What is
archived over there is left out here. A feed whose resource the link does not serve is not made (`is_served`); change
orders and invoices are then derived from totals (`hosted_derived`).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sage_bridge.errors import RefusedTransfer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sage_bridge.hosted_profile import Hosted

Document = dict[str, Any]
Row = dict[str, str]
_JOBS, _COMMITMENTS = "/JobCosting/Api/V1/JobCost.svc", "/JobCosting/Api/V1/Commitment.svc"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource: its path, whether it comes in pages, and by which word of the profile it is served ('' = always)."""

    path: str
    is_paged: bool = True
    served_by: str = ""


RESOURCES: dict[str, Resource] = {
    "jobs": Resource(f"{_JOBS}/jobs"),
    "extras": Resource(f"{_JOBS}/jobs/extras", served_by="extras"),
    "cost_codes": Resource(f"{_JOBS}/jobs/costcodes"),
    "categories": Resource(f"{_JOBS}/jobs/categories"),
    "standard_cost_codes": Resource(f"{_JOBS}/costcodes"),
    "standard_categories": Resource(f"{_JOBS}/categories"),
    "vendors": Resource("/AccountsPayable/Api/V1/Vendor.svc/vendors", is_paged=False),
    "accounts": Resource("/GeneralLedger/Api/V1/Account.svc/accounts", is_paged=False),
    "items": Resource(f"{_JOBS}/items", served_by="items"),
    "commitments": Resource(f"{_COMMITMENTS}/commitments", is_paged=False),
    # Asked for per commitment.
    "commitment_items": Resource(f"{_COMMITMENTS}/commitments/items", is_paged=False),
    "change_orders": Resource(f"{_COMMITMENTS}/commitments/changeorders", served_by="change_orders"),
    "change_order_items": Resource(f"{_COMMITMENTS}/commitments/changeorders/items", served_by="change_orders"),
    "transactions": Resource("/JobCosting/Api/V1/JobTransaction.svc/transactions", served_by="transactions"),
    "periods": Resource("/GeneralLedger/Api/V1/Account.svc/periods", served_by="periods"),
}
_CODES = ("jobs", "extras", "cost_codes", "categories", "accounts")
_ORDERS = (*_CODES, "vendors", "items", "commitments", "commitment_items")
NEEDED: dict[str, tuple[str, ...]] = {
    "JOB": ("jobs",),
    "EXTRA": ("jobs", "extras"),
    "COSTCODE": _CODES,
    "CATEGORY": _CODES,
    "STDCODE": ("standard_cost_codes",),
    "STDCAT": ("standard_categories",),
    "VENDOR": ("vendors",),
    "ITEM": ("items",),
    "COMMIT": ("jobs", "vendors", "commitments"),
    "COMITEM": _ORDERS,
    "COMCO": (*_ORDERS, "change_orders"),
    "COMCOITM": (*_ORDERS, "change_orders", "change_order_items"),
    "PERIOD": ("periods",),
    "JCH": (*_ORDERS, "transactions"),
    "JCT": (*_ORDERS, "transactions"),
    "JCN": (*_ORDERS, "transactions"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """The documents held of a company, by resource and id, how its link numbers things, and what is derived.

    Attributes:
        derived: rows of `landing/select_hosted_changes`.
        cost_account: debited where neither category nor cost code names an account.
    """

    hosted: Hosted
    documents: Mapping[str, Mapping[str, Document]]
    derived: Sequence[Mapping[str, Any]] = ()
    cost_account: str = ""

    def live(self, resource: str) -> Iterable[Document]:
        """Give the documents of a resource that are not archived."""
        return (one for one in self.documents.get(resource, {}).values() if not one.get("IsArchived"))

    def of(self, resource: str, identity: object) -> Document:
        """Give the document an id points at; an empty one for no id.

        Raises:
            RefusedTransfer: RS-218 the id leads nowhere.
        """
        if identity is None:
            return {}
        found = self.documents.get(resource, {}).get(str(identity))
        if found is None:
            raise RefusedTransfer(
                "RS-218",
                "a document of the hosted service points at one that was never shown",
                record=f"{resource} {identity}",
                expected="a document of that id",
                do="run again; if it lasts, have the link's client beside Sage synchronise everything anew",
            )
        return found

    def code(self, resource: str, identity: object) -> str:
        """Give the code of the document an id points at; '' for no id."""
        return text(self.of(resource, identity).get("Code"))


def text(value: object) -> str:
    """Give a text without the blanks that the service may leave around codes."""
    return "" if value is None else str(value).strip()


def number(value: object, places: int) -> str:
    """Give a number with so many decimals; '' for none."""
    return "" if value is None else f"{Decimal(str(value)):.{places}f}"


def flag(value: object) -> str:
    """Give yes or no as the feeds write it."""
    return "1" if value else "0"


def word(words: tuple[str, ...], value: object, record: str) -> str:
    """Give what a number of the service means.

    Raises:
        RefusedTransfer: RS-219 the profile does not say.
    """
    if isinstance(value, int) and 0 <= value < len(words) and words[value] != "none":
        return words[value]
    raise RefusedTransfer(
        "RS-219",
        "a number of the hosted service has no meaning in the company profile",
        record=record,
        expected=", ".join(f"{place} {one}" for place, one in enumerate(words)),
        found=repr(value)[:40],
        do="find out what it means in Sage, then complete the section hosted of the profile",
    )


_DERIVED: dict[str, frozenset[str]] = {
    "COMCO": frozenset({"change_orders"}),
    "COMCOITM": frozenset({"change_orders", "change_order_items"}),
    "JCT": frozenset({"transactions"}),
}
"""What a feed is made without where its link does not serve it: derived from totals."""


def is_served(flow: str, hosted: Hosted) -> bool:
    """Tell whether a link has what a feed is made of."""
    return all(RESOURCES[name].served_by in {"", *hosted.serves} for name in _own(flow))


def _own(flow: str) -> tuple[str, ...]:
    """Give what a feed cannot be made without: extras and items only complete other feeds."""
    needed = NEEDED[flow]
    if flow in {"EXTRA", "ITEM"}:
        return needed
    return tuple(one for one in needed if one not in {"extras", "items"} | _DERIVED.get(flow, frozenset()))
