"""Who is let in at all, by Host and Origin."""

from typing import Any

import pytest

from utils.guard import HEADERS, Guard
from utils.identity import COOKIE


async def answer(method: str = "GET", hosts: tuple[str, ...] = (), kind: str = "text/html", **headers: str) -> dict[str, Any]:
    """What a guarded app that always says 200 answers: status and headers."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]})
        await send({"type": "http.response.body", "body": b""})

    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await Guard(app, hosts)({"type": "http", "method": method, "headers": raw}, receive, send)
    return {"status": said[0]["status"], **{name.decode(): value.decode() for name, value in said[0]["headers"]}}


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "tea.localhost:1", "127.0.0.1:8000", "[::1]:8000", "192.168.1.9"])
async def test_loopback_names_and_addresses_are_ours(host: str) -> None:
    assert (await answer(host=host))["status"] == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "127.0.0.1.evil.example", "[", "evil:80:80", "@"])
async def test_a_name_that_could_be_rebound_is_not(host: str) -> None:
    assert (await answer(host=host))["status"] == 400


async def test_the_operator_can_name_hosts() -> None:
    assert (await answer(hosts=("chat.example", ""), host="chat.example:443"))["status"] == 200
    assert (await answer(hosts=("chat.example", ""), host="other.example"))["status"] == 400
    assert (await answer(hosts=("*",), host="other.example"))["status"] == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8000", 200), ("https://127.0.0.1:8000", 200), ("http://127.0.0.1:8001", 403),
        ("http://evil.example", 403), ("null", 403), ("file://127.0.0.1:8000", 403), ("", 403),
    ],
)  # fmt: skip
async def test_another_sites_page_cannot_change_anything(origin: str, status: int) -> None:
    assert (await answer("POST", host="127.0.0.1:8000", origin=origin))["status"] == status


async def test_default_ports_need_not_be_named() -> None:
    assert (await answer("POST", host="127.0.0.1", origin="http://127.0.0.1:80"))["status"] == 200
    assert (await answer("POST", host="127.0.0.1:443", origin="https://127.0.0.1"))["status"] == 200


async def test_without_an_origin_a_cookie_is_not_believed() -> None:
    assert (await answer("POST", host="localhost"))["status"] == 200
    assert (await answer("POST", host="localhost", cookie=f"{COOKIE}=x"))["status"] == 403
    assert (await answer("GET", host="localhost", cookie=f"{COOKIE}=x"))["status"] == 200


@pytest.mark.parametrize("host", ["localhost", "evil.example"])
async def test_every_answer_has_its_headers(host: str) -> None:
    headers = await answer(host=host)
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in headers["content-security-policy"]


@pytest.mark.parametrize("kind", ["text/css; charset=utf-8", "text/javascript; charset=utf-8", "image/png"])
async def test_what_is_no_document_has_the_headers_that_are_for_it(kind: str) -> None:
    headers = await answer(host="localhost", kind=kind)
    assert (headers["x-content-type-options"], headers["cross-origin-resource-policy"]) == ("nosniff", "same-origin")
    assert "content-security-policy" not in headers


async def test_the_page_may_load_from_here_alone() -> None:
    """Also the manifest, which would fall under default-src 'none'."""
    policy = (await answer(host="localhost"))["content-security-policy"]
    sources = dict(directive.split(" ", 1) for directive in policy.split("; "))
    assert {sources[kind] for kind in ("script-src", "style-src", "connect-src", "manifest-src", "form-action")} == {"'self'"}
    assert (sources["default-src"], sources["img-src"]) == ("'none'", "'self' data:")
