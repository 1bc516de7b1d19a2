"""What all pages share: the frame they are shown in, what a request may ask for, and the guard of every route."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Query
from fastapi.templating import Jinja2Templates

from sage_pages import charts, formats
from sage_pages.guard import may_see, may_start, signed_in

if TYPE_CHECKING:
    from fastapi import Request
    from fastapi.responses import HTMLResponse

PREFIX = "/sage-bridge"
FOLDER = Path(__file__).parent
# Scripts only from here, no frames but Airflow's own, nothing from other hosts.
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_templates = Jinja2Templates(FOLDER / "templates")
_templates.env.filters.update(formats.FILTERS)
_templates.env.globals.update(prefix=PREFIX, share=charts.share)

Number = Annotated[int, Query(ge=1, le=1_000_000)]
Words = Annotated[str, Query(max_length=100)]
guarded = [Depends(signed_in)]


def show(request: Request, template: str, status: int = 200, **content: Any) -> HTMLResponse:
    """Give a page; `active` is the entry of the menu that it belongs to. Shown is what the user's role has."""
    user = getattr(request.state, "page_user", None)
    content |= {"may_see": partial(may_see, user), "may_start": partial(may_start, user)}
    return _templates.TemplateResponse(request, f"{template}.html", content, status, headers=_HEADERS)
