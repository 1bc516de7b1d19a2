"""A small transfer cut at every byte and with every byte changed: refused each time, nothing of it ever lands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sage_hooks import inbound
from tests.hooks.inbound_sender import JOB, csv_bytes

if TYPE_CHECKING:
    from sage_hooks.exchange import Exchange
    from tests.hooks.inbound_sender import Sender

NAME = "JOB_AW_PROD_00000001_v1.csv"
GOOD = csv_bytes("JOB", [{**JOB, "Description": "É"}])


def take(sender: Sender, exchange: Exchange) -> str:
    outcomes = inbound.take_transfers(sender.connection, exchange, "AW", ["JOB"], "PROD")
    assert len(outcomes) <= 1
    return outcomes[0].state if outcomes else "none"


def assert_nothing_landed(sender: Sender) -> None:
    assert sender.count("core.job") == 0
    assert sender.count("core.row_history") == 0
    assert sender.count("audit.watermark") == 0


def test_a_file_cut_at_any_byte_lands_nothing(sender: Sender) -> None:
    manifest = sender.manifest("JOB", [JOB], GOOD).to_bytes()
    with sender.exchange() as exchange:
        for length in range(len(GOOD)):
            sender.write(NAME, GOOD[:length], manifest)
            assert take(sender, exchange) == "refused", length
        assert_nothing_landed(sender)
        sender.write(NAME, GOOD, manifest)
        assert take(sender, exchange) == "landed"
    assert sender.exceptions() == []


def test_a_file_with_any_byte_changed_lands_nothing(sender: Sender) -> None:
    manifest = sender.manifest("JOB", [JOB], GOOD).to_bytes()
    with sender.exchange() as exchange:
        for place, byte in enumerate(GOOD):
            sender.write(NAME, GOOD[:place] + bytes([byte ^ 1]) + GOOD[place + 1 :], manifest)
            assert take(sender, exchange) == "refused", place
        assert_nothing_landed(sender)


def test_a_manifest_cut_anywhere_lands_nothing(sender: Sender) -> None:
    manifest = sender.manifest("JOB", [JOB], GOOD).to_bytes()
    with sender.exchange() as exchange:
        for length in range(0, len(manifest) - 2, 3):
            sender.write(NAME, GOOD, manifest[:length])
            assert take(sender, exchange) == "refused", length
        assert_nothing_landed(sender)


@pytest.mark.parametrize("changed", [b"\x00", b"9", b'"'], ids=["nul", "digit", "quote"])
def test_a_manifest_changed_anywhere_lands_all_or_nothing(sender: Sender, changed: bytes) -> None:
    manifest = sender.manifest("JOB", [JOB], GOOD).to_bytes()
    with sender.exchange() as exchange:
        for place in range(0, len(manifest), 7):
            sender.write(NAME, GOOD, manifest[:place] + changed + manifest[place + 1 :])
            state = take(sender, exchange)
            if state == "landed":
                # The time of the extract is nobody's to check; all else was as it should be.
                assert sender.count("core.job") == 1
                return
            assert state in {"refused", "quarantined", "parked", "none"}, place
            assert_nothing_landed(sender)
