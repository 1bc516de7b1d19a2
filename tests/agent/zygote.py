"""Runs agents that kill themselves: one warm interpreter that forks per run, since starting Python takes longer.

Reads one JSON request per line: `config`, and `kill_at` (the number of the step after which the agent is killed, 0 =
never). Answers with one JSON line: the exit status and the names of the steps passed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path

from agent import logs
from agent.config import load
from agent.loop import Agent

RUN_SECONDS = 60


def child(request: dict[str, object], pipe: int) -> None:
    steps: list[str] = []

    def at(step: str) -> None:
        steps.append(step)
        os.write(pipe, f"{step}\n".encode())
        if len(steps) == request["kill_at"]:
            os.kill(os.getpid(), signal.SIGKILL)

    signal.alarm(RUN_SECONDS)
    logs.configure()
    with Agent(load(Path(str(request["config"]))), at=at) as agent:
        agent.once()
        status = 1 if agent.failures or agent.importer.waits_for_a_person() else 0
    os._exit(status)


def main() -> None:
    for line in sys.stdin:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            try:
                child(json.loads(line), writing)
            except BaseException:  # noqa: BLE001 - a forked child must not go on as its parent
                traceback.print_exc()
            os._exit(70)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            steps = pipe.read().split()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(json.dumps({"status": os.waitstatus_to_exitcode(status), "steps": steps}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
