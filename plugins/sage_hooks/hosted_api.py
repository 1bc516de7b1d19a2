"""HTTP to the hosted service: session, pages, versions, and writes whose outcome is known, refused or unknown.

Reads are tried again here, with full jitter, and nowhere else. A write is tried again only where the service says that
it did nothing (429) or nothing reached it; any other silence raises `OutcomeUnknown`, and who wrote looks it up.
One company's calls may be open at once, as many as its connection says: a call mostly waits for the other side.
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import tenacity

from sage_bridge.errors import BadConfig, Transient
from sage_hooks.tls import trusting, untrusted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self

Document = dict[str, Any]
Part = TypeVar("Part")
Found = TypeVar("Found")
SECONDS_PER_CALL = 30.0
TRIES = 5
LONGEST_WAIT = 20.0
LOGGED_IN = 5
PASSES = 8
CALLS_AT_ONCE = 8
CALLS_PER_ROUND = 4
"""Calls of a round for each one that may be open: who notes what came of a round seldom waits for the slowest."""
_REFUSED = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.UNPROCESSABLE_ENTITY}
_RESULTS = {1: "user or password is wrong", 2: "API key or secret is wrong", 3: "user is locked", 4: "client is locked"}


class OutcomeUnknown(Exception):  # noqa: N818 - it says what is known: nothing
    """A write got no usable answer: it may have been done or not."""


class Refused(Exception):  # noqa: N818 - the other side's word
    """The service refused a request; the message is its reason."""


class _Again(Exception):  # noqa: N818 - never leaves this module
    """The service did nothing and may be asked again, after `seconds` if it said so."""

    def __init__(self, found: str, seconds: float | None = None) -> None:
        super().__init__(found)
        self.seconds = seconds


class HostedApi:
    """One hosted company; the session is opened at the first call and again when it has ended.

    Raises, from every method that talks to the service:
        Transient: RS-903 it is away, busy or answers nonsense.
        BadConfig: RS-191 it refuses the login; RS-192 the login lacks a right; RS-193 it lacks a resource;
            RS-120 its certificate is not one we believe.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str,
        api_secret: str,
        username: str,
        password: str,
        seconds: float = SECONDS_PER_CALL,
        longest_wait: float = LONGEST_WAIT,
        calls_at_once: int = CALLS_AT_ONCE,
        ca_file: str = "",
    ) -> None:
        """Remember whom to call; nothing is opened before the first call. `ca_file`: the only authority believed."""
        self.url = url
        self._words = {"ApiKey": api_key, "ApiSecret": api_secret, "Username": username, "Password": password}
        # The usual authorities are those that come with httpx, as ever.
        believed = trusting(ca_file) if ca_file else True
        self._http = httpx.Client(base_url=url, timeout=seconds, trust_env=False, verify=believed)
        self._longest_wait = longest_wait
        self._pool = ThreadPoolExecutor(calls_at_once)
        self._per_round = calls_at_once * CALLS_PER_ROUND
        self._session = 0
        self._session_lock = threading.Lock()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._pool.shutdown()
        self._http.close()

    def rounds(self, parts: list[Part]) -> Iterator[list[Part]]:
        """Give parts in rounds of as many as are worth calling about together."""
        return (parts[first : first + self._per_round] for first in range(0, len(parts), self._per_round))

    def at_once(self, call: Callable[[Part], Found], parts: list[Part]) -> list[Found]:
        """Call about each part, several open at a time; gives what came, in the order of the parts."""
        return list(self._pool.map(call, parts))

    def pages(self, path: str, version: int, *, is_paged: bool = True) -> list[Document]:
        """Give every document newer than `version`.

        Pages are asked for until the empty one. A record that changes meanwhile moves to the end, and what stood behind
        it moves up and may be missed: several pages are read again until a whole pass brings nothing new.
        """
        if not is_paged:
            return self._list(path, {"version": version})
        found: dict[str, Document] = {}
        for _ in range(PASSES):
            before = {identity: document["Version"] for identity, document in found.items()}
            count = 0
            while documents := self._list(path, {"page": count, "version": version}):
                found |= {str(document["Id"]): document for document in documents}
                count += 1
            if count <= 1 or before == {identity: document["Version"] for identity, document in found.items()}:
                return list(found.values())
        raise self._away(path, f"its records changed during {PASSES} readings")

    def children(self, path: str, name: str, parent: str, version: int) -> list[Document]:
        """Give the documents below one, newer than `version`."""
        return self._list(path, {name: parent, "version": version})

    def get(self, path: str, **params: object) -> Any:
        """Give what a resource answers; raises Refused."""
        return self._again(lambda: self._read(self._call("GET", path, params=params), path), path)

    def status(self, operation: str) -> Document:
        """Give how far an operation is; asking changes nothing, so it is asked again like a read."""
        path = f"/Synchronization/RequestService.svc/status/{operation}"
        found: Document = self._again(lambda: self._read(self._call("POST", path), path), path)
        return found

    def write(self, path: str, *, content: str | None = None, **params: object) -> str:
        """Send once; gives the id that the service answers.

        Raises:
            OutcomeUnknown: no usable answer came; look before anything is sent again.
            Refused: the service did nothing, and says why.
        """
        identity: str = self._again(lambda: self._write(path, content, params), path)
        return identity

    def _write(self, path: str, content: str | None, params: dict[str, object]) -> str:
        try:
            answer = self._call("POST", path, params=params, content=content)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _Again(f"{type(error).__name__}") from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown(f"{type(error).__name__}: {error}") from error
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise OutcomeUnknown(f"HTTP {answer.status_code}")
        try:
            found = self._checked(answer, path)
        except ValueError as error:
            raise OutcomeUnknown(f"an answer that cannot be read: {answer.text[:80]!r}") from error
        identity = found.get("Id") if isinstance(found, dict) else found
        if not isinstance(identity, str) or not identity:
            raise OutcomeUnknown(f"an answer without id: {answer.text[:80]!r}")
        return identity

    def _list(self, path: str, params: dict[str, object]) -> list[Document]:
        try:
            found = self.get(path, **params)
        except Refused as refused:
            raise BadConfig(
                "RS-193",
                "the hosted service does not serve a resource that is to be read",
                record=f"{self.url}{path}",
                expected="a list of documents",
                found=str(refused)[:80],
                do="take the resource out of hosted.serves of the profile, or have the link serve it",
            ) from refused
        if not isinstance(found, list) or not all(isinstance(one, dict) and "Id" in one for one in found):
            raise self._away(path, "no list of documents")
        return found

    def _again(self, work: Callable[[], Any], path: str) -> Any:
        """Do work again while the service says that it did nothing; one retry layer, full jitter."""
        jitter = tenacity.wait_random_exponential(multiplier=0.2, max=self._longest_wait)

        def pause(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            if isinstance(error, _Again) and error.seconds is not None:
                return min(error.seconds, self._longest_wait)
            return jitter(state)

        trying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(TRIES),
            wait=pause,
            retry=tenacity.retry_if_exception_type(_Again),
            reraise=True,
        )
        try:
            return trying(work)
        except _Again as error:
            raise self._away(path, str(error)) from error

    def _read(self, answer: httpx.Response, path: str) -> Any:
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _Again(f"HTTP {answer.status_code}")
        try:
            return self._checked(answer, path)
        except ValueError as error:
            raise _Again("an answer that cannot be read") from error

    def _checked(self, answer: httpx.Response, path: str) -> Any:
        status = HTTPStatus(answer.status_code)
        if status is HTTPStatus.TOO_MANY_REQUESTS:
            wait = answer.headers.get("Retry-After", "")
            raise _Again("HTTP 429", int(wait) if wait.isdecimal() else None)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise BadConfig(
                "RS-192",
                "the hosted service does not let this login do that",
                record=f"{self.url}{path}",
                found=f"HTTP {answer.status_code}",
                do="have the customer's administrator give the API user the right, then run again",
            )
        if status in _REFUSED:
            raise Refused(f"HTTP {answer.status_code}: {answer.text[:300]}")
        return json.loads(answer.text, parse_float=Decimal)

    def _call(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Call within a session; one that has ended is opened again, once."""
        headers = {"Content-Type": "application/json"}
        try:
            session = self._session or self._renewed(0)
            answer = self._http.request(method, path, headers=headers, **request)
            if answer.status_code == HTTPStatus.UNAUTHORIZED:
                self._renewed(session)
                answer = self._http.request(method, path, headers=headers, **request)
        except httpx.HTTPError as error:
            if method == "POST" and not path.startswith("/Synchronization/"):
                raise
            raise _Again(f"{type(error).__name__}: {error}") from error
        return answer

    def _renewed(self, ended: int) -> int:
        """Open a session, unless another call has since `ended`; gives its number."""
        with self._session_lock:
            if self._session == ended:
                self._log_in()
                self._session += 1
            return self._session

    def _log_in(self) -> None:
        """Open a session; whether that took effect does not matter, so any silence is tried again.

        Nothing is sent before it: a service that does not prove who it is hears no secret.
        """
        path = "/Api/Security/V3/Session.svc/authenticate"
        try:
            answer = self._http.post(path, json=self._words)
        except httpx.HTTPError as error:
            self._require_trust(error)
            raise _Again(f"login: {type(error).__name__}") from error
        if answer.status_code != HTTPStatus.OK:
            raise _Again(f"login: HTTP {answer.status_code}")
        result = answer.json().get("Result")
        if result != LOGGED_IN:
            raise BadConfig(
                "RS-191",
                "the hosted service refuses the login",
                record=self.url,
                expected=f"Result {LOGGED_IN}",
                found=f"Result {result}: {_RESULTS.get(result, 'not known')}",
                do="correct login, password, api_key and api_secret of the connection",
            )

    def _require_trust(self, error: httpx.HTTPError) -> None:
        if wrong := untrusted(error):
            raise BadConfig(
                "RS-120",
                "the hosted service does not prove who it is",
                record=self.url,
                expected="a certificate for this host, of the authority in ca_file or one of the usual ones",
                found=wrong.verify_message,
                do="find out whether the service was changed or somebody stands between; only then correct ca_file",
            ) from error

    def _away(self, path: str, found: str) -> Transient:
        return Transient(
            "RS-903",
            "the hosted service did not do what was asked",
            record=f"{self.url}{path}",
            found=found,
            do="wait for the next try; if it lasts, look at the service and its client beside Sage",
        )
