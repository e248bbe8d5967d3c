"""The node without a room: to whom it listens, what it tells the model, what it leaves in the shared store."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from nodes import PROMPT_CHARACTERS, ChatNode, addressed, build_prompt
from utils.stream_llm import ModelError, Usage

MIDNIGHT = 1_735_689_600_000  # 2025-01-01 00:00 UTC, in ms


def said(id: int, content: str, by: str = "Ann", **more: Any) -> dict[str, Any]:
    kind = {"Pocket": "assistant", "system": "system"}.get(by, "human")
    author = {"id": by.lower(), "name": by, "kind": kind}
    return {"id": id, "seq": id, "ts": MIDNIGHT + id * 60_000, "author": author, "content": content, "status": "complete", **more}


def room(*people: str, **settings: str) -> dict[str, Any]:
    here = {"people": list(people), "here": [name.lower() for name in people]}
    return {"title": "Kitchen", "instructions": "", "speaks": "auto", "model": "", "assistant": "Pocket", **here, **settings}


# ---- whom it answers -----------------------------------------------------------------------------


def is_heard(content: str, *people: str, **settings: str) -> bool:
    message = said(1, content)
    return addressed(message, room(*people, **settings), [message])


def test_ann_alone_is_heard_whatever_she_says() -> None:
    assert is_heard("hello", "Ann")


def test_ann_is_heard_when_she_posts_from_outside_an_empty_room() -> None:
    assert is_heard("hello")


def test_ann_who_posts_from_outside_does_not_interrupt_bea() -> None:
    assert not is_heard("hello", "Bea")


@pytest.mark.parametrize(
    "content", ["Pocket", "@Pocket", "@pocket, hi", "hi POCKET!", "(Pocket)", "Pocket's log?", "Hi,Pocket.", "hi\n@Pocket\n", "**Pocket**"]
)
def test_ann_is_heard_among_others_when_she_names_it(content: str) -> None:
    assert is_heard(content, "Ann", "Bea")
    assert is_heard(content, "Ann", speaks="mentioned")


@pytest.mark.parametrize("content", ["hello", "pocketful", "PocketRoom", "pick-pocket", "pocket-size", "pocket_1", "p o c k e t"])
def test_ann_is_not_heard_among_others_when_she_names_something_else(content: str) -> None:
    assert not is_heard(content, "Ann", "Bea")
    assert not is_heard(content, "Ann", speaks="mentioned")


@pytest.mark.parametrize("name", ["C++", "Mr. Pocket (beta)", "Łukasz", "助手", "[x]"])
def test_it_hears_any_name_that_it_may_have(name: str) -> None:
    assert is_heard(f"Tell us, @{name}, please", "Ann", "Bea", assistant=name)
    assert is_heard(name.upper(), "Ann", "Bea", assistant=name)
    assert not is_heard("C, Mr, x", "Ann", "Bea", assistant=name)


def test_bea_is_heard_when_she_replies_to_the_assistant_and_not_to_ann() -> None:
    talk = [said(1, "Pocket?"), said(2, "Yes?", by="Pocket")]
    assert addressed(said(3, "why?", by="Bea", reply_to=2), room("Ann", "Bea"), talk)
    assert not addressed(said(3, "why?", by="Bea", reply_to=1), room("Ann", "Bea"), talk)


def test_always_and_never_listen_to_no_name() -> None:
    assert is_heard("Bea?", "Ann", "Bea", speaks="always")
    assert not is_heard("@Pocket", "Ann", speaks="never")


def test_with_mentioned_even_ann_alone_must_name_it() -> None:
    assert not is_heard("hello", "Ann", speaks="mentioned")


# ---- what it tells the model ---------------------------------------------------------------------


def told(messages: list[dict[str, Any]], questions: list[dict[str, Any]], **settings: str) -> list[str]:
    prompt = build_prompt("", room("Ann", "Bea", **settings), messages, questions)
    assert prompt[0]["role"] == "system"
    return [f"{line['role']}: {line['content']}" for line in prompt[1:]]


def test_it_tells_who_said_what_and_when_and_the_questions_last() -> None:
    hello, question, chat = said(1, "Hello"), said(2, "Why?", by="Bea"), said(3, "Hm")
    assert told([hello, question, chat], [question]) == [
        "user: [2025-01-01 00:01 UTC] Ann: Hello",
        "user: [2025-01-01 00:03 UTC] Ann: Hm",
        "user: [2025-01-01 00:02 UTC] Bea: Why?",
    ]


def test_it_knows_its_own_words() -> None:
    assert told([said(1, "I am Pocket.", by="Pocket")], [said(2, "Hi")])[0] == "assistant: I am Pocket."


def test_it_hears_of_no_system_message_no_deleted_one_and_none_that_is_not_finished() -> None:
    gone, news = said(1, "", status="deleted"), said(2, "Ann set title to “x”.", by="system")
    half = said(3, "I am thin", by="Pocket", status="streaming")
    assert told([gone, news, half], [said(4, "Hi")]) == ["user: [2025-01-01 00:04 UTC] Ann: Hi"]


def test_it_keeps_the_half_of_an_answer_that_was_stopped() -> None:
    assert told([said(1, "I am thin", by="Pocket", status="stopped")], [said(2, "Go on")])[0] == "assistant: I am thin"


def test_the_scene_holds_all_that_is_known_of_the_room() -> None:
    scene = build_prompt("Be brief.", room("Ann", "Bea", instructions="Speak of food."), [], [said(1, "Hi")])[0]["content"]
    for fact in ("Be brief.", "Speak of food.", "You are Pocket", "Room: Kitchen", "Here now: Ann, Bea"):
        assert fact in scene
    assert "Here now" not in build_prompt("", room(), [], [said(1, "Hi")])[0]["content"]


def test_a_long_talk_is_told_from_its_newest_message_as_far_as_there_is_space() -> None:
    talk = [said(n, f"{n} ".ljust(10_000, "x")) for n in range(1, 9)]
    question = said(9, "?" * 10_000)
    kept = told([*talk, question], [question])
    assert [line.split()[5] for line in kept[:-1]] == ["6", "7", "8"]
    assert sum(map(len, kept)) < PROMPT_CHARACTERS + 1_000


def test_a_question_is_told_however_long_it_is() -> None:
    question = said(2, "?" * (PROMPT_CHARACTERS + 1))
    assert len(told([said(1, "Hello"), question], [question])) == 1


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
