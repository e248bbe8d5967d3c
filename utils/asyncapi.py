"""The protocol for machines: an AsyncAPI 3.0 document, made from the models of utils/protocol.py and the words beside it.

It describes a client, as the generators of clients expect: what one sends are its `send` operations. With `side="server"`
it describes the server, and the two change places.
"""

import json
import re
from functools import cache
from typing import Any, Literal, get_args

from pydantic import TypeAdapter

from utils.protocol import ENDS, ROOM_NAME, Access, ClientFrame, ErrorCode, Kind, Role, ServerFrame, Speaks, Status
from utils.protocol_words import CLOSES, ERRORS, FIELDS, HTTP_ERRORS, RECEIVED, SENT, SHARED, TAGS, Words

Side = Literal["client", "server"]
Form = Literal["json", "yaml"]
Schema = dict[str, Any]

HERE = "127.0.0.1:8000"  # stands in the document for the host that it is asked of
A_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
ENUMS = {"Status": Status, "Kind": Kind, "Speaks": Speaks, "Role": Role, "Access": Access, "ErrorCode": ErrorCode}
VALUES = {name: list(get_args(values)) for name, values in ENUMS.items()} | {"Ended": list(ENDS)}
UNIONS = {"ClientFrame": SENT, "ServerFrame": RECEIVED}
DONE = ["AckFrame", "ErrorFrame"]  # or why not
REPLIES = {"Draft": ["DraftFrame"], "Ping": ["PongFrame"], "Typing": []}  # to all others: DONE
ONLY_REPLIES = ("AckFrame", "DraftFrame", "PongFrame")

ABOUT = """\
A room is a WebSocket that carries JSON text frames, one object each. Both sides ignore fields they do not know; clients
ignore types they do not know. Lengths and offsets are UTF-16 units (JavaScript's `.length`; a JSON schema's `maxLength`
counts characters, of which there are never more), times are milliseconds since 1970. A field that is `null` is as good as none.

Connecting is joining. The first frame is a `welcome`; it sets your position, and each later change brings the next `seq`: a lower
one, ignore; a higher one, reconnect with `after` and `epoch`. What has a `key` is answered by one `ack` or `error` that repeats
it, and is done once however often it is sent: after each `welcome`, send again what was not answered.

This document describes a **client**: `send` is what you send, `receive` what comes. `/asyncapi.json?side=server` describes the server.

The same frames travel over HTTP: `GET /api/rooms/{room}/events` is a stream of Server-Sent Events with what the server sends,
`POST /api/rooms/{room}/frames` takes one frame and responds with the frame that answers it. `/openapi.json` describes these.

A socket is closed with one of these codes. Come back after 4000 to 4499, too, and not after others:

"""

# What may stand in the query of a socket's address.
QUERY = {
    "name": "What you want to be called; another name renames you. Without one you keep yours, or are `Guest 7`.",
    "after": "The `seq` up to which you hold everything: a whole number. Without it you are new.",
    "epoch": "The room's `epoch` at that time.",
}


def document(host: str = HERE, secure: bool = False, side: Side = "client") -> dict[str, Any]:
    """What stands at /asyncapi.json, for whoever reaches us at `host`, with TLS or without."""
    return {
        "asyncapi": "3.0.0",
        "info": _info(f"{'https' if secure else 'http'}://{host}"),
        "servers": {"pocketroom": _server(host, secure)},
        "defaultContentType": "application/json",
        "channels": {"room": _room(), "lobby": _channel("", "The lobby", "The room `lobby`, where all that holds for a room holds.")},
        "operations": _operations(side),
        "components": {
            "schemas": schemas(),
            "messages": {name: _message(name, words) for name, words in {**SENT, **RECEIVED}.items()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "The `you.token` of a welcome; without any you are new."},
                "cookie": {"type": "httpApiKey", "in": "cookie", "name": "pocketroom", "description": "What the page gives a browser."},
            },
            "correlationIds": {
                "key": {"description": "The key that you chose.", "location": "$message.payload#/key"},
                "ref": {"description": "Your number for a draft.", "location": "$message.payload#/ref"},
            },
        },
    }  # fmt: skip


@cache
def schemas() -> dict[str, Schema]:
    """The schema of every frame and of every part of one, by the model's name."""
    models = TypeAdapter(ClientFrame | ServerFrame).json_schema(ref_template="#/components/schemas/{model}")["$defs"]
    enums = {name: {"type": "string", "title": name, "description": SHARED[name], "enum": values} for name, values in VALUES.items()}
    enums["ErrorCode"]["x-enum-descriptions"] = ERRORS
    unions = {
        name: {"title": name, "description": SHARED[name], "oneOf": [_ref(frame) for frame in frames]} for name, frames in UNIONS.items()
    }  # fmt: skip
    return {name: _schema(name, model) for name, model in sorted(models.items())} | enums | unions


def text(form: Form, host: str, secure: bool, side: Side) -> str:
    """The document as a file."""
    return _text(form, secure, side).replace(HERE, host if A_HOST.fullmatch(host) else HERE)


@cache
def _text(form: Form, secure: bool, side: Side) -> str:
    told = document(HERE, secure, side)
    if form == "json":
        return json.dumps(told, ensure_ascii=False, indent=2)
    import yaml  # 30 ms, for those who ask for it

    class Readable(yaml.SafeDumper):
        """Lines where a text has lines, and nothing that only refers to something further up."""

        def ignore_aliases(self, data: object) -> bool:
            return True

        def string(self, data: str) -> yaml.ScalarNode:
            return self.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)

    Readable.add_representer(str, Readable.string)
    return yaml.dump(told, Dumper=Readable, allow_unicode=True, sort_keys=False, width=120)


# ---- the parts -------------------------------------------------------------------------------


def _info(origin: str) -> dict[str, Any]:
    closes = [f"- `{code}`: {meaning}{' Come back.' if comes_back else ''}\n" for code, (comes_back, meaning) in CLOSES.items()]
    return {
        "title": "PocketRoom", "version": "1.0.0", "description": ABOUT + "".join(closes), "license": {"name": "MIT"},
        "tags": [{"name": name, "description": meaning} for name, meaning in TAGS.items()],
        "externalDocs": {"description": "This document, to read", "url": f"{origin}/asyncapi"},
        "x-http-error-codes": HTTP_ERRORS,
        "x-close-codes": {str(code): {"description": meaning, "come-back": comes_back} for code, (comes_back, meaning) in CLOSES.items()},
    }  # fmt: skip


def _server(host: str, secure: bool) -> dict[str, Any]:
    """Its path leads to the lobby, where a generated client that knows of no channels finds itself."""
    return {
        "host": host, "pathname": "/ws", "protocol": "wss" if secure else "ws",
        "description": "This house. Nobody needs a token or a cookie: who shows none is somebody new.",
        "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in ("bearer", "cookie")],
    }  # fmt: skip


def _room() -> dict[str, Any]:
    channel = _channel("/{room}", "A room", "One room, and everybody in it.")
    room = {"description": f"Its name: `^{ROOM_NAME.pattern}$`.", "default": "lobby", "examples": ["tea"]}
    return {**channel, "parameters": {"room": room}}


def _channel(address: str, title: str, summary: str) -> dict[str, Any]:
    query = {name: {"type": "string", "description": meaning} for name, meaning in QUERY.items()}
    headers = {"Authorization": {"type": "string", "pattern": "^Bearer ", "description": "`Bearer TOKEN`: who you are."}}
    line = {
        "method": "GET", "query": {"type": "object", "properties": query}, "headers": {"type": "object", "properties": headers},
        "bindingVersion": "0.1.0",
    }  # fmt: skip
    return {
        "address": address, "title": title, "summary": summary, "servers": [{"$ref": "#/servers/pocketroom"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in (*SENT, *RECEIVED)}, "bindings": {"ws": line},
    }  # fmt: skip


def _operations(side: Side) -> dict[str, Any]:
    ours, theirs = ("send", "receive") if side == "client" else ("receive", "send")
    operations = {name.lower(): _operation(ours, name, words, REPLIES.get(name, DONE)) for name, words in SENT.items()}
    for name, words in RECEIVED.items():
        if name not in ONLY_REPLIES:
            operations[f"on{name.removesuffix('Frame')}"] = _operation(theirs, name, words, [])
    return operations


def _operation(action: str, name: str, words: Words, replies: list[str]) -> dict[str, Any]:
    room = {"$ref": "#/channels/room"}
    messages, answers = ([{"$ref": f"#/channels/room/messages/{name}"} for name in names] for names in ([name], replies))
    told = {"action": action, "channel": room, **_head(words), "messages": messages}
    return {**told, "reply": {"channel": room, "messages": answers}} if answers else told


def _message(name: str, words: Words) -> dict[str, Any]:
    schema = schemas()[name]
    told = {
        "name": schema["properties"]["type"]["const"], **_head(words),
        "contentType": "application/json", "payload": _ref(name),
        "examples": [{"name": shown, "payload": payload} for shown, payload in words.examples.items()],
    }  # fmt: skip
    link = next((field for field in ("key", "ref") if field in schema["properties"] and name != "MessageFrame"), None)
    return {**told, "correlationId": {"$ref": f"#/components/correlationIds/{link}"}} if link else told


def _head(words: Words) -> dict[str, Any]:
    return {"title": words.title, "summary": words.summary, "tags": [{"name": words.tag}]}


# ---- schemas ---------------------------------------------------------------------------------


def _schema(name: str, model: Schema) -> Schema:
    """pydantic's schema of `model`, in our words. The type of a frame must stand in it, and comes first."""
    fields = {field: _field(f"{name}.{field}", schema) for field, schema in model["properties"].items()}
    fields = dict(sorted(fields.items(), key=lambda field: field[0] != "type"))
    words = {**SENT, **RECEIVED}.get(name)
    about = {"description": words.summary, "discriminator": "type"} if words else {"description": SHARED[name]}
    return {
        "type": "object", "title": name, **about,
        "required": [field for field in fields if field == "type" or field in model.get("required", ())],
        "properties": fields,
    }  # fmt: skip


def _field(place: str, schema: Schema) -> Schema:
    """What may be left out is not shown as null, which many generators cannot make anything of; a known choice goes by its name."""
    schema = next((choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}), schema)
    named = next((name for name, values in VALUES.items() if values == schema.get("enum")), None)
    told = _ref(named) if named else {key: value for key, value in schema.items() if key not in ("title", "default")}
    return {**told, "description": FIELDS.get(place) or FIELDS[place.partition(".")[2]]}


def _ref(schema: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}
