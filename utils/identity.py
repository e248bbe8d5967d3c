"""Who is speaking: the session a client shows, and the name a room calls its owner by."""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from utils.protocol import INVISIBLE, Refused

COOKIE, SECURE_COOKIE = "pocketroom", "__Host-pocketroom"
COOKIE_SECONDS = 365 * 24 * 3600
NAME_CHARACTERS = 32
STACKED_MARKS = 4  # on one letter: no script stacks more, and more would paint over the lines around the name
STACK = re.compile(f"m{{{STACKED_MARKS + 1}}}")
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 random bits, as secrets.token_urlsafe(32) writes them


@dataclass(frozen=True)
class Session:
    """`token` is the secret, `kind` where it came from."""

    token: str
    kind: str  # cookie, bearer or new

    @property
    def hash(self) -> bytes:
        """What the log keeps instead of the token."""
        return sha256(self.token.encode()).digest()

    @property
    def token_to_show(self) -> str | None:
        """The token for a client without cookies; a cookie's stays out of every script's reach."""
        return None if self.kind == "cookie" else self.token


def session_of(cookies: Mapping[str, str], authorization: str | None) -> Session:
    """The session of a request by its cookie, else its Bearer token, else a new one."""
    cookie = cookies.get(SECURE_COOKIE) or cookies.get(COOKIE) or ""
    scheme, _, bearer = (authorization or "").partition(" ")
    if TOKEN.fullmatch(cookie):
        return Session(cookie, "cookie")
    if scheme.lower() == "bearer" and TOKEN.fullmatch(bearer.strip()):
        return Session(bearer.strip(), "bearer")
    return Session(secrets.token_urlsafe(32), "new")


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
    if fold(name) in map(fold, (*assistants, "system")):
        raise Refused("bad_name", f"{name} is taken here. Choose another name.")
    return name


def unique_name(name: str, taken: Iterable[str]) -> str:
    """`name`, with a numeral if somebody among `taken` bears it or one that looks like it."""
    folded = {fold(other) for other in taken}
    if fold(name) not in folded:
        return name
    numeral = 2
    while fold(f"{name} {numeral}") in folded:
        numeral += 1
    return f"{name} {numeral}"


# Letters of other scripts, and digits, that look like Latin ones: the commonest of Unicode's confusables (UTS 39).
_LOOKALIKES = str.maketrans(
    "авсԁеһіјкӏмнорԛѕтԝхуѵζαβγεικνορςτυχϲϳ" + "օոսհցյ" + "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ" + "ıɑɡɩ"
    + "ᎪᏴᏟᎠᎬᏀᎻᏆᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᎩᏃ" + "ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ" + "01!|",
    "abcdehijklmhopqstwxyvzabyeikvopctuxcj" + "onuhgj" + "abcdefghijklmnoprstuvwyz" + "iagi"
    + "abcdeghijklmprstvwyz" + "abcdefghijklmnoprstuvwxyz" + "olll",
)  # fmt: skip
# Drawn as nothing, or around the letter before it: what is left of a name without them looks the same, or nearly.
_UNSEEN = re.compile("[\u034f\u17b4\u17b5\u180b-\u180d\u180f\u20dd-\u20e4\ufe00-\ufe0f\U000e0100-\U000e01ef]")


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """What `name` looks like at a glance; names with the same fold are taken for each other."""
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKD", name)).casefold()
    letters = "".join(char for char in plain if not unicodedata.combining(char) and not char.isspace())
    return letters.translate(_LOOKALIKES).replace("i", "l").replace("rn", "m").replace("vv", "w")
