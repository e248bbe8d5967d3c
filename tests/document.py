"""Frames held against /asyncapi.json; strictly: a field that the document does not know is a fault, too."""

from functools import cache
from typing import Any, Literal

import jsonschema_rs

from utils import asyncapi
from utils.protocol_words import RECEIVED, SENT

Frame = dict[str, Any]


def check_sent(frame: Frame, is_strict: bool = True) -> Frame:
    """A frame that a client sent and the server took: raises AssertionError if the document would not have it so."""
    check("sent", {name: value for name, value in frame.items() if value is not None}, is_strict)
    return frame


def check_received(frame: Frame) -> Frame:
    """A frame of the server."""
    check("received", frame)
    return frame


def check(way: Literal["sent", "received"], frame: Frame, is_strict: bool = True) -> None:
    validator = validators(way, is_strict).get(frame.get("type", ""))
    assert validator is not None, f"/asyncapi.json knows of no such frame to be {way}: {frame}"
    if not validator.is_valid(frame):
        raise AssertionError(f"/asyncapi.json would not have this {way}: {next(iter(validator.iter_errors(frame)))}")


@cache
def validators(way: Literal["sent", "received"], is_strict: bool = True) -> dict[str, jsonschema_rs.Draft7Validator]:
    """By the type of frame."""
    schemas = {name: strict(schema) if is_strict else schema for name, schema in asyncapi.schemas().items()}
    found = {}
    for name in SENT if way == "sent" else RECEIVED:
        schema = {"allOf": [{"$ref": f"#/components/schemas/{name}"}], "components": {"schemas": schemas}}
        found[schemas[name]["properties"]["type"]["const"]] = jsonschema_rs.Draft7Validator(schema)
    return found


def strict(schema: Frame) -> Frame:
    return {**schema, "additionalProperties": False} if schema.get("type") == "object" else schema
