"""The offline assistant: exactly what was ordered, or Markdown about the room and the question."""

import re
import time
from itertools import pairwise

import pytest

from nodes import build_prompt
from utils.fake_llm import fake_llm
from utils.stream_llm import choose_model
from utils.settings import Settings

ANN = {"id": "ann", "name": "Ann", "kind": "human"}
ROOM = {"title": "Kitchen", "instructions": "", "speaks": "auto", "model": "", "assistant": "Pocket", "people": ["Ann", "Bea"]}


def prompt(*contents: str) -> list[dict[str, str]]:
    talk = [{"id": n, "ts": n, "author": ANN, "content": content, "status": "complete"} for n, content in enumerate(contents)]
    return list(build_prompt("Be brief.", ROOM, talk, talk[-1:]))


async def pieces(*contents: str, rate: int = 0) -> list[str]:
    return [piece async for piece in fake_llm(prompt(*contents), rate=rate)]


@pytest.mark.parametrize("count", [1, 2, 10, 2_000])
async def test_ann_gets_exactly_the_tokens_she_ordered_and_they_are_numbered(count: int) -> None:
    tokens = await pieces(f"please !tokens={count} now")
    assert len(tokens) == count
    assert "".join(tokens) == " ".join(str(n) for n in range(1, count + 1))


async def test_the_last_message_gives_the_order() -> None:
    assert len(await pieces("!tokens=3", "!tokens=5")) == 5
    assert "Hello **Ann**" in "".join(await pieces("!tokens=3", "and now?"))


@pytest.mark.parametrize("order", ["!tokens", "!tokens=", "!tokens=x", "tokens=3", "!tokens=-3"])
async def test_what_is_no_order_is_answered(order: str) -> None:
    assert f"> {order}" in "".join(await pieces(order))


async def test_ann_sets_the_rate() -> None:
    begun, times = time.monotonic(), []
    async for _ in fake_llm(prompt("!tokens=20 !rate=100"), rate=1):
        times.append(time.monotonic() - begun)
    assert times[0] >= 0.0099
    assert 0.19 <= times[-1] < 2
    assert all(earlier < later for earlier, later in pairwise(times))


async def test_rate_0_is_as_fast_as_it_goes() -> None:
    begun = time.monotonic()
    assert len(await pieces("!tokens=1000 !rate=0", rate=1)) == 1_000
    assert time.monotonic() - begun < 1


async def test_the_house_sets_the_rate_of_those_who_set_none() -> None:
    model = choose_model(Settings(llm="fake", fake_llm_tokens_per_second=20))  # type: ignore[call-arg]
    begun = time.monotonic()
    assert len([piece async for piece in model(prompt("!tokens=4"), "")]) == 4
    assert time.monotonic() - begun >= 0.19


async def test_the_answer_is_markdown_about_the_question_and_the_room() -> None:
    text = "".join(await pieces("hello", "what is\nnew?"))
    for fact in ("**Ann**", "> what is new?", "**Kitchen**", "last 2 messages", "Ann, Bea", "*offline*"):
        assert fact in text
    for form in (r"^1\. ", r"^> ", r"^\|---\|---\|$", r"^```bash\n[^`]+\n```", r"\*\*\w+\*\*"):
        assert re.search(form, text, re.MULTILINE), form


async def test_the_answer_comes_word_by_word() -> None:
    words = await pieces("hello")
    assert len(words) > 50
    assert all(len(word.split()) == 1 for word in words)


async def test_a_long_question_is_quoted_in_part() -> None:
    text = "".join(await pieces("why " * 500))
    assert 30 < text.count("why") < 50


async def test_a_prompt_without_a_room_is_answered_too() -> None:
    bare = [{"role": "system", "content": ""}, {"role": "user", "content": "Hi"}]
    text = "".join([piece async for piece in fake_llm(bare, rate=0)])
    assert "> Hi" in text
    assert "**this room**" in text
