"""Each request's id, what becomes of it, and the line that tells: the outermost thing that a request meets."""

from time import monotonic
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from utils import problem
from utils.guard import with_headers
from utils.logs import about, event
from utils.tally import Tally, Visit, visit

HEADER = "x-request-id"
NO_DOOR = "none"  # where no door was found: a path would be what somebody typed
METHODS = ("SOCKET", "GET", "HEAD", "POST", "DELETE")  # that doors take; a client can think of any


class Visits:
    """ASGI middleware. Every answer bears an id of ours as X-Request-Id, which stands in the lines of its request, too."""

    def __init__(self, app: ASGIApp, tally: Tally) -> None:
        self._app, self._tally = app, tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        now = Visit()
        visit.set(now)
        about.set({"request": now.id})

        async def send_noted(message: Message) -> None:
            self._note(now, message)
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception as error:
            if scope["type"] == "websocket" or now.status:
                raise  # for the server, which tells it and closes
            event("failed", door=door_of(scope), error=error)
            told = "Something went wrong in the server. Whoever runs it finds it in the log under this request's id."
            await problem.response(500, "failed", told)(scope, receive, with_headers(send_noted, scope["path"]))
        finally:
            self._tell(now, scope)

    def _note(self, now: Visit, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start", "websocket.accept"):
            now.status = message.get("status", 101)
            message.setdefault("headers", [])
            MutableHeaders(scope=message)[HEADER] = now.id

    def _tell(self, now: Visit, scope: Scope) -> None:
        method, door, took = method_of(scope), door_of(scope), round((monotonic() - now.begun) * 1000)
        self._tally.visits[method, door, now.status] += 1
        if now.code:
            self._tally.refused[now.code] += 1
        if now.status >= 400:
            event("refused", method=method, door=door, status=now.status, code=now.code, address=address_of(scope))
        else:
            event("request", method=method, door=door, status=now.status, ms=took)


def method_of(scope: Scope) -> str:
    method = scope.get("method", "SOCKET")
    return method if method in METHODS else "other"


def door_of(scope: Scope) -> str:
    """As it is declared, without what stood in its place: the names of rooms are nobody else's business."""
    route: Any = scope.get("route")
    if route is None and scope["type"] == "websocket" and "path_params" in scope:
        return "/ws"
    return getattr(route, "path", NO_DOOR)


def address_of(scope: Scope) -> str | None:
    return scope["client"][0] if scope.get("client") else None
