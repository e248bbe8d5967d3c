"""How much a person, a network address and everybody together may have of what a house can do. No sockets here, no log.

Who brings a session that nobody has seen yet may bring a new one each time, so they pay for all of their address. What a
person may do, an address may do five times: that is an office, or a class behind one router.
"""

import contextlib
import ipaddress
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from utils import protocol
from utils.logs import event
from utils.protocol import ClientFrame, Refused
from utils.rate_limit import RateLimit
from utils.settings import Settings

OF_ADDRESS = 5  # times as much as one person may come from one address, where a session costs nothing
OF_ALL = 100  # times as much in all, which is what twenty addresses may: what one core and one disk bear
CHARACTERS = 4_000  # that each message brings along on average, at most; one alone may have four times as many
READING_PER_MINUTE = 120  # searches, exports and pages of one person: the log's only thread does each, in up to 50 ms
TYPING_PER_MINUTE = 120  # frames of one person that are passed on; the rest is dropped
DRAFTS_PER_MINUTE = 600  # of one person that are looked at, in up to 2 ms each; the rest is dropped
JOINS_PER_MINUTE = 300  # of one person: a long poll joins, too, and comes up to five times a second
ROOMS_OPENED_PER_MINUTE = 60  # by one person, of those that are not in memory: each stays there for a minute at least
SESSIONS_PER_MINUTE, SESSIONS_OF_LINE = 60, 3  # made for one address, or for each of its lines: after a restart all come in anew
GUESSES_PER_MINUTE, GUESSES_OF_ALL = 20, 300  # failed attempts at a secret from one address, and from all
LATER_SECONDS = 5  # until whoever had too many lines may try another one
KNOWN = 10_000  # sessions and people in memory; whoever is forgotten pays with their address until they come in again
MINUTE, HOUR, DAY = 60.0, 3600.0, 24 * 3600.0

TCP_OF_LINE = 5  # connections of one address for each of its lines: a browser opens six to load a page
ATTEMPTS_OF_LINE, ATTEMPTS_SECONDS = 10, 20.0  # connections that may begin in so many seconds, for each line
RESERVED_FILES = 128  # for the log, the page's files, models: connections may not take the last ones

Clock = Callable[[], float]
UNPAID = (protocol.Stop, protocol.Draft, protocol.Typing, protocol.Ping)  # frames that are no messages, and cost none


@lru_cache(maxsize=4096)
def network_of(host: str) -> str:
    """What counts as one address: an IPv4 one, or the /64 of an IPv6 one, in which everybody has 2⁶⁴ of them."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:  # a Unix socket's, a test client's
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


def address_of(client: Any) -> str:
    """The address that pays for what `client` does: an ASGI scope's (host, port), or None."""
    return network_of(client[0]) if client else ""


class Allowance:
    """How often something may be done in so many seconds: by a person, from an address, in all. 0: no limit."""

    def __init__(self, person: int, address: int, everybody: int, clock: Clock, seconds: float = MINUTE) -> None:
        self.of_person, self.of_address, self.of_all = (RateLimit(times, seconds, clock) for times in (person, address, everybody))
        self._is_unlimited = not (person or address or everybody)

    def take(self, person: str, address: str, cost: float = 1) -> int | None:
        """None, and it counts for all three; or the seconds until it may be done, and it counts for nobody."""
        if self._is_unlimited:
            return None
        limits = ((self.of_person, person or address), (self.of_address, address), (self.of_all, ""))
        if waits := [wait for limit, key in limits if (wait := limit.wait(key, cost))]:
            return max(waits)
        for limit, key in limits:
            limit.delay(key, cost)
        return None

    def must_take(self, person: str, address: str, cost: float = 1, key: str | None = None) -> None:
        """Raises Refused."""
        if wait := self.take(person, address, cost):
            raise too_fast(wait, key)


class Limits:
    """Counted in memory; a start forgets. `person` is an id, or "" for somebody unknown; `address` is from `address_of`."""

    def __init__(self, settings: Settings, clock: Clock = time.monotonic) -> None:
        messages, self._lines_per_address = settings.messages_per_minute, settings.connections_per_address

        def allow(times: int, seconds: float = MINUTE) -> Allowance:
            times *= bool(messages)  # without a limit on messages there is none on what has no setting of its own
            return Allowance(times, times * OF_ADDRESS, times * OF_ALL, clock, seconds)

        self._messages, self._characters = allow(messages), allow(messages * CHARACTERS)
        self._reading, self._typing, self._drafts = allow(READING_PER_MINUTE), allow(TYPING_PER_MINUTE), allow(DRAFTS_PER_MINUTE)
        self._joins, self._opened = allow(JOINS_PER_MINUTE), allow(ROOMS_OPENED_PER_MINUTE)
        self._made = allow(settings.rooms_per_hour, HOUR)
        sessions = max(SESSIONS_PER_MINUTE, settings.connections_per_address * SESSIONS_OF_LINE) * bool(messages)
        self._sessions = Allowance(0, sessions, sessions * OF_ALL // OF_ADDRESS, clock)
        self._guesses = Allowance(0, GUESSES_PER_MINUTE, GUESSES_OF_ALL, clock)
        self.answers = Answers(settings, clock)
        self.lines: Counter[str] = Counter()  # that are open, by address, and by session of those who showed one
        self._lingering: Counter[str] = Counter()  # places of those who poll, between two polls, by address
        self._known: dict[bytes, str] = {}  # whose the sessions are that came in, or were asked for

    # ---- lines -----------------------------------------------------------------------------------

    def line(self, address: str, session: str = "") -> Callable[[], None]:
        """Count a line until what is returned is called: one of so many from its address, and of its session. Raises Refused."""
        keys = [f"address {address}", *([f"session {session}"] if session else [])]
        if 0 < self._lines_per_address <= max(self.lines[key] for key in keys):
            raise Refused("rate_limited", "There are too many connections from this address.", None, LATER_SECONDS)
        self.lines.update(keys)
        return partial(release, self.lines, keys)

    def linger(self, address: str) -> Callable[[], None] | None:
        """Keep a place for whoever polls, until what is returned is called; None where an address has enough of them."""
        if 0 < self._lines_per_address <= self._lingering[address]:
            return None
        self._lingering[address] += 1
        return lambda: release(self._lingering, [address])

    # ---- what people do --------------------------------------------------------------------------

    def know(self, session: bytes, person: str, address: str) -> None:
        """Whoever has this session came in from there: from now on they pay for themselves, and for their answers there, too."""
        remember(self._known, session, person)
        self.answers.know(person, address)

    def forget(self, session: bytes) -> None:
        self._known.pop(session, None)

    def payer(self, session: bytes) -> str:
        """The person who pays for what this session does: "" for one that nobody has seen."""
        return self._known.get(session, "")

    def must_join(self, person: str, address: str) -> None:
        self._joins.must_take(person, address)

    def must_open(self, person: str, address: str) -> None:
        """For a room that is not in memory."""
        self._opened.must_take(person, address)

    def must_be_able_to_make_room(self, person: str, address: str) -> None:
        if wait := self._made.take(person, address):
            raise Refused("rate_limited", f"Those were many new rooms. Make another one in {wait} seconds.", None, wait)

    def must_make_session(self, address: str) -> None:
        """For whoever brings none that we know."""
        self._sessions.must_take("", address)

    def must_read(self, person: str, address: str) -> None:
        """For one search, export or page of history."""
        self._reading.must_take(person, address)

    def drops(self, frame: ClientFrame, person: str, address: str) -> bool:
        """Whether `frame` is one too many of those that nobody misses."""
        if not isinstance(frame, protocol.Typing | protocol.Draft):
            return False
        limit = self._typing if isinstance(frame, protocol.Typing) else self._drafts
        return limit.take(person, address) is not None

    def must_say(self, frame: ClientFrame, person: str, address: str) -> None:
        """Stop always gets through."""
        if not isinstance(frame, UNPAID):
            self._messages.must_take(person, address, 1, frame.key)
            self._characters.must_take(person, address, len(getattr(frame, "content", "") or ""), frame.key)

    @contextlib.contextmanager
    def guessing(self, address: str) -> Iterator[None]:
        """Try a secret: password, invitation, link, token. Refused at once after too many failures; whatever is Refused within is one.

        It is counted before the secret is looked at, so that a hundred tried at the same time are a hundred.
        """
        self._guesses.must_take("", address)
        try:
            yield
        except Refused as refused:
            if refused.code in ("forbidden", "not_found"):
                event("bad_guess", address=address)
            else:
                self._was_no_guess(address)
            raise
        except BaseException:
            self._was_no_guess(address)
            raise
        else:
            self._was_no_guess(address)

    def _was_no_guess(self, address: str) -> None:
        self._guesses.of_address.give_back(address)
        self._guesses.of_all.give_back("")


class Answers:
    """How many answers may be had: by a person and from an address in a minute, by all in a day."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        per_minute = settings.answers_per_minute
        self._minute = Allowance(per_minute, per_minute * OF_ADDRESS, 0, clock)
        self._day = RateLimit(settings.answers_per_day, DAY, clock)
        self._addresses: dict[str, str] = {}  # by person, where they were last

    def know(self, person: str, address: str) -> None:
        remember(self._addresses, person, address)

    def take(self, person: str) -> int | None:
        """None, or the seconds until `person` may have one."""
        if wait := self._day.wait(""):
            return wait
        if (wait := self._minute.take(person, self._addresses.get(person, person))) is None:
            self._day.delay("")
        return wait


class Gate:
    """Who may open a connection at all, before a byte of it is read. TRUSTED_PROXIES are let in as long as there are files."""

    def __init__(self, settings: Settings, files: int, clock: Clock = time.monotonic) -> None:
        lines = settings.connections_per_address
        self._per_address = lines * TCP_OF_LINE
        self._attempts = RateLimit(lines * ATTEMPTS_OF_LINE, ATTEMPTS_SECONDS, clock)
        self._most = max(1, files - RESERVED_FILES)
        self._in_all = min(settings.connections or self._most, self._most)
        self._is_trusted = lru_cache(maxsize=256)(lambda host: is_among(host, settings.trusted_proxies))
        self._open: Counter[str] = Counter()
        self._total = 0

    def enter(self, host: str) -> bool:
        """Whether one more from `host` may come in; then it counts until it leaves."""
        address, is_trusted = network_of(host), self._is_trusted(host)
        if self._total >= (self._most if is_trusted else self._in_all):
            return False
        if not is_trusted and (self._attempts.take(address) or 0 < self._per_address <= self._open[address]):
            return False
        self._open[address] += 1
        self._total += 1
        return True

    def leave(self, host: str) -> None:
        release(self._open, [network_of(host)])
        self._total -= 1


def is_among(host: str, networks: Sequence[str]) -> bool:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in ipaddress.ip_network(network) for network in networks)


def too_fast(wait: int, key: str | None = None) -> Refused:
    return Refused("rate_limited", f"That was fast. Try again in {wait} seconds.", key, wait)


def release(counter: Counter[str], keys: Sequence[str]) -> None:
    """One less of each; what comes to nothing is not kept."""
    for key in keys:
        counter[key] -= 1
        if counter[key] <= 0:
            del counter[key]


def remember(known: dict[Any, Any], key: Any, value: Any) -> None:
    """The latest ones; the one longest unheard of is forgotten first."""
    known.pop(key, None)
    known[key] = value
    if len(known) > KNOWN:
        del known[next(iter(known))]
