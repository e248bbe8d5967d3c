"""The doors for people themselves, and for who may come into a room: sessions, links, the password, members, invitations."""

from typing import Any, cast

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from utils import identity, openapi, removal
from utils.access import THE_OPERATOR
from utils.asked import checked, read_object, text_in, whole_in
from utils.guard import OUR_PAGE
from utils.house import House
from utils.identity import Session, new_session, session_of
from utils.limits import address_of
from utils.logs import event
from utils.message_log import Accept, Destroy
from utils.openapi import RoomName
from utils.people import INVITED_SECONDS, INVITED_USES, hash_of
from utils.protocol import TITLE_UNITS, Author, Member, Refused, Role, clean_text, is_blank, units

DONE = 204


# ---- oneself -------------------------------------------------------------------------------------


async def open_session(request: Request) -> Response:
    """A session for a client without cookies: {name?, link?, password?}. Who shows its token (`Authorization: Bearer`) is that person.

    `link`: of the person who made it. With `cookie` our page gets it as a cookie, and no token.
    """
    house: House = request.app.state.house
    house.limits.must_make_session(address_of(request.client))
    body = await read_object(request)
    name, bad_name = house.cleaned(text_in(body, "name"))
    if bad_name:
        raise bad_name
    link, password, session = text_in(body, "link"), text_in(body, "password"), new_session()
    if password is not None and link is None:  # whoever made the link has shown it
        with house.limits.guessing(address_of(request.client)):
            await house.people.show_password(session, password)
    if link is not None:
        with house.limits.guessing(address_of(request.client)):
            member = await house.people.follow_link(session, link)
    else:
        member = await house.people.member(session, name)
    house.limits.know(session.hash, member["id"], address_of(request.client))
    if body.get("cookie") is True and OUR_PAGE in request.headers:
        response = Response(status_code=DONE)
        identity.set_cookie(response, request, session)
        return response
    return JSONResponse({"token": session.token, **member}, 201)


async def show_password(request: Request) -> Response:
    """The house's password, once for each session: {password}. Whoever has no session yet gets one, and its token."""
    house: House = request.app.state.house
    password, session = text_in(await read_object(request), "password") or "", session_of(request)
    after = Session(new_session().token, "cookie") if session.kind == "cookie" else session  # whoever planted a cookie must not come in along
    with house.limits.guessing(address_of(request.client)):
        member = await house.people.show_password(session, password, after)
    house.sign_out({session.hash} - {after.hash})
    house.limits.know(after.hash, member["id"], address_of(request.client))
    if after.token_to_show:
        return JSONResponse({"token": after.token_to_show, **member})
    response = Response(status_code=DONE)
    identity.set_cookie(response, request, after)
    return response


async def tell_house(request: Request) -> Response:
    """What is to know before one comes in."""
    house: House = request.app.state.house
    return JSONResponse({
        "password": await house.people.needs_password(session_of(request)), "signed_in_by_proxy": bool(house.settings.trusted_user_header),
        "asks_password": bool(house.settings.room_password), "retention_days": house.settings.retention_days, "offline": not house.settings.sent_to(house.settings.models[0]),
    })  # fmt: skip


async def make_link(request: Request) -> Response:
    """A secret that makes another device the same person: it works once, within 10 minutes."""
    house: House = request.app.state.house
    house.limits.must_make_session(address_of(request.client))
    link, until = await house.people.link(session_of(request))
    return JSONResponse({"link": link, "until": until}, 201)


async def sign_out(request: Request, others: bool = False) -> Response:
    """End all of one's sessions, or with `others` all but this one. Their lines are closed at once."""
    house: House = request.app.state.house
    house.sign_out(await house.people.sign_out(session_of(request), others))
    return Response(status_code=DONE)


async def forget(request: Request) -> Response:
    """End all of one's sessions and forget who one was: what one said stays, as said by `someone`."""
    house: House = request.app.state.house
    session = session_of(request)
    house.limits.must_make_session(address_of(request.client))
    member, sessions, rooms = await house.people.remove_person(session)
    house.sign_out(sessions)
    if sessions:
        async with house.forgetting:
            await removal.forget(house.log, member, rooms)
        house.empty_buried()
        event("forgotten", person=member["id"])
    if session.kind == "user":
        house.signed_out.pop(session.hash, None)
    response = Response(status_code=DONE)
    if session.kind == "cookie":  # another one, so that all tabs go on as the same somebody new
        identity.set_cookie(response, request, new_session())
    return response


# ---- rooms and who is in them ----------------------------------------------------------------------


async def my_rooms(request: Request) -> Response:
    """The rooms in which one has a role of one's own."""
    house: House = request.app.state.house
    return JSONResponse({"rooms": await house.people.rooms(session_of(request))})


async def make_room(request: Request) -> Response:
    """A new room by invitation, with oneself as its owner: {title?}."""
    house: House = request.app.state.house
    house.limits.must_be_able_to_make_room(house.limits.payer(session_of(request).hash), address_of(request.client))
    title = " ".join(clean_text(text_in(await read_object(request), "title") or "").split())
    if units(title) > TITLE_UNITS:
        raise Refused("too_long", f"A title may have {TITLE_UNITS} characters and has {units(title)}.")
    return JSONResponse(await house.people.make_room(session_of(request), "" if is_blank(title) else title), 201)


async def delete_room(request: Request, room: RoomName) -> Response:
    """Delete a room with everything in it. For its owners."""
    house: House = request.app.state.house
    asker = asker_of(house, request)
    await house.people.members(asker, checked(room))  # so that nobody's attempt makes one
    await house.rooms.open(room)
    await house.log.commit(room, await author_of(house, asker, room), Destroy())
    event("room_deleted", room=room)
    house.empty_buried()
    return Response(status_code=DONE)


async def members(request: Request, room: RoomName) -> Response:
    """Who has a role of their own in a room, and which is yours."""
    house: House = request.app.state.house
    return JSONResponse(await house.people.members(asker_of(house, request), checked(room)))


async def come_in(request: Request, room: RoomName) -> Response:
    """Exchange an invitation for membership: {invitation, name?}."""
    house: House = request.app.state.house
    body, session = await read_object(request), session_of(request)
    invitation, (name, bad_name) = text_in(body, "invitation") or "", house.cleaned(text_in(body, "name"))
    if bad_name:
        raise bad_name
    with house.limits.guessing(address_of(request.client)):
        await house.people.must_be_invited(session, checked(room), invitation)
    member = await house.people.member(session, name)
    await house.rooms.open(room)
    house.must_be_signed_in(session)
    await house.log.commit(room, as_author(member), Accept(hash_of(invitation)))
    house.limits.know(session.hash, member["id"], address_of(request.client))
    told: dict[str, Any] = {"role": (await house.people.members(session, room))["role"]}
    return JSONResponse(told | ({"token": session.token_to_show} if session.token_to_show else {}))


async def invite(request: Request, room: RoomName) -> Response:
    """A secret that lets people in: {role?, seconds?, uses?, instead_of?}. It is told this once. For owners."""
    house: House = request.app.state.house
    house.limits.must_make_session(address_of(request.client))
    body = await read_object(request)
    role = text_in(body, "role") or "member"
    if role not in ("member", "reader"):
        raise Refused("bad_frame", f"Expected 'member' or 'reader' as 'role', but got {role!r:.40}.")
    seconds, uses = whole_in(body, "seconds", INVITED_SECONDS), whole_in(body, "uses", INVITED_USES)
    instead_of = whole_in(body, "instead_of", 2**53)
    asker = asker_of(house, request)
    return JSONResponse(await house.people.invite(asker, checked(room), cast(Role, role), seconds, uses, instead_of), 201)


async def invitations(request: Request, room: RoomName) -> Response:
    """The invitations that are in force, without their secrets. For owners."""
    house: House = request.app.state.house
    return JSONResponse({"invitations": await house.people.invitations(asker_of(house, request), checked(room))})


async def withdraw(request: Request, room: RoomName, id: openapi.Id) -> Response:
    """Let nobody in by this invitation any more. For owners."""
    house: House = request.app.state.house
    await house.people.withdraw(asker_of(house, request), checked(room), id)
    return Response(status_code=DONE)


def asker_of(house: House, request: Request) -> Session | None:
    """The session of a request; None for the operator's."""
    return None if house.is_operator(request) else session_of(request)


async def author_of(house: House, asker: Session | None, room: str) -> Author:
    if asker is None:
        return as_author(THE_OPERATOR)
    return {"id": await house.people.must_read(asker, room), "name": "", "kind": "human"}


def as_author(member: Member) -> Author:
    return {"id": member["id"], "name": member["name"], "kind": "human"}


DOORS = [
    ("/api/sessions", open_session, openapi.SESSIONS),
    ("/api/sessions", sign_out, openapi.SIGN_OUT),
    ("/api/password", show_password, openapi.PASSWORD),
    ("/api/house", tell_house, openapi.HOUSE),
    ("/api/links", make_link, openapi.LINKS),
    ("/api/person", forget, openapi.FORGET),
    ("/api/rooms", my_rooms, openapi.MY_ROOMS),
    ("/api/rooms", make_room, openapi.MAKE_ROOM),
    ("/api/rooms/{room}", delete_room, openapi.DELETE_ROOM),
    ("/api/rooms/{room}/members", members, openapi.MEMBERS),
    ("/api/rooms/{room}/members", come_in, openapi.COME_IN),
    ("/api/rooms/{room}/invitations", invite, openapi.INVITE),
    ("/api/rooms/{room}/invitations", invitations, openapi.INVITATIONS),
    ("/api/rooms/{room}/invitations/{id}", withdraw, openapi.WITHDRAW),
]
