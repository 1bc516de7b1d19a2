"""Running the hosted service on a loopback port until the process is told to end."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import uvicorn

from sandbox.api.cloud import Cloud
from sandbox.api.server import Secrets, Service

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LOOPBACK = "127.0.0.1"


def serve(
    data: Path, known: Secrets, *, port: int, ready: Path | None, page_size: int, lacks: Iterable[str] = ()
) -> None:
    """Serve a company folder; `ready` gets the port as soon as callers are heard, `lacks` names what is not served.

    Raises:
        SandboxError: there is no company folder at `data`.
        OSError: the port is taken.
    """
    cloud = Cloud(data, page_size)
    try:
        with socket.create_server((LOOPBACK, port)) as listening:
            if ready is not None:
                part = ready.with_name(f".{ready.name}.{os.getpid()}")
                part.write_text(str(listening.getsockname()[1]), encoding="ascii")
                part.replace(ready)
            config = uvicorn.Config(Service(cloud, known, lacks).app, log_level="warning", access_log=False)
            uvicorn.Server(config).run([listening])
    finally:
        cloud.close()
