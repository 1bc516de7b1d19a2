"""A small transfer cut at every byte, its data and its manifest: refused each time, nothing of it ever lands.

Every byte with `make hardness`; else every fifth, which meets every field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hooks.hardness.mutations import ENCODING, SMALL, cuts, manifest_of
from tests.hooks.hardness.stand import Malformed

if TYPE_CHECKING:
    from tests.hooks.hardness.stand import Stand

pytestmark = pytest.mark.slow

FLOWS = pytest.mark.parametrize("flow", ["COMMIT", "EVENT"])


@FLOWS
def test_the_small_transfer_itself_lands_exactly(stand: Stand, flow: str) -> None:
    good = manifest_of(stand.sender, flow, SMALL[flow])
    case = Malformed("as it is", SMALL[flow], good.to_bytes())
    assert stand.take("as it is", flow, case, ENCODING[flow]) == "landed"


@FLOWS
def test_a_file_cut_at_any_byte_lands_nothing(stand: Stand, flow: str, step: int) -> None:
    good = manifest_of(stand.sender, flow, SMALL[flow])
    cases = [Malformed(what, content, good.to_bytes()) for what, content in cuts(SMALL[flow], step)]
    stand.refuse(f"{flow} data cut", flow, cases, is_chained=True)


@FLOWS
def test_a_manifest_cut_at_any_byte_lands_nothing(stand: Stand, flow: str, step: int) -> None:
    good = manifest_of(stand.sender, flow, SMALL[flow]).to_bytes()
    # The line end at its end is no part of the JSON.
    cases = [Malformed(what, SMALL[flow], manifest) for what, manifest in cuts(good.rstrip(), step)]
    stand.refuse(f"{flow} manifest cut", flow, cases)
