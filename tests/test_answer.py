"""One answer, from the flow's side: what it is told, what it can call, what its answer cost."""

import asyncio
import re
from asyncio import Event
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pocketflow import AsyncFlow, AsyncNode

from nodes import ChatNode
from tests.company import Answer, Frame, Person, house, is_idle, opened, person, port_of
from utils import answer as answer_module
from utils.prompt import Prompt
from utils.stream_llm import ModelError, Progress, PromptTooLong, Usage

DAY = 24 * 60 * 60


def words(*said: Any) -> Any:
    async def model(prompt: Prompt, model: str = "") -> AsyncIterator[Any]:
        for piece in said:
            yield piece

    return model


# ---- what it costs -------------------------------------------------------------------------------


async def test_an_answer_is_stored_with_what_the_provider_counted(tmp_path: Path) -> None:
    async with house(tmp_path, words("It is four.", Usage(812, 7))) as port:  # type: ignore[arg-type]
        async with person(port, "tea", "Ann") as ann:
            done = await ann.asks("2 + 2?")
            assert (await ann.sees("end", id=done.id))["usage"] == {"input": 812, "output": 7}
        async with person(port, "tea", "Bea") as bea:
            assert bea.saw("welcome")[0]["messages"][-1]["usage"] == {"input": 812, "output": 7}


async def test_where_a_provider_counts_nothing_it_is_estimated_and_says_so(tmp_path: Path) -> None:
    async with house(tmp_path, words("one two three ", "four five six")) as port, person(port, "tea", "Ann") as ann:
        done = await ann.asks("Count!")
        usage = (await ann.sees("end", id=done.id))["usage"]
        assert usage["estimated"]
        assert usage["output"] == 6
        assert 60 < usage["input"] < 400


async def test_an_answer_that_bea_stopped_is_stored_with_what_it_cost_until_then(tmp_path: Path) -> None:
    async def endless(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        yield "one two three"
        await Event().wait()

    async with house(tmp_path, endless) as port, person(port, "tea", "Ann") as ann, person(port, "tea", "Bea") as bea:
        id = await ann.begins("@Pocket go on")
        await bea.sees_text(id, "three")
        await bea.does("stop", id=id)
        usage = (await ann.sees("end", id=id))["usage"]
        assert (usage["output"], usage["estimated"]) == (3, True)


async def test_a_flow_that_asks_no_model_costs_nothing(tmp_path: Path) -> None:
    class Parrot(AsyncNode):
        async def post_async(self, shared: Any, prep_res: Any, exec_res: Any) -> None:
            await shared["say"]("Hello.")

    async with house(tmp_path, flow=AsyncFlow(start=Parrot())) as port, person(port, "tea", "Ann") as ann:
        done = await ann.asks("hi")
        assert "usage" not in await ann.sees("end", id=done.id)


async def test_a_room_that_used_up_its_day_is_told_so_and_its_model_is_not_asked(tmp_path: Path) -> None:
    prompts: list[Prompt] = []

    async def model(prompt: Prompt, model: str = "") -> AsyncIterator[Any]:
        prompts.append(prompt)
        yield "Yes."
        yield Usage(900, 100)

    async with house(tmp_path, model, room_tokens_per_day=1_500) as port, person(port, "tea", "Ann") as ann, person(port, "milk", "Bea") as bea:
        assert [(await ann.asks("hello")).text for _ in range(2)] == ["Yes.", "Yes."]
        await ann.says("and again")
        error = await ann.sees("error")
        assert (error["code"], len(prompts), len(ann.saw("start"))) == ("rate_limited", 2, 2)
        assert re.search(r"1,500 tokens of today.*midnight, UTC", error["content"])
        assert 0 < error["retry_after"] <= DAY
        assert (await bea.asks("hello")).text == "Yes."
    async with house(tmp_path, model, room_tokens_per_day=1_500) as port, person(port, "tea", "Ann") as ann:
        await ann.says("and after a restart?")
        assert (await ann.sees("error"))["code"] == "rate_limited"


# ---- what it says that it does -------------------------------------------------------------------


class Works(AsyncNode):
    """Tells what it does, when it is let."""

    def __init__(self, *steps: tuple[str, int | None]) -> None:
        super().__init__()
        self.steps, self.go_on = steps, Event()

    async def prep_async(self, shared: Any) -> None:
        for content, percent in self.steps:
            await shared["progress"](content, percent)
        await self.go_on.wait()

    async def post_async(self, shared: Any, prep_res: Any, exec_res: Any) -> None:
        await shared["say"]("Found it.")
        await shared["progress"]("too late")


async def test_people_are_told_what_a_node_does_until_its_first_word(tmp_path: Path) -> None:
    works = Works(("Looking  into\n12 files", 250))
    async with house(tmp_path, flow=AsyncFlow(start=works)) as port, person(port, "tea", "Ann") as ann, person(port, "tea", "Bea") as bea:
        question = await ann.says("Where?")
        progress = await bea.sees("progress")
        start = await bea.sees("start", reply_to=question)
        assert progress == {"type": "progress", "id": start["id"], "content": "Looking into 12 files", "percent": 100}
        async with person(port, "tea", "Cem") as cem:
            assert (await cem.sees("progress")) == progress
        works.go_on.set()
        assert (await ann.sees_answer(question)).text == "Found it."
        async with person(port, "tea", "Dee") as dee:
            await dee.looks_up()
            assert dee.saw("progress") == []
        assert [frame["content"] for frame in ann.saw("progress")] == ["Looking into 12 files"]


async def test_of_many_words_on_what_it_does_the_last_one_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    works = Works(*((f"step {n}", n) for n in range(100)))
    async with house(tmp_path, flow=AsyncFlow(start=works)) as port, person(port, "tea", "Ann") as ann:
        await ann.says("Where?")
        await ann.sees("progress", content="step 99")
        assert len(ann.saw("progress")) == 2
        works.go_on.set()
        await ann.sees("end")


async def test_a_model_tells_what_it_does_and_a_silent_ones_prompt_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = Event()

    async def busy(prompt: Prompt, model: str = "") -> AsyncIterator[Any]:
        await go_on.wait()
        yield Progress("The model is busy; trying again in 4 s")
        await asyncio.sleep(answer_module.PROGRESS_SECONDS)
        yield "Yes."

    monkeypatch.setattr(answer_module, "QUIET_SECONDS", 0.05)
    async with house(tmp_path, busy) as port, person(port, "tea", "Ann") as ann:
        await ann.says("Are you there?")
        assert re.fullmatch(r"Reading about \d+ tokens", (await ann.sees("progress"))["content"])
        go_on.set()
        await ann.sees("progress", content="The model is busy; trying again in 4 s")
        await ann.sees("end", status="complete")


# ---- what it is told -----------------------------------------------------------------------------


async def test_it_is_told_as_much_of_a_long_talk_as_its_prompt_holds(tmp_path: Path) -> None:
    prompts: list[Prompt] = []

    async def model(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        prompts.append(prompt)
        yield "Yes."

    async with house(tmp_path, model, messages_per_minute=0, prompt_tokens=5_000) as port, person(port, "tea", "Ann") as ann:
        await ann.does("configure", speaks="mentioned")
        for n in range(180):
            await ann.says(f"number {n}")
        await ann.asks("@Pocket how many?")
        await ann.says("word " * 3_000)
        await ann.says("word " * 3_000)
        await ann.asks("@Pocket and now?")
    told = [[line["content"].partition("\n  ")[2] for line in prompt[1:]] for prompt in prompts]
    assert told[0] == [*(f"number {n}" for n in range(180)), "@Pocket how many?"]
    assert "left out" not in prompts[0][0]["content"]
    assert [text.split()[0] for text in told[1]] == ["word", "@Pocket"]
    assert "left out" in prompts[1][0]["content"]


async def test_a_prompt_that_is_too_long_for_the_model_is_tried_once_more_with_less(tmp_path: Path) -> None:
    sizes: list[int] = []

    async def small(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        sizes.append(len(prompt))
        if len(sizes) == 1:
            raise PromptTooLong("This talk is too long for the model.")
        yield "Yes."

    async with house(tmp_path, small, prompt_tokens=2_000) as port, person(port, "tea", "Ann") as ann:
        await ann.does("configure", speaks="mentioned")
        for _ in range(30):
            await ann.says("some words " * 20)
        assert (await ann.asks("@Pocket?")).text == "Yes."
    assert sizes[1] < 0.7 * sizes[0]


async def test_a_reply_to_an_answer_of_long_ago_is_heard(tmp_path: Path) -> None:
    async with house(tmp_path, words("Yes."), messages_per_minute=0) as port, person(port, "tea", "Ann") as ann, person(port, "tea", "Bea") as bea:
        first = await ann.asks("@Pocket hello")
        for n in range(60):
            await bea.says(f"talk {n}")
        await ann.does("configure", title="Tea")
        assert (await bea.asks("why?", reply_to=first.id)).text == "Yes."


# ---- another voice -------------------------------------------------------------------------------


class Two(AsyncFlow):
    names = ("Sage",)


def two_voices() -> AsyncFlow:
    pocket = ChatNode()
    pocket >> ChatNode("You are wise.", name="Sage")
    return Two(start=pocket)


async def test_two_assistants_answer_one_after_the_other_each_in_its_name(tmp_path: Path) -> None:
    async with house(tmp_path, words("Yes."), two_voices()) as port, person(port, "tea", "Ann") as ann, person(port, "tea", "Bea"):
        await ann.says("@Pocket and @Sage, is it so?")
        await ann.reads_until(lambda: len(ann.saw("end")) == 2)
        assert [(start["author"]["name"], start["author"]["kind"]) for start in ann.saw("start")] == [
            ("Pocket", "assistant"), ("Sage", "assistant"),
        ]  # fmt: skip
        assert len({start["author"]["id"] for start in ann.saw("start")}) == 2
        assert [ann.text(start["id"]) for start in ann.saw("start")] == ["Yes.", "Yes."]
        assert [end["status"] for end in ann.saw("end")] == ["complete", "complete"]
        assert all(end["usage"]["output"] for end in ann.saw("end"))
        await ann.says("@Sage alone?")
        await ann.reads_until(lambda: len(ann.saw("end")) == 3)
        assert ann.saw("start")[2]["author"]["name"] == "Sage"


async def test_when_bea_stops_the_first_of_two_the_second_is_silent(tmp_path: Path) -> None:
    async def endless(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        yield "Well, "
        if "Well" not in str(prompt):
            await Event().wait()

    async with house(tmp_path, endless, two_voices()) as port, person(port, "tea", "Ann") as ann, person(port, "tea", "Bea") as bea:
        id = await ann.begins("@Pocket and @Sage, is it so?")
        await bea.sees_text(id, "Well")
        await bea.does("stop", id=id)
        assert (await ann.asks("@Pocket again?")).text == "Well, "
        assert [start["author"]["name"] for start in ann.saw("start")] == ["Pocket", "Pocket"]


# ---- modes ---------------------------------------------------------------------------------------


MODES = """
[[persona]]
name = "Cook"
line = "Answers with recipes."
instructions = "You are a cook."
model = "ollama:larger"
temperature = 0.5
"""


async def test_the_next_answer_follows_the_mode_that_ann_switches_to(tmp_path: Path) -> None:
    asked: list[Any] = []

    async def model(prompt: Prompt, model: str = "", **options: Any) -> AsyncIterator[str]:
        asked.append((model, options, "You are a cook." in prompt[0]["content"], "experts" in prompt[0]["content"]))
        yield "Yes."

    (tmp_path / "modes.toml").write_text(MODES)
    async with house(tmp_path, model, personas=str(tmp_path / "modes.toml"), models="ollama:larger") as port, person(port, "tea", "Ann") as ann:
        assert [mode["name"] for mode in ann.saw("welcome")[0]["room"]["modes"]] == ["General", "Expert", "Cook"]
        for mode in ("General", "Expert", "Cook"):
            await ann.does("configure", mode=mode)
            await ann.asks("hello")
        told: list[Frame] = [frame for frame in ann.saw("message") if frame["author"]["kind"] == "system"]
        assert [frame["content"] for frame in told] == [f"Ann set mode to “{mode}”." for mode in ("General", "Expert", "Cook")]
        assert [frame["mode"] for frame in ann.saw("room")] == ["General", "Expert", "Cook"]
        refused = await ann.does("configure", mode="Pirate")
        assert (refused["code"], "General, Expert, Cook" in refused["content"]) == ("not_found", True)
    assert asked == [("fake", {}, False, False), ("fake", {}, False, True), ("ollama:larger", {"temperature": 0.5}, True, False)]
    async with house(tmp_path, model) as port, person(port, "tea", "Ann") as ann:  # the file is gone
        assert ann.saw("welcome")[0]["room"]["mode"] == "General"


async def test_a_model_that_is_not_offered_is_refused(tmp_path: Path) -> None:
    async with house(tmp_path, words("Yes.")) as port, person(port, "tea", "Ann") as ann:
        assert (await ann.does("configure", model="gpt-9"))["code"] == "not_found"
        assert (await ann.asks("hello")).text == "Yes."


# ---- who says stop -------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["stop", "pocket stop!", "@Pocket, please stop it", "Stopp", "停", "стоп пожалуйста"])
async def test_an_answer_stops_when_bea_says_so(tmp_path: Path, content: str) -> None:
    async def endless(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        yield "One"
        await Event().wait()

    async with house(tmp_path, endless) as port, person(port, "milk", "Ann") as ann, person(port, "milk", "Bea") as bea:
        id = await ann.begins("@Pocket, count")
        await bea.says(content)
        end = await ann.sees("end", id=id)
        assert (end["status"], end["by"]["name"]) == ("stopped", "Bea")


@pytest.mark.parametrize("content", ["stop the car", "non-stop fun", "when does the bus stop?", "don't stop", "ok", "pocket"])
async def test_an_answer_goes_on_when_bea_says_something_else(tmp_path: Path, content: str) -> None:
    go_on = Event()

    async def slow(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        yield "One"
        await go_on.wait()

    async with house(tmp_path, slow) as port, person(port, "tea", "Ann") as ann, person(port, "tea", "Bea") as bea:
        id = await ann.begins("@Pocket, count")
        await bea.says(content)
        await bea.looks_up()
        go_on.set()
        assert (await ann.sees("end", id=id))["status"] == "complete"


# ---- who waits -----------------------------------------------------------------------------------


async def test_whose_question_waits_sees_it_and_so_does_who_comes_in(tmp_path: Path) -> None:
    go_on = Event()

    async def slow(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        await go_on.wait()
        yield "Yes."

    async with house(tmp_path, slow) as port, person(port, "tea", "Ann") as ann, person(port, "tea", "Bea") as bea:
        await ann.begins("@Pocket one?")
        talk = await bea.says("just talk")
        two, three, four = [await bea.says(f"@Pocket {n}?") for n in ("two", "three", "four")]
        assert (await ann.sees("waiting", ids=[two, three, four]))["type"] == "waiting"
        async with person(port, "tea", "Cem") as cem:
            await cem.sees("waiting", ids=[two, three, four])
        await bea.does("stop", id=three)
        await ann.sees("waiting", ids=[two, four])
        await bea.does("edit", id=four, content="never mind")
        await ann.sees("waiting", ids=[two])
        await bea.does("edit", id=talk, content="@Pocket, just talk?")
        await ann.sees("waiting", ids=[talk, two])
        await bea.does("delete", id=talk)
        await ann.looks_up()
        assert ann.saw("waiting")[-1]["ids"] == [two]
        go_on.set()
        done: Answer = await bea.sees_answer(two)
        assert done.text == "Yes."
        await ann.sees("waiting", ids=[])


async def test_who_was_alone_when_they_asked_is_answered_though_bea_came(tmp_path: Path) -> None:
    go_on = Event()

    async def slow(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        await go_on.wait()
        yield "Yes."

    async with house(tmp_path, slow) as port, person(port, "tea", "Ann") as ann:
        await ann.begins("one?")
        two = await ann.says("two?")
        async with person(port, "tea", "Bea") as bea:
            talk = await bea.says("hello Ann")
            go_on.set()
            await bea.sees_answer(two)
            await bea.does("ask", id=talk)
            await bea.sees_answer(talk)


async def test_what_ann_and_bea_said_to_each_other_is_not_answered_because_bea_left(tmp_path: Path) -> None:
    go_on = Event()

    async def slow(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        await go_on.wait()
        yield "Yes."

    async with opened(tmp_path, slow) as app, person(port_of(app), "tea", "Ann") as ann:
        async with person(port_of(app), "tea", "Bea"):
            await ann.sees("presence", count=2)
            await ann.begins("@Pocket one?")
            await ann.says("so, where shall we eat?")
        await ann.reads_until(lambda: ann.saw("presence")[-1]["count"] == 1)
        go_on.set()
        await is_idle(app, "tea")
        await ann.looks_up()
        assert len(ann.saw("start")) == 1


# ---- drafts --------------------------------------------------------------------------------------


async def answers(person: Person, ref: int, content: str, **more: Any) -> bool:
    await person.sends("draft", ref=ref, content=content, **more)
    return (await person.sees("draft", ref=ref))["answers"]


async def test_ann_is_told_before_she_sends_whether_it_will_answer_and_nobody_else_is(tmp_path: Path) -> None:
    async with house(tmp_path, words("Yes."), messages_per_minute=1) as port, person(port, "tea", "Ann") as ann:
        assert await answers(ann, 1, "")
        assert await answers(ann, 2, "secret")
        async with person(port, "tea", "Bea") as bea:
            assert not await answers(ann, 3, "secret")
            assert await answers(ann, 4, "@Pocket secret")
            done = await bea.asks("@Pocket hello")
            assert await answers(ann, 5, "why?", reply_to=done.id)
            assert not await answers(ann, 6, "why?", reply_to=done.reply_to)
            await bea.looks_up()
            assert not any("secret" in str(frame) for frame in bea.frames)
            assert bea.saw("draft") == []
    assert b"secret" not in stored(tmp_path)


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("room.db*"))


# ---- flows and models that do what nobody thought of ---------------------------------------------


def node(work: Any) -> AsyncFlow:
    class Node(AsyncNode):
        async def post_async(self, shared: Any, prep_res: Any, exec_res: Any) -> None:
            await work(shared)

    return AsyncFlow(start=Node())


async def cancelled(shared: Any) -> None:
    await shared["say"]("Well")
    sleeping = asyncio.create_task(asyncio.sleep(9))
    sleeping.cancel()
    await sleeping


async def with_an_odd_reason(shared: Any) -> None:
    await shared["say"]("Well")
    shared["status"], shared["reason"] = "odd", ValueError("half \ud83d of it")


async def with_half_a_character(shared: Any) -> None:
    await shared["progress"]("half \ud83d of it")
    await shared["say"]("Well \ud83d")


async def twice_at_once(shared: Any) -> None:
    await asyncio.gather(shared["say"]("We"), shared["say"]("ll"))


ODD = {
    cancelled: ("error", "Well", "stumbled"), with_an_odd_reason: ("error", "Well", "half � of it"),
    with_half_a_character: ("complete", "Well �", ""), twice_at_once: ("complete", "Well", ""),
}  # fmt: skip


@pytest.mark.parametrize("work", ODD, ids=lambda work: work.__name__)
async def test_a_flow_that_does_something_odd_ends_its_answer_and_the_next_one_comes(tmp_path: Path, work: Any) -> None:
    status, text, hint = ODD[work]
    async with house(tmp_path, flow=node(work)) as port, person(port, "tea", "Ann") as ann:
        for _ in range(2):
            done = await ann.asks("hello")
            assert (done.status, done.text) == (status, text)
            assert hint in done.reason


@pytest.mark.parametrize("usage", [Usage(None, 3), Usage("7", 3)], ids=repr)  # type: ignore[arg-type]
async def test_a_count_that_is_none_is_estimated(tmp_path: Path, usage: Usage) -> None:
    async with house(tmp_path, words("Yes.", usage)) as port, person(port, "tea", "Ann") as ann:
        done = await ann.asks("hello")
        assert (await ann.sees("end", id=done.id))["usage"]["estimated"]


async def test_a_node_that_speaks_after_a_silent_one_has_answered(tmp_path: Path) -> None:
    class Greet(AsyncNode):
        async def post_async(self, shared: Any, prep_res: Any, exec_res: Any) -> None:
            await shared["say"]("Welcome!")

    chat = ChatNode()
    chat >> Greet()
    async with house(tmp_path, flow=AsyncFlow(start=chat), speaks="mentioned") as port, person(port, "tea", "Ann") as ann:
        assert (await ann.asks("hello")).status == "complete"


async def test_stop_closes_both_models_that_a_flow_asks_at_once(tmp_path: Path) -> None:
    closed: list[int] = []

    async def endless(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        try:
            yield "Well"
            await Event().wait()
        finally:
            closed.append(1)

    async def both(shared: Any) -> None:
        async def ask() -> None:
            async for piece in shared["llm"]([{"role": "user", "content": "?"}]):
                await shared["say"](piece)

        await asyncio.gather(ask(), ask(), return_exceptions=True)

    async with opened(tmp_path, endless, node(both)) as app, person(port_of(app), "tea", "Ann") as ann:
        id = await ann.begins("hello")
        await ann.sees_text(id, "WellWell")
        await ann.does("stop", id=id)
        await is_idle(app, "tea")
        assert closed == [1, 1]


async def test_a_call_that_is_refused_costs_nothing(tmp_path: Path) -> None:
    async def refused(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        raise ModelError("The model's server refused the key.")
        yield ""

    async with house(tmp_path, refused, room_tokens_per_day=500) as port, person(port, "tea", "Ann") as ann:
        for _ in range(5):
            done = await ann.asks("hello")
            assert "usage" not in await ann.sees("end", id=done.id)


async def test_what_a_flow_asks_and_keeps_to_itself_counts_too(tmp_path: Path) -> None:
    calls: list[int] = []

    async def model(prompt: Prompt, model: str = "") -> AsyncIterator[Any]:
        calls.append(1)
        yield Usage(1_000, 1)

    async def think(shared: Any) -> None:
        async for _ in shared["llm"]([]):
            pass

    async with opened(tmp_path, model, node(think), room_tokens_per_day=1_500) as app, person(port_of(app), "tea", "Ann") as ann:
        for _ in range(4):
            await ann.says("hello")
            await is_idle(app, "tea")
        assert len(calls) == 2
        await ann.sees("error", code="rate_limited")


async def test_a_reply_to_an_old_message_tells_that_there_was_talk_between(tmp_path: Path) -> None:
    prompts: list[Prompt] = []

    async def model(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        prompts.append(prompt)
        yield "Yes."

    async with house(tmp_path, model, messages_per_minute=0, prompt_tokens=1_000) as port, person(port, "tea", "Ann") as ann:
        await ann.does("configure", speaks="mentioned")
        first = await ann.says("number 0")
        for n in range(1, 120):
            await ann.says(f"number {n} is followed by the next one")
        await ann.asks("@Pocket what of this?", reply_to=first)
    told = [int(number) for number in re.findall(r"number (\d+)", str(prompts[0][1:]))]
    assert told == list(range(told[0], 120))
    assert "left out" in prompts[0][0]["content"]


# ---- several questions in one answer -------------------------------------------------------------


async def test_stop_and_ask_know_each_question_of_an_answer_to_several(tmp_path: Path) -> None:
    go_on = Event()

    async def slow(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        yield "Well"
        await go_on.wait()

    async with house(tmp_path, slow) as port, person(port, "tea", "Ann") as ann, person(port, "tea", "Bea") as bea:
        first = await ann.begins("@Pocket one?")
        talk = await bea.says("lunch at twelve?")
        two, three = await ann.says("@Pocket two?"), await bea.says("@Pocket three?")
        assert (await bea.does("stop", id=talk))["code"] == "not_running"
        assert (await ann.does("ask", id=two))["code"] == "busy"
        await ann.does("stop", id=first)
        both = (await ann.sees("start", reply_to=three))["id"]
        assert (await ann.does("ask", id=two))["code"] == "busy"
        assert (await bea.does("ask", id=talk))["type"] == "ack"
        await ann.does("stop", id=two)
        assert (await bea.sees("end", id=both))["status"] == "stopped"
        go_on.set()
        await bea.sees("start", reply_to=talk)


async def test_who_has_asked_too_much_is_told_so_and_is_not_answered_with_the_others(tmp_path: Path) -> None:
    prompts: list[Prompt] = []
    go_on = Event()

    async def model(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        prompts.append(prompt)
        await go_on.wait()
        yield "Yes."

    async with house(tmp_path, model, answers_per_minute=1) as port, person(port, "tea", "Ann") as ann, person(port, "tea", "Bea") as bea:
        await ann.begins("@Pocket one?")
        await ann.says("@Pocket two?")
        three = await bea.says("@Pocket three?")
        go_on.set()
        await bea.sees_answer(three)
        assert (await ann.sees("error"))["code"] == "rate_limited"
        assert "Answer the last message;" in prompts[1][0]["content"]
        assert prompts[1][-1]["content"].endswith("three?")


async def test_a_question_that_was_asked_for_and_deleted_waits_no_more(tmp_path: Path) -> None:
    async def endless(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        yield "Well"
        await Event().wait()

    async with house(tmp_path, endless, speaks="mentioned") as port, person(port, "tea", "Ann") as ann:
        tea = await ann.says("tea?")
        await ann.begins("@Pocket one?")
        await ann.does("ask", id=tea)
        await ann.sees("waiting", ids=[tea])
        await ann.does("delete", id=tea)
        await ann.sees("waiting", ids=[])
