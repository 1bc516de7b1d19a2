"""The fixtures themselves: what every other test rests on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncssh

if TYPE_CHECKING:
    from pathlib import Path

    from sage_hooks.warehouse import Connection


def test_a_fresh_warehouse_is_migrated_and_empty(warehouse: Connection) -> None:
    rows = warehouse.execute("select count(*) as jobs from core.job").fetchall()
    assert rows == [{"jobs": 0}]
    warehouse.execute("insert into core.vendor values ('AW', 'V1', 'Vendor', '', '', '', '', true, 1)")
    warehouse.commit()


def test_what_another_test_wrote_is_not_there(warehouse: Connection) -> None:
    assert warehouse.execute("select 1 from core.vendor").fetchall() == []


def test_company_has_a_profile_with_rules(warehouse: Connection, company: str) -> None:
    row = warehouse.execute(
        "select environment, profile from core.company where company_id = %s", (company,)
    ).fetchone()
    assert row is not None
    assert row["environment"] == "PROD"
    assert row["profile"]["direct_cost"]["columns"][0] == "record_id"
    kinds = warehouse.execute("select kind from core.ap_rule order by rule_no").fetchall()
    assert [found["kind"] for found in kinds] == ["tax", "freight"]


def test_sftp_server_shows_its_root_and_only_that(sftp_server: object, tmp_path: Path) -> None:
    place = sftp_server

    async def put_and_list() -> list[str]:
        async with (
            asyncssh.connect(
                place.host,  # type: ignore[attr-defined]
                place.port,  # type: ignore[attr-defined]
                username=place.user,  # type: ignore[attr-defined]
                client_keys=[str(place.key_file)],  # type: ignore[attr-defined]
                known_hosts=asyncssh.import_known_hosts(f"[{place.host}]:{place.port} {place.host_key}\n"),  # type: ignore[attr-defined]
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            async with client.open("/hello.txt", "wb") as file:
                await file.write(b"hello")
            return sorted(str(name) for name in await client.listdir("/.."))

    assert "hello.txt" in asyncio.run(put_and_list())
    assert (tmp_path / "sftp" / "hello.txt").read_bytes() == b"hello"
