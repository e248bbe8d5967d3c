"""The doors for people themselves, and for who may come into a room: each of them once as it should be, and once not."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.conftest import Join
from tests.member import Member
from tests.server import Server
from tests.test_http_doors import is_problem
from utils.limits import GUESSES_PER_MINUTE
from utils.protocol import CLOSE_NO_ROOM, CLOSE_PASSWORD, CLOSE_REMOVED, CLOSE_SIGNED_OUT

OPERATOR = {"authorization": "Bearer an-operator-s-own-token"}
PASSWORD = "open sesame"
OUR_PAGE = {"x-pocketroom": "1"}
NO_ROOM = "private-0123456789abcdef"


@pytest.fixture(name="house", scope="module")
def house_with_an_operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("house"), SPEAKS="mentioned", OPERATOR_TOKEN=OPERATOR["authorization"].removeprefix("Bearer "))
    server.start()
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


@dataclass
class Person:
    """Somebody with a session, before all doors."""

    http: httpx2.AsyncClient
    token: str = ""
    id: str = ""
    name: str = ""

    async def does(self, method: str, path: str, body: dict[str, Any] | None = None, **more: Any) -> httpx2.Response:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.http.request(method, f"/api{path}", json=body, headers=headers, **more)

    async def makes_room(self) -> str:
        return (await self.does("POST", "/rooms", {"title": "Tea"})).json()["name"]

    async def invites(self, room: str, **limits: Any) -> str:
        return (await self.does("POST", f"/rooms/{room}/invitations", limits)).json()["invitation"]


Arrive = Callable[..., Awaitable[Person]]


@pytest.fixture(name="http")
async def http_client(house: Server) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=house.url, timeout=60) as http:
        yield http


@pytest.fixture(name="arrive")
async def with_a_session(http: httpx2.AsyncClient) -> Arrive:
    async def arrive(name: str, **body: Any) -> Person:
        answer = await http.post("/api/sessions", json={"name": name, **body})
        assert answer.status_code == 201
        return Person(http, **answer.json())

    return arrive


def at_the_socket(house: Server, person: Person, room: str) -> Member:
    member = Member(house, None, room)
    member.token = person.token
    return member


# ---- sessions ------------------------------------------------------------------------------------


async def test_ann_signs_out_and_her_open_line_ends_with_a_code_that_says_do_not_come_back(house: Server, arrive: Arrive, room: str) -> None:
    ann = await arrive("Ann")
    line = await at_the_socket(house, ann, room).join()
    assert (await ann.does("DELETE", "/sessions")).status_code == 204
    assert await line.is_closed() == CLOSE_SIGNED_OUT
    assert is_problem(await ann.does("GET", "/rooms"), 401, "signed_out")
    assert is_problem(await ann.does("POST", f"/rooms/{room}/messages", {"content": "hello"}), 401, "signed_out")
    again = at_the_socket(house, ann, room)
    await again.connect()
    assert await again.is_closed() == CLOSE_SIGNED_OUT


async def test_ann_signs_out_elsewhere_and_stays_here(house: Server, arrive: Arrive, room: str) -> None:
    ann = await arrive("Ann")
    phone = await arrive("", link=(await ann.does("POST", "/links")).json()["link"])
    lines = [await at_the_socket(house, device, room).join() for device in (ann, phone)]
    assert (await phone.does("DELETE", "/sessions", params={"others": "true"})).status_code == 204
    assert await lines[0].is_closed() == CLOSE_SIGNED_OUT
    assert (await lines[1].ping())["type"] == "pong"
    assert (await phone.does("GET", "/rooms")).status_code == 200
    await lines[1].leave()


async def test_a_link_takes_ann_to_another_device_once(house: Server, arrive: Arrive, http: httpx2.AsyncClient) -> None:
    ann = await arrive("Ann")
    link = (await ann.does("POST", "/links")).json()
    assert link["until"] > 1_700_000_000_000
    phone = await arrive("Bob", link=link["link"])
    assert (phone.id, phone.name) == (ann.id, "Ann")
    assert phone.token != ann.token
    assert is_problem(await http.post("/api/sessions", json={"link": link["link"]}), 403, "forbidden")


async def test_our_page_takes_a_link_for_a_cookie_and_sees_no_token(house: Server, arrive: Arrive) -> None:
    ann = await arrive("Ann")
    link = (await ann.does("POST", "/links")).json()["link"]
    async with httpx2.AsyncClient(base_url=house.url, headers=OUR_PAGE) as page:
        first = (await page.get("/")).headers["set-cookie"]
        taken = await page.post("/api/sessions", json={"link": link, "cookie": True})
        assert (taken.status_code, taken.content) == (204, b"")
        assert taken.headers["set-cookie"].startswith("pocketroom=")
        assert "httponly" in taken.headers["set-cookie"].lower()
        assert taken.headers["set-cookie"] != first
        room = (await page.post("/api/rooms")).json()["name"]
    assert [known["name"] for known in (await ann.does("GET", "/rooms")).json()["rooms"]] == [room], "the cookie is Ann's"


async def test_a_page_that_is_not_ours_is_given_no_cookie(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/api/sessions", json={"cookie": True})
    assert answer.status_code == 201
    assert "set-cookie" not in answer.headers
    assert "pocketroom" not in answer.text


@pytest.mark.parametrize("body", [b'{"name": 7}', b'{"link": ["x"]}', b"[]", b"{"])
async def test_what_is_no_wish_for_a_session_is_refused_in_words(http: httpx2.AsyncClient, body: bytes) -> None:
    answer = await http.post("/api/sessions", content=body)
    assert answer.status_code in (400, 422)
    assert answer.json()["content"]


async def test_ann_is_forgotten_and_who_watches_sees_someone_in_her_place(house: Server, arrive: Arrive, join: Join, room: str) -> None:
    bea = await join("Bea", at=house)
    ann = await arrive("Ann")
    line = await at_the_socket(house, ann, room).join()
    await bea.receives("presence", count=2)
    await line.say("I am Ann")
    await line.configure(title="Tea")
    await bea.sees("Ann set title to “Tea”.")
    epoch = bea.transcript.epoch
    assert (await ann.does("DELETE", "/person")).status_code == 204
    assert await line.is_closed() == CLOSE_SIGNED_OUT
    await bea.until(lambda: bea.transcript.epoch != epoch)
    assert [(message["author"]["name"], message["content"]) for message in bea.shown()] == [
        ("someone", "I am Ann"), ("system", "someone set title to “Tea”."),
    ]  # fmt: skip
    assert not bea.of("welcome")[-1]["resumed"]
    assert is_problem(await ann.does("DELETE", "/person"), 401, "signed_out")
    assert (await bea.say("hello")) == 3


async def test_forgetting_somebody_who_was_never_here_changes_nothing(http: httpx2.AsyncClient) -> None:
    assert (await http.delete("/api/person")).status_code == 204
    assert (await http.delete("/api/sessions")).status_code == 204


# ---- the house -----------------------------------------------------------------------------------


async def test_whoever_stands_outside_is_told_what_is_to_know(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/api/house")).json() == {
        "password": False, "asks_password": False, "signed_in_by_proxy": False, "retention_days": 0, "offline": True,
    }  # fmt: skip


async def test_a_house_with_a_password_lets_nobody_in_who_has_not_shown_it(serve: Callable[..., Server], room: str) -> None:
    house = serve(ROOM_PASSWORD=PASSWORD, RETENTION_DAYS="7", LLM="openai:gpt-4.1", OPENAI_API_KEY="sk-none", SPEAKS="never")
    stranger = Member(house, "Ann", room)
    await stranger.connect()
    assert await stranger.is_closed() == CLOSE_PASSWORD
    async with httpx2.AsyncClient(base_url=house.url) as http:
        assert (await http.get("/api/house")).json() == {
            "password": True, "asks_password": True, "signed_in_by_proxy": False, "retention_days": 7, "offline": False,
        }  # fmt: skip
        for method, path in [
            ("GET", "messages"), ("POST", "messages"), ("GET", "search?q=x"), ("GET", "export.md"), ("GET", "events"), ("GET", "members"),
            ("GET", "messages/1/answer"), ("DELETE", ""), ("POST", "frames"), ("GET", "invitations"),
        ]:  # fmt: skip
            answer = await http.request(method, f"/api/rooms/{room}/{path}".rstrip("/"), content='{"type": "message", "content": "hello"}')
            assert is_problem(answer, 401, "no_password"), path
        for method, path in [("POST", "sessions"), ("POST", "links"), ("POST", "rooms"), ("GET", "rooms"), ("DELETE", "person"), ("DELETE", "sessions")]:
            assert is_problem(await http.request(method, f"/api/{path}"), 401, "no_password"), path
        assert is_problem(await http.post("/api/password", json={"password": "sesame"}), 403, "forbidden")
        shown = await http.post("/api/password", json={"password": PASSWORD})
        assert shown.status_code == 200
        ann = at_the_socket(house, Person(http, **shown.json()), room)
        await ann.join()
        assert ann.you["id"] == shown.json()["id"]
        await ann.leave()
        in_one = await http.post("/api/sessions", json={"name": "Bea", "password": PASSWORD})
        assert (in_one.status_code, in_one.json()["name"]) == (201, "Bea")
        assert [(await http.get(path)).status_code for path in ("/", "/health", "/ready", "/asyncapi", "/static/style.css")] == [200] * 5


async def test_our_page_shows_the_password_with_its_cookie(serve: Callable[..., Server]) -> None:
    async with httpx2.AsyncClient(base_url=serve(ROOM_PASSWORD=PASSWORD).url, headers=OUR_PAGE) as page:
        await page.get("/")
        assert is_problem(await page.get("/api/rooms"), 401, "no_password")
        shown = await page.post("/api/password", json={"password": PASSWORD})
        assert (shown.status_code, shown.content) == (204, b"")
        assert (await page.get("/api/rooms")).json() == {"rooms": []}
        assert not (await page.get("/api/house")).json()["password"]


async def test_a_link_brings_the_password_along(serve: Callable[..., Server]) -> None:
    async with httpx2.AsyncClient(base_url=serve(ROOM_PASSWORD=PASSWORD).url) as http:
        ann = Person(http, **(await http.post("/api/sessions", json={"name": "Ann", "password": PASSWORD})).json())
        for more in ({}, {"password": PASSWORD}):
            link = (await ann.does("POST", "/links")).json()["link"]
            phone = await http.post("/api/sessions", json={"link": link, **more})
            assert (phone.status_code, phone.json()["id"]) == (201, ann.id)


async def test_whoever_guesses_too_often_has_to_wait_and_then_not_even_the_password_helps(serve: Callable[..., Server]) -> None:
    async with httpx2.AsyncClient(base_url=serve(ROOM_PASSWORD=PASSWORD).url) as http:
        answers = [await http.post("/api/password", json={"password": "a guess"}) for _ in range(GUESSES_PER_MINUTE)]
        assert {answer.status_code for answer in answers} == {403}
        while (answer := await http.post("/api/password", json={"password": "a guess"})).status_code == 403:
            pass  # one more for every three seconds that this took
        assert is_problem(answer, 429, "rate_limited")
        assert int(answer.headers["retry-after"]) > 0
        assert is_problem(await http.post("/api/password", json={"password": PASSWORD}), 429, "rate_limited")


# ---- rooms by invitation -------------------------------------------------------------------------


async def test_ann_makes_a_room_of_her_own(arrive: Arrive) -> None:
    ann = await arrive("Ann")
    answer = await ann.does("POST", "/rooms", {"title": "  Tea \n time "})
    made = answer.json()
    assert answer.status_code == 201
    assert (made["title"], made["role"]) == ("Tea time", "owner")
    assert (await ann.does("GET", "/rooms")).json() == {"rooms": [made]}
    assert (await ann.does("GET", f"/rooms/{made['name']}/members")).json() == {
        "access": "invited", "closed": False, "role": "owner", "members": [{"id": ann.id, "name": "Ann", "role": "owner"}],
    }  # fmt: skip
    assert is_problem(await ann.does("POST", "/rooms", {"title": "x" * 200}), 422, "too_long")


async def test_a_room_by_invitation_looks_to_others_like_one_that_is_not_there(house: Server, arrive: Arrive) -> None:
    ann, mal = await arrive("Ann"), await arrive("Mal")
    room = await ann.makes_room()
    await ann.does("POST", f"/rooms/{room}/messages", {"content": "between us"})
    for method, path in [
        ("GET", "messages"), ("GET", "search?q=us"), ("GET", "export.md"), ("GET", "export.jsonl"), ("GET", "messages/1/answer"), ("GET", "events"),
        ("GET", "members"), ("GET", "invitations"), ("POST", "invitations"), ("DELETE", "invitations/1"), ("POST", "messages"), ("POST", "frames"), ("DELETE", ""),
    ]:  # fmt: skip
        body = {"type": "message", "content": "hello"} if method == "POST" else None
        seen = [await mal.does(method, f"/rooms/{name}/{path}".rstrip("/"), body) for name in (room, NO_ROOM)]
        assert is_problem(seen[0], 404, "not_found"), path
        assert seen[0].text.replace(room, "ROOM") == seen[1].text.replace(NO_ROOM, "ROOM"), path
        assert {*seen[0].headers} == {*seen[1].headers}
    for name in (room, NO_ROOM):
        line = at_the_socket(house, mal, name)
        await line.connect()
        assert await line.is_closed() == CLOSE_NO_ROOM
    assert (await ann.does("GET", f"/rooms/{room}/messages")).status_code == 200


async def test_bea_comes_in_by_an_invitation_and_is_told_as_what(house: Server, arrive: Arrive) -> None:
    ann, bea = await arrive("Ann"), await arrive("Bea")
    room = await ann.makes_room()
    line = await at_the_socket(house, ann, room).join()
    came = await bea.does("POST", f"/rooms/{room}/members", {"invitation": await ann.invites(room, role="reader")})
    assert came.json() | {"token": ""} == {"role": "reader", "token": ""}
    await line.sees("Bea came in by invitation.")
    assert (await bea.does("GET", f"/rooms/{room}/messages")).status_code == 200
    assert is_problem(await bea.does("POST", f"/rooms/{room}/messages", {"content": "hello"}), 403, "forbidden")
    assert is_problem(await bea.does("POST", f"/rooms/{room}/members", {"invitation": "a guess"}), 403, "forbidden")
    await line.leave()


async def test_whoever_has_no_session_yet_gets_one_with_the_invitation(arrive: Arrive, http: httpx2.AsyncClient) -> None:
    ann = await arrive("Ann")
    room = await ann.makes_room()
    came = (await http.post(f"/api/rooms/{room}/members", json={"invitation": await ann.invites(room)})).json()
    assert came["role"] == "member"
    guest = Person(http, came["token"])
    assert [known["name"] for known in (await guest.does("GET", "/rooms")).json()["rooms"]] == [room]


async def test_ann_lists_limits_renews_and_withdraws_invitations(arrive: Arrive) -> None:
    ann, bea = await arrive("Ann"), await arrive("Bea")
    invitations = f"/rooms/{await ann.makes_room()}/invitations"
    first = (await ann.does("POST", invitations, {"seconds": 3600, "uses": 2})).json()
    assert first["until"] - first["made"] == 3_600_000
    secret = first.pop("invitation")
    assert (await ann.does("GET", invitations)).json() == {"invitations": [first]}
    second = (await ann.does("POST", invitations, {"instead_of": first["id"]})).json()
    assert is_problem(await bea.does("POST", invitations.replace("invitations", "members"), {"invitation": secret}), 403, "forbidden")
    assert (await ann.does("DELETE", f"{invitations}/{second['id']}")).status_code == 204
    assert (await ann.does("GET", invitations)).json() == {"invitations": []}
    assert is_problem(await ann.does("DELETE", f"{invitations}/{second['id']}"), 404, "not_found")


@pytest.mark.parametrize("wrong", [{"role": "owner"}, {"role": 7}, {"seconds": 0}, {"seconds": 1e9}, {"uses": True}, {"uses": "2"}, {"instead_of": -1}])
async def test_an_invitation_that_cannot_be_is_refused(arrive: Arrive, wrong: dict[str, Any]) -> None:
    ann = await arrive("Ann")
    assert is_problem(await ann.does("POST", f"/rooms/{await ann.makes_room()}/invitations", wrong), 400, "bad_frame")


async def test_members_do_not_invite_and_do_not_delete_the_room(arrive: Arrive) -> None:
    ann, bea = await arrive("Ann"), await arrive("Bea")
    room = await ann.makes_room()
    await bea.does("POST", f"/rooms/{room}/members", {"invitation": await ann.invites(room)})
    for method, path in [("POST", "/invitations"), ("GET", "/invitations"), ("DELETE", "/invitations/1"), ("DELETE", "")]:
        assert is_problem(await bea.does(method, f"/rooms/{room}{path}"), 403, "forbidden"), path


async def test_a_deleted_room_sends_everybody_away_and_is_not_there_any_more(house: Server, arrive: Arrive) -> None:
    ann, bea = await arrive("Ann"), await arrive("Bea")
    room = await ann.makes_room()
    await bea.does("POST", f"/rooms/{room}/members", {"invitation": await ann.invites(room)})
    lines = [await at_the_socket(house, person, room).join() for person in (ann, bea)]
    await lines[1].begun(await lines[1].say("Pocket, count: !tokens=100000 !rate=50"))
    assert (await ann.does("DELETE", f"/rooms/{room}")).status_code == 204
    assert [await line.is_closed() for line in lines] == [CLOSE_NO_ROOM] * 2
    assert is_problem(await ann.does("DELETE", f"/rooms/{room}"), 404, "not_found")
    assert is_problem(await ann.does("GET", f"/rooms/{room}/messages"), 404, "not_found")
    assert (await bea.does("GET", "/rooms")).json() == {"rooms": []}


# ---- frames about people -------------------------------------------------------------------------


async def test_ann_makes_bea_a_reader_and_everybody_is_told(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    assert (await ann.does("appoint", id=bea.you["id"], role="reader"))["type"] == "ack"
    await bea.sees("Ann made Bea a reader here.")
    assert (await bea.until(lambda: [welcome for welcome in bea.of("welcome") if welcome["you"]["role"] == "reader"]))[0]["resumed"]
    told = {"id": bea.you["id"], "name": "Bea", "role": "reader"}
    await ann.until(lambda: any(told in presence["members"] for presence in ann.of("presence")))
    assert (await bea.does("message", content="hello"))["code"] == "forbidden"
    assert (await bea.does("appoint", id=bea.you["id"], role="owner"))["code"] == "forbidden"
    assert (await ann.does("appoint", id="nobody", role="owner"))["code"] == "not_found"


async def test_whom_ann_removes_is_out_at_once_and_does_not_come_back(join: Join, standing: Server, room: str) -> None:
    ann, mal = await join("Ann"), Member(standing, "Mal", room)
    await mal.join()
    await ann.does("appoint", id=mal.you["id"], role="removed")
    assert await mal.is_closed() == CLOSE_REMOVED
    await mal.connect()
    assert await mal.is_closed() == CLOSE_REMOVED
    async with httpx2.AsyncClient(base_url=standing.url) as http:
        person = Person(http, mal.token or "")
        assert is_problem(await person.does("GET", f"/rooms/{room}/messages"), 403, "forbidden")
        assert is_problem(await person.does("POST", f"/rooms/{room}/messages", {"content": "hello"}), 403, "forbidden")
    await ann.receives("presence", count=1)
    assert [message["content"] for message in ann.shown()] == ["Ann removed Mal from this room."]


async def test_a_closed_room_takes_no_messages_and_its_owner_opens_it_again(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    said = await bea.say("hello")
    assert (await bea.does("configure", closed=True))["code"] == "forbidden"
    await ann.does("configure", closed=True)
    assert (await bea.receives("room"))["closed"]
    for frame in ({"type": "message", "content": "hello"}, {"type": "edit", "id": said, "content": "hullo"}, {"type": "ask", "id": said}):
        assert (await bea.does(**frame))["code"] == "closed"
    assert (await bea.delete(said))["type"] == "ack"
    await ann.does("configure", closed=False)
    assert await bea.say("hello again")


async def test_an_owner_removes_anybodys_message_and_it_tells_by_whom(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    said = await bea.say("something bad")
    assert (await ann.delete(said))["type"] == "ack"
    deleted = await bea.receives("message", id=said, status="deleted")
    assert (deleted["author"]["name"], deleted["by"]["name"], deleted["content"]) == ("Bea", "Ann", "")


# ---- the operator --------------------------------------------------------------------------------


async def test_the_operator_sets_any_room_in_order_but_says_nothing_there(house: Server, arrive: Arrive, http: httpx2.AsyncClient) -> None:
    ann = await arrive("Ann")
    room = await ann.makes_room()
    said = (await ann.does("POST", f"/rooms/{room}/messages", {"content": "hello"})).json()["id"]
    operator = Person(http, OPERATOR["authorization"].removeprefix("Bearer "))
    assert (await operator.does("GET", f"/rooms/{room}/members")).json()["role"] == "owner"
    frames: list[dict[str, Any]] = [
        {"type": "delete", "id": said}, {"type": "configure", "closed": True}, {"type": "appoint", "id": ann.id, "role": "owner"},
    ]  # fmt: skip
    for frame in frames:
        assert (await operator.does("POST", f"/rooms/{room}/frames", frame)).json()["type"] == "ack"
    assert is_problem(await operator.does("POST", f"/rooms/{room}/frames", {"type": "message", "content": "hello"}), 403, "forbidden")
    assert is_problem(await operator.does("POST", f"/rooms/{NO_ROOM}/frames", frames[1]), 404, "not_found")
    assert (await operator.does("DELETE", f"/rooms/{room}")).status_code == 204
    assert is_problem(await ann.does("GET", f"/rooms/{room}/members"), 404, "not_found")


async def test_whoever_shows_another_token_is_no_operator(arrive: Arrive, http: httpx2.AsyncClient) -> None:
    room = await (await arrive("Ann")).makes_room()
    for token in ("an-operator-s-own-tokem", "", secrets.token_urlsafe(32)):
        assert is_problem(await Person(http, token).does("DELETE", f"/rooms/{room}"), 404, "not_found")
