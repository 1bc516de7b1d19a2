"""Pages of transfers: all of them, and one with its manifest, its checks and what was kept out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import HTMLResponse

from sage_pages import store
from sage_pages.checks import checks, data_docs
from sage_pages.views import PREFIX, Number, Words, guarded, show

router = APIRouter(dependencies=guarded)
MOST_EXCEPTIONS = 20
Place = Annotated[int, Path(ge=0, lt=2**31)]
# What the library wrote is shown and can do nothing.
_DOCS_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# The filter of its list, and what opens its details, need the scripts that stay out; the details stand open.
_DOCS_DRESS = (
    f'<link rel="icon" href="data:,"><link rel="stylesheet" href="{PREFIX}/static/pages.css">'
    "<style>body { padding: 1.5rem } h1, td + td { overflow-wrap: anywhere } "
    ".card:has(.btn-group-toggle), [data-toggle=collapse] { display: none } "
    '.fa-check-circle::after { content: "kept" } .fa-times::after { content: "broken" }</style>'
)


@router.get("/transfers")
def transfers(
    request: Request, company: Words = "", flow: Words = "", state: Words = "", page: Number = 1
) -> HTMLResponse:
    """Files of one flow or all, newest first."""
    asked = {"company_id": company, "flow": flow, "state": state}
    return show(
        request,
        "transfers",
        active="flows",
        asked={"company": company, "flow": flow, "state": state},
        page=store.page("select_transfers", page, **asked),
    )


@router.get("/transfers/{company}/{direction}/{flow}/{seq}/{rev}")
def transfer(request: Request, company: str, direction: str, flow: str, seq: Place, rev: Place) -> HTMLResponse:
    """One transfer: its manifest, what Great Expectations said of it, and the records it could not land."""
    found = _found(company, direction, flow, seq, rev)
    key = {"company_id": company, "transfer_id": found["transfer_id"], "most_rows": MOST_EXCEPTIONS}
    return show(
        request,
        "transfer",
        active="flows",
        transfer=found,
        checks=checks(found["validation"]),
        exceptions=store.rows(found=("select_transfer_exceptions", key))["found"],
    )


@router.get("/transfers/{company}/{direction}/{flow}/{seq}/{rev}/data-docs")
def docs(company: str, direction: str, flow: str, seq: Place, rev: Place) -> HTMLResponse:
    """The same result as Great Expectations' own page."""
    found = _found(company, direction, flow, seq, rev)
    if not found["validation"]:
        raise HTTPException(404, f"Great Expectations has not judged {found['file_name']}.")
    return HTMLResponse(data_docs(found, _DOCS_DRESS), headers=_DOCS_HEADERS)


def _found(company: str, direction: str, flow: str, seq: int, rev: int) -> dict[str, Any]:
    key = {"company_id": company, "direction": direction, "flow": flow, "seq": seq, "rev": rev}
    found = store.rows(found=("select_transfer", key))["found"]
    if not found:
        raise HTTPException(404, f"Company {company} has no transfer {flow} {seq}, version {rev}.")
    return found[0]
