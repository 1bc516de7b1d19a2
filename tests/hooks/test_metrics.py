"""Figures of the flows reach an observer over OpenTelemetry; the panels of the dashboard ask what the warehouse has."""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from ops.paths import REPOSITORY
from ops.processes import LOOPBACK, python_environment
from sage_hooks.warehouse import fetch_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

DASHBOARD = REPOSITORY / "include" / "grafana" / "sage_bridge.json"
TIME_FILTER = re.compile(r"\$__timeFilter\((\w+)\)")
PUBLISH = """
from airflow import settings  # sets up the metrics as every task process does
from sage_hooks import metrics
from sage_hooks.warehouse import connect
import sys
with connect(sys.argv[1]) as connection:
    print(metrics.publish(connection))
"""


class Collector:
    """An OpenTelemetry collector's entrance: keeps the gauges it is sent, by name and tags."""

    def __init__(self) -> None:
        self.gauges: dict[tuple[str, str, str], float] = {}
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner.take(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *words: object) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer((LOOPBACK, 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, content: bytes) -> None:
        request = ExportMetricsServiceRequest.FromString(content)
        for resource in request.resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.gauge.data_points:
                        tags = {one.key: one.value.string_value for one in point.attributes}
                        key = (metric.name, tags.get("company", ""), tags.get("subject", ""))
                        # Ages and counts, as the protocol carries them.
                        self.gauges[key] = point.as_double or float(point.as_int)


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_what_waits_is_seen_outside(
    warehouse: Connection, warehouse_dsn: str, company: str, collector: Collector, tmp_path: Path
) -> None:
    warehouse.execute(
        "insert into ledger.event_inbox (company_id, event_id, document, inserted_at) "
        "values (%s, 'E1', '{}', current_timestamp - interval '2 hours')",
        (company,),
    )
    warehouse.commit()
    environment = python_environment(
        AIRFLOW_HOME=str(tmp_path),
        AIRFLOW__METRICS__OTEL_ON="True",
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{LOOPBACK}:{collector.server.server_port}",
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        OTEL_METRIC_EXPORT_INTERVAL="500",
        PATH=os.environ["PATH"],
    )
    done = subprocess.run(
        [sys.executable, "-c", PUBLISH, warehouse_dsn], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    wanted = fetch_file(warehouse, "audit/select_metrics")
    assert int(done.stdout.split()[-1]) == len(wanted) > 20
    found = {name.removeprefix("airflow.sage_bridge."): value for (name, *_), value in collector.gauges.items()}
    assert set(found) >= {row["metric"] for row in wanted}
    waits = collector.gauges["airflow.sage_bridge.flow.waiting_seconds", company, "material_events"]
    assert 7200 <= waits < 7300
    assert collector.gauges["airflow.sage_bridge.flow.late", company, "material_events"] == 1


def test_an_analyst_may_ask_every_panel(warehouse: Connection, company: str) -> None:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    panels = [panel for panel in dashboard["panels"] if "targets" in panel]
    assert len(panels) >= 8
    warehouse.execute("set role analyst")
    for panel in panels:
        (target,) = panel["targets"]
        query = TIME_FILTER.sub(r"\1 > current_date - 7", target["rawSql"].replace("$company", company))
        columns = [column.name for column in warehouse.execute(query.encode()).description or ()]
        assert columns, panel["title"]
        assert (panel["type"] == "timeseries") == (columns[0] == "time"), panel["title"]
