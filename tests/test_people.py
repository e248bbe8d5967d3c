"""People and what lets them in, on a real file, with a clock that the test turns."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from time import time
from typing import Any, get_args

import pytest

from utils.access import OPERATOR
from utils.identity import Session, new_session, session_of_user
from utils.message_log import Accept
from utils.people import INVITATIONS, LINK_MS, LINKS, SEEN_MS, SESSION_MS, Invitation, People, hash_of
from utils.protocol import Access, Appoint, Author, Configure, Member, Refused, Role, Say
from utils.sqlite_log import SqliteLog

DAY = 24 * 3600
NO_ROOM = "private-0123456789abcdef"


class Clock:
    """Seconds since 1970; so long as nobody turns it, those of the log's own."""

    def __init__(self) -> None:
        self.turned = 0.0

    def __call__(self) -> float:
        return time() + self.turned

    def ms(self) -> int:
        return int(self() * 1000)


class Door:
    """A log at work, and the people whom it knows."""

    def __init__(self, path: Path) -> None:
        self.log, self.clock = SqliteLog(str(path)), Clock()
        self.told: list[tuple[str, Any]] = []
        self.log.start(self.told.extend)
        self.people = People(self.log, clock=self.clock)

    async def comes(self, name: str | None = None, session: Session | None = None) -> tuple[Session, Member]:
        session = session or new_session()
        return session, await self.people.member(session, name)

    async def makes_room(self, owner: Session) -> str:
        room = (await self.people.make_room(owner, "Tea"))["name"]
        await self.log.follow(room)
        return room

    async def invites(self, owner: Session, room: str, role: Role = "member", seconds: int | None = None, uses: int | None = None) -> Invitation:
        return await self.people.invite(owner, room, role, seconds, uses, None)

    async def accepts(self, session: Session, room: str, secret: str) -> bool:
        """Whether this invitation lets them in: what the door for it does."""
        with contextlib.suppress(Refused):
            await self.people.must_be_invited(session, room, secret)
            member = await self.people.member(session, None)
            await self.log.commit(room, author(member), Accept(hash_of(secret)))
            return True
        return False

    async def enters(self, owner: Session, room: str, name: str, role: Role = "member") -> tuple[Session, Member]:
        """Somebody comes in by an invitation of their own."""
        session, member = await self.comes(name)
        assert await self.accepts(session, room, (await self.invites(owner, room, role, uses=1)).get("invitation", ""))
        return session, member

    async def row(self, sql: str, *values: Any) -> Any:
        def look(db: sqlite3.Connection) -> Any:
            return db.execute(sql, values).fetchone()

        return await self.log.run(look)


def written(folder: Path) -> bytes:
    """All that stands in the log's files."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


def author(member: Member) -> Author:
    return {"id": member["id"], "name": member["name"], "kind": "human"}


async def refusal(asked: Awaitable[Any]) -> str:
    with pytest.raises(Refused) as refused:
        await asked
    return refused.value.code


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    door = Door(tmp_path / "room.db")
    yield door
    await door.log.close()


# ---- sessions ------------------------------------------------------------------------------------


async def test_guests_are_numbered_and_keep_the_name_they_chose(door: Door) -> None:
    session, guest = await door.comes()
    assert guest["name"] == "Guest 1"
    assert await door.people.member(session, "Ann") == {"id": guest["id"], "name": "Ann"}
    assert (await door.people.member(session, None))["name"] == "Ann"
    assert (await door.comes())[1]["name"] == "Guest 2"


async def test_an_id_tells_nothing_of_the_session_and_the_file_has_only_a_hash_of_it(door: Door, tmp_path: Path) -> None:
    session, ann = await door.comes("Ann")
    assert len(bytes.fromhex(ann["id"])) == 8
    assert not session.hash.hex().startswith(ann["id"])
    assert session.token.encode() not in written(tmp_path)


async def test_whoever_only_looks_is_nobody_and_leaves_nothing(door: Door) -> None:
    assert await door.people.must_read(new_session(), "tea") == ""
    assert await door.people.rooms(new_session()) == []
    assert await door.people.sign_out(new_session(), others=False) == []
    assert (await door.people.remove_person(new_session()))[1] == []
    assert await door.row("SELECT count(*) FROM people") == await door.row("SELECT count(*) FROM sessions") == (0,)


async def test_when_ann_was_last_seen_is_noted_once_a_day(door: Door) -> None:
    session, _ = await door.comes("Ann")
    begun = (await door.row("SELECT seen FROM sessions"))[0]
    await door.comes(session=session)
    assert (await door.row("SELECT seen FROM sessions"))[0] == begun
    door.clock.turned += SEEN_MS / 1000 + 1
    await door.comes(session=session)
    assert (await door.row("SELECT seen FROM sessions"))[0] >= begun + SEEN_MS


async def test_a_session_that_nobody_showed_for_two_years_is_no_more_and_one_that_was_shown_goes_on(door: Door) -> None:
    (ann, _), (bea, _) = await door.comes("Ann"), await door.comes("Bea")
    door.clock.turned += SESSION_MS / 1000 - DAY
    await door.comes(session=ann)
    door.clock.turned += 2 * DAY
    assert (await door.comes(session=ann))[1]["name"] == "Ann"
    assert await refusal(door.people.member(bea, None)) == "signed_out"


async def test_ann_signs_out_everywhere_and_nobody_comes_back_by_what_she_had(door: Door) -> None:
    (ann, _), (bea, _) = await door.comes("Ann"), await door.comes("Bea")
    link = (await door.people.link(ann))[0]
    phone = new_session()
    await door.people.follow_link(phone, (await door.people.link(ann))[0])
    assert set(await door.people.sign_out(ann, others=False)) == {ann.hash, phone.hash}
    for session in (ann, phone):
        for asked in (door.people.member(session, "Ann"), door.people.admit(session, None, "tea"), door.people.must_read(session, "tea")):
            assert await refusal(asked) == "signed_out"
        assert await refusal(door.people.link(session)) == await refusal(door.people.sign_out(session, others=False)) == "signed_out"
    assert await refusal(door.people.follow_link(new_session(), link)) == "forbidden"
    assert (await door.comes(session=bea))[1]["name"] == "Bea"


async def test_ann_signs_out_on_all_other_devices_and_stays_on_this_one(door: Door) -> None:
    ann, member = await door.comes("Ann")
    phone = new_session()
    await door.people.follow_link(phone, (await door.people.link(ann))[0])
    assert await door.people.sign_out(phone, others=True) == [ann.hash]
    assert await refusal(door.people.member(ann, None)) == "signed_out"
    assert (await door.comes(session=phone))[1] == member


async def test_whom_a_proxy_signs_in_begins_with_the_name_it_tells(door: Door) -> None:
    session, ann = await door.comes(session=session_of_user("ann@example.org"))
    assert ann["name"] == "ann"
    assert (await door.comes(session=session_of_user("ann@example.org")))[1] == ann
    assert (await door.people.member(session, "Annie"))["name"] == "Annie"


# ---- links to another device ---------------------------------------------------------------------


async def test_a_link_makes_anns_phone_ann_once(door: Door) -> None:
    ann, member = await door.comes("Ann")
    secret, until = await door.people.link(ann)
    assert door.clock.ms() < until <= door.clock.ms() + LINK_MS
    phone = new_session()
    assert await door.people.follow_link(phone, secret) == member
    assert (await door.comes(session=phone))[1] == member
    assert await refusal(door.people.follow_link(new_session(), secret)) == "forbidden"


async def test_a_link_of_eleven_minutes_ago_and_one_that_was_never_made_are_refused_alike(door: Door) -> None:
    ann, _ = await door.comes("Ann")
    secret, _ = await door.people.link(ann)
    door.clock.turned += LINK_MS / 1000 + 1
    told = []
    for tried in (secret, "never-made"):
        with pytest.raises(Refused) as refused:
            await door.people.follow_link(new_session(), tried)
        told.append(refused.value.frame())
    assert told[0] == told[1]
    assert told[0]["code"] == "forbidden"


async def test_of_anns_links_the_oldest_goes_when_she_makes_one_too_many_and_beas_stays(door: Door) -> None:
    (ann, _), (bea, _) = await door.comes("Ann"), await door.comes("Bea")
    of_bea = (await door.people.link(bea))[0]
    links = []
    for _ in range(LINKS + 1):
        door.clock.turned += 1
        links.append((await door.people.link(ann))[0])
    assert await refusal(door.people.follow_link(new_session(), links[0])) == "forbidden"
    assert (await door.people.follow_link(new_session(), links[1]))["name"] == "Ann"
    assert (await door.people.follow_link(new_session(), of_bea))["name"] == "Bea"


# ---- the house's password ------------------------------------------------------------------------


async def test_a_house_with_a_password_asks_each_session_for_it_once(door: Door) -> None:
    people, ann = People(door.log, "open sesame", door.clock), new_session()
    for asked in (people.member(ann, "Ann"), people.admit(ann, "Ann", "tea"), people.must_read(ann, "tea"), people.link(ann), people.make_room(ann, "")):
        assert await refusal(asked) == "no_password"
    assert await people.needs_password(ann)
    for wrong in ("", "open sesame ", "Open sesame"):
        assert await refusal(people.show_password(ann, wrong)) == "forbidden"
    assert await door.row("SELECT count(*) FROM people") == (0,)
    shown = await people.show_password(ann, "open sesame")
    assert not await people.needs_password(ann)
    assert (await people.member(ann, "Ann"))["id"] == shown["id"]
    assert await refusal(people.member(new_session(), "Bea")) == "no_password"


async def test_another_password_asks_everybody_anew_and_none_asks_nobody(door: Door) -> None:
    ann = new_session()
    before, now = People(door.log, "open sesame", door.clock), People(door.log, "close sesame", door.clock)
    member = await before.show_password(ann, "open sesame")
    assert await refusal(now.member(ann, None)) == "no_password"
    assert await refusal(now.show_password(ann, "open sesame")) == "forbidden"
    assert await now.show_password(ann, "close sesame") == member
    assert (await now.member(ann, None))["id"] == (await door.people.member(ann, None))["id"] == member["id"]
    assert await refusal(door.people.show_password(ann, "close sesame")) == "forbidden"


async def test_whoever_comes_by_a_link_or_is_signed_in_by_a_proxy_needs_no_password(door: Door) -> None:
    people, ann, phone = People(door.log, "open sesame", door.clock), new_session(), new_session()
    member = await people.show_password(ann, "open sesame")
    await people.follow_link(phone, (await people.link(ann))[0])
    assert await people.member(phone, None) == member
    assert (await people.member(session_of_user("bea"), None))["name"] == "bea"


async def test_no_password_brings_back_a_session_that_ended(door: Door) -> None:
    people, ann = People(door.log, "open sesame", door.clock), new_session()
    await people.show_password(ann, "open sesame")
    await people.sign_out(ann, others=False)
    assert await refusal(people.show_password(ann, "open sesame")) == "signed_out"


# ---- rooms and who may see them ------------------------------------------------------------------


async def test_a_room_by_invitation_is_there_for_its_owner_and_for_nobody_else(door: Door) -> None:
    (ann, _), (bea, _) = await door.comes("Ann"), await door.comes("Bea")
    room = await door.makes_room(ann)
    assert not (await door.people.admit(ann, None, room)).makes_room
    assert await door.people.rooms(ann) == [{"name": room, "title": "Tea", "role": "owner"}]
    assert await door.people.rooms(bea) == []
    for asked in (door.people.admit, door.people.must_read):
        told = []
        for name in (room, NO_ROOM):
            with pytest.raises(Refused) as refused:
                await (door.people.admit(bea, None, name) if asked == door.people.admit else door.people.must_read(bea, name))
            told.append(str(refused.value).replace(name, "ROOM"))
        assert told[0] == told[1]
        assert told[0].startswith("not_found")


async def test_every_question_about_a_room_is_answered_as_if_it_were_not_there_to_whoever_may_not_see_it(door: Door) -> None:
    (ann, _), (mal, _) = await door.comes("Ann"), await door.comes("Mal")
    room = await door.makes_room(ann)
    id = (await door.invites(ann, room))["id"]
    told: dict[str, list[str]] = {}
    for name in (room, NO_ROOM):
        people = door.people
        asked = [people.members(mal, name), people.invite(mal, name, "owner", None, None, None), people.invitations(mal, name), people.withdraw(mal, name, id)]
        asked += [people.must_be_invited(mal, name, "a guess")]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        told[name] = [str(outcome).replace(name, "ROOM") for outcome in outcomes]
    assert told[room] == told[NO_ROOM]
    assert all(line.startswith(("not_found", "forbidden: This invitation")) for line in told[room])


async def test_nobody_makes_a_room_of_a_private_name_by_coming_not_even_the_operator(door: Door) -> None:
    ann, _ = await door.comes("Ann")
    assert await refusal(door.people.admit(ann, None, NO_ROOM)) == "not_found"
    assert await refusal(door.people.members(None, NO_ROOM)) == "not_found"
    assert await refusal(door.people.members(ann, "nowhere")) == "not_found"
    assert (await door.people.admit(ann, None, "nowhere")).makes_room


async def test_whoever_comes_first_owns_an_open_room_but_not_the_lobby(door: Door) -> None:
    (ann, member), (bea, _) = await door.comes("Ann"), await door.comes("Bea")
    for room in ("tea", "lobby"):
        await door.log.follow(room, member["id"])
    assert await door.people.members(bea, "tea") == {
        "access": "open", "closed": False, "role": "member", "members": [{"id": member["id"], "name": "Ann", "role": "owner"}],
    }  # fmt: skip
    assert (await door.people.members(ann, "lobby")) == {"access": "open", "closed": False, "role": "member", "members": []}


async def test_members_are_listed_to_members_and_the_removed_to_owners_only(door: Door) -> None:
    ann, owner = await door.comes("Ann")
    room = await door.makes_room(ann)
    bea, reader = await door.enters(ann, room, "Bea", "reader")
    cid, removed = await door.enters(ann, room, "Cid")
    await door.log.commit(room, author(owner), Appoint(id=removed["id"], role="removed"))
    seen = [{**owner, "role": "owner"}, {**reader, "role": "reader"}]
    assert await door.people.members(bea, room) == {"access": "invited", "closed": False, "role": "reader", "members": seen}
    for asker in (ann, None):
        assert await door.people.members(asker, room) == {
            "access": "invited", "closed": False, "role": "owner", "members": [*seen, {**removed, "role": "removed"}],
        }  # fmt: skip
    assert await refusal(door.people.members(cid, room)) == "not_found"
    assert await door.people.rooms(cid) == []


async def test_a_closed_room_says_so(door: Door) -> None:
    ann, owner = await door.comes("Ann")
    room = await door.makes_room(ann)
    await door.log.commit(room, author(owner), Configure(closed=True))
    assert (await door.people.members(ann, room))["closed"]
    assert await refusal(door.log.commit(room, author(owner), Say(content="hello"))) == "closed"


async def test_the_last_owner_of_a_room_by_invitation_stays_one_until_somebody_else_is(door: Door) -> None:
    ann, owner = await door.comes("Ann")
    room = await door.makes_room(ann)
    bea, member = await door.enters(ann, room, "Bea")
    roles: list[Role] = ["member", "reader", "removed", "none"]
    for role in roles:
        assert await refusal(door.log.commit(room, author(owner), Appoint(id=owner["id"], role=role))) == "forbidden"
    await door.log.commit(room, author(owner), Appoint(id=member["id"], role="owner"))
    await door.log.commit(room, author(owner), Appoint(id=owner["id"], role="none"))
    assert (await door.people.members(bea, room))["members"] == [{**member, "role": "owner"}]
    assert await refusal(door.people.members(ann, room)) == "not_found"


async def test_an_owner_may_take_every_role_themselves_while_there_is_another_one(door: Door) -> None:
    ann, owner = await door.comes("Ann")
    room = await door.makes_room(ann)
    _, other = await door.enters(ann, room, "Bea")
    roles: list[Role] = ["member", "reader", "none", "removed"]
    for role in roles:
        for appointed in (other, owner):
            await door.log.commit(room, {"id": OPERATOR, "name": "The operator", "kind": "human"}, Appoint(id=appointed["id"], role="owner"))
        assert not (await door.log.commit(room, author(owner), Appoint(id=owner["id"], role=role))).duplicate


async def test_a_reader_of_an_open_room_does_not_become_a_member_by_leaving(door: Door) -> None:
    (_, owner), (_, reader) = await door.comes("Ann"), await door.comes("Bea")
    await door.log.follow("tea", owner["id"])
    await door.log.commit("tea", author(owner), Appoint(id=reader["id"], role="reader"))
    assert await refusal(door.log.commit("tea", author(reader), Appoint(id=reader["id"], role="none"))) == "forbidden"
    assert await refusal(door.log.commit("tea", author(reader), Say(content="hello"))) == "forbidden"
    await door.log.commit("tea", author(owner), Appoint(id=reader["id"], role="none"))
    assert (await door.log.commit("tea", author(reader), Say(content="hello"))).id


async def test_nobody_is_given_a_role_who_was_never_here(door: Door) -> None:
    _, owner = await door.comes("Ann")
    await door.log.follow("tea", owner["id"])
    for id in ("0123456789abcdef", OPERATOR, "assistant"):
        assert await refusal(door.log.commit("tea", author(owner), Appoint(id=id, role="owner"))) == "not_found"


# ---- invitations ---------------------------------------------------------------------------------


async def test_an_invitation_lets_in_as_what_it_says_and_tells_its_secret_once(door: Door, tmp_path: Path) -> None:
    ann, _ = await door.comes("Ann")
    room = await door.makes_room(ann)
    invitation = await door.invites(ann, room, "reader")
    secret = invitation.get("invitation", "")
    assert await door.people.invitations(ann, room) == [{name: value for name, value in invitation.items() if name != "invitation"}]
    for name in ("Bea", "Cid"):
        session, _ = await door.comes(name)
        assert await door.accepts(session, room, secret)
        assert (await door.people.members(session, room))["role"] == "reader"
    assert secret.encode() not in written(tmp_path)


async def test_an_invitation_ends_with_its_time(door: Door) -> None:
    ann, _ = await door.comes("Ann")
    room, (bea, _) = await door.makes_room(ann), await door.comes("Bea")
    invitation = await door.invites(ann, room, seconds=3600)
    assert invitation.get("until", 0) == invitation["made"] + 3_600_000
    door.clock.turned += 3601
    assert await door.people.invitations(ann, room) == []
    assert not await door.accepts(bea, room, invitation.get("invitation", ""))


async def test_an_invitation_for_two_lets_in_two_and_the_second_of_them_uses_it_up_once(door: Door) -> None:
    ann, _ = await door.comes("Ann")
    room = await door.makes_room(ann)
    secret = (await door.invites(ann, room, uses=2)).get("invitation", "")
    people = [(await door.comes(name))[0] for name in ("Bea", "Cid", "Dee")]
    assert [await door.accepts(session, room, secret) for session in (people[0], people[0])] == [True, True]
    assert [invitation.get("uses") for invitation in await door.people.invitations(ann, room)] == [1]
    assert [await door.accepts(session, room, secret) for session in people[1:]] == [True, False]
    assert await door.people.invitations(ann, room) == []


async def test_of_many_who_come_at_once_by_an_invitation_for_one_one_comes_in(door: Door) -> None:
    ann, _ = await door.comes("Ann")
    room = await door.makes_room(ann)
    secret = (await door.invites(ann, room, uses=1)).get("invitation", "")
    people = [(await door.comes())[0] for _ in range(10)]
    assert sum(await asyncio.gather(*(door.accepts(session, room, secret) for session in people))) == 1
    assert len((await door.people.members(ann, room))["members"]) == 2


async def test_an_invitation_is_renewed_and_withdrawn(door: Door) -> None:
    ann, _ = await door.comes("Ann")
    room, (bea, _) = await door.makes_room(ann), await door.comes("Bea")
    first = await door.invites(ann, room)
    second = await door.people.invite(ann, room, "member", None, None, first["id"])
    assert [invitation["id"] for invitation in await door.people.invitations(ann, room)] == [second["id"]]
    assert not await door.accepts(bea, room, first.get("invitation", ""))
    await door.people.withdraw(ann, room, second["id"])
    assert not await door.accepts(bea, room, second.get("invitation", ""))
    assert await refusal(door.people.withdraw(ann, room, second["id"])) == "not_found"


async def test_an_invitation_is_to_one_room_and_only_its_owners_know_and_withdraw_it(door: Door) -> None:
    (ann, _), (mal, _) = await door.comes("Ann"), await door.comes("Mal")
    tea, cake, of_mal = await door.makes_room(ann), await door.makes_room(ann), await door.makes_room(mal)
    bea, _ = await door.enters(ann, tea, "Bea")
    invitation = await door.invites(ann, tea)
    assert not await door.accepts(mal, cake, invitation.get("invitation", ""))
    assert await refusal(door.people.withdraw(mal, of_mal, invitation["id"])) == "not_found"
    renewed = await door.people.invite(mal, of_mal, "member", None, None, invitation["id"])
    assert len(await door.people.invitations(ann, tea)) == 1, "that of another room was withdrawn"
    assert renewed["id"] != invitation["id"]
    for asked in (door.people.invitations(bea, tea), door.people.withdraw(bea, tea, invitation["id"]), door.invites(bea, tea)):
        assert await refusal(asked) == "forbidden"


async def test_a_room_has_a_hundred_invitations_and_those_that_ended_do_not_count(door: Door) -> None:
    ann, _ = await door.comes("Ann")
    room = await door.makes_room(ann)
    for _ in range(INVITATIONS):
        await door.invites(ann, room, seconds=60)
    assert await refusal(door.invites(ann, room)) == "rate_limited"
    door.clock.turned += 61
    await door.invites(ann, room)
    assert await door.row("SELECT count(*) FROM invitations") == (1,)


async def test_an_invitation_neither_raises_a_reader_nor_lowers_anybody(door: Door) -> None:
    ann, _ = await door.comes("Ann")
    room = await door.makes_room(ann)
    bea, _ = await door.enters(ann, room, "Bea", "reader")
    roles: list[Role] = ["member", "reader"]
    for role in roles:
        assert await door.accepts(bea, room, (await door.invites(ann, room, role)).get("invitation", ""))
        assert (await door.people.members(bea, room))["role"] == "reader"
    assert await door.accepts(ann, room, (await door.invites(ann, room, "reader")).get("invitation", ""))
    assert (await door.people.members(ann, room))["role"] == "owner"


@pytest.mark.parametrize("access", get_args(Access))
async def test_whoever_was_removed_does_not_come_back_by_an_invitation(door: Door, access: Access) -> None:
    ann, owner = await door.comes("Ann")
    room = await door.makes_room(ann) if access == "invited" else "tea"
    await door.log.follow(room, owner["id"])
    secret = (await door.invites(ann, room)).get("invitation", "")
    mal, member = await door.comes("Mal")
    assert await door.accepts(mal, room, secret)
    await door.log.commit(room, author(owner), Appoint(id=member["id"], role="removed"))
    newer, (guest, _) = (await door.invites(ann, room)).get("invitation", ""), await door.comes("Mallory")
    assert not await door.accepts(mal, room, newer)
    assert not await door.accepts(guest, room, secret), "who might be the one who was removed"
    assert await refusal(door.people.admit(mal, None, room)) == ("not_found" if access == "invited" else "forbidden")
    assert await refusal(door.log.commit(room, author(member), Appoint(id=member["id"], role="none"))) in ("not_found", "forbidden")
    await door.log.commit(room, author(owner), Appoint(id=member["id"], role="none"))
    assert await door.accepts(mal, room, newer)


# ---- forgetting ----------------------------------------------------------------------------------


async def test_ann_is_forgotten_with_all_her_sessions_and_roles(door: Door) -> None:
    (ann, member), (bea, other) = await door.comes("Ann"), await door.comes("Bea")
    phone = new_session()
    await door.people.follow_link(phone, (await door.people.link(ann))[0])
    link = (await door.people.link(ann))[0]
    await door.log.follow("tea", member["id"])
    gone, sessions, rooms = await door.people.remove_person(phone)
    assert (gone, set(sessions), rooms) == (member, {ann.hash, phone.hash}, ["tea"])
    for session in (ann, phone):
        assert await refusal(door.people.member(session, "Ann")) == "signed_out"
    assert await refusal(door.people.follow_link(new_session(), link)) == "forbidden"
    assert (await door.people.members(bea, "tea"))["members"] == []
    assert await door.row("SELECT count(*) FROM people WHERE id = ? OR name = 'Ann'", member["id"]) == (0,)
    assert (await door.comes(session=bea))[1] == other


async def test_a_room_by_invitation_that_nobody_could_enter_any_more_is_deleted_and_others_stay(door: Door) -> None:
    ann, owner = await door.comes("Ann")
    alone, removed, shared = [await door.makes_room(ann) for _ in range(3)]
    _, mal = await door.enters(ann, removed, "Mal")
    await door.log.commit(removed, author(owner), Appoint(id=mal["id"], role="removed"))
    bea, _ = await door.enters(ann, shared, "Bea", "reader")
    await door.log.follow("tea", owner["id"])
    await door.people.remove_person(ann)
    assert await door.log.rooms() == [shared, "tea"]
    assert await door.people.rooms(bea) == [{"name": shared, "title": "Tea", "role": "reader"}]
    assert await refusal(door.people.members(None, alone)) == "not_found"
