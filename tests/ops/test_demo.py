"""The whole loop on the product's own scenario, once, and what it leaves behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ops.postgres import Server
from ops.processes import free_port
from sage_hooks.warehouse import connect
from tests.docs.worked_queries import ask, questions
from tests.ops.books import off_from_agreed
from tests.ops.demo_runs import Demo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(900)
# Of the quick tiers; the rest looks at the same state later, as do the files that go on from it.
quick = pytest.mark.demo


def slow(test: Callable[..., None]) -> Callable[..., None]:
    return pytest.mark.slow(pytest.mark.stack(test))


MARTS = {
    *("job_cost_by_period", "commitment_position", "material_event", "cost_posting", "receiving_confirmation"),
    *("period_variance", "sage_difference", "adjustment", "open_exception", "transfer", "audit_chain"),
    "exception_backlog",
}


@pytest.fixture(scope="module")
def demo(demo_var: Path) -> Iterator[Demo]:
    made = Demo(demo_var).at_its_end()
    yield made
    made.kill_all()


# The tests of this module are one story and run in this order on one state.


@quick
def test_every_law_holds(demo: Demo) -> None:
    verdict = json.loads((demo.folder / "tie_out.json").read_text(encoding="utf-8"))
    assert sorted(verdict["laws"]) == [f"L{number}" for number in range(1, 10)]
    assert [name for name, law in verdict["laws"].items() if not law["holds"]] == []
    assert verdict["totals"]["amount_in_flight"] == "0.00"


@quick
def test_everything_promised_is_left_behind(demo: Demo) -> None:
    assert {path.stem for path in (demo.folder / "mart").glob("*.csv")} >= MARTS
    company = demo.scenario.company_id
    for period in demo.scenario.months()[-2:]:
        assert (demo.folder / f"evidence_{company}_{period}.zip").is_file()
    assert (demo.folder / "warehouse.dsn").stat().st_mode & 0o077 == 0
    timings = json.loads((demo.folder / "timings.json").read_text(encoding="utf-8"))
    assert timings["seconds"] >= max(phase["seconds"] for phase in timings["phases"])


@quick
def test_the_mart_agrees_with_the_oracle_at_every_month_s_end(demo: Demo) -> None:
    assert demo.off_from_oracle() == []


@quick
def test_the_books_are_the_agreed_ones(demo: Demo) -> None:
    assert off_from_agreed(demo.folder) == []


@quick
def test_an_analyst_s_questions_have_the_answers_of_the_page(demo: Demo) -> None:
    server = Server(demo.folder / "postgres")
    try:
        with connect(f"{server.start()} dbname=warehouse") as connection:
            answers = {question.title: ask(connection, question.query) for question in questions()}
    finally:
        server.stop()
    assert answers == {question.title: question.answer for question in questions()}


@quick
def test_no_reference_stands_twice_in_sage(demo: Demo) -> None:
    references = [row["Ref_1"] for row in demo.rows("sage/JCT_CURRENT__TRANSACTION.csv") if row["Ref_1"]]
    assert references
    assert len(references) == len(set(references))
    assert demo.rows("sage/JCT_NEW__TRANSACTION.csv") == []


@slow
def test_a_second_run_sends_nothing_new(demo: Demo) -> None:
    before = {name: demo.rows(name) for name in ("sage/JCT_CURRENT__TRANSACTION.csv", "mart/cost_posting.csv")}
    sent = sorted(path.name for path in (demo.folder / "sftp").rglob("DC_*"))
    assert demo.run(SAGE_BRIDGE_PORT=str(free_port())) == 0, demo.said()
    assert {name: demo.rows(name) for name in before} == before
    assert sorted(path.name for path in (demo.folder / "sftp").rglob("DC_*")) == sent
    assert demo.processes() == []


@slow
def test_other_content_under_the_same_name_is_refused(demo: Demo, tmp_path: Path) -> None:
    import shutil

    other = tmp_path / demo.scenario.name
    shutil.copytree(demo.scenario.folder, other)
    with (other / "jobs.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    done = demo.told(other)
    assert done.returncode == 1
    assert "RS-184 the name demo_small is taken by a scenario with other content" in done.stderr
