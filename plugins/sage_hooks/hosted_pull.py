"""Reading the hosted service into feeds that land as every other transfer does.

Documents newer than each resource's cursor are read and kept by id; a feed is then made whole from all that are kept,
sealed under the next number of its flow, and taken by `inbound.take_transfers` with suite, quarantine, watermark and
history as if it were a file. Absence never comes from a short answer: what was shown once is kept until the service
itself says that it is archived. A feed equal to the one before is not sealed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sage_bridge.arrivals import FINAL
from sage_bridge.feeds import FEEDS
from sage_bridge.hosted_documents import NEEDED, RESOURCES, Held, is_served
from sage_bridge.hosted_profile import derives_change_orders, derives_invoices
from sage_bridge.hosted_rows import feed_rows
from sage_bridge.transfers import FileName, Manifest, Totals
from sage_hooks import inbound
from sage_hooks.checkpoint import checkpoint
from sage_hooks.outbox_company import load_company
from sage_hooks.sealed_feeds import SealedFeeds
from sage_hooks.warehouse import away_is_transient, fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sage_bridge.hosted_documents import Document
    from sage_bridge.profiles import Profile
    from sage_hooks.hosted_api import HostedApi
    from sage_hooks.inbound_records import TransferOutcome
    from sage_hooks.warehouse import Connection

ENCODING = "utf-8"
_ITEMS = "commitment_items"
log = logging.getLogger(__name__)


@away_is_transient
def take_hosted(connection: Connection, api: HostedApi, company_id: str, flows: Sequence[str]) -> list[TransferOutcome]:
    """Read what is new, seal the feeds that differ, and land them; gives their outcomes as `take_transfers`.

    Raises:
        RefusedTransfer: RS-218, RS-219 a document cannot become a row.
        BadConfig: RS-191, RS-192, and as `take_transfers`.
        Transient: RS-903 the service is away; RS-902 the warehouse is.
    """
    connection.commit()
    profile = load_company(connection, company_id).profile
    wanted = [flow for flow in inbound.ORDER if flow in flows and flow in NEEDED and is_served(flow, profile.hosted)]
    with _alone(connection, company_id):
        for resource in dict.fromkeys(name for flow in wanted for name in NEEDED[flow]):
            if RESOURCES[resource].served_by in {"", *profile.hosted.serves}:
                read_resource(connection, api, company_id, resource)
        _derive(connection, profile)
        held = _held(connection, profile, wanted)
        for flow in wanted:
            _seal(connection, profile, flow, held)
        outcomes = inbound.take_transfers(
            connection, _sealed(connection, profile, wanted), company_id, wanted, profile.environment
        )
        with connection.transaction():
            values = {"company_id": company_id, "environment": profile.environment, "states": sorted(FINAL)}
            run_file(connection, "landing/delete_hosted_feeds_settled", values)
    return outcomes


@contextmanager
def _alone(connection: Connection, company_id: str) -> Iterator[None]:
    """Let one worker at a time read a company, so that cursors and numbers have one owner."""
    fetch_file(connection, "landing/select_hosted_lock", {"company_id": company_id})
    connection.commit()
    try:
        yield
    finally:
        if not connection.closed:
            connection.rollback()
            fetch_file(connection, "landing/select_hosted_unlock", {"company_id": company_id})
            connection.commit()


def read_resource(connection: Connection, api: HostedApi, company_id: str, resource: str) -> int:
    """Read what is new of a resource and keep it, with its cursor in the same transaction; gives how many documents."""
    if resource == _ITEMS:
        return _read_items(connection, api, company_id)
    one = {"company_id": company_id, "resource": resource}
    with connection.transaction():
        cursor = fetch_file(connection, "landing/select_hosted_cursor", one)
    where = RESOURCES[resource]
    documents = api.pages(where.path, cursor[0]["version"] if cursor else 0, is_paged=where.is_paged)
    checkpoint("hosted.page_read")
    with connection.transaction():
        _keep(connection, company_id, resource, "", documents)
        if documents:
            newest = max(int(document["Version"]) for document in documents)
            run_file(connection, "landing/merge_hosted_cursor", {**one, "version": newest})
        checkpoint("hosted.cursor_before_commit")
    checkpoint("hosted.cursor_committed")
    return len(documents)


def _read_items(connection: Connection, api: HostedApi, company_id: str) -> int:
    """Ask every commitment for its new items: whether its own version rises with theirs is not known."""
    values = {"company_id": company_id, "resource": "commitments", "child_resource": _ITEMS}
    with connection.transaction():
        parents = fetch_file(connection, "landing/select_hosted_parents", values)
    path, count = RESOURCES[_ITEMS].path, 0
    for some in api.rounds(parents):
        read = api.at_once(lambda one: api.children(path, "commitment", one["document_id"], one["version"]), some)
        if any(read):
            with connection.transaction():
                for parent, documents in zip(some, read, strict=True):
                    if documents:
                        _keep(connection, company_id, _ITEMS, parent["document_id"], documents)
            checkpoint("hosted.items_kept")
            count += sum(map(len, read))
    return count


def _derive(connection: Connection, profile: Profile) -> None:
    """Record what only totals tell of a link that serves less; all of it is in what is held, so again adds nothing."""
    hosted = profile.hosted
    values = {
        "company_id": profile.company_id,
        "zone": profile.time_zone,
        "derives_changes": derives_change_orders(hosted),
        "derives_invoices": derives_invoices(hosted),
        "is_units": hosted.derived_changes == "units",
    }
    with connection.transaction():
        count = run_file(connection, "landing/insert_hosted_changes", values)
        checkpoint("hosted.derived_before_commit")
    checkpoint("hosted.derived")
    if count:
        log.info("%s: %s totals are new or have moved", profile.company_id, count)


def _keep(
    connection: Connection, company_id: str, resource: str, parent_id: str, documents: Sequence[Document]
) -> None:
    values = {
        "company_id": company_id,
        "resource": resource,
        "parent_id": parent_id,
        "ids": [str(document["Id"]) for document in documents],
        "versions": [int(document["Version"]) for document in documents],
        "bodies": [json.dumps(document, default=_as_text) for document in documents],
    }
    run_file(connection, "landing/merge_hosted_documents", values)


def _as_text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(type(value).__name__)


def _held(connection: Connection, profile: Profile, flows: Sequence[str]) -> Held:
    resources = sorted({name for flow in flows for name in NEEDED[flow]})
    documents: dict[str, dict[str, Document]] = {name: {} for name in resources}
    values = {"company_id": profile.company_id, "resources": resources}
    with connection.transaction():
        for row in fetch_file(connection, "landing/select_hosted_documents", values):
            documents[row["resource"]][row["document_id"]] = row["body"]
        derived: list[dict[str, Any]] = []
        if _ITEMS in documents:
            one = {"company_id": profile.company_id, "zone": profile.time_zone}
            derived = fetch_file(connection, "landing/select_hosted_changes", one)
    return Held(profile.hosted, documents, derived, profile.accounts.cost)


@dataclass(frozen=True, slots=True)
class _Written:
    content: bytes
    totals: Totals


def _write(flow: str, held: Held) -> _Written:
    feed, totals = FEEDS[flow], Totals()
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(feed.names)
    for row in feed_rows(flow, held):
        writer.writerow([row[name] for name in feed.names])
        totals.add([row[name] for name in feed.key], Decimal(row[feed.money] or 0) if feed.money else Decimal(0))
    return _Written(buffer.getvalue().encode(ENCODING), totals)


def _seal(connection: Connection, profile: Profile, flow: str, held: Held) -> bool:
    """Seal a feed under its next number; False when it is equal to the one before."""
    written = _write(flow, held)
    sha256 = hashlib.sha256(written.content).hexdigest()
    one = {"company_id": profile.company_id, "flow": flow, "environment": profile.environment}
    with connection.transaction():
        rows = fetch_file(connection, "landing/select_last_hosted_feed", one)
        last: dict[str, Any] = rows[0] if rows else {"seq": 0, "sha256": ""}
        if last["sha256"] == sha256:
            return False
        name = FileName(flow, profile.company_id, profile.environment, last["seq"] + 1, 1, "csv")
        fields = written.totals.fields()
        manifest = Manifest(
            flow=flow,
            company=name.company,
            environment=name.environment,
            seq=name.seq,
            rev=name.rev,
            previous_seq=last["seq"],
            previous_sha256=last["sha256"],
            sha256=sha256,
            bytes=len(written.content),
            rows=written.totals.rows,
            debit=str(fields["debit"]),
            credit=str(fields["credit"]),
            net=str(fields["net"]),
            key_hash_total=str(fields["key_hash_total"]),
            encoding=ENCODING,
            extracted_at=datetime.now(UTC).isoformat(timespec="seconds"),
            zone=profile.time_zone,
            extent="full",
        )
        content = {"content": written.content, "manifest": manifest.to_bytes(), "sha256": sha256}
        values = {**one, "seq": name.seq, "file_name": str(name), **content}
        run_file(connection, "landing/insert_hosted_feed", values)
        checkpoint("hosted.feed_before_commit")
    checkpoint("hosted.feed_sealed")
    log.info("%s is made of hosted documents: %s rows", name, written.totals.rows)
    return True


def _sealed(connection: Connection, profile: Profile, flows: Sequence[str]) -> SealedFeeds:
    values = {"company_id": profile.company_id, "environment": profile.environment, "flows": list(flows)}
    files: dict[str, tuple[bytes, int]] = {}
    with connection.transaction():
        for row in fetch_file(connection, "landing/select_hosted_feeds", values):
            path = f"{profile.company_id}/from_sage/{row['file_name']}"
            sealed_at = int(row["sealed_at"].timestamp())
            files[path] = (bytes(row["content"]), sealed_at)
            files[f"{path}.ok"] = (bytes(row["manifest"]), sealed_at)
    return SealedFeeds(files)
