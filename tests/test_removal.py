"""What is taken out of the file piece by piece: rooms that were deleted, and what tells of a person."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.test_people import Door, author
from utils import removal, sqlite_log
from utils.identity import Session
from utils.message_log import LATEST, Accept, Delta, Destroy, Gone, Start, Tail
from utils.people import hash_of
from utils.protocol import Appoint, Author, Configure, Delete, Edit, Member, Message, Refused, Say
from utils.removal import SOMEONE, empty_buried, forget

POCKET: Author = {"id": "assistant", "name": "Pocket", "kind": "assistant"}
TABLES = ("rooms", "messages", "chunks", "search", "roles", "invitations")


@pytest.fixture
async def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    """It indexes nothing by itself; a search does."""
    monkeypatch.setattr(sqlite_log, "QUIET_SECONDS", 1_000)
    door = Door(tmp_path / "room.db")
    yield door
    await door.log.close()


async def say(door: Door, member: Member, content: str, room: str = "tea", **more: Any) -> int:
    return (await door.log.commit(room, author(member), Say(content=content, **more))).id


async def history(door: Door, room: str = "tea") -> list[Message]:
    return (await door.log.before(room, 2**53, 100))["messages"]


async def counts(door: Door) -> dict[str, int]:
    return {table: (await door.row(f"SELECT count(*) FROM {table}"))[0] for table in TABLES}


async def refusal(asked: Any) -> str:
    with pytest.raises(Refused) as refused:
        await asked
    return refused.value.code


async def is_full(door: Door) -> tuple[Session, Member, str]:
    """Ann has a room by invitation with messages, an answer that streams, a member and an invitation; all of it can be found."""
    ann, member = await door.comes("Ann")
    room = await door.makes_room(ann)
    await door.enters(ann, room, "Bea")
    await door.invites(ann, room)
    await asyncio.gather(*(say(door, member, f"needle {n}", room) for n in range(20)))
    answer = await door.log.commit(room, POCKET, Start(1))
    await door.log.commit(room, POCKET, Delta(answer.id, 0, "It is"))
    await door.log.search(room, "needle", 2**53, 1)
    return ann, member, room


# ---- rooms that were deleted ---------------------------------------------------------------------


async def test_a_deleted_room_is_gone_at_once_for_everybody(door: Door) -> None:
    ann, member, room = await is_full(door)
    assert await refusal(door.log.commit(room, {**author(member), "id": "somebody"}, Destroy())) == "not_found"
    await door.log.commit(room, author(member), Destroy())
    assert door.told[-1] == (room, Gone())
    id = 22
    for asked in (
        say(door, member, "still there?", room), door.log.before(room, 99, 9), door.log.after(room, 0, 9), door.log.search(room, "needle", 99, 9),
        door.log.follow(room), door.log.commit(room, POCKET, Delta(id, 5, " so")), door.people.members(ann, room), door.people.members(None, room),
        door.people.admit(ann, None, room), door.people.invitations(ann, room), door.log.commit(room, author(member), Destroy()),
    ):  # fmt: skip
        assert await refusal(asked) == "not_found"
    assert await door.people.rooms(ann) == await door.log.rooms() == []


async def test_only_owners_delete_a_room(door: Door) -> None:
    ann, _, room = await is_full(door)
    for role in ("member", "reader"):
        _, other = await door.enters(ann, room, "Cid", role)
        assert await refusal(door.log.commit(room, author(other), Destroy())) == "forbidden"
    assert await door.log.rooms() == [room]


async def test_nothing_is_left_of_a_deleted_room_and_all_of_the_others(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "PIECE_MESSAGES", 3)
    _, member, kept = await is_full(door)
    before = await counts(door)
    deleted = (await is_full(door))[2]
    await say(door, member, "a needle that nobody deleted", kept)
    messages = await history(door, kept)
    second = (await door.row("SELECT role, person FROM roles WHERE room = 2 AND role = 'owner'"))[1]
    await door.log.commit(deleted, {"id": second, "name": "Ann", "kind": "human"}, Destroy())
    await empty_buried(door.log)
    assert await counts(door) == {**before, "messages": before["messages"] + 1}
    assert await history(door, kept) == messages
    assert len((await door.log.search(kept, "needle", 2**53, 50)).messages) == 21


async def test_others_have_their_turn_while_a_room_is_emptied(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "PIECE_MESSAGES", 1)
    _, member, room = await is_full(door)
    await door.log.follow("tea")
    await door.log.commit(room, author(member), Destroy())
    done: list[str] = []
    emptying = asyncio.ensure_future(empty_buried(door.log))
    emptying.add_done_callback(lambda _: done.append("emptied"))
    await asyncio.sleep(0)
    await say(door, member, "meanwhile")
    done.append("said")
    await emptying
    assert done == ["said", "emptied"]


async def test_the_next_process_goes_on_with_what_the_last_one_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "PIECE_MESSAGES", 5)
    door = Door(tmp_path / "room.db")
    _, member, room = await is_full(door)
    await door.log.commit(room, author(member), Destroy())
    assert await door.log.run(removal._empty_one)
    await door.log.close()
    again = Door(tmp_path / "room.db")
    left = await counts(again)
    assert (left["rooms"], left["messages"]) == (1, 17)
    assert await again.log.rooms() == []
    await empty_buried(again.log)
    assert await counts(again) == dict.fromkeys(TABLES, 0)
    await again.log.close()


async def test_the_name_of_a_deleted_room_is_free_for_another_one_of_which_nothing_was_known(door: Door) -> None:
    _, ann = await door.comes("Ann")
    first = await door.log.follow("tea", ann["id"])
    await say(door, ann, "hello")
    await door.log.commit("tea", author(ann), Destroy())
    bea, member = await door.comes("Bea")
    second = await door.log.follow("tea", member["id"])
    await empty_buried(door.log)
    assert second.epoch != first.epoch
    assert (second.seq, second.messages, second.rights.roles) == (0, [], {member["id"]: "owner"})
    assert await say(door, member, "hello again") == 1
    assert [message["content"] for message in await history(door)] == ["hello again"]
    assert (await door.people.members(bea, "tea"))["role"] == "owner"


# ---- what tells of a person ----------------------------------------------------------------------


async def is_forgotten(door: Door, session: Session) -> None:
    """What the door for it does."""
    member, _, rooms = await door.people.remove_person(session)
    await forget(door.log, member, rooms)
    await empty_buried(door.log)


async def test_what_ann_said_is_said_by_someone_and_what_others_said_stays_theirs(door: Door) -> None:
    (ann, member), (_, bea) = await door.comes("Ann"), await door.comes("Bea")
    await door.log.follow("tea")
    await say(door, member, "I am Ann", key="k1")
    await say(door, bea, "Hello Ann!", key="k1", reply_to=1)
    await door.log.commit("tea", author(member), Edit(id=1, content="I am Ann, as you know"))
    before = await history(door)
    await is_forgotten(door, ann)
    mine, hers = await history(door)
    assert mine == {name: value for name, value in {**before[0], "author": SOMEONE}.items() if name != "key"}
    assert hers == before[1]
    row = await door.row("SELECT author, key FROM messages WHERE id = 1")
    assert row == ("someone", None)
    assert await door.row("SELECT count(*) FROM messages WHERE body LIKE ?", f"%{member['id']}%") == (0,)


async def test_what_ann_did_to_others_messages_was_done_by_someone(door: Door) -> None:
    (ann, member), (_, bea) = await door.comes("Ann"), await door.comes("Bea")
    await door.log.follow("tea", member["id"])
    await say(door, bea, "Pocket?")
    answer = await door.log.commit("tea", POCKET, Start(1))
    await door.log.commit("tea", author(member), sqlite_log.End(answer.id, "stopped", "Ann stopped this answer."))
    await door.log.commit("tea", author(member), Delete(id=1))
    await is_forgotten(door, ann)
    deleted, stopped = await history(door)
    assert (deleted["author"], deleted.get("by")) == (author(bea), SOMEONE)
    assert (stopped["author"], stopped.get("by"), stopped.get("reason")) == (POCKET, SOMEONE, "someone stopped this answer.")


async def test_the_system_tells_of_ann_no_more_and_titles_and_longer_names_stay(door: Door) -> None:
    (ann, member), (bea, other), (_, annabel) = await door.comes("Ann"), await door.comes("Bea"), await door.comes("Annabel")
    await door.log.follow("tea", member["id"])
    await door.log.commit("tea", author(member), Configure(title="Ann's tea"))
    await door.log.commit("tea", author(member), Appoint(id=annabel["id"], role="reader"))
    await door.log.commit("tea", author(member), Appoint(id=other["id"], role="owner"))
    await door.log.commit("tea", author(other), Appoint(id=member["id"], role="member"))
    await is_forgotten(door, ann)
    told = await history(door)
    assert [message["content"] for message in told] == [
        "someone set title to “Ann's tea”.", "someone made Annabel a reader here.", "someone made Bea an owner here.", "Bea made someone a member here.",
    ]  # fmt: skip
    assert [message.get("by", SOMEONE)["name"] for message in told] == ["someone", "someone", "someone", "Bea"]
    assert (await door.people.members(bea, "tea"))["members"] == [{**other, "role": "owner"}, {**annabel, "role": "reader"}]


async def test_another_anns_own_deeds_stay_hers(door: Door) -> None:
    (ann, member), (_, namesake) = await door.comes("Ann"), await door.comes("Ann")
    await door.log.follow("tea")
    await say(door, member, "hello")
    await door.log.commit("tea", author(namesake), Configure(title="Tea"))
    before = await history(door)
    await is_forgotten(door, ann)
    assert (await history(door))[1:] == before[1:]


async def test_whoever_calls_themselves_like_a_word_spoils_no_room_but_those_they_were_in(door: Door) -> None:
    (mal, member), (_, bea) = await door.comes("room"), await door.comes("Bea")
    for room in ("tea", "cake"):
        tail = await door.log.follow(room, bea["id"])
        await door.log.commit(room, author(bea), Configure(closed=True))
    await door.log.follow("milk", member["id"])
    await is_forgotten(door, mal)
    assert [message["content"] for message in await history(door, "cake")] == ["Bea closed this room for new messages."]
    assert (await door.log.follow("cake")).epoch == tail.epoch


async def test_whoever_searches_for_ann_finds_nothing_that_told_of_her(door: Door) -> None:
    (ann, member), (_, bea) = await door.comes("Ann"), await door.comes("Bea")
    await door.log.follow("tea", member["id"])
    await door.log.commit("tea", author(member), Configure(title="Tea"))
    await say(door, bea, "Where is Ann?")
    assert [message["id"] for message in (await door.log.search("tea", "ann", 99, 9)).messages] == [2, 1]
    await is_forgotten(door, ann)
    assert [message["id"] for message in (await door.log.search("tea", "ann", 99, 9)).messages] == [2]
    assert [message["id"] for message in (await door.log.search("tea", "someone", 99, 9)).messages] == [1]


async def test_each_room_that_ann_was_in_is_told_anew_and_no_other_one(door: Door) -> None:
    (ann, member), (_, bea) = await door.comes("Ann"), await door.comes("Bea")
    before = {room: await door.log.follow(room, person) for room, person in (("hers", member["id"]), ("tea", bea["id"]), ("cake", bea["id"]))}
    await say(door, member, "hello")
    door.told.clear()
    await is_forgotten(door, ann)
    after = {room: await door.log.follow(room) for room in before}
    assert {room for room in before if after[room].epoch != before[room].epoch} == {"hers", "tea"}
    assert after["hers"].rights.roles == {}
    tails = {room: record for room, record in door.told if isinstance(record, Tail) and record.epoch != before[room].epoch}
    assert tails["tea"].messages[0]["author"] == SOMEONE
    assert (after["tea"].seq, after["tea"].oldest) == (1, 1)


async def test_a_room_in_which_ann_was_alone_is_emptied(door: Door) -> None:
    ann, member = await door.comes("Ann")
    room = await door.makes_room(ann)
    await say(door, member, "between me and me", room)
    await is_forgotten(door, ann)
    assert await counts(door) == dict.fromkeys(TABLES, 0)
    assert await refusal(door.log.follow(room)) == "not_found"


async def test_ann_is_forgotten_in_pieces_and_to_the_last_message(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "LOOKED_AT", 7)
    (ann, member), (_, bea) = await door.comes("Ann"), await door.comes("Bea")
    await door.log.follow("tea")
    await asyncio.gather(*(say(door, (member, bea)[n % 2], f"{n}") for n in range(LATEST)))
    await is_forgotten(door, ann)
    assert [message["author"]["name"] for message in await history(door)] == ["someone", "Bea"] * (LATEST // 2)


async def test_an_invitation_that_was_under_way_lets_nobody_into_a_room_that_is_gone(door: Door) -> None:
    ann, member, room = await is_full(door)
    secret = (await door.invites(ann, room)).get("invitation", "")
    cid, late = await door.comes("Cid")
    await door.people.must_be_invited(cid, room, secret)
    await door.log.commit(room, author(member), Destroy())
    assert await refusal(door.log.commit(room, author(late), Accept(hash_of(secret)))) == "not_found"
    assert not await door.accepts(cid, room, secret)
