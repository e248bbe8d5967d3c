"""Who is speaking: the session a client shows, and the name a room calls its owner by."""

import re
import secrets
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import chain, count
from typing import Literal

from starlette.requests import HTTPConnection
from starlette.responses import Response

from utils.confusables import plain, table
from utils.protocol import INVISIBLE, Refused

COOKIE, SECURE_COOKIE = "pocketroom", "__Host-pocketroom"
SESSION = "pocketroom.session"  # in a request's scope
COOKIE_SECONDS = 365 * 24 * 3600
NAME_CHARACTERS = 32
RESERVED = ("system", "operator", "the operator", "someone")  # who speaks for the house, and what those are called who are forgotten
STACKED_MARKS = 4  # on one letter: no script stacks more, and more would paint over the lines around the name
STACK = re.compile(f"m{{{STACKED_MARKS + 1}}}")
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 random bits, as secrets.token_urlsafe(32) writes them


@dataclass(frozen=True)
class Session:
    """`token` is the secret, `kind` where it came from, `name` what its person is called at first."""

    token: str
    kind: Literal["cookie", "bearer", "new", "user"]
    name: str | None = None

    @cached_property
    def hash(self) -> bytes:
        """What the log keeps instead of the token."""
        return sha256(self.token.encode()).digest()

    @property
    def token_to_show(self) -> str | None:
        """The token for a client without cookies; a cookie's stays out of every script's reach."""
        return self.token if self.kind in ("bearer", "new") else None


def session_of(visitor: HTTPConnection) -> Session:
    """The session of a request: of the user whom a trusted proxy names, else by its cookie, else its Bearer token, else a new one.

    Over TLS only the cookie counts that no other host and no plain http can have set. Asked again, it is the same one.
    """
    if SESSION not in visitor.scope:
        visitor.scope[SESSION] = _session_of(visitor)
    return visitor.scope[SESSION]


def _session_of(visitor: HTTPConnection) -> Session:
    if user := getattr(visitor.state, "user", None):
        return session_of_user(user)
    is_secure = visitor.url.scheme in ("https", "wss")
    cookie = visitor.cookies.get(SECURE_COOKIE) or ("" if is_secure else visitor.cookies.get(COOKIE)) or ""
    scheme, _, bearer = visitor.headers.get("authorization", "").partition(" ")
    if TOKEN.fullmatch(cookie):
        return Session(cookie, "cookie")
    if scheme.lower() == "bearer" and TOKEN.fullmatch(bearer.strip()):
        return Session(bearer.strip(), "bearer")
    return new_session()


def set_cookie(response: Response, request: HTTPConnection, session: Session) -> None:
    """Have the browser keep `session` from now on. Over TLS under a name that only this host, and only over TLS, can set."""
    secure = request.url.scheme == "https"
    name = SECURE_COOKIE if secure else COOKIE
    response.set_cookie(name, session.token, COOKIE_SECONDS, secure=secure, httponly=True, samesite="lax")


def new_session() -> Session:
    return Session(secrets.token_urlsafe(32), "new")


def session_of_user(user: str) -> Session:
    """The one session of somebody whom a proxy signs in. No token can be the same: tokens have no spaces."""
    try:
        name = clean_name(user.partition("@")[0][:NAME_CHARACTERS])
    except Refused:
        name = None
    return Session(f"user {user}", "user", name)


def clean_name(name: str, *assistants: str) -> str:
    """`name` as it may be shown (NFKC, single spaces), which is that of no assistant. Raises Refused."""
    name = " ".join(unicodedata.normalize("NFKC", name).split())
    if not 1 <= len(name) <= NAME_CHARACTERS:
        raise Refused("bad_name", f"A name has 1 to {NAME_CHARACTERS} characters.")
    kinds = [unicodedata.category(char) for char in name]
    if not {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}.isdisjoint(kinds):
        raise Refused("bad_name", "A name has no control or formatting characters.")
    if not INVISIBLE.isdisjoint(name) or not any(kind[0] in "LNSP" for kind in kinds):
        raise Refused("bad_name", "A name needs something one can see, and nothing that one cannot.")
    if STACK.search("".join("m" if kind in ("Mn", "Me") else " " for kind in kinds)):
        raise Refused("bad_name", f"A name has at most {STACKED_MARKS} marks on one letter.")
    if any(fold(name) & fold(other) for other in (*assistants, *RESERVED)):
        raise Refused("bad_name", f"{name} is taken here. Choose another name.")
    return name


class Names:
    """Those of the people in a room, so that one which looks like another is found at once among thousands."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._looks = Counter[str]()
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        self._looks.update(fold(name))

    def remove(self, name: str) -> None:
        for look in fold(name):
            self._looks[look] -= 1
            if not self._looks[look]:
                del self._looks[look]

    def include(self, name: str, own: str = "") -> bool:
        """Whether somebody bears `name`, or one that looks like it; whoever asks bears `own`."""
        return any(self._looks[look] > (look in fold(own)) for look in fold(name))


def unique_name(name: str, names: Names, own: str = "") -> str:
    """`name`, with a numeral if it is among `names`; whoever asks bears `own`."""
    numbered = chain([name], (f"{name} {numeral}" for numeral in count(2)))
    return next(free for free in numbered if not names.include(free, own))


# Small capitals, and the letters that Unicode takes for one of them: at a glance, and to whoever wants to be taken for somebody, Latin ones.
_AT_A_GLANCE = str.maketrans("ᴀʙβᴅᴇꞓꜰɢʜᴊĸᴋʟʍᴍɴᴘʀᴛχζ!Ꮖ", "abbdeefghjkklmmnprtxzli")
_LOOKALIKES = {**table(), **_AT_A_GLANCE}
# Drawn as nothing, or around the letter before it: what is left of a name without them looks the same, or nearly.
_UNSEEN = re.compile("[\u034f\u17b4\u17b5\u180b-\u180d\u180f\u20dd-\u20e4\ufe00-\ufe0f\U000e0100-\U000e01ef]")


@lru_cache(maxsize=16_384)  # names: those in the largest of rooms, for whoever comes is compared with all of them
def fold(name: str) -> frozenset[str]:
    """What `name` looks like at a glance, as it is and in small letters: names that share one of these are taken for each other.

    It is two, because Ν looks like N, and ν like v: small letters alone would miss the one, capitals as they are the other.
    """
    letters = plain(_UNSEEN.sub("", name))
    return frozenset(_glance(shown) for shown in (letters.translate(_LOOKALIKES), letters.casefold().translate(_LOOKALIKES)))


def _glance(shown: str) -> str:
    letters = plain(shown.casefold()).translate(_AT_A_GLANCE)
    return letters.replace("i", "l").replace("rn", "m").replace("vv", "w")
