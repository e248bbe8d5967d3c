"""What is in no prompt: another room, a key, a cookie, an address, what was deleted or edited away. Over random rooms.

    CANARY_ROOMS=1000 pytest tests/test_canaries.py
"""

import asyncio
import os
import random
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.company import Person, opened, person, port_of

ROOMS = int(os.environ.get("CANARY_ROOMS", "120"))
AT_ONCE = 20
NAMES = ["Ann", "Bea", "Cem", "Dée", "小明"]
CANARY = re.compile(r"canary-[a-z]+-[0-9a-f]{12}")


class Room:
    """One room, what must be told of it, and what must not."""

    def __init__(self, number: int, lot: random.Random) -> None:
        self.name, self.lot = f"room-{number}-{secrets.token_hex(4)}", lot
        self.told: set[str] = set()
        self.hidden: set[str] = set()

    def public(self, what: str) -> str:
        canary = f"canary-{what}-{secrets.token_hex(6)}"
        self.told.add(canary)
        return canary

    def secret(self, what: str) -> str:
        canary = f"canary-{what}-{secrets.token_hex(6)}"
        self.hidden.add(canary)
        return canary

    async def live(self, port: int) -> None:
        """People come, talk, change their minds, and ask at last."""
        async with person(port, self.name, self.lot.choice(NAMES)) as ann, person(port, self.name, "Zoë") as zoe:
            self._hide(ann, zoe)
            deeds = [self._configure, self._say, self._edit, self._delete, self._post, self._draft, self._type]
            for deed in self.lot.choices(deeds, k=self.lot.randint(3, 10)):
                await deed(self.lot.choice([ann, zoe]), port)
            await ann.asks(f"@Pocket what of {self.public('question')}?", key=self.secret("key"))

    def _hide(self, *people: Person) -> None:
        for one in people:
            welcome = one.saw("welcome")[0]
            self.hidden |= {welcome["you"]["token"], welcome["you"]["id"], welcome["room"]["epoch"]}

    async def _configure(self, one: Person, port: int) -> None:
        old = {canary for canary in self.told if canary.startswith(("canary-title", "canary-wish"))}
        self.told, self.hidden = self.told - old, self.hidden | old
        await one.does("configure", title=self.public("title"), instructions=f"Be kind.\n{self.public('wish')}")

    async def _say(self, one: Person, port: int) -> None:
        await one.says(f"I think of {self.public('talk')}", key=self.secret("key"))

    async def _edit(self, one: Person, port: int) -> None:
        await one.does("edit", id=await one.says(self.secret("before")), content=self.public("after"))

    async def _delete(self, one: Person, port: int) -> None:
        await one.does("delete", id=await one.says(self.secret("deleted")))

    async def _post(self, one: Person, port: int) -> None:
        """By HTTP, as somebody with a cookie and a header of their own."""
        token = secrets.token_urlsafe(32)
        self.hidden |= {token}
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "203.0.113.7", "User-Agent": self.secret("agent")}
        async with httpx2.AsyncClient(headers=headers) as http:
            url = f"http://127.0.0.1:{port}/api/rooms/{self.name}/messages?name=Carl"
            answer = await http.post(url, json={"content": self.public("post"), "key": self.secret("key")})
        self.hidden.add(answer.raise_for_status().json()["you"]["id"])

    async def _draft(self, one: Person, port: int) -> None:
        await one.sends("draft", ref=1, content=f"@Pocket {self.secret('draft')}")

    async def _type(self, one: Person, port: int) -> None:
        await one.sends("typing", on=True)


async def test_a_prompt_holds_what_its_room_said_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {name: f"canary-env-{secrets.token_hex(6)}" for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPERATOR_TOKEN")}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    lot = random.Random(0)
    rooms = [Room(number, lot) for number in range(ROOMS)]
    prompts: list[str] = []

    async def listen(prompt: Any, model: str = "") -> AsyncIterator[str]:
        prompts.append(str(prompt))
        yield "Yes."

    limits: dict[str, Any] = {"messages_per_minute": 0, "connections_per_address": 0}
    async with opened(tmp_path, listen, operator_token=keys["OPERATOR_TOKEN"], openai_api_key=keys["OPENAI_API_KEY"], **limits) as app:
        port, turns = port_of(app), asyncio.Semaphore(AT_ONCE)

        async def live(room: Room) -> None:
            async with turns:
                await room.live(port)

        await asyncio.gather(*map(live, rooms))
    assert len(prompts) == ROOMS
    by_question = {next(canary for canary in room.told if "question" in canary): room for room in rooms}
    for prompt in prompts:
        room = next(room for canary, room in by_question.items() if canary in prompt)
        assert set(CANARY.findall(prompt)) == room.told
        for secret in (*room.hidden, *keys.values(), str(port), "127.0.0.1", "203.0.113.7", str(tmp_path)):
            assert secret not in prompt
