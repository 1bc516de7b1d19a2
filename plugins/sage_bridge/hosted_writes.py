"""What is sent to hosted Sage, and what its answers say: bodies, matching by reference, acknowledgements.

A body is made once from the sealed bytes and never again. An answer of the service is put into the words of an
acknowledgement and of line results, so that what is compared for a file is compared here too.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sage_bridge.answers import FORMAT, RESULT_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sage_bridge.answers import LineResult, Sealed
    from sage_bridge.hosted_documents import Document, Held
    from sage_bridge.profiles import Profile
    from sage_bridge.sage_files import DirectCostLine, ReceiptLine

COSTS = "/JobCosting/Api/V1/JobTransaction.svc/transactions/direct-costs"
SYNCHRONIZE = "/JobCosting/Api/V1/JobTransaction.svc/job/transaction/synchronize"
DOCUMENT = "/documentmanagement/Api/V1/Document.svc/document"
DOCUMENTS = "/documentmanagement/Api/V1/Document.svc/documents"
EXPORT = "/documentmanagement/Api/V1/Document.svc/document/actions/export"
FAILURES = "/Synchronization/EventService.svc/events/failures"
DONE = 9
IMPORTER = "hosted service"
_MARK = "\x00"


class Unwritable(Exception):  # noqa: N818 - said of a line
    """A line names a code that the service does not know; the message says which."""


class Directory:
    """Ids of the service by our codes."""

    def __init__(self, held: Held) -> None:
        """Index the documents that lines point at."""
        self._ids: dict[tuple[str, ...], Document] = {}
        for one in held.live("jobs"):
            self._ids["job", held.code("jobs", one["Id"])] = one
        for one in held.live("accounts"):
            self._ids["account", str(one["Code"]).strip()] = one
        for one in held.live("categories"):
            code = held.of("cost_codes", one["CostCodeId"])
            extra = held.code("extras", code.get("ExtraId"))
            key = (held.code("jobs", one["JobId"]), extra, str(code["Code"]).strip(), str(one["Code"]).strip())
            self._ids["category", *key] = one
        for one in held.live("commitment_items"):
            commitment = held.code("commitments", one["CommitmentId"])
            self._ids["commitment item", commitment, str(one["Code"]).strip()] = one

    def of(self, kind: str, *key: str) -> Document:
        """Give the document of a code; raises Unwritable when there is none."""
        found = self._ids.get((kind, *key))
        if found is None:
            raise Unwritable(f"the hosted service shows no {kind} {' / '.join(part for part in key if part)}")
        return found


def cost_body(line: DirectCostLine, directory: Directory, profile: Profile) -> str:
    """Give the body of a direct cost; raises Unwritable."""
    category = directory.of("category", line.job, line.extra, line.cost_code, line.category)
    body: dict[str, object] = {
        "JobId": category["JobId"],
        "CostCodeId": category["CostCodeId"],
        "CategoryId": category["Id"],
        "TransactionType": profile.hosted.direct_cost_type,
        "TransactionDate": line.transaction_date,
        "AccountingDate": line.accounting_date,
        "Code": line.ref_1,
        "Description": line.description,
        "Amount": Decimal(line.amount),
        "Units": Decimal(line.units or 0),
        "DebitAccountId": directory.of("account", line.debit_account)["Id"],
        "CreditAccountId": directory.of("account", line.credit_account)["Id"],
        "Reference1": line.ref_1,
        "Reference2": line.ref_2,
        "Tag": line.batch,
    }
    return _json(body)


def receipts_body(file_name: str, sha256: str, lines: Sequence[ReceiptLine], directory: Directory, kind: str) -> str:
    """Give the body of the document that carries a file of receiving confirmations; raises Unwritable."""
    distributions = []
    for line in lines:
        item = directory.of("commitment item", line.commitment, line.item)
        ids = {"CommitmentId": item["CommitmentId"], "CommitmentItemId": item["Id"]}
        distributions.append({**ids, **line._asdict(), "units": Decimal(line.units)})
    header = {"Code": file_name, "Sha256": sha256, "Lines": len(distributions)}
    return _json({"DocumentTypeId": kind, "Snapshot": {"Header": header, "Distributions": distributions}})


def _json(body: object) -> str:
    """Write JSON whose decimals are plain numbers, digit by digit."""
    text = json.dumps(body, sort_keys=True, default=lambda value: f"{_MARK}{value:f}{_MARK}")
    return text.replace(f'"{json.dumps(_MARK)[1:-1]}', "").replace(f'{json.dumps(_MARK)[1:-1]}"', "")


def reference_of(document: Document) -> str:
    """Give our reference in a document that was sent."""
    if "Reference1" in document:
        return str(document["Reference1"])
    header = (document.get("Snapshot") or {}).get("Header") or {}
    return str(header.get("Code") or "")


def by_reference(documents: Iterable[Document], known: frozenset[str]) -> dict[str, list[Document]]:
    """Group what was sent by our reference, without the ids that earlier batches own."""
    found: dict[str, list[Document]] = {}
    for document in documents:
        if str(document["Id"]) not in known:
            found.setdefault(reference_of(document), []).append(document)
    return found


def differs(body: str, document: Document) -> str:
    """Name the first field of a body that a document sent under the same reference has otherwise; '' for none."""
    ours: dict[str, Any] = json.loads(body, parse_float=Decimal)
    for name, value in sorted(ours.items()):
        found = document.get(name)
        is_number = isinstance(value, (int, Decimal)) and isinstance(found, (int, Decimal))
        if value != found and not (is_number and Decimal(value) == Decimal(str(found))):
            return name
    return ""


def acknowledgement(sealed: Sealed, received_at: str) -> bytes:
    """Give what a technical ack says of a batch that the service holds whole."""
    document = {
        "format": FORMAT,
        "file": sealed.file_name,
        **{name: value for name, value in asdict(sealed).items() if name != "file_name"},
        "status": "received",
        "reason": "",
        "importer": IMPORTER,
        "received_at": received_at,
    }
    return (json.dumps(document, sort_keys=True) + "\n").encode()


def result_file(results: Iterable[LineResult]) -> bytes:
    """Give the line results of a batch."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(RESULT_HEADER)
    writer.writerows(results)
    return buffer.getvalue().encode()


def proof(content: bytes, rows: int) -> bytes:
    """Give the small manifest that belongs to an acknowledgement or a result."""
    document: Mapping[str, object] = {
        "format": FORMAT,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "rows": rows,
    }
    return (json.dumps(document, sort_keys=True) + "\n").encode()
