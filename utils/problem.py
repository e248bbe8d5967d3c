"""What an HTTP door answers when it does not do what it was asked: problem details, RFC 9457."""

from typing import Any

from starlette.responses import JSONResponse

from utils.protocol import ErrorCode, Refused
from utils.tally import refused_with

MEDIA_TYPE = "application/problem+json"
WHERE = "/asyncapi#error-"  # followed by a code of the protocol: where it is explained
STATUS: dict[ErrorCode, int] = {
    "signed_out": 401, "no_password": 401, "closed": 403,
    "forbidden": 403, "not_found": 404, "busy": 409, "not_running": 409, "key_conflict": 409, "too_long": 422, "rate_limited": 429,
    "overloaded": 503, "unavailable": 503,
}  # fmt: skip


class TooLarge(Refused):
    """A request with more bytes than anything in it could need."""


PROBLEM = {
    "type": "object",
    "description": "Why not: RFC 9457, with the fields of the protocol's `error` frame.",
    "required": ["type", "title", "status", "detail", "code", "content"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Where this is explained; `error` where it answers a frame."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "A sentence for people."},
        "code": {"type": "string", "description": "For programs: docs/protocol.md."},
        "content": {"type": "string", "description": "The same as `detail`."},
        "key": {"type": "string", "description": "Of the frame that was refused."},
        "retry_after": {"type": "integer", "minimum": 0, "description": "Seconds."},
    },
}


def problem(refused: Refused, type: str | None = None) -> JSONResponse:
    """The response that tells `refused`."""
    status = 413 if isinstance(refused, TooLarge) else STATUS.get(refused.code, 400)
    return response(status, refused.code, refused.content, type, refused.key, refused.retry_after)


def response(
    status: int, code: str, content: str, type: str | None = None, key: str | None = None, retry_after: int | None = None
) -> JSONResponse:
    refused_with(code)
    told: dict[str, Any] = {
        "type": type or WHERE + code, "title": code.replace("_", " ").capitalize(), "status": status, "detail": content,
        "code": code, "content": content,
    }  # fmt: skip
    told |= {name: value for name, value in (("key", key), ("retry_after", retry_after)) if value is not None}
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return JSONResponse(told, status, headers, MEDIA_TYPE)
