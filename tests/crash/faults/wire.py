"""A wire between a client and a server that a test can cut, watch and count: plain TCP, real parties at both ends."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ops.processes import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BLOCK = 65_536
_LENGTH = struct.Struct("!I")

Cut = Literal["request lost", "reply lost"]


@dataclass
class Wire:
    """A proxy in front of one TCP server; `watch` makes the handler of each new connection."""

    host: str
    port: int
    watch: Callable[[], Relay]
    listener: socket.socket = field(default_factory=lambda: socket.create_server((LOOPBACK, 0)))

    @property
    def own_port(self) -> int:
        """Give the port that clients connect to."""
        return int(self.listener.getsockname()[1])

    def serve(self) -> None:
        """Relay connections until the listener is closed."""
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection((self.host, self.port), timeout=20)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        for end in (client, server):
            # A client's messages go on one by one; held back for the last one's receipt, each would take 40 ms.
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        relay = self.watch()
        relay.client, relay.server = client, server
        back = threading.Thread(target=relay.run_down, daemon=True)
        back.start()
        relay.run_up()
        back.join(timeout=20)


class Relay:
    """One connection: bytes go up to the server and down to the client; subclasses look at them on the way."""

    client: socket.socket
    server: socket.socket

    def up(self, data: bytes) -> None:
        """Take bytes of the client."""
        self.server.sendall(data)

    def down(self, data: bytes) -> None:
        """Take bytes of the server."""
        self.client.sendall(data)

    def run_up(self) -> None:
        """Carry the client's bytes until either side ends."""
        self._run(self.client, self.up)

    def run_down(self) -> None:
        """Carry the server's bytes until either side ends."""
        self._run(self.server, self.down)

    def _run(self, source: socket.socket, take: Callable[[bytes], None]) -> None:
        with suppress(OSError):
            while data := source.recv(_BLOCK):
                take(data)
        self.cut()

    def cut(self) -> None:
        """End the connection for both sides at once."""
        for end in (self.client, self.server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def wire(host: str, port: int, watch: Callable[[], Relay] = Relay) -> Iterator[Wire]:
    """Put a wire in front of a server for as long as the block runs."""
    made = Wire(host, port, watch)
    threading.Thread(target=made.serve, daemon=True).start()
    try:
        yield made
    finally:
        with suppress(OSError):
            made.listener.shutdown(socket.SHUT_RDWR)
        made.listener.close()


@dataclass
class Plan:
    """What happens at which statement of a Postgres session.

    `at` counts from 1 the statements of `kind`: every commit, or every statement there is. `cut` ends the connection
    there, before the server sees it ("request lost") or after it has answered and before the client knows
    ("reply lost"); `act` is called before the statement goes on its way.
    """

    kind: Literal["commit", "statement"] = "commit"
    at: int = 0
    cut: Cut | None = None
    act: Callable[[], None] | None = None
    seen: int = 0
    is_done: bool = False

    def relay(self) -> PostgresRelay:
        """Give the handler of a new connection."""
        return PostgresRelay(self)


class PostgresRelay(Relay):
    """Reads the frontend's messages (protocol 3, no TLS) and follows the plan."""

    def __init__(self, plan: Plan) -> None:
        """Begin a connection."""
        self._plan = plan
        self._held = b""
        self._has_started = False
        self._is_last = False
        self._answered = threading.Event()
        self._tail = b""

    def up(self, data: bytes) -> None:
        """Take bytes of the client, message by message."""
        self._held += data
        while message := self._next():
            if self._counts(message):
                self._plan.seen += 1
                if self._plan.seen == self._plan.at and not self._plan.is_done:
                    self._plan.is_done = True
                    if self._plan.cut == "request lost":
                        self.cut()
                        return
                    if self._plan.act is not None:
                        self._plan.act()
                    self._is_last = self._plan.cut == "reply lost"
            self.server.sendall(message)
        if self._is_last and not self._held:
            self._answered.wait(timeout=20)
            self.cut()

    def down(self, data: bytes) -> None:
        """Take bytes of the server; the last answer is read to its end and kept back."""
        if not self._is_last:
            super().down(data)
            return
        # ReadyForQuery is `Z`, its length 5 and one byte of state; nothing follows it before the next request.
        self._tail = (self._tail + data)[-6:]
        if self._tail[:5] == b"Z\x00\x00\x00\x05":
            self._answered.set()

    def _next(self) -> bytes:
        head = 1 if self._has_started else 0
        if len(self._held) < head + 4:
            return b""
        length = head + int(_LENGTH.unpack_from(self._held, head)[0])
        if len(self._held) < length:
            return b""
        message, self._held = self._held[:length], self._held[length:]
        self._has_started = True
        return message

    def _counts(self, message: bytes) -> bool:
        kind = message[:1]
        if self._plan.kind == "statement":
            return kind in {b"Q", b"E"}
        words = message[5:]
        if kind == b"P":
            _, _, words = words.partition(b"\x00")
        return kind in {b"Q", b"P"} and words.partition(b"\x00")[0].strip().upper() == b"COMMIT"


class CountingRelay(Relay):
    """Calls `act` once, as soon as so many bytes have gone one way."""

    def __init__(self, way: Literal["up", "down"], limit: int, act: Callable[[], None]) -> None:
        """Wait for `limit` bytes on their `way`."""
        self._way, self._limit, self._act = way, limit, act
        self._count = 0

    def up(self, data: bytes) -> None:
        """Take bytes of the client."""
        self._count_in("up", data)
        super().up(data)

    def down(self, data: bytes) -> None:
        """Take bytes of the server."""
        self._count_in("down", data)
        super().down(data)

    def _count_in(self, way: str, data: bytes) -> None:
        if way != self._way:
            return
        before, self._count = self._count, self._count + len(data)
        if before < self._limit <= self._count:
            self._act()
