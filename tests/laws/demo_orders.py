"""The paper of the demo company: jobs, codes, vendors, catalog, purchase orders, change orders and bills.

All names are invented. Prices are per unit of the line, amounts in US dollars, tax and freight apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

YEAR, OFFSET = "2026", "-07:00"
STATION, MAIN, ANNEX = "26-101", "26-102", "25-090"
SOURCE = {"set": "written for this project", "licence": "as the project"}
RULES = [
    "all of it is invented; qty, prices and times are written by hand in tests/laws/demo_story.txt and demo_orders.py",
    "control_totals and the events' amount are the oracle's (tests/laws/model.py); the product computes its own",
    "an event posted at or after a month's instant in `closes` is fed after that month was closed",
    "sage_entries is what Sage's clerk enters by hand, cost that nobody tracks on site",
    "reversed_entries names those that finance reverses at month end instead of letting them stand",
    "a step without cost_code leaves it to the bridge; EV rows without po_id name an item only",
]
#: When the books of a month are closed while events still come: those posted from then on find it closed.
CLOSES = {"2026-04": "2026-05-08T18:00:00-07:00"}
#: What finance does not let stand of the clerk's entries, by description: reversed by an approved adjustment.
REVERSED_ENTRIES = ["Rush bolts, card purchase"]

JOBS = [
    {"job_id": job, "job_name": name, "job_status": status, "start_date": start, "end_date": end, "origin": "written"}
    for job, name, status, start, end in (
        (ANNEX, "Library Annex Reroof", "Closed", "2025-04-01", "2025-12-19"),
        (STATION, "Fire Station 7", "In progress", "2026-03-02", "2026-12-18"),
        (MAIN, "Harbor Avenue Water Main", "In progress", "2026-03-09", "2026-08-28"),
    )
]
COST_CODES = {
    "03 20 00": "Concrete Reinforcing",
    "03 30 00": "Cast-in-Place Concrete",
    "04 22 00": "Concrete Unit Masonry",
    "05 12 00": "Structural Steel Framing",
    "07 92 00": "Joint Sealants",
    "26 05 33": "Raceway and Boxes for Electrical Systems",
    "31 23 23": "Fill",
    "33 14 13": "Public Water Utility Distribution Piping",
    "33 14 19": "Valves and Hydrants for Water Utility Service",
}
#: Codes of jobs on which nothing is ordered here.
OTHER_CODES = [(ANNEX, "07 92 00")]

#: Who writes an event down: (job, is a receipt) -> person; and on which tablet.
CREWS = {
    (STATION, True): "d.reyes", (STATION, False): "m.okafor", (MAIN, True): "t.lindqvist", (MAIN, False): "j.marsh",
    (ANNEX, False): "m.okafor",
}  # fmt: skip
TABLETS = {STATION: "tablet-03", MAIN: "tablet-07", ANNEX: "tablet-03"}


def _vendor(vendor: str, name: str, city: str, postal_code: str) -> dict[str, str]:
    return {
        "vendor_id": vendor, "vendor_name": name, "is_active": "1", "address_line_1": "", "city": city, "state": "WA",
        "postal_code": postal_code, "country": "US", "origin": "written",
    }  # fmt: skip


VENDORS = [
    _vendor("V-1010", "Ridgeline Ready Mix", "Everett", "98201"),
    _vendor("V-1020", "Cascade Bar & Mesh Supply", "Tacoma", "98402"),
    _vendor("V-1030", "Pioneer Unit Masonry", "Marysville", "98270"),
    _vendor("V-1040", "Northbank Steel Works", "Longview", "98632"),
    _vendor("V-1050", "Alder Electric Supply", "Everett", "98203"),
    _vendor("V-1060", "Summit Sealant Sales", "Bothell", "98011"),
    _vendor("V-1070", "Larch Fasteners", "Kent", "98032"),
    _vendor("V-1080", "Tidewater Pipe & Valve", "Bremerton", "98310"),
    _vendor("V-1090", "Granite Hill Aggregates", "Monroe", "98272"),
]


class Item(NamedTuple):
    """A catalog item."""

    description: str
    unit: str
    cost: str
    cost_code: str
    material_class: str


ITEMS = {
    "CONC-4000": Item("Ready-mix concrete 4000 psi", "CY", "165.0000", "03 30 00", "concrete"),
    "CONC-3000": Item("Ready-mix concrete 3000 psi", "CY", "150.0000", "03 30 00", "concrete"),
    "REBAR-4": Item("Rebar #4 grade 60", "TON", "1150.0000", "03 20 00", "rebar"),
    "REBAR-5": Item("Rebar #5 grade 60", "TON", "1130.0000", "03 20 00", "rebar"),
    "TIE-WIRE": Item("Tie wire 16 ga", "ROLL", "6.5000", "03 20 00", "rebar"),
    "CMU-8": Item("CMU 8x8x16", "EA", "2.6000", "04 22 00", "masonry"),
    "CMU-8BB": Item("CMU 8 in bond beam", "EA", "3.1000", "04 22 00", "masonry"),
    "MORTAR-S": Item("Mortar type S 80 lb", "BAG", "14.7500", "04 22 00", "masonry"),
    "SILL-PC": Item("Precast window sill 4 ft", "EA", "42.0000", "04 22 00", "masonry"),
    "W12X26": Item("Beam W12x26", "LB", "1.3400", "05 12 00", "steel"),
    "HSS-6X6": Item("Column HSS 6x6x3/8", "LB", "1.5200", "05 12 00", "steel"),
    "ABOLT-34": Item("Anchor bolt 3/4 x 12", "EA", "7.2000", "05 12 00", "steel"),
    "GROUT-NS": Item("Non-shrink grout 50 lb", "BAG", "28.5000", "05 12 00", "steel"),
    "SHIM-STL": Item("Steel shim set", "EA", "4.2000", "", "shims"),
    "EMT-34": Item("EMT conduit 3/4 in", "FT", "1.8500", "26 05 33", "conduit"),
    "PVC-2": Item("PVC conduit 2 in", "FT", "2.4000", "26 05 33", "conduit"),
    "BOX-4SQ": Item("Steel box 4 in square", "EA", "4.4000", "26 05 33", "conduit"),
    "SEAL-PU": Item("Polyurethane sealant 20 oz", "EA", "11.2500", "07 92 00", "sealant"),
    "DIP-8": Item("Ductile iron pipe 8 in", "FT", "41.0000", "33 14 13", "pipe"),
    "DIP-6": Item("Ductile iron pipe 6 in", "FT", "29.7500", "33 14 13", "pipe"),
    "BEND-8": Item("MJ bend 8 in", "EA", "186.0000", "33 14 13", "pipe"),
    "RSTR-8": Item("Joint restraint 8 in", "EA", "64.0000", "33 14 13", "pipe"),
    "GV-8": Item("Gate valve 8 in", "EA", "1415.0000", "33 14 19", "valves"),
    "HYD-5": Item("Fire hydrant 5-1/4 in", "EA", "3850.0000", "33 14 19", "valves"),
    "VBOX": Item("Valve box, two-piece", "EA", "98.5000", "33 14 19", "valves"),
    "SLEEVE-8": Item("Tapping sleeve 8 x 6", "EA", "2235.0000", "33 14 19", "valves"),
    "BED-SAND": Item("Pipe bedding sand", "TON", "23.0000", "31 23 23", "aggregate"),
    "CRUSH-34": Item("Crushed rock 3/4 minus", "TON", "19.4000", "31 23 23", "aggregate"),
}


class Order(NamedTuple):
    """A purchase order's header; times are the story's."""

    vendor: str
    ordered: str
    need_by: str
    status: str = "approved"


ORDERS = {
    "PO-26-0101": Order("V-1010", "03-09T08:15", "05-15"),
    "PO-26-0102": Order("V-1020", "03-09T08:40", "03-27", "complete"),
    "PO-26-0103": Order("V-1030", "03-12T10:05", "05-08"),
    "PO-26-0104": Order("V-1040", "03-10T13:30", "04-30"),
    "PO-26-0105": Order("V-1050", "03-09T09:20", "05-12"),
    "PO-26-0106": Order("V-1060", "04-20T11:00", "05-22", "complete"),
    "PO-26-0107": Order("V-1070", "03-09T10:30", "05-04", "complete"),
    "PO-26-0108": Order("V-1030", "03-31T15:10", "05-29", "rejected"),
    "PO-26-0201": Order("V-1080", "03-09T14:00", "05-12"),
    "PO-26-0202": Order("V-1080", "03-09T14:20", "05-13"),
    "PO-26-0203": Order("V-1090", "03-11T09:00", "06-30"),
    "PO-26-0204": Order("V-1010", "03-16T08:30", "05-29"),
    "PO-26-0205": Order("V-1080", "03-12T14:45", "05-29"),
    "PO-26-0206": Order("V-1080", "05-21T10:10", "06-12", "pending"),
}


@dataclass(frozen=True)
class Line:
    """A purchase order line as first ordered; `lot` is the amount of a line priced as a lot."""

    item: str
    job: str
    quantity: Decimal
    price: Decimal
    lot: Decimal | None = None

    @property
    def cost_code(self) -> str:
        """The catalog's code."""
        return ITEMS[self.item].cost_code

    @property
    def amount(self) -> Decimal:
        """Quantity x price to the cent, or the lot's amount."""
        return self.lot or (self.quantity * self.price).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _line(item: str, job: str, quantity: str, price: str, lot: str = "") -> Line:
    return Line(item, job, Decimal(quantity), Decimal(price), Decimal(lot) if lot else None)


LINES = {
    ("PO-26-0101", "1"): _line("CONC-4000", STATION, "180", "168.4000"),
    ("PO-26-0101", "2"): _line("CONC-3000", STATION, "45", "152.8500"),
    ("PO-26-0102", "1"): _line("REBAR-4", STATION, "9.5", "1148.7500"),
    ("PO-26-0102", "2"): _line("REBAR-5", STATION, "6.25", "1126.5000"),
    ("PO-26-0102", "3"): _line("TIE-WIRE", STATION, "40", "6.4850"),
    ("PO-26-0103", "1"): _line("CMU-8", STATION, "5200", "2.6450"),
    ("PO-26-0103", "2"): _line("CMU-8BB", STATION, "640", "3.1275"),
    ("PO-26-0103", "3"): _line("MORTAR-S", STATION, "220", "14.9000"),
    ("PO-26-0104", "1"): _line("W12X26", STATION, "18400", "1.3385"),
    ("PO-26-0104", "2"): _line("HSS-6X6", STATION, "6200", "1.5210"),
    ("PO-26-0105", "1"): _line("EMT-34", STATION, "2400", "1.8735"),
    ("PO-26-0105", "2"): _line("PVC-2", STATION, "900", "2.4160"),
    ("PO-26-0105", "3"): _line("BOX-4SQ", STATION, "160", "4.3950"),
    ("PO-26-0106", "1"): _line("SEAL-PU", STATION, "96", "11.3750"),
    ("PO-26-0107", "1"): _line("ABOLT-34", STATION, "240", "7.2150"),
    # 30 bags for 860.00: the unit cost in force is 860 / 30, not the rounded 28.67.
    ("PO-26-0107", "2"): _line("GROUT-NS", STATION, "30", "28.6700", "860.00"),
    ("PO-26-0108", "1"): _line("SILL-PC", STATION, "60", "42.0000"),
    ("PO-26-0201", "1"): _line("DIP-8", MAIN, "2160", "41.2750"),
    ("PO-26-0201", "2"): _line("DIP-6", MAIN, "540", "29.8600"),
    ("PO-26-0201", "3"): _line("BEND-8", MAIN, "36", "186.4250"),
    ("PO-26-0202", "1"): _line("GV-8", MAIN, "8", "1420.0000"),
    ("PO-26-0202", "2"): _line("HYD-5", MAIN, "5", "3865.0000"),
    ("PO-26-0202", "3"): _line("VBOX", MAIN, "12", "98.7500"),
    ("PO-26-0203", "1"): _line("BED-SAND", MAIN, "1450", "23.1500"),
    ("PO-26-0203", "2"): _line("CRUSH-34", MAIN, "800", "19.4250"),
    ("PO-26-0204", "1"): _line("CONC-3000", MAIN, "36", "152.8500"),
    ("PO-26-0205", "1"): _line("RSTR-8", MAIN, "48", "64.1975"),
    ("PO-26-0206", "1"): _line("SLEEVE-8", MAIN, "2", "2240.0000"),
}


class Change(NamedTuple):
    """A change order on one line: the new quantity or the new price."""

    po: str
    line: str
    time: str
    kind: str
    quantity: Decimal | None = None
    price: Decimal | None = None


CHANGES = [
    Change("PO-26-0101", "1", "04-02T16:10", "qty_change", quantity=Decimal(192)),
    Change("PO-26-0104", "1", "04-14T11:00", "price_change", price=Decimal("1.4120")),
    Change("PO-26-0108", "1", "04-21T09:30", "cancel", quantity=Decimal(0)),
    Change("PO-26-0103", "1", "05-12T14:20", "qty_change", quantity=Decimal(4800)),
    Change("PO-26-0201", "1", "05-18T10:45", "price_change", price=Decimal("40.6125")),
    Change("PO-26-0106", "1", "05-28T17:00", "short_close", quantity=Decimal(88)),
]


class Bill(NamedTuple):
    """A row of accounts payable; `undoes` is the place of the bill a cancellation takes back."""

    po: str
    line: str
    number: str
    issued: str
    posted: str
    quantity: str
    price: str
    kind: str = "invoice"
    amount: Decimal | None = None
    undoes: int = 0


def _extra(po: str, kind: str, number: str, issued: str, posted: str, amount: str) -> Bill:
    return Bill(po, "", number, issued, posted, "", "", kind, Decimal(amount))


BILLS = [
    Bill("PO-26-0101", "1", "RRM-4417", "03-24", "03-26", "80.75", "168.40"),
    Bill("PO-26-0101", "2", "RRM-4417", "03-24", "03-26", "18", "152.85"),
    Bill("PO-26-0101", "1", "RRM-4502", "04-07", "04-10", "54.5", "168.40"),
    Bill("PO-26-0101", "1", "RRM-4588", "05-04", "05-07", "40", "168.40"),
    Bill("PO-26-0101", "2", "RRM-4601", "05-08", "05-13", "22.75", "152.85"),
    Bill("PO-26-0102", "1", "CRS-20871", "03-13", "03-18", "4.75", "1148.75"),
    Bill("PO-26-0102", "2", "CRS-20871", "03-13", "03-18", "6.25", "1126.50"),
    Bill("PO-26-0102", "3", "CRS-20871", "03-13", "03-18", "40", "6.4850"),
    _extra("PO-26-0102", "freight", "CRS-20871", "03-13", "03-18", "385.00"),
    Bill("PO-26-0102", "1", "CRS-21003", "03-31", "04-03", "4.75", "1148.75"),
    Bill("PO-26-0103", "1", "PUM-3301", "04-02", "04-07", "2280", "2.6450"),
    Bill("PO-26-0103", "3", "PUM-3351", "04-09", "04-14", "110", "14.90"),
    Bill("PO-26-0103", "2", "PUM-3350", "04-16", "04-21", "320", "3.1275"),
    Bill("PO-26-0103", "1", "PUM-3377", "04-22", "04-28", "2400", "2.6450"),
    # Entered twice, taken back six days later, in the next month.
    Bill("PO-26-0103", "1", "PUM-3377-B", "04-22", "04-29", "2400", "2.6450"),
    Bill("PO-26-0103", "1", "PUM-3377-B", "04-22", "05-05", "2400", "2.6450", "cancel", undoes=15),
    Bill("PO-26-0103", "2", "PUM-3402", "05-07", "05-12", "360", "3.1275"),
    Bill("PO-26-0104", "1", "NSW-7781", "04-03", "04-09", "9200", "1.3385"),
    Bill("PO-26-0104", "2", "NSW-7781", "04-03", "04-09", "6200", "1.5210"),
    _extra("PO-26-0104", "freight", "NSW-7781", "04-03", "04-09", "1240.00"),
    # Billed above the changed price of 1.4120.
    Bill("PO-26-0104", "1", "NSW-7862", "04-29", "05-05", "9200", "1.4350"),
    Bill("PO-26-0105", "2", "AES-54988", "03-13", "03-19", "900", "2.4160"),
    Bill("PO-26-0105", "1", "AES-55120", "04-15", "04-20", "1200", "1.8735"),
    Bill("PO-26-0105", "3", "AES-55120", "04-15", "04-20", "160", "4.3950"),
    _extra("PO-26-0105", "tax", "AES-55120", "04-15", "04-20", "286.66"),
    Bill("PO-26-0105", "1", "AES-55391", "05-12", "05-18", "1200", "1.8735"),
    Bill("PO-26-0106", "1", "SSS-0914", "05-13", "05-19", "48", "11.3750"),
    _extra("PO-26-0106", "tax", "SSS-0914", "05-13", "05-19", "53.51"),
    Bill("PO-26-0107", "1", "LF-12077", "03-16", "03-20", "240", "7.2150"),
    Bill("PO-26-0107", "2", "LF-12104", "04-08", "04-14", "13", "28.67"),
    Bill("PO-26-0107", "2", "LF-12231", "05-05", "05-11", "17", "28.67"),
    Bill("PO-26-0201", "1", "TPV-90112", "03-19", "03-24", "504", "41.2750"),
    Bill("PO-26-0201", "2", "TPV-90112", "03-19", "03-24", "270", "29.8600"),
    Bill("PO-26-0201", "3", "TPV-90112", "03-19", "03-24", "24", "186.4250"),
    _extra("PO-26-0201", "freight", "TPV-90112", "03-19", "03-24", "1850.00"),
    Bill("PO-26-0201", "1", "TPV-90177", "04-01", "04-07", "576", "41.2750"),
    Bill("PO-26-0201", "1", "TPV-90260", "04-22", "04-27", "540", "41.2750"),
    # Billed at the price before the change order of 18 May.
    Bill("PO-26-0201", "1", "TPV-90344", "05-13", "05-19", "504", "41.2750"),
    Bill("PO-26-0202", "1", "TPV-90140", "03-25", "03-31", "5", "1420.00"),
    Bill("PO-26-0202", "3", "TPV-90140", "03-25", "03-31", "12", "98.75"),
    # Hydrants billed at the works, sixteen days before they came.
    Bill("PO-26-0202", "2", "TPV-90241", "04-17", "04-20", "5", "3865.00"),
    _extra("PO-26-0202", "tax", "TPV-90241", "04-17", "04-20", "1913.18"),
    Bill("PO-26-0203", "1", "GHA-1187", "03-31", "04-03", "312.4", "23.1500"),
    Bill("PO-26-0203", "2", "GHA-1187", "03-31", "04-03", "61.85", "19.4250"),
    Bill("PO-26-0203", "1", "GHA-1214", "04-30", "05-06", "501", "23.1500"),
    Bill("PO-26-0203", "2", "GHA-1214", "04-30", "05-06", "74.2", "19.4250"),
    Bill("PO-26-0204", "1", "RRM-4447", "03-30", "04-02", "9.5", "152.85"),
    Bill("PO-26-0204", "1", "RRM-4540", "04-14", "04-17", "8.75", "152.85"),
    Bill("PO-26-0205", "1", "TPV-90121", "03-23", "03-27", "30", "64.1975"),
]

#: What Sage's clerk enters by hand on codes we post to: cost from the counter and cost from the company's own stock.
SAGE_ENTRIES = [
    {
        "entry_id": "S0001", "after_period": "", "action": "enter-cost", "job_id": STATION, "cost_code": "05 12 00",
        "category": "M", "transaction_date": "2026-04-17", "accounting_date": "2026-04-17",
        "description": "Rush bolts, card purchase", "amount": "312.40", "entered_at": "2026-04-20T15:20:00-07:00",
    },
    {
        "entry_id": "S0002", "after_period": "2026-04", "action": "enter-stock-cost", "job_id": MAIN,
        "cost_code": "33 14 19", "category": "M", "transaction_date": "2026-05-14", "accounting_date": "2026-05-14",
        "description": "Repair clamp from shop stock", "amount": "146.75", "entered_at": "2026-05-15T09:05:00-07:00",
    },
]  # fmt: skip

#: What is odd in the scenario, on purpose; rows of events are named by what they say, since ids follow the clock.
ANOMALIES = [
    {"anomaly_kind": kind, "table_name": table, "row_key": key, "detail": detail}
    for kind, table, key, detail in (
        ("over_receipt", "po_lines", "PO-26-0103/2", "680 received of 640 ordered"),
        ("untagged_event", "items", "SHIM-STL", "received without purchase order, code or mapping: stays an exception"),
        ("closed_job_event", "po_lines", "PO-26-0106/1", "4 installed on job 25-090, which is closed: waits"),
        ("unknown_cost_code_event", "po_lines", "PO-26-0105/3", "6 installed on 26 99 99: waits"),
        ("over_consumption", "po_lines", "PO-26-0105/3", "400 installed of 72 on hand, keyed for 40: an exception"),
        ("late_event", "po_lines", "PO-26-0105/1", "installed 2026-04-28, posted 2026-05-14 after April was closed"),
        ("late_event", "po_lines", "PO-26-0201/2", "a delivery of 2026-04-29 with its installation, posted 2026-05-12"),
        ("misread_ticket", "po_lines", "PO-26-0203/1", "27 of 96.4 tons reversed on the day"),
        ("code_from_allocation", "po_lines", "PO-26-0102/1", "rebar allocated to 04 22 00, installed without a code"),
        ("local_day_is_not_utc_day", "po_lines", "PO-26-0101/1", "placed 2026-04-30T23:40 here, already May in UTC"),
        ("lot_price", "po_lines", "PO-26-0107/2", "30 bags for 860.00: the unit cost is no round number"),
        ("invoice_price_differs", "invoices", "NSW-7862", "1.4350 billed, 1.4120 agreed"),
        ("invoice_price_differs", "invoices", "TPV-90344", "41.2750 billed the day after the price fell to 40.6125"),
        ("invoice_before_receipt", "invoices", "TPV-90241", "billed 2026-04-20, received 2026-05-06"),
        ("invoice_entered_twice", "invoices", "PUM-3377-B", "the same bill again, cancelled in the next month"),
        ("billed_with_rejected", "invoices", "RRM-4601", "billed as delivered; 6.5 of it was rejected and came again"),
        ("foreign_cost", "sage_entries", "S0001", "a card purchase that a clerk entered on a code we post to"),
        ("foreign_cost", "sage_entries", "S0002", "issued from stock by a clerk onto a code we post to, late"),
        ("freight_and_tax", "invoices", "CRS-20871", "rows without a line, here and on four other bills"),
    )
]
