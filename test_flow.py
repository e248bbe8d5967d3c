"""The assistant alone, without server, socket or network: `python test_flow.py` shows what `pytest test_flow.py` checks.

A room runs its flow over what people have said since it last looked. Here we do that ourselves, with a model of four lines.
"""

import asyncio
from typing import Any

from pocketflow import AsyncFlow, AsyncNode

from flow import create_chat_flow
from nodes import ChatNode
from utils.stream_llm import ModelError


async def parrot(prompt, model=""):
    """A model function: it gets the talk and yields its answer, piece by piece."""
    _, *said = prompt[-1]["content"].splitlines()  # the first line is a stamp: when, and who
    for word in " ".join(said).split():
        yield f"{word} "


def talk(*lines: str, flow: AsyncFlow | None = None, llm: Any = parrot, **settings: str) -> dict[str, Any]:
    """Run the flow over `lines` like `Ann: hello`; what it said is in `pieces`. Everybody who speaks is here."""
    messages = [message(id, *line.split(": ", 1)) for id, line in enumerate(lines, 1)]
    people = sorted({line.split(": ")[0] for line in lines} - {"Pocket"})
    room = {"title": "Kitchen", "instructions": "", "speaks": "auto", "model": "", "assistant": "Pocket", **settings}
    pieces: list[str] = []

    async def say(text: str) -> None:
        pieces.append(text)

    shared: dict[str, Any] = {
        "messages": messages, "new": [m for m in messages if m["author"]["kind"] == "human"], "asked": [],
        "room": {**room, "people": people, "here": people}, "llm": llm, "say": say, "pieces": pieces,
    }  # fmt: skip
    asyncio.run((flow or create_chat_flow()).run_async(shared))
    show(lines, shared)
    return shared


def message(id: int, name: str, content: str) -> dict[str, Any]:
    author = {"id": name, "name": name, "kind": "assistant" if name == "Pocket" else "human"}
    return {"id": id, "ts": 0, "author": author, "content": content, "status": "complete"}


def show(lines: tuple[str, ...], shared: dict[str, Any]) -> None:
    for line in lines:
        print(f"  {line}")
    said = "|".join(piece.replace("\n", "⏎") for piece in shared["pieces"] if piece)
    print(f"  Pocket: {said}  ({shared['status']})" if shared["questions"] else "  (Pocket keeps silent)")
    if shared["reason"]:
        print(f"  → {shared['reason']}")


# ---- its manners ---------------------------------------------------------------------------------


def test_alone_with_the_assistant_ann_is_answered_piece_by_piece() -> None:
    shared = talk("Ann: hello there you")
    assert shared["pieces"] == ["", "hello ", "there ", "you "]  # the first call shows that it thinks
    assert (shared["answer"], shared["status"]) == ("hello there you ", "complete")


def test_while_ann_and_bea_talk_it_keeps_silent() -> None:
    assert talk("Ann: shall we cook?", "Bea: leeks!")["pieces"] == []


def test_among_several_it_answers_when_it_is_named() -> None:
    shared = talk("Ann: shall we cook?", "Bea: @Pocket what goes with leeks?")
    assert [question["content"] for question in shared["questions"]] == ["@Pocket what goes with leeks?"]
    assert shared["answer"]


def test_a_room_may_tell_it_to_answer_always_or_never() -> None:
    assert talk("Ann: leeks", "Bea: and potatoes", speaks="always")["answer"]
    assert not talk("Ann: Pocket, please!", speaks="never")["answer"]


def test_when_the_model_fails_the_half_of_the_answer_stays_and_a_sentence_tells_why() -> None:
    async def tired(prompt, model=""):
        yield "To begin with, "
        raise ModelError("The model fell asleep. Ask again.")

    shared = talk("Ann: explain cooking", llm=tired)
    assert (shared["status"], shared["answer"]) == ("error", "To begin with, ")


# ---- make it yours: the three ways that stand in the README --------------------------------------


def test_another_prompt() -> None:
    async def recite(prompt, model=""):
        yield prompt[0]["content"].splitlines()[0]

    shared = talk("Ann: who are you?", flow=create_chat_flow("You are a pirate. Answer in rhymes."), llm=recite)
    assert shared["answer"] == "You are a pirate. Answer in rhymes."


async def shout(prompt, model=""):
    _, question = prompt[-1]["content"].split("\n", 1)
    for word in question.split():
        yield word.upper() + " "


def test_another_model() -> None:
    assert talk("Ann: hello", llm=shout)["answer"] == "HELLO "


class Sign(AsyncNode):
    async def post_async(self, shared, prep_res, exec_res):
        if shared["status"] == "complete":
            await shared["say"]("\n\n*Yours, Pocket*")


def test_a_second_node() -> None:
    chat = ChatNode()
    chat >> Sign()
    assert talk("Ann: goodbye", flow=AsyncFlow(start=chat))["pieces"][-1] == "\n\n*Yours, Pocket*"
    assert talk("Ann: goodbye", "Bea: bye", flow=AsyncFlow(start=chat))["pieces"] == []


if __name__ == "__main__":
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            sentence = name.removeprefix("test_").replace("_", " ").capitalize()
            print(f"\n{sentence.replace('ann', 'Ann').replace('bea', 'Bea')}:")
            test()
