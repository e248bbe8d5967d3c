"""Who is let in at all: Host and Origin are checked before anything else, and every HTTP answer gets its headers."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from utils import problem
from utils.wire import is_stream

OUR_PAGE = "x-pocketroom"  # on plain http from another machine a browser tells nothing else
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; trusted-types 'none'; require-trusted-types-for 'script'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-dns-prefetch-control": "off",
    "cache-control": "no-cache",
}


# These matter where a browser makes a document of what it gets; with each of 30 modules they would weigh 8 KB.
FOR_DOCUMENTS = ("content-security-policy", "referrer-policy", "cross-origin-opener-policy", "x-dns-prefetch-control")
NO_DOCUMENTS = ("text/css", "text/javascript", "image/png")


class Guard:
    """ASGI middleware. `hosts` are let in besides loopback names and IP addresses; * lets in any."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = {host.strip().lower() for host in hosts if host.strip()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            send = with_headers(send, scope.get("path", ""))
        refusal = None if scope["type"] == "lifespan" else self._refusal(scope)
        if refusal is None:
            return await self._app(scope, receive, send)
        if scope["type"] == "websocket":
            return await WebSocket(scope, receive, send).send_denial_response(refusal)
        return await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers, path = Headers(scope=scope), scope.get("path", "")
        if "content-length" in headers and "transfer-encoding" in headers:  # where it ends, a proxy may read in another way (RFC 9112, section 6.1)
            refused = refusal(path, 400, "bad_request", "Expected Content-Length or Transfer-Encoding, and not both.")
            refused.headers["connection"] = "close"
            return refused
        if not self._is_ours(headers.get("host", "")):
            return refusal(path, 400, "bad_request", "This Host is not served here. ALLOWED_HOSTS can name it.")
        only_reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD", "OPTIONS") and not is_stream(path)
        return None if only_reads or is_same_origin(headers) else refusal(path, 403, "cross_site", "This Origin may not come in.")

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._hosts or "*" in self._hosts or name.rpartition(".")[2] == "localhost" or is_ip(name)


def is_ip(name: str) -> bool:
    """An IP address as a Host cannot have been rebound by somebody's name server."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def refusal(path: str, status: int, code: str, content: str) -> Response:
    return problem.response(status, code, content) if path.startswith("/api/") else PlainTextResponse(content, status)


def is_same_origin(headers: Headers) -> bool:
    """A page's Origin must be our Host. Whoever sends none is no page, and let in unless it brings a cookie.

    A page that only reads sends none to its own server, and a proxy may have given us another Host than the page knows.
    Then the browser's word counts, or a header that no other site's page can send without being asked for leave first.
    """
    site = headers.get("sec-fetch-site")
    if site == "same-origin" or OUR_PAGE in headers:
        return True
    if site not in (None, "none"):  # an image there, say, sends neither Origin nor cookie
        return False
    origin = headers.get("origin")
    if origin is None:
        return "cookie" not in headers
    scheme, _, netloc = origin.lower().partition("://")
    default_port = {"http": ":80", "https": ":443"}.get(scheme)
    host = headers.get("host", "").lower()
    return default_port is not None and netloc.removesuffix(default_port) == host.removesuffix(default_port)


def with_headers(send: Send, path: str) -> Send:
    """`send` with our headers on every answer, the refusal of a handshake among them. What an API answers nobody keeps."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(scope=message)
            if path.startswith("/api/"):
                headers.setdefault("cache-control", "no-store")
            is_part = headers.get("content-type", "").startswith(NO_DOCUMENTS)
            for name, value in HEADERS.items():
                if not (is_part and name in FOR_DOCUMENTS):
                    headers.setdefault(name, value)
        await send(message)

    return send_with_headers
