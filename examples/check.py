"""Checks a deployment as people would use it: over a WebSocket and over HTTP, and tells in words what to mend.

    python -m examples.check https://chat.example.com

It says something in a room of its own, sees the answer, loses its line and comes back, and deletes what it said. Exit status 0 if all
of that works.
"""

import argparse
import asyncio
import json
import secrets
import socket
import ssl
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from examples.client import PING, Client, Frame, HttpError, Refused, address, harmless, refusal, request

PATIENCE = 10  # seconds for what should happen at once
ANSWER_WITHIN = 90  # seconds for an assistant to have answered

NAMES = {"websocket": "WebSocket", "stream": "HTTP, streaming", "poll": "HTTP, polling"}
NOT_OURS = "Is this the address of a PocketRoom? Give the one that you open in a browser, without /r/ and a room."
NOTHING_LISTENS = "Start the server there (python main.py), or give the address and port that it printed. From another machine it needs HOST=0.0.0.0."
NO_NAME = "Look for a typing error, or give its IP address."
NOT_IN_TIME = "Look whether a firewall lets this port through, and whether the server is overloaded or stuck."
TLS = "Renew the certificate for this very name, with its whole chain, or add who signed it to those that this machine trusts."
NO_TLS = "It speaks no TLS: give the address with http://, or set up TLS in your proxy."
HOST = "Start the server with ALLOWED_HOSTS={host} (several with commas), and let your proxy pass the Host header on."
LOG = "Nothing can be saved: look at the server's disk, and at what it printed."
UPGRADE = (
    "HTTP works, and the page will use it, more slowly. To mend it let your proxy pass Upgrade and Connection on. nginx: "
    'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";'
)
BUFFERS = (
    "Polling works, and the page will do that, more slowly. Something on the way keeps back what should stream: turn its buffering off "
    "(nginx: proxy_buffering off; proxy_read_timeout 60s;) and any compression of text/event-stream."
)
NO_DOORS = "Let your proxy pass /api/ on, with GET and POST. A PocketRoom before protocol.md told of /events has no such door: update it."
FULL = "All that come through one proxy have its address: raise CONNECTIONS_PER_ADDRESS, or set it to 0."
PASSWORD = "Run this check with the house's ROOM_PASSWORD in its environment."
PROXY = "This address is for the proxy that signs people in: check the one that your browser opens, or from behind that sign-in."
IDLE = "Let your proxy keep lines open that are idle for a minute."
ADVICE = {"too many connections": FULL, "rate_limited": FULL, "4502": PASSWORD, "no_password": PASSWORD, "not this house's password": PASSWORD, "signed_out": PROXY}
ASSISTANT = "All else works. On the server, try: python -m utils.stream_llm --check"


class Failed(Exception):
    """What does not work, and what to do."""

    def __init__(self, what: str, to_do: str = "") -> None:
        super().__init__(what)
        self.to_do = to_do


class Report:
    """Prints each step; `fails` are those that failed."""

    def __init__(self) -> None:
        self.fails = 0

    def works(self, what: str) -> None:
        print(f"ok    {harmless(what)}", flush=True)

    def fail(self, what: str, to_do: str = "") -> None:
        self.fails += 1
        print(f"FAIL  {harmless(what)}" + (f"\n      {to_do}" if to_do else ""), flush=True)


async def check(url: str, room: str) -> int:
    """Check the PocketRoom at `url` in that room; returns how much of it does not work."""
    report = Report()
    try:
        await ask_for_health(url, report)
    except Failed as failed:
        report.fail(str(failed), failed.to_do)
        return report.fails
    websocket, stream, poll = (Visit(url, room, way, report) for way in ("websocket", "stream", "poll"))
    has_websocket, streams = await websocket.works(), await stream.works()
    polls = not streams and await poll.works()
    if not has_websocket:
        report.fail(f"No WebSocket gets through. {websocket.trouble}", websocket.advice or (UPGRADE if streams or polls else ""))
    if not streams:
        report.fail(f"HTTP does not stream. {stream.trouble}", stream.advice or (BUFFERS if polls else NO_DOORS))
    return report.fails


async def ask_for_health(url: str, report: Report) -> None:
    """Whether anything answers, and is a PocketRoom that can save what is said."""
    begun, to = perf_counter(), urlsplit(address(url, "http"))
    try:
        async with asyncio.timeout(PATIENCE), request("GET", f"{address(url, 'http')}/health", {}) as reply:
            text = await reply.text()
    except OSError as error:
        raise unreachable(error, to.hostname or "", to.netloc) from error
    if "ALLOWED_HOSTS" in text:
        raise Failed(f"The server does not serve the Host it is asked for ({to.hostname}, unless a proxy changes it).", HOST.format(host=to.hostname))
    if 300 <= reply.status < 400:
        raise Failed(f"The address has moved to {reply.headers.get('location')}.", "Give that one.")
    try:
        told = json.loads(text)["status"]
        if told not in ("ok", "unavailable"):
            raise ValueError("some other server's word")
    except (ValueError, TypeError, KeyError):
        raise Failed(f"What answers (status {reply.status}) is no PocketRoom.", NOT_OURS) from None
    if told != "ok":
        raise Failed(f"The server is not well: {json.loads(text).get('reason', told)}", LOG)
    report.works(f"The server answers, and is well ({milliseconds(begun)}).")


def unreachable(error: OSError, name: str, where: str) -> Failed:
    cause = error.__cause__ if isinstance(error, HttpError) else error
    match cause:
        case ssl.SSLCertVerificationError():
            return Failed(f"The certificate of {name} is not to be trusted: {getattr(cause, 'verify_message', cause)}.", TLS)
        case ssl.SSLError():
            return Failed(f"No TLS could be agreed on with {where}.", NO_TLS)
        case socket.gaierror():
            return Failed(f"There is no {name}.", NO_NAME)
        case ConnectionRefusedError():
            return Failed(f"Nothing listens at {where}.", NOTHING_LISTENS)
        case TimeoutError():
            return Failed(f"{where} does not answer within {PATIENCE} seconds.", NOT_IN_TIME)
    return Failed(f"{where} cannot be asked: {error}", NOT_OURS if isinstance(error, HttpError) else "")


class Visit:
    """One visit to the room, by one way, with all that people do there."""

    def __init__(self, url: str, room: str, way: str, report: Report) -> None:
        self.url, self.room, self.way, self.report = url, room, way, report
        self.client = Client(url, room, "Check", transport=way)  # type: ignore[arg-type]
        self.said: list[int] = []
        self.trouble = self.advice = ""  # why one does not come in

    async def works(self) -> bool:
        """Whether one gets in. What does not work then is told, as is what works."""
        try:
            async with self.client:
                if not await self.comes_in():
                    return False
                for step in (self.ping, self.say, self.hear_answer, self.come_back):
                    await self.try_to(step)
                await self.tidy_up()
        except Failed as failed:
            self.fail(str(failed), failed.to_do)
        return True

    async def comes_in(self) -> bool:
        begun = perf_counter()
        try:
            await self.until(lambda frame: bool(self.client.you))
        except (Failed, TimeoutError) as why:
            self.trouble = str(why) or self.client.trouble or f"No welcome came within {PATIENCE} seconds."
            self.advice = next((advice for word, advice in ADVICE.items() if word in self.trouble), "")
            return False
        self.tell(f"welcomed to the room {self.room} ({milliseconds(begun)}).")
        return True

    async def try_to(self, step: Callable[[], Any]) -> None:
        try:
            await step()
        except TimeoutError:
            raise Failed(f"{step.__name__.replace('_', ' ')}: nothing came in time.", IDLE) from None
        except (Refused, HttpError) as refused:
            raise Failed(f"{step.__name__.replace('_', ' ')}: {refused}") from refused

    async def ping(self) -> None:
        begun = perf_counter()
        if self.way == "websocket":
            await self.client.send_now({"type": "ping"})
            await self.until(lambda frame: frame.get("type") == "pong")
        else:  # where pongs come on the stream by themselves
            url = f"{address(self.url, 'http')}/api/rooms/{self.room}/frames"
            async with asyncio.timeout(PATIENCE), request("POST", url, self.client.bearer() | {"Content-Type": "application/json"}, PING) as reply:
                if reply.status != 200:
                    raise await refusal(reply)
        self.tell(f"a ping is answered ({milliseconds(begun)}).")

    async def say(self) -> None:
        begun = perf_counter()
        async with asyncio.timeout(PATIENCE):
            self.said.append(await self.client.say("Does everybody hear me?"))
        await self.until(lambda frame: self.said[-1] in self.client.transcript.messages)
        self.tell(f"what is said is saved and comes back ({milliseconds(begun)}).")

    async def hear_answer(self) -> None:
        room = self.client.transcript.room
        if room["speaks"] == "never":
            return self.tell(f"{room['assistant']} is told never to speak here, so no answer was asked for.")
        begun = perf_counter()
        async with asyncio.timeout(PATIENCE):
            self.said.append(await self.client.say(f"{room['assistant']}, say hello in five words."))
        async with asyncio.timeout(ANSWER_WITHIN):
            answer = await self.client.answer(self.said[-1])
        if answer["status"] == "error":
            self.fail(f"{room['assistant']} cannot answer: {answer.get('reason', '')}", ASSISTANT)
        else:
            self.tell(f"{room['assistant']} answers: {answer['content'][:60]!r} ({milliseconds(begun)}).")

    async def come_back(self) -> None:
        begun, before, mine = perf_counter(), self.client.transcript.shown(), self.client.you
        self.client.cut()
        async with asyncio.timeout(PATIENCE):
            self.said.append(await self.client.say("I am back."))
        await self.until(lambda frame: self.said[-1] in self.client.transcript.messages)
        after = self.client.transcript
        if after.beginnings != 1 or after.shown()[: len(before)] != before or self.client.you["id"] != mine["id"]:
            raise Failed("whoever loses the line does not come back to the same.", "Does the proxy share people among several servers?")
        self.tell(f"a lost line is taken up where it was ({milliseconds(begun)}).")

    async def tidy_up(self) -> None:
        for id in self.said:
            await self.try_to(lambda id=id: asyncio.wait_for(self.client.delete(id), PATIENCE))

    async def until(self, condition: Callable[[Frame], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            if condition({}):
                return
            async for frame in self.client:
                if condition(frame):
                    return
        raise Failed(self.client.trouble)

    def tell(self, what: str) -> None:
        self.report.works(f"{NAMES[self.way]}: {what}")

    def fail(self, what: str, to_do: str = "") -> None:
        self.report.fail(f"{NAMES[self.way]}: {what}", to_do)


def milliseconds(begun: float) -> str:
    return f"{(perf_counter() - begun) * 1000:,.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description="Check a PocketRoom: exit status 0 if all of it works.")
    parser.add_argument("url", help="as in a browser: https://chat.example.com")
    parser.add_argument("--room", default=f"check-{secrets.token_hex(4)}", help="where to say something; a new one unless given")
    given = parser.parse_args()
    try:
        fails = asyncio.run(check(given.url.partition("/r/")[0], given.room))  # of a room's page, too
    except KeyboardInterrupt:
        sys.exit(130)
    print("Something does not work." if fails else f"All of it works. The answers stay in the room {given.room}; what was said to get them is deleted.")
    sys.exit(bool(fails))


if __name__ == "__main__":
    main()
