"""The roles of `include/config/access.yaml` as pairs of action and resource, as Airflow's FAB keeps rights.

A DAG is the resource `DAG:<id>`, a page of ours `Page:<name>`; everything else has FAB's own names.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_REPOSITORY = Path(__file__).resolve().parents[2]
FILE = _REPOSITORY / "include" / "config" / "access.yaml"
PAGES = ("flows", "transfers", "commitments", "reconciliation", "exceptions", "mappings", "setup")
# What may be done with a DAG -> FAB's action. `see` and `edit` have FAB's own names, since it filters lists by them.
VERBS = {
    "see": "can_read",
    "inspect": "can_inspect",
    "start": "can_start",
    "answer": "can_answer",
    "edit": "can_edit",
    "rewrite": "can_rewrite",
}
ACTIONS = {"read": "can_read", "create": "can_create", "edit": "can_edit", "delete": "can_delete"}
RESOURCES = (
    *("Connections", "Variables", "Pools", "Assets", "Asset Aliases", "Cluster Activity"),
    *("ImportError", "Jobs", "Plugins", "Providers", "Triggers"),
)
MENU = "menu_access"
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Role:
    """One role: its name, what it is for, who stands for it in the embedded run, and its rights."""

    name: str
    job: str
    demo_user: str
    pairs: frozenset[Pair]


def dag(dag_id: str) -> str:
    """Give the resource of a DAG."""
    return f"DAG:{dag_id}"


def page(name: str) -> str:
    """Give the resource of a page."""
    return f"Page:{name}"


def dag_ids() -> list[str]:
    """Give the DAGs of this release."""
    return sorted(path.stem for path in (_REPOSITORY / "dags").glob("*__*.py"))


@cache
def roles() -> dict[str, Role]:
    """Give the roles of the file by name; read once."""
    return read(yaml.safe_load(FILE.read_text(encoding="utf-8")), dag_ids())


def read(content: Any, known_dags: Iterable[str]) -> dict[str, Role]:
    """Give the roles of the file's content by name.

    Raises:
        BadConfig: RS-194 a part of it names what there is not; every such part is told.
    """
    known = list(known_dags)
    faults: list[str] = []
    found = {}
    for name, one in ((content or {}).get("roles") or {}).items():
        pairs = {("can_read", "Website")}
        pairs |= _pages(name, one.get("pages"), faults)
        pairs |= _dags(name, one.get("dags") or {}, known, faults)
        pairs |= _resources(name, one.get("airflow") or {}, faults)
        found[name] = Role(name, str(one.get("job") or ""), str(one.get("demo_user") or ""), frozenset(pairs))
    if not found:
        faults.append("roles: none")
    if faults:
        raise BadConfig(
            "RS-194",
            "the file of roles names what there is not",
            record=FILE.name,
            expected=f"pages {', '.join(PAGES)}; verbs {', '.join(VERBS)}; a pattern that fits a DAG",
            found="; ".join(faults),
            do="correct these lines; nothing was changed",
        )
    return found


def _pages(role: str, wanted: Any, faults: list[str]) -> set[Pair]:
    names = PAGES if wanted == "all" else tuple(wanted or ())
    faults += [f"{role}: page {name}" for name in names if name not in PAGES]
    return {("can_read", page(name)) for name in names}


def _dags(role: str, wanted: Mapping[str, Iterable[str]], known: list[str], faults: list[str]) -> set[Pair]:
    pairs: set[Pair] = set()
    for pattern, verbs in wanted.items():
        fitting = [dag_id for dag_id in known if fnmatchcase(dag_id, pattern)]
        faults += [] if fitting else [f"{role}: DAG {pattern}"]
        for verb in verbs:
            if verb in VERBS:
                pairs |= {(VERBS[verb], dag(dag_id)) for dag_id in fitting}
            else:
                faults.append(f"{role}: {pattern} {verb}")
    actions = {action for action, _ in pairs}
    menus = {"DAGs": "can_read", "HITL Detail": "can_answer", "Audit Logs": "can_inspect", "XComs": "can_inspect"}
    return pairs | {(MENU, resource) for resource, action in menus.items() if action in actions}


def _resources(role: str, wanted: Mapping[str, Iterable[str]], faults: list[str]) -> set[Pair]:
    pairs: set[Pair] = set()
    for resource, actions in wanted.items():
        faults += [] if resource in RESOURCES else [f"{role}: {resource}"]
        faults += [f"{role}: {resource} {action}" for action in actions if action not in ACTIONS]
        pairs |= {(ACTIONS[action], resource) for action in actions if action in ACTIONS}
        pairs.add((MENU, resource))
    return pairs
