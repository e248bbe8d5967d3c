"""What a request brings: its body, a room's name, the operator's token."""

import secrets
from typing import Any

from pydantic_core import from_json
from starlette.requests import HTTPConnection, Request

from utils import problem
from utils.protocol import FRAME_BYTES, ROOM_NAME, Refused


async def read_body(request: Request) -> bytes:
    body = b""
    while (event := await request.receive())["type"] != "http.disconnect":
        body += event.get("body", b"")
        if len(body) > FRAME_BYTES:
            raise problem.TooLarge("too_long", f"A request may have {FRAME_BYTES:,} bytes.")
        if not event.get("more_body"):
            return body
    raise Refused("bad_json", "The request ended before its body did.")  # which nobody hears


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in a request's body; {} where there is none. Raises Refused."""
    body = await read_body(request)
    try:
        data = from_json(body, allow_inf_nan=False) if body else {}
    except ValueError:
        raise Refused("bad_json", "That was no JSON. Send one JSON object.") from None
    if not isinstance(data, dict):
        raise Refused("bad_frame", "Expected a JSON object, but got another JSON value.")
    return data


def text_in(body: dict[str, Any], field: str) -> str | None:
    if not isinstance(body.get(field), str | None):
        raise Refused("bad_frame", f"Expected a string as {field!r}.")
    return body.get(field)


def whole_in(body: dict[str, Any], field: str, most: int) -> int | None:
    """A whole number from 1 to `most`; None where there is none. Raises Refused."""
    value = body.get(field)
    if value is None or (type(value) is int and 1 <= value <= most):
        return value
    raise Refused("bad_frame", f"Expected a whole number from 1 to {most:,} as {field!r}.")


def checked(room: str) -> str:
    """`room`, if a room can have this name. Raises Refused."""
    if not ROOM_NAME.fullmatch(room):
        raise Refused("not_found", "No room can have this name.")
    return room


def shows(request: HTTPConnection, token: str) -> bool:
    """Whether `request` brings this token, which is not empty, as a Bearer token."""
    return bool(token) and secrets.compare_digest(f"Bearer {token}".encode(), request.headers.get("authorization", "").encode())
