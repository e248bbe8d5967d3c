"""The doors of PocketRoom: the page, the socket, HTTP. Everything is wired here; `python main.py` starts it."""

import asyncio
import contextlib
import gc
import re
import secrets
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast

import uvicorn
from fastapi import BackgroundTasks, FastAPI, Header, Path as InPath, Query, Request, WebSocket, WebSocketDisconnect
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from fastapi.sse import EventSourceResponse
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.routing import Match, WebSocketRoute

from flow import create_chat_flow
from utils import asyncapi, events, export, identity, logs, openapi, people_doors, problem, protocol
from utils.access import LOBBY, THE_OPERATOR
from utils.answer import Flow
from utils.asked import checked, read_body, read_object, text_in
from utils.awaited import AwaitedAnswer, retold
from utils.connection import Connection
from utils.events import EventWire
from utils.guard import Guard
from utils.house import House, name_in
from utils.identity import session_of
from utils.limits import address_of
from utils.listener import ACCEPTS, listen
from utils.message_log import SYSTEM, LogUnavailable, MessageLog, Passage
from utils.metrics import Metrics
from utils.openapi import RoomName
from utils.pace import Pace
from utils.providers import THIS_MACHINE
from utils.protocol import FRAME_BYTES, ROOM_NAME, AckFrame, Author, Message, Refused, ServerFrame
from utils.proxies import BehindProxies, SignedInByProxy
from utils.retention import keep_days
from utils.room import Room
from utils.search import excerpt
from utils.settings import Settings, SettingsError, load_settings
from utils.site import ASK_AGAIN, PROTOCOL_PAGE, File, Site
from utils.sqlite_file import remove_copy
from utils.sqlite_log import SqliteLog, milliseconds
from utils.stream_llm import Model, choose_model
from utils.visits import Visits
from utils.visits import door_of
from utils.wire import RoomHttp, RoomProtocol, SocketWire, wire_of

T = TypeVar("T")
STATIC = Path(__file__).parent / "static"
CLOSES = {
    "signed_out": protocol.CLOSE_SIGNED_OUT, "no_password": protocol.CLOSE_PASSWORD, "forbidden": protocol.CLOSE_REMOVED,
    "not_found": protocol.CLOSE_NO_ROOM,
}  # fmt: skip
OPERATORS_DOORS = "whoever shows the OPERATOR_TOKEN: backups, announcements, /metrics, and every room as an owner"
OPERATORS = (protocol.Appoint, protocol.Configure, protocol.Delete)  # frames that the operator may send
PAGE_MESSAGES = 500  # in one page of history at most; its text has a bound, too
FOUND_MESSAGES = 50  # in one page of what a search finds at most
EXPORT_MESSAGES = 200  # are held at a time, while a room is exported
LATER_MESSAGES = 100  # after an old question, among which its answer is looked for
PING_SECONDS, PONG_SECONDS = 11, 4  # of silence, which a page breaks after 10 s; a dead line is found within 11 + 2 · 4 s
LATE_SECONDS = 0.1  # for those to come in who were accepted just before the server stops
GRACE_SECONDS = 3  # for sockets to close when the server stops
ANSWER_SECONDS = 30  # for what is posted to be done; whoever is told to come back finds it done under its key
WAIT_SECONDS = 300  # for an answer, at most; whoever waits longer asks again
COME_BACK_SECONDS = 60  # that whoever waited in vain is told to wait the next time
ANNOUNCED = 100  # rooms that are told something at a time; others' messages come between
STREAM_HEADERS = {"cache-control": "no-store, no-transform", "x-accel-buffering": "no"}  # nothing on the way may keep what streams


def create_app(
    settings: Settings | None = None, log: MessageLog | None = None, model: Model | None = None, flow: Flow | None = None
) -> FastAPI:
    """The ASGI app; what is not given comes from the settings. Raises SettingsError or LogUnavailable."""
    settings = settings or load_settings()
    flow = flow or create_chat_flow(settings.assistant_instructions)
    house = House(settings, log or SqliteLog(settings.database_path), Site(STATIC), flow, model or choose_model(settings))

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        app.state.house = house
        logs.start(settings.log_format, settings.log_level)
        house.log.start(house.rooms.on_changes)
        house.empty_buried()
        keeping = asyncio.create_task(keep_days(house.log, settings.retention_days, lambda removed: house.rooms.forget_through(*removed)))
        logs.event("started", model=settings.model, speaks=settings.speaks)
        with on_stop(house.stop):
            yield {"paced": bool(settings.messages_per_minute)}  # which sockets see as soon as they are made
        keeping.cancel()
        await house.rooms.close()
        await house.log.close()
        logs.event("stopped")
        logs.limit.close()

    app = FastAPI(title="PocketRoom", lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False, telemetry={"tracing": False})
    if settings.trusted_user_header:
        app.add_middleware(SignedInByProxy, header=settings.trusted_user_header, operator_token=settings.operator_token)
    app.add_middleware(Guard, hosts=[settings.host, *settings.allowed_hosts.split(",")])  # type: ignore[arg-type]
    app.add_middleware(Pace, lines=settings.connections_per_address)
    if settings.trusted_proxies:
        app.add_middleware(BehindProxies, proxies=settings.trusted_proxies)  # before all that asks who comes
    app.add_middleware(Visits, tally=house.tally)  # added last, so outermost
    app.state.metrics = Metrics(house)
    app.add_exception_handler(Refused, refuse)
    app.add_exception_handler(RequestValidationError, refuse_request)
    app.add_exception_handler(HTTPException, refuse_request)
    for path, door, methods in PAGES:
        app.add_api_route(path, door, methods=methods, include_in_schema=False)
    for path, door, described in (*DOORS, *people_doors.DOORS):
        app.add_api_route(path, door, **described)
    app.openapi = partial(openapi.document, app)
    app.router.routes[:0] = [WebSocketRoute("/ws", enter), WebSocketRoute("/ws/{room:path}", enter)]  # FastAPI's own cost more
    return app


# ---- the page ------------------------------------------------------------------------------------


async def page(request: Request) -> Response:
    if not ROOM_NAME.fullmatch(request.path_params.get("room", LOBBY)):
        return PlainTextResponse("No room can have this name: a-z, 0-9, - and _, at most 64 of them.", 404)
    response = request.app.state.house.site.page(request.headers)
    session = session_of(request)
    if session.kind in ("new", "cookie"):  # the old one anew, so that it lasts for whoever comes again
        identity.set_cookie(response, request, session)
    return response


async def protocol_page(request: Request) -> Response:
    return request.app.state.house.site.page(request.headers, PROTOCOL_PAGE)


async def protocol_document(request: Request, form: asyncapi.Form, side: asyncapi.Side = "client") -> Response:
    """The protocol for machines, as a client has it or, with `side=server`, the server."""
    secure = request.url.scheme == "https"
    told = await asyncio.to_thread(asyncapi.text, form, request.headers.get("host", ""), secure, side)  # made when first asked for
    return File(f"asyncapi.{form}", told.encode()).answer(request.headers, ASK_AGAIN)


async def static_file(request: Request, path: str) -> Response:
    return request.app.state.house.site.file(path, request.headers)


# ---- the socket ----------------------------------------------------------------------------------


async def enter(websocket: WebSocket) -> None:
    """One socket: its handshake, and the join. All that follows is `pass_on`, for each text."""
    name = websocket.path_params.get("room", LOBBY)
    if not ROOM_NAME.fullmatch(name):
        await websocket.send_denial_response(PlainTextResponse("No room can have this name.", 404))
        return
    await websocket.accept()
    house, wire, counted = websocket.app.state.house, wire_of(websocket), closes_of(websocket)
    with contextlib.ExitStack() as at_end:
        try:
            at_end.callback(leave := house.line(websocket))
            room, connection = await join(house, websocket, wire, counted, name)
        except Refused as refused:
            code = counted(CLOSES.get(refused.code, protocol.CLOSE_LATER))
            with contextlib.suppress(WebSocketDisconnect):  # they left already
                await websocket.close(code, refused.content)
            return
        at_end.pop_all()  # that, and all of a request, would be kept for as long as somebody is here
        address = address_of(websocket.client)
        await wire.stay(partial(pass_on, house, address, room, connection), partial(depart, room, connection, leave))


async def join(house: House, websocket: WebSocket, wire: SocketWire, counted: Callable[[int], int], name: str) -> tuple[Room, Connection]:
    query = websocket.query_params
    position = position_in(query.get("after", ""))
    return await house.join(
        websocket, wire, lambda code, reason: wire.end(counted(code), reason), name, query.get("name"), position, query.get("epoch")
    )


def closes_of(websocket: WebSocket) -> Callable[[int], int]:
    """Counts the code with which we close this socket, and returns it."""
    return partial(websocket.app.state.house.tally.count_closed, door_of(websocket.scope), websocket.client and websocket.client.host)


def pass_on(house: House, address: str, room: Room, connection: Connection, text: str | None) -> None:
    """Parse what came, and hand it over. Nothing here waits, so that Stop and pings always get through."""
    if connection.is_lost:  # what was under way when they had to go
        return
    if text is None:
        return room.expel(connection, protocol.CLOSE_BINARY, "text frames only")
    try:
        frame = protocol.parse(text)
        if house.limits.drops(frame, connection.member["id"], address):
            return
        house.limits.must_say(frame, connection.member["id"], address)
        room.receive(frame, connection.author, connection.answer)
    except Refused as refused:
        if not connection.refuse(refused):
            room.expel(connection, protocol.CLOSE_BAD_FRAMES, "too many bad frames")


def depart(room: Room, connection: Connection, leave: Callable[[], None]) -> None:
    try:
        room.leave(connection)
    finally:
        leave()


def position_in(after: str) -> int | None:
    return int(after) if re.fullmatch(r"[0-9]{1,15}", after) else None


# ---- the room over HTTP --------------------------------------------------------------------------


class RoomStream(EventSourceResponse):
    """Events until the client leaves, the server stops, or there are no more; then `at_end` is closed.

    FastAPI makes such a response of an endpoint that yields, too, but with two more buffers and tasks for each reader, and
    encodes each frame for each of them anew.
    """

    def __init__(self, body: AsyncIterator[bytes], at_end: contextlib.ExitStack, headers: dict[str, str] | None = None) -> None:
        super().__init__(body, headers={**STREAM_HEADERS, **(headers or {})})
        self._at_end = at_end

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        with self._at_end:
            await super().__call__(scope, receive, send)


async def stream_room(
    request: Request,
    room: RoomName,
    name: str | None = None,
    after: str = "",
    epoch: str = "",
    poll: bool = False,
    last_event_id: Annotated[str, Header()] = "",
) -> Response:
    """The frames of a room as Server-Sent Events, as a socket would bring them: who opens this joins, who closes it leaves.

    `after` and `epoch`, or the Last-Event-ID, tell what you have. `poll`: the response ends soon after it brought news.
    """
    house: House = request.app.state.house
    epoch, position = events.place_of(last_event_id) or (epoch, position_in(after))
    wire = EventWire()
    with opened(house, request, wire.close) as at_end:
        joined, connection = await house.join(request, wire, lambda *_: wire.close(), checked(room), name, position, epoch)
        if poll:
            at_end.callback(house.linger, request, partial(joined.leave, connection))
            at_end.callback(wire.drop)
            body = wire.poll(is_news=bool(joined.streaming()) or (position, epoch) != (joined.seq, joined.epoch))
        else:
            at_end.callback(joined.leave, connection)
            at_end.enter_context(house.pulse.stream(room, connection.member["id"]))
            body = wire.stream(beat=partial(beat, house, joined, connection))
        return RoomStream(body, at_end.pop_all())


def beat(house: House, room: Room, connection: Connection, was_busy: bool) -> bool:
    """Write a pong, unless the client is gone."""
    member = connection.member["id"]
    if connection.is_lost:
        return False
    if was_busy:
        house.pulse.spare(room.name, member)
    room.receive(protocol.Ping(type="ping"), connection.author, connection.answer)
    return not house.pulse.is_lost(room.name, member)


async def post_frame(request: Request, room: RoomName, name: str | None = None) -> Response:
    """Any frame that a socket would take. What it is answered with is the answer; 204 where that is nothing."""
    house: House = request.app.state.house
    try:
        answer, _, _ = await hand_over(house, request, room, protocol.parse(await read_body(request)), name)
    except Refused as refused:
        return problem.problem(refused, "error")
    return JSONResponse(answer) if answer else Response(status_code=204)


async def say(
    request: Request,
    room: RoomName,
    name: str | None = None,
    wait: Annotated[float, Query(ge=0, le=WAIT_SECONDS)] = 0,
) -> Response:
    """Say something. With `wait` the answer to it when it is over, or 202 when that takes longer than so many seconds.

    With `Accept: text/event-stream` the answer as it comes. 201 where there will be none.
    """
    house: House = request.app.state.house
    frame = protocol.parse(await read_body(request), "message")
    if not isinstance(frame, protocol.Say):
        raise Refused("unknown_type", "Only a message can be posted here.")
    awaited = AwaitedAnswer()
    if not (wait or wants_events(request)):
        ack, _, you = await hand_over(house, request, room, frame, name)
        return JSONResponse({**cast(AckFrame, ack), "you": you}, 201)
    with opened(house, request, awaited.give_up) as at_end:  # before it is said: after that nothing can be refused
        answer, open_room, you = await hand_over(house, request, room, frame, name)
        ack = cast(AckFrame, answer)
        if ack["duplicate"] and (found := await logged_answer(house, request, room, ack["id"])):
            return tell_whole(request, found, at_end)
        at_end.enter_context(awaited.watching(open_room, ack["id"], you["id"]))
        return await tell_answer(request, awaited, wait, where_answered(room, ack["id"]), {**ack, "you": you}, at_end)


async def read_answer(
    request: Request, room: RoomName, id: Annotated[int, InPath(ge=1, le=2**53)], wait: Annotated[float, Query(ge=0, le=WAIT_SECONDS)] = 0
) -> Response:
    """The answer to the message `id`: when it is over, as it comes, or 202, as for what was said just now."""
    house: House = request.app.state.house
    house.limit_reading(request)
    awaited = AwaitedAnswer()
    with opened(house, request, awaited.give_up) as at_end:
        if found := await logged_answer(house, request, checked(room), id):  # which also finds out whether there is such a room
            return tell_whole(request, found, at_end)
        reader = await house.people.must_read(session_of(request), room)
        at_end.enter_context(awaited.watching(await house.open(room, reader, address_of(request.client), makes_room=False), id, reader))
        return await tell_answer(request, awaited, wait, where_answered(room, id), None, at_end)


async def logged_answer(house: House, request: Request, room: str, question: int) -> Message | None:
    """The answer to an old question, if it is over. Raises Refused."""
    passage = await house.read(request, room, lambda: house.log.after(room, question, LATER_MESSAGES))
    answers = (m for m in passage.messages if m.get("reply_to") == question and m["author"]["kind"] == "assistant")
    return next((answer for answer in answers if answer["status"] != "streaming"), None)


def where_answered(room: str, question: int) -> dict[str, str]:
    return {"location": f"/api/rooms/{room}/messages/{question}/answer?wait={COME_BACK_SECONDS}"}


def tell_whole(request: Request, answer: Message, at_end: contextlib.ExitStack) -> Response:
    """An answer that is over, in the form that is asked for."""
    if wants_events(request):
        return RoomStream(events.encode(retold(answer), WAIT_SECONDS), at_end.pop_all())
    return JSONResponse({"type": "message", **answer})


async def tell_answer(
    request: Request, awaited: AwaitedAnswer, wait: float, where: dict[str, str], said: dict[str, Any] | None, at_end: contextlib.ExitStack
) -> Response:
    """What `awaited` comes to, in the form that is asked for; `said` is told with it, or in its place."""
    if wants_events(request):
        return RoomStream(events.encode(awaited.frames(), wait or WAIT_SECONDS, said), at_end.pop_all(), where)
    try:
        answer = await unless_gone(request, awaited.whole(wait))
    except TimeoutError:
        return JSONResponse({**(said or {}), "answer": where["location"]}, 202, where)
    if answer is not None:
        return JSONResponse({"type": "message", **answer})
    if said is None:
        raise Refused("not_found", "There is no answer to such a message, and none is about to come.")
    return JSONResponse(said, 201)


@contextlib.contextmanager
def opened(house: House, request: Request, end: Callable[[], None]) -> Iterator[contextlib.ExitStack]:
    """A line, and what else is to be closed with it; a stream takes all of that along."""
    with contextlib.ExitStack() as at_end:
        at_end.callback(house.line(request, end))
        yield at_end


async def hand_over(
    house: House, request: Request, name: str, frame: protocol.ClientFrame, called: str | None
) -> tuple[ServerFrame | None, Room, dict[str, Any]]:
    """Give `frame` to the room `name` as if it came over a socket: its answer if it has one, the room, who said it. Raises Refused."""
    checked(name)
    if isinstance(frame, protocol.Keyed):
        frame.key = frame.key or secrets.token_urlsafe(16)
    house.must_be_open(getattr(frame, "key", None))
    session = session_of(request)
    if house.is_operator(request):
        if not isinstance(frame, OPERATORS):
            raise Refused("forbidden", "The OPERATOR_TOKEN is for frames that set a room in order, and for /api/announce.")
        await house.people.members(None, name)  # there is such a room
        room, member = await house.rooms.open(name), THE_OPERATOR
    else:
        house.must_be_within_limits(request, session, frame)
        room, member = await house.visit(request, name, called)
    here = None if called else room.members.get(member["id"])
    author: Author = {"id": member["id"], "name": here["name"] if here else name_in(room, member), "kind": "human"}
    if isinstance(frame, protocol.Ping):
        house.pulse.feel(name, member["id"])
    else:
        house.pulse.spare(name, member["id"])
    answer = await answered(room, frame, author)
    if answer and answer["type"] == "error":
        raise Refused(answer["code"], answer["content"], answer.get("key"), answer.get("retry_after"))
    return answer, room, {"id": member["id"], "name": author["name"], "token": session.token_to_show}


async def answered(room: Room, frame: protocol.ClientFrame, author: Author) -> ServerFrame | None:
    """What `room` answers to `frame`. Raises Refused."""
    answer: asyncio.Future[ServerFrame] = asyncio.get_running_loop().create_future()
    room.receive(frame, author, lambda told: answer.done() or answer.set_result(told))
    if isinstance(frame, protocol.Typing):
        return None
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await answer
    except TimeoutError:
        raise Refused("unavailable", "This is not done yet. Send it again under its key.", getattr(frame, "key", None), 1) from None


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What `work` comes to, which is given up when the client is."""
    working, leaving = asyncio.create_task(work), asyncio.create_task(gone(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Refused("unavailable", "The client is gone.")  # which nobody hears
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()


async def gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def wants_events(request: Request) -> bool:
    return "text/event-stream" in request.headers.get("accept", "")


# ---- HTTP ----------------------------------------------------------------------------------------


async def announce(request: Request) -> Response:
    """Say something to one room or to all, as the system: {content, room?, key?}. For whoever shows the OPERATOR_TOKEN."""
    house: House = request.app.state.house
    house.must_be_operator(request)
    body = await read_object(request)
    said, room = protocol.parse(to_json({**body, "type": "message"})), text_in(body, "room")
    assert isinstance(said, protocol.Say)
    said.key, said.reply_to = said.key or secrets.token_urlsafe(16), None
    rooms = await house.log.rooms()
    if room is not None:
        rooms = [name for name in rooms if name == room]
    if not rooms:
        raise Refused("not_found", "There is no such room yet.", said.key)
    for start in range(0, len(rooms), ANNOUNCED):
        some = rooms[start : start + ANNOUNCED]
        outcomes = await asyncio.gather(*(house.log.commit(name, SYSTEM, said) for name in some), return_exceptions=True)
        for name in some:
            house.rooms.forget(name)
        for refused in filter(None, (o for o in outcomes if isinstance(o, BaseException))):
            raise refused
    return JSONResponse({"rooms": len(rooms), "key": said.key})


async def history(
    request: Request,
    room: RoomName,
    before: Annotated[int, Query(ge=1, le=2**53)] = 2**53,
    limit: Annotated[int, Query(ge=1, le=PAGE_MESSAGES)] = 50,
) -> Response:
    """The messages before the id `before`. From the id `from` on none is left out; 0: there is none older."""
    house: House = request.app.state.house
    house.limit_reading(request)
    return JSONResponse(await house.read(request, checked(room), lambda: house.log.before(room, before, limit)))


async def search(
    request: Request,
    room: RoomName,
    q: str = "",
    before: Annotated[int, Query(ge=1, le=2**53)] = 2**53,
    limit: Annotated[int, Query(ge=1, le=FOUND_MESSAGES)] = 20,
) -> Response:
    """The newest messages before the id `before` in which every word of `q` occurs; `excerpt` alternates plain text and match."""
    house: House = request.app.state.house
    house.limit_reading(request)
    found = await house.read(request, checked(room), lambda: house.log.search(room, q, before, limit))
    excerpts = await asyncio.to_thread(lambda: [excerpt(message["content"], q) for message in found.messages])  # which may be long
    told = [
        {"id": message["id"], "ts": message["ts"], "author": message["author"], "excerpt": pieces}
        for message, pieces in zip(found.messages, excerpts, strict=True)
    ]
    return JSONResponse({"epoch": found.epoch, "messages": told, "more": found.more})


async def export_room(request: Request, room: RoomName, form: Literal["md", "jsonl"]) -> Response:
    """The whole room as a file, in Markdown or as a line of JSON for each message."""
    house: House = request.app.state.house
    house.limit_reading(request)

    def after(id: int) -> Awaitable[Passage]:
        return house.read(request, checked(room), lambda: house.log.after(room, id, EXPORT_MESSAGES))

    first = await after(0)
    begun = milliseconds()
    if form == "jsonl":
        head, write, media_type = "", export.json_lines, "application/x-ndjson"
    else:
        head, write, media_type = export.markdown_head(room, first.settings["title"], begun), export.markdown, "text/markdown; charset=utf-8"
    name = f"{room}-{export.when(begun)[:10]}.{form}"  # safe in a header and as a file's: so are the names of rooms
    told = export.exported(after, first, head, write)
    return StreamingResponse(told, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


async def health(request: Request) -> Response:
    """200 when what is said now is saved; 503 and the reason when it is not."""
    try:
        await request.app.state.house.log.health()
    except Refused as why:
        return JSONResponse({"status": "unavailable", "reason": why.content}, 503)
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """200 when people are let in; 503 and the reason from the moment the server is asked to stop, or when nothing can be saved."""
    try:
        request.app.state.house.must_be_open()
    except Refused as why:
        return JSONResponse({"status": "unavailable", "reason": why.content}, 503)
    return await health(request)


async def metrics(request: Request) -> Response:
    """How things stand, for Prometheus, which shows the OPERATOR_TOKEN; without one there is no such door."""
    if not request.app.state.house.settings.operator_token:
        raise HTTPException(404)
    request.app.state.house.must_be_operator(request)
    text, media_type = request.app.state.metrics.text(request.headers.get("accept", ""))
    return Response(text, headers={"content-type": media_type})


async def backup(request: Request) -> Response:
    """A copy of the whole log, made while it is in use, for whoever shows the OPERATOR_TOKEN."""
    house: House = request.app.state.house
    house.must_be_operator(request)
    path = await house.log.backup()
    fetched = BackgroundTasks()
    fetched.add_task(remove_copy, path)
    return FileResponse(path, media_type="application/vnd.sqlite3", filename="pocketroom.db", background=fetched)


async def refuse(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return problem.problem(refused)


async def refuse_request(request: Request, error: Exception) -> Response:
    """What FastAPI refuses by itself: no such door, not in this way, a parameter out of its bounds."""
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        return problem.response(422, "bad_request", f"{'.'.join(map(str, first['loc']))}: {first['msg']}.")
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
    response = problem.response(error.status_code, code, f"{error.detail}.")
    if error.status_code == 405:  # FastAPI names those of one door only
        doors = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
        response.headers["allow"] = ", ".join(sorted(set().union(*(getattr(door, "methods", ()) for door in doors))))
    return response


PAGES = [
    ("/", page, ["GET", "HEAD"]),
    ("/r/{room}", page, ["GET", "HEAD"]),
    ("/static/{path:path}", static_file, ["GET", "HEAD"]),
    ("/asyncapi", protocol_page, ["GET", "HEAD"]),
    ("/asyncapi.{form}", protocol_document, ["GET", "HEAD"]),
    ("/health", health, ["HEAD"]),
    ("/ready", ready, ["HEAD"]),
]
DOORS = [
    ("/api/rooms/{room}/events", stream_room, openapi.ROOM_STREAM),
    ("/api/rooms/{room}/frames", post_frame, openapi.FRAMES),
    ("/api/rooms/{room}/messages", history, openapi.HISTORY),
    ("/api/rooms/{room}/messages", say, openapi.SAY),
    ("/api/rooms/{room}/messages/{id}/answer", read_answer, openapi.ANSWER),
    ("/api/rooms/{room}/search", search, openapi.SEARCH),
    ("/api/rooms/{room}/export.{form}", export_room, openapi.EXPORT),
    ("/api/announce", announce, openapi.ANNOUNCE),
    ("/api/backup", backup, openapi.BACKUP),
    ("/health", health, openapi.HEALTH),
    ("/ready", ready, openapi.READY),
    ("/metrics", metrics, openapi.METRICS),
]


# ---- python main.py ------------------------------------------------------------------------------


def main() -> None:
    try:
        settings = load_settings()
        log = SqliteLog(settings.database_path)
        listener = listen(settings)
    except (SettingsError, LogUnavailable, OSError) as why:
        sys.exit(f"PocketRoom cannot start: {why}")
    gc.set_threshold(50_000, 20, 200)  # frames are no cycles; nearly twice as many connects a second
    logs.start(settings.log_format, settings.log_level)
    logs.take_the_rest()
    if settings.log_format == "text":
        greet(settings, log.path, listener.getsockname()[1])
    config = uvicorn.Config(
        create_app(settings, log), ws=RoomProtocol, http=RoomHttp, ws_max_size=FRAME_BYTES, ws_per_message_deflate=False,
        ws_ping_interval=PING_SECONDS, ws_ping_timeout=PONG_SECONDS, timeout_graceful_shutdown=GRACE_SECONDS,
        proxy_headers=False, server_header=False, access_log=False, log_config=None,
        loop="asyncio", backlog=ACCEPTS,
    )  # fmt: skip
    with contextlib.suppress(KeyboardInterrupt):
        Server(config).run(sockets=[listener])


class Server(uvicorn.Server):
    """uvicorn, which would not close those who come in while it closes the others, and wait for them in vain."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in [*self.servers, *(sockets or [])]:
            listener.close()
        await asyncio.sleep(LATE_SECONDS)
        await super().shutdown(sockets)


@contextlib.contextmanager
def on_stop(call: Callable[[], None]) -> Iterator[None]:
    """Call `call` when the process is asked to stop, by Ctrl-C or SIGTERM.

    A server first waits for its responses to end, and tells the app only then; a stream would never hear of it.
    """
    if threading.current_thread() is not threading.main_thread():  # where no signal arrives
        yield
        return
    loop, before = asyncio.get_running_loop(), {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def handle(number: int, frame: Any) -> None:
        loop.call_soon_threadsafe(call)
        if callable(then := before[signal.Signals(number)]):
            then(number, frame)

    for number, handler in before.items():
        if callable(handler):  # the server's own
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, handler)


def greet(settings: Settings, log_path: str, port: int) -> None:
    everywhere = settings.host in ("0.0.0.0", "::")
    host = "127.0.0.1" if everywhere else f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"PocketRoom is open:  http://{host}:{port}")
    if everywhere:
        print(f"For others near you: http://{own_address()}:{port}")
    assistant = "offline demo; set OPENAI_API_KEY for a real model" if settings.model == "fake" else settings.model
    print(f"Assistant:           {settings.assistant_name} ({assistant})")
    print(f"Log:                 {log_path}")
    print(f"Who may come in:     {who_may_come_in(settings)}")
    print(f"The operator:        {OPERATORS_DOORS if settings.operator_token else 'nobody, as OPERATOR_TOKEN is not set'}", flush=True)


def who_may_come_in(settings: Settings) -> str:
    """Said at each start, so that nobody is open to more people than they know."""
    if settings.trusted_user_header:
        return f"whom {' or '.join(settings.trusted_proxies)} signs in ({settings.trusted_user_header}), and nobody past it"
    where = "whoever reaches this address" if settings.host not in THIS_MACHINE else "whoever is on this machine, or comes through a proxy on it"
    if settings.room_password:
        return f"{where} and knows the ROOM_PASSWORD"
    return f"{where}; no password is asked for (ROOM_PASSWORD). Rooms by invitation are for whom their owners invite"


def own_address() -> str:
    """This machine's address on the network it would use; nothing is sent."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return probe.getsockname()[0]
    return socket.gethostname()


def __getattr__(name: str) -> Any:
    """`uvicorn main:app`: made when it is asked for, so that importing this file starts nothing."""
    if name != "app":
        raise AttributeError(name)
    try:
        return globals().setdefault("app", create_app())
    except (SettingsError, LogUnavailable) as why:
        sys.exit(f"PocketRoom cannot start: {why}")


if __name__ == "__main__":
    main()
