"""A small transfer with every byte changed, in its data or its manifest: refused, or loaded exactly as its bytes say.

Every byte takes two values drawn from seeds with `make hardness`; else every fifth takes one, which meets every field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hooks.hardness.mutations import ENCODING, SMALL, changes, is_surely_unreadable, manifest_of
from tests.hooks.hardness.stand import Malformed

if TYPE_CHECKING:
    from tests.hooks.hardness.stand import Stand

pytestmark = pytest.mark.slow

FLOWS = pytest.mark.parametrize("flow", ["COMMIT", "EVENT"])


@FLOWS
def test_a_file_with_any_byte_changed_lands_nothing(stand: Stand, flow: str, is_whole: bool, step: int) -> None:
    good = manifest_of(stand.sender, flow, SMALL[flow])
    for seed in range(2 if is_whole else 1):
        changed = changes(SMALL[flow], seed, step)
        cases = [Malformed(what, content, good.to_bytes()) for what, content in changed]
        stand.refuse(f"{flow} data changed", flow, cases, is_chained=True)


@FLOWS
def test_a_manifest_with_any_byte_changed_lands_all_or_nothing(
    stand: Stand, flow: str, is_whole: bool, step: int
) -> None:
    good = manifest_of(stand.sender, flow, SMALL[flow])
    unreadable, others = [], []
    for seed in range(2 if is_whole else 1):
        for what, manifest in changes(good.to_bytes(), seed, step):
            case = Malformed(what, SMALL[flow], manifest)
            (unreadable if is_surely_unreadable(manifest, good) else others).append(case)
    stand.refuse(f"{flow} manifest changed", flow, unreadable)
    # What is left changes a figure, the time of the extract, or white space.
    for case in others if is_whole else others[::4]:
        stand.take(f"{flow} manifest changed", flow, case, ENCODING[flow])
