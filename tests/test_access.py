"""Who may do what in a room: each role, each act, open or by invitation, closed or not."""

from typing import get_args

import pytest

from utils.access import BY_INVITATION, OPERATOR, OWNERS_ONLY, RIGHTS, Rights, access_of, no_room
from utils.protocol import Access, Act, Refused, Role

ROLES: tuple[Role, ...] = get_args(Role)
ACTS: tuple[Act, ...] = get_args(Act)
KINDS: tuple[Access, ...] = get_args(Access)
# What somebody with this role may do in a room, where `none` is nobody's own role but that of all in an open one.
MAY: dict[Role, set[Act]] = {
    "owner": {"read", "delete", "leave", "say", "stop", "configure", "moderate"},
    "member": {"read", "delete", "leave", "say", "stop", "configure"},
    "reader": {"read", "delete", "leave"},
    "removed": set(),
    "none": set(),
}


def refusal(rights: Rights, act: Act, person: str = "ann", room: str = "tea", key: str | None = None) -> Refused | None:
    try:
        rights.must_allow(room, person, act, key)
    except Refused as refused:
        return refused
    return None


def of_ann(role: Role, access: Access = "open", is_closed: bool = False) -> Rights:
    return Rights(access, {} if role == "none" else {"ann": role}, is_closed)


def test_every_act_has_its_right() -> None:
    assert set(RIGHTS) == set(ACTS)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("access", KINDS)
@pytest.mark.parametrize("role", ROLES)
def test_ann_may_do_what_her_role_says_and_nothing_else(role: Role, access: Access, act: Act) -> None:
    may = MAY["member" if role == "none" and access == "open" else role]
    rights = of_ann(role, access)
    assert rights.allow("ann", act) == (act in may)
    assert (refusal(rights, act) is None) == (act in may)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", ROLES)
def test_a_closed_room_takes_nothing_new_from_anybody_and_all_else_goes_on(role: Role, act: Act) -> None:
    refused, refused_open = refusal(of_ann(role, is_closed=True), act), refusal(of_ann(role), act)
    if act == "say" and refused_open is None:
        assert refused is not None
        assert (refused.code, refused.content) == ("closed", "This room is closed for new messages.")
    else:
        assert str(refused) == str(refused_open)


def test_a_role_is_that_of_one_person_in_one_room() -> None:
    rights = Rights("invited", {"ann": "owner", "bea": "reader"})
    assert [rights.role(person) for person in ("ann", "bea", "cid", "")] == ["owner", "reader", "none", "none"]
    assert Rights("open", {"bea": "removed"}).role("cid") == "member"
    assert Rights("open", {"bea": "removed"}).role("bea") == "removed"


@pytest.mark.parametrize("access", KINDS)
@pytest.mark.parametrize("act", ACTS)
def test_the_operator_is_an_owner_everywhere(access: Access, act: Act) -> None:
    assert refusal(Rights(access, {}), act, OPERATOR) is None
    assert Rights(access, {OPERATOR: "removed"}).role(OPERATOR) == "owner", "whoever named themselves so is not asked"


@pytest.mark.parametrize(("role", "act", "code", "told"), [
    ("member", "moderate", "forbidden", OWNERS_ONLY),
    ("reader", "moderate", "forbidden", OWNERS_ONLY),
    ("reader", "say", "forbidden", "You may read here, and no more."),
    ("reader", "configure", "forbidden", "You may read here, and no more."),
    ("removed", "read", "forbidden", "An owner removed you from this room."),
    ("removed", "say", "forbidden", "An owner removed you from this room."),
])  # fmt: skip
def test_ann_is_told_why_not(role: Role, act: Act, code: str, told: str) -> None:
    refused = refusal(of_ann(role), act, key="k1")
    assert refused is not None
    assert (refused.code, refused.content, refused.key) == (code, told, "k1")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", ["removed", "none"])
@pytest.mark.parametrize("is_closed", [False, True])
def test_a_room_that_ann_may_not_see_and_one_that_is_not_there_are_refused_in_the_very_same_words(role: Role, act: Act, is_closed: bool) -> None:
    room = f"{BY_INVITATION}0123456789abcdef"
    hidden, missing = refusal(of_ann(role, "invited", is_closed), act, room=room, key="k1"), no_room(room, "k1")
    absent = refusal(Rights(access_of(room), {}), act, room=room, key="k1")
    assert hidden is not None
    assert absent is not None
    assert hidden.frame() == absent.frame() == missing.frame()
    assert hidden.code == "not_found"


@pytest.mark.parametrize(("room", "access"), [("lobby", "open"), ("tea", "open"), ("private", "open"), ("private-tea", "invited"), ("my-private-tea", "open")])
def test_a_rooms_name_tells_how_it_would_be_made(room: str, access: Access) -> None:
    assert access_of(room) == access
