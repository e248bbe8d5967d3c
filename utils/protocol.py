"""Every frame in and out: JSON text, one object each. What each means stands in docs/protocol.md."""

import re
import unicodedata
from typing import Annotated, Any, Literal, NotRequired, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError, from_json
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

PROTOCOL = 1
CONTENT_UNITS = 16_000  # of a message, in UTF-16 units (JavaScript's .length), the unit of every length here
ANSWER_UNITS = 64_000  # of an answer
TITLE_UNITS, INSTRUCTIONS_UNITS = 100, 4_000
FRAME_BYTES = 128 * 1024  # of one frame from a client
LIMITS: "Limits" = {"content": CONTENT_UNITS, "answer": ANSWER_UNITS, "frame": FRAME_BYTES}

ROOM_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
KEY = r"^[A-Za-z0-9_-]{1,64}$"
PERSON = r"^[A-Za-z0-9_-]{1,64}$"  # of somebody's id

# Clients come back after 1001, 1006, 1011–1013 and 4000–4499, and not after others.
CLOSE_BINARY, CLOSE_BAD_TEXT, CLOSE_BAD_FRAMES, CLOSE_TOO_BIG, CLOSE_RESTART, CLOSE_LATER = 1003, 1007, 1008, 1009, 1012, 1013
CLOSE_SIGNED_OUT, CLOSE_PASSWORD, CLOSE_REMOVED, CLOSE_NO_ROOM = 4501, 4502, 4503, 4504

KEY_CONFLICT = "This key was used for something else. Make a new key for each frame."
NO_FRAME = ("bad_json", "bad_frame", "unknown_type")  # ten of these close the connection
ErrorCode = Literal[
    "bad_json", "bad_frame", "unknown_type", "empty", "too_long", "bad_name", "not_found", "forbidden", "busy",
    "not_running", "key_conflict", "rate_limited", "overloaded", "unavailable", "signed_out", "no_password", "closed",
]  # fmt: skip


class Refused(Exception):
    """Why something was not done: a code for programs and a sentence for people."""

    def __init__(self, code: ErrorCode, content: str, key: str | None = None, retry_after: int | None = None):
        super().__init__(f"{code}: {content}")
        self.code: ErrorCode = code
        self.content, self.key, self.retry_after = content, key, retry_after

    def frame(self, key: str | None = None) -> "ErrorFrame":
        optional = {"key": self.key or key, "retry_after": self.retry_after}
        given = {name: value for name, value in optional.items() if value is not None}
        return {"type": "error", "code": self.code, "content": self.content, **given}  # type: ignore[typeddict-item]


# ---- client → server -------------------------------------------------------------------------

# Controls but \n and \t, and the overrides that let a text pass for another one when drawn.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

# Hangul's fillers and Braille without dots: letters and signs to Unicode, nothing to the eye.
INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def clean_text(text: str) -> str:
    """`text` with \\n line ends and without controls and bidirectional overrides."""
    return text if text.isascii() and text.isprintable() else _UNWANTED.sub("", text.replace("\r\n", "\n"))


def mend(text: str) -> str:
    """`text` with U+FFFD in place of each half of a character, which no frame can hold."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def is_blank(text: str) -> bool:
    """Whether one can see nothing of `text`: spaces, formatting, and the letters and signs that are drawn as nothing."""
    for char in text:
        if char not in INVISIBLE and unicodedata.category(char) not in ("Cc", "Cf", "Zs", "Zl", "Zp"):
            return False
    return True


def units(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _checked(text: str, most: int, empty: bool = True) -> str:
    text = clean_text(text)
    if not empty and is_blank(text):
        raise PydanticCustomError("empty", "There is nothing in this message.")
    if units(text) > most:
        raise PydanticCustomError("too_long", "This may have {most} characters and has {has}.", {"most": most, "has": units(text)})
    return text


def _told(most: int, **more: Any) -> Any:
    """What a JSON schema can tell of such a bound: it counts characters, of which there are never more than units."""
    return Field(json_schema_extra={**more, "maxLength": most, "x-unit": "UTF-16 units"})


Content = Annotated[str, AfterValidator(lambda text: _checked(text, CONTENT_UNITS, empty=False)), _told(CONTENT_UNITS, minLength=1)]
Title = Annotated[
    str, AfterValidator(lambda text: "" if is_blank(text) else " ".join(_checked(text, TITLE_UNITS).split())), _told(TITLE_UNITS)
]
Instructions = Annotated[str, AfterValidator(lambda text: _checked(text, INSTRUCTIONS_UNITS).strip()), _told(INSTRUCTIONS_UNITS)]
ModelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/@-]{0,100}$")]
ModeName = Annotated[str, Field(max_length=40)]
Speaks = Literal["auto", "always", "mentioned", "never"]
Role = Literal["owner", "member", "reader", "removed", "none"]
Access = Literal["open", "invited"]
Act = Literal["read", "delete", "leave", "say", "stop", "configure", "moderate"]  # see utils/access.py
Whole = Annotated[int, Field(ge=0, le=2**53, json_schema_extra={"format": "int64"})]
Id = Annotated[int, Field(ge=1, le=2**53, json_schema_extra={"format": "int64"})]


class Frame(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class Keyed(Frame):
    key: Annotated[str, Field(pattern=KEY)] | None = None


class Say(Keyed):
    type: Literal["message"] = "message"
    content: Content
    reply_to: Id | None = None


class Stop(Keyed):
    type: Literal["stop"] = "stop"
    id: Id


class Ask(Keyed):
    type: Literal["ask"] = "ask"
    id: Id


class Edit(Keyed):
    type: Literal["edit"] = "edit"
    id: Id
    content: Content


class Delete(Keyed):
    type: Literal["delete"] = "delete"
    id: Id


class Configure(Keyed):
    type: Literal["configure"] = "configure"
    title: Title | None = None
    instructions: Instructions | None = None
    speaks: Speaks | None = None
    model: ModelName | None = None
    mode: ModeName | None = None
    closed: bool | None = None


class Appoint(Keyed):
    type: Literal["appoint"] = "appoint"
    id: Annotated[str, Field(pattern=PERSON)]
    role: Role


class Draft(Frame):
    type: Literal["draft"]
    content: Annotated[str, Field(max_length=CONTENT_UNITS)]
    ref: Whole
    reply_to: Id | None = None


class Typing(Frame):
    type: Literal["typing"]
    on: bool


class Ping(Frame):
    type: Literal["ping"]


ClientFrame = Say | Stop | Ask | Edit | Delete | Configure | Appoint | Draft | Typing | Ping
_CLIENT_FRAME: TypeAdapter[ClientFrame] = TypeAdapter(Annotated[ClientFrame, Field(discriminator="type")])


def parse(text: str | bytes, type: str | None = None) -> ClientFrame:
    """The frame in `text`, its contents cleaned; `type` is its type if it names none. Raises Refused for all else."""
    try:
        data = from_json(text, allow_inf_nan=False)  # refuses lone surrogates and deep nesting, which json lets through
    except ValueError:
        raise Refused("bad_json", "That was no JSON. Send one JSON object per text frame.") from None
    if not isinstance(data, dict):
        raise Refused("bad_frame", "Expected a JSON object, but got another JSON value.")
    if type is not None:
        data.setdefault("type", type)
    key = data["key"] if isinstance(data.get("key"), str) and re.fullmatch(KEY, data["key"]) else None
    try:
        return _CLIENT_FRAME.validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] in ("empty", "too_long"):
        raise Refused(cast(ErrorCode, first["type"]), first["msg"], key)
    if first["type"].startswith("union_tag"):
        raise Refused("unknown_type", "Expected one of the types in docs/protocol.md.", key)
    field = ".".join(str(part) for part in first["loc"][1:])
    raise Refused("bad_frame", f"In {data['type']!r}, {field}: {first['msg']}.", key)


# ---- server → client -------------------------------------------------------------------------

Status = Literal["complete", "streaming", "stopped", "interrupted", "error", "filtered", "truncated", "deleted"]
Kind = Literal["human", "assistant", "system"]
Time = Annotated[int, Field(ge=0, le=2**53, json_schema_extra={"format": "int64", "x-unit": "ms since 1970"})]
Units = Annotated[int, Field(ge=0, le=ANSWER_UNITS, json_schema_extra={"x-unit": "UTF-16 units"})]
Percent = Annotated[int, Field(ge=0, le=100)]
ENDS: tuple[Status, ...] = ("complete", "stopped", "interrupted", "error", "filtered", "truncated")  # of an answer
Ended = Annotated[Status, Field(json_schema_extra={"enum": list(ENDS)})]
Text = Annotated[str, _told(ANSWER_UNITS)]
Key = Annotated[str, Field(pattern=KEY)]
Author = TypedDict("Author", {"id": str, "name": str, "kind": Kind})
Member = TypedDict("Member", {"id": str, "name": str, "role": NotRequired[Role]})
You = TypedDict("You", {"id": str, "name": str, "role": Role, "token": NotRequired[str]})
Mode = TypedDict("Mode", {"name": str, "line": str})
Limits = TypedDict("Limits", {"content": Whole, "answer": Whole, "frame": Whole})
# In tokens; estimated: the provider sent no figures.
Cost = TypedDict("Cost", {"input": Whole, "output": Whole, "estimated": NotRequired[bool]})


class Message(TypedDict):
    """A message as it stands in the log, in a welcome and in a page of history."""

    id: Id
    seq: Id
    ts: Time
    author: Author
    content: Text
    status: Status
    key: NotRequired[Key]
    reply_to: NotRequired[Id]
    edited: NotRequired[Time]
    by: NotRequired[Author]
    reason: NotRequired[str]
    usage: NotRequired[Cost]


class RoomData(TypedDict):
    name: Annotated[str, Field(pattern=f"^{ROOM_NAME.pattern}$")]
    title: str
    instructions: str
    speaks: Speaks
    model: str
    models: list[str]  # that it may be set to
    mode: str
    modes: list[Mode]
    assistant: str  # what it is called
    access: Access
    closed: bool  # for new messages
    sent_to: str  # whose server reads what the assistant is to answer; "": nobody's
    retention_days: Whole  # 0: for ever
    epoch: str
    seq: Whole


class MessageFrame(Message):
    type: Literal["message"]


class RoomFrame(RoomData):
    type: Literal["room"]


StartFrame = TypedDict("StartFrame", {
    "type": Literal["start"], "id": Id, "seq": Id, "ts": Time, "author": Author, "content": Text, "reply_to": NotRequired[Id],
})  # fmt: skip
ChunkFrame = TypedDict("ChunkFrame", {"type": Literal["chunk"], "id": Id, "off": Units, "content": Text})
EndFrame = TypedDict("EndFrame", {
    "type": Literal["end"], "id": Id, "seq": Id, "status": Ended, "length": Units, "content": str, "by": NotRequired[Author],
    "usage": NotRequired[Cost],
})  # fmt: skip
WelcomeFrame = TypedDict("WelcomeFrame", {
    "type": Literal["welcome"], "protocol": Whole, "room": RoomData, "you": You, "members": list[Member], "count": Whole,
    "messages": list[Message], "resumed": bool, "from": NotRequired[Whole], "limits": Limits,
})  # fmt: skip
PresenceFrame = TypedDict("PresenceFrame", {"type": Literal["presence"], "members": list[Member], "count": Whole})
TypingFrame = TypedDict("TypingFrame", {"type": Literal["typing"], "member": Member, "on": bool})
WaitingFrame = TypedDict("WaitingFrame", {"type": Literal["waiting"], "ids": list[Id]})
ProgressFrame = TypedDict("ProgressFrame", {"type": Literal["progress"], "id": Id, "content": str, "percent": NotRequired[Percent]})
DraftFrame = TypedDict("DraftFrame", {"type": Literal["draft"], "ref": Whole, "answers": bool})
AckFrame = TypedDict("AckFrame", {"type": Literal["ack"], "key": Key, "id": Whole, "duplicate": bool})
ErrorFrame = TypedDict("ErrorFrame", {
    "type": Literal["error"], "code": ErrorCode, "content": str, "key": NotRequired[Key], "retry_after": NotRequired[Whole],
})  # fmt: skip
PongFrame = TypedDict("PongFrame", {"type": Literal["pong"], "seq": Whole})

ServerFrame = (
    WelcomeFrame | MessageFrame | StartFrame | ChunkFrame | EndFrame | RoomFrame
    | PresenceFrame | TypingFrame | WaitingFrame | ProgressFrame | DraftFrame | AckFrame | ErrorFrame | PongFrame
)  # fmt: skip
