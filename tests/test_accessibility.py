"""For everyone: by keyboard, by screen reader, by thumb, in large type, in the dark. Each state of the page in a real Chromium."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.person import Enter, Person, expect, post

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
EYES = (Path(__file__).parent / "eyes.js").read_text(encoding="utf-8")
ENDLESS = "!tokens=20000 !rate=30"  # an answer that outlasts any test
COUNTED = "!tokens=120 !rate=200"  # one that ends soon, in many pieces
DESKTOP, PHONE, NARROW = {"width": 1280, "height": 800}, {"width": 360, "height": 740}, {"width": 320, "height": 640}
THUMB = {"has_touch": True, "is_mobile": True, "viewport": PHONE}
PATIENCE_MS, BANNER_MS = 10_000, 5_000  # of the page, at most: with a line that is silent; until it tells that there is none
WRITTEN = [
    "# A heading\n\nA paragraph with **bold**, *italic*, `code`, ~~gone~~ and [a link](https://example.org/).",
    "```python\nprint('a line of code that is too long for any telephone, as lines of code so often are, and then longer')\n```",
    "| A table | with | many | columns | that | is | wider | than | a | telephone |\n|-|-|-|-|-|-|-|-|-|-|\n" + "| longish words " * 10 + "|",
    "> Quoted, and then a list:\n\n1. one\n2. two\n   - [ ] three\n   - [x] four",
    "https://example.org/" + "a-very-long-address/" * 12,
    "Donaudampfschifffahrtsgesellschaft" * 6,
    "漢字とかなの文章が続く。" * 8,
]  # fmt: skip
RIGHT_TO_LEFT = ["שלום לכולם, מה שלומכם היום?", "مرحبا **بالجميع** في هذه الغرفة\n\n- أولا\n- ثانيا", "mixed: שלום `code` and مرحبا"]


# ---- the states of the page -------------------------------------------------------------------------


def empty(enter: Enter) -> Person:
    return enter("Ann")


def busy(enter: Enter) -> Person:
    """All that can stand in a transcript: written, edited, deleted, quoted, failed, waiting, told by the room."""
    ann, bea = enter("Ann"), enter("Bea")
    refuses(ann, "Refused")
    post(bea, WRITTEN)
    renames(bea, "#title", "The Tea Room")
    sends(ann, "Edited")
    lands(ann, "Edited")
    ann.page.locator("#text").press("ArrowUp")
    sends(ann, "Edited, now")
    expect(ann.message("Edited, now").locator(".edited")).to_be_visible()
    sends(ann, "Deleted")
    does(ann, "delete", "Deleted")
    ann.page.locator("#confirm .danger").click()
    does(bea, "reply", "Edited, now")
    sends(bea, f"Pocket, {ENDLESS}")
    expect(ann.answer).to_have_class(re.compile("streaming"))
    sends(ann, "And then, Pocket?")
    sends(ann, "Refused")
    expect(ann.page.locator(".message.failed [data-action=retry]")).to_be_visible()
    expect(ann.message("And then").locator("[data-action=stop]")).to_be_visible()
    expect(ann.page.locator(".message.deleted")).to_have_count(1)
    return ann


def thinking(enter: Enter) -> Person:
    """The answer began, and not a word of it is here yet."""
    ann = enter("Ann")

    def hold_back(line: Any) -> None:
        server = line.connect_to_server()
        server.on_message(lambda frame: None if '"chunk"' in frame else line.send(frame))

    ann.page.route_web_socket("**/ws/**", hold_back)
    ann.page.reload()
    ann.is_in()
    sends(ann, ENDLESS)
    expect(ann.answer.locator(".foot")).to_be_visible()
    return ann


def looking_up(enter: Enter) -> Person:
    """The assistant tells what it does, and how far it is; a question waits for it."""
    ann = enter("Ann")

    def tell_progress(line: Any) -> None:
        server = line.connect_to_server()

        def carry(frame: str) -> None:
            said = json.loads(frame)
            if said["type"] != "chunk":
                line.send(frame)
            if said["type"] == "start":
                does = "Looking through the two hundred and fourteen notes of this room"
                line.send(json.dumps({"type": "progress", "id": said["id"], "content": does, "percent": 42}))

        server.on_message(carry)

    ann.page.route_web_socket("**/ws/**", tell_progress)
    ann.page.reload()
    ann.is_in()
    sends(ann, ENDLESS)
    expect(ann.answer.get_by_role("progressbar")).to_be_visible()
    sends(ann, "And then, Pocket?")
    expect(ann.message("And then").locator("[data-action=stop]")).to_be_visible()
    return ann


def asked_again(enter: Enter) -> Person:
    """An earlier answer, with what it cost, and people who are called by name."""
    ann = enter("Ann")
    sends(ann, "@Pocket, this is @Ann. !tokens=3")
    ann.sees_answer_end()
    ann.answer.focus()
    ann.answer.locator(".actions [data-action=ask]").click()
    expect(ann.page.locator(".message.assistant.complete")).to_have_count(2)
    ann.page.locator(".message.earlier").focus()
    expect(ann.page.locator(".message.earlier .usage")).to_be_visible()
    expect(ann.page.locator(".mention")).to_have_count(2)
    return ann


def choosing_a_mode(enter: Enter) -> Person:
    ann = enter("Ann")
    sends(ann, "!tokens=3")
    ann.sees_answer_end()
    ann.page.locator("#mode").focus()
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("#mode option").last).to_be_visible()
    return ann


def streaming(enter: Enter) -> Person:
    ann = enter("Ann")
    sends(ann, ENDLESS)
    ann.sees_answer_begin()
    return ann


def stopped(enter: Enter) -> Person:
    ann = streaming(enter)
    ann.page.locator("#stop").click()
    expect(ann.answer.locator(".foot button")).to_be_visible()
    return ann


def offline(enter: Enter) -> Person:
    ann = enter("Ann", before=lambda page: page.clock.install())
    sends(ann, "!tokens=3")
    ann.sees_answer_end()
    goes_offline(ann)
    sends(ann, "Is anybody there?")
    expect(ann.page.locator(".message.pending")).to_be_visible()
    ann.page.clock.fast_forward(BANNER_MS)
    expect(ann.page.locator("#banner")).to_be_visible()
    ann.page.evaluate(FADED_IN)
    return ann


FADED_IN = """() => Promise.all(document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime < Infinity)
    .map(({ finished }) => finished))"""


def closed(enter: Enter) -> Person:
    ann = enter("Ann")
    ann.page.route_web_socket("**/ws/**", lambda line: line.close(code=1008))
    ann.page.reload()
    expect(ann.page.locator("body")).to_have_attribute("data-line", "closed")
    expect(ann.page.locator("#banner")).to_be_visible()
    return ann


def confirming(enter: Enter) -> Person:
    ann = enter("Ann")
    sends(ann, "never mind")
    does(ann, "delete", "never mind")
    expect(ann.page.locator("#confirm")).to_be_visible()
    return ann


def searching(enter: Enter) -> Person:
    ann = enter("Ann")
    post(ann, [f"tea: {words}" for words in (*WRITTEN, *RIGHT_TO_LEFT)])
    searches(ann, "tea")
    expect(ann.page.locator("#results a")).not_to_have_count(0)
    return ann


def finding_nothing(enter: Enter) -> Person:
    ann = enter("Ann")
    searches(ann, "nowhere")
    expect(ann.page.locator("#found")).not_to_be_empty()
    return ann


def in_the_drawer(enter: Enter) -> Person:
    ann = enter("Ann", path="/")
    ann.page.set_viewport_size(PHONE)
    ann.page.locator("#open-side").click()
    expect(ann.page.locator("#drawer")).to_be_visible()
    return ann


def replying(enter: Enter) -> Person:
    ann = enter("Ann")
    sends(ann, "A question to answer, " * 10)
    does(ann, "reply", "A question")
    expect(ann.page.locator("#context")).to_be_visible()
    ann.writes("long " * 3_100)
    expect(ann.page.locator("#counter")).not_to_be_empty()
    return ann


def editing(enter: Enter) -> Person:
    ann = enter("Ann")
    sends(ann, "teh")
    lands(ann, "teh")
    ann.page.locator("#text").press("ArrowUp")
    expect(ann.page.locator("#context")).to_be_visible()
    return ann


def renaming(enter: Enter) -> Person:
    ann = enter("Ann")
    ann.page.locator("#title button").click()
    expect(ann.page.locator("#title input")).to_be_focused()
    return ann


def noticed(enter: Enter) -> Person:
    ann = enter("Ann")
    renames(ann, "#me", "Pocket")
    expect(ann.page.locator("#notice")).to_be_visible()
    return ann


def right_to_left(enter: Enter) -> Person:
    dana = enter("دانا الطويلة الاسم")
    post(dana, RIGHT_TO_LEFT)
    renames(dana, "#title", "غرفة الشاي")
    expect(dana.page.locator("#title")).to_have_text("غرفة الشاي")
    dana.writes("مرحبا")
    return dana


STATES: dict[str, Callable[[Enter], Person]] = {
    state.__name__: state
    for state in (
        empty, busy, thinking, looking_up, asked_again, choosing_a_mode, streaming, stopped, offline, closed, confirming, searching, finding_nothing, in_the_drawer, replying,
        editing, renaming, noticed, right_to_left,
    )
}  # fmt: skip
each_state = pytest.mark.parametrize("state", STATES)


def sends(person: Person, text: str) -> None:
    """On touch, Enter would break the line."""
    person.writes(text)
    person.page.locator("#send").click()


def does(person: Person, action: str, text: str) -> None:
    """As a thumb does it, which cannot hover."""
    row = lands(person, text)
    row.focus()
    row.locator(f".actions [data-action={action}]").click()


def lands(person: Person, text: str) -> Any:
    """The row of a message that has come back from the room."""
    row = person.message(text).last
    expect(row).to_have_id(re.compile("^m"))
    return row


def renames(person: Person, what: str, name: str) -> None:
    person.page.locator(f"{what} button").click()
    person.page.keyboard.type(name)
    person.page.keyboard.press("Enter")


def searches(person: Person, words: str) -> None:
    person.page.locator("#open-search").click()
    person.page.locator("#search-text").fill(words)


def goes_offline(person: Person) -> None:
    """The page asks whether its line still lives, and hears nothing for as long as it has patience."""
    person.context.set_offline(True)
    person.page.evaluate("() => dispatchEvent(new Event('online'))")
    person.page.clock.fast_forward(PATIENCE_MS)
    person.is_out()


def refuses(person: Person, text: str) -> None:
    """From now on the server refuses what that person says with this text."""

    def listen(line: Any) -> None:
        server = line.connect_to_server()

        def carry(frame: str) -> None:
            said = json.loads(frame)
            if said["type"] == "message" and said["content"] == text:
                refusal = {"type": "error", "code": "overloaded", "content": "Too much at once.", "key": said["key"]}
                line.send(json.dumps(refusal))
            else:
                server.send(frame)

        line.on_message(carry)

    person.page.route_web_socket("**/ws/**", listen)
    person.page.reload()
    person.is_in()


# ---- how people look at it --------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """How somebody has set up their screen: size in CSS pixels, colours, the size of text in per cent, more space in it."""

    viewport: dict[str, int] | None = None
    dark: bool = False
    forced: bool = False
    text: int = 100
    spaced: bool = False

    def at(self, person: Person, base: dict[str, int]) -> None:
        person.page.set_viewport_size(self.viewport or base)
        person.page.emulate_media(
            color_scheme="dark" if self.dark else "light",
            forced_colors="active" if self.forced else "none",
            reduced_motion="reduce",
        )
        person.page.evaluate(SET_TEXT, [self.text, SPACING if self.spaced else ""])


# WCAG 1.4.12: what people may set without losing anything.
SPACING = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }"
SET_TEXT = """async ([size, spacing]) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`html { font-size: ${size}% } ${spacing}`);
    document.adoptedStyleSheets = [sheet];
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}"""
LOOKS = {
    "light": Look(),
    "dark": Look(dark=True),
    "forced colours": Look(forced=True),
    "forced colours, dark": Look(forced=True, dark=True),
    "320 px": Look(NARROW),
    "200 % zoom": Look({"width": 640, "height": 400}),
    "200 % text": Look(text=200),
    "200 % text on a phone": Look(PHONE, text=200),
    "spaced": Look(spaced=True),
    "spaced at 320 px": Look(NARROW, spaced=True),
}
AUDIT = """async (left_out) => {
    const rules = Object.fromEntries(axe.getRules().map(({ ruleId }) => [ruleId, { enabled: !left_out.includes(ruleId) }]));
    const { violations, incomplete } = await axe.run(document, { rules, resultTypes: ['violations', 'incomplete'] });
    return [violations, incomplete].map((found) => found.flatMap(({ id, nodes }) =>
        nodes.map(({ html, any, all, none }) => [id, `${html.slice(0, 160)}: ${[...any, ...all, ...none].map((check) => check.message).join(' ')}`])));
}"""
AUDITED = ["light", "dark", "forced colours", "320 px"]  # the other looks change nothing that axe-core reads
LEFT_OUT = ["color-contrast-enhanced", "hidden-content"]  # the highest level, which wants 7; tells what is hidden, which other states show


@each_state
def test_everyone_can_read_and_reach_all_of_it(enter: Enter, state: str) -> None:
    """All of axe-core's rules (AAA contrast excepted), and by our own eyes: contrast, nothing cut off, nothing out of reach."""
    person = STATES[state](partial(enter, viewport=DESKTOP, reduced_motion="reduce"))
    base = person.page.viewport_size
    person.page.evaluate(AXE)
    person.page.evaluate(EYES)
    faults: list[str] = []
    for name, look in LOOKS.items():
        look.at(person, base)
        violations, unsure = person.page.evaluate(AUDIT, LEFT_OUT) if name in AUDITED else ([], [])
        faults += [f"{name}: {rule}: {node}" for rule, node in violations]
        faults += [f"{name}: perhaps {rule}: {node}" for rule, node in unsure if rule not in UNSURE]
        faults += [f"{name}: {seen}" for seen in person.page.evaluate("[...eyes.hidden(), ...eyes.faint()]")]
    assert not faults, "\n".join(faults)


# What axe-core cannot decide, and how it is decided here.
UNSURE = {
    "color-contrast": "eyes.faint() measures it",
}


@each_state
def test_a_thumb_hits_every_control(enter: Enter, state: str) -> None:
    person = STATES[state](partial(enter, **THUMB))
    assert person.page.evaluate("matchMedia('(pointer: coarse)').matches")
    person.page.evaluate(EYES)
    faults: list[str] = []
    for viewport in (PHONE, NARROW):
        Look().at(person, viewport)
        faults += person.page.evaluate("[...eyes.small(44), ...eyes.hidden()]")
    assert not faults, "\n".join(faults)


@each_state
def test_a_pointer_hits_every_control(enter: Enter, state: str) -> None:
    person = STATES[state](partial(enter, viewport=DESKTOP))
    person.page.evaluate(EYES)
    faults = person.page.evaluate("eyes.small(24)")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("insets", [{"top": 47, "bottom": 34}, {"left": 47, "right": 47, "bottom": 21}], ids=["upright", "sideways"])
@pytest.mark.parametrize("state", ["streaming", "offline", "in_the_drawer", "searching", "noticed"])
def test_nothing_stands_under_a_notch_or_the_home_bar(enter: Enter, state: str, insets: dict[str, int]) -> None:
    person = STATES[state](partial(enter, **THUMB))
    width, height = (740, 360) if "left" in insets else (360, 740)
    phone = person.context.new_cdp_session(person.page)
    phone.send("Emulation.setSafeAreaInsetsOverride", {"insets": insets})
    Look().at(person, {"width": width, "height": height})
    person.page.evaluate(EYES)
    edges = {
        "top": insets.get("top", 0), "left": insets.get("left", 0),
        "right": width - insets.get("right", 0), "bottom": height - insets["bottom"],
    }  # fmt: skip
    faults = person.page.evaluate("(edges) => eyes.hidden(edges)", edges)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("shrinks", [True, False], ids=["the page shrinks", "the keyboard lies over it"])
def test_the_on_screen_keyboard_hides_neither_the_composer_nor_the_last_message(enter: Enter, shrinks: bool) -> None:
    ann = enter("Ann", **THUMB)
    post(ann, WRITTEN)
    sends(ann, "The last of them.")
    last = lands(ann, "The last of them.")
    ann.page.locator("#text").tap()
    if shrinks:
        ann.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"] - KEYBOARD})
    else:
        ann.page.evaluate(LIE_OVER, PHONE["height"] - KEYBOARD)
    ann.page.wait_for_function(
        """([height]) => { const bottom = document.querySelector('.foot-of-page').getBoundingClientRect().bottom;
            return bottom <= height && bottom > height - 40 && scrollY === 0; }""", arg=[PHONE["height"] - KEYBOARD]
    )  # fmt: skip
    ann.page.wait_for_function(
        """(row) => row.getBoundingClientRect().bottom <= document.querySelector('#composer').getBoundingClientRect().top""",
        arg=last.element_handle(),
    )
    expect(ann.page.locator("#text")).to_be_focused()


KEYBOARD = 320  # CSS pixels of a telephone's on-screen keyboard
LIE_OVER = """(height) => {
    Object.defineProperty(visualViewport, 'height', { get: () => height });
    visualViewport.dispatchEvent(new Event('resize'));
}"""


# ---- by keyboard ------------------------------------------------------------------------------------

ORDER = ["skip", "side", "bar", "transcript", "actions", "activity", "composer", "under"]


@pytest.mark.parametrize("look", [Look(), Look(dark=True), Look(forced=True), Look(PHONE)], ids=["light", "dark", "forced", "phone"])
def test_tab_walks_through_the_whole_page_and_the_focus_is_always_seen(enter: Enter, look: Look) -> None:
    ann = busy(partial(enter, viewport=DESKTOP))
    ann.page.evaluate(EYES)
    look.at(ann, DESKTOP)
    stops = walk(ann)
    faults = [f"{stop['name']} {stop['fault']}" for stop in stops if stop["fault"]]
    assert not faults, "\n".join(faults)
    places = [stop["place"] for stop in stops]
    firsts = [places.index(place) for place in ORDER if place in places]
    assert firsts == sorted(firsts), places
    assert set(ORDER) - set(places) == ({"side"} if look.viewport == PHONE else set())


def walk(person: Person) -> list[dict[str, str]]:
    """Each stop of Tab from the first to the last, after which the focus leaves the page."""
    person.page.locator(".skip").focus()
    person.page.keyboard.press("Shift+Tab")
    stops: list[dict[str, str]] = []
    while len(stops) < 130:
        person.page.keyboard.press("Tab")
        stop = person.page.evaluate("eyes.focus()")
        if stop is None:
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab never leaves the page: {stops[-10:]}")


def test_the_first_tab_leads_to_the_composer_if_one_wishes(enter: Enter) -> None:
    ann = enter("Ann")
    ann.page.locator(".skip").focus()
    expect(ann.page.locator(".skip")).to_be_in_viewport()
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("#text")).to_be_focused()


@pytest.mark.parametrize(
    ("opener", "dialog", "viewport"),
    [("#open-search", "#search", DESKTOP), ("#open-side", "#drawer", PHONE), (".actions [data-action=delete]", "#confirm", DESKTOP)],
    ids=["search", "drawer", "confirm"],
)
def test_a_dialog_keeps_the_focus_and_gives_it_back(
    enter: Enter, opener: str, dialog: str, viewport: dict[str, int]
) -> None:
    ann = enter("Ann", viewport=viewport)
    sends(ann, "hello")
    lands(ann, "hello").focus()
    ann.page.locator(opener).focus()
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator(dialog)).to_be_visible()
    for _ in range(15):
        inside = ann.page.evaluate("(dialog) => [dialog, 'body'].some((at) => document.activeElement.matches(`${at}, dialog *`))", dialog)
        assert inside, ann.page.evaluate("document.activeElement.outerHTML")
        ann.page.keyboard.press("Tab")
    ann.page.locator(f"{dialog} button").first.focus()
    ann.page.keyboard.press("Escape")
    expect(ann.page.locator(dialog)).to_be_hidden()
    expect(ann.page.locator(opener)).to_be_focused()


def test_arrows_walk_the_messages_and_tab_leads_to_their_actions(enter: Enter) -> None:
    ann = enter("Ann")
    post(ann, ["one", "two", "three"])
    ann.sees("three")
    ann.page.locator(".message[tabindex='0']").focus()
    for key, text in (("ArrowUp", "two"), ("ArrowUp", "one"), ("ArrowDown", "two")):
        ann.page.keyboard.press(key)
        expect(ann.message(text)).to_be_focused()
    ann.page.keyboard.press("Tab")
    expect(ann.message("two").locator(".actions [data-action=reply]")).to_be_focused()
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("#context")).to_contain_text("two")
    expect(ann.page.locator("#text")).to_be_focused()
    ann.page.keyboard.press("Escape")
    expect(ann.page.locator("#context")).to_be_hidden()
    expect(ann.page.locator("#text")).to_be_focused()


@pytest.mark.parametrize("what", ["#title", "#me"])
def test_a_name_is_changed_by_keyboard_or_left_as_it_was(enter: Enter, what: str) -> None:
    ann = enter("Ann")
    button = ann.page.locator(f"{what} button")
    was = button.inner_text()
    for key, becomes in (("Escape", was), ("Enter", "Cleo")):
        button.focus()
        ann.page.keyboard.press("Enter")
        expect(ann.page.locator(f"{what} input")).to_be_focused()
        ann.page.keyboard.type("Cleo")
        ann.page.keyboard.press(key)
        expect(button).to_have_text(becomes)
        expect(button).to_be_focused()


def presses(person: Person, control: str) -> None:
    person.page.locator(control).last.focus()
    person.page.keyboard.press("Enter")


def stops_an_answer(enter: Enter) -> Person:
    ann = streaming(enter)
    presses(ann, "#stop")
    expect(ann.page.locator("#stop")).to_be_hidden()
    return ann


def withdraws_a_question(enter: Enter) -> Person:
    ann = streaming(enter)
    sends(ann, "And then?")
    presses(ann, ".foot [data-action=stop]")
    expect(ann.page.locator(".foot [data-action=stop]")).to_have_count(0)
    return ann


def discards_what_failed(enter: Enter) -> Person:
    ann = enter("Ann")
    refuses(ann, "Refused")
    sends(ann, "Refused")
    presses(ann, ".foot [data-action=discard]")
    expect(ann.page.locator(".message.failed")).to_have_count(0)
    return ann


def tries_again(enter: Enter) -> Person:
    ann = enter("Ann")
    refuses(ann, "Refused")
    sends(ann, "Refused")
    expect(ann.page.locator(".message.failed")).to_be_visible()
    ann.page.unroute_all()
    presses(ann, ".foot [data-action=retry]")
    return ann


def deletes_a_message(enter: Enter) -> Person:
    ann = confirming(enter)
    presses(ann, "#confirm .danger")
    expect(ann.page.locator(".message.deleted")).to_be_visible()
    return ann


def cancels_an_edit(enter: Enter) -> Person:
    ann = editing(enter)
    presses(ann, "#context button")
    expect(ann.page.locator("#context")).to_be_hidden()
    return ann


def goes_to_the_end(enter: Enter) -> Person:
    ann = enter("Ann")
    post(ann, WRITTEN * 3)
    ann.page.locator("#scroller").evaluate("(scroller) => scroller.scrollTo(0, 300)")
    expect(ann.page.locator("#to-end")).to_be_visible()
    presses(ann, "#to-end")
    expect(ann.page.locator("#to-end")).to_be_hidden()
    return ann


def comes_back_online(enter: Enter) -> Person:
    ann = offline(enter)
    ann.page.locator("#banner button").focus()
    ann.context.set_offline(False)
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("#banner")).to_be_hidden(timeout=15_000)
    return ann


def chooses_what_was_found(enter: Enter) -> Person:
    ann = searching(enter)
    presses(ann, "#results a")
    expect(ann.page.locator("#search")).to_be_hidden()
    return ann


@pytest.mark.parametrize(
    "act",
    [
        stops_an_answer, withdraws_a_question, discards_what_failed, tries_again, deletes_a_message, cancels_an_edit, goes_to_the_end,
        comes_back_online, chooses_what_was_found,
    ],
    ids=lambda act: act.__name__,
)  # fmt: skip
def test_the_focus_is_not_lost_when_what_was_pressed_goes_away(enter: Enter, act: Callable[[Enter], Person]) -> None:
    person = act(enter)
    person.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    expect(person.page.locator(":focus:not(body)")).to_have_count(1)


# ---- by ear -----------------------------------------------------------------------------------------

LISTEN = """() => {
    const regions = document.querySelectorAll('[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], [role=timer], output');
    window.heard = [];
    window.drawn = 0;
    const hear = (records) => records.forEach(({ type, target, addedNodes }) => window.heard.push(
        ...(type === 'childList' ? [...addedNodes].map((node) => node.textContent) : [target.textContent])));
    for (const region of regions) new MutationObserver(hear).observe(region, { childList: true, characterData: true, subtree: true });
    new MutationObserver(() => { window.drawn++; }).observe(document.querySelector('#transcript'), { childList: true, characterData: true, subtree: true });
}"""


def test_a_screen_reader_hears_that_an_answer_began_and_the_whole_of_it_once(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    for person in (ann, bea):
        person.page.evaluate(LISTEN)
    sends(ann, f"Pocket, **count**! {COUNTED}")
    for person in (ann, bea):
        person.sees_answer_end()
    spoken = ["Pocket is answering", "Pocket: " + " ".join(map(str, range(1, 121)))]
    assert ann.page.evaluate("window.heard") == spoken
    assert bea.page.evaluate("window.heard") == [f"Ann: Pocket, count! {COUNTED}", *spoken]
    assert bea.page.evaluate("window.drawn") > 5, "the answer came in one piece: nothing was proven"


def test_an_answer_is_busy_until_it_is_whole(enter: Enter) -> None:
    ann = streaming(enter)
    expect(ann.answer).to_have_attribute("aria-busy", "true")
    ann.page.locator("#stop").click()
    expect(ann.answer).not_to_have_attribute("aria-busy", "true")


def test_what_one_can_do_has_a_role_and_a_name(enter: Enter) -> None:
    ann = busy(partial(enter, viewport=PHONE))
    for role, name in [
        ("textbox", "Message"), ("button", "Send"), ("button", "Stop"), ("list", "Messages"), ("button", "Retry"), ("button", "Discard"),
        ("heading", "The Tea Room"), ("button", "Search"), ("button", "This room"), ("main", None), ("table", None),
    ]:  # fmt: skip
        expect(ann.page.get_by_role(role, **({"name": name} if name else {})).first).to_be_visible()
    lands(ann, "Edited, now").focus()
    expect(ann.page.get_by_role("toolbar", name="Message actions").get_by_role("button", name="Reply")).to_be_visible()


# ---- at rest ----------------------------------------------------------------------------------------

MOVES = """() => [...document.querySelectorAll('*')].flatMap((e) => [null, '::before', '::after'].map((part) => getComputedStyle(e, part)))
    .filter((style) => style.animationName !== 'none' || style.transitionDuration.split(', ').some((time) => time !== '0s')
        || style.scrollBehavior !== 'auto').length"""


@pytest.mark.parametrize("state", ["thinking", "streaming", "offline"])
def test_nothing_moves_for_who_asked_for_no_motion(enter: Enter, state: str) -> None:
    person = STATES[state](enter)
    person.page.emulate_media(reduced_motion="no-preference")
    assert person.page.evaluate(MOVES) > 0
    person.page.emulate_media(reduced_motion="reduce")
    assert person.page.evaluate(MOVES) == 0
    assert person.page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("state", ["thinking", "offline"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_breathes_can_be_read_at_each_moment(enter: Enter, state: str, scheme: str) -> None:
    person = STATES[state](partial(enter, color_scheme=scheme))
    person.page.evaluate(EYES)
    faults = person.page.evaluate("""() => [0, 0.25, 0.5, 0.75].flatMap((part) => {
        for (const animation of document.getAnimations()) {
            const { delay, duration } = animation.effect.getComputedTiming();
            animation.pause();
            animation.currentTime = delay + duration * part;
        }
        return eyes.faint();
    })""")
    assert not faults, "\n".join(faults)
