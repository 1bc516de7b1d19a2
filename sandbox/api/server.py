"""The hosted service over HTTP: paths, answers and errors as the public clients of hh2 know them (docs/sandbox.md 7).

What lies under `/sandbox/` is the stand-in's own: it switches faults on and says what arrived.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Body, Depends, FastAPI, HTTPException, Request, Response

from sandbox.api import numbers, writes
from sandbox.api.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from sandbox.api.cloud import Cloud
    from sandbox.api.faults import Fault

COOKIE = ".ASPXAUTH"
OK, BAD_USER, BAD_CLIENT = 5, 1, 2
JOBS, COMMITMENTS = "/JobCosting/Api/V1/JobCost.svc", "/JobCosting/Api/V1/Commitment.svc"
TRANSACTIONS = "/JobCosting/Api/V1/JobTransaction.svc"
DOCUMENTS = "/documentmanagement/Api/V1/Document.svc"
# Path -> resource; what is paged there as the reference has it. (I) marks what no public client was seen to use.
PAGED = {
    f"{JOBS}/jobs": "jobs",
    f"{JOBS}/jobs/costcodes": "jobs/costcodes",
    f"{JOBS}/jobs/categories": "jobs/categories",
    f"{JOBS}/costcodes": "costcodes",
    f"{JOBS}/categories": "categories",
    f"{JOBS}/jobs/extras": "jobs/extras",  # (I)
    f"{JOBS}/items": "items",  # (I)
    f"{COMMITMENTS}/commitments/changeorders": "commitments/changeorders",  # (I)
    f"{COMMITMENTS}/commitments/changeorders/items": "commitments/changeorders/items",  # (I)
    f"{TRANSACTIONS}/transactions": "transactions",  # (I)
    "/GeneralLedger/Api/V1/Account.svc/periods": "periods",  # (I)
}
WHOLE = {
    f"{COMMITMENTS}/commitments": "commitments",
    "/AccountsPayable/Api/V1/Vendor.svc/vendors": "vendors",
    "/GeneralLedger/Api/V1/Account.svc/accounts": "accounts",
}
# What a poorer link lacks, by name: reading these paths then finds nothing.
LACKING = {
    "extras": (f"{JOBS}/jobs/extras",),
    "items": (f"{JOBS}/items",),
    "change_orders": (f"{COMMITMENTS}/commitments/changeorders", f"{COMMITMENTS}/commitments/changeorders/items"),
    "transactions": (f"{TRANSACTIONS}/transactions",),
    "sent": (f"{TRANSACTIONS}/transactions/direct-costs", f"{DOCUMENTS}/documents"),
    "periods": ("/GeneralLedger/Api/V1/Account.svc/periods",),
}


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a caller has to know."""

    api_key: str
    api_secret: str
    username: str
    password: str


class Exact(Response):
    """An answer whose numbers are exact."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Write the answer."""
        return numbers.write(content).encode()


class Service:
    """The application with its sessions, faults, and the resources it lacks."""

    def __init__(self, cloud: Cloud, known: Secrets, lacks: Iterable[str] = ()) -> None:
        """Serve the company that `cloud` holds to callers who know the secrets; `lacks` names keys of LACKING."""
        self.cloud = cloud
        self.lacks = frozenset(lacks)
        self.faults = Faults()
        self._secrets = known
        self._sessions: set[str] = set()
        self.app = FastAPI(title="Sandbox of hosted Sage", docs_url=None, redoc_url=None)
        self.app.middleware("http")(self._with_fault)
        self._add_session()
        guard = [Depends(self._require_session)]
        self._add_pages(guard)
        self._add_lists(guard)
        self._add_direct_costs(guard)
        self._add_documents(guard)
        self._add_operations(guard)
        self._add_controls()

    async def _with_fault(self, request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method == "GET" and any(request.url.path in LACKING[name] for name in self.lacks):
            return Response(status_code=404)
        fault = self.faults.take(request.method, request.url.path, drifts=False)
        if fault is None or request.url.path.startswith("/sandbox/"):
            return await go_on(request)
        if fault.kind == "too-many":
            return Response(status_code=429, headers={"Retry-After": str(fault.seconds)})
        if fault.kind == "error-before":
            return Response(status_code=500)
        if fault.kind == "expired":
            self._sessions.clear()
            return await go_on(request)
        answer = await go_on(request)
        return await _spoilt(fault, answer)

    def _require_session(self, request: Request) -> None:
        if request.cookies.get(COOKIE) not in self._sessions:
            raise HTTPException(401)

    def _add_session(self) -> None:
        @self.app.post("/Api/Security/V3/Session.svc/authenticate")
        def authenticate(body: Annotated[dict[str, Any], Body()]) -> Response:
            held = self._secrets
            if (body.get("ApiKey"), body.get("ApiSecret")) != (held.api_key, held.api_secret):
                return Exact({"Result": BAD_CLIENT})
            if (body.get("Username"), body.get("Password")) != (held.username, held.password):
                return Exact({"Result": BAD_USER})
            session = secrets.token_urlsafe(24)
            self._sessions.add(session)
            answer = Exact({"Result": OK})
            answer.set_cookie(COOKIE, session, httponly=True)
            return answer

    def _add_pages(self, guard: list[Any]) -> None:
        def paged(resource: str) -> Callable[..., Response]:
            def read(request: Request, page: int = 0, version: int = 0) -> Response:
                if page > 0 and self.faults.take("GET", request.url.path, drifts=True):
                    self.cloud.touch_first(resource, version)
                return Exact(self.cloud.page(resource, page, version))

            return read

        for path, resource in PAGED.items():
            self.app.get(path, dependencies=guard)(paged(resource))

    def _add_lists(self, guard: list[Any]) -> None:
        def whole(resource: str) -> Callable[..., Response]:
            def read(version: int = 0) -> Response:
                return Exact(self.cloud.page(resource, None, version))

            return read

        for path, resource in WHOLE.items():
            self.app.get(path, dependencies=guard)(whole(resource))

        @self.app.get(f"{COMMITMENTS}/commitments/items", dependencies=guard)
        def items(commitment: str = "", version: int = 0) -> Response:
            if not commitment:
                raise HTTPException(400)
            if not self.cloud.knows("commitments", commitment):
                raise HTTPException(404)
            return Exact(self.cloud.page("commitments/items", None, version, commitment))

        @self.app.get("/AccountsPayable/Api/V1/Vendor.svc/vendors/types", dependencies=guard)
        def vendor_types() -> Response:
            return Exact([])

    def _add_direct_costs(self, guard: list[Any]) -> None:

        @self.app.post(f"{TRANSACTIONS}/transactions/direct-costs", dependencies=guard)
        async def direct_cost(request: Request) -> Response:
            return await self._staged(request, writes.stage_direct_cost)

        @self.app.get(f"{TRANSACTIONS}/transactions/direct-costs", dependencies=guard)  # (I)
        def direct_costs(page: int = 0, version: int = 0) -> Response:
            return Exact(writes.kept(self.cloud, writes.DIRECT_COST, page, version))

        @self.app.post(f"{TRANSACTIONS}/job/transaction/synchronize", dependencies=guard)
        def synchronize(id: str) -> Response:  # noqa: A002 - the name of the parameter
            return _known(writes.start(self.cloud, writes.DIRECT_COST, id))

    def _add_documents(self, guard: list[Any]) -> None:
        @self.app.post(f"{DOCUMENTS}/document", dependencies=guard)
        async def document(request: Request) -> Response:
            return await self._staged(request, writes.stage_document)

        @self.app.get(f"{DOCUMENTS}/document", dependencies=guard)
        def document_of(id: str) -> Response:  # noqa: A002 - the name of the parameter
            return _known(writes.document(self.cloud, id))

        @self.app.get(f"{DOCUMENTS}/documents", dependencies=guard)  # (I)
        def documents(page: int = 0, version: int = 0) -> Response:
            return Exact(writes.kept(self.cloud, writes.DOCUMENT, page, version))

        @self.app.post(f"{DOCUMENTS}/document/actions/export", dependencies=guard)
        def export(document: str) -> Response:
            return _known(writes.start(self.cloud, writes.DOCUMENT, document))

    def _add_operations(self, guard: list[Any]) -> None:
        @self.app.post("/Synchronization/RequestService.svc/status/{operation}", dependencies=guard)
        def status(operation: str) -> Response:
            return _known(writes.status(self.cloud, operation))

        @self.app.get("/Synchronization/EventService.svc/events/failures", dependencies=guard)
        def failures(entity: str) -> Response:
            return Exact(writes.failures(self.cloud, entity))

    def _add_controls(self) -> None:
        @self.app.post("/sandbox/faults")
        def add_fault(given: Annotated[dict[str, Any], Body()]) -> Response:
            try:
                self.faults.add(given)
            except (TypeError, ValueError) as wrong:
                raise HTTPException(400, str(wrong)) from wrong
            return Exact({"left": self.faults.left()})

        @self.app.get("/sandbox/faults")
        def count_faults() -> Response:
            return Exact({"left": self.faults.left()})

        @self.app.delete("/sandbox/faults")
        def clear_faults() -> Response:
            self.faults.clear()
            return Exact({"left": 0})

        @self.app.put("/sandbox/lacks")
        def set_lacks(given: Annotated[list[str], Body()]) -> Response:
            if unknown := sorted(set(given) - set(LACKING)):
                raise HTTPException(400, f"unknown: {', '.join(unknown)}")
            self.lacks = frozenset(given)
            return Exact(sorted(self.lacks))

    async def _staged(self, request: Request, stage: Callable[[Cloud, dict[str, Any]], str]) -> Response:
        try:
            body = numbers.read(await request.body())
            if not isinstance(body, dict):
                raise writes.WrongParametersError("no JSON object")  # noqa: TRY301 - one place for what is wrong
            identity = await asyncio.to_thread(stage, self.cloud, body)
        except (ValueError, writes.WrongParametersError) as wrong:
            raise HTTPException(400, str(wrong)) from wrong
        return Exact(identity)


def _known(found: object) -> Response:
    if found is None:
        raise HTTPException(404)
    return Exact(found)


async def _spoilt(fault: Fault, answer: Response) -> Response:
    """Give what the caller gets although the work was done."""
    if fault.kind == "timeout-after":
        await asyncio.sleep(fault.seconds)
        return answer
    if fault.kind == "broken-after":
        return Response('{"Id": "', media_type="application/json")
    return Response(status_code=500)
