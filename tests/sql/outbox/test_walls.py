"""The last wall: whatever program writes, the database refuses a cost that would reach Sage twice (L2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from sage_hooks import outbox
from tests.hooks.outbox.place import COMPANY, world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace
    from tests.hooks.outbox.place import Place

pytestmark = pytest.mark.slow


@pytest.fixture
def place(warehouse_dsn: str, warehouse: Connection, sftp_server: SftpPlace, company: str) -> Iterator[Place]:
    assert company == COMPANY
    with world(warehouse_dsn, warehouse, sftp_server) as found:
        yield found


BATCH = (
    "insert into outbox.batch (company_id, flow, environment, seq, file_name, content, manifest, sha256,"
    " row_count, amount_debit, amount_credit, state)"
    " values ('AW', 'DC', 'PROD', %(seq)s, %(name)s, '', '', '', 0, 0, 0, %(state)s)"
)
LINE = (
    "insert into outbox.batch_line (batch_id, line_number, company_id, reference, posting_id, event_id, version_no)"
    " select max(batch_id), 9, 'AW', 'x', %(posting)s, %(event)s, 1 from outbox.batch"
)
LINK = (
    "insert into outbox.posting_entry (company_id, entry_id, posting_id, turn)"
    " values ('AW', %(entry)s, %(posting)s, %(turn)s)"
)


def test_the_same_cost_cannot_be_written_twice(place: Place) -> None:
    entry = place.entry("10.00", "1")
    outbox.seal_costs(place.connection, COMPANY)
    (posting,) = place.postings()
    copied = ", ".join(
        name for name in posting if name not in {"posting_id", "is_open", "posting_reference", "reference_salt"}
    )
    copy = (
        f"insert into outbox.cost_posting (posting_reference, {copied}) select 'COTHER0000', {copied}"  # noqa: S608
        " from outbox.cost_posting"
    )
    refused(place, LINK, entry=entry, posting=posting["posting_id"], turn=1)
    refused(place, copy)
    refused(place, LINE, posting=posting["posting_id"], event=None)
    refused(place, BATCH, seq=1, name="other", state="sealed")
    refused(place, BATCH, seq=2, name="DC_AW_PROD_00000001_v1.txt", state="sealed")


def refused(place: Place, statement: str, **values: object) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        place.run(statement, **values)
    place.connection.rollback()


def test_a_link_leads_to_an_entry_and_a_line_that_are_there(place: Place) -> None:
    entry = place.entry("10.00", "1")
    outbox.seal_costs(place.connection, COMPANY)
    posting = place.postings()[0]["posting_id"]
    elsewhere = LINK.replace("'AW'", "'BW'")
    for statement, constraint in (
        (LINK.replace("%(entry)s", "0"), "entry_id"),
        (LINK.replace("%(posting)s", "0"), "posting_id"),
        (elsewhere, "entry_id"),
        # One row is right, and bounds no longer name one company.
        (f"{LINK}, ('BW', %(entry)s, %(posting)s, 1)", "entry_id"),
        ("update outbox.posting_entry set company_id = 'BW'", "entry_id"),
        ("update outbox.posting_entry set entry_id = 0", "entry_id"),
        ("update outbox.posting_entry set posting_id = 0", "posting_id"),
        ("delete from outbox.cost_posting", "posting_id"),
    ):
        with pytest.raises(psycopg.errors.ForeignKeyViolation) as error:
            place.run(statement, entry=entry, posting=posting, turn=2)
        place.connection.rollback()
        assert str(error.value.diag.constraint_name).endswith(f"_{constraint}_fkey")
    assert place.one("select count(*) from outbox.posting_entry") == 1


def test_a_lane_has_one_file_under_way(place: Place) -> None:
    place.run(BATCH, seq=1, name="one", state="sent")
    for state in ("sending", "sent"):
        with pytest.raises(psycopg.errors.UniqueViolation, match="batch_in_flight_once"):
            place.run(BATCH, seq=2, name="two", state=state)
        place.connection.rollback()
    place.run("update outbox.batch set state = 'received'")
    place.run(BATCH, seq=2, name="two", state="sending")


def test_a_confirmation_of_an_event_stands_in_one_file_per_version(place: Place) -> None:
    place.run(BATCH, seq=1, name="one", state="sealed")
    place.run(LINE, posting=None, event="E1")
    place.run(BATCH, seq=2, name="two", state="sealed")
    with pytest.raises(psycopg.errors.UniqueViolation):
        place.run(LINE, posting=None, event="E1")


def test_a_line_is_held_with_a_rule_or_not_at_all(place: Place) -> None:
    place.entry("10.00", "1")
    outbox.seal_costs(place.connection, COMPANY)
    with pytest.raises(psycopg.errors.CheckViolation):
        place.run("update outbox.cost_posting set state = 'held'")
