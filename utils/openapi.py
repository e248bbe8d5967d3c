"""What /openapi.json tells of each HTTP door beyond its parameters: what goes in, what comes out, and how it can refuse."""

from typing import Annotated, Any, NotRequired

from fastapi import FastAPI, Path
from fastapi.openapi.utils import get_openapi
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from utils import problem
from utils.message_log import Page
from utils.people import INVITED_SECONDS, INVITED_USES, Invitation, Members, RoleIn
from utils.protocol import ROOM_NAME, AckFrame, Author, ClientFrame, DraftFrame, MessageFrame, PongFrame, Role, Say

SCHEMAS = "#/components/schemas/"
RoomName = Annotated[str, Path(json_schema_extra={"pattern": f"^{ROOM_NAME.pattern}$"})]  # told, and checked by `asked.checked`
Id = Annotated[int, Path(ge=1, le=2**53)]

Speaker = TypedDict("Speaker", {"id": str, "name": str, "token": str | None})


class Said(AckFrame):
    """The message is saved. `answer`: where its answer will be, when that was waited for in vain."""

    you: Speaker
    answer: NotRequired[str]


class AnswerLater(TypedDict):
    answer: str


class Excerpt(TypedDict):
    id: int
    ts: int
    author: Author
    excerpt: list[str]


class FoundMessages(TypedDict):
    epoch: str
    messages: list[Excerpt]
    more: bool


class NewSession(TypedDict):
    token: str
    id: str
    name: str


class AboutHouse(TypedDict):
    password: bool  # whether it is to be shown now
    asks_password: bool  # whether there is one
    signed_in_by_proxy: bool
    retention_days: int
    offline: bool


class Link(TypedDict):
    link: str
    until: int


class CameIn(TypedDict):
    role: Role
    token: NotRequired[str]


class Rooms(TypedDict):
    rooms: list[RoleIn]


class Invitations(TypedDict):
    invitations: list[Invitation]


class Announced(TypedDict):
    rooms: int
    key: str


class Health(TypedDict):
    status: str
    reason: NotRequired[str]


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """That a door may answer these with a problem, and 400 for a Host that is not served and all that is badly made."""
    content = {problem.MEDIA_TYPE: {"schema": {"$ref": SCHEMAS + "Problem"}}}
    return {status: {"description": REFUSED[status], "content": content} for status in (400, *statuses)}


REFUSED = {
    400: "Badly made, or for another host.", 401: "Signed out, or without the house's password.",
    403: "From another site, or without the right or the token that this takes.", 404: "There is no such thing, or none that you may see.",
    409: "Not now, or its key was used for something else.", 413: "Too long.", 422: "A parameter is out of its bounds.",
    429: "Too many: come back later.", 503: "Not now: come back later.",
}  # fmt: skip
READING = refusals(401, 403, 404, 422, 429, 503)
WRITING = refusals(401, 403, 404, 409, 413, 422, 429, 503)
STREAMED = {"description": "Server-Sent Events; the data of each is a frame: docs/protocol.md.", "content": {"text/event-stream": {}}}


def takes(schema: Any, required: bool = True) -> dict[str, Any]:
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}


def fields(*required: str, **types: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": types}


def up_to(most: int) -> dict[str, Any]:
    return {"type": ["integer", "null"], "minimum": 1, "maximum": most}


STRING = {"type": "string"}
TEXT, KEY = {"type": ["string", "null"]}, {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
LATER = {"model": Said, "description": "Said; its answer will be at the Location."}

ROOM_STREAM = {"methods": ["GET"], "responses": {200: STREAMED, **READING}, "response_class": StreamingResponse}
FRAMES = {
    "methods": ["POST"], "response_model": AckFrame | PongFrame | DraftFrame, "openapi_extra": takes({"$ref": SCHEMAS + "ClientFrame"}),
    "responses": {200: {"description": "What the frame is answered with."}, 204: {"description": "Done; there is nothing to tell."}, **WRITING},
}  # fmt: skip
HISTORY = {"methods": ["GET"], "response_model": Page, "responses": READING}
SAY = {
    "methods": ["POST"], "status_code": 201, "response_model": Said, "openapi_extra": takes({"$ref": SCHEMAS + "NewMessage"}),
    "responses": {200: {"model": MessageFrame, "description": "The answer.", "content": STREAMED["content"]}, 202: LATER, **WRITING},
}  # fmt: skip
ANSWER = {
    "methods": ["GET"], "response_model": MessageFrame,
    "responses": {200: STREAMED, 202: {"model": AnswerLater, "description": "Not yet."}, **READING},
}  # fmt: skip
SEARCH = {"methods": ["GET"], "response_model": FoundMessages, "responses": READING}
EXPORT = {"methods": ["GET"], "responses": {200: {"content": {"text/markdown": {}, "application/x-ndjson": {}}}, **READING}}
SESSIONS = {
    "methods": ["POST"], "status_code": 201, "response_model": NewSession,
    "openapi_extra": takes(fields(name=TEXT, link=TEXT, password=TEXT, cookie={"type": "boolean"}), required=False),
    "responses": {204: {"description": "The session is in the cookie."}, **refusals(401, 403, 413, 429, 503)},
}  # fmt: skip
SIGN_OUT = {"methods": ["DELETE"], "status_code": 204, "responses": refusals(401, 403, 422, 503)}
PASSWORD = {
    "methods": ["POST"], "response_model": NewSession, "openapi_extra": takes(fields("password", password=STRING)),
    "responses": {204: {"description": "Let in."}, **refusals(401, 403, 413, 429, 503)},
}  # fmt: skip
HOUSE = {"methods": ["GET"], "response_model": AboutHouse, "responses": refusals(401, 403, 503)}
LINKS = {"methods": ["POST"], "status_code": 201, "response_model": Link, "responses": refusals(401, 403, 429, 503)}
FORGET = {"methods": ["DELETE"], "status_code": 204, "responses": refusals(401, 403, 429, 503)}
MY_ROOMS = {"methods": ["GET"], "response_model": Rooms, "responses": refusals(401, 403, 503)}
MAKE_ROOM = {
    "methods": ["POST"], "status_code": 201, "response_model": RoleIn, "openapi_extra": takes(fields(title=TEXT), required=False),
    "responses": refusals(401, 403, 413, 422, 429, 503),
}  # fmt: skip
DELETE_ROOM = {"methods": ["DELETE"], "status_code": 204, "responses": READING}
MEMBERS = {"methods": ["GET"], "response_model": Members, "responses": READING}
COME_IN = {"methods": ["POST"], "response_model": CameIn, "openapi_extra": takes(fields("invitation", invitation=STRING, name=TEXT)), "responses": WRITING}
INVITE = {
    "methods": ["POST"], "status_code": 201, "response_model": Invitation, "responses": WRITING,
    "openapi_extra": takes(
        fields(
            role={"enum": ["member", "reader", None]}, seconds=up_to(INVITED_SECONDS), uses=up_to(INVITED_USES), instead_of=up_to(2**53)
        ),
        required=False,
    ),
}  # fmt: skip
INVITATIONS = {"methods": ["GET"], "response_model": Invitations, "responses": READING}
WITHDRAW = {"methods": ["DELETE"], "status_code": 204, "responses": READING}
ANNOUNCE = {
    "methods": ["POST"], "response_model": Announced, "responses": refusals(403, 404, 409, 413, 429, 503),
    "openapi_extra": takes(fields("content", content={"type": "string", "minLength": 1, "maxLength": 16_000}, room=TEXT, key=KEY)),
}  # fmt: skip
BACKUP = {"methods": ["POST"], "responses": {200: {"content": {"application/vnd.sqlite3": {}}}, **refusals(403, 409, 429, 503)}}
METRICS = {
    "methods": ["GET"], "response_class": PlainTextResponse,
    "responses": {200: {"content": {"text/plain": {}, "application/openmetrics-text": {}}}, **refusals(403, 404, 429)},
}  # fmt: skip
HEALTH = {"methods": ["GET"], "response_model": Health, "responses": {**refusals(), 503: {"model": Health, "description": "Nothing can be saved."}}}
READY = {**HEALTH, "responses": {**refusals(), 503: {"model": Health, "description": "Nobody is let in just now."}}}


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once: FastAPI's, with our schemas and without the errors that it would have answered."""
    if app.openapi_schema is None:
        app.openapi_schema = get_openapi(title=app.title, version="1", summary="The rooms of PocketRoom over HTTP. Over WebSockets: /asyncapi.", routes=app.routes)
        schemas = app.openapi_schema["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas |= {**frames_of_clients(), "NewMessage": Say.model_json_schema(), "Problem": problem.PROBLEM}
    return app.openapi_schema


def frames_of_clients() -> dict[str, Any]:
    """Each by its name, and all of them as ClientFrame. Here none goes without its type."""
    frames = TypeAdapter(ClientFrame).json_schema(ref_template=SCHEMAS + "{model}")
    for frame in frames["$defs"].values():
        frame["required"] = sorted({"type", *frame.get("required", [])})
    return {**frames.pop("$defs"), "ClientFrame": frames}
