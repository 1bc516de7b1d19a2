"""The validation step alone, on an extract that is staged: the product's gate, one statement by hand, stock GX."""

from __future__ import annotations

import json
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from bench import data
from bench.goals import Goal
from bench.place import COMPANY
from bench.staging import context, stage
from bench.timing import PRODUCT, Case, Result, require
from sage_hooks import inbound_gate
from sage_hooks.inbound_landing import judge_staged
from sage_hooks.sql_files import SQL_DIR

if TYPE_CHECKING:
    from bench.place import Place

# What is broken on purpose: both ways must find the same.
BREAKS = (
    """update staged set "Amount" = '12,5' where row_no = 7""",
    """update staged set "Job" = 'J9999' where row_no = 9""",
    """update staged set "Description" = repeat('x', 31) where row_no = 11""",
    """update staged set "Row_ID" = (select "Row_ID" from staged where row_no = 15) where row_no = 13""",
)
REFERENCES = {"JCT.job_known": 1, "JCT.cost_code_known": 1, "JCT.category_known": 1}
BROKEN = {"JCT.Amount.form": 1, "JCT.Description.length": 1, "JCT.key.unique": 2, **REFERENCES}
ABOUT_FILES = frozenset({"JCT_control_totals", "JCT_quarantine_share"})


class ValidationCase(Case):
    """All checks of the suite with result and failing rows kept; beside counts by hand and stock Great Expectations."""

    name = "validation"
    title = "validation step alone"
    ways: ClassVar[dict[str, str]] = {
        PRODUCT: "one set-based statement, Great Expectations judges its counts; result and failing rows kept",
        "by_hand": "one SQL statement by hand on the same table: counts only",
        "parallel": "the same statement on an ordinary table, with a parallel worker",
        "stock_gx": "stock Great Expectations, the same suite over SQL, without references and control totals",
    }
    once = frozenset({"stock_gx"})

    def __init__(self, place: Place, rows: int) -> None:
        """Stage an extract with four broken rows, for the product and as a table that others may see."""
        super().__init__(place, rows)
        inbound_gate.judge(inbound_gate.suite("JCT"), {}, 0)
        place.make("round", "plain")
        folder = place.root / COMPANY / "from_sage"
        self.manifest = data.write_transactions(folder, 1, "", rows)
        self.connection = place.connect("round")
        data.store_codes(self.connection)
        stage(self.connection, place, max(folder.glob("JCT_*.csv")), self.manifest)
        for one in BREAKS:
            self.connection.execute(one.encode())
        self.connection.execute("create schema stock")
        self.connection.execute("create table stock.staged as table staged")
        self.connection.execute("create temporary table kept on commit preserve rows as table staged")
        self.connection.commit()
        self.connection.execute("analyze stock.staged")
        self.connection.execute("alter table kept rename to staged")
        self.connection.execute("create temporary table staged_violation (row_no bigint, rule text, found text)")
        self.connection.execute("create temporary table staged_quarantine (row_no bigint)")
        self.connection.commit()

    def prepare(self, way: str) -> None:
        """Undo what the round before left."""
        self.connection.rollback()
        self.connection.execute("set local search_path to stock, public" if way == "parallel" else "select 1")

    def run(self, way: str) -> int:
        """Check; gives the rows looked at."""
        if way == "stock_gx":
            return self._stock()
        if way == PRODUCT:
            suite = inbound_gate.suite("JCT")
            judged = judge_staged(
                self.connection, suite, self.manifest, context(self.manifest), may_hold_controls=False
            )
            found = dict(judged.counts)
        else:
            text = (data.SQL / "check_transactions.sql").read_text(encoding="utf-8")
            if way == "parallel":
                text = text.replace("from staged", "from stock.staged")
            found = dict(self.connection.execute(text.encode(), {"company_id": COMPANY}).fetchone() or {})
        # Columns of the statement by hand are named like the rules, as far as names of columns can be.
        broken = {rule.replace(".", "_"): count for rule, count in found.items() if count and rule.startswith("JCT")}
        kept = {rule: count for rule, count in broken.items() if rule not in ABOUT_FILES}
        require(len(kept.items() ^ {rule.replace(".", "_"): count for rule, count in BROKEN.items()}.items()), 0)
        return self.rows

    def _stock(self) -> int:
        failed = {one.expectation_config.meta["rule"] for one in _stock_results(self.place) if not one.success}
        require(len(failed ^ (BROKEN.keys() - REFERENCES.keys())), 0)
        return self.rows

    def close(self) -> None:
        """Let go of the staged rows."""
        self.connection.close()

    def goals(self, result: Result) -> list[Goal]:
        """Give both ratios as times."""
        return [
            Goal("time beside the statement by hand", 1 / result.ratio("by_hand"), at_most=1.3, unit="x"),
            Goal("faster than stock Great Expectations", result.ratio("stock_gx"), at_least=3, unit="x"),
        ]


def _stock_results(place: Place) -> list[Any]:
    gx = import_module("great_expectations")
    document = json.loads((SQL_DIR.parent / "expectations" / "JCT.json").read_text(encoding="utf-8"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = gx.get_context(mode="ephemeral")
        session.variables.progress_bars = {"globally": False}
        source = session.data_sources.add_sql("stock", connection_string=place.url("round", "postgresql+psycopg2"))
        asset = source.add_table_asset("staged", table_name="staged", schema_name="stock")
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        wanted = [
            one for one in document["expectations"] if one["type"] != "expect_table_columns_to_match_ordered_list"
        ]
        suite = gx.ExpectationSuite(name="stock", expectations=[_named(one) for one in wanted])
        return list(batch.validate(suite).results)


def _named(one: dict[str, Any]) -> dict[str, Any]:
    # It cannot judge dates over SQL; a regular expression is what its users write instead.
    if one["type"] == "expect_column_values_to_match_strftime_format":
        kwargs = {"column": one["kwargs"]["column"], "regex": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
        return {**one, "type": "expect_column_values_to_match_regex", "kwargs": kwargs}
    return one
