"""What an assistant says in one answer: text that is saved as it comes, in one commit at a time, and shown by the room."""

import asyncio
from asyncio import Future
from collections.abc import Callable

from utils.message_log import Committed, Delta, End, MessageLog, Start
from utils.protocol import ANSWER_UNITS, Author, Cost, Refused, Status, clean_text, mend, units
from utils.stream_llm import ModelError

UNSAVED_UNITS = 4_096  # of an answer that wait for the commit before them; then the model waits
END_AGAIN_SECONDS = 1.0  # between two tries to save an end; no other answer can begin before


class AnswerOver(ModelError):
    """The answer was ended from outside, or is full: say nothing more."""


class Speech:
    """One answer of `author` in `room`. `lost` is called when it cannot be saved any more."""

    def __init__(self, log: MessageLog, room: str, author: Author, lost: Callable[[], None]) -> None:
        self.id: int | None = None
        self.author = author
        self._log, self._room, self._lost = log, room, lost
        self._length = 0  # of what was handed to the log, in UTF-16 units
        self._unsaved = ""
        self._half = ""  # of a surrogate pair that a provider split over two deltas
        self._saving: Future[Committed] | None = None

    @property
    def has_words(self) -> bool:
        return self._length > 0

    async def begin(self, reply_to: int) -> None:
        """Everyone sees that it thinks. Raises Refused."""
        self.id = (await self._log.commit(self._room, self.author, Start(reply_to))).id

    async def add(self, text: str) -> None:
        """Raises AnswerOver when that was more than an answer may have; what fits is saved."""
        is_full = self._keep(text)
        if self._saving is None:
            self._save()
        elif units(self._unsaved) > UNSAVED_UNITS:
            await asyncio.wait([self._saving])
        if is_full:
            raise AnswerOver(f"The answer reached the limit of {ANSWER_UNITS:,} characters.", "truncated")

    async def end(self, status: Status, reason: str, usage: Cost | None) -> None:
        """Save all that was said, and how it ended, unless somebody else ended it before."""
        assert self.id is not None
        if self._half:
            self._half, self._unsaved = "", self._unsaved + mend(self._half)
            self._saving or self._save()
        while self._saving is not None:
            await asyncio.wait([self._saving])
        while True:
            try:
                await self._log.commit(self._room, self.author, End(self.id, status, reason, usage))
                return
            except Refused as refused:
                if not refused.retry_after:  # somebody else's end came first, which is fine
                    return
                await asyncio.sleep(END_AGAIN_SECONDS)

    def _keep(self, text: str) -> bool:
        """Whether `text` was cut at the limit."""
        text = clean_text(self._mend(text))
        space = ANSWER_UNITS - self._length - units(self._unsaved)
        is_full = units(text) > space
        if is_full:
            self._half = ""
            text = text.encode("utf-16-le")[: 2 * space].decode("utf-16-le", "ignore")  # whole code points
        self._unsaved += text
        return is_full

    def _mend(self, text: str) -> str:
        """`text` with the half character before it and without one at its end; a half within it becomes U+FFFD."""
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return mend(text)

    def _save(self, before: Future[Committed] | None = None) -> None:
        """Commit what is unsaved in one delta, and when that is done, what came meanwhile: one is under way at a time."""
        if before and before.exception():
            self._lost()
            self._unsaved = ""
        self._saving = None
        if self._unsaved and self.id is not None:
            delta = Delta(self.id, self._length, self._unsaved)
            self._length, self._unsaved = self._length + units(self._unsaved), ""
            self._saving = self._log.commit(self._room, self.author, delta)
            self._saving.add_done_callback(self._save)
