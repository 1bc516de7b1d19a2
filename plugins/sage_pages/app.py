"""The routes of the pages: each asks the warehouse once and fills a template. All are guarded, none changes data.

Pages of set-up are in `setup.py`, those of transfers in `transfers.py`.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import psycopg
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from sage_bridge.errors import BadConfig
from sage_pages import charts, setup, store, transfers
from sage_pages.flows import diagram
from sage_pages.guard import is_for_a_person, login_address
from sage_pages.views import FOLDER, Number, Words, guarded, show

if TYPE_CHECKING:
    from starlette.responses import Response

app = FastAPI(title="RunBlu Sage bridge", docs_url=None, redoc_url=None, openapi_url=None)
app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
app.include_router(setup.router)
app.include_router(transfers.router)


@app.exception_handler(HTTPException)
async def refused(request: Request, error: HTTPException) -> Response:
    """Send a person to the login and back; tell a program in JSON."""
    if is_for_a_person(request, error):
        return RedirectResponse(login_address(request), status_code=303)
    content = {"title": f"{error.status_code}", "sentence": str(error.detail)}
    return show(request, "problem", error.status_code, **content)


@app.exception_handler(BadConfig)
@app.exception_handler(psycopg.Error)
async def away(request: Request, error: psycopg.Error | BadConfig) -> Response:
    """Say what a person can do when the warehouse does not answer."""
    content = {
        "title": "The warehouse does not answer",
        "sentence": "Reload in a minute; if it lasts, tell the data engineers what stands below.",
        "detail": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}",
    }
    return show(request, "problem", 503, **content)


@app.get("/", dependencies=guarded)
@app.get("/flows", dependencies=guarded)
def flows(request: Request) -> HTMLResponse:
    """Every flow with direction, last success, lag, rows and open exceptions."""
    found = store.rows(flows=("select_flows", {}), late=("select_flow_health", {}))
    return show(request, "flows", active="flows", companies=diagram(**found))


@app.get("/commitments", dependencies=guarded)
def commitments(request: Request, q: Words = "", only: Words = "", page: Number = 1) -> HTMLResponse:
    """Purchase orders and subcontracts, found by their id, vendor, job or item."""
    return show(
        request,
        "commitments",
        active="commitments",
        asked={"q": q, "only": only},
        page=store.page("select_commitments", page, words=q, which=only),
    )


@app.get("/commitments/{company}/{commitment}", dependencies=guarded)
def commitment(request: Request, company: str, commitment: str, item: int = 0, page: Number = 1) -> HTMLResponse:
    """Lines of one commitment with its events, each leading to its trace."""
    key = {"company_id": company, "commitment": commitment}
    found = store.rows(lines=("select_commitment_lines", key))
    if not found["lines"]:
        raise HTTPException(404, f"Company {company} has no commitment {commitment}.")
    return show(
        request,
        "commitment",
        active="commitments",
        company=company,
        commitment=commitment,
        asked={"item": item or ""},
        lines=found["lines"],
        page=store.page("select_commitment_events", page, **key, item_number=item),
    )


@app.get("/events/{company}/{event_id:path}", dependencies=guarded)
def event(request: Request, company: str, event_id: str) -> HTMLResponse:
    """The trace of one material event: as recorded, its value, its postings, the rows of Sage."""
    key = {"company_id": company, "event_id": event_id}
    found = store.rows(
        event=("select_event", key), sources=("select_event_codes", key), entries=("select_event_entries", key)
    )
    if not found["event"]:
        raise HTTPException(404, f"Company {company} has no material event {event_id}.")
    return show(
        request,
        "event",
        active="commitments",
        event=found["event"][0],
        sources=found["sources"],
        entries=found["entries"],
    )


@app.get("/postings/{company}/{reference}", dependencies=guarded)
def posting(request: Request, company: str, reference: str, page: Number = 1) -> HTMLResponse:
    """One cost posting: its states, Sage's row, and the events whose value it carries."""
    key = {"company_id": company, "posting_reference": reference}
    found = store.rows(posting=("select_posting", key), sage=("select_posting_sage_rows", key))
    if not found["posting"]:
        raise HTTPException(404, f"Company {company} has no cost posting {reference}.")
    return show(
        request,
        "posting",
        active="commitments",
        posting=found["posting"][0],
        sage=found["sage"],
        page=store.page("select_posting_events", page, **key),
    )


@app.get("/reconciliation", dependencies=guarded)
def reconciliation(request: Request, company: Words = "", page: Number = 1) -> HTMLResponse:
    """Every company and month: what ties, what differs, who signed."""
    return show(
        request,
        "reconciliation",
        active="reconciliation",
        asked={"company": company},
        page=store.page("select_reconciliations", page, company_id=company),
    )


@app.get("/reconciliation/{company}/{period}", dependencies=guarded)
def period(request: Request, company: str, period: str, page: Number = 1) -> HTMLResponse:
    """One month: its runs, both bridges, roll-forward, differences, approvals."""
    key = {"company_id": company, "period": period}
    found = store.rows(
        runs=("select_period_runs", key),
        bridges=("select_period_bridges", key),
        roll_forward=("select_period_roll_forward", key),
        approvals=("select_period_approvals", key),
        refused=("select_period_refused", key),
        sign_offs=("select_period_sign_offs", key),
        subsequent=("select_period_subsequent", key),
    )
    if not found["runs"]:
        raise HTTPException(404, f"Company {company} has no reconciliation of {period}.")
    return show(
        request,
        "period",
        active="reconciliation",
        company=company,
        period=period,
        asked={},
        runs=found["runs"],
        approvals=found["approvals"],
        refused=found["refused"],
        sign_offs=found["sign_offs"],
        subsequent=found["subsequent"],
        bridges=[
            (name, charts.bridge(list(components)))
            for name, components in groupby(found["bridges"], key=itemgetter("bridge"))
        ],
        statements=[(name, list(rows)) for name, rows in groupby(found["roll_forward"], key=itemgetter("statement"))],
        page=store.page("select_period_differences", page, **key),
    )


@app.get("/exceptions", dependencies=guarded)
def exceptions(
    request: Request, company: Words = "", rule: Words = "", owner: Words = "", page: Number = 1
) -> HTMLResponse:
    """What waits for a repair: reason, remedy, owner, age."""
    asked = {"company": company, "rule": rule, "owner": owner}
    return show(
        request,
        "exceptions",
        active="exceptions",
        asked=asked,
        groups=store.rows(groups=("select_exception_groups", {}))["groups"],
        page=store.page("select_exceptions", page, company_id=company, rule=rule, owner=owner),
    )
