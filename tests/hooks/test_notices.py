"""What people are told: found once, told once over real mail, closed when it is over; a broken route loses nothing."""

from __future__ import annotations

import json
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from ops.processes import free_port
from sage_bridge.errors import BadConfig, Transient
from sage_bridge.notifications import DEADLINES, read_routes
from sage_hooks import alarms, notices
from sage_hooks.warehouse import run_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

    from sage_hooks.warehouse import Connection

SMTP = "airflow.providers.smtp.notifications.smtp.SmtpNotifier"


class Mailbox:
    """A mail server's other end: keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.refuses = False

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        if self.refuses:
            return "451 no room"
        self.messages.append(message_from_bytes(envelope.content))
        return "250 taken"


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A real mail server, which the connection `smtp_default` leads to."""
    made = Mailbox()
    port = free_port()
    server = Controller(made, hostname="127.0.0.1", port=port)
    server.start()
    extra = {"disable_ssl": True, "disable_tls": True, "retry_limit": 1}
    place = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(place))
    yield made
    server.stop()


def routes(**other: Any) -> tuple[Any, ...]:
    arguments = {
        "smtp_conn_id": "smtp_default",
        "from_email": "bridge@example.com",
        "to": ["controller@example.com"],
        "subject": "{{ notice.subject }}",
        "html_content": "{{ notice.html }}",
    }
    return read_routes({"notifiers": [{"notifier": SMTP, "arguments": arguments, **other}]}, "test")


def lock_lane(connection: Connection, reason: str, company: str = "AW") -> None:
    connection.execute(
        "insert into outbox.file_counter (company_id, flow, environment, last_seq, last_sha256, is_locked, "
        "lock_reason) values (%s, 'DC', 'PROD', 1, '', true, %s)",
        (company, reason),
    )


def body(message: Message) -> str:
    (part,) = [part for part in message.walk() if part.get_content_type() == "text/html"]
    return bytes(part.get_payload(decode=True)).decode()  # type: ignore[arg-type]


@pytest.mark.usefixtures("company")
class TestTelling:
    def test_a_thing_is_told_once_and_closes_when_it_is_over(self, warehouse: Connection, mailbox: Mailbox) -> None:
        lock_lane(warehouse, "the outcome of DC_AW_PROD_00000001_v1.txt is unknown <b>")
        assert (notices.find(warehouse), notices.find(warehouse)) == (1, 0)
        assert (notices.tell(warehouse, routes()), notices.tell(warehouse, routes())) == (1, 0)
        (message,) = mailbox.messages
        assert message["subject"] == "RunBlu - Sage, AW: lane stopped"
        assert message["to"] == "controller@example.com"
        assert "DC_AW_PROD_00000001_v1.txt is unknown &lt;b&gt;" in body(message)
        assert "outcome-unknown.md" in body(message)
        warehouse.execute("update outbox.file_counter set is_locked = false")
        notices.find(warehouse)
        row = warehouse.execute("select told_at < closed_at as is_over from mart.notice").fetchone()
        assert row == {"is_over": True}
        warehouse.execute("update outbox.file_counter set is_locked = true")
        assert (notices.find(warehouse), notices.tell(warehouse, routes())) == (1, 1)
        assert len(mailbox.messages) == 2

    def test_what_could_not_be_sent_is_told_later(self, warehouse: Connection, mailbox: Mailbox) -> None:
        lock_lane(warehouse, "unknown")
        notices.find(warehouse)
        mailbox.refuses = True
        with pytest.raises(Transient, match=r"RS-906 .*AW: .*451"):
            notices.tell(warehouse, routes())
        mailbox.refuses = False
        assert notices.tell(warehouse, routes()) == 1
        assert len(mailbox.messages) == 1

    def test_a_route_gets_what_it_is_for(self, warehouse: Connection, mailbox: Mailbox) -> None:
        lock_lane(warehouse, "unknown")
        run_file(
            warehouse,
            "audit/insert_notice",
            {"company_id": "", "kind": "run_failed", "subject": "d t", "message": "t of d failed"},
        )
        notices.find(warehouse)
        notices.tell(warehouse, (*routes(kinds=["run_failed"], companies=["B"]), *routes(companies=["B"])))
        assert [message["subject"] for message in mailbox.messages] == 2 * ["RunBlu - Sage, all companies: run failed"]

    def test_several_things_of_a_company_are_one_message(self, warehouse: Connection, mailbox: Mailbox) -> None:
        lock_lane(warehouse, "unknown")
        warehouse.execute(
            "insert into core.mapping_proposal (company_id, material_class, cost_code, category, effective_from, "
            "owner) values ('AW', 'steel', '', '', '2026-01-01', 'ann')"
        )
        warehouse.execute(
            "insert into ledger.period_close (company_id, period, close_no, sign_off_hash, signed_by, lapsed_at) "
            "values ('AW', '2026-01', 1, repeat('0', 64), 'controller', now())"
        )
        assert (notices.find(warehouse), notices.tell(warehouse, routes())) == (3, 3)
        (message,) = mailbox.messages
        assert message["subject"] == "RunBlu - Sage, AW: decision waiting, lane stopped, sign off lapsed"
        assert body(message).count("<li>") == 3

    @pytest.mark.parametrize(("state", "kinds"), [("proposed", ["decision_waiting", "run_late"]), ("posted", [])])
    def test_a_reconciliation_that_does_not_end_is_told_of(
        self, warehouse: Connection, state: str, kinds: list[str]
    ) -> None:
        warehouse.execute(
            "insert into recon.run (company_id, scope, period, mode, materiality, prepared_by, dag_run_id, state, "
            "started_at) values ('AW', 'period', '2026-01', 'propose', 0, 'finance', 'r1', %s, "
            "now() - interval '4 days')",
            (state,),
        )
        notices.find(warehouse)
        found = warehouse.execute("select kind from mart.notice order by kind").fetchall()
        assert [row["kind"] for row in found] == kinds

    def test_a_late_reconciliation_is_told_once_whoever_sees_it_first(
        self, warehouse: Connection, mailbox: Mailbox
    ) -> None:
        warehouse.execute(
            "insert into recon.run (company_id, scope, period, mode, materiality, prepared_by, dag_run_id, state, "
            "started_at) values ('AW', 'period', '2026-01', 'propose', 0, 'finance', 'r1', 'approved', "
            "now() - interval '2 days')"
        )
        late = {"company_id": "AW", "dag_id": "reconcile__period", "dag_run_id": "r1", "message": "reconciliation late"}
        for days, opened in ((0, 0), (2, 0), (0, 0)):
            run_file(warehouse, "audit/insert_late_run", late)
            warehouse.execute("update recon.run set started_at = started_at - %s * interval '1 day'", (days,))
            assert notices.find(warehouse) == opened
            notices.tell(warehouse, routes())
        (message,) = mailbox.messages
        assert message["subject"] == "RunBlu - Sage, AW: run late"
        notices.find(warehouse)
        warehouse.execute("update recon.run set state = 'posted'")
        notices.find(warehouse)
        (row,) = warehouse.execute("select subject, told_at < closed_at as is_over from mart.notice").fetchall()
        assert row["subject"].startswith("reconciliation ")
        assert row["is_over"]

    def test_a_reconciliation_may_be_given_more_than_three_days(
        self, warehouse: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "mine.yaml"
        file.write_text("{notifiers: [], deadlines: {reconcile__job: 5 days}}", encoding="utf-8")
        monkeypatch.setenv(alarms.FILE_VARIABLE, str(file))
        warehouse.execute(
            "insert into recon.run (company_id, scope, period, job, mode, materiality, prepared_by, dag_run_id, state, "
            "started_at) values ('AW', 'job', '2026-01', '26-001', 'propose', 0, 'finance', 'r1', 'approved', "
            "now() - interval '4 days')"
        )
        assert notices.find(warehouse) == 0
        warehouse.execute("update recon.run set started_at = started_at - interval '2 days'")
        assert notices.find(warehouse) == 1

    @pytest.mark.parametrize(("named", "kept"), [("AW", "AW"), ("", ""), ("NOPE", "")])
    def test_another_late_run_is_told_once(self, warehouse: Connection, named: str, kept: str) -> None:
        late = {"company_id": named, "dag_id": "core_to_sage__material_costs", "dag_run_id": "r1", "message": "late"}
        for _ in range(2):
            run_file(warehouse, "audit/insert_late_run", late)
            notices.find(warehouse)
            notices.tell(warehouse, ())
        found = warehouse.execute("select company_id, subject from mart.notice").fetchall()
        assert found == [{"company_id": kept, "subject": "core_to_sage__material_costs r1"}]

    def test_a_flow_that_is_late_is_told_of_until_it_is_not(self, warehouse: Connection) -> None:
        warehouse.execute(
            "insert into ledger.event_inbox (company_id, event_id, document, inserted_at) "
            "values ('AW', 'E1', '{}', now() - interval '2 days')"
        )
        assert notices.find(warehouse) == 1
        told = warehouse.execute("select kind, subject, message from mart.notice").fetchall()
        assert [(row["kind"], row["subject"]) for row in told] == [("flow_late", "material_events")]
        assert "late-flow.md" in told[0]["message"]
        warehouse.execute("update ledger.event_inbox set taken_at = now()")
        notices.find(warehouse)
        assert warehouse.execute("select kind from mart.notice where closed_at is null").fetchall() == []

    def test_nobody_is_told_without_a_route_and_it_stands_in_the_mart(self, warehouse: Connection) -> None:
        lock_lane(warehouse, "unknown")
        notices.find(warehouse)
        assert notices.tell(warehouse, ()) == 1
        assert warehouse.execute("select kind from mart.notice").fetchall() == [{"kind": "lane_stopped"}]

    def test_a_notifier_that_is_none_is_named(self, warehouse: Connection) -> None:
        lock_lane(warehouse, "unknown")
        notices.find(warehouse)
        (way,) = read_routes({"notifiers": [{"notifier": "sage_hooks.nothing.Here"}]}, "test")
        with pytest.raises(BadConfig, match=r"RS-138 .*sage_hooks\.nothing\.Here"):
            notices.tell(warehouse, (way,))
        assert warehouse.execute("select told_at from mart.notice").fetchall() == [{"told_at": None}]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(("refused", "is_told"), [(1, False), (2, True)])
def test_refused_lines_are_told_above_the_limit(warehouse: Connection, refused: int, is_told: bool) -> None:
    warehouse.execute("set session_replication_role = replica")
    warehouse.execute(
        "insert into outbox.cost_posting (company_id, posting_reference, kind, transaction_date, accounting_date, "
        "accounting_date_wanted, is_late, job, extra, cost_code, category, commitment, item_number, difference_no, "
        "description, units, amount, debit_account, credit_account, state, sent_at) "
        "select 'AW', 'C' || lpad(n::text, 9, '0'), 'consumption', d, d, d, false, 'J', '', 'C', 'M', 'PO', 1, n, 'd', "
        "1, 1, '1', '2', case when n <= %s then 'rejected' else 'posted' end, now() "
        "from generate_series(1, 50) as n, (select date '2026-01-01' as d) as x",
        (refused,),
    )
    assert notices.find(warehouse) == is_told


def test_the_file_that_ships_is_good_and_another_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert notices.routes() == ()
    file = tmp_path / "mine.yaml"
    monkeypatch.setenv(alarms.FILE_VARIABLE, str(file))
    with pytest.raises(BadConfig, match=r"RS-138 .*mine\.yaml"):
        notices.routes()
    file.write_text("notifiers:\n  - {notifier: a.B, kinds: [lane_stopped]}\n", encoding="utf-8")
    assert notices.routes()[0].kinds == {"lane_stopped"}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (None, "file"),
        ({"notifiers": [], "more": 1}, "file"),
        ({"notifiers": {}}, "file, notifiers"),
        ({"notifiers": ["a.B"]}, "entry 1"),
        ({"notifiers": [{"notifier": "B"}]}, "entry 1, notifier"),
        ({"notifiers": [{"notifier": "a.B", "arguments": []}, {"notifier": "a.B", "arguments": [1]}]}, "entry 2, arg"),
        ({"notifiers": [{"notifier": "a.B", "kinds": ["x"]}]}, "entry 1, kinds"),
        ({"notifiers": [{"notifier": "a.B", "kinds": "x"}]}, "entry 1, kinds"),
        ({"notifiers": [{"notifier": "a.B", "companies": "AW"}]}, "entry 1, companies"),
        ({"notifiers": [{"notifier": "a.B", "kind": []}]}, "entry 1"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(content: object, place: str) -> None:
    with pytest.raises(BadConfig, match=f"RS-138 .*{place}"):
        read_routes(content, "file")


def test_a_wrong_deadline_stops_no_dag_and_is_told_by_tell_notices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("{notifiers: [], deadlines: {reconcile__job: soon}}", encoding="utf-8")
    monkeypatch.setenv(alarms.FILE_VARIABLE, str(file))
    assert alarms.deadlines() == DEADLINES
    with pytest.raises(BadConfig, match=r"RS-138 .*mine\.yaml, deadlines, reconcile__job"):
        notices.routes()
