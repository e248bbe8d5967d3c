"""The page's main states at three widths, light and dark, and the pictures of the README. The same each time they are taken.

    python -m bench.screenshots                  # all states into screenshots/, which is not part of the project
    python -m bench.screenshots FOLDER --only conversation
    python -m bench.screenshots --readme         # docs/two-windows.png and docs/phone.png

The page's clock and the server's stand at the same fixed time, and what the model says is scripted.
"""

import argparse
import base64
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx2
from playwright.sync_api import Browser, Page

from bench.page_answer import Writer, writer
from bench.page_chromium import chromium
from tests.provider import Fault, answer, begun
from tests.server import ROOT, Server

HOST = "pocketroom.localhost"  # which Chromium is told to find at the server's port, so that no picture shows a port
ROOM = "tea"
NOW = 1_772_444_460  # 2026-03-02 09:41 UTC, a Monday
ZONE = "UTC"
LATE_MS = 12_000  # until a line that was cut has told so
SERVER_AT = "import time; begun = time.monotonic_ns(); time.time_ns = lambda: {now} * 10**9 + time.monotonic_ns() - begun; import main; main.main()"
DOCS = ROOT / "docs"

ANSWER = """\
## Polling or a socket

Both work. What differs is **who speaks first**:

- *Polling*: the page asks every few seconds, mostly for nothing.
- *A socket*: the server speaks as soon as there is something to say.

| | Polling | Socket |
|---|---|---|
| Delay | up to the interval | some milliseconds |
| Idle cost | a request each time | one open connection |
| After a cut | nothing to do | come back, and resume |

The page's part is short:

```js
const socket = new WebSocket(`/ws/${room}`);
socket.onmessage = ({ data }) => draw(JSON.parse(data));
```

For new orders I would take the socket, and poll only behind proxies that allow nothing else.
"""
HALF = ANSWER[: ANSWER.index("| After")] + "| After a cut | not"


@dataclass(frozen=True)
class Look:
    wide: int
    high: int
    scheme: Literal["light", "dark"]
    locale: str = "en-GB"

    @property
    def name(self) -> str:
        return f"{self.wide}-{self.scheme}"

    def context(self) -> dict[str, Any]:
        phone = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2} if self.wide < 600 else {}
        viewport = {"width": self.wide, "height": self.high}
        return {"viewport": viewport, "color_scheme": self.scheme, "locale": self.locale, "timezone_id": ZONE, **phone}


SIZES = ((360, 740), (768, 1024), (1440, 900))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LOOKS = tuple(Look(wide, high, scheme) for wide, high in SIZES for scheme in SCHEMES)


def main() -> None:
    parser = argparse.ArgumentParser(description="Take pictures of the page.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("screenshots"))
    parser.add_argument("--only", choices=STATES, action="append", help="this state; may be given again")
    parser.add_argument("--readme", action="store_true", help="the pictures of the README instead")
    given = parser.parse_args()
    with studio() as house:
        if given.readme:
            take_two_windows(house, DOCS / "two-windows.png")
            take_phone(house, DOCS / "phone.png")
        else:
            given.folder.mkdir(parents=True, exist_ok=True)
            take_states(house, given.folder, given.only or list(STATES))


def take_states(house: "House", folder: Path, states: list[str]) -> None:
    for look in LOOKS:
        for state in states:
            with house.opened(), house.person("Ann", look, "de-DE" if state == "german" else "en-GB") as ann:
                STATES[state](house, ann)
                ann.screenshot(path=folder / f"{state}-{look.name}.png")
        print(f"{look.name}: {', '.join(states)}", flush=True)


# ---- the house and its people --------------------------------------------------------------------


@dataclass
class House:
    """A server whose time stands at NOW when it opens, and a browser that finds it under HOST."""

    server: Server
    browser: Browser
    writer: Writer

    @contextmanager
    def opened(self) -> Iterator[None]:
        """For one picture: nobody was ever here."""
        with tempfile.TemporaryDirectory() as folder:
            self.server.settings["DATABASE_URL"] = f"sqlite:///{folder}/room.db"
            self.server.start()
            try:
                yield
            finally:
                self.server.stop()

    @contextmanager
    def person(self, name: str, look: Look, locale: str = "en-GB") -> Iterator[Page]:
        context = self.browser.new_context(**{**look.context(), "locale": locale}, reduced_motion="reduce")
        try:
            page = context.new_page()
            page.clock.install(time=NOW)
            page.add_init_script(f"""localStorage['pocketroom:name'] ??= '"{name}"'""")
            page.goto(f"http://{HOST}/r/{ROOM}")
            page.wait_for_selector("body[data-line=open]", state="attached")
            yield page
        finally:
            context.close()

    def says(self, content: str, name: str = "Bea") -> None:
        """Somebody without a browser says something."""
        url = f"{self.server.url}/api/rooms/{ROOM}/messages?name={name}"
        httpx2.post(url, json={"content": content}).raise_for_status()


@contextmanager
def studio() -> Iterator[House]:
    with ExitStack() as stack:
        provider = stack.enter_context(writer())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        command = [sys.executable, "-c", SERVER_AT.format(now=NOW)]
        model = {"LLM": "openai:test", "OPENAI_BASE_URL": provider.url, "OPENAI_API_KEY": "none"}
        server = Server(folder, command, SPEAKS="mentioned", ALLOWED_HOSTS=HOST, **model)
        browser = stack.enter_context(chromium(f"--host-resolver-rules=MAP {HOST} 127.0.0.1:{server.port}"))
        yield House(server, browser, provider)


def say(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#send").click()
    page.locator(".message:not(.pending)", has_text=text).wait_for()


# ---- the states ----------------------------------------------------------------------------------


def empty(house: House, ann: Page) -> None:
    ann.locator("#invitation").wait_for()


def conversation(house: House, ann: Page) -> None:
    house.writer.plays(answer(ANSWER))
    talk(house, ann)
    ann.locator(".message.assistant.complete").wait_for()


def streaming(house: House, ann: Page) -> None:
    house.writer.plays([*begun(HALF), Fault.SILENCE])
    talk(house, ann)
    ann.locator(".message.assistant.streaming", has_text="After a cut").wait_for()


def talk(house: House, ann: Page) -> None:
    say(ann, "Morning! The link works, then.")
    house.says("It does. Shall we poll for new orders, or open a socket?")
    ann.locator(".message", has_text="It does.").wait_for()
    say(ann, "@Pocket, what is the difference? With an example, please.")


def waiting(house: House, ann: Page) -> None:
    """The model is silent, so the page tells what it does; and one more question waits."""
    house.writer.plays([*begun(), Fault.SILENCE])
    talk(house, ann)
    ann.locator(".thinking bdi").wait_for()
    say(ann, "@Pocket, and which of them is cheaper?")
    ann.locator(".foot [data-action=stop]").wait_for()


def again(house: House, ann: Page) -> None:
    """An earlier answer, and what it cost."""
    house.writer.plays(answer("Polling asks, a socket tells. @Bea has used both."))
    talk(house, ann)
    first = ann.locator(".message.assistant.complete")
    first.focus()
    house.writer.plays(answer("Polling asks again and again; a socket stays open and tells at once."))
    first.locator("[data-action=ask]").click()
    ann.locator(".message.assistant.complete").nth(1).wait_for()
    ann.locator(".message.earlier").focus()


def modes(house: House, ann: Page) -> None:
    conversation(house, ann)
    ann.locator("#mode").click()
    ann.locator("#mode option").last.wait_for()


def offline(house: House, ann: Page) -> None:
    conversation(house, ann)
    ann.context.set_offline(True)
    ann.evaluate("dispatchEvent(new Event('online'))")
    ann.locator("#text").fill("Are you still there?")
    ann.locator("#text").press("Control+Enter")
    ann.clock.run_for(LATE_MS)
    ann.locator("#banner").wait_for()


def search(house: House, ann: Page) -> None:
    conversation(house, ann)
    ann.locator("#open-search").click()
    ann.locator("#search-text").fill("socket")
    ann.clock.run_for(1_000)
    ann.locator("#results a").first.wait_for()


def dialog(house: House, ann: Page) -> None:
    conversation(house, ann)
    row = ann.locator(".message.mine").first
    row.scroll_into_view_if_needed()
    row.locator(".body").click()
    row.hover()
    row.locator("[data-action=delete]").click()
    ann.locator("#confirm[open]").wait_for()


def side(house: House, ann: Page) -> None:
    """On a wide screen it is always there."""
    conversation(house, ann)
    opens = ann.locator("#open-side")
    if opens.is_visible():
        opens.click()
        ann.locator("#drawer[open]").wait_for()


STATES: dict[str, Callable[[House, Page], None]] = {
    "empty": empty, "conversation": conversation, "streaming": streaming, "waiting": waiting, "again": again, "modes": modes,
    "offline": offline, "search": search,
    "dialog": dialog, "side": side, "german": conversation,
}  # fmt: skip


# ---- the pictures of the README ------------------------------------------------------------------

WINDOW = (780, 900)
EDGE = 32  # around and between the windows


def take_two_windows(house: House, path: Path) -> None:
    """One room, two people: Ann asked, Bea types, and both see the same half of an answer."""
    light, dark = Look(*WINDOW, "light"), Look(*WINDOW, "dark")
    with house.opened(), house.person("Ann", light) as ann, house.person("Bea", dark) as bea:
        house.writer.plays([*begun(HALF), Fault.SILENCE])
        say(ann, "Morning! I sent you the link, so that we both see the same.")
        bea.locator(".message", has_text="Morning!").wait_for()
        say(bea, "I do. Shall we poll for new orders, or open a socket?")
        say(ann, "@Pocket, what is the difference? With an example, please.")
        for page in (ann, bea):
            page.locator(".message.assistant.streaming", has_text="After a cut").wait_for()
        bea.locator("#text").press_sequentially("That is")
        ann.locator("#typing", has_text="Bea").wait_for()
        ann.mouse.move(0, 0)
        compose(house.browser, [ann.screenshot(), bea.screenshot()], WINDOW, path)


def take_phone(house: House, path: Path) -> None:
    look = Look(360, 740, "dark")
    with house.opened(), house.person("Ann", look) as ann:
        streaming(house, ann)
        compose(house.browser, [ann.screenshot()], (look.wide, look.high), path, scale=2)


def compose(browser: Browser, pictures: list[bytes], size: tuple[int, int], path: Path, scale: int = 1) -> None:
    """The pictures beside each other on a table."""
    wide, high = size
    images = "".join(f'<img src="data:image/png;base64,{base64.b64encode(picture).decode()}">' for picture in pictures)
    style = f"body {{ margin: 0; padding: {EDGE}px; display: flex; gap: {EDGE}px; background: #dedbd2 }} img {{ width: {wide}px; height: {high}px; border-radius: 12px }}"
    viewport = {"width": EDGE + len(pictures) * (wide + EDGE), "height": high + 2 * EDGE}
    page = browser.new_page(viewport=viewport, device_scale_factor=scale)  # type: ignore[arg-type]
    page.set_content(f"<style>{style}</style>{images}")
    page.screenshot(path=path)
    page.close()
    print(path, flush=True)


if __name__ == "__main__":
    main()
