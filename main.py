"""The doors of PocketRoom: the page, the socket, HTTP. Everything is wired here; `python main.py` starts it."""

import asyncio
import contextlib
import gc
import logging
import re
import secrets
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import uvicorn
from fastapi import BackgroundTasks, FastAPI, Query, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse

from flow import create_chat_flow
from nodes import wanted
from utils import export, identity, protocol
from utils.answer import AssistantConfig, Flow, Unsaid
from utils.assistant import Assistant
from utils.connection import Connection
from utils.guard import Guard
from utils.identity import Session, clean_name, session_of, unique_name
from utils.message_log import LogUnavailable, MessageLog, Passage
from utils.personas import load_personas
from utils.protocol import FRAME_BYTES, ROOM_NAME, Author, ErrorCode, Member, Refused, ServerFrame
from utils.rate_limit import RateLimit
from utils.room import Room, Rooms
from utils.search import excerpt
from utils.settings import Settings, SettingsError, load_settings
from utils.site import Site
from utils.sqlite_file import remove_copy
from utils.sqlite_log import SqliteLog, milliseconds
from utils.stream_llm import Model, choose_model
from utils.wire import RoomHttp, RoomProtocol, wire_of

T = TypeVar("T")
STATIC = Path(__file__).parent / "static"
LOBBY = "lobby"
PAGE_MESSAGES = 500  # in one page of history at most; its text has a bound, too
FOUND_MESSAGES = 50  # in one page of what a search finds at most
EXPORT_MESSAGES = 200  # are held at a time, while a room is exported
READERS = 2  # pages, searches, steps of exports that are under way at once: so few stand before what people say
ADDRESS_READING = 5  # times as much may be read from one address, where a session costs nothing
READING_PER_MINUTE = 120  # searches and exports of one person: the log's only thread does each, in up to 50 ms
PING_SECONDS, PONG_SECONDS = 6, 4  # a dead line is found within 6 + 2 · 4 s, and leaves the presence list within 20 s
TYPING_PER_MINUTE = 120  # frames of one person that are passed on; the rest is dropped
DRAFTS_PER_MINUTE = 600  # of one person that are looked at, in up to 2 ms each; the rest is dropped
LATE_SECONDS = 0.1  # for those to come in who were accepted just before the server stops
GRACE_SECONDS = 3  # for sockets to close when the server stops
HTTP_STATUS: dict[ErrorCode, int] = {
    "forbidden": 403, "not_found": 404, "busy": 409, "key_conflict": 409, "too_long": 413, "rate_limited": 429, "overloaded": 503, "unavailable": 503,
}  # fmt: skip


def create_app(
    settings: Settings | None = None, log: MessageLog | None = None, model: Model | None = None, flow: Flow | None = None
) -> FastAPI:
    """The ASGI app; what is not given comes from the settings. Raises SettingsError or LogUnavailable."""
    settings = settings or load_settings()
    house = House(settings, log or SqliteLog(settings.database_path), model, flow)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.house = house
        logging.getLogger("uvicorn.error").addFilter(without_query)
        logging.getLogger("uvicorn.access").addFilter(without_query)
        house.log.start(house.rooms.on_changes)
        yield
        await house.rooms.close()
        await house.log.close()

    app = FastAPI(title="PocketRoom", lifespan=lifespan, docs_url=None, redoc_url=None, telemetry={"tracing": False})
    app.add_middleware(Guard, hosts=[settings.host, *settings.allowed_hosts.split(",")])  # type: ignore[arg-type]
    app.add_exception_handler(Refused, refuse)
    app.add_api_route("/", page, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route("/r/{room}", page, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route("/static/{path:path}", static_file, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route("/api/rooms/{room}/messages", history, methods=["GET"])
    app.add_api_route("/api/rooms/{room}/messages", say, methods=["POST"], status_code=201)
    app.add_api_route("/api/rooms/{room}/search", search, methods=["GET"])
    app.add_api_route("/api/rooms/{room}/export.{form}", export_room, methods=["GET"])
    app.add_api_route("/api/backup", backup, methods=["POST"])
    app.add_api_route("/health", health, methods=["GET", "HEAD"])
    app.add_api_websocket_route("/ws", enter)
    app.add_api_websocket_route("/ws/{room:path}", enter)
    return app


class House:
    """What all doors share."""

    def __init__(self, settings: Settings, log: MessageLog, model: Model | None, flow: Flow | None) -> None:
        self.settings, self.log, self.site = settings, log, Site(STATIC)
        self.messages, self.typing = RateLimit(settings.messages_per_minute), RateLimit(TYPING_PER_MINUTE)
        self.drafts = RateLimit(DRAFTS_PER_MINUTE)
        per_minute = READING_PER_MINUTE if settings.messages_per_minute else 0
        self.reading, self.address_reading = RateLimit(per_minute), RateLimit(per_minute * ADDRESS_READING)
        self.readers = asyncio.Semaphore(READERS)
        author: Author = {"id": "assistant", "name": settings.assistant_name, "kind": "assistant"}
        answers = RateLimit(settings.answers_per_minute)
        flow = flow or create_chat_flow(settings.assistant_instructions)
        others = getattr(flow, "names", ())
        self.assistants = (settings.assistant_name, *([others] if isinstance(others, str) else others))
        config = AssistantConfig(
            log, author, model or choose_model(settings), flow, self.assistants, wanted, settings.llm_timeout, answers,
            settings.room_tokens_per_day, Unsaid(), settings.budget,
        )  # fmt: skip
        self.rooms = Rooms(log, settings, partial(Assistant, config), load_personas(settings.personas, settings.models))
        self.sockets: Counter[str] = Counter()  # by address

    async def member(self, session: Session, name: str | None) -> tuple[Member, Refused | None]:
        """Who has this session, now called `name` if one is given; and why it could not be had."""
        try:
            wanted = clean_name(name, *self.assistants) if name else None
        except Refused as bad_name:
            return await self.log.person(session.hash, None), bad_name
        return await self.log.person(session.hash, wanted), None

    def limit(self, frame: protocol.ClientFrame, payer: str) -> None:
        """Raises Refused for one frame too many. Stop always gets through."""
        if not isinstance(frame, protocol.Stop | protocol.Draft | protocol.Typing | protocol.Ping) and (wait := self.messages.take(payer)):
            raise Refused("rate_limited", f"That was fast. Try again in {wait} seconds.", frame.key, wait)

    def limit_reading(self, request: Request) -> None:
        """Raises Refused for one search or export too many."""
        session = session_of(request.cookies, request.headers.get("authorization"))
        address = request.client.host if request.client else ""
        reader = address if session.kind == "new" else session.hash.hex()
        if wait := self.address_reading.take(address) or self.reading.take(reader):
            raise Refused("rate_limited", f"That was fast. Try again in {wait} seconds.", None, wait)

    def drops(self, frame: protocol.ClientFrame, payer: str) -> bool:
        """Whether `frame` is one too many of those that nobody misses."""
        limits = {protocol.Typing: self.typing, protocol.Draft: self.drafts}
        return type(frame) in limits and limits[type(frame)].take(payer) is not None

    async def read(self, reading: Coroutine[Any, Any, T]) -> T:
        """What is read from the log, when it is its turn."""
        async with self.readers:
            return await reading


# ---- the page ------------------------------------------------------------------------------------


async def page(request: Request) -> Response:
    if not ROOM_NAME.fullmatch(request.path_params.get("room", LOBBY)):
        return PlainTextResponse("No room can have this name: a-z, 0-9, - and _, at most 64 of them.", 404)
    response = request.app.state.house.site.page(request.headers)
    session = session_of(request.cookies, None)
    if session.kind == "new":
        secure = request.url.scheme == "https"
        name = identity.SECURE_COOKIE if secure else identity.COOKIE
        response.set_cookie(name, session.token, identity.COOKIE_SECONDS, secure=secure, httponly=True, samesite="lax")
    return response


async def static_file(request: Request, path: str) -> Response:
    return request.app.state.house.site.file(path, request.headers)


# ---- the socket ----------------------------------------------------------------------------------


async def enter(websocket: WebSocket) -> None:
    """One socket, from its handshake to its end."""
    name = websocket.path_params.get("room", LOBBY)
    if not ROOM_NAME.fullmatch(name):
        await websocket.send_denial_response(PlainTextResponse("No room can have this name.", 404))
        return
    house: House = websocket.app.state.house
    address = websocket.client.host if websocket.client else ""
    await websocket.accept()
    if 0 < house.settings.connections_per_address <= house.sockets[address]:
        await close(websocket, protocol.CLOSE_LATER, "too many connections from this address")
        return
    house.sockets[address] += 1
    try:
        await stay(house, websocket, name)
    finally:
        house.sockets -= Counter([address])


async def stay(house: House, websocket: WebSocket, name: str) -> None:
    query = websocket.query_params
    session = session_of(websocket.cookies, websocket.headers.get("authorization"))
    wanted, after = query.get("name"), query.get("after", "")
    try:
        member, bad_name = await house.member(session, wanted)
        room = await house.rooms.open(name)
    except Refused as refused:
        await close(websocket, protocol.CLOSE_LATER, refused.code)
        return
    connection = Connection(wire_of(websocket.scope, websocket.send_text), member, session.token_to_show)
    position = int(after) if re.fullmatch(r"[0-9]{1,15}", after) else None
    room.join(connection, name_in(room, member), bool(wanted) and bad_name is None, position, query.get("epoch"))
    if bad_name:
        connection.refuse(bad_name)
    try:
        await read(house, websocket, room, connection)
    finally:
        room.leave(connection)


async def read(house: House, websocket: WebSocket, room: Room, connection: Connection) -> None:
    """Parse and hand over what comes, and nothing else, so that Stop and pings always get through."""
    while (event := await websocket.receive())["type"] != "websocket.disconnect":
        text = event.get("text")
        if text is None:
            await close(websocket, protocol.CLOSE_BINARY, "text frames only")
            return
        try:
            frame = protocol.parse(text)
            if house.drops(frame, connection.member["id"]):
                continue
            house.limit(frame, connection.member["id"])
            room.receive(frame, connection.author, connection.answer)
        except Refused as refused:
            if not connection.refuse(refused):
                await close(websocket, protocol.CLOSE_BAD_FRAMES, "too many bad frames")
                return


async def close(websocket: WebSocket, code: int, reason: str) -> None:
    with contextlib.suppress(WebSocketDisconnect):  # they left already
        await websocket.close(code, reason)


def name_in(room: Room, member: Member) -> str:
    """What `member` is called in `room`: by their name, with a numeral if somebody else there bears it."""
    return unique_name(member["name"], (other["name"] for other in room.members.values() if other["id"] != member["id"]))


# ---- HTTP ----------------------------------------------------------------------------------------


async def history(
    request: Request,
    room: str,
    before: Annotated[int, Query(ge=1, le=2**53)] = 2**53,
    limit: Annotated[int, Query(ge=1, le=PAGE_MESSAGES)] = 50,
) -> Response:
    """The messages before the id `before`. From the id `from` on none is left out; 0: there is none older."""
    house: House = request.app.state.house
    return JSONResponse(await house.read(house.log.before(checked(room), before, limit)))


async def search(
    request: Request,
    room: str,
    q: str = "",
    before: Annotated[int, Query(ge=1, le=2**53)] = 2**53,
    limit: Annotated[int, Query(ge=1, le=FOUND_MESSAGES)] = 20,
) -> Response:
    """The newest messages before the id `before` in which every word of `q` occurs; `excerpt` alternates plain text and match."""
    house: House = request.app.state.house
    house.limit_reading(request)
    found = await house.read(house.log.search(checked(room), q, before, limit))
    excerpts = await asyncio.to_thread(lambda: [excerpt(message["content"], q) for message in found.messages])  # which may be long
    told = [
        {"id": message["id"], "ts": message["ts"], "author": message["author"], "excerpt": pieces}
        for message, pieces in zip(found.messages, excerpts, strict=True)
    ]
    return JSONResponse({"epoch": found.epoch, "messages": told, "more": found.more})


async def export_room(request: Request, room: str, form: Literal["md", "jsonl"]) -> Response:
    """The whole room as a file, in Markdown or as a line of JSON for each message."""
    house: House = request.app.state.house
    house.limit_reading(request)

    def after(id: int) -> Awaitable[Passage]:
        return house.read(house.log.after(checked(room), id, EXPORT_MESSAGES))

    first = await after(0)
    begun = milliseconds()
    if form == "jsonl":
        head, write, media_type = "", export.json_lines, "application/x-ndjson"
    else:
        head, write, media_type = export.markdown_head(room, first.settings["title"], begun), export.markdown, "text/markdown; charset=utf-8"
    name = f"{room}-{export.when(begun)[:10]}.{form}"  # safe in a header and as a file's: so are the names of rooms
    told = exported(after, first, head, write)
    return StreamingResponse(told, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


async def exported(
    after: Callable[[int], Awaitable[Passage]], passage: Passage, head: str, write: Callable[[Passage], str]
) -> AsyncIterator[str]:
    """The room from `passage` on, about up to where it stood then. The next one is read when this one has been sent."""
    end = passage.seq
    yield head
    while passage.messages and passage.messages[0]["id"] <= end:
        yield write(passage)
        passage = await patiently(partial(after, passage.messages[-1]["id"]))


async def patiently(read: Callable[[], Awaitable[Passage]]) -> Passage:
    """What is read in the middle of a response, when it is too late to refuse; so what is too busy now is asked again."""
    while True:
        try:
            return await read()
        except Refused as refused:
            await asyncio.sleep(refused.retry_after or 1)


async def say(request: Request, room: str, name: str | None = None) -> Response:
    """Say something by the same road as a socket's `message`: {content, key?, reply_to?}."""
    house: House = request.app.state.house
    session = session_of(request.cookies, request.headers.get("authorization"))
    frame = protocol.parse(await read_body(request), "message")
    if not isinstance(frame, protocol.Say):
        raise Refused("unknown_type", "Only a message can be posted here.")
    frame.key = frame.key or secrets.token_urlsafe(16)
    member, bad_name = await house.member(session, name)
    if bad_name:
        raise bad_name
    newcomer = request.client.host if session.kind == "new" and request.client else None
    house.limit(frame, newcomer or member["id"])
    open_room = await house.rooms.open(checked(room))
    author: Author = {"id": member["id"], "name": name_in(open_room, member), "kind": "human"}
    answered: asyncio.Future[ServerFrame] = asyncio.get_running_loop().create_future()
    open_room.receive(frame, author, lambda answer: answered.done() or answered.set_result(answer))
    answer = await answered
    if answer["type"] == "error":
        raise Refused(answer["code"], answer["content"], answer.get("key"), answer.get("retry_after"))
    return JSONResponse({**answer, "you": {"id": member["id"], "name": author["name"], "token": session.token_to_show}}, 201)


async def health(request: Request) -> Response:
    """200 when what is said now is saved; 503 and the reason when it is not."""
    try:
        await request.app.state.house.log.health()
    except Refused as why:
        return JSONResponse({"status": "unavailable", "reason": why.content}, 503)
    return JSONResponse({"status": "ok"})


async def backup(request: Request) -> Response:
    """A copy of the whole log, made while it is in use, for whoever shows the OPERATOR_TOKEN."""
    house: House = request.app.state.house
    token, shown = house.settings.operator_token, request.headers.get("authorization", "")
    if not token or not secrets.compare_digest(f"Bearer {token}".encode(), shown.encode()):
        raise Refused("forbidden", "This takes the OPERATOR_TOKEN that was set when the server started, as a Bearer token.")
    path = await house.log.backup()
    fetched = BackgroundTasks()
    fetched.add_task(remove_copy, path)
    return FileResponse(path, media_type="application/vnd.sqlite3", filename="pocketroom.db", background=fetched)


def checked(room: str) -> str:
    if not ROOM_NAME.fullmatch(room):
        raise Refused("not_found", "No room can have this name.")
    return room


async def read_body(request: Request) -> bytes:
    body = b""
    while (event := await request.receive())["type"] != "http.disconnect":
        body += event.get("body", b"")
        if len(body) > FRAME_BYTES:
            raise Refused("too_long", f"A request may have {FRAME_BYTES:,} bytes.")
        if not event.get("more_body"):
            return body
    raise Refused("bad_json", "The request ended before its body did.")  # which nobody hears


async def refuse(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    headers = {"retry-after": str(refused.retry_after)} if refused.retry_after is not None else None
    return JSONResponse(refused.frame(), HTTP_STATUS.get(refused.code, 400), headers)


# ---- python main.py ------------------------------------------------------------------------------


def main() -> None:
    try:
        settings = load_settings()
        log = SqliteLog(settings.database_path)
        listener = listen(settings)
    except (SettingsError, LogUnavailable, OSError) as why:
        sys.exit(f"PocketRoom cannot start: {why}")
    gc.set_threshold(50_000, 20, 200)  # frames are no cycles; nearly twice as many connects a second
    greet(settings, log.path, listener.getsockname()[1])
    config = uvicorn.Config(
        create_app(settings, log), ws=RoomProtocol, http=RoomHttp, ws_max_size=FRAME_BYTES, ws_per_message_deflate=False,
        ws_ping_interval=PING_SECONDS, ws_ping_timeout=PONG_SECONDS, timeout_graceful_shutdown=GRACE_SECONDS,
        proxy_headers=False, server_header=False, access_log=False, log_level="warning",
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


def listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        where = f"{settings.host} port {settings.port}"
        raise OSError(f"cannot listen on {where} ({error.strerror or error}). Choose another PORT or HOST.") from error


def greet(settings: Settings, log_path: str, port: int) -> None:
    everywhere = settings.host in ("0.0.0.0", "::")
    host = "127.0.0.1" if everywhere else f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"PocketRoom is open:  http://{host}:{port}")
    if everywhere:
        print(f"For others near you: http://{own_address()}:{port}")
    assistant = "offline demo; set OPENAI_API_KEY for a real model" if settings.model == "fake" else settings.model
    print(f"Assistant:           {settings.assistant_name} ({assistant})")
    print(f"Log:                 {log_path}", flush=True)


def own_address() -> str:
    """This machine's address on the network it would use; nothing is sent."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return probe.getsockname()[0]
    return socket.gethostname()


def without_query(record: logging.LogRecord) -> bool:
    """A log filter: names and positions in query strings stay out of the logs."""
    if isinstance(record.args, tuple):
        record.args = tuple(arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args)
    return True


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
