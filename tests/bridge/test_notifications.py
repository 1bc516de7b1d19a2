"""Within what time a run has to end, and the sentence that tells that it has not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sage_bridge.errors import BadConfig
from sage_bridge.notifications import DEADLINES, late_run, read_deadlines


@pytest.mark.parametrize("content", [None, [], {"notifiers": []}, {"deadlines": None}])
def test_a_file_that_says_nothing_leaves_the_deadlines_agreed(content: object) -> None:
    assert read_deadlines(content, "file") == DEADLINES


@pytest.mark.parametrize(
    ("words", "within"),
    [("90 minutes", timedelta(minutes=90)), ("1 hours", timedelta(hours=1)), ("60 days", timedelta(days=60))],
)
def test_a_deadline_is_words(words: str, within: timedelta) -> None:
    found = read_deadlines({"deadlines": {"reconcile__period": words}}, "file")
    assert found == DEADLINES | {"reconcile__period": within}


@pytest.mark.parametrize(
    ("deadlines", "place"),
    [
        ([], "deadlines"),
        ({"check__laws": "1 hours"}, "deadlines"),
        *(({"reconcile__job": words}, "deadlines, reconcile__job") for words in ("0 days", "61 days", "soon", 3, None)),
    ],
)
def test_a_wrong_deadline_is_refused_with_the_place(deadlines: object, place: str) -> None:
    with pytest.raises(BadConfig, match=f"RS-138 .*file, {place}"):
        read_deadlines({"deadlines": deadlines}, "file")


@pytest.mark.parametrize(
    ("conf", "about"),
    [
        (None, "all companies"),
        ({"company_id": None}, "all companies"),
        ({"company_id": "AW", "period": "2026-01", "mode": "propose"}, "AW, 2026-01"),
        ({"company_id": "AW", "job": "26-101"}, "AW, 26-101"),
    ],
)
def test_a_late_run_is_a_sentence(conf: object, about: str) -> None:
    run = {"dag_id": "reconcile__x", "dag_run_id": "r1", "run_after": "2026-01-31T18:00:30Z", "conf": conf}
    assert late_run(run, datetime(2026, 2, 3, 18, 0, 30, tzinfo=UTC), "https://airflow.example.com/dags/x") == (
        f"reconcile__x ({about}) is late: its run r1, due since 2026-01-31 18:00 UTC, should have ended by "
        "2026-02-03 18:00 UTC. See which task it waits for: "
        "https://airflow.example.com/dags/x. What to do: docs/runbooks/late-run.md."
    )
