"""Whom a proxy speaks for: a client's address and scheme, and who has signed in there. Believed of TRUSTED_PROXIES, and nobody else."""

import re
import secrets
import unicodedata
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from utils.guard import is_ip, refusal
from utils.protocol import Refused

USER_BYTES = 256  # of what a proxy calls somebody by; a mail address has 254 at most
NOBODY = re.compile(r"\(null\)|.*[{}].*")  # what Apache and Caddy write in place of a name that they were not told
WATCHED = ("/health", "/ready")  # asked by what watches the server, which nobody signs in


class BehindProxies:
    """ASGI middleware, outermost. Whoever comes by one of `proxies` (addresses and networks) has the rightmost address of
    X-Forwarded-For that is none of these, and the scheme of X-Forwarded-Proto; `state["by_proxy"]` tells that they did.
    """

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        self._app = app
        self._forwarded = ProxyHeadersMiddleware(self._enter, list(proxies))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        peer = scope.get("client")
        by_proxy = peer is not None and peer[0] in self._forwarded.trusted_hosts
        scope["state"] = {**scope.get("state", {}), "by_proxy": by_proxy, "peer": peer}
        await self._forwarded(scope, receive, send)  # type: ignore[arg-type]

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["client"] and not is_ip(scope["client"][0]):  # "unknown", or what a proxy passed on as it came: limits are by address
            scope["client"] = scope["state"]["peer"]
        await self._app(scope, receive, send)


class SignedInByProxy:
    """ASGI middleware, within BehindProxies: lets in whom a proxy names in `header`, and puts their name into `state["user"]`.

    Whoever comes past the proxies is not let in, and whoever shows the operator's token, which only some doors ask for, needs no name.
    """

    def __init__(self, app: ASGIApp, header: str, operator_token: str) -> None:
        self._app, self._header = app, header
        self._operator = f"Bearer {operator_token}".encode() if operator_token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] in WATCHED or self._is_operator(scope):
            return await self._app(scope, receive, send)
        try:
            scope["state"]["user"] = self._user(scope)
        except Refused as why:
            refused = refusal(scope["path"], 403 if why.code == "forbidden" else 401, why.code, why.content)
            if scope["type"] == "websocket":
                return await WebSocket(scope, receive, send).send_denial_response(refused)
            return await refused(scope, receive, send)
        await self._app(scope, receive, send)

    def _user(self, scope: Scope) -> str:
        if not scope["state"].get("by_proxy"):
            raise Refused("forbidden", "Nobody gets in past the proxy that signs people in. Take its address.")
        return user_in(Headers(scope=scope).getlist(self._header), self._header)

    def _is_operator(self, scope: Scope) -> bool:
        shown = Headers(scope=scope).get("authorization", "").encode()
        return self._operator is not None and secrets.compare_digest(self._operator, shown)


def user_in(values: Sequence[str], header: str) -> str:
    """The user that a proxy named, in the one header it set. Raises Refused; a proxy that lets a client's own through is found out."""
    if not any(values):
        raise Refused("signed_out", f"You are not signed in. Reload the page to do that; if you were, the proxy sets no {header}.")
    if len(values) > 1 or "," in values[0]:  # which is how several become one on the way
        raise Refused("signed_out", f"More than one {header} came. The proxy must replace what a client sends.")
    try:
        user = values[0].encode("latin-1").decode().strip()
    except UnicodeDecodeError:
        raise Refused("signed_out", f"What the proxy sent as {header} is no UTF-8.") from None
    if not 1 <= len(user.encode()) <= USER_BYTES or any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in user):
        raise Refused("signed_out", f"Expected 1 to {USER_BYTES} bytes of plain text from the proxy as {header}.")
    if NOBODY.fullmatch(user):
        raise Refused("signed_out", f"The proxy was not told who you are: it sent {user} as {header}.")
    return user
