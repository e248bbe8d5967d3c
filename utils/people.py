"""People and what lets them in: sessions, one-time links, invitations, the house's password. Kept beside the messages.

Of every secret the file has a hash only. All of this happens in the log's thread, between changes to the rooms.
"""

import secrets
import sqlite3
import time
from collections.abc import Awaitable, Callable
from hashlib import scrypt, sha256
from typing import NamedTuple, NotRequired, TypeVar, cast

from pydantic_core import to_json
from typing_extensions import TypedDict

from utils.access import BY_INVITATION, NOBODY, OPERATOR, Rights, access_of, no_room
from utils.identity import COOKIE_SECONDS, Session
from utils.message_log import NO_INVITATION, MessageLog
from utils.removal import bury
from utils.protocol import Access, Member, Refused, Role

T = TypeVar("T")
SESSION_MS = 2 * COOKIE_SECONDS * 1000  # without being seen; browsers forget after half of it, so a clock that is wrong by a year ends none
SEEN_MS = 24 * 3600 * 1000  # between two notes of when a session was last seen
LINK_MS = 10 * 60 * 1000  # until a link to another device is no more
LINKS = 10  # of one person that may be open at once; the oldest goes first
INVITATIONS = 100  # of one room that may be in force
INVITED_SECONDS = 365 * 24 * 3600  # for which an invitation may be good at most, if its time is limited
INVITED_USES = 1_000_000
SHOWN_ROLES = 1_000  # people in one list of a room's members
SIGNED_OUT = "This session was ended. Come in anew."
NO_PASSWORD = "This house asks for a password first."

Invitation = TypedDict("Invitation", {
    "id": int, "role": Role, "made": int, "until": NotRequired[int], "uses": NotRequired[int], "invitation": NotRequired[str],
})  # fmt: skip
RoleIn = TypedDict("RoleIn", {"name": str, "title": str, "role": Role})
Members = TypedDict("Members", {"access": Access, "closed": bool, "role": Role, "members": list[Member]})


class Admission(NamedTuple):
    """Somebody who may come in: who they are, and whether their coming would make the room."""

    member: Member
    makes_room: bool


class Person(NamedTuple):
    key: int
    id: str
    name: str


NO_PERSON = Person(0, NOBODY, "")


class People:
    """What `log` keeps of people. `password`: what the house asks for; "" if it asks for none. All raise protocol.Refused."""

    def __init__(self, log: MessageLog, password: str = "", clock: Callable[[], float] = time.time) -> None:
        self._log, self._clock = log, clock
        self._password = slow_digest(password) if password else None  # as it stands beside the sessions that have shown it
        self._password_hash = hash_of(password)
        self.is_closed_house = bool(password)

    # ---- coming in -------------------------------------------------------------------------------

    def admit(self, session: Session, name: str | None, room: str) -> Awaitable[Admission]:
        """Whoever has this session, now called `name` if one is given, if they may read in `room`. Made if need be."""

        def admit(db: sqlite3.Connection) -> Admission:
            known = self._known(db, session)
            exists, rights = rights_in(db, room, known.id)
            rights.must_allow(room, known.id, "read")
            if not exists and rights.access == "invited":  # not even for the operator
                raise no_room(room)
            person = self._person(db, session, known, name)
            return Admission({"id": person.id, "name": person.name}, not exists)

        return self._log.run(admit)

    def must_read(self, session: Session, room: str) -> Awaitable[str]:
        """The id of whoever has this session, if they may read in `room`; nobody is made of a session that nobody has seen."""

        def look(db: sqlite3.Connection) -> str:
            person = self._known(db, session)
            rights_in(db, room, person.id)[1].must_allow(room, person.id, "read")
            return person.id

        return self._log.run(look)

    def member(self, session: Session, name: str | None) -> Awaitable[Member]:
        """Whoever has this session, now called `name` if one is given. Made if need be."""
        return self._log.run(lambda db: as_member(self._person(db, session, self._known(db, session), name)))

    async def show_password(self, session: Session, password: str, after: Session | None = None) -> Member:
        """Let whoever has this session in from now on, if that is the house's password; under the session `after` it, if one is given."""
        if self._password is None or not secrets.compare_digest(hash_of(password), self._password_hash):  # so a guess costs us nothing
            raise Refused("forbidden", "That is not this house's password.")

        def let_in(db: sqlite3.Connection) -> Member:
            person = self._person(db, session, self._known(db, session, asks=False), None)
            db.execute("UPDATE sessions SET hash = ?, password = ? WHERE hash = ?", ((after or session).hash, self._password, session.hash))
            return as_member(person)

        return await self._log.run(let_in)

    async def needs_password(self, session: Session) -> bool:
        try:
            await self._log.run(lambda db: self._known(db, session))
        except Refused as refused:
            return refused.code == "no_password"
        return False

    # ---- one's own sessions ----------------------------------------------------------------------

    def sign_out(self, session: Session, others: bool) -> Awaitable[list[bytes]]:
        """End all sessions of whoever has this one, or all but this one. Returns the hashes of those that ended."""

        def end(db: sqlite3.Connection) -> list[bytes]:
            person = self._known(db, session)
            if session.kind == "user":  # who could never come back: it is their name
                raise Refused("forbidden", "A proxy signs you in. Sign out there.")
            kept = session.hash if others else b""
            ended = db.execute("SELECT hash FROM sessions WHERE person = ? AND ended IS NULL AND hash <> ?", (person.key, kept)).fetchall()
            db.execute("UPDATE sessions SET ended = ? WHERE person = ? AND ended IS NULL AND hash <> ?", (self._now(), person.key, kept))
            db.execute("DELETE FROM links WHERE person = ?", (person.key,))
            return [hash for (hash,) in ended]

        return self._log.run(end)

    def link(self, session: Session) -> Awaitable[tuple[str, int]]:
        """A secret that makes another device the same person, once; and until when (ms)."""
        secret, until = secrets.token_urlsafe(32), self._now() + LINK_MS

        def keep(db: sqlite3.Connection) -> tuple[str, int]:
            person = self._person(db, session, self._known(db, session), None)
            db.execute("DELETE FROM links WHERE until < ?", (self._now(),))
            db.execute("INSERT INTO links VALUES (?, ?, ?)", (hash_of(secret), person.key, until))
            db.execute(
                "DELETE FROM links WHERE person = ? AND hash NOT IN (SELECT hash FROM links WHERE person = ? ORDER BY until DESC LIMIT ?)",
                (person.key, person.key, LINKS),
            )
            return secret, until

        return self._log.run(keep)

    def follow_link(self, session: Session, secret: str) -> Awaitable[Member]:
        """Make this new session one of the person who made the link, which is then no more."""

        def follow(db: sqlite3.Connection) -> Member:
            link = "FROM links WHERE hash = ? AND until >= ?", (hash_of(secret), self._now())
            row = db.execute(f"SELECT person {link[0]}", link[1]).fetchone()
            if row is None:
                raise Refused("forbidden", "This link was used already, or is older than 10 minutes. Make a new one where you are signed in.")
            db.execute("DELETE FROM links WHERE hash = ?", (hash_of(secret),))
            key, id, name = db.execute("SELECT key, id, name FROM people WHERE key = ?", row).fetchone()
            self._add_session(db, session, key)
            db.execute(  # as the other device has shown it, or somebody could keep a link until the password is another one
                "UPDATE sessions SET password = (SELECT max(password) FROM sessions WHERE person = ? AND ended IS NULL AND password = ?) WHERE hash = ?",
                (key, self._password, session.hash),
            )
            return as_member(Person(key, id, name or f"Guest {key}"))

        return self._log.run(follow)

    def remove_person(self, session: Session) -> Awaitable[tuple[Member, list[bytes], list[str]]]:
        """Forget whoever has this session, but for what they said: who they were, the hashes of sessions that ended, and in which rooms they had a role.

        A room by invitation in which nobody else has one is deleted: nobody could ever come in again.
        """

        def remove(db: sqlite3.Connection) -> tuple[Member, list[bytes], list[str]]:
            person = self._known(db, session)
            if not person.key:
                return as_member(person), [], []
            rooms = db.execute("SELECT key, name, access FROM roles JOIN rooms ON key = room WHERE person = ?", (person.id,)).fetchall()
            db.execute("DELETE FROM roles WHERE person = ?", (person.id,))
            for key, _, access in rooms:
                if access == "invited" and not db.execute("SELECT 1 FROM roles WHERE room = ? AND role <> 'removed'", (key,)).fetchone():
                    bury(db, key)
            sessions = [hash for (hash,) in db.execute("SELECT hash FROM sessions WHERE person = ?", (person.key,))]
            db.execute("UPDATE sessions SET ended = coalesce(ended, ?), person = 0 WHERE person = ?", (self._now(), person.key))
            db.execute("DELETE FROM links WHERE person = ?", (person.key,))
            db.execute("DELETE FROM people WHERE key = ?", (person.key,))
            if session.kind == "user":  # whom the proxy lets in again, as somebody new
                db.execute("DELETE FROM sessions WHERE hash = ?", (session.hash,))
            return as_member(person), sessions, [name for _, name, _ in rooms]

        return self._log.run(remove)

    # ---- rooms by invitation ---------------------------------------------------------------------

    def make_room(self, session: Session, title: str) -> Awaitable[RoleIn]:
        """A room that only those can enter who are invited; whoever has this session is its owner."""

        def make(db: sqlite3.Connection) -> RoleIn:
            person = self._person(db, session, self._known(db, session), None)
            name = BY_INVITATION + secrets.token_hex(8)
            settings = to_json({"title": title}).decode()
            made = db.execute(
                "INSERT INTO rooms (name, epoch, settings, access) VALUES (?, ?, ?, 'invited')", (name, secrets.token_hex(8), settings)
            )
            db.execute("INSERT INTO roles VALUES (?, ?, 'owner')", (made.lastrowid, person.id))
            return {"name": name, "title": title, "role": "owner"}

        return self._log.run(make)

    def rooms(self, session: Session) -> Awaitable[list[RoleIn]]:
        """The rooms in which whoever has this session has a role of their own."""

        def look(db: sqlite3.Connection) -> list[RoleIn]:
            person = self._known(db, session)
            rows = db.execute(
                "SELECT name, json_extract(settings, '$.title'), role FROM roles JOIN rooms ON key = room"
                " WHERE person = ? AND role <> 'removed' ORDER BY key LIMIT ?",
                (person.id, SHOWN_ROLES),
            )
            return [{"name": name, "title": title or name, "role": role} for name, title, role in rows]

        return self._log.run(look)

    def members(self, session: Session | None, room: str) -> Awaitable[Members]:
        """Who has a role of their own in `room`, for somebody who may read there; without a session for the operator."""

        def look(db: sqlite3.Connection) -> Members:
            asker = self._known(db, session).id if session else OPERATOR
            exists, rights = rights_in(db, room, asker)
            rights.must_allow(room, asker, "read")
            if not exists:
                raise no_room(room)
            hidden = "" if rights.allow(asker, "moderate") else "AND role <> 'removed'"
            rows = db.execute(
                "SELECT people.key, id, people.name, role FROM roles JOIN people ON id = person"
                f" WHERE room = (SELECT key FROM rooms WHERE name = ?) {hidden} ORDER BY people.key LIMIT ?",
                (room, SHOWN_ROLES),
            )
            members: list[Member] = [{"id": id, "name": name or f"Guest {key}", "role": role} for key, id, name, role in rows]
            return {"access": rights.access, "closed": rights.closed, "role": rights.role(asker), "members": members}

        return self._log.run(look)

    def invite(
        self, session: Session | None, room: str, role: Role, seconds: int | None, uses: int | None, instead_of: int | None
    ) -> Awaitable[Invitation]:
        """A secret that lets people into `room`, so many, for so long; `instead_of` another one, which then lets in nobody."""
        secret = secrets.token_urlsafe(32)

        def invite(db: sqlite3.Connection) -> Invitation:
            key, person, now = *self._must_moderate(db, session, room), self._now()
            db.execute("DELETE FROM invitations WHERE room = ? AND (key = ? OR until < ?)", (key, instead_of, now))
            if db.execute("SELECT count(*) FROM invitations WHERE room = ?", (key,)).fetchone()[0] >= INVITATIONS:
                raise Refused("rate_limited", f"A room may have {INVITATIONS} invitations at a time. Withdraw one that nobody needs.")
            until = None if seconds is None else now + seconds * 1000
            made = db.execute(
                "INSERT INTO invitations (hash, room, role, maker, made, until, uses) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (hash_of(secret), key, role, person, now, until, uses),
            )
            return cast(Invitation, {**invitation_of(made.lastrowid or 0, role, now, until, uses), "invitation": secret})

        return self._log.run(invite)

    def must_be_invited(self, session: Session, room: str, secret: str) -> Awaitable[None]:
        """Whether `secret` is that of an invitation to `room`; where there is no such room, it is not."""

        def look(db: sqlite3.Connection) -> None:
            self._known(db, session)
            row = db.execute(
                "SELECT 1 FROM invitations JOIN rooms ON rooms.key = room WHERE hash = ? AND name = ? AND (until IS NULL OR until >= ?)",
                (hash_of(secret), room, self._now()),
            ).fetchone()
            if row is None:
                raise Refused("forbidden", NO_INVITATION)

        return self._log.run(look)

    def invitations(self, session: Session | None, room: str) -> Awaitable[list[Invitation]]:
        """Those that are in force, without their secrets."""

        def look(db: sqlite3.Connection) -> list[Invitation]:
            key, _ = self._must_moderate(db, session, room)
            rows = db.execute(
                "SELECT key, role, made, until, uses FROM invitations WHERE room = ? AND (until IS NULL OR until >= ?) ORDER BY key",
                (key, self._now()),
            )
            return [invitation_of(*row) for row in rows]

        return self._log.run(look)

    def withdraw(self, session: Session | None, room: str, id: int) -> Awaitable[None]:
        def withdraw(db: sqlite3.Connection) -> None:
            key, _ = self._must_moderate(db, session, room)
            if not db.execute("DELETE FROM invitations WHERE room = ? AND key = ?", (key, id)).rowcount:
                raise Refused("not_found", f"There is no invitation {id} to this room.")

        return self._log.run(withdraw)

    # ---- in the thread ---------------------------------------------------------------------------

    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _known(self, db: sqlite3.Connection, session: Session, asks: bool = True) -> Person:
        """Who has this session: NO_PERSON if nobody has seen it. Raises Refused if it ended, or has to show the password."""
        row = db.execute(
            "SELECT key, id, name, sessions.password, ended, seen FROM sessions LEFT JOIN people ON key = person WHERE hash = ?", (session.hash,)
        ).fetchone()
        key, id, name, password, ended, seen = row or (0, NOBODY, "", None, None, self._now())
        if ended is not None or key is None or seen < self._now() - SESSION_MS:
            raise Refused("signed_out", SIGNED_OUT)
        if asks and self._password is not None and session.kind != "user" and password != self._password:
            raise Refused("no_password", NO_PASSWORD)
        if row and seen < self._now() - SEEN_MS:
            db.execute("UPDATE sessions SET seen = ? WHERE hash = ?", (self._now(), session.hash))
        return Person(key, id, name or f"Guest {key}") if key else NO_PERSON

    def _person(self, db: sqlite3.Connection, session: Session, known: Person, name: str | None) -> Person:
        if known is NO_PERSON:
            id, name = secrets.token_hex(8), name or session.name
            key = db.execute("INSERT INTO people (id, name) VALUES (?, ?)", (id, name)).lastrowid or 0
            self._add_session(db, session, key)
            return Person(key, id, name or f"Guest {key}")
        if name and name != known.name:
            db.execute("UPDATE people SET name = ? WHERE key = ?", (name, known.key))
            return known._replace(name=name)
        return known

    def _add_session(self, db: sqlite3.Connection, session: Session, person: int) -> None:
        now = self._now()
        db.execute("INSERT INTO sessions (hash, person, made, seen) VALUES (?, ?, ?, ?)", (session.hash, person, now, now))

    def _must_moderate(self, db: sqlite3.Connection, session: Session | None, room: str) -> tuple[int, str]:
        """The room's key, and the id of whoever asks."""
        person = self._known(db, session).id if session else OPERATOR
        _, rights = rights_in(db, room, person)
        rights.must_allow(room, person, "moderate")
        row = db.execute("SELECT key FROM rooms WHERE name = ?", (room,)).fetchone()
        if row is None:
            raise no_room(room)
        return row[0], person


def rights_in(db: sqlite3.Connection, room: str, person: str) -> tuple[bool, Rights]:
    """Whether there is such a room, and what concerns `person` of its rights. One that is not there is asked in the same way."""
    row = db.execute(
        "SELECT access, json_extract(settings, '$.closed'), role FROM rooms LEFT JOIN roles ON room = key AND person = ? WHERE name = ?",
        (person, room),
    ).fetchone()
    access, closed, role = row or (access_of(room), 0, None)
    return row is not None, Rights(access, {person: role} if role else {}, bool(closed))


def invitation_of(id: int, role: Role, made: int, until: int | None, uses: int | None) -> Invitation:
    limits = {name: limit for name, limit in (("until", until), ("uses", uses)) if limit is not None}
    return cast(Invitation, {"id": id, "role": role, "made": made, **limits})


def as_member(person: Person) -> Member:
    return {"id": person.id, "name": person.name}


def hash_of(secret: str) -> bytes:
    """Of a secret with 256 random bits: it needs no salt, and no slowness."""
    return sha256(secret.encode()).digest()


def slow_digest(password: str) -> bytes:
    """Of a password that a person chose (scrypt, RFC 7914; some 50 ms): whoever gets at the file cannot try many."""
    return scrypt(password.encode(), salt=b"PocketRoom ROOM_PASSWORD", n=1 << 14, r=8, p=1)
