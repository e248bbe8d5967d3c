"""What all doors share: the log, the rooms, the open lines, and how much of each one person or address may have."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any, TypeVar

from starlette.requests import HTTPConnection

from nodes import wanted
from utils import events, protocol
from utils.answer import AssistantConfig, Flow, Unsaid
from utils.assistant import Assistant
from utils.connection import Connection
from utils.events import Pulse
from utils.identity import Session, clean_name, session_of, unique_name
from utils.message_log import MessageLog
from utils.personas import load_personas
from utils.protocol import Author, Member, Refused
from utils.rate_limit import RateLimit
from utils.room import Room, Rooms
from utils.settings import Settings
from utils.site import Site
from utils.stream_llm import Model
from utils.wire import Wire

T = TypeVar("T")
READERS = 2  # pages, searches, steps of exports that are under way at once: so few stand before what people say
ADDRESS_READING = 5  # times as much may be read from one address, where a session costs nothing
READING_PER_MINUTE = 120  # searches and exports of one person: the log's only thread does each, in up to 50 ms
TYPING_PER_MINUTE = 120  # frames of one person that are passed on; the rest is dropped
DRAFTS_PER_MINUTE = 600  # of one person that are looked at, in up to 2 ms each; the rest is dropped
LATER_SECONDS = 5  # until whoever had too many lines may try another one
SESSIONS_PER_MINUTE = 60  # made for one address
KNOWN_SESSIONS = 10_000  # in memory; whoever is forgotten pays with their address until they come in again
UNPAID = (protocol.Stop, protocol.Draft, protocol.Typing, protocol.Ping)  # frames that are no messages, and cost none


class House:
    """What all doors share."""

    def __init__(self, settings: Settings, log: MessageLog, site: Site, flow: Flow, model: Model) -> None:
        self.settings, self.log, self.site = settings, log, site
        self.messages, self.typing = RateLimit(settings.messages_per_minute), RateLimit(TYPING_PER_MINUTE)
        self.drafts = RateLimit(DRAFTS_PER_MINUTE)
        per_minute = READING_PER_MINUTE if settings.messages_per_minute else 0
        self.reading, self.address_reading = RateLimit(per_minute), RateLimit(per_minute * ADDRESS_READING)
        self.sessions = RateLimit(SESSIONS_PER_MINUTE if settings.messages_per_minute else 0)
        self.readers = asyncio.Semaphore(READERS)
        author: Author = {"id": "assistant", "name": settings.assistant_name, "kind": "assistant"}
        answers = RateLimit(settings.answers_per_minute)
        others = getattr(flow, "names", ())
        self.assistants = (settings.assistant_name, *([others] if isinstance(others, str) else others))
        config = AssistantConfig(
            log, author, model, flow, self.assistants, wanted, settings.llm_timeout, answers,
            settings.room_tokens_per_day, Unsaid(), settings.budget,
        )  # fmt: skip
        self.rooms = Rooms(log, settings, partial(Assistant, config), load_personas(settings.personas, settings.models))
        self.lines: Counter[str] = Counter()  # that are open, by address
        self.lingering: Counter[str] = Counter()  # places of those who poll, between two polls, by address
        self.known: dict[bytes, None] = {}  # sessions that came in or were asked for: each is a person who pays for themselves
        self.pulse = Pulse()
        self.ends: set[Callable[[], None]] = set()  # of what would hold up a stop
        self.is_stopping = False

    def stop(self) -> None:
        """End what goes on until somebody ends it; sockets are closed by the server itself."""
        self.is_stopping = True
        for end in list(self.ends):
            end()

    def must_be_open(self, key: str | None = None) -> None:
        """Raises Refused while the server stops: whoever has this `key` may send it again soon."""
        if self.is_stopping:
            raise Refused("unavailable", "The server restarts. Come back in a moment.", key, 1)

    @contextlib.contextmanager
    def line(self, visitor: HTTPConnection, end: Callable[[], None]) -> Iterator[None]:
        """Keep a line to `visitor` open: one of so many from their address, which a stop will `end`. Raises Refused."""
        address = visitor.client.host if visitor.client else ""
        self.must_be_open()
        if 0 < self.settings.connections_per_address <= self.lines[address]:
            raise Refused("rate_limited", "There are too many connections from this address.", None, LATER_SECONDS)
        self.lines[address] += 1
        self.ends.add(end)
        try:
            yield
        finally:
            self.lines[address] -= 1
            if not self.lines[address]:
                del self.lines[address]
            self.ends.discard(end)

    def linger(self, visitor: HTTPConnection, leave: Callable[[], None]) -> None:
        """Let whoever polls be present until their next poll; but of one address no more of them than lines."""
        address = visitor.client.host if visitor.client else ""

        def go() -> None:
            self.lingering[address] -= 1
            if not self.lingering[address]:
                del self.lingering[address]
            leave()

        if 0 < self.settings.connections_per_address <= self.lingering[address]:
            leave()
        else:
            self.lingering[address] += 1
            asyncio.get_running_loop().call_later(events.POLL_GRACE, go)

    async def join(
        self, visitor: HTTPConnection, wire: Wire, room: str, called: str | None, after: int | None, epoch: str | None
    ) -> tuple[Room, Connection]:
        """Let `visitor`, who is at the other end of `wire`, into a room. Raises Refused."""
        session = session_of(visitor.cookies, visitor.headers.get("authorization"))
        member, bad_name = await self.member(session, called)
        joined = await self.rooms.open(room)
        self.know(session)
        connection = Connection(wire, member, session.token_to_show)
        joined.join(connection, name_in(joined, member), bool(called) and bad_name is None, after, epoch)
        if bad_name:
            connection.refuse(bad_name)
        return joined, connection

    def know(self, session: Session) -> None:
        self.known.pop(session.hash, None)
        self.known[session.hash] = None
        if len(self.known) > KNOWN_SESSIONS:
            del self.known[next(iter(self.known))]

    def must_be_within_limits(self, request: HTTPConnection, session: Session, frame: protocol.ClientFrame) -> None:
        """Raises Refused. Who brings a session that nobody has seen pays for all of their address: it may be a new one each time."""
        address, is_known = request.client.host if request.client else "", session.hash in self.known
        payer = session.hash.hex()[:16] if is_known else address
        if not is_known and isinstance(frame, UNPAID) and (wait := self.sessions.take(address)):
            raise Refused("rate_limited", f"That was fast. Try again in {wait} seconds.", None, wait)
        if self.drops(frame, payer):
            raise Refused("rate_limited", "That was fast. Try again in a second.", None, 1)
        self.limit(frame, payer)

    async def member(self, session: Session, name: str | None) -> tuple[Member, Refused | None]:
        """Who has this session, now called `name` if one is given; and why it could not be had."""
        try:
            cleaned = clean_name(name, *self.assistants) if name else None
        except Refused as bad_name:
            return await self.log.person(session.hash, None), bad_name
        return await self.log.person(session.hash, cleaned), None

    def limit(self, frame: protocol.ClientFrame, payer: str) -> None:
        """Raises Refused for one frame too many. Stop always gets through."""
        if not isinstance(frame, UNPAID) and (wait := self.messages.take(payer)):
            raise Refused("rate_limited", f"That was fast. Try again in {wait} seconds.", frame.key, wait)

    def limit_reading(self, request: HTTPConnection) -> None:
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


def name_in(room: Room, member: Member) -> str:
    """What `member` is called in `room`: by their name, with a numeral if somebody else there bears it."""
    return unique_name(member["name"], (other["name"] for other in room.members.values() if other["id"] != member["id"]))
