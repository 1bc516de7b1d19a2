"""Who is told what: the file of notifiers, read whole before anything is sent, and the words of a message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
DEADLINES = {
    "core_to_sage__material_costs": timedelta(hours=2),
    "reconcile__period": timedelta(days=3),
    "reconcile__job": timedelta(days=3),
}
"""Within what time a run of these DAGs has to end, where the file says nothing else."""
LONGEST_DEADLINE = timedelta(days=60)
_DEADLINE = re.compile(r"([1-9][0-9]{0,4}) (minutes|hours|days)", re.ASCII)


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
    if not isinstance(content, dict) or not {"notifiers"} <= set(content) <= {"notifiers", "deadlines"}:
        raise _bad(file, content, "the keys notifiers and, where others are wanted, deadlines")
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


def read_deadlines(content: object, file: str) -> dict[str, timedelta]:
    """Give the time within which a run has to end, by DAG: as the file says, else as `DEADLINES`.

    Raises:
        BadConfig: RS-138 the part `deadlines` of the file is not as agreed.
    """
    named = content.get("deadlines") if isinstance(content, dict) else None
    if named is None:
        return dict(DEADLINES)
    if not isinstance(named, dict) or not set(named) <= set(DEADLINES):
        raise _bad(f"{file}, deadlines", named, f"a mapping with keys of {', '.join(DEADLINES)}")
    return DEADLINES | {dag_id: _deadline(words, f"{file}, deadlines, {dag_id}") for dag_id, words in named.items()}


def _deadline(words: object, place: str) -> timedelta:
    found = _DEADLINE.fullmatch(words) if isinstance(words, str) else None
    within = timedelta(**{found[2]: int(found[1])}) if found else timedelta()
    if not timedelta() < within <= LONGEST_DEADLINE:
        raise _bad(place, words, f"<n> minutes, hours or days, at most {LONGEST_DEADLINE.days} days")
    return within


def late_run(run: Mapping[str, Any], by: datetime, link: str) -> str:
    """Say in a sentence that a run has not ended in time, and where to look.

    Args:
        run: Airflow's answer about the run: dag_id, dag_run_id, run_after, conf.
        by: when it should have ended.
        link: the address of its page.
    """
    conf = run.get("conf") or {}
    about = [str(conf[name]) for name in ("company_id", "period", "job") if conf.get(name)]
    since = datetime.fromisoformat(str(run["run_after"]))
    return (
        f"{run['dag_id']} ({', '.join(about) or 'all companies'}) is late: its run {run['dag_run_id']}, due since "
        f"{_minute(since)}, should have ended by {_minute(by)}. See which task it waits for: {link}. "
        "What to do: docs/runbooks/late-run.md."
    )


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


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
