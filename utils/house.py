"""What all doors share: the log, the rooms, the open lines."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any, TypeVar

from starlette.requests import HTTPConnection

from nodes import wanted
from utils import events, protocol
from utils.answer import AssistantConfig, Flow, Unsaid
from utils.asked import shows
from utils.assistant import Assistant
from utils.connection import Connection
from utils.events import Pulse
from utils.identity import Session, clean_name, session_of, unique_name
from utils.limits import UNPAID, Limits, address_of
from utils.logs import event
from utils.message_log import MessageLog
from utils.people import SIGNED_OUT, People
from utils.personas import load_personas
from utils.protocol import Author, Member, Refused
from utils.removal import empty_buried
from utils.room import Room, Rooms
from utils.settings import Settings
from utils.site import Site
from utils.stream_llm import Model
from utils.tally import Tally
from utils.visits import door_of
from utils.wire import Wire

T = TypeVar("T")
SCRAPED = "/metrics"  # by a machine, four times a minute: that is no event
READERS = 2  # pages, searches, steps of exports that are under way at once: so few stand before what people say
SIGNED_OUT_SESSIONS = 10_000  # in memory; what was asked for before they ended is long done when one is forgotten


class House:
    """What all doors share."""

    def __init__(self, settings: Settings, log: MessageLog, site: Site, flow: Flow, model: Model) -> None:
        self.settings, self.log, self.site = settings, log, site
        self.limits = Limits(settings)
        self.readers, self.readings = asyncio.Semaphore(READERS), 0  # which are under way, or wait for their turn
        self.tally = Tally(settings.model)
        author: Author = {"id": "assistant", "name": settings.assistant_name, "kind": "assistant"}
        others = getattr(flow, "names", ())
        self.assistants = (settings.assistant_name, *([others] if isinstance(others, str) else others))
        config = AssistantConfig(
            log, author, model, flow, self.assistants, wanted, settings.llm_timeout, self.limits.answers,
            settings.room_tokens_per_day, Unsaid(), settings.budget, self.tally,
        )  # fmt: skip
        self.rooms = Rooms(log, settings, partial(Assistant, config), load_personas(settings.personas, settings.models))
        self.people = People(log, settings.room_password)
        self.signed_out: dict[bytes, None] = {}  # sessions that ended a moment ago
        self.pulse = Pulse()
        self.ends: dict[Callable[[], None], bytes] = {}  # of what would hold up a stop, and by the hash of whose session it was asked for
        self.is_stopping = False
        self.forgetting = asyncio.Lock()  # one person at a time: it goes through all messages
        self._emptying: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """End what goes on until somebody ends it; sockets are closed by the server itself."""
        self.is_stopping = True
        event("stopping")
        for end in list(self.ends):
            end()

    def must_be_open(self, key: str | None = None) -> None:
        """Raises Refused while the server stops: whoever has this `key` may send it again soon."""
        if self.is_stopping:
            raise Refused("unavailable", "The server restarts. Come back in a moment.", key, 1)

    def line(self, visitor: HTTPConnection, end: Callable[[], None] | None = None) -> Callable[[], None]:
        """Keep a line to `visitor` open until what is returned is called: one of so many from their address. A stop will `end`
        it, if it would not end by itself. Raises Refused."""
        self.must_be_open()
        session = session_of(visitor)
        leave = self.limits.line(address_of(visitor.client), "" if session.kind == "new" else session.hash.hex())
        if end is None:
            return leave
        self.ends[end] = session.hash
        return partial(self._close_line, end, leave)

    def _close_line(self, end: Callable[[], None], leave: Callable[[], None]) -> None:
        del self.ends[end]
        leave()

    def linger(self, visitor: HTTPConnection, leave: Callable[[], None]) -> None:
        """Let whoever polls be present until their next poll; but of one address no more of them than lines."""
        place = self.limits.linger(address_of(visitor.client))

        def go() -> None:
            if place:
                place()
            leave()

        if place is None:
            leave()
        else:
            asyncio.get_running_loop().call_later(events.POLL_GRACE, go)

    async def join(
        self, visitor: HTTPConnection, wire: Wire, close: Callable[[int, str], Any], room: str, called: str | None, after: int | None,
        epoch: str | None,
    ) -> tuple[Room, Connection]:  # fmt: skip
        """Let `visitor`, who is at the other end of `wire`, into a room. Raises Refused."""
        session, address = session_of(visitor), address_of(visitor.client)
        self.limits.must_join(payer := self.limits.payer(session.hash), address)
        if not payer:
            self.limits.must_make_session(address)
        name, bad_name = self.cleaned(called)
        member, makes_room = await self.people.admit(session, name, room)
        joined = await self.open(room, member["id"], address, makes_room)
        self.must_be_signed_in(session)
        self.limits.know(session.hash, member["id"], address)
        connection = Connection(wire, member, session, close)
        connection.on_refused = self.tally.count_refused
        joined.join(connection, name_in(joined, member), bool(called) and bad_name is None, after, epoch)
        if bad_name:
            connection.refuse(bad_name)
        return joined, connection

    async def visit(self, visitor: HTTPConnection, room: str, called: str | None) -> tuple[Room, Member]:
        """The room, and who they are, for somebody who does something there without a line of their own. Raises Refused."""
        session, address = session_of(visitor), address_of(visitor.client)
        name, bad_name = self.cleaned(called)
        if bad_name:
            raise bad_name
        member, makes_room = await self.people.admit(session, name, room)
        opened = await self.open(room, member["id"], address, makes_room)
        self.must_be_signed_in(session)
        return opened, member

    async def open(self, room: str, person: str, address: str, makes_room: bool) -> Room:
        """The room, for somebody who may be there. Raises Refused, as for one too many that was not in memory, or is new."""
        if room not in self.rooms:
            self.limits.must_open(person, address)
        if makes_room:
            self.limits.must_be_able_to_make_room(person, address)
        return await self.rooms.open(room, person)

    def must_be_signed_in(self, session: Session) -> None:
        """Raises Refused for a session that ended since we looked; to be asked without a pause before what it guards."""
        if session.hash in self.signed_out:
            raise Refused("signed_out", SIGNED_OUT)

    def sign_out(self, sessions: Collection[bytes]) -> None:
        """Close every line that one of these sessions, of which only hashes are known, has opened."""
        for session in sessions:
            self.signed_out[session] = None
            self.limits.forget(session)
        while len(self.signed_out) > SIGNED_OUT_SESSIONS:
            del self.signed_out[next(iter(self.signed_out))]
        for room in self.rooms.all():
            for connection in [connection for connection in room.connections if connection.session.hash in sessions]:
                room.expel(connection, protocol.CLOSE_SIGNED_OUT, SIGNED_OUT)
        for end in [end for end, session in self.ends.items() if session in sessions]:
            end()

    def is_operator(self, visitor: HTTPConnection) -> bool:
        return shows(visitor, self.settings.operator_token)

    def must_be_operator(self, visitor: HTTPConnection) -> None:
        """Raises Refused."""
        with self.limits.guessing(address_of(visitor.client)):
            if not self.is_operator(visitor):
                raise Refused("forbidden", "This takes the OPERATOR_TOKEN that was set when the server started, as a Bearer token.")
        if (door := door_of(visitor.scope)) != SCRAPED:
            event("operator", door=door)

    def empty_buried(self) -> None:
        """Remove what stands in rooms that were deleted, by and by."""
        if self._emptying is None or self._emptying.done():
            self._emptying = asyncio.create_task(empty_buried(self.log))

    def must_be_within_limits(self, request: HTTPConnection, session: Session, frame: protocol.ClientFrame) -> None:
        """Raises Refused. Who brings a session that nobody has seen pays for all of their address: it may be a new one each time."""
        address, payer = address_of(request.client), self.limits.payer(session.hash)
        if not payer and isinstance(frame, UNPAID):
            self.limits.must_make_session(address)
        if self.limits.drops(frame, payer, address):
            raise Refused("rate_limited", "That was fast. Try again in a second.", None, 1)
        self.limits.must_say(frame, payer, address)

    def cleaned(self, name: str | None) -> tuple[str | None, Refused | None]:
        """`name` as it may be shown, or why not."""
        try:
            return clean_name(name, *self.assistants) if name else None, None
        except Refused as bad_name:
            return None, bad_name

    def limit_reading(self, request: HTTPConnection) -> None:
        """Raises Refused for one search, export or page of history too many."""
        session = session_of(request)
        self.limits.must_read("" if session.kind == "new" else session.hash.hex(), address_of(request.client))

    async def read(self, request: HTTPConnection, room: str, reading: Callable[[], Awaitable[T]]) -> T:
        """What is read from the log about `room`, when it is its turn, for somebody who may read there. Raises Refused."""
        self.readings += 1
        try:
            async with self.readers:
                await self.people.must_read(session_of(request), room)
                return await reading()
        finally:
            self.readings -= 1

    @property
    def readers_waiting(self) -> int:
        return max(0, self.readings - READERS)


def name_in(room: Room, member: Member) -> str:
    """What `member` is called in `room`: by their name, with a numeral if somebody else there bears it."""
    here = room.members.get(member["id"])
    return unique_name(member["name"], room.names, here["name"] if here else "")
