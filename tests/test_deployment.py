"""Deployed for real: the configurations in deploy/ before a server, by the programs they are for; the image; the unit; the guide."""

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

import main
from tests.front import NAME, SIGNED_IN, Authority, Front, Program, caddy, run, sign_in_service
from tests.server import ROOT, Server
from utils.guard import HEADERS
from utils.protocol import FRAME_BYTES

ANN, BEA, MALLORY = "127.0.0.2", "127.0.0.3", "127.0.0.4"  # where they are, as the proxies see it
PROGRAMS: tuple[Program, ...] = ("nginx", "caddy")
LINES = 4  # that one address may have
SPOOFS = [{}, {"X-Forwarded-For": "203.0.113.1"}, {"X-Forwarded-For": "203.0.113.2, 203.0.113.3"}, {"X-Real-IP": "203.0.113.4", "Forwarded": "for=203.0.113.4"}]


@pytest.fixture(autouse=True)
def the_name_leads_here(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **named: look_up("127.0.0.1" if host == NAME else host, *more, **named))


@pytest.fixture(name="authority", scope="module")
def our_own_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(name="settings", scope="module")
def settings_of_the_guide() -> dict[str, str]:
    return {"ALLOWED_HOSTS": NAME, "TRUSTED_PROXIES": "127.0.0.1", "SPEAKS": "mentioned"}


@pytest.fixture(name="behind", scope="module")
def server_behind(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("behind"), None, **settings, CONNECTIONS_PER_ADDRESS=str(LINES))
    server.start()
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


@pytest.fixture(name="front", scope="module", params=PROGRAMS)
def proxy_as_shipped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, behind: Server, authority: Authority) -> Iterator[Front]:
    with Front(request.param, tmp_path_factory.mktemp(request.param), behind.port, authority).running() as front:
        yield front


@pytest.fixture(name="signed_in", scope="module")
def server_that_a_proxy_signs_people_in_to(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("signed-in"), None, **settings, TRUSTED_USER_HEADER="X-User")
    server.start()
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


@pytest.fixture(name="sign_in", scope="module")
def sign_in_elsewhere() -> Iterator[int]:
    with sign_in_service() as port:
        yield port


@pytest.fixture(name="guard", scope="module", params=PROGRAMS)
def proxy_that_asks_who_it_is(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, signed_in: Server, authority: Authority, sign_in: int
) -> Iterator[Front]:
    with Front(request.param, tmp_path_factory.mktemp(request.param), signed_in.port, authority, sign_in).running() as front:
        yield front


def visitor(front: Front, at: str = ANN, **headers: str) -> httpx2.Client:
    """A browser at the address `at`; it keeps its cookies."""
    transport = httpx2.HTTPTransport(verify=front.trusting, local_address=at)
    return httpx2.Client(transport=transport, base_url=front.url, headers={"Sec-Fetch-Site": "same-origin", **headers}, timeout=20)


def socket_to(front: Front, room: str, at: str = ANN, **headers: str) -> Any:
    """A socket as the page opens it."""
    return connect(
        f"wss://{NAME}:{front.port}/ws/{room}", ssl=front.trusting, origin=front.url, additional_headers=headers, local_addr=(at, 0)  # type: ignore[arg-type]
    )


async def welcome(line: ClientConnection) -> dict[str, Any]:
    frame = json.loads(await line.recv())
    assert frame["type"] == "welcome"
    return frame


async def close_code(line: ClientConnection) -> int | None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await line.recv()
    return line.close_code


def say(http: httpx2.Client, room: str, content: str = "hi", **headers: str) -> httpx2.Response:
    return http.post(f"/api/rooms/{room}/messages", json={"content": content}, headers=headers)


# ---- through the proxies -------------------------------------------------------------------------


def test_a_visitor_by_http_is_led_to_https(front: Front) -> None:
    answer = httpx2.get(f"http://127.0.0.1:{front.plain_port}/r/tea?x=1", headers={"Host": NAME})
    assert answer.status_code in (301, 308)
    assert answer.headers["location"].startswith(f"https://{NAME}")
    assert answer.headers["location"].endswith("/r/tea?x=1")


async def test_ann_has_a_cookie_that_only_tls_can_set_and_is_the_same_person_at_a_socket(front: Front, room: str) -> None:
    with visitor(front) as ann:
        cookie = ann.get(f"/r/{room}").headers["set-cookie"]
        assert cookie.startswith("__Host-pocketroom=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        said = say(ann, room).json()
    async with socket_to(front, room, Cookie=cookie.partition(";")[0]) as line:
        assert (await welcome(line))["you"]["id"] == said["you"]["id"]


async def test_another_sites_page_gets_no_socket(front: Front, room: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"wss://{NAME}:{front.port}/ws/{room}", ssl=front.trusting, origin="https://evil.example")  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403


def test_every_answer_has_our_headers_and_says_that_only_tls_will_do(front: Front) -> None:
    with visitor(front) as ann:
        for path in ("/", "/api/rooms/tea/messages", "/nowhere"):
            headers = ann.get(path).headers
            assert {name: headers[name] for name in HEADERS if name != "cache-control"} == {n: v for n, v in HEADERS.items() if n != "cache-control"}
            assert headers["strict-transport-security"] == "max-age=31536000"


def test_what_streams_comes_as_it_is_said(front: Front, room: str) -> None:
    with visitor(front) as ann, visitor(front, BEA) as bea, ann.stream("GET", f"/api/rooms/{room}/events") as stream:
        lines = (json.loads(line.removeprefix("data: ")) for line in stream.iter_lines() if line.startswith("data: "))
        assert next(lines)["type"] == "welcome"
        said = say(bea, room, "Do you hear me?").json()
        assert next(frame for frame in lines if frame["type"] == "message" and frame["id"] == said["id"])["content"] == "Do you hear me?"


async def test_tokens_come_through_a_socket_one_by_one(front: Front, room: str) -> None:
    async with socket_to(front, room) as line:
        await welcome(line)
        await line.send(json.dumps({"type": "message", "content": "Pocket, count! !tokens=100000 !rate=50", "key": "count"}))
        while (frame := json.loads(await line.recv()))["type"] != "chunk":
            pass
        await line.send(json.dumps({"type": "stop", "id": frame["id"], "key": "stop"}))
        while (frame := json.loads(await line.recv()))["type"] != "end":
            pass
        assert frame["status"] == "stopped"


def test_mallory_has_one_address_whatever_mallory_writes(front: Front, room: str) -> None:
    with contextlib.ExitStack() as at_end:
        mallory, bea = (at_end.enter_context(visitor(front, at)) for at in (MALLORY, BEA))

        def opens(who: httpx2.Client, **headers: str) -> int:
            """A stream, which stays open."""
            return at_end.enter_context(who.stream("GET", f"/api/rooms/{room}/events", headers=headers)).status_code

        assert [opens(mallory, **spoof) for spoof in SPOOFS] == [200] * LINES
        assert [opens(mallory, **spoof) for spoof in SPOOFS] == [429] * LINES
        assert opens(bea) == 200


def test_what_is_too_long_is_refused_in_words_and_what_is_far_too_long_too(front: Front, room: str) -> None:
    with visitor(front) as ann:
        frame = {"content": "x" * 16_000, "key": "k"}
        whole = json.dumps(frame) + " " * (FRAME_BYTES - len(json.dumps(frame)))
        assert ann.post(f"/api/rooms/{room}/messages", content=whole).status_code == 201
        told = ann.post(f"/api/rooms/{room}/messages", content=whole + " ")
        assert (told.status_code, told.json()["code"]) == (413, "too_long")
        far = ann.post(f"/api/rooms/{room}/messages", content=b" " * 4_000_000)
        assert far.status_code in (413, 502)  # by the proxy, or by us as soon as its head is here


async def test_a_stop_ends_what_goes_through_the_proxies_and_loses_nothing(
    serve: Callable[..., Server], settings: dict[str, str], authority: Authority, tmp_path_factory: pytest.TempPathFactory, room: str
) -> None:
    server = serve(**settings)
    nginx, caddy = (Front(program, tmp_path_factory.mktemp(program), server.port, authority) for program in PROGRAMS)
    with nginx.running(), caddy.running(), visitor(nginx) as ann:
        async with socket_to(nginx, room) as anns, socket_to(caddy, room, BEA) as beas:
            await asyncio.gather(welcome(anns), welcome(beas))
            said = say(ann, room, "Before it stops.").json()
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            assert await asyncio.gather(close_code(anns), close_code(beas)) == [1012, 1012]
            await stopping
        assert say(ann, room).status_code == 502
        server.start()
        [message] = ann.get(f"/api/rooms/{room}/messages").json()["messages"]
        assert (message["id"], message["content"]) == (said["id"], "Before it stops.")


def test_nginx_waits_longer_than_we_are_silent() -> None:
    seconds = {"s": 1, "m": 60, "h": 3600}
    text = (ROOT / "deploy/nginx.conf").read_text()
    [(number, unit)] = re.findall(r"proxy_read_timeout (\d+)([smh]);", text)
    assert int(number) * seconds[unit] > main.WAIT_SECONDS > main.PING_SECONDS


def test_caddy_waits_for_ever_and_takes_little_more_than_a_frame(tmp_path: Path) -> None:
    told = json.loads(run(caddy(), "adapt", "--config", ROOT / "deploy/Caddyfile").partition("\n")[0])
    [server] = told["apps"]["http"]["servers"].values()
    assert {name for name in server if "timeout" in name} == {"read_header_timeout"}
    assert not re.search(r"read_timeout|write_timeout|response_header_timeout", json.dumps(server["routes"]))
    [bytes] = re.findall(r'"max_size": (\d+)', json.dumps(server["routes"]))  # of a request
    assert FRAME_BYTES < int(bytes) < 4 * FRAME_BYTES


def test_no_proxy_keeps_what_people_look_for(behind: Server, authority: Authority, tmp_path: Path) -> None:
    with Front("nginx", tmp_path, behind.port, authority).running() as front, visitor(front) as ann:
        ann.get("/api/rooms/tea/search?q=divorce")
    assert "/api/rooms/tea/search" in (tmp_path / "pocketroom.log").read_text()
    assert "divorce" not in (tmp_path / "pocketroom.log").read_text()


# ---- where somebody else signs people in ---------------------------------------------------------


def signed(who: str) -> dict[str, str]:
    return {"Cookie": f"{SIGNED_IN}={who}"}


def test_ann_is_who_the_sign_in_says_on_every_device(guard: Front, room: str) -> None:
    with visitor(guard, **signed("ann")) as laptop, visitor(guard, BEA, **signed("ann")) as phone, visitor(guard, **signed("bea")) as bea:
        you = [say(device, room).json()["you"] for device in (laptop, phone, bea)]
    assert you[0] == you[1] != you[2]
    assert [one["name"] for one in you] == ["ann", "ann", "bea"]


@pytest.mark.parametrize("header", ["X-User", "x-user", "X-Auth-Request-Email"])
def test_mallory_cannot_say_that_she_is_ann(guard: Front, room: str, header: str) -> None:
    with visitor(guard, MALLORY, **signed("mallory")) as mallory, visitor(guard, MALLORY) as stranger:
        assert say(mallory, room, **{header: "ann@example.org"}).json()["you"]["name"] == "mallory"
        assert say(stranger, room, **{header: "ann@example.org"}).status_code == 401


async def test_at_a_socket_too(guard: Front, room: str) -> None:
    async with socket_to(guard, room, **signed("ann"), **{"X-User": "mallory@example.org"}) as line:
        assert (await welcome(line))["you"]["name"] == "ann"
    with pytest.raises(InvalidStatus) as refused:
        await socket_to(guard, room, **{"X-User": "ann@example.org"})
    assert refused.value.response.status_code == 401


def test_a_stranger_who_opens_the_page_is_led_to_the_sign_in(guard: Front) -> None:
    with visitor(guard, **{"Sec-Fetch-Mode": "navigate"}) as stranger:
        led = stranger.get("/r/tea")
        assert (led.status_code, led.headers["location"].removeprefix(guard.url)) == (302, "/oauth2/start?rd=/r/tea")
        assert stranger.get("/oauth2/start").status_code == 401  # it is the sign-in's, not ours


def test_whom_the_sign_in_cannot_name_stays_outside(guard: Front, room: str) -> None:
    with visitor(guard, **signed("nameless")) as nameless:
        refused = say(nameless, room, **{"X-User": "ann@example.org"})
    assert (refused.status_code, refused.json()["code"]) == (401, "signed_out")


def test_nobody_gets_past_the_proxy(signed_in: Server) -> None:
    with httpx2.Client(transport=httpx2.HTTPTransport(local_address=MALLORY), base_url=signed_in.url) as mallory:
        assert say(mallory, "tea").status_code == 403
        assert say(mallory, "tea", **{"X-User": "ann@example.org", "X-Forwarded-For": "127.0.0.1"}).status_code == 403
        assert mallory.get("/health").status_code == 200
