"""Who may do what, and who may not: every cell of the table in docs/security.md, at every door, in both kinds of rooms."""

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, get_args

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from main import create_app
from tests.server import ROOT, Server
from utils.access import RIGHTS
from utils.protocol import Act, ClientFrame
from utils.settings import load_settings

ROW = re.compile(r"^\| ([a-z][^|]*) \| ([^|]*`[^|]*) \| (yes|no) \| (yes|no) \| (yes|no) \| (yes|no) \| (yes|no) \|$", re.MULTILINE)
A_DOOR = re.compile(r"`([^`]+)`([^,`]*)(?:`([^`]+)`)?")
ROLES: tuple[str, ...] = ("owner", "member", "reader", "removed", "not invited")
PATIENCE = 20
NO_LOG: Any = SimpleNamespace(run=None)  # an app that is only asked for its doors


def table() -> list[tuple[str, dict[str, bool]]]:
    """Each door of the table, and which roles may use it."""
    rows = []
    for _act, doors, *cells in ROW.findall((ROOT / "docs/security.md").read_text()):
        may = dict(zip(ROLES, (cell == "yes" for cell in cells), strict=True))
        rows += [("".join(found).strip(), may) for found in A_DOOR.findall(doors)]
    return rows


TABLE = table()
FRAMES = [door for door, _ in TABLE if door.islower() and not door.startswith("socket")]
CASES = [(door, over) for door, _ in TABLE for over in (("socket", "post") if door in FRAMES else ("http",))]


@dataclass
class Somebody:
    """A person with a session of their own."""

    token: str
    id: str
    http: httpx2.AsyncClient
    port: int

    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    async def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        return await self.http.request(method, path, headers=self.headers(), **more)

    async def post(self, room: str, **frame: Any) -> dict[str, Any]:
        answer = await self.ask("POST", f"/api/rooms/{room}/frames", json=frame)
        return answer.json() if answer.content else {"type": "nothing"}

    async def send(self, room: str, **frame: Any) -> dict[str, Any]:
        """What the server answers to `frame` over a socket, or the code with which it closes it."""
        key = {} if frame["type"] in ("draft", "typing", "ping") else {"key": secrets.token_urlsafe(8)}
        try:
            async with connect(f"ws://127.0.0.1:{self.port}/ws/{room}", additional_headers=self.headers()) as socket:
                await socket.recv()
                await socket.send(json.dumps(frame | key))
                await socket.send('{"type":"ping"}')
                while True:
                    told = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
                    if told.get("key") == key.get("key", "") or told["type"] in ("error", "draft") or (not key and told["type"] == "pong"):
                        return told
        except ConnectionClosed as closed:
            return {"type": "closed", "code": closed.rcvd and closed.rcvd.code}


@dataclass
class Scene:
    """A room with an owner who has made it, and somebody of each role, who said something while they could."""

    room: str
    people: dict[str, Somebody]
    said: dict[str, int]  # the id of what each of them said
    bystander: str  # a member's id, whose role an attempt may change


Arrive = Callable[[str], Awaitable[Somebody]]


@pytest.fixture(name="arrive")
async def arrivals(standing: Server) -> AsyncIterator[Arrive]:
    async with httpx2.AsyncClient(base_url=standing.url, timeout=60) as http:

        async def arrive(name: str) -> Somebody:
            told = (await http.post("/api/sessions", json={"name": name})).json()
            return Somebody(told["token"], told["id"], http, standing.port)

        yield arrive


async def set_scene(arrive: Arrive, access: str) -> Scene:
    people = dict(zip(ROLES, await asyncio.gather(*map(arrive, ("Ann", "Bea", "Cleo", "Dan", "Eve"))), strict=True))
    ann, bystander = people["owner"], await arrive("Finn")
    inside = [people[role] for role in ("member", "reader", "removed")] + [bystander]
    if access == "open":
        room = f"room-{secrets.token_hex(6)}"
        del people["not invited"]
    else:
        room = (await ann.ask("POST", "/api/rooms", json={"title": "Board"})).json()["name"]
        invitation = (await ann.ask("POST", f"/api/rooms/{room}/invitations", json={})).json()["invitation"]
        for person in inside:
            assert (await person.ask("POST", f"/api/rooms/{room}/members", json={"invitation": invitation})).status_code == 200
    said = {role: (await who.post(room, type="message", content="hi"))["id"] for role, who in people.items() if role != "not invited"}
    for role, person in (("reader", people["reader"]), ("removed", people["removed"]), ("member", bystander)):
        assert (await ann.post(room, type="appoint", id=person.id, role=role))["type"] == "ack"
    return Scene(room, people, {"not invited": said["member"], **said}, bystander.id)


# ---- what one tries at each door -----------------------------------------------------------------


def frame_at(door: str, role: str, scene: Scene) -> dict[str, Any]:
    own, anothers, me = scene.said[role], scene.said["owner" if role != "owner" else "member"], scene.people[role].id
    return {
        "message": {"type": "message", "content": "let me say"}, "edit one's own": {"type": "edit", "id": own, "content": f"edited {role}"},
        "ask": {"type": "ask", "id": own}, "draft": {"type": "draft", "content": "let me", "ref": 1}, "typing": {"type": "typing", "on": True},
        "ping": {"type": "ping"}, "stop": {"type": "stop", "id": own}, "delete one's own": {"type": "delete", "id": own},
        "delete another's": {"type": "delete", "id": anothers}, "configure": {"type": "configure", "title": f"of {role}"},
        "configure closed": {"type": "configure", "closed": role == "owner"},
        "appoint oneself none": {"type": "appoint", "id": me, "role": "none"},
        "appoint another": {"type": "appoint", "id": scene.bystander, "role": "reader"},
    }[door.replace("`", "")]  # fmt: skip


async def try_door(door: str, over: str, role: str, scene: Scene) -> dict[str, Any]:
    """What `role` is told when they try: an answer to a frame, a problem, or the code of a close."""
    person, room = scene.people[role], f"/api/rooms/{scene.room}"
    if door == "socket":
        return await person.send(scene.room, type="ping")
    if over != "http":
        frame = frame_at(door, role, scene)
        return await (person.send if over == "socket" else person.post)(scene.room, **frame)
    method, _, path = door.partition(" ")
    if path.startswith("/events"):
        async with person.http.stream("GET", room + path, headers=person.headers()) as stream:
            first = await anext(aiter(stream.aiter_lines()))
            return json.loads(first.removeprefix("data: "))
    body = {"/messages": {"content": "over http"}, "/invitations": {}}.get(path) if method == "POST" else None
    found = await person.ask(method, room + path + ("?q=hi" if path == "/search" else ""), json=body)
    return found.json() if found.headers.get("content-type", "").endswith("/json") or found.is_error else {"type": str(found.status_code)}


def is_refused(told: dict[str, Any]) -> bool:
    """Whether that was for want of a right, and not of something to do it to."""
    no_room = str(told.get("content", "")).startswith("There is no room")
    return told.get("code") in ("forbidden", 4503, 4504) or no_room


def how_it_is_refused(role: str, access: str, over: str) -> set[Any]:
    if role not in ("removed", "not invited"):
        return {"forbidden"}
    return {"forbidden", 4503} if access == "open" else {"not_found", 4504}


# ---- the table -----------------------------------------------------------------------------------


@pytest.mark.parametrize("access", ["open", "invited"])
@pytest.mark.parametrize(("door", "over"), CASES, ids=lambda value: value.replace("`", ""))
async def test_each_role_gets_through_the_doors_of_the_table_and_no_others(arrive: Arrive, door: str, over: str, access: str) -> None:
    scene = await set_scene(arrive, access)
    may = next(may for listed, may in TABLE if listed == door)
    order = sorted(scene.people, key=lambda role: (role == "owner", role))  # the owner last: some doors are for once
    if door == "appoint oneself none":
        await scene.people["owner"].post(scene.room, type="appoint", id=scene.bystander, role="owner")  # somebody stays
    for role in order:
        told = await try_door(door, over, role, scene)
        if door.startswith("appoint oneself") and told.get("code") == 4503 and access == "invited":  # whoever leaves is let go
            told = {"type": "left"}
        allowed = may[role] and not (door.startswith("appoint oneself") and role == "reader" and access == "open")  # or they would be a member
        assert is_refused(told) is not allowed, (role, told)
        if not allowed:
            assert told["code"] in how_it_is_refused(role, access, over), (role, told)


def test_the_table_has_every_act_every_frame_and_every_door_of_a_room() -> None:
    frames = {frame.model_fields["type"].annotation for frame in get_args(ClientFrame)}
    assert {get_args(kind)[0] for kind in frames} <= {door.partition(" ")[0] for door in FRAMES}
    named = {door.partition("?")[0].replace("/1", "/{id}") for door, _ in TABLE if not door.islower()}
    app = create_app(load_settings({"LLM": "fake"}), log=NO_LOG)
    doors = set()
    for path, methods in app.openapi()["paths"].items():
        if path.startswith("/api/rooms/{room}"):
            doors |= {f"{method.upper()} {path.removeprefix('/api/rooms/{room}')}".strip() for method in methods}
    exports = {"GET /export.md", "GET /export.jsonl"}
    assert doors - {"GET /export.{form}", "POST /frames", "POST /members"} | exports == named, "those two doors have no right of their own"


def test_the_table_says_what_the_code_says() -> None:
    rows = ROW.findall((ROOT / "docs/security.md").read_text())
    told = [{role for role, cell in zip(ROLES, cells, strict=True) if cell == "yes"} for _, _, *cells in rows]
    assert len(rows) >= len(get_args(Act))
    assert all(any(rights == row for row in told) for rights in map(set, RIGHTS.values()))
