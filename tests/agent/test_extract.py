"""Extracts: the agreed bytes, a chain without a gap, nothing half-written to be seen."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from agent.extract import write_extract
from agent.loop import Agent
from agent.source import open_source
from sage_bridge.feeds import FEEDS
from sage_bridge.transfers import Manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.agent.exchange_place import Place, SageFile

MORNING = dt.datetime(2024, 5, 1, 6, 0, 0, tzinfo=dt.UTC)
JCT_1, JCT_2 = (f"JCT_AW_PROD_0000000{seq}_v1.csv" for seq in (1, 2))


def extract(place: Place, *flows: str, **changes: object) -> list[str]:
    """Extract and publish; gives the failures."""
    with Agent(place.config(**changes), now=lambda: MORNING) as agent:
        agent.extract(flows)
        return agent.failures


def manifest(place: Place, name: str) -> Manifest:
    return Manifest.from_bytes(place.folder("from_sage").joinpath(f"{name}.ok").read_bytes(), name)


def fill(sage: SageFile) -> None:
    common = {"Job": " 10-1001", "Extra": None, "Cost_Code": "05 05 23", "Category": "M", "Run": 12}
    sage.insert(
        "JCT", **common, Row_ID="B", Sequence=2, Transaction_Type="AP cost", Transaction_Date="2024-04-30",
        Accounting_Date="2024-04-30", Description='Rebar #5, 20" lap', Units="-2.0000", Unit_Cost="62.750000",
        Amount="-125.50", Vendor="V1", Invoice="INV 7", Commitment="PO-1", Commitment_Line_Item=1,
    )  # fmt: skip
    sage.insert(
        "JCT", **common, Row_ID="A", Sequence=1, Transaction_Type="AP cost", Transaction_Date="2024-04-30",
        Accounting_Date="2024-04-30", Description="Döbel", Units=4.0, Unit_Cost=62.75, Amount=250.9999999999,
        Date_Stamp="2024-05-01", Time_Stamp="05:59:59", Row_Version=77,
    )  # fmt: skip


def test_bytes_and_manifest(place: Place, sage: SageFile, golden: Callable[[str, bytes], None]) -> None:
    fill(sage)
    assert extract(place, "JCT") == []
    folder = place.folder("from_sage")
    golden(JCT_1, folder.joinpath(JCT_1).read_bytes())
    golden(f"{JCT_1}.ok", folder.joinpath(f"{JCT_1}.ok").read_bytes())
    figures = manifest(place, JCT_1)
    assert (figures.debit, figures.credit, figures.net, figures.rows) == ("251.00", "125.50", "125.50", 2)
    assert list((place.host / "state" / "outgoing").iterdir()) == []


def test_the_next_extract_is_chained_to_the_last(place: Place, sage: SageFile) -> None:
    extract(place, "JCT")
    fill(sage)
    extract(place, "JCT")
    first, second = manifest(place, JCT_1), manifest(place, JCT_2)
    assert (first.previous_seq, first.previous_sha256, first.rows) == (0, "", 0)
    assert (second.previous_seq, second.previous_sha256, second.rows) == (1, first.sha256, 2)


def test_an_unchanged_extract_says_nothing_new(place: Place, sage: SageFile) -> None:
    fill(sage)
    extract(place, "JCT")
    extract(place, "JCT")
    assert place.names("from_sage") == [JCT_1, f"{JCT_1}.ok"]
    extract(place, "JCT", skip_unchanged=False)
    assert place.names("from_sage") == [JCT_1, f"{JCT_1}.ok", JCT_2, f"{JCT_2}.ok"]


def test_one_flow_that_fails_does_not_hold_the_others(place: Place, sage: SageFile) -> None:
    sage.insert("COMITEM", Commitment="PO-1", Item=1, Amount="ten")
    [failure] = extract(place, "COMITEM", "JCT")
    assert failure.startswith("RS-360 column Amount cannot be read")
    assert place.names("from_sage") == [JCT_1, f"{JCT_1}.ok"]
    with sage.open() as connection:
        connection.execute('update "JCM_MASTER__COMMITMENT_ITEM" set "Amount" = \'10.00\'')
    extract(place, "COMITEM")
    assert "COMITEM_AW_PROD_00000001_v1.csv" in place.names("from_sage")


def test_cp1252_is_strict(place: Place, sage: SageFile) -> None:
    sage.insert("JOB", Job="1001", Description="Café 10 µm")
    assert extract(place, "JOB", encoding="cp1252") == []
    content = place.folder("from_sage").joinpath("JOB_AW_PROD_00000001_v1.csv").read_bytes()
    assert "1001,Café 10 µm".encode("cp1252") in content
    sage.insert("JOB", Job="1002", Description="Łódź")
    [failure] = extract(place, "JOB")
    assert failure == (
        "RS-361 a character of column Description does not fit into cp1252; record: JCM_MASTER__JOB 1002;"
        " found: U+0141; next step: set encoding to utf-8 on both sides, or correct the record in Sage"
    )


def test_all_flows_are_read_as_of_one_moment(place: Place, sage: SageFile) -> None:
    sage.insert("JOB", Job="1001")

    def change_after_first(step: str) -> None:
        if step == "extract_sealed":
            sage.insert("EXTRA", Job="1001", Extra="late")

    with Agent(place.config(), now=lambda: MORNING, at=change_after_first) as agent:
        agent.extract(["JOB", "EXTRA"])
    content = place.folder("from_sage").joinpath("EXTRA_AW_PROD_00000001_v1.csv").read_text(encoding="utf-8")
    assert content == "Job,Extra,Description,Status\n"


def test_another_content_under_our_name_stops_that_flow(place: Place, sage: SageFile) -> None:
    place.folder("from_sage").mkdir(parents=True)
    place.folder("from_sage").joinpath(JCT_1).write_bytes(b"somebody else's")
    [failure] = extract(place, "JCT")
    assert failure.startswith("RS-561 the server holds another content under a name of ours")
    assert place.folder("from_sage").joinpath(JCT_1).read_bytes() == b"somebody else's"
    place.folder("from_sage").joinpath(JCT_1).unlink()
    fill(sage)
    with Agent(place.config()) as agent:
        agent.extract(agent.extractor.waiting())
        agent.extract(["JCT"])
    assert manifest(place, JCT_1).rows == 0
    assert manifest(place, JCT_2).rows == 2


def test_sealed_bytes_that_changed_are_never_sent(place: Place, sage: SageFile) -> None:
    fill(sage)
    place.folder("from_sage").mkdir(parents=True)
    place.folder("from_sage").joinpath(JCT_1).write_bytes(b"in the way")
    extract(place, "JCT")
    place.folder("from_sage").joinpath(JCT_1).unlink()
    [sealed] = (place.host / "state" / "outgoing").iterdir()
    sealed.write_bytes(sealed.read_bytes() + b"x")
    with Agent(place.config()) as agent:
        agent.extract(agent.extractor.waiting())
        assert agent.failures[0].startswith("RS-460 the bytes of a sealed extract are gone or changed on this machine")
    assert place.names("from_sage") == []


def test_a_file_taken_away_before_we_knew_is_sent_again_with_a_mark(place: Place, sage: SageFile) -> None:
    fill(sage)

    def die(step: str) -> None:
        if step == "extract_ok_written":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Agent(place.config(), at=die) as agent:
        agent.extract(["JCT"])
    assert manifest(place, JCT_1).possible_duplicate is False
    for name in place.names("from_sage"):
        place.folder("from_sage").joinpath(name).unlink()
    with Agent(place.config()) as agent:
        agent.extract(agent.extractor.waiting())
    again = manifest(place, JCT_1)
    assert again.possible_duplicate is True
    assert again.sha256 == hashlib.sha256(place.folder("from_sage").joinpath(JCT_1).read_bytes()).hexdigest()


def test_what_uploads_left_behind_is_swept(place: Place) -> None:
    place.folder("from_sage").mkdir(parents=True)
    place.folder("from_sage").joinpath(f"{JCT_1}.part.dead").write_bytes(b"half")
    extract(place, "JCT")
    assert place.names("from_sage") == [JCT_1, f"{JCT_1}.ok"]


def test_memory_does_not_grow_with_rows(place: Place, sage: SageFile) -> None:
    with sage.open() as connection:
        connection.execute(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < 20000)"
            ' insert into "JCT_CURRENT__TRANSACTION" ("Row_ID", "Job", "Description", "Amount")'
            " select printf('%08d', i), '1001', 'Install rebar', '12.50' from n"
        )
    source = open_source(place.config().source)
    tracemalloc.start()
    with source.snapshot():
        written = write_extract(source, FEEDS["JCT"], "utf-8", _Nowhere())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    source.close()
    assert written.totals.rows == 20000
    assert json.dumps(written.totals.fields()["net"]) == '"250000.00"'
    assert peak < 12_000_000


class _Nowhere(io.BytesIO):
    def write(self, data: object, /) -> int:
        return len(data)  # type: ignore[arg-type]
