"""The node without a room: what it does, and what it leaves in the shared store. Whom it hears: test_manners.py."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from nodes import ChatNode, questions_in
from utils.personas import Persona
from utils.stream_llm import ModelError, Progress, PromptTooLong, Usage

MIDNIGHT = 1_735_689_600_000  # 2025-01-01 00:00 UTC, in ms


def said(id: int, content: str, by: str = "Ann", **more: Any) -> dict[str, Any]:
    kind = {"Pocket": "assistant", "system": "system"}.get(by, "human")
    author = {"id": by.lower(), "name": by, "kind": kind}
    return {"id": id, "seq": id, "ts": MIDNIGHT + id * 60_000, "author": author, "content": content, "status": "complete", **more}


def room(*people: str, **settings: Any) -> dict[str, Any]:
    here = {"people": list(people), "here": [name.lower() for name in people]}
    return {"title": "Kitchen", "instructions": "", "speaks": "auto", "model": "", "assistant": "Pocket", **here, **settings}


# ---- the node ------------------------------------------------------------------------------------


async def run(model: Callable[..., AsyncIterator[Any]], *new: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the shared store holds after the node has run; `pieces` is what it said."""
    pieces: list[str] = []

    async def say(text: str) -> None:
        pieces.append(text)

    shared = {"messages": list(new), "new": list(new), "asked": [], "room": room("Ann"), "llm": model, "say": say, "pieces": pieces}
    shared |= more
    assert await ChatNode("Be brief.").run_async(shared) is None
    return shared


async def four(prompt: Any, model: str = "") -> AsyncIterator[str | Usage]:
    yield "It is "
    yield "four."
    yield Usage(7, 3)


def failing(error: BaseException, *first: str) -> Callable[..., AsyncIterator[str]]:
    async def model(prompt: Any, model: str = "") -> AsyncIterator[str]:
        for piece in first:
            yield piece
        raise error

    return model


async def test_ann_is_answered_piece_by_piece() -> None:
    shared = await run(four, said(1, "2 + 2?"))
    assert shared["pieces"] == ["", "It is ", "four."]
    assert (shared["answer"], shared["status"], shared["reason"]) == ("It is four.", "complete", "")
    assert shared["usage"] == Usage(7, 3)
    assert [question["id"] for question in shared["questions"]] == [1]


async def test_the_model_gets_the_prompt_and_the_rooms_model() -> None:
    asked: list[Any] = []

    async def model(prompt: Any, model: str) -> AsyncIterator[str]:
        asked.append((prompt[0]["content"].splitlines()[0], prompt[-1]["content"][-3:], model))
        yield "Yes."

    await run(model, said(1, "Hi?"), room=room("Ann", model="larger"))
    assert asked == [("Be brief.", "Hi?", "larger")]


async def test_when_nobody_asks_it_begins_nothing_and_calls_no_model() -> None:
    shared = await run(failing(AssertionError()), said(1, "Hi Bea"), room=room("Ann", "Bea"))
    assert (shared["pieces"], shared["questions"], shared["answer"], shared["status"]) == ([], [], "", "silent")
    assert shared["usage"] is None


async def test_what_it_is_asked_to_answer_it_answers_in_any_case() -> None:
    shared = await run(four, room=room("Ann", "Bea", speaks="never"), asked=[said(1, "Hm")])
    assert shared["status"] == "complete"
    assert [question["id"] for question in shared["questions"]] == [1]


async def test_several_questions_are_answered_at_once_and_each_once() -> None:
    one, chat, two = said(1, "Pocket?"), said(2, "Hm"), said(3, "Pocket!")
    shared = await run(four, one, chat, two, room=room("Ann", "Bea"), asked=[one])
    assert [question["id"] for question in shared["questions"]] == [1, 3]


@pytest.mark.parametrize("status", ["error", "filtered", "truncated", "stopped"])
async def test_a_model_error_becomes_a_status_and_a_sentence(status: Any) -> None:
    shared = await run(failing(ModelError("It was too much.", status), "Well, "), said(1, "Hi"))
    assert (shared["status"], shared["reason"], shared["answer"]) == (status, "It was too much.", "Well, ")


@pytest.mark.parametrize("error", [ValueError("sk-secret"), KeyError("choices"), TimeoutError("http://x")], ids=repr)
async def test_any_other_error_becomes_a_sentence_that_tells_nothing(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    shared = await run(failing(error, "Well, "), said(1, "Hi"))
    assert (shared["status"], shared["answer"]) == ("error", "Well, ")
    assert shared["reason"] == "The assistant stumbled over this one. Ask again."
    assert caplog.records[-1].exc_info, "the log must tell what happened"


@pytest.mark.parametrize("pieces", [(), ("",), (" ", "\n")], ids=repr)
async def test_an_empty_answer_is_an_error(pieces: tuple[str, ...]) -> None:
    async def model(prompt: Any, model: str = "") -> AsyncIterator[str]:
        for piece in pieces:
            yield piece

    assert (await run(model, said(1, "Hi")))["status"] == "error"


async def test_a_new_question_that_is_answered_together_with_an_older_one_gets_the_reply() -> None:
    older, newer = said(1, "One?"), said(2, "Pocket, two?")
    shared = await run(four, newer, room=room("Ann", "Bea"), asked=[older])
    assert [question["id"] for question in shared["questions"]] == [1, 2]  # the answer replies to the last


async def test_the_model_is_asked_once_even_if_it_fails() -> None:
    calls: list[int] = []

    async def model(prompt: Any, model: str = "") -> AsyncIterator[str]:
        calls.append(1)
        raise ValueError
        yield ""

    await run(model, said(1, "Hi"))
    assert calls == [1]


async def test_when_saying_fails_the_model_is_let_go_and_post_still_runs() -> None:
    let_go = asyncio.Event()

    async def endless(prompt: Any, model: str = "") -> AsyncIterator[str]:
        try:
            while True:
                yield "more "
        finally:
            let_go.set()

    async def say(text: str) -> None:
        if text:
            raise ModelError("Bea stopped this answer.", "stopped")

    shared = await run(endless, said(1, "Hi"), say=say)
    assert (shared["status"], shared["reason"]) == ("stopped", "Bea stopped this answer.")
    async with asyncio.timeout(1):
        await let_go.wait()


async def test_one_node_serves_two_rooms_at_once() -> None:
    node, both_ask = ChatNode(), asyncio.Barrier(2)

    async def model(prompt: Any, model: str = "") -> AsyncIterator[str]:
        await both_ask.wait()
        yield prompt[-1]["content"][-1]

    async def say(text: str) -> None: ...

    common = {"asked": [], "room": room("Ann"), "llm": model, "say": say}
    stores: list[dict[str, Any]] = [{**common, "messages": [m], "new": [m]} for m in (said(1, "A"), said(2, "B"))]
    await asyncio.gather(*map(node.run_async, stores))
    assert [shared["answer"] for shared in stores] == ["A", "B"]


# ---- what else a node does -----------------------------------------------------------------------


def test_a_second_assistant_answers_what_calls_it_even_when_ann_is_alone() -> None:
    hello, call = said(1, "hello"), said(2, "@Sage hello")

    def asked(name: str, **settings: Any) -> list[dict[str, Any]]:
        here = room("Ann", assistants=["Pocket", "Sage"], **settings)
        return questions_in({"messages": [hello, call], "new": [hello, call], "asked": [], "room": here}, name)

    assert (asked("Pocket"), asked("Sage")) == ([hello], [call])
    assert asked("Sage", speaks="always") == [call]
    assert (asked("Pocket", speaks="never"), asked("Sage", speaks="never")) == ([], [])


def test_what_is_asked_again_goes_to_whom_it_was_said() -> None:
    hello, call = said(1, "hello"), said(2, "@Sage hello")
    shared = {"messages": [], "new": [], "asked": [hello, call], "room": room("Ann", assistants=["Pocket", "Sage"])}
    assert (questions_in(shared), questions_in(shared, "Sage")) == ([hello], [call])


async def test_what_the_model_does_is_told_and_is_no_part_of_the_answer() -> None:
    told: list[Any] = []

    async def busy(prompt: Any, model: str = "") -> AsyncIterator[Any]:
        yield Progress("Thinking", 7)
        yield "Yes."

    async def progress(content: str, percent: int | None = None) -> None:
        told.append((content, percent))

    shared = await run(busy, said(1, "Hi"), progress=progress)
    assert (told, shared["answer"]) == ([("Thinking", 7)], "Yes.")


async def test_a_talk_that_is_too_long_twice_is_told_of() -> None:
    calls: list[int] = []

    async def small(prompt: Any, model: str = "") -> AsyncIterator[str]:
        calls.append(len(prompt))
        raise PromptTooLong("The talk is too long for this model.")
        yield ""

    shared = await run(small, said(1, "Hi"))
    assert (shared["status"], shared["reason"], len(calls)) == ("error", "The talk is too long for this model.", 2)


async def test_the_temperature_of_a_mode_goes_to_the_model_and_to_no_other() -> None:
    asked: list[dict[str, Any]] = []

    async def model(prompt: Any, model: str = "", **options: Any) -> AsyncIterator[str]:
        asked.append(options)
        yield "Yes."

    for warmth in (None, 0.0):
        await run(model, said(1, "Hi"), room={**room("Ann"), "persona": Persona("Cook", "Cooks.", temperature=warmth)})
    assert asked == [{}, {"temperature": 0.0}]
