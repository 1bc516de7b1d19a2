"""Telling people: what is so and somebody has to know is noted in the warehouse, then told once over each route."""

from __future__ import annotations

import importlib
import logging
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sage_bridge.errors import BadConfig, Transient
from sage_bridge.notifications import Route, late_run, message, read_deadlines, read_routes
from sage_hooks.alarms import deadlines, settings
from sage_hooks.warehouse import fetch_file, run_file, warehouse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sage_hooks.warehouse import Connection

log = logging.getLogger(__name__)


def routes() -> tuple[Route, ...]:
    """Give the routes of `include/config/notifications.yaml`, or of the file that the environment names.

    Raises:
        BadConfig: RS-138 the file cannot be read, or is not as agreed.
    """
    content, file = settings()
    read_deadlines(content, file)
    return read_routes(content, file)


def find(connection: Connection) -> int:
    """Open a notice for everything that is so now, close what is over; gives how many were opened."""
    within = deadlines()
    allowed = {"period_within": within["reconcile__period"], "job_within": within["reconcile__job"]}
    with connection.transaction():
        return run_file(connection, "audit/merge_notices", allowed)


def tell(connection: Connection, ways: tuple[Route, ...]) -> int:
    """Tell what nobody was told of yet, one message per company and route; gives the number of notices.

    A route that fails keeps the company's notices untold, so that its next try tells them again over every route:
    twice rather than never.

    Raises:
        BadConfig: RS-138 a notifier cannot be made.
        Transient: RS-906 a message could not be sent; the other companies' were.
    """
    told, failures = 0, []
    with connection.transaction():
        found = fetch_file(connection, "audit/select_untold_notices")
        for company_id, group in groupby(found, key=itemgetter("company_id")):
            notices = list(group)
            try:
                for way in ways:
                    taken = [notice for notice in notices if way.takes(notice)]
                    if taken:
                        _send(way, message(company_id, taken))
            except BadConfig:
                raise
            except Exception as error:  # noqa: BLE001 - a notifier of others may raise anything
                failures.append(f"{company_id or 'all companies'}: {type(error).__name__}: {error}")
                continue
            run_file(connection, "audit/update_notices_told", {"notice_ids": [one["notice_id"] for one in notices]})
            told += len(notices)
    if failures:
        raise Transient(
            "RS-906",
            "a message could not be sent",
            record=f"{len(failures)} companies",
            found="; ".join(failures),
            do="look at the connection that the notifier uses; what was not told stays in mart.notice",
        )
    return told


def _send(way: Route, notice: dict[str, Any]) -> None:
    module, _, name = way.notifier.rpartition(".")
    try:
        notifier = getattr(importlib.import_module(module), name)(**way.arguments)
    except (ImportError, AttributeError, TypeError) as error:
        raise BadConfig(
            "RS-138",
            "notifications cannot be as configured",
            record=f"notifier {way.notifier}",
            expected="an Airflow notifier that takes these arguments",
            found=str(error),
            do="correct the file",
        ) from error
    notifier({"notice": notice})


def note(kind: str, subject: str, sentence: str) -> None:
    """Note what a run has to say of itself; said before and not told yet, it is not said again."""
    values = {"company_id": "", "kind": kind, "subject": subject, "message": sentence}
    with warehouse() as connection:
        run_file(connection, "audit/insert_notice", values)


def note_late(run: Mapping[str, Any], by: datetime) -> None:
    """Note that a run has not ended in time; a run is late once, whoever sees it first.

    Args:
        run: Airflow's answer about the run.
        by: when it should have ended.
    """
    from airflow.sdk.configuration import conf

    site = conf.get("api", "base_url", fallback="http://localhost:8080").rstrip("/")
    link = f"{site}/dags/{quote(run['dag_id'])}/runs/{quote(run['dag_run_id'], safe='')}"
    values = {
        "company_id": str((run.get("conf") or {}).get("company_id") or ""),
        "dag_id": run["dag_id"],
        "dag_run_id": run["dag_run_id"],
        "message": late_run(run, by, link),
    }
    with warehouse() as connection:
        run_file(connection, "audit/insert_late_run", values)
