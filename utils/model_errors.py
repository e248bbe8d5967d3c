"""What can go wrong with a model, in sentences on which a person can act; docs/assistant.md lists them."""

import math
import re
import socket
import ssl
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from utils.providers import meaning

ERROR_CHARACTERS = 20_000  # of an error's text are read
LONGEST_WAIT = 30 * 86_400  # seconds; what servers name beyond that is no time to come back

ModelStatus = Literal["error", "filtered", "truncated", "stopped", "interrupted"]


class ModelError(Exception):
    """Why an answer is not complete: its status, and a sentence on which a person can act."""

    def __init__(self, reason: str, status: ModelStatus = "error") -> None:
        super().__init__(reason)
        self.reason = reason
        self.status: ModelStatus = status


class PromptTooLong(ModelError):
    """The model takes no prompt of this length. Raised before the first piece of text only."""


class Busy(ModelError):
    """What may be better in a moment, or after `wait` seconds where the server names them."""

    def __init__(self, reason: str, wait: float = 0) -> None:
        super().__init__(reason)
        self.wait = wait


BUSY = {408, 429, 500, 502, 503, 504, 529}  # statuses after which another try may do
# What people read, by status. The provider's own words may repeat keys and addresses: they are never shown.
REASONS = {
    400: "The model refused this request. Whoever runs this room should check LLM, LLM_TEMPERATURE and LLM_MAX_TOKENS.",
    401: "The model's server refused the key. Whoever runs this room should check {key}.",
    402: "The model's account has run out of credit. Whoever runs this room can add some.",
    403: "The key may not use this model. Whoever runs this room can choose another.",
    404: "The server does not know this model. Whoever runs this room should check LLM and MODELS.",
    408: "The model's server did not answer in time. Ask again in {soon}.",
    413: "The talk is too long for this model. Whoever runs this room can lower PROMPT_TOKENS.",
    429: "The model has too much to do, or the account's limit is reached. Ask again in {soon}.",
    451: "The model's content filter refused this talk. Ask in other words.",
    500: "The model's server had a problem. Ask again in {soon}.",
    503: "The model is not available just now. Ask again in {soon}.",
    529: "The model is overloaded, as many ask it at once. Ask again in {soon}.",
}
UNREACHABLE = "The model's server cannot be reached. Is it up, and is its address right?"
NO_SUCH_HOST = "The name of the model's server leads nowhere. Is its address right, and is this machine online?"
NO_TLS = "The model's server offers no secure connection. Should its address begin with http instead of https?"
BAD_CERTIFICATE = "The model's server shows a certificate that is not trusted. Is its address right, and does SSL_CERT_FILE name its signer?"
NO_ANSWER = "The model's server sent something that is no answer. Is its address right?"
GARBLED = "The model's server sent something that is no answer. Ask again."
CUT_OFF = "The answer was cut off on its way from the model. Ask again."
TOO_LONG = "The answer reached the model's length limit."
TOOL = "The model wanted to call a tool, and there are none here. Ask again in other words."
NOTHING = "The model had nothing to say. Ask again."
ONLY_THOUGHTS = "The model thought about it, but said nothing. Ask again."
SPENT = "The model spent its whole length on thinking. Whoever runs this room can raise LLM_MAX_TOKENS."
ENDS: dict[Any, tuple[str, ModelStatus]] = {  # by finish_reason; all others are success
    "length": (TOO_LONG, "truncated"),
    "model_length": (TOO_LONG, "truncated"),  # Mistral
    "content_filter": ("The model's content filter ended this answer.", "filtered"),
    "tool_calls": (TOOL, "error"),
    "function_call": (TOOL, "error"),
    "error": (CUT_OFF, "error"),  # OpenRouter
}


def judge(finish: Any, said: bool, thought: bool) -> None:
    """Raises ModelError unless an answer that came to its end is a whole one."""
    if finish == "length" and thought and not said:
        raise ModelError(SPENT, "truncated")
    if finish in ENDS:
        raise ModelError(*ENDS[finish])
    if not said:
        raise ModelError(ONLY_THOUGHTS if thought else NOTHING)


def explain(error: Any, openai: Any, key: str, begun: bool) -> ModelError:
    """What an error of the SDK `openai` means. `key`: the variable that holds the key; `begun`: some of an answer has come."""
    if begun:
        return ModelError(CUT_OFF if isinstance(error, openai.APIError) else GARBLED)
    if isinstance(error, openai.APITimeoutError):
        return Busy(REASONS[408].format(soon="a moment"))
    if isinstance(error, openai.APIConnectionError):
        return _no_connection(error)
    if isinstance(error, openai.APIStatusError):
        status = meaning(error.status_code, error.response.text[:ERROR_CHARACTERS])
        return _refusal(status, key, error.response.headers.get("retry-after"))
    if isinstance(error, openai.APIError):  # an event in a stream that had begun well; OpenRouter tells the status there
        code = error.body.get("code") if isinstance(error.body, dict) else None
        status = code if isinstance(code, int) and code in REASONS else 500
        return _refusal(meaning(status, str(error.body)[:ERROR_CHARACTERS]), key)
    return ModelError(NO_ANSWER)  # no JSON, no UTF-8, or JSON of another shape


def _no_connection(error: BaseException) -> ModelError:
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return ModelError(NO_SUCH_HOST)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ModelError(BAD_CERTIFICATE)
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            return ModelError(NO_TLS)
    return Busy(UNREACHABLE)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _refusal(status: int, key: str, retry_after: str | None = None) -> ModelError:
    if status < 400:
        return ModelError(NO_ANSWER)
    wait = _seconds(retry_after) if status in BUSY else 0
    soon = in_words(wait) if wait else "a minute" if status == 429 else "a moment"
    reason = REASONS.get(status, REASONS[400 if status < 500 else 500]).format(key=key, soon=soon)
    if status in BUSY:
        return Busy(reason, wait)
    if status == 413:
        return PromptTooLong(reason)
    return ModelError(reason, "filtered" if status == 451 else "error")


def _seconds(retry_after: str | None) -> float:
    """What a Retry-After header asks for, in seconds or as a date (RFC 9110, 10.2.3); 0 where it cannot be read."""
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", retry_after or ""):
        seconds = float(retry_after or 0)
    else:
        try:
            seconds = parsedate_to_datetime(retry_after or "").timestamp() - time.time()
        except (ValueError, TypeError, OverflowError, OSError):  # the last on Windows, for times before 1970
            return 0
    return min(max(seconds, 0), LONGEST_WAIT)


def in_words(seconds: float) -> str:
    """A time to come back after: `3 minutes`; from two of a unit on in that unit, so as not to say 1 hour for 119 minutes."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds > 1.5 * size:
            return f"{math.ceil(seconds / size)} {unit}"
    return f"{math.ceil(seconds)} seconds" if seconds > 1 else "a moment"
