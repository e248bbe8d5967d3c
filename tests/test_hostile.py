"""Nobody gets in through text: all of tests/hostile.py, by every road into a page, in a real Chromium before a real server.

A watch stands in each page before its own scripts do, looks at every node and attribute these make, at each moment, and
complains on the console; the browser tells of requests, windows, dialogs and violations. One complaint fails the test.
"""

import asyncio
import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from websockets.sync.client import connect

from tests.hostile import CORPUS, NAMES, entries
from tests.person import Person, expect
from tests.provider import Provider, answer, slowly
from tests.server import Server
from utils.protocol import clean_text

SHORT = 300  # units: a text up to this is drawn at each of its lengths while it streams, a longer one at a few
PATIENCE = 60  # seconds until what should come is given up: to draw all of this takes a busy machine a while
ONE_LINE = 40  # pixels
RESULTS = 20  # that the page shows of what it finds

# What scripts may make in what people and models write, and the attributes it may have.
IN_TEXT = {
    "A": "href title target rel", "BUTTON": "type class", "DIV": "class", "LI": "class", "OL": "start", "P": "class",
    "PRE": "tabindex", "SECTION": "class tabindex", "SPAN": "class", "TD": "style", "TH": "style",
    "BLOCKQUOTE": "", "BR": "", "CODE": "", "DEL": "", "EM": "", "H2": "", "H3": "", "H4": "", "H5": "", "H6": "", "HR": "",
    "STRONG": "", "TABLE": "", "TBODY": "", "THEAD": "", "TR": "", "UL": "",
}  # fmt: skip
CLASSES_IN_TEXT = ["as-written", "code", "code-head", "copy-code", "me", "mention", "part", "table", "task"]
# The same for the rest of the page.
AROUND = {
    "A": "href aria-current", "BDI": "class", "BUTTON": "type class hidden data-action", "DIV": "class dir hidden role aria-label data-offered",
    "INPUT": "class maxlength aria-label", "LI": "class id tabindex aria-busy", "MARK": "", "OPTION": "value data-line", "P": "",
    "PROGRESS": "max value hidden aria-label", "SPAN": "class dir hidden title aria-hidden",
    "TIME": "datetime title",
}  # fmt: skip

RULES = {"inText": IN_TEXT, "classesInText": CLASSES_IN_TEXT, "around": AROUND}

WATCH = r"""({ inText, classesInText, around }) => {
    const complain = (what) => console.error(`hostile: ${what}`);
    const own = new WeakSet();  // what index.html brought
    const watched = window.watched = { elements: 0, texts: 0, drawn: 0 };
    Object.defineProperty(window, 'pwned', { set: () => complain('a script ran'), get: () => undefined });
    addEventListener('securitypolicyviolation', (event) => complain(`${event.effectiveDirective} was violated: ${event.blockedURI} ${event.sample}`), true);

    // Nothing that page or reader sends through these characters may turn or hide what stands around it.
    const unwanted = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066\u2067]/;
    const isolates = (text) => [...text].reduce((depth, char) => depth < 0 ? depth : depth + (char === '\u2068') - (char === '\u2069'), 0);
    const checkText = ({ data, parentElement }) => {
        watched.texts += 1;
        if (unwanted.test(data) || isolates(data)) complain(`unwanted characters in ${parentElement?.tagName}: ${JSON.stringify(data.slice(0, 80))}`);
    };
    const values = {
        id: (id, { tagName }) => tagName === 'LI' && /^m\d+$/.test(id),
        style: (style) => /^text-align: (left|right|center);$/.test(style),
        'data-tip': (tip) => tip === '',
        dir: (dir) => /^(auto|ltr|rtl|)$/.test(dir),
        start: (start) => /^\d{1,9}$/.test(start),
        rel: (rel) => rel === 'noopener noreferrer nofollow',
        target: (target) => target === '_blank',
    };
    // What is gone again when the watch hears of it was part of a text: only there nodes are made anew all the time.
    const isInText = (element) => Boolean(element.parentElement?.closest('.body')) || (!element.isConnected && !element.closest('.row'));
    const checkElement = (element) => {
        if (own.has(element)) return checkOwn(element);
        watched.elements += 1;
        const isText = isInText(element);
        const { tagName, namespaceURI, attributes } = element;
        const allowed = (isText ? inText : around)[tagName];
        if (allowed === undefined || namespaceURI !== 'http://www.w3.org/1999/xhtml') return complain(`a foreign element: ${element.outerHTML.slice(0, 120)}`);
        for (const { name, value } of attributes) {
            const isAllowed = allowed.split(' ').includes(name) || (isText && ['dir', 'data-tip'].includes(name));
            if (!isAllowed || (name in values && !values[name](value, element))) complain(`<${tagName} ${name}="${value}">`);
        }
        if (isText && [...element.classList].some((name) => !classesInText.includes(name))) complain(`class ${element.className}`);
        if (tagName === 'A') checkLink(element, isText);
    };
    const checkLink = (link, isText) => {
        const isSafe = isText
            ? ['http:', 'https:', 'mailto:'].includes(link.protocol) && !link.username && !link.password && link.rel && link.target && link.title === link.href
            : link.origin === location.origin && (link.getAttribute('href').startsWith('#m') || /^\/(r\/[a-z0-9_-]+)?$/.test(link.pathname));
        if (!isSafe) complain(`a link to ${link.href}`);
    };
    const checkOwn = ({ tagName, attributes }) => {
        for (const { name } of attributes) if (/^on|^src|action$|^http-equiv$/.test(name) && tagName !== 'SCRIPT') complain(`${tagName} got ${name}`);
    };
    const check = (node) => {
        if (node instanceof Element) { checkElement(node); node.childNodes.forEach(check); }
        else if (node instanceof Text) checkText(node);
        else complain(`a foreign node: ${node.nodeName}`);
    };
    document.addEventListener('readystatechange', () => {
        if (document.readyState !== 'interactive') return;
        document.querySelectorAll('*').forEach((element) => own.add(element));
        new MutationObserver((changes) => {
            for (const { type, target, addedNodes } of changes) {
                if (type === 'childList') addedNodes.forEach(check);
                else if (type === 'attributes') checkElement(target);
                else checkText(target);
            }
        }).observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
    });
}"""

# Hands an answer to the page one character at a time, and the next one only after the page has drawn the last.
TRICKLE = r"""(most) => {
    const queue = [];
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => queue.shift()(performance.now());
    window.requestAnimationFrame = (draw) => { queue.push(draw); port2.postMessage(null); return 0; };
    window.cancelAnimationFrame = () => {};
    const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const pieces = (data) => {
        const frame = JSON.parse(data);
        if (frame.type !== 'chunk' || frame.content.length > most) return [data];
        let off = frame.off;
        return [...frame.content].map((content) => {
            off += content.length;
            return JSON.stringify({ ...frame, content, off: off - content.length });
        });
    };
    window.WebSocket = class extends WebSocket {
        #last = Promise.resolve();
        set onmessage(listener) {
            super.onmessage = ({ data }) => pieces(data).forEach((piece) => {
                this.#last = this.#last.then(() => { listener({ data: piece }); window.watched.drawn += 1; return drawn(); });
            });
        }
    };
}"""

# Rows that leave their place, and texts whose marks could.
MISPLACED = r"""() => {
    const found = [];
    const isOneGrapheme = ({ textContent }) => [...new Intl.Segmenter().segment(textContent)].length === 1;  // which cannot be broken, only clipped
    const beyond = (inner, outer) => inner.right > outer.right + 8 || inner.left < outer.left - 8;
    const [root, scroller, list] = [document.documentElement, document.querySelector('#scroller'), document.querySelector('#transcript')];
    if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) found.push('the page scrolls');
    if (scroller.scrollWidth > scroller.clientWidth) found.push('the transcript scrolls sideways');
    for (const row of list.children) {
        if (beyond(row.getBoundingClientRect(), list.getBoundingClientRect())) found.push(`${row.id} is wider than the transcript`);
        const body = row.querySelector('.body');
        for (const node of body?.querySelectorAll(':not(pre *, .table *)') ?? []) {
            if (beyond(node.getBoundingClientRect(), body.getBoundingClientRect()) && !isOneGrapheme(node)) found.push(`${row.id} ${node.tagName} leaves its row: ${node.textContent.slice(0, 40)}`);
        }
    }
    for (const node of document.querySelectorAll('.body, .quote, #title button, #context > span, #typing, #results a')) {
        if (getComputedStyle(node).overflowY === 'visible') found.push(`${node.id || node.className} does not clip`);
    }
    return found;
}"""


@pytest.fixture(scope="module")
def model() -> Iterator[Provider]:
    """A model that says what it is told to. It has a thread of its own, for Playwright has this one."""
    provider, ready, over = Provider(), Future[asyncio.AbstractEventLoop](), asyncio.Event()

    async def serve() -> None:
        async with provider:
            ready.set_result(asyncio.get_running_loop())
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=[serve()])
    thread.start()
    yield provider
    ready.result().call_soon_threadsafe(over.set)
    thread.join()


@pytest.fixture(scope="module")
def house(model: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("house")
    server = Server(folder, LLM="openai:hostile", OPENAI_API_KEY="sk-test", OPENAI_BASE_URL=model.url, SPEAKS="never")
    server.start()
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


class Visitor(Person):
    """Somebody whose browser is watched: what text makes happen there becomes one of `faults`."""

    def __init__(self, context: Any, house: Server, room: str, name: str, faults: list[str], trickle: bool) -> None:
        self._faults, self._house = faults, house
        scripts = [f"({WATCH})({json.dumps(RULES)})"] + [f"({TRICKLE})({SHORT})"] * trickle
        super().__init__(context, f"{house.url}/r/{room}", name, faults, lambda page: self._watch(page, scripts))

    def _watch(self, page: Any, scripts: list[str]) -> None:
        for script in scripts:
            page.add_init_script(script)
        fault = self._faults.append
        self.context.on("request", lambda request: self._is_ours(request.url) or fault(f"a request to {request.url}"))
        self.context.on("page", lambda page: fault(f"a window: {page.url}"))
        page.on("console", lambda message: message.type == "warning" and fault(message.text))
        page.on("dialog", lambda dialog: (fault(f"a dialog: {dialog.message}"), dialog.dismiss()))
        page.on("frameattached", lambda frame: fault("a frame"))
        page.on("worker", lambda worker: fault(f"a worker: {worker.url}"))

    def _is_ours(self, url: str) -> bool:
        return re.match(re.escape(self._house.url) + r"/(r/hostile-[0-9a-z-]+(#.*)?$|static/|api/rooms/hostile-|favicon\.ico$)", url) is not None

    def row(self, id: int) -> Any:
        """The message's, as soon as it is there."""
        row = self.page.locator(f"#m{id}")
        expect(row).to_be_attached(timeout=PATIENCE * 1_000)
        return row

    @property
    def watched(self) -> dict[str, int]:
        return self.page.evaluate("window.watched")

    def finds_all_in_its_place(self) -> None:
        assert self.page.evaluate(MISPLACED) == []
        assert self.page.evaluate("document.querySelectorAll('#stop, #composer, #title, #text, #transcript, #side').length") == 6


class Mallory:
    """Somebody without a page: says whatever the server takes. The socket's own thread reads what comes."""

    def __init__(self, lines: ExitStack, house: Server, room: str, name: str, token: str | None) -> None:
        bearer = {"Authorization": f"Bearer {token}"} if token else None
        url = f"ws://127.0.0.1:{house.port}/ws/{room}?{urlencode({'name': name})}"
        line = connect(url, additional_headers=bearer, proxy=None, compression=None, max_size=None, max_queue=None)
        self._line = lines.enter_context(line)
        self.you = self.hears("welcome")["you"]

    def hears(self, *types: str, **fields: Any) -> dict[str, Any]:
        while True:
            frame = json.loads(self._line.recv(PATIENCE))
            if frame["type"] in types and fields.items() <= frame.items():
                return frame

    def sends(self, type: str, **frame: Any) -> None:
        self._line.send(json.dumps({"type": type, **frame}))

    def does(self, type: str, **frame: Any) -> int:
        """Returns the id of what came of it."""
        key = secrets.token_hex(8)
        self.sends(type, key=key, **frame)
        ack = self.hears("ack", "error", key=key)
        assert ack["type"] == "ack", (ack, frame)
        return ack["id"]

    def says(self, content: str, **frame: Any) -> int:
        return self.does("message", content=content, **frame)


@pytest.fixture
def room() -> str:
    return f"hostile-{secrets.token_hex(6)}"


@pytest.fixture
def faults() -> list[str]:
    return []


@pytest.fixture
def visit(chromium: Any, house: Server, room: str, faults: list[str]) -> Iterator[Callable[..., Visitor]]:
    """Lets watched people into this test's room. At its end nothing may have happened that text made happen."""
    visitors: list[Visitor] = []

    def visit(name: str = "Ann", trickle: bool = False, **browser: Any) -> Visitor:
        visitors.append(Visitor(chromium.new_context(**browser), house, room, name, faults, trickle))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        assert visitor.watched["elements"] > 0, "nobody watched"
        visitor.context.close()
    assert not faults, "\n".join(dict.fromkeys(faults))


@pytest.fixture
def sneak(house: Server, room: str) -> Iterator[Callable[..., Mallory]]:
    with ExitStack() as lines:
        yield lambda name="Mallory", token=None: Mallory(lines, house, room, name, token)


Visit = Callable[..., Visitor]
Sneak = Callable[..., Mallory]
PHONE = {"viewport": {"width": 360, "height": 740}}


def test_the_corpus_is_large_and_every_text_of_it_another_one() -> None:
    texts = list(entries().values())
    assert len(texts) == len(set(texts)) >= 150


EVIL = {
    "innerHTML": ("document.querySelector('.body').innerHTML = '<b>x</b>'", "trusted"),
    "a script": ("document.body.append(Object.assign(document.createElement('script'), { async: true }))", "foreign element: <script"),
    "a handler": ("document.body.setAttribute('onclick', 'pwned=1')", "trusted"),
    "an image": ("new Image().src = 'http://evil.example/b.png'", "violated: http://evil.example/b.png"),
    "an id": ("document.querySelector('.body p').id = 'composer'", '<P id="composer">'),
    "a class": ("document.querySelector('.body p').className = 'actions'", "class actions"),
    "a link that runs": ("document.querySelector('.body a').href = 'javascript:1'", "a link to javascript:1"),
    "a link that tells": ("document.querySelector('.body a').rel = ''", 'rel=""'),
    "a link that lies": ("document.querySelector('.body a').href = 'https://a@b.example/'", "a link to https://a@b.example/"),
    "a foreign world": ("document.body.append(document.createElementNS('http://www.w3.org/2000/svg', 'a'))", "a foreign element: <a"),
    "a frame": ("document.body.append(document.createElement('iframe'))", "a frame"),
    "an override": ("document.querySelector('.body p').append('\u202e')", "unwanted characters"),
    "an isolate never closed": ("document.querySelector('.body p').append('\u2068')", "unwanted characters"),
    "a dialog": ("alert('x')", "a dialog: x"),
    "a run": ("pwned = 1", "a script ran"),
}  # fmt: skip


def test_the_watch_sees_all_that_it_watches_for(visit: Visit, sneak: Sneak, faults: list[str]) -> None:
    ann, mallory = visit(), sneak()
    for script, complaint in EVIL.values():
        row = ann.row(mallory.says("A [link](https://a.example)."))
        expect(row.locator("a")).to_be_visible()
        ann.page.evaluate(f"try {{ {script} }} catch {{}}")
        ann.draws()
        assert any(complaint.lower() in fault.lower() for fault in faults), (script, faults)
        faults.clear()
        ann.reloads()


# ---- messages -------------------------------------------------------------------------------------


def test_what_mallory_says_is_only_text_and_so_is_what_is_quoted_of_it(visit: Visit, sneak: Sneak) -> None:
    ann, bea, mallory = visit("Ann"), visit("Bea", **PHONE), sneak()
    id = 0
    for text in entries().values():
        id = mallory.says("Look:", reply_to=mallory.says(text))
    for person in (ann, bea):
        person.row(id)
        person.finds_all_in_its_place()
        person.page.reload()
        person.row(id)
        person.finds_all_in_its_place()
    ann.says("And the room is still usable.")
    expect(bea.page.locator(".message .body").last).to_have_text("And the room is still usable.")


def test_an_edit_brings_in_no_more_than_a_message(visit: Visit, sneak: Sneak) -> None:
    ann, mallory = visit(), sneak()
    ids = [mallory.says("harmless") for _ in entries()]
    ann.row(ids[-1])
    for id, text in zip(ids, entries().values(), strict=True):
        mallory.does("edit", id=id, content=text)
    expect(ann.page.locator(f"#m{ids[-1]} .body")).not_to_have_text("harmless", timeout=PATIENCE * 1_000)
    ann.finds_all_in_its_place()


def test_ann_may_reply_to_mallory_in_the_same_words(visit: Visit, sneak: Sneak) -> None:
    ann, mallory = visit(), sneak()
    for text in (clean_text(next(iter(texts.values()))) for texts in CORPUS.values()):
        row = ann.row(mallory.says(text))
        row.focus()
        row.locator("[data-action=reply]").press("Enter")
        expect(ann.page.locator("#context")).to_contain_text("Mallory")
        assert ann.page.locator("#context > span").bounding_box()["height"] < ONE_LINE
        ann.says(text)
        expect(ann.page.locator(".message.mine:not(.pending) .quote").last).to_contain_text("Mallory")
    expect(ann.page.locator(".message.mine:not(.pending) .quote")).to_have_count(len(CORPUS))
    ann.finds_all_in_its_place()


@pytest.mark.parametrize("name", ["zalgo", "marks without end", "marks in a name of code", "Thai stack", "enclosing"])
def test_marks_without_end_paint_nothing_over_the_rows_around_them(visit: Visit, sneak: Sneak, name: str) -> None:
    ann, mallory = visit(), sneak()
    above, between, below = (mallory.says(text) for text in ("Stands above.", CORPUS["characters"][name], "Stands below."))
    neighbours = [ann.row(id).locator(".body p") for id in (above, below)]
    seen = [row.screenshot() for row in neighbours]
    ann.page.evaluate(f"document.styleSheets[0].insertRule('#m{between} {{ visibility: hidden }}')")
    assert [row.screenshot() for row in neighbours] == seen


# ---- names, titles, instructions --------------------------------------------------------------------


def test_a_name_is_only_text_wherever_it_stands(visit: Visit, sneak: Sneak) -> None:
    ann = visit()
    people = {name: sneak(name) for name in NAMES.values()}
    for name, person in people.items():
        shown = person.you["name"]
        id = person.says(f"I am {name}, @{name}")
        expect(ann.row(id).locator(".head .name")).to_have_text(shown)
        expect(ann.page.locator("#members")).to_contain_text(shown)
        person.sends("typing", on=True)
        expect(ann.page.locator("#typing")).to_contain_text(f"\u2068{shown}\u2069")
        person.sends("typing", on=False)
        expect(ann.page.locator("#typing")).to_be_empty()
    names = list(people)
    renamed = [sneak(name + "2" if len(name) < 32 else "2" + name[1:], people[name].you["token"]) for name in names]
    notes = ann.page.locator(".row.notes")
    expect(notes.last).to_contain_text(renamed[-1].you["name"])
    renamed[0].says("Hello again")
    ann.finds_all_in_its_place()


def test_a_title_is_only_text_wherever_it_stands(visit: Visit, sneak: Sneak) -> None:
    ann, mallory, id = visit(trickle=True), sneak(), 0
    for text in (text for text in entries().values() if len(text) <= 100):
        id = mallory.does("configure", title=text)
    ann.row(id)
    assert ann.watched["drawn"] >= 2 * (id - 1)  # each of them was drawn, as a title and as what the room tells of it
    for text in NAMES.values():
        id = mallory.does("configure", title=text)
        ann.row(id)
        expect(ann.page.locator("#title bdi")).to_have_text(text)
        expect(ann.page.locator("#text")).to_have_attribute("placeholder", f"Message {text}")
        expect(ann.page).to_have_title(f"{text} · PocketRoom")
    ann.page.reload()
    ann.row(id)
    ann.finds_all_in_its_place()


def test_what_the_room_itself_tells_is_no_markdown(visit: Visit, sneak: Sneak) -> None:
    ann, mallory, id = visit(), sneak("*Mallory*"), 0
    for text in (text for text in entries().values() if len(text) <= 4_000):
        id = mallory.does("configure", instructions=text)
    ann.row(id)
    id = mallory.does("configure", title="[sign in again](https://evil.example/) **now**")
    body = ann.row(id).locator(".body")
    expect(body).to_contain_text("*Mallory* set title to “[sign in again](https://evil.example/) **now**”.")
    assert set(ann.page.locator(".message.system .body *").evaluate_all("(nodes) => nodes.map((node) => node.tagName)")) <= {"P", "BR", "BDI"}


# ---- answers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", CORPUS)
def test_an_answer_does_nothing_at_any_point_of_its_growth(visit: Visit, sneak: Sneak, model: Provider, group: str) -> None:
    ann, mallory, texts = visit(trickle=True), sneak(), list(CORPUS[group].values())
    mallory.does("configure", speaks="always")
    for text in texts:
        model.plays(answer(*deltas(text)))
        mallory.says("And?")
        mallory.hears("end", status="complete")
    expect(ann.page.locator(".message.assistant:not(.streaming)")).to_have_count(len(texts), timeout=PATIENCE * 1_000)
    assert ann.watched["drawn"] >= sum(len(clean_text(text)) for text in texts if len(text) <= SHORT)
    ann.finds_all_in_its_place()


def deltas(text: str) -> Sequence[str]:
    """One UTF-16 unit each, so that characters come in halves, or a few long ones."""
    if len(text) > SHORT:
        size = max(SHORT + 1, len(text) // 8)
        return [text[at : at + size] for at in range(0, len(text), size)]
    halves = text.encode("utf-16-le", "surrogatepass")
    return [halves[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(halves), 2)]


def test_stop_works_in_the_middle_of_a_hostile_answer_and_the_room_goes_on(visit: Visit, sneak: Sneak, model: Provider) -> None:
    ann, bea, mallory = visit("Ann"), visit("Bea"), sneak()
    mallory.does("configure", speaks="always")
    model.plays(slowly([f"{text}\n\n" for text in entries("handlers", "half open", "too much").values()], 0.05))
    mallory.says("And?")
    expect(ann.page.locator(".message.assistant .body")).to_contain_text("onerror")
    ann.page.locator("#stop").click()
    for person in (ann, bea):
        expect(person.page.locator(".message.assistant.stopped .foot")).to_contain_text("Ann")
    mallory.does("configure", speaks="never")
    bea.says("Thank you.")
    expect(ann.page.locator(".message .body").last).to_have_text("Thank you.")


# ---- the rest of the page -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["m1%22%3E%3Cimg%20src=x%20onerror=pwned=1%3E", "m1,*", "m1]", "composer", "m-1", "m99999999999999999999", "%", ":~:text=x"])
def test_an_address_with_more_than_a_message_in_it_is_only_an_address(visit: Visit, sneak: Sneak, address: str) -> None:
    ann, mallory = visit(), sneak()
    id = mallory.says("The first.")
    ann.page.goto(f"{ann.page.url}#{address}")
    ann.page.reload()
    ann.row(id)
    ann.finds_all_in_its_place()


def test_what_is_found_is_only_text(visit: Visit, sneak: Sneak) -> None:
    ann, mallory, texts = visit(), sneak(), list(entries().values())
    ann.page.locator("#open-search").click()
    for at in range(0, len(texts), RESULTS):
        some = texts[at : at + RESULTS]
        for text in some:
            mallory.says(f"needle{at} {text[:15_900]}")
        ann.page.locator("#search-text").fill(f"needle{at}")
        expect(ann.page.locator("#results mark", has_text=f"needle{at}")).to_have_count(len(some))
        ann.finds_all_in_its_place()


def test_a_room_one_was_in_is_listed_by_its_title_which_is_only_text(visit: Visit, sneak: Sneak, room: str) -> None:
    ann, titles = visit(), [clean_text(text) for text in entries("handlers", "links that run").values() if len(text) <= 100][:45]
    sneak().says("Hello.")
    visits = [{"room": f"{room}-{n}", "title": title, "at": n, "epoch": "E", "read": 0, "unread": n} for n, title in enumerate(titles)]
    ann.page.evaluate("(visits) => { localStorage['pocketroom:rooms'] = visits; }", json.dumps(visits))
    ann.reloads()
    expect(ann.page.locator("#rooms li")).to_have_count(len(titles) + 1)
    ann.row(1)
    ann.finds_all_in_its_place()


@pytest.mark.parametrize("form", ["md", "jsonl"])
def test_an_export_is_a_file_and_no_page(visit: Visit, sneak: Sneak, house: Server, room: str, form: str) -> None:
    ann, mallory = visit(), sneak("<b>Mallory</b>")
    for text in entries().values():
        mallory.says(text)
    with ann.page.expect_download() as download:
        ann.page.locator(f"#export-{form}").click()
    assert re.fullmatch(rf"{room}-\d{{4}}-\d\d-\d\d\.{form}", download.value.suggested_filename)
    exported = httpx2.get(f"{house.url}/api/rooms/{room}/export.{form}")
    assert exported.headers["content-disposition"].startswith("attachment; ")
    assert exported.headers["x-content-type-options"] == "nosniff"
    assert exported.headers["content-type"].partition(";")[0] in ("text/markdown", "application/x-ndjson")
    if form == "md":  # whatever was said is quoted
        assert [line for line in exported.text.split("\n")[3:] if line and not re.match(r">|\*\*\\<b\\>Mallory\\</b\\>\*\* · ", line)] == []
    else:
        assert len([json.loads(line) for line in exported.text.strip().split("\n")]) == len(entries())
