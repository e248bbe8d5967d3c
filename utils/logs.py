"""What the operator reads: a line for each event, and in none of them what people say, are called or keep secret.

`event("answered", room="tea", status="complete", ms=812)` is a line of text, or with LOG_FORMAT=json of JSON. Rooms stand there as tags,
for whoever has the name of an open room may enter it; `python -m utils.logs tea` tells the tag of one. What other libraries
log goes the same way, without what it repeats of people: query strings, values in errors and in asyncio's reports.
"""

import json
import logging
import re
import sqlite3
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Literal, TextIO

LINES, SECONDS = 50, 10.0  # lines of one kind in so many seconds; what comes beyond is counted, and told in one
KINDS, ADDRESSES = 100, 1_000  # that are told apart meanwhile; whatever comes beyond counts as one more
VALUE_CHARACTERS = 200  # of one field
TRACE_CHARACTERS = 16_000  # of one traceback: its end
OTHERS = "others"
LEVELS = {
    "request": logging.DEBUG, "bad_guess": logging.WARNING, "unsaved": logging.ERROR, "flow_failed": logging.ERROR, "failed": logging.ERROR,
    "disk_failed": logging.CRITICAL,
}  # fmt: skip
# Their messages are Python's, the system's or SQLite's own words; those of others may repeat what they were given.
PLAIN = (TypeError, ZeroDivisionError, AttributeError, NameError, ImportError, RecursionError, MemoryError, TimeoutError, sqlite3.Error)

Level = Literal["debug", "info", "warning", "error"]
Form = Literal["text", "json"]
about: ContextVar[Mapping[str, Any]] = ContextVar("about", default=MappingProxyType({}))  # what stands in each line of what goes on here
logger = logging.getLogger("pocketroom")


def event(name: str, /, **fields: Any) -> None:
    """Write the line that `name` happened. A `room` becomes its tag, an `error` its traceback; None is left out.

    Fields are ids, codes, figures: never a name, a text, a token, a path with a query. Of a flood only the first lines are
    written, and then how many more there were.
    """
    level = LEVELS.get(name, logging.INFO)
    if logger.isEnabledFor(level) and limit.allows(name, level, fields.get("address")):
        logger.log(level, name, extra={"fields": {**about.get(), **fields}})


def tag(room: str) -> str:
    """What stands for a room. Whoever can guess a name from it could have guessed it at the door."""
    return sha256(room.encode()).hexdigest()[:8]


def start(form: Form, level: Level) -> None:
    """From now on everything that is logged in this process goes to stderr, in lines of ours. May be called again."""
    lines = Lines()
    lines.setFormatter(Json() if form == "json" else Text())
    lines.addFilter(is_for_operators)
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, Lines)]:
        root.removeHandler(old)
    root.addHandler(lines)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        theirs = logging.getLogger(name)
        theirs.handlers.clear()
        theirs.propagate = True
    logger.setLevel(level.upper())


def take_the_rest() -> None:
    """What Python itself would print, goes the same way: errors that nobody caught, and warnings."""
    sys.excepthook = lambda kind, error, trace: logger.critical("uncaught", extra={"fields": {"error": error}})
    threading.excepthook = lambda told: logger.critical("uncaught", extra={"fields": {"error": told.exc_value}})
    logging.captureWarnings(True)


# ---- a flood ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Kind:
    """Lines of one kind since the window was opened."""

    level: int
    lines: int = 0
    addresses: Counter[str] = field(default_factory=Counter)  # of those that were not written


class Limit:
    """Which lines are written. `tell` is called, at the latest when a window is over, with a kind of which some were not."""

    def __init__(self, tell: Callable[[str, Kind], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._clock = tell, clock
        self._opened = -SECONDS
        self._kinds: dict[str, Kind] = {}
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def allows(self, name: str, level: int, address: str | None = None) -> bool:
        if self._clock() - self._opened >= SECONDS:
            self.close()
        with self._lock:
            if name not in self._kinds and len(self._kinds) >= KINDS:
                name = OTHERS
            kind = self._kinds.setdefault(name, Kind(level))
            kind.lines += 1
            if kind.lines <= LINES:
                return True
            known = address in kind.addresses or len(kind.addresses) < ADDRESSES
            kind.addresses[(address if known else OTHERS) or ""] += 1
            self._see_to_the_end()
        return False

    def close(self) -> None:
        """Tell what was not written, and open another window."""
        with self._lock:
            kinds, self._kinds, self._opened = self._kinds, {}, self._clock()
            if self._timer:
                self._timer.cancel()
                self._timer = None
        for name, kind in kinds.items():
            if kind.addresses:
                self._tell(name, kind)

    def _see_to_the_end(self) -> None:
        if self._timer is None:  # perhaps no other line comes
            self._timer = threading.Timer(SECONDS, self.close)
            self._timer.daemon = True
            self._timer.start()


def tell_more(name: str, kind: Kind) -> None:
    (most, times), addresses = kind.addresses.most_common(1)[0], len(kind.addresses.keys() - {""})
    by_whom = {"addresses": addresses, "most": most, "from_most": times} if addresses else {}
    logger.log(kind.level, "more", extra={"fields": {"of": name, "lines": kind.addresses.total(), **by_whom}})


limit = Limit(tell_more)


def is_for_operators(record: logging.LogRecord) -> bool:
    """A filter for what others log: below WARNING they tell of each visit, with its query, and each frame. `event` has asked already."""
    if hasattr(record, "fields"):
        return True
    begins = str(record.msg)[:60]
    tells_where = begins.startswith("Uvicorn running on")
    visits = record.levelno < (logging.WARNING if record.name.startswith("uvicorn") else logging.INFO)
    return (tells_where or not visits) and limit.allows(f"{record.name}: {begins}", record.levelno)


# ---- a line ----------------------------------------------------------------------------------------


class Lines(logging.StreamHandler[TextIO]):
    """To stderr, whichever that is just now."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


class Text(logging.Formatter):
    """`2026-11-22T20:15:00.123Z info answered room=1f2e3d4c status=complete ms=812`; a traceback follows in lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        told = told_by(record)
        trace = told.pop("traceback", "")
        what = told.pop("event")
        if "logger" in told:
            what = f"{told.pop('logger')}: {told.pop('message')}"
        head = [told.pop("time"), told.pop("level"), what]
        line = " ".join([*head, *(f"{name}={quoted(value)}" for name, value in told.items())])
        return f"{line}\n{trace}" if trace else line


class Json(logging.Formatter):
    """One object in one line: time, level, event, and the event's fields."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(told_by(record), ensure_ascii=False)


def told_by(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] | None = getattr(record, "fields", None)
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    told: dict[str, Any] = {"time": f"{at}.{int(record.msecs):03}Z", "level": record.levelname.lower()}
    if fields is None:
        message = record.getMessage()
        told |= {"event": "log", "logger": record.name, "message": without_values(record.name, message), **about.get()}
        error = record.exc_info[1] if record.exc_info else None
        if record.name == "uvicorn.error" and message.startswith("Traceback "):  # the app could not start: nobody has been here yet
            return told | {"message": message.strip().rpartition("\n")[2], "traceback": message.strip()}
    else:
        told |= {"event": str(record.msg), **{name: plain(name, value) for name, value in fields.items() if value is not None}}
        error = told.pop("error", None)
    return told | ({"traceback": traceback_of(error)} if isinstance(error, BaseException) else {})


def plain(name: str, value: Any) -> Any:
    if name == "room":
        return tag(str(value))
    if isinstance(value, bool | int | float | BaseException):
        return value
    return printable(str(value))[:VALUE_CHARACTERS]


def quoted(value: Any) -> str:
    text = json.dumps(value) if isinstance(value, bool) else str(value)
    return text if re.fullmatch(r"[\w.:/@+\-{}\[\]…]+", text) else json.dumps(text, ensure_ascii=False)


def without_values(logger: str, text: str) -> str:
    """What another library says, without what it repeats of people."""
    if logger == "asyncio":  # in the rest stand callbacks and tasks with what they were given
        text = re.sub(r"[(<].+[)>]", "…", text.partition("\n")[0])
    return printable(re.sub(r"\?[^\s\"'<>]+", "?…", text)).strip()[: 5 * VALUE_CHARACTERS]


def printable(text: str) -> str:
    """In one line, without what a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)


def traceback_of(error: BaseException) -> str:
    """Where `error` happened, and what led to it; of messages only those that cannot hold what somebody wrote."""
    told = ["".join(["Traceback (most recent call last):\n", *traceback.format_tb(each.__traceback__), in_words(each)]) for each in causes(error)]
    return "\n\n".join(reversed(told))[-TRACE_CHARACTERS:]


def causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def in_words(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, OSError) and error.strerror:
        return f"{name}: {error.strerror}"
    if kind in PLAIN or isinstance(error, sqlite3.Error):
        return f"{name}: {printable(str(error))}"
    inner = "".join(f"\n  {in_words(each)}" for each in error.exceptions) if isinstance(error, BaseExceptionGroup) else ""
    return f"{name} (what it says is not written: it may hold what somebody wrote){inner}"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(tag(name), name)
