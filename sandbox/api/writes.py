"""What is sent to the hosted service: direct costs and documents, each written in two steps.

The first step keeps what was sent; the second makes an operation, which the client beside Sage carries out when
somebody next asks for its status. A direct cost becomes an unposted entry as by an import, with the same checks; the
same one sent twice is entered twice. Nothing is ever posted from here.
"""

from __future__ import annotations

import uuid
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox import direct_cost, periods, values
from sandbox.api import numbers
from sandbox.api.cloud import decimal, next_version
from sandbox.layout import LENGTHS, Layout, read_layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.api.cloud import Cloud
    from sandbox.api.shapes import Document
    from sandbox.direct_cost import Books
    from sandbox.posting import Transaction
    from sandbox.store import Connection, Step

STAGED, FAILED, DONE = 1, 6, 9
TRANSACTION_TYPE = 1
DIRECT_COST, DOCUMENT = "direct-cost", "document"
# Invented: each customer's service has an id of its own for a type of document.
RECEIPT_DOCUMENT = "e952e73a-f61a-5a44-b078-de3907321df1"
_TEXTS = {"Code": 40, "Description": 30, "Reference1": 10, "Reference2": 10, "Tag": 40}
_GUIDS = ("JobId", "CostCodeId", "CategoryId")


class WrongParametersError(Exception):
    """A request that is refused with 400; the message says why."""


def stage_direct_cost(cloud: Cloud, body: Mapping[str, Any]) -> str:
    """Keep a direct cost; gives its id. Only its form is checked here, as the service does not know Sage's rules."""
    for name in (*_GUIDS, "AccountingDate", "TransactionDate", "Code"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise WrongParametersError(f"{name} is missing")
    if decimal(body.get("Amount")) is None:
        raise WrongParametersError("Amount is no number")
    if body.get("TransactionType") != TRANSACTION_TYPE:
        raise WrongParametersError("TransactionType is not 1")
    for name, longest in _TEXTS.items():
        if len(str(body.get(name) or "")) > longest:
            raise WrongParametersError(f"{name} is longer than {longest} characters")
    return _stage(cloud, DIRECT_COST, body)


def stage_document(cloud: Cloud, body: Mapping[str, Any]) -> str:
    """Keep a document; gives its id."""
    snapshot = body.get("Snapshot")
    if body.get("DocumentTypeId") != RECEIPT_DOCUMENT:
        raise WrongParametersError("DocumentTypeId is unknown")
    if not isinstance(snapshot, dict) or not isinstance(snapshot.get("Header"), dict):
        raise WrongParametersError("Snapshot has no Header")
    if not isinstance(snapshot.get("Distributions"), list):
        raise WrongParametersError("Snapshot has no Distributions")
    return _stage(cloud, DOCUMENT, body)


def _stage(cloud: Cloud, kind: str, body: Mapping[str, Any]) -> str:
    with cloud.step() as step:
        identity = str(uuid.uuid4())
        step.connection.execute(
            "insert into SANDBOX_API_WRITE (Id, Kind, Version, Body, Created_On, State) values (?, ?, ?, ?, ?, ?)",
            (identity, kind, next_version(step), numbers.write(dict(body)), _clock(step), STAGED),
        )
    return identity


def start(cloud: Cloud, kind: str, identity: str) -> str | None:
    """Make the operation that brings a kept write to Sage; a second call makes a second one. None: no such write."""
    with cloud.step() as step:
        row = step.connection.execute(
            "select Id from SANDBOX_API_WRITE where Id = ? and Kind = ?", (identity, kind)
        ).fetchone()
        if row is None:
            return None
        operation = str(uuid.uuid4())
        step.connection.execute(
            "insert into SANDBOX_API_OPERATION (Id, Entity_Id, Created_On) values (?, ?, ?)",
            (operation, identity, _clock(step)),
        )
        step.connection.execute(
            "update SANDBOX_API_WRITE set Operation_Id = ?, Version = ? where Id = ?",
            (operation, next_version(step), identity),
        )
    return operation


def status(cloud: Cloud, operation: str) -> Document | None:
    """Give an operation as it stands after the client beside Sage has worked; None when there is none."""
    if cloud.fetch("select 1 from SANDBOX_API_OPERATION where Completed_On is null limit 1"):
        with cloud.step() as step:
            _carry_out(cloud, step)
    rows = cloud.fetch("select * from SANDBOX_API_OPERATION where Id = ?", operation)
    if not rows:
        return None
    row = rows[0]
    return {
        "Id": row["Id"], "CreatedOn": row["Created_On"], "TransmittedOn": row["Completed_On"],
        "ReceivedOn": row["Completed_On"], "DisabledOn": None, "CompletedOn": row["Completed_On"],
    }  # fmt: skip


def failures(cloud: Cloud, entity: str) -> list[Document]:
    """Give what went wrong with a write, oldest first."""
    rows = cloud.fetch("select * from SANDBOX_API_FAILURE where Entity_Id = ? order by Version", entity)
    return [
        {"Id": row["Id"], "EntityId": row["Entity_Id"], "ErrorMessage": row["Error_Message"],
         "CreatedOnUtc": row["Created_On"], "TypeId": 1, "Version": row["Version"]}
        for row in rows
    ]  # fmt: skip


def kept(cloud: Cloud, kind: str, page: int, version: int) -> list[Document]:
    """Give the writes of a kind newer than `version`, one page: as sent, with state and last operation."""
    rows = cloud.fetch(
        "select * from SANDBOX_API_WRITE where Kind = ? and Version > ? order by Version limit ? offset ?",
        kind, version, cloud.page_size, page * cloud.page_size,
    )  # fmt: skip
    return [_as_kept(row) for row in rows]


def document(cloud: Cloud, identity: str) -> Document | None:
    """Give one document with its CurrentState; None when there is none."""
    rows = cloud.fetch("select * from SANDBOX_API_WRITE where Id = ? and Kind = ?", identity, DOCUMENT)
    return _as_kept(rows[0]) if rows else None


def _as_kept(row: Any) -> Document:
    body = numbers.read(row["Body"])
    extra: Document = {
        "Id": row["Id"], "Version": row["Version"], "CurrentState": row["State"], "OperationId": row["Operation_Id"],
        "CreatedOnUtc": row["Created_On"],
    }  # fmt: skip
    return {**body, **extra} if isinstance(body, dict) else extra


def _carry_out(cloud: Cloud, step: Step) -> None:
    """Do what all open operations ask for, in the order in which they were made."""
    books = direct_cost.read_books(step.connection, periods.open_periods(step.connection, "JC"))
    layout = read_layout(cloud.data)
    run = step.next_number("entry_run")
    rows = step.connection.execute(
        "select o.Id, w.Id as Entity_Id, w.Kind, w.Body from SANDBOX_API_OPERATION as o "
        "inner join SANDBOX_API_WRITE as w on w.Id = o.Entity_Id where o.Completed_On is null order by o.rowid"
    ).fetchall()
    for place, row in enumerate(rows, 1):
        body: Any = numbers.read(row["Body"])
        try:
            if row["Kind"] == DIRECT_COST:
                entry = _entry(step.connection, body, layout, books)
                step.run_many("insert_new_transaction", [entry.row(step, run, place)])
            else:
                _receive(step, row["Entity_Id"], body)
        except direct_cost.RefusedLineError as refused:
            _fail(step, row["Entity_Id"], str(refused))
            state = FAILED
        else:
            state = DONE
        step.connection.execute(
            "update SANDBOX_API_OPERATION set Completed_On = ? where Id = ?", (_clock(step), row["Id"])
        )
        step.connection.execute(
            "update SANDBOX_API_WRITE set State = ?, Version = ? where Id = ?",
            (state, next_version(step), row["Entity_Id"]),
        )


def _entry(connection: Connection, body: Mapping[str, Any], layout: Layout, books: Books) -> Transaction:
    job = _code(connection, "jobs", body["JobId"])
    code = _found(connection, "jobs/costcodes", body["CostCodeId"])
    category = _code(connection, "jobs/categories", body["CategoryId"])
    extra = "" if code.get("ExtraId") is None else _code(connection, "jobs/extras", str(code["ExtraId"]))
    fields = {
        "job": job, "extra": extra, "cost_code": str(code["Code"]), "category": category,
        "transaction_type": "2", "transaction_date": _us_date(body["TransactionDate"]),
        "accounting_date": _us_date(body["AccountingDate"]), "description": str(body.get("Description") or ""),
        "units": _text(body.get("Units"), values.UNITS), "unit_cost": _text(body.get("UnitCost"), values.UNIT_COST),
        "amount": _text(body["Amount"], values.AMOUNT),
        "debit_account": _account(connection, body.get("DebitAccountId")),
        "credit_account": _account(connection, body.get("CreditAccountId")), "batch": str(body.get("Tag") or ""),
        "ref_1": str(body.get("Reference1") or ""), "ref_2": str(body.get("Reference2") or ""),
    }  # fmt: skip
    for name, longest in LENGTHS.items():
        if len(fields[name]) > longest:
            raise direct_cost.RefusedLineError(f"{name.replace('_', ' ')} is longer than {longest} characters")
    return direct_cost.read_fields(fields, layout, books)


def _receive(step: Step, identity: str, body: Mapping[str, Any]) -> None:
    for position, line in enumerate(body["Snapshot"]["Distributions"], 1):
        for resource, name in (("commitments", "CommitmentId"), ("commitments/items", "CommitmentItemId")):
            if not isinstance(line, dict) or _body(step.connection, resource, str(line.get(name))) is None:
                raise direct_cost.RefusedLineError(f"distribution {position}: {name} is unknown")
        step.connection.execute(
            "insert into SANDBOX_API_RECEIPT (Document_Id, Position, Body) values (?, ?, ?) on conflict do nothing",
            (identity, position, numbers.write(line)),
        )


def _fail(step: Step, entity: str, message: str) -> None:
    step.connection.execute(
        "insert into SANDBOX_API_FAILURE (Id, Entity_Id, Error_Message, Created_On, Version) values (?, ?, ?, ?, ?)",
        (str(uuid.uuid4()), entity, message, _clock(step), next_version(step)),
    )


def _body(connection: Connection, resource: str, identity: str) -> dict[str, Any] | None:
    row = connection.execute(
        "select Body from SANDBOX_API_DOCUMENT where Resource = ? and Id = ? and Is_Gone = 0", (resource, identity)
    ).fetchone()
    found = None if row is None else numbers.read(row["Body"])
    return found if isinstance(found, dict) else None


def _found(connection: Connection, resource: str, identity: str) -> dict[str, Any]:
    found = _body(connection, resource, identity)
    if found is None:
        raise direct_cost.RefusedLineError(f"{resource} {identity} does not exist")
    return found


def _code(connection: Connection, resource: str, identity: str) -> str:
    return str(_found(connection, resource, identity)["Code"])


def _account(connection: Connection, identity: object) -> str:
    return "" if identity is None else _code(connection, "accounts", str(identity))


def _us_date(text: object) -> str:
    day = str(text)[:10]
    return f"{day[5:7]}/{day[8:10]}/{day[:4]}"


def _text(number: object, places: int) -> str:
    value = decimal(number)
    if value is None:
        return "0" if number is None else str(number)
    return values.fixed(value, places) if value == round(value, places) else f"{Decimal(value):f}"


def _clock(step: Step) -> str:
    return step.now.astimezone(UTC).isoformat(timespec="milliseconds")
