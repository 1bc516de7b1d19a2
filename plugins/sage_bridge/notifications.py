"""Who is told what: the file of notifiers, read whole before anything is sent, and the words of a message."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KINDS = (
    "decision_waiting",
    "sign_off_lapsed",
    "lane_stopped",
    "flow_late",
    "rejects_above_limit",
    "run_failed",
    "run_late",
)
_KEYS = {"notifier", "kinds", "companies", "arguments"}


@dataclass(frozen=True, slots=True)
class Route:
    """A notifier by its import path with its arguments; kinds and companies it is for, none = all."""

    notifier: str
    kinds: frozenset[str]
    companies: frozenset[str]
    arguments: Mapping[str, Any]

    def takes(self, notice: Mapping[str, Any]) -> bool:
        """Say whether a notice is for it; a run of all companies is for everybody."""
        is_kind = not self.kinds or notice["kind"] in self.kinds
        return is_kind and (not self.companies or notice["company_id"] in {"", *self.companies})


def read_routes(content: object, file: str) -> tuple[Route, ...]:
    """Give the routes of a file.

    Raises:
        BadConfig: RS-138 the file is not as agreed; the sentence names place, value and what is allowed.
    """
    if not isinstance(content, dict) or set(content) != {"notifiers"}:
        raise _bad(file, content, "one key, notifiers")
    entries = content["notifiers"]
    if not isinstance(entries, list):
        raise _bad(f"{file}, notifiers", entries, "a list")
    return tuple(_route(entry, f"{file}, notifiers, entry {place}") for place, entry in enumerate(entries, 1))


def _route(entry: object, place: str) -> Route:
    if not isinstance(entry, dict) or not set(entry) <= _KEYS:
        raise _bad(place, entry, f"a mapping with keys of {', '.join(sorted(_KEYS))}")
    notifier, arguments = entry.get("notifier"), entry.get("arguments") or {}
    if not isinstance(notifier, str) or "." not in notifier:
        raise _bad(f"{place}, notifier", notifier, "the import path of an Airflow notifier")
    if not isinstance(arguments, dict):
        raise _bad(f"{place}, arguments", arguments, "a mapping")
    kinds, companies = entry.get("kinds") or [], entry.get("companies") or []
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind not in KINDS:
            raise _bad(f"{place}, kinds", kind, ", ".join(KINDS))
    if not isinstance(companies, list):
        raise _bad(f"{place}, companies", companies, "a list of company ids")
    return Route(notifier, frozenset(kinds), frozenset(map(str, companies)), arguments)


def message(company_id: str, notices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give what a template sees as `notice`: the notices of one company in one message.

    Args:
        company_id: the company; '' for runs of all companies.
        notices: kind and message of each, oldest first.
    """
    name = company_id or "all companies"
    kinds = sorted({str(notice["kind"]).replace("_", " ") for notice in notices})
    items = "".join(f"<li>{escape(str(notice['message']))}</li>" for notice in notices)
    return {
        "company_id": company_id,
        "count": len(notices),
        "subject": f"RunBlu - Sage, {name}: {', '.join(kinds)}",
        "html": f"<p>{escape(name)}</p><ul>{items}</ul>",
    }


def _bad(place: str, found: object, expected: str) -> BadConfig:
    return BadConfig(
        "RS-138",
        "notifications cannot be as configured",
        record=place,
        expected=expected,
        found=repr(found)[:200],
        do="correct the file",
    )
