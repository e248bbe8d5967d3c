"""The assistant in a room: one answer at a time, what waits meanwhile, what is asked again and taken back.

It reads what people say and writes to the log like everybody else. Stop cancels no task: it ends the source of tokens,
and the flow comes to its own end.
"""

import asyncio
from collections.abc import Iterable
from typing import cast

from utils.answer import Answer, AssistantConfig, scene_of
from utils.manners import says_stop
from utils.message_log import INTERRUPTED, Committed, End
from utils.protocol import Author, Cost, Draft, Message, Refused, clean_text
from utils.room import Room

WAITING = 500  # messages of a room that wait to be looked at; the oldest is passed over
LOOK_EVERY = 0.1  # seconds between two looks at what people say to each other: where much is said, one sees it all
CLOSE_SECONDS = 1.0  # for answers to end when the server stops


class Assistant:
    """The assistant in one room; see room.Answerer."""

    def __init__(self, config: AssistantConfig, room: Room) -> None:
        self._config, self._room = config, room
        self._new: dict[int, Message] = {}
        self._asked: dict[int, Message] = {}
        self._current: set[int] = set()  # what is being answered, until that has ended
        self._taken: set[int] = set()  # the same until the flow is over, in which another assistant may have its turn
        self._answer: Answer | None = None
        self._task: asyncio.Task[None] | None = None
        self._pause: asyncio.TimerHandle | None = None  # after a look at what was not for the assistant
        self._askers: dict[int, str] = {}  # who pays for questions that somebody wants answered again
        self._here: dict[int, tuple[str, ...]] = {}  # who was, when each of the new ones was said
        self._called: dict[int, bool] = {}  # whether each of the new ones waits for an answer

    def consider(self, message: Message) -> None:
        id, streams = message["id"], self._answer.id if self._answer else None
        if streams is not None and says_stop(message["content"], self._config.author["name"]):
            told = End(streams, "stopped", f"{message['author']['name']} stopped this answer.", self.cost(streams))
            ended = self._config.log.commit(self._room.name, message["author"], told)
            ended.add_done_callback(lambda done: done.exception())  # it was over already
            return
        self._new[id], self._here[id] = message, self._room.here
        if len(self._new) > WAITING:
            self._forget(next(iter(self._new)))
        if self._answer:
            self._called[id] = self._is_called(message)
            self._show_waiting()
        self._attend()

    async def answers(self, draft: Draft, by: Author) -> bool:
        said = Message(id=self._room.seq + 1, seq=0, ts=0, author=by, content=clean_text(draft.content), status="complete")
        if draft.reply_to:
            said["reply_to"] = draft.reply_to
        return self._is_called(said, await self._replied_to([said]))

    async def ask(self, id: int, by: Author) -> Committed:
        question = await self._question(id)
        if self._is_under_way(question["id"]) or len(self._asked) >= WAITING:
            raise Refused("busy", "This question is being answered, or waits for its answer.")
        self._asked[question["id"]], self._askers[question["id"]] = question, by["id"]
        self._show_waiting()
        self._look_again()
        return Committed(id)

    def withdraw(self, id: int) -> bool:
        if id in self._asked or (id in self._new and self._called.get(id, True)):
            self._forget(id)
            self._show_waiting()
            return True
        if self._current == {id} and self._answer and self._answer.id is None:  # it was about to begin
            self._answer.stop()
            self._current = set()
            return True
        return False

    def changed(self, id: int) -> None:
        for waited in (self._new, self._asked):
            if id in waited:  # as it is now, for it may leave the room's tail before it is looked at
                waited[id] = self._room.messages[id]
        if self._room.messages[id]["status"] == "deleted":
            self._forget(id)
        if id in self._called:
            self._called[id] = self._is_called(self._new[id])
        self._show_waiting()

    def cost(self, id: int) -> Cost | None:
        return self._answer.cost() if self._answer and self._answer.id == id else None

    def answering(self, id: int) -> int | None:
        if not (self._answer and id in self._current and self._answer.answers(id)):
            return None
        ours = (a for a in self._room.streaming() if self._room.messages[a].get("reply_to") in self._current)
        return self._answer.id or next(ours, None)  # while its end is being saved

    def is_pending(self, id: int) -> bool:
        return id in self._new or id in self._asked or id in self._taken

    def ended(self, id: int) -> None:
        if self._answer and self._answer.id == id:
            self._answer.stop()
            self._current = set()  # whoever asks again need not wait for the flow to come to its end

    def is_busy(self) -> bool:
        return bool(self._task or self._new or self._asked)

    async def close(self) -> None:
        self._take()
        self._look_again()
        if self._answer:
            self._answer.stop("interrupted", INTERRUPTED)
        if self._task:
            await asyncio.wait([self._task], timeout=CLOSE_SECONDS)

    async def _question(self, id: int) -> Message:
        """The message `id`, or where that is an answer, the question it answers."""
        message = await self._message(id)
        if message is None or message["status"] == "deleted" or message["author"]["kind"] == "system":
            raise Refused("not_found", f"There is no message {id} in this room to answer.")
        if message["author"]["kind"] == "assistant":
            return await self._question(message.get("reply_to", 0))
        return message

    async def _message(self, id: int) -> Message | None:
        if id in self._room.messages:
            return self._room.messages[id]
        page = await self._config.log.before(self._room.name, id + 1, 1)
        return next((message for message in page["messages"] if message["id"] == id), None)

    async def _replied_to(self, said: Iterable[Message]) -> list[Message]:
        """The messages before the room's latest to which some of `said` reply."""
        replied_to = {message["reply_to"] for message in said if "reply_to" in message}
        older = replied_to - {message["id"] for message in self._room.latest()} if replied_to else ()
        return [target for id in sorted(older) if (target := await self._message(id))]

    def _is_called(self, message: Message, replied_to: Iterable[Message] = ()) -> bool:
        here = self._here.get(message["id"], self._room.here)
        room, messages = scene_of(self._room, self._config.names), [*replied_to, *self._room.latest()]
        return self._config.wanted({**message, "here": here}, room, messages)

    def _is_under_way(self, id: int) -> bool:
        """Whether the message `id` waits for an answer, or is being answered."""
        return id in self._asked or self._called.get(id, False) or bool(id in self._current and self._answer and self._answer.answers(id))

    def _show_waiting(self) -> None:
        self._room.show_waiting([*self._asked, *(id for id, called in self._called.items() if called)] if self._answer else [])

    def _forget(self, id: int) -> None:
        for kept in (self._new, self._asked, self._askers, self._here, self._called):
            kept.pop(id, None)

    def _take(self) -> tuple[dict[int, Message], dict[int, Message], dict[int, str], dict[int, tuple[str, ...]]]:
        """What waits, which then waits no more: new messages, asked ones, who asked, who was here."""
        waited = self._new, self._asked, self._askers, self._here
        self._new, self._asked, self._askers, self._here, self._called = {}, {}, {}, {}, {}
        return waited

    def _as_they_stand(self, waited: dict[int, Message]) -> list[Message]:
        """What waited, edited or deleted as it may be by now."""
        now = [self._room.messages.get(id, message) for id, message in waited.items()]
        return [message for message in now if message["status"] != "deleted"]

    def _attend(self) -> None:
        if self._task is None and self._pause is None:
            self._task = asyncio.create_task(self._work())

    def _look_again(self) -> None:
        if self._pause:
            self._pause.cancel()
            self._pause = None
        if self._new or self._asked:
            self._attend()

    async def _work(self) -> None:
        """Run the flow over all that came since the last look, until there is nothing more, or nothing was for the assistant."""
        is_silent = False
        try:
            while not is_silent and (self._new or self._asked):
                waited, asked, askers, here = self._take()
                self._current = self._taken = {*waited, *asked}
                self._show_waiting()
                new = [cast(Message, {**message, "here": here[message["id"]]}) for message in self._as_they_stand(waited)]
                payers = {question["id"]: question["author"]["id"] for question in new} | askers
                answer = self._answer = Answer(self._config, self._room, new, self._as_they_stand(asked), payers, self._replied_to)
                await answer.run(self._config.flow)
                is_silent = not answer.has_spoken
                self._answer, self._current, self._taken = None, set(), set()
                self._room.wake()
        finally:
            self._task = None
            if is_silent:
                self._pause = asyncio.get_running_loop().call_later(LOOK_EVERY, self._look_again)
