"""Run parameters as attacks: a thousand texts through the parameters of all DAGs change the shape of no statement.

Airflow checks parameters by their schema before a run begins; here they go past it, straight to what the tasks call.
The server itself tells every statement it executed, those inside functions too (`auto_explain`): no text of it may hold
anything of an attack, since values are bound and never written into it.
"""

from __future__ import annotations

import ast
import json
from contextlib import nullcontext
from datetime import UTC, date, datetime
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ops.companies import default_profile, store_profile
from sage_bridge.errors import BridgeError
from sage_bridge.reconcile import Decision
from sage_hooks import exceptions, go_live, inbound_company, job_end, mapping_changes, outbox, reconciliation
from sage_hooks.sql_files import statement
from sage_hooks.warehouse import connect, fetch_file, run_file
from tests.house.sources import python_files, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

MARK = "zq7x"
OPENERS = ("", "'", '"', "''", "\\'", "')", "$$", "'::text", "24-001'", "AW'; ")
BODIES = (
    f" or 1=1 {MARK}",
    f"; drop table core.company cascade; select '{MARK}",
    " union table pg_authid; " + MARK,
    f"; grant pipeline to analyst; -- {MARK}",
    f"||pg_read_file('/etc/passwd')||'{MARK}",
    f"; copy core.company to program 'touch {MARK}'; ",
    f" and exists (table pg_shadow) or pg_sleep(0) is null {MARK}",
    f"%(company_id)s %s %% {{0}} ${{{MARK}}}",
    f"{{{{ conn.warehouse.password }}}}{MARK}{{% raw %}}",
    f"\u02bc\uff07\u2019 or {MARK}",
)
ENDS = ("", "'", " --", " /*", ";", '"', "\n;", "\\", "$$", "')--")
ATTACKS = [*map("".join, product(OPENERS, BODIES, ENDS))]
STATEMENTS = (
    *("recon/select_company", "recon/insert_run", "recon/insert_foreign_decisions", "recon/insert_accrual_releases"),
    *("recon/select_unknown_lines", "recon/insert_approval", "recon/select_job"),
    *("core/select_mapping_faults", "core/insert_mapping_proposal", "core/select_mapping_decision"),
    *("audit/update_exception_dismissed", "core/merge_flow_turns", "laws/select_companies", "go_live/insert_run"),
)
# What may come of an attack besides our own words: a value refused by its type or by a constraint, no faulty statement.
REFUSED = (BridgeError, ValueError, psycopg.DataError, psycopg.IntegrityError)
RUN = ("reconcile__period", "manual__2024")


class Heard:
    """What the server says it executed on a connection; the texts of statements, without their values."""

    def __init__(self, connection: Connection) -> None:
        self.texts: set[str] = set()
        self._read = json.JSONDecoder().raw_decode
        for setting in (
            "load 'auto_explain'",
            "set auto_explain.log_min_duration = 0",
            "set auto_explain.log_nested_statements = on",
            "set auto_explain.log_format = json",
            "set auto_explain.log_parameter_max_length = 0",
            "set client_min_messages = log",
            "set plan_cache_mode = force_generic_plan",
        ):
            connection.execute(setting.encode())
        connection.commit()
        connection.add_notice_handler(self._hear)

    def _hear(self, told: psycopg.errors.Diagnostic) -> None:
        words = told.message_primary or ""
        _, is_there, rest = words.partition('"Query Text": ')
        if is_there:
            self.texts.add(self._read(rest)[0])


@pytest.fixture
def target(warehouse_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    with connect(warehouse_dsn) as connection:
        store_profile(connection, default_profile("AW"))
        connection.execute("insert into core.job values ('AW', '24-001', 'Terminal', 'In progress', false, '', 1)")
        connection.commit()
        # The same server; only where it is found is not asked of Airflow.
        monkeypatch.setattr(inbound_company, "warehouse", lambda: nullcontext(connection))
        yield connection


def period(connection: Connection, **changed: Any) -> None:
    params = {
        "company_id": "AW",
        "period": "2024-01",
        "mode": "preview",
        "materiality": None,
        "approvers": ["controller"],
    }
    lists = {"accept_entries": [], "reverse_entries": []}
    prepared_by = changed.pop("prepared_by", "finance")
    reconciliation.start(connection, {**params, **lists, **changed}, prepared_by, changed.pop("run_id", "r"))


def job(connection: Connection, **changed: Any) -> None:
    params = {"company_id": "AW", "job": "24-001", "mode": "preview", "approvers": ["controller"]}
    job_end.start(connection, {**params, **changed}, changed.pop("prepared_by", "finance"), changed.pop("run_id", "r"))


TEXTS = ("company_id", "material_class", "job", "extra", "cost_code", "category")
MAPPING = {
    **dict.fromkeys(TEXTS, ""),
    **dict.fromkeys(("effective_from", "effective_to", "proposal_no")),
    "company_id": "AW",
    "material_class": "Rebar",
    "effective_from": "2024-01-01",
}


def mapping(connection: Connection, **changed: Any) -> None:
    proposed_by = changed.pop("prepared_by", "finance")
    mapping_changes.propose(connection, {**MAPPING, **changed}, proposed_by, proposed_by)


def decision(comment: str, *refused: tuple[str, str]) -> Decision:
    return Decision("controller", True, comment, datetime(2024, 2, 1, tzinfo=UTC), refused)


def answer(connection: Connection, run_no: int, comment: str, *refused: tuple[str, str]) -> None:
    """Answer the question about a month: lines refused, or a comment on the whole."""
    values = reconciliation._refused_lines(connection, run_no, decision(comment, *refused))
    values |= {"run_no": run_no, "company_id": "AW", "content_hash": "0" * 64, "prepared_by": "finance"}
    values |= {"decided_by": "controller", "decision": "approved", "comment": comment}
    values |= {"decided_at": datetime(2024, 2, 1, tzinfo=UTC), "dag_id": RUN[0], "dag_run_id": RUN[1]}
    fetch_file(connection, "recon/insert_approval", values)


def decide(connection: Connection, proposal_no: int, comment: str) -> None:
    mapping_changes.decide(connection, proposal_no, decision(comment))


def dismissed(connection: Connection, ids: list[Any], reason: str, decided_by: str = "oncall") -> None:
    exceptions.dismiss(connection, ids, decided_by=decided_by, reason=reason, dag_id=RUN[0], run_id=decided_by)


def approved(file: str, comment: str) -> None:
    inbound_company.approve_file(file, decided_by=comment, comment=comment, dag_id=RUN[0], run_id=RUN[1])


def sealed(connection: Connection, through: str) -> None:
    outbox.seal_costs(connection, "AW", date.fromisoformat(through))


def signed(connection: Connection, text: str, exceptions: list[str]) -> None:
    """Keep the answer to a go-live, as the task does once its report is the one that was shown."""
    values = {"run_no": 1, "company_id": "AW", "content_hash": "0" * 64, "started_by": text, "decided_by": text + "r"}
    values |= {"decision": "approved", "comment": text, "decided_at": datetime(2024, 2, 1, tzinfo=UTC)}
    values |= {"dag_id": text, "dag_run_id": text, "state": "signed", "exceptions": exceptions, "approval_id": 1}
    fetch_file(connection, "go_live/insert_approval", values)
    run_file(connection, "go_live/update_run_decided", values)


def doors(connection: Connection, run_no: int, proposal_no: int) -> dict[str, Callable[[str], object]]:
    """Give what single texts reach, by name; each takes one attack."""
    at = connection
    return {
        "period": lambda text: period(at, period=text),
        "period.company_id": lambda text: period(at, company_id=text),
        "period.run": lambda text: period(at, mode=text, prepared_by=text, run_id=text),
        "period.materiality": lambda text: period(at, materiality=text),
        "period.comment": lambda text: answer(at, run_no, text),
        "job": lambda text: job(at, job=text),
        "job.run": lambda text: job(at, mode=text, prepared_by=text, run_id=text),
        "mapping": lambda text: mapping(at, **dict.fromkeys(TEXTS, text)),
        "mapping.kept": lambda text: mapping(at, material_class=text, prepared_by=text),
        "mapping.dates": lambda text: mapping(at, effective_from=text, effective_to=text),
        "mapping.proposal_no": lambda text: mapping(at, proposal_no=text),
        "mapping.comment": lambda text: decide(at, proposal_no, text),
        "dismiss_reason": lambda text: dismissed(at, [1], text, text),
        "approve_file": lambda text: approved(f"JOB_{text}_{text}", text),
        "flow.company_id": lambda text: inbound_company.companies_of_flow("jobs", text),
        "laws.company_id": lambda text: fetch_file(at, "laws/select_companies", {"company_id": text}),
        "through_date": lambda text: sealed(at, text),
        "go_live": lambda text: go_live.start(at, text, text, text),
        "go_live.run": lambda text: go_live.start(at, "AW", text, text),
        "go_live.answer": lambda text: signed(at, text, [text]),
    }


def gates(connection: Connection, run_no: int) -> dict[str, Callable[[list[str]], object]]:
    """Give what lists of texts reach, by name; each takes all attacks at once."""
    at = connection
    plain = [text for text in ATTACKS if text.isprintable()]
    return {
        "period.entries": lambda texts: period(
            at, accept_entries=texts, reverse_entries=[f"{text}r" for text in texts]
        ),
        "period.link_entries": lambda texts: period(at, link_entries=[f"{text}=PO-1/1" for text in texts]),
        "period.keep_accruals": lambda texts: period(at, keep_accruals=texts, mode="propose", approvers=texts),
        "period.dismiss_differences": lambda _: period(
            at, dismiss_differences=[f"{number}={text}" for number, text in enumerate(plain)]
        ),
        "period.refuse": lambda texts: answer(at, run_no, "", *((f"A{n}", text) for n, text in enumerate(texts))),
        "period.refused_lines": lambda texts: answer(at, run_no, "", *zip(texts, texts, strict=True)),
        "dismiss_exceptions": lambda texts: dismissed(at, texts, "lost"),
    }


# What each parameter of a DAG reaches; one that is not here fails a test until somebody has decided.
_PERSONS = ("mode", "prepared_by")
REACHES: dict[tuple[str, str], str] = {
    ("reconcile__period", "period"): "period",
    **{("reconcile__period", name): f"period.{name}" for name in ("company_id", "materiality", "link_entries")},
    **{("reconcile__period", name): f"period.{name}" for name in ("dismiss_differences", "keep_accruals")},
    **{("reconcile__period", name): "period.entries" for name in ("accept_entries", "reverse_entries")},
    **{("reconcile__period", name): "period.run" for name in _PERSONS},
    ("reconcile__job", "job"): "job",
    ("reconcile__job", "company_id"): "period.company_id",
    **{("reconcile__job", name): "job.run" for name in _PERSONS},
    **{
        (dag, name): f"period.{name}"
        for dag in ("reconcile__period", "reconcile__job")
        for name in ("refuse", "comment")
    },
    **{("change__mapping", name): "mapping" for name in TEXTS},
    **{("change__mapping", name): f"mapping.{name}" for name in ("proposal_no", "comment")},
    **{("change__mapping", name): "mapping.dates" for name in ("effective_from", "effective_to")},
    ("change__mapping", "prepared_by"): "mapping.kept",
    ("check__go_live", "company_id"): "go_live",
    **{("check__go_live", name): "go_live.run" for name in _PERSONS},
    **{("check__go_live", name): "go_live.answer" for name in ("comment", "exceptions")},
    **{("replay__exceptions", name): name for name in ("dismiss_exceptions", "dismiss_reason")},
    **{(dag, "company_id"): "laws.company_id" for dag in ("replay__exceptions", "check__laws", "maintain__warehouse")},
    ("core_to_sage__material_costs", "through_date"): "through_date",
}
_FEEDS = ("commitments", "job_cost", "jobs", "ledger", "vendors_and_items")
_FLOWS = ("receipts", "adjustments", "commitment_changes", "journals", "material_costs")
REACHES |= {(f"sage_to_core__{name}", "approve_file"): "approve_file" for name in _FEEDS}
REACHES |= {(f"sage_to_core__{name}", "comment"): "approve_file" for name in _FEEDS}
REACHES |= {(f"sage_to_core__{name}", "company_id"): "flow.company_id" for name in (*_FEEDS, "results")}
REACHES |= {(f"core_to_sage__{name}", "company_id"): "flow.company_id" for name in _FLOWS}
REACHES |= {("core_to_runblu__master_data", "company_id"): "flow.company_id"}
# No statement sees them: numbers that a task waits for, and names that only Airflow asks.
ELSEWHERE = {("reconcile__period", "wait_minutes"), ("check__go_live", "wait_minutes")}
ELSEWHERE |= {
    (dag, "approvers") for dag in ("reconcile__period", "reconcile__job", "change__mapping", "check__go_live")
}


def parameters() -> set[tuple[str, str]]:
    """Give every parameter of every DAG and of every question: DAG, name."""
    found = set()
    for path in python_files("dags"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Dict):
                found |= {
                    (path.stem, key.value)
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant) and "Param(" in ast.unparse(value)[:6]
                }
    return found


def catalogue(connection: Connection) -> Mapping[str, Any]:
    """Give one figure for everything that an attack could change about relations, functions, roles and rights."""
    row = connection.execute(
        """
        select
            (select count(*) from core.company) as companies,
            (select md5(string_agg(p.oid::text || p.prosrc, '' order by p.oid)) from pg_proc as p) as functions,
            (select md5(string_agg(c.oid::text || c.relname || coalesce(c.relacl::text, ''), '' order by c.oid))
             from pg_class as c where c.oid > 16384 and c.relpersistence = 'p') as relations,
            (select md5(string_agg(m::text, '' order by m.oid)) from pg_auth_members as m) as members,
            (select md5(string_agg(r.rolname || r.rolsuper::text, '' order by r.oid)) from pg_authid as r) as roles
        """
    ).fetchone()
    connection.commit()
    assert row is not None
    return row


def test_every_parameter_of_a_dag_is_attacked() -> None:
    assert len(set(ATTACKS)) == 1000
    assert parameters() == set(REACHES) | ELSEWHERE


def test_no_attack_changes_the_shape_of_a_statement(target: Connection) -> None:
    period(target, mode="propose")
    run = target.execute("select max(run_no) as run_no from recon.run").fetchone()
    assert run is not None
    proposal = mapping_changes.propose(target, MAPPING, "finance", "proposed before")
    target.commit()
    single, at_once = doors(target, run["run_no"], proposal.proposal_no), gates(target, run["run_no"])
    assert set(REACHES.values()) <= {*single, *at_once}
    before = catalogue(target)
    heard = Heard(target)
    # A third of them for each, another third for the next: each opening, body and end meets every parameter.
    calls = [partial(door, text) for n, door in enumerate(single.values()) for text in ATTACKS[n % 3 :: 3]]
    broken = set()
    for call in (*calls, *(partial(gate, ATTACKS) for gate in at_once.values())):
        try:
            call()
        except REFUSED:
            pass
        except psycopg.Error as error:
            broken |= set() if str(error).startswith("RS-") else {str(error)}
        target.rollback()
    assert broken == set()
    assert [text for text in heard.texts if MARK in text] == []
    # Attacks that never came so far as to a statement would prove nothing.
    intents = {text.partition("\n")[0] for text in heard.texts}
    assert {name for name in STATEMENTS if statement(name).partition("\n")[0] not in intents} == set()
    assert catalogue(target) == before


def test_a_statement_made_of_a_value_would_be_heard(target: Connection) -> None:
    heard = Heard(target)
    target.execute("create function pg_temp.naive(text) returns void language plpgsql as "
                   "'begin execute ''select '''''' || $1 || ''''''''; end'")  # fmt: skip
    target.execute("select pg_temp.naive(%s)", (MARK,))
    assert [text for text in heard.texts if MARK in text] == [f"select '{MARK}'"]
    heard.texts.clear()
    target.execute("select %s", (MARK,))
    assert [text for text in heard.texts if MARK in text] == []
