"""Airflow's REST API as the conductor needs it: start runs, wait for them, answer questions to people, read logs."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from sage_bridge.errors import BrokenLaw, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# A look of its own costs the api-server 40 ms of processor, one in a stream of looks a tenth of it.
LEAST_PAUSE = 0.2
LOG_LINES = 15
# Levels of log lines that tell of trouble; Airflow's own talk is below them.
TROUBLE = frozenset({"warning", "error", "critical"})
# An answer within a few seconds after the question meets a race of Airflow 3.3 that fails the task (issue 72716).
ANSWER_DELAY_SECONDS = 5.0
# A server that is started again needs a while until it answers.
SECONDS_WITHOUT_ANSWER = 120.0
CONFLICT = 409
FINAL = frozenset({"success", "failed"})


@dataclass(frozen=True, slots=True)
class Run:
    """A DAG run."""

    dag_id: str
    run_id: str
    state: str

    @property
    def path(self) -> str:
        """Give the resource of the run."""
        return f"/dags/{quote(self.dag_id)}/dagRuns/{quote(self.run_id, safe='')}"


class RestApi:
    """One user's view of the API; logs in at the first call."""

    def __init__(self, url: str, user: str, password: str, while_away: Callable[[], None] | None = None) -> None:
        """Name the server and the user; nothing is called yet.

        `while_away` is called between tries while the server does not answer, and may raise what explains it; without
        it a server that does not answer is an error at once.
        """
        self._url = url
        self._while_away = while_away
        self._user = user
        self._password = password
        self._token = ""

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Call a resource below /api/v2 and give its JSON.

        Raises:
            Transient: RS-985 the server answers with an error, or not at all for two minutes.
        """
        if not self._token:
            self._token = self._send("POST", "/auth/token", {"username": self._user, "password": self._password})[
                "access_token"
            ]
        return self._send(method, f"/api/v2{path}", body)

    def trigger(self, dag_id: str, conf: Mapping[str, object] | None = None) -> Run:
        """Start a run with `conf` as its params; its id is ours: asked again after an outage, it is no second run."""
        run_id = f"conductor__{uuid.uuid4()}"
        content = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf or {})}
        self.call("POST", f"/dags/{quote(dag_id)}/dagRuns", content)
        return Run(dag_id, run_id, "queued")

    def run(self, run: Run) -> Run:
        """Give the run as it stands now."""
        return Run(run.dag_id, run.run_id, self.call("GET", run.path)["state"])

    def wait(
        self,
        run: Run,
        *,
        seconds: float,
        pause: float = LEAST_PAUSE,
        during: Callable[[Run], None] | None = None,
    ) -> Run:
        """Wait for the end of a run, looked at every `pause` seconds; `during` is called at every look.

        Raises:
            BrokenLaw: RS-481 the run failed; the failed task and the last lines of its log are quoted.
            Transient: RS-986 the run has not ended in time.
        """
        deadline = time.monotonic() + seconds
        for now in self._looks(run, pause):
            if now.state == "failed":
                raise BrokenLaw(
                    "RS-481",
                    f"the run of {run.dag_id} failed",
                    record=run.run_id,
                    found=self.failure(run),
                    do="repair the cause named in the log, then run the same command again",
                )
            if now.state in FINAL:
                return now
            if during is not None:
                during(now)
            if time.monotonic() > deadline:
                break
        raise Transient(
            "RS-986",
            f"the run of {run.dag_id} has not ended within {seconds:.0f} s",
            record=run.run_id,
            found=", ".join(f"{task['task_id']} {task['state']}" for task in self.tasks(run)),
            do="look at the run in the UI, then run the same command again",
        )

    def _looks(self, run: Run, pause: float) -> Iterator[Run]:
        """Give the run again and again, until its end, as one answer that Airflow writes to at every look.

        An answer that breaks off, because the server went away, is asked for again.
        """
        while True:
            # Asked in the common way first: it logs in, waits for a server that is away, and names what is wrong.
            now = self.run(run)
            yield now
            if now.state in FINAL:
                return
            with (
                suppress(OSError, ValueError, http.client.HTTPException),
                self._open("GET", f"/api/v2{run.path}/wait?interval={pause}") as lines,
            ):
                for line in lines:
                    yield Run(run.dag_id, run.run_id, json.loads(line)["state"])
            time.sleep(pause)

    def end_open_runs(self) -> int:
        """Mark every run that is queued or running as failed; gives their number.

        For runs that a killed conductor left: nobody works on them, and they would keep new runs of their DAG waiting.
        """
        found = self.call("GET", "/dags/~/dagRuns?state=queued&state=running&limit=100")["dag_runs"]
        for left in found:
            self.call("PATCH", Run(left["dag_id"], left["dag_run_id"], left["state"]).path, {"state": "failed"})
        return len(found)

    def tasks(self, run: Run, state: str = "") -> list[dict[str, Any]]:
        """Give the task instances of a run, of one state or all."""
        query = {"limit": "100", **({"state": state} if state else {})}
        found: list[dict[str, Any]] = self.call("GET", f"{run.path}/taskInstances?{urlencode(query)}")["task_instances"]
        return found

    def failure(self, run: Run) -> str:
        """Describe why a run failed: its failed tasks, and the last lines of the first one's log."""
        failed = self.tasks(run, "failed")
        if not failed:
            return "no failed task; see the log of the dag-processor"
        names = ", ".join(_name(task) for task in failed)
        return f"{names}\n" + "\n".join(f"    {line}" for line in self.log_lines(run, failed[0]))

    def log_lines(self, run: Run, task: Mapping[str, Any]) -> list[str]:
        """Give what went wrong in a task's last try; the last lines of its log where no line says so."""
        path = f"{run.path}/taskInstances/{quote(task['task_id'])}/logs/{task['try_number']}"
        try:
            content = self.call("GET", f"{path}?{urlencode({'map_index': task['map_index'], 'full_content': 'true'})}")[
                "content"
            ]
        except Transient as error:
            return [str(error)]
        if not isinstance(content, list):
            return [line for line in str(content).splitlines() if line][-LOG_LINES:]
        troubles = [entry for entry in content if entry.get("level") in TROUBLE]
        return [line for line in map(_line, troubles or content) if line][-LOG_LINES:]

    def questions(self, run: Run) -> list[dict[str, Any]]:
        """Give the questions of a run that wait for a person."""
        found: list[dict[str, Any]] = self.call(
            "GET", f"{run.path}/hitlDetails?{urlencode({'response_received': 'false'})}"
        )["hitl_details"]
        return found

    def answer(self, run: Run, task: Mapping[str, Any], option: str, params: Mapping[str, object]) -> None:
        """Answer a question as this user."""
        path = f"{run.path}/taskInstances/{quote(task['task_id'])}/{task['map_index']}/hitlDetails"
        self.call("PATCH", path, {"chosen_options": [option], "params_input": dict(params)})

    def _send(self, method: str, path: str, body: Mapping[str, object] | None) -> dict[str, Any]:
        # Every call may be repeated: what was done before the answer got lost is refused as a conflict the second time.
        deadline = time.monotonic() + SECONDS_WITHOUT_ANSWER
        is_repeated = False
        while True:
            try:
                with self._open(method, path, body) as answer:
                    return dict(json.load(answer) or {})
            except urllib.error.HTTPError as error:
                if is_repeated and error.code == CONFLICT:
                    return {}
                raise self._refused(
                    method, path, f"{error.code} {error.read().decode(errors='replace')[:500]}"
                ) from error
            except (OSError, ValueError, http.client.HTTPException) as error:
                if self._while_away is None or time.monotonic() > deadline:
                    raise self._refused(method, path, str(error)) from error
                self._while_away()
                is_repeated = True
                time.sleep(1)

    def _open(self, method: str, path: str, body: Mapping[str, object] | None = None) -> http.client.HTTPResponse:
        request = urllib.request.Request(  # noqa: S310 - our own http address
            f"{self._url}{path}", method=method, data=None if body is None else json.dumps(body).encode()
        )
        request.add_header("Content-Type", "application/json")
        request.add_header("Accept", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=60)  # noqa: S310 - our own http address
        return answer

    def _refused(self, method: str, path: str, found: str) -> Transient:
        return Transient(
            "RS-985",
            "Airflow's API did not do what was asked",
            record=f"{self._user}: {method} {path.split('?', maxsplit=1)[0]}",
            found=found,
            do="read the log airflow-api-server.log, then run the same command again",
        )


def _line(entry: Mapping[str, Any]) -> str:
    event = str(entry.get("event", ""))
    if event.startswith("::"):
        return ""
    details = entry.get("error_detail") or []
    errors = [f"{detail.get('exc_type')}: {detail.get('exc_value')}" for detail in details if isinstance(detail, dict)]
    return " ".join([event, *errors])


def _name(task: Mapping[str, Any]) -> str:
    """Give the name of a task, with its number where it is one of several."""
    number = task["map_index"]
    return str(task["task_id"]) if number < 0 else f"{task['task_id']}[{number}]"
