"""A small transfer cut and changed whose manifest fits all the same: only its content can tell.

A forger, or a sender with a fault of its own, makes hash and size fit, or all figures. Then the file is refused by its
form and rules, or lands exactly as its bytes say, row by row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hooks.hardness.mutations import ENCODING, SMALL, changes, cuts, forged, manifest_of
from tests.hooks.hardness.stand import Malformed

if TYPE_CHECKING:
    from tests.hooks.hardness.stand import Stand

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("flow", ["COMMIT", "EVENT"])
@pytest.mark.parametrize("how", ["hash", "all figures"])
@pytest.mark.parametrize("what", ["cut", "changed"])
def test_a_file_with_a_fitting_manifest_is_judged_by_its_content(
    stand: Stand, flow: str, how: str, what: str, is_whole: bool
) -> None:
    told = manifest_of(stand.sender, flow, SMALL[flow])
    variants = [*cuts(SMALL[flow])] if what == "cut" else [*changes(SMALL[flow], 7)]
    for done, content in variants if is_whole else variants[:: 24 if what == "cut" else 6]:
        manifest = forged(told, content) if how == "hash" else manifest_of(stand.sender, flow, content).to_bytes()
        stand.take(f"{flow} forged, {how} fit, {what}", flow, Malformed(done, content, manifest), ENCODING[flow])
