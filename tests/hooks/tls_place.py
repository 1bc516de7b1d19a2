"""Certificates made for a test, a TLS front for a Postgres built without it, and a service over https."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socketserver import BaseRequestHandler, TCPServer, ThreadingTCPServer
from typing import TYPE_CHECKING, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


@dataclass(frozen=True)
class Authority:
    """An authority with its certificate in `file`; `server` gives the terms of a server it vouches for."""

    file: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, folder: Path, name: str) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _signed(name, key, name, key, x509.BasicConstraints(ca=True, path_length=0))
        file = folder / f"{name}.pem"
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(file, key, certificate)

    def server(self, host: str, days: int = 30) -> ssl.SSLContext:
        """Give the terms of a server whose certificate names `host`, good for so many days from today."""
        key = ec.generate_private_key(ec.SECP256R1())
        is_address = host.replace(".", "").isdigit()
        named = x509.IPAddress(ip_address(host)) if is_address else x509.DNSName(host)
        extension = x509.SubjectAlternativeName([named])
        certificate = _signed(host, key, self.file.stem, self.key, extension, days)
        file = self.file.with_name(f"{self.file.stem}-{host}-{days}.pem")
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        terms = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        terms.load_cert_chain(file)
        return terms


def _signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by: str,
    by_key: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
    days: int = 30,
) -> x509.Certificate:
    def called(who: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, who)])

    now = datetime.now(UTC)
    made = x509.CertificateBuilder(called(by), called(name), key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=60)).not_valid_after(now + timedelta(days=days))
    return made.add_extension(extension, critical=False).sign(by_key, hashes.SHA256())


class _Front(BaseRequestHandler):
    """Answers the request for TLS as Postgres does, then hands everything through."""

    def handle(self) -> None:
        server, client = self.server, self.request
        assert isinstance(server, _FrontServer)
        with suppress(OSError):
            first = client.recv(len(SSL_REQUEST))
            if first == SSL_REQUEST:
                first = b""
                client.sendall(b"S" if server.terms else b"N")
                client = server.terms.wrap_socket(client, server_side=True) if server.terms else client
            with client, socket.create_connection(("127.0.0.1", server.backend)) as behind:
                behind.sendall(first)
                _hand_through(client, behind)


class _FrontServer(ThreadingTCPServer):
    """Keeps the terms of TLS, None = none is offered, and the port behind."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, terms: ssl.SSLContext | None, backend: int) -> None:
        super().__init__(("127.0.0.1", 0), _Front)
        self.terms, self.backend = terms, backend


def _hand_through(client: socket.socket, behind: socket.socket) -> None:
    while True:
        is_read = isinstance(client, ssl.SSLSocket) and client.pending()
        for one in [client] if is_read else select.select([client, behind], [], [], 30)[0]:
            data = one.recv(65536)
            if not data:
                return
            (behind if one is client else client).sendall(data)


@contextmanager
def front(terms: ssl.SSLContext | None, backend: int) -> Iterator[int]:
    """Stand before a Postgres port of this machine as one with TLS, None = without; gives the port of the front."""
    with _FrontServer(terms, backend) as server, _serving(server):
        yield server.server_address[1]


@contextmanager
def _serving(server: TCPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield
    server.shutdown()
    thread.join(10)


class _Answer(BaseHTTPRequestHandler):
    """Logs everybody in and has no documents; remembers how often it was asked."""

    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(b'{"Result": 5}')

    def do_GET(self) -> None:
        self._answer(b"[]")

    def _answer(self, content: bytes) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is the library's
        pass


@contextmanager
def service(terms: ssl.SSLContext) -> Iterator[tuple[int, list[str]]]:
    """Serve https on a port of this machine; gives it and what it was asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    server.socket = terms.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    _Answer.asked.clear()
    with server, _serving(server):
        yield server.server_port, _Answer.asked
