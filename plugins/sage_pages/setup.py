"""Pages of set-up: which class of material is booked where, and how far a company is set up.

They change nothing themselves: their buttons start DAG runs through Airflow's own API, which knows who may.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse  # noqa: TC002 - FastAPI reads it at run time
from pydantic import BaseModel, Field

from sage_hooks import mapping_changes
from sage_hooks.warehouse import fetch_file
from sage_pages import store
from sage_pages.views import Number, Words, guarded, show

router = APIRouter(dependencies=guarded)
Day = Annotated[str, Field(pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]


@router.get("/mappings")
def mappings(request: Request, company: Words = "", q: Words = "", page: Number = 1) -> HTMLResponse:
    """Every mapping by day, what waits for a decision, and the classes of material that lead nowhere."""
    found = store.rows(
        companies=("select_companies", {}),
        proposals=("select_open_proposals", {"company_id": company}),
        unmapped=("select_unmapped_classes", {"company_id": company}),
    )
    return show(
        request,
        "mappings",
        active="mappings",
        asked={"company": company, "q": q},
        companies=found["companies"],
        proposals=found["proposals"],
        unmapped=found["unmapped"],
        page=store.page("select_mappings", page, company_id=company, words=q),
    )


class Wanted(BaseModel):
    """A mapping as the form asks for it."""

    company: Words = ""
    material_class: Words = ""
    job: Words = ""
    extra: Words = ""
    cost_code: Words = ""
    category: Words = ""
    effective_from: Day = ""
    effective_to: Day = ""

    def values(self) -> dict[str, str | None]:
        """Give it as the statements take it; a day that is not given is None."""
        texts = {name: value.strip() for name, value in self.model_dump().items()}
        company_id = texts.pop("company")
        days = {name: texts.pop(name) or None for name in ("effective_from", "effective_to")}
        return {"company_id": company_id, **texts, **days}


@router.get("/mappings/preview")
def preview(request: Request, asked: Annotated[Wanted, Query()]) -> HTMLResponse:
    """What a change would move, and what is wrong with it, before anybody proposes it."""
    wanted = asked.values()
    with store.reading() as connection:
        companies = fetch_file(connection, "pages/select_companies")
        faults = [
            {"setting": name, "found": day, "allowed": "a day of the calendar"}
            for name in ("effective_from", "effective_to")
            if (day := wanted[name]) and not _is_day(day)
        ] or mapping_changes.faults(connection, wanted)
        moves = [] if faults else fetch_file(connection, "core/select_mapping_preview", wanted)
    return show(
        request, "mapping_preview", active="mappings", wanted=wanted, faults=faults, moves=moves, companies=companies
    )


@router.get("/setup")
def setup(request: Request, company: Words = "") -> HTMLResponse:
    """Per company: profile, connections and feeds as go-live found them, data flows, mappings that are missing."""
    key = {"company_id": company}
    found = store.rows(
        companies=("select_companies", {}),
        changes=("select_profile_changes", key),
        checks=("select_newest_checks", key),
        flows=("select_data_flows", key),
        unmapped=("select_unmapped_classes", key),
    )
    chosen = [one for one in found["companies"] if company in ("", one["company_id"])]
    parts = {
        one["company_id"]: {
            name: [row for row in found[name] if row["company_id"] == one["company_id"]]
            for name in ("changes", "checks", "flows", "unmapped")
        }
        for one in chosen
    }
    return show(request, "setup", active="setup", asked={"company": company}, companies=chosen, parts=parts)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
