"""Two real contracts: every dollar of their pay applications is installed value of its bid item and month."""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from tests.laws.model_totals import month_end
from tests.laws.pay_applications import Contract, write
from tests.laws.scenario_tools import read_scenario

pytestmark = pytest.mark.slow

SOURCE = Path(__file__).parents[3] / "shared" / "data" / "sfdpw_pay_applications"
PAID = {"1070I": "5795886.50", "1164I": "957296.11"}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("contracts")


@pytest.fixture(scope="module", params=sorted(PAID))
def contract(request: pytest.FixtureRequest, target: Path) -> Contract:
    source = SOURCE / request.param
    if not source.is_dir():
        pytest.skip(f"foreign data are not here: {source}; this law was not checked on it")
    return write(source, target / request.param)


def paid(contract: Contract) -> dict[tuple[str, str], Decimal]:
    """What was paid by month's end and cost code, read from the contract's own file."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    with (SOURCE / contract.job / "pay_applications.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            end = month_end(contract.months[row["pay_period"]].date().isoformat())
            sums[end, contract.line_of(row["bid_item"].strip()).code] += Decimal(row["period_amount"])
    return sums


def by_month(folder: Path, measure: str) -> dict[tuple[str, str], Decimal]:
    """What the control totals rise by in a month; they are sums to date."""
    before: dict[str, Decimal] = defaultdict(Decimal)
    risen = {}
    with (folder / "control_totals.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            risen[row["period_end"], row["cost_code"]] = Decimal(row[measure]) - before[row["cost_code"]]
            before[row["cost_code"]] = Decimal(row[measure])
    return {key: amount for key, amount in risen.items() if amount}


def test_every_dollar_is_installed_in_its_month_on_its_bid_item(contract: Contract, target: Path) -> None:
    wanted = {key: amount for key, amount in paid(contract).items() if amount}
    assert sum(wanted.values()) == Decimal(PAID[contract.job])
    assert by_month(target / contract.job, "installed_value") == wanted


def test_nothing_waits_and_nothing_stays_on_hand(contract: Contract, target: Path) -> None:
    assert read_scenario(target / contract.job).valued().waiting == {}
    assert by_month(target / contract.job, "on_hand_value") == {}


def test_the_commitment_comes_to_the_contract_with_its_change_orders(contract: Contract, target: Path) -> None:
    with (SOURCE / contract.job / "contract_items.csv").open(encoding="utf-8", newline="") as file:
        wanted = sum(Decimal(row["contract_amount"]) for row in csv.DictReader(file))
    assert sum(by_month(target / contract.job, "committed_value").values()) == wanted
