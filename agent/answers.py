"""The agent's answers: the technical acknowledgement, and the result of every line.

An acknowledgement says that these bytes were received and guarded (or refused, and why); a result
says which lines are in Sage. Neither says posted: that is read back from Sage's transactions.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from agent.evidence import NO_CODE, Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.layouts import Line
    from agent.transport import Digest
    from sage_bridge.transfers import FileName

FORMAT = 1
RESULT_HEADER = ("line", "reference", "result", "code", "message")
ACCEPTED, REJECTED = "ACCEPTED", "REJECTED"
_NO_MESSAGE = Message(NO_CODE, "rejected by Sage's import; the print file gives no reason")


def acknowledgement(
    name: FileName, digest: Digest, rows: int, *, importer: str, received_at: str, reason: str = ""
) -> bytes:
    """Give the `.ack.json` of a file; a reason makes it a refusal. `digest` is what came, not what was announced."""
    document = {
        "format": FORMAT,
        "file": str(name),
        "flow": name.flow,
        "company": name.company,
        "environment": name.environment,
        "seq": name.seq,
        "rev": name.rev,
        "sha256": digest.sha256,
        "bytes": digest.size,
        "rows": rows,
        "importer": importer,
        "received_at": received_at,
        "status": "refused" if reason else "received",
        "reason": reason,
    }
    return (json.dumps(document, ensure_ascii=False, sort_keys=True) + "\n").encode()


def results(lines: Iterable[Line], rejects: frozenset[int], reasons: Mapping[int, Message]) -> bytes:
    """Give the `.res.csv` of a file: one row per data line, in the file's order (UTF-8, LF)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(RESULT_HEADER)
    for line in lines:
        if line.number in rejects:
            reason = reasons.get(line.number, _NO_MESSAGE)
            writer.writerow((line.number, line.reference, REJECTED, reason.code, reason.text))
        else:
            writer.writerow((line.number, line.reference, ACCEPTED, "", ""))
    return buffer.getvalue().encode()
