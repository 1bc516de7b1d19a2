"""The whole loop of one scenario, in order, by real DAG runs: each step may be done again and then finds nothing to do.

Steps on Sage's side (import, posting, closing a month) are what a Sage user does; steps on RunBlu's side are what its
field devices do. What must not happen twice is remembered in the state; everything else is safe by the product itself.
"""

from __future__ import annotations

import itertools
import re
import time
from typing import TYPE_CHECKING

from ops.approval import Approval
from ops.databases import without_password
from ops.paths import DAGS
from ops.processes import LOOPBACK
from sage_bridge.errors import Transient

if TYPE_CHECKING:
    from ops.progress import Phase, Progress
    from ops.rest import RestApi, Run
    from ops.scenario import Scenario
    from ops.stack import Stack

RUN_SECONDS = 1800.0
AGENT_SECONDS = 300.0
# Looking for a question to a person is a call of its own.
APPROVAL_PAUSE = 1.0
PARSE_SECONDS = 180.0
# Every batch of a lane waits for the answer to the one before; more rounds than this mean that nothing moves.
ROUNDS = 200
OPERATOR = "oncall"
PREPARER = "finance"
APPROVER = "controller"
ADMINISTRATOR = "admin"
MASTER_FEEDS = "JOB,EXTRA,COSTCODE,CATEGORY,STDCODE,STDCAT,VENDOR,ITEM,COMMIT,COMITEM,COMCO,COMCOITM,JCT,JCN,PERIOD"
# With the totals Sage keeps per code: a month is tied out against totals as new as the rows.
COMMITMENT_FEEDS = "COMMIT,COMITEM,COMCO,COMCOITM"
RESULT_FEEDS = "COSTCODE,CATEGORY,JCT,JCN,PERIOD,GLT"


class Loop:
    """Runs the steps; `events_fed` counts what RunBlu has sent, for the tie-out."""

    def __init__(self, stack: Stack, scenario: Scenario, progress: Progress) -> None:
        """Take a running stack."""
        self._stack = stack
        self._scenario = scenario
        self._progress = progress
        self._company = scenario.company_id
        self._apis: dict[str, RestApi] = {}

    def run(self) -> None:
        """Run everything, from the first extract to the last closed month."""
        self.wait_for_dags(is_new_start=True)
        self.masters()
        windows = self._scenario.windows()
        self.feed(*windows[0])
        self.send()
        for period in self._scenario.months()[-2:]:
            self.reconcile(period)
            self.close(period)
            for window in windows[1:]:
                if window[0] == period:
                    self.feed(*window)
                    self.send()
        self.serve_runblu()
        self.dags("maintain__warehouse")

    def wait_for_dags(self, *, is_new_start: bool = False) -> None:
        """Wait until Airflow knows every DAG of the repository.

        `is_new_start` also ends the runs that a killed demo left: nobody works on them any more.

        Raises:
            Transient: RS-988 one cannot be imported, or does not appear; the import error is quoted.
        """
        wanted = {path.stem for path in DAGS.glob("*__*.py")}
        deadline = time.monotonic() + PARSE_SECONDS
        with self._progress.phase("read DAGs") as phase:
            missing = wanted
            while missing:
                api = self._api(ADMINISTRATOR)
                broken = api.call("GET", "/importErrors?limit=5")["import_errors"]
                if broken:
                    raise self._not_read(broken[0]["filename"], broken[0]["stack_trace"].strip().splitlines()[-1])
                missing = wanted - {dag["dag_id"] for dag in api.call("GET", "/dags?limit=100")["dags"]}
                if missing and time.monotonic() > deadline:
                    raise self._not_read(", ".join(sorted(missing)), f"not there after {PARSE_SECONDS:.0f} s")
                self._look(phase, f"waiting for {len(missing)} DAGs")
                time.sleep(0.2 if missing else 0)
            phase.count(dags=len(wanted))
            if is_new_start:
                phase.count(open_runs_ended=self._api(ADMINISTRATOR).end_open_runs())

    def masters(self) -> None:
        """Bring what Sage knows over: jobs and codes, vendors and items, commitments, posted costs."""
        self.clerk("")
        self.extract(MASTER_FEEDS)
        self.dags("sage_to_core__jobs", "sage_to_core__vendors_and_items")
        self.dags("sage_to_core__commitments")
        self.dags("sage_to_core__job_cost")

    def feed(self, after_close_of: str, start: str, stop: str) -> None:
        """Let RunBlu send the events recorded from `start` to before `stop`: the bulk as files, the last day live."""
        mark = f"fed_{after_close_of or 'first'}"
        last_day = self._scenario.last_recorded_day(stop)
        begin = ["--from-posted", start] if start else []
        end = ["--to-posted", stop] if stop else []
        if not self._stack.state.marked(mark):
            window = ["--company", self._company, "--scenario", str(self._scenario.folder)]
            # Nothing recorded before the window's end: no bulk to send as files, and the live part is empty.
            if not start and last_day:
                with self._progress.phase("RunBlu sends event files") as phase:
                    said = self._stack.sage.runblu("upload", *window, "--to-posted", last_day, *self._exchange("state"))
                    phase.count(files=_number(said))
                begin = ["--from-posted", last_day]
            with self._progress.phase("RunBlu sends events live") as phase:
                dsn, secret = without_password(self._stack.inbox_url)
                said = self._stack.sage.runblu("push", *window, *begin, *end, "--dsn", dsn, "--role", "", **secret)
                phase.count(events=_number(said))
            self._stack.state.mark(mark)
        self.dags("runblu_to_core__material_events")

    def send(self) -> None:
        """Confirm receipts, post costs, let Sage answer and post, read everything back."""
        for round_no in itertools.count(1):
            before = self._work_left()
            self.dags(*["core_to_sage__receipts"][: round_no == 1], "core_to_sage__material_costs")
            self.wait_for_agent()
            self.dags("sage_to_core__results")
            left = self._work_left()
            if not left["costs_unsent"] or left == before or round_no == ROUNDS:
                break
        self.post_and_read_back()

    def post_and_read_back(self) -> None:
        """Post in Sage what was imported, and bring the posted rows back."""
        with self._progress.phase("Sage posts entries") as phase:
            phase.count(entries=_number(self._stack.sage.sandbox("post-entries")))
        self.extract(RESULT_FEEDS)
        self.dags("sage_to_core__results", "sage_to_core__jobs", *self._ledger)
        self.dags("sage_to_core__job_cost")

    def reconcile(self, period: str) -> None:
        """Reconcile a month: prepared by one user, approved by another, adjusted, posted, read back, signed off."""
        reversed_entries = self._scenario.reversed_entries()
        entries = self._stack.fetch("recon/select_undecided_entries", company_id=self._company, period=period)
        params = {
            "company_id": self._company,
            "period": period,
            "mode": "propose",
            # The preparer has looked at what others entered in Sage: what the scenario names is reversed, the rest
            # stands; the approver sees each of them.
            "accept_entries": [entry["row_id"] for entry in entries if entry["description"] not in reversed_entries],
            "reverse_entries": [entry["row_id"] for entry in entries if entry["description"] in reversed_entries],
        }
        with self._progress.phase(f"reconcile {period}") as phase:
            api = self._api(PREPARER)
            run = api.trigger("reconcile__period", params)
            approval = Approval(self._api(APPROVER), run)

            def during(now: Run) -> None:
                self._look(phase, f"waits for {APPROVER}" if approval.is_asked else now.state)
                if approval.is_stored():
                    # The run waits until Sage shows what was approved; all of this happens meanwhile.
                    self.send_adjustments()

            api.wait(run, seconds=RUN_SECONDS, pause=APPROVAL_PAUSE, during=during)
            phase.count(approved_by=APPROVER if approval.is_given else "nobody, as it was signed off before")

    def send_adjustments(self) -> None:
        """Send what was approved, let Sage answer and post, read it back."""
        # Nothing starts by itself here; elsewhere the approval starts all of them.
        changes = ["core_to_sage__commitment_changes"][: len(self._stack.fetch("outbox/select_awaited_changes"))]
        costs = ["core_to_sage__material_costs"][: len(self._stack.fetch("outbox/select_awaited_costs"))]
        self.dags(
            "core_to_sage__adjustments", *["core_to_sage__journals"][: not self._stack.is_hosted], *changes, *costs
        )
        self.wait_for_agent()
        if self._stack.is_hosted:
            # The service brings what was sent to Sage by the time somebody asks what became of it.
            self.dags("sage_to_core__results")
        self.post_and_read_back()
        if changes:
            self.extract(COMMITMENT_FEEDS)
            self.dags("sage_to_core__commitments")

    def close(self, period: str) -> None:
        """Close a month in Sage, see that we learn of it, and do what Sage's clerk does afterwards."""
        with self._progress.phase(f"Sage closes {period}") as phase:
            said = self._stack.sage.sandbox("close-month", "--period", period)
            phase.count(months=0 if "already" in said else len(re.findall(r"\d{4}-\d{2}", said)))
        self.clerk(period)
        self.extract(RESULT_FEEDS)
        self.dags("sage_to_core__job_cost")

    def clerk(self, after: str) -> None:
        """Let Sage's clerk do what the scenario has them do by hand after a month's close ('' = before any)."""
        with self._progress.phase("Sage's clerk works") as phase:
            said = self._stack.sage.sandbox("clerk", *(["--after", after] if after else []))
            phase.count(entries=_number(said))

    def serve_runblu(self) -> None:
        """Deliver changed master data, exceptions and proposals to RunBlu, and let RunBlu take them."""
        self.dags("core_to_runblu__master_data")
        with self._progress.phase("RunBlu takes files") as phase:
            said = self._stack.sage.runblu("take", "--company", self._company, *self._exchange("out"))
            phase.count(files=_number(said.strip().splitlines()[-1]))

    def extract(self, flows: str) -> None:
        """Let the agent read Sage and put the files on the server; a hosted company is read by the DAGs themselves."""
        if self._stack.is_hosted:
            return
        with self._progress.phase("agent reads Sage") as phase:
            self._stack.sage.agent("extract", "--flows", flows)
            phase.count(feeds=flows.count(",") + 1)

    def wait_for_agent(self) -> None:
        """Wait until the agent has taken every file that lies ready for it; a hosted company has none.

        Raises:
            Transient: RS-989 it has not within five minutes; the file is named.
        """
        if self._stack.is_hosted:
            return
        folder = self._stack.state.sftp_root / self._company / "to_sage"
        deadline = time.monotonic() + AGENT_SECONDS
        with self._progress.phase("agent imports") as phase:
            while waiting := sorted(path.name for path in folder.glob("*.ok")):
                self._look(phase, waiting[0])
                if time.monotonic() > deadline:
                    raise Transient(
                        "RS-989",
                        "the agent does not take a file",
                        record=waiting[0],
                        found=f"still in {folder} after {AGENT_SECONDS:.0f} s",
                        do=f"read {self._stack.state.logs / 'agent.log'}, then run the same command again",
                    )
                time.sleep(0.1)

    def dags(self, *dag_ids: str) -> None:
        """Run DAGs beside each other, each to its end; a later one's phase begins when the one before has ended."""
        api = self._api(OPERATOR)
        for run in [api.trigger(dag_id) for dag_id in dag_ids]:
            self._wait(api, run)

    @property
    def _ledger(self) -> list[str]:
        """The general ledger is read as files only."""
        return ["sage_to_core__ledger"][: not self._stack.is_hosted]

    def _wait(self, api: RestApi, run: Run) -> None:
        with self._progress.phase(run.dag_id) as phase:
            api.wait(run, seconds=RUN_SECONDS, during=lambda now: self._look(phase, now.state))

    def _work_left(self) -> dict[str, int]:
        return self._stack.fetch("outbox/select_work_left", company_id=self._company)[0]

    def _look(self, phase: Phase, doing: str) -> None:
        phase.say(doing)
        self._stack.require_alive()

    def _exchange(self, folder_option: str) -> list[str]:
        keys = self._stack.keys
        folder = self._stack.state.folder / "runblu" / folder_option
        return [
            "--host", LOOPBACK, "--port", str(self._stack.sftp_port), "--user", "runblu",
            "--key-file", str(keys.key_file("runblu")), "--host-key", keys.host_key, f"--{folder_option}", str(folder),
        ]  # fmt: skip

    def _api(self, user: str) -> RestApi:
        if user not in self._apis:
            self._apis[user] = self._stack.api(user)
        return self._apis[user]

    def _not_read(self, record: str, found: str) -> Transient:
        return Transient(
            "RS-988",
            "a DAG cannot be read",
            record=record,
            found=found,
            do="repair the file; Airflow reads it again by itself",
        )


def _number(said: str) -> int:
    """Give the first number of what a command printed; 0 when there is none."""
    found = re.search(r"\d+", said)
    return int(found.group()) if found else 0
