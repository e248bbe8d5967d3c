"""Whom a proxy speaks for: addresses, schemes and users that it tells, and that nobody else can."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.server import Server
from utils.guard import HEADERS
from utils.protocol import Refused
from utils.proxies import USER_BYTES, BehindProxies, user_in
from utils.settings import SettingsError, load_settings

PROXY, MALLORY = "127.0.0.1", "127.0.0.2"  # both on this machine, of which a server takes the first for a proxy
OPERATOR = "an-operator-s-own-token"


# ---- the address and the scheme ------------------------------------------------------------------


async def seen(peer: str | None, *headers: tuple[str, str], kind: str = "http", proxies: str = "10.0.0.1,192.168.7.0/24,fd00::/8") -> Any:
    """The address and scheme that an app sees of somebody who comes from `peer` with these headers."""
    told: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        told.update(scope)

    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": kind, "scheme": "ws" if kind == "websocket" else "http", "client": peer and (peer, 5), "headers": raw}
    await BehindProxies(app, load_settings({"TRUSTED_PROXIES": proxies}).trusted_proxies)(scope, never, never)
    return told["client"] and told["client"][0], told["scheme"]


async def never(*_: Any) -> Any:
    raise AssertionError("nothing is read or sent")


@pytest.mark.parametrize("proxy", ["10.0.0.1", "192.168.7.99", "fd00::1"])
async def test_a_proxy_tells_where_ann_is_and_how_she_came(proxy: str) -> None:
    ann = ("x-forwarded-for", "203.0.113.5"), ("x-forwarded-proto", "https")
    assert await seen(proxy, *ann) == ("203.0.113.5", "https")
    assert await seen(proxy, *ann, kind="websocket") == ("203.0.113.5", "wss")


@pytest.mark.parametrize("peer", ["203.0.113.9", "10.0.0.2", "192.168.8.1", "::1"])
async def test_mallory_tells_the_same_in_vain(peer: str) -> None:
    assert await seen(peer, ("x-forwarded-for", "203.0.113.5"), ("x-forwarded-proto", "https")) == (peer, "http")


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("6.6.6.6, 203.0.113.5", "203.0.113.5"),  # the first is what the client itself sent
        ("6.6.6.6, 203.0.113.5, 192.168.7.4", "203.0.113.5"),  # by two proxies of ours
        ("10.0.0.1, 203.0.113.5", "203.0.113.5"),
        ("203.0.113.5:40000", "203.0.113.5"),
        ("[2001:db8::5]:40000", "2001:db8::5"),
        ("unknown", "10.0.0.1"),
        ("203.0.113.5, " + "x" * 60_000, "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
async def test_the_client_is_the_last_one_who_is_no_proxy_of_ours(forwarded: str, client: str) -> None:
    assert (await seen("10.0.0.1", ("x-forwarded-for", forwarded)))[0] == client


async def test_of_two_headers_the_proxys_own_is_the_later_one() -> None:
    mallorys, proxys = ("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.5")
    assert (await seen("10.0.0.1", mallorys, proxys))[0] == "203.0.113.5"


async def test_who_has_no_address_is_no_proxy() -> None:
    assert await seen(None, ("x-forwarded-for", "203.0.113.5")) == (None, "http")


# ---- who signed in -------------------------------------------------------------------------------


@pytest.mark.parametrize(("sent", "user"), [("ann", "ann"), ("ann@example.org", "ann@example.org"), ("Zoë".encode().decode("latin-1"), "Zoë"), ("a" * USER_BYTES, "a" * USER_BYTES)])
def test_a_proxy_names_ann(sent: str, user: str) -> None:
    assert user_in([sent], "X-User") == user


@pytest.mark.parametrize(
    "sent",
    [
        [], [""], ["", ""], ["mallory", "ann"], ["ann", ""], ["", "ann"], ["mallory, ann"], ["  "], ["a" * (USER_BYTES + 1)], ["ann\r\nx: y"], ["an\tn"], ["an\x00n"],
        ["(null)"], ["{http.reverse_proxy.header.Remote-User}"], ["\xff\xfe"], ["\u202eann".encode().decode("latin-1")],
    ],
)  # fmt: skip
def test_what_could_be_two_people_or_none_is_nobody(sent: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        user_in(sent, "X-User")
    assert refused.value.code == "signed_out"
    assert "X-User" in refused.value.content


# ---- settings ------------------------------------------------------------------------------------


def test_proxies_are_addresses_and_networks() -> None:
    settings = load_settings({"TRUSTED_PROXIES": " 127.0.0.1, ::1 ,10.1.0.0/16,", "TRUSTED_USER_HEADER": "X-User"})
    assert settings.trusted_proxies == ["127.0.0.1", "::1", "10.1.0.0/16"]
    assert load_settings({}).trusted_proxies == []


@pytest.mark.parametrize("proxies", ["*", "localhost", "10.0.0.0/33", "10.0.0.1/8", "0.0.0.0/0", "::/0", "127.0.0.1;::1"])
def test_a_proxy_that_could_be_anybody_is_no_setting(proxies: str) -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        load_settings({"TRUSTED_PROXIES": proxies})


@pytest.mark.parametrize("header", ["X User", "X-User:", "Cookie", "authorization", "X-Forwarded-For", "ü"])
def test_a_header_that_anybody_sends_is_no_setting(header: str) -> None:
    with pytest.raises(SettingsError, match="TRUSTED_USER_HEADER"):
        load_settings({"TRUSTED_PROXIES": PROXY, "TRUSTED_USER_HEADER": header})


def test_a_header_is_believed_of_somebody() -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        load_settings({"TRUSTED_USER_HEADER": "X-User"})


# ---- at every door of a server -------------------------------------------------------------------

@pytest.fixture(name="guarded", scope="module")
def server_that_a_proxy_signs_people_in_to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("guarded"), TRUSTED_PROXIES=PROXY, TRUSTED_USER_HEADER="X-User", OPERATOR_TOKEN=OPERATOR)
    server.start()
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


def ask(server: Server, path: str, *headers: tuple[str, str], by: str = PROXY, method: str = "GET", **given: Any) -> httpx2.Response:
    """What is answered to somebody whose address is `by`."""
    with httpx2.Client(transport=httpx2.HTTPTransport(local_address=by), timeout=20) as http:
        return http.request(method, server.url + path, headers=list(headers), **given)


ANN = ("X-User", "ann@example.org")
DOORS = ["/", "/r/tea", "/static/style.css", "/asyncapi.json", "/api/rooms/tea/messages", "/api/rooms/tea/events", "/api/rooms/tea/search?q=a", "/nowhere"]


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("headers", [[], [ANN], [ANN, ("X-Forwarded-For", PROXY)]], ids=["none", "forged", "with a forged address"])
def test_past_the_proxy_no_door_opens(guarded: Server, path: str, headers: list[tuple[str, str]]) -> None:
    refused = ask(guarded, path, *headers, by=MALLORY)
    assert refused.status_code == 403
    assert "past the proxy" in refused.text
    assert refused.headers["content-security-policy"] == HEADERS["content-security-policy"]
    assert "set-cookie" not in refused.headers


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("headers", [[], [("X-User", "")], [ANN, ("X-User", "bea")], [("X-User", "ann, bea")]], ids=["none", "empty", "two", "merged"])
def test_nobody_comes_in_by_the_proxy_unnamed(guarded: Server, path: str, headers: list[tuple[str, str]]) -> None:
    refused = ask(guarded, path, *headers)
    assert refused.status_code == 401
    if path.startswith("/api/"):
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == "signed_out"


@pytest.mark.parametrize("by", [PROXY, MALLORY])
def test_whatever_watches_the_server_need_not_sign_in(guarded: Server, by: str) -> None:
    assert ask(guarded, "/health", by=by).status_code == 200


@pytest.mark.parametrize("by", [PROXY, MALLORY])
def test_the_operator_fetches_a_backup_without_signing_in(guarded: Server, by: str) -> None:
    assert ask(guarded, "/api/backup", ("Authorization", f"Bearer {OPERATOR}"), by=by, method="POST").status_code == 200
    assert ask(guarded, "/api/backup", ("Authorization", f"Bearer {OPERATOR}x"), by=by, method="POST").status_code in (401, 403)


def test_ann_is_the_same_person_from_every_device_and_nobody_elses_token_makes_her_another(guarded: Server) -> None:
    def you(*headers: tuple[str, str]) -> dict[str, Any]:
        return ask(guarded, "/api/rooms/tea/messages", *headers, method="POST", json={"content": "hi"}).json()["you"]

    ann, bea = you(ANN), you(("X-User", "bea"))
    assert (ann["name"], bea["name"]) == ("ann", "bea")
    assert ann["id"] != bea["id"]
    assert you(ANN)["id"] == you(ANN, ("Authorization", f"Bearer {'b' * 43}"))["id"] == ann["id"]
    assert ann.get("token") is None


async def test_a_socket_is_opened_for_whom_the_proxy_names(guarded: Server) -> None:
    url = f"ws://127.0.0.1:{guarded.port}/ws/tea"
    async with connect(url, additional_headers=[ANN], local_addr=(PROXY, 0)) as line:
        assert json.loads(await line.recv())["you"]["name"] == "ann"
    for by, headers, status in [(MALLORY, [ANN], 403), (MALLORY, [], 403), (PROXY, [], 401), (PROXY, [ANN, ("X-User", "bea")], 401)]:
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, additional_headers=headers, local_addr=(by, 0))
        assert refused.value.response.status_code == status


def test_a_stream_is_opened_for_whom_the_proxy_names(guarded: Server) -> None:
    with httpx2.stream("GET", f"{guarded.url}/api/rooms/tea/events", headers=[ANN], timeout=20) as stream:
        first = next(line for line in stream.iter_lines() if line.startswith("data: "))
    assert json.loads(first.removeprefix("data: "))["you"]["name"] == "ann"


@pytest.fixture(name="believing", scope="module")
def server_that_believes_a_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("believing"), TRUSTED_PROXIES=PROXY, CONNECTIONS_PER_ADDRESS="1")
    server.start()
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


def test_where_no_header_is_trusted_it_means_nothing(believing: Server) -> None:
    said = [ask(believing, "/api/rooms/tea/messages", ANN, method="POST", json={"content": "hi"}).json()["you"] for _ in range(2)]
    assert said[0]["id"] != said[1]["id"]
    assert ask(believing, "/", by=MALLORY).status_code == 200


def test_cookies_are_for_tls_alone_where_the_proxy_has_it(believing: Server) -> None:
    https = ("X-Forwarded-Proto", "https")
    assert "__Host-pocketroom=" in ask(believing, "/", https).headers["set-cookie"]
    assert "; Secure" in ask(believing, "/", https).headers["set-cookie"]
    assert "Secure" not in ask(believing, "/", https, by=MALLORY).headers["set-cookie"]


def test_limits_are_by_the_address_that_the_proxy_tells(believing: Server) -> None:
    def opens(by: str, told: str) -> Any:
        return httpx2.Client(transport=httpx2.HTTPTransport(local_address=by), timeout=20).stream(
            "GET", f"{believing.url}/api/rooms/tea/events", headers={"X-Forwarded-For": told}
        )

    with opens(PROXY, "203.0.113.1") as ann, opens(PROXY, "203.0.113.2") as bea, opens(MALLORY, "203.0.113.3") as mallory:
        assert [ann.status_code, bea.status_code, mallory.status_code] == [200] * 3
        with opens(PROXY, "198.51.100.1, 203.0.113.1") as again, opens(MALLORY, "203.0.113.4") as mallory_again:
            assert [again.status_code, mallory_again.status_code] == [429] * 2
