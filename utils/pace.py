"""Requests of one address take turns: whoever sends many at once waits, and the others do not."""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from utils import problem
from utils.guard import with_headers
from utils.limits import address_of
from utils.rate_limit import RateLimit

OF_LINE, IN_SECONDS = 5, 1.0  # requests of an address in so many seconds for each of its lines: 100 are two first visits
FOR_A_SOCKET = 10  # as much as so many requests: it brings frames that nobody counted yet
PATIENCE = 15  # seconds that a request may wait: a class that opens its pages at once; beyond it is refused


class Pace:
    """ASGI middleware, within BehindProxies. An address may have so many `lines`; 0: as many, and as fast, as it likes."""

    def __init__(self, app: ASGIApp, lines: int) -> None:
        self._app, self._requests = app, RateLimit(lines * OF_LINE, IN_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        address, cost = address_of(scope.get("client")), FOR_A_SOCKET if scope["type"] == "websocket" else 1
        if (self._requests.wait(address, cost) or 0) > PATIENCE:
            return await refuse(scope, receive, send)
        if delay := self._requests.delay(address, cost):
            await asyncio.sleep(delay)
        await self._app(scope, receive, send)


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    told = problem.response(429, "rate_limited", "There are too many requests from this address.", retry_after=PATIENCE)
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(told)
    else:
        await told(scope, receive, with_headers(send, scope["path"]))
