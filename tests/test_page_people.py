"""Who may come in, as people see it: invitations, roles, doors that are shut, devices, and who can read what they write."""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.person import Enter, Person, expect
from tests.server import Server
from tests.test_accessibility import AUDIT, AUDITED, AXE, DESKTOP, EYES, LEFT_OUT, LOOKS, PHONE, THUMB, UNSURE, Look
from tests.test_texts import english_in
from tests.test_transport import over_http

NOT_INVITED = "No room for you here"
TURNED_DOWN = "This invitation is no longer good"
REMOVED = "You were removed from this room"
GONE = "This room is gone"
SIGNED_OUT = "You are signed out"
PASSWORD = "This house asks for a password"
MAKE_ROOM = """async (wish) => (await (await fetch('/api/rooms',
    { method: 'POST', headers: { 'X-PocketRoom': '1' }, body: JSON.stringify(wish) })).json()).name"""
KEPT = """(secret) => [...Object.values(localStorage), ...Object.values(sessionStorage), document.documentElement.outerHTML]
    .filter((kept) => kept.includes(secret))"""
WAYS = {"websocket": lambda page: None, "http": over_http}


# ---- what people do ----------------------------------------------------------------------------------


def makes_room(person: Person, title: str = "Summer plans") -> str:
    """A room by invitation, in which they then are. Returns its path."""
    person.page.get_by_role("button", name="New room by invitation").click()
    expect(person.page.get_by_label("Title of this room")).to_be_focused()
    person.page.keyboard.type(title)
    person.page.get_by_role("button", name="Make the room").click()
    expect(person.page.locator("#title")).to_have_text(title)
    person.is_in()
    return path_of(person)


def path_of(person: Person) -> str:
    return "/" + person.page.url.split("/", 3)[3]


def makes_link(person: Person, role: str = "member", lets_in: str = "any number") -> str:
    """Returns what stands behind the server's address."""
    person.page.locator("#side [data-opens=invitations]").click()
    person.page.get_by_label("Role").select_option(role)
    person.page.get_by_label("Lets in").select_option(lets_in)
    person.page.get_by_role("button", name="Make a link").click()
    link = person.page.get_by_label("Invitation link").input_value()
    closes(person, "#invitations")
    return "/" + link.split("/", 3)[3]


def looks_at_people(person: Person) -> None:
    person.page.locator("#side [data-opens=people]").click()


def closes(person: Person, panel: str) -> None:
    person.page.locator(panel).get_by_role("button", name="Close", exact=True).click()
    expect(person.page.locator(panel)).to_have_count(0)


def row(person: Person, name: str) -> Any:
    return person.page.locator("#people li", has_text=name)


def answers(person: Person, answer: str) -> None:
    person.page.locator(".question").get_by_role("button", name=answer, exact=True).click()


def removes(person: Person, name: str) -> None:
    row(person, name).get_by_role("button", name="Remove").click()
    answers(person, "Remove")


def invited(enter: Enter, *names: str, before: Callable[[Any], object] | None = None, role: str = "member") -> tuple[Person, ...]:
    """Ann in a room by invitation of hers, and those whom she let in."""
    ann = enter("Ann")
    makes_room(ann)
    link = makes_link(ann, role)
    return ann, *(enter(name, link, before=before) for name in names)


def lines_of(person: Person) -> list[str]:
    """Every try to get a line to a room from now on."""
    tries: list[str] = []
    person.page.on("websocket", lambda line: tries.append(line.url))
    person.page.on("request", lambda request: tries.append(request.url) if "/events" in request.url else None)
    return tries


# ---- coming in by invitation ---------------------------------------------------------------------------


def test_bea_comes_in_by_the_link_that_ann_made_and_its_secret_is_nowhere_but_in_one_post(enter: Enter, open_house: Server) -> None:
    ann = enter("Ann")
    room = makes_room(ann)
    expect(ann.page.locator("#access")).to_have_text("By invitation")
    enter("Cleo", room, door=NOT_INVITED)
    link = makes_link(ann, lets_in="1 person")
    secret = link.partition("#invite=")[2]
    assert len(secret) > 20
    asked: list[Any] = []
    bea = enter("Bea", link, before=lambda page: page.on("request", lambda request: asked.append(request)))
    assert bea.page.url.endswith(room), "the secret is out of the address"
    telling = [request for request in asked if secret in request.url + json.dumps(request.all_headers()) + (request.post_data or "")]
    told = [(request.method, request.url.partition("/api")[2]) for request in telling]
    assert told == [("POST", f"{room.replace('/r/', '/rooms/')}/members")]
    assert bea.page.evaluate(KEPT, secret) == []
    assert secret not in open_house.printed()
    expect(ann.page.locator("#members")).to_contain_text("Bea")
    enter("Cleo", link, door=TURNED_DOWN)  # it let in the one it was for
    bea.page.goto(open_house.url + link)  # who presses it in their mail once more
    bea.is_in()
    bea.has_said("Here I am")
    ann.sees("Here I am")


def test_an_invitation_that_is_pasted_into_a_page_that_is_open_is_taken_out_of_the_address_too(enter: Enter) -> None:
    ann = enter("Ann")
    room = makes_room(ann)
    link = makes_link(ann)
    bea = enter("Bea", room, door=NOT_INVITED)
    bea.page.evaluate("(hash) => { location.hash = hash; }", link.partition("#")[2])
    bea.is_in()
    assert bea.page.url.endswith(room)


def test_ann_withdraws_one_link_and_renews_another(enter: Enter) -> None:
    ann = enter("Ann")
    makes_room(ann)
    first, second = makes_link(ann), makes_link(ann, "reader")
    ann.page.locator("#side [data-opens=invitations]").click()
    listed = ann.page.locator("#invitations li")
    expect(listed).to_have_count(2)
    listed.filter(has_text="reader").get_by_role("button", name="Renew").click()
    third = ann.page.get_by_label("Invitation link").input_value()
    listed.filter(has_text="member").get_by_role("button", name="Withdraw").click()
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("reader")
    for withdrawn in (first, second):
        enter("Bea", withdrawn, door=TURNED_DOWN)
    bea = enter("Bea", "/" + third.split("/", 3)[3])
    expect(bea.page.locator("#silence")).to_have_text("You can read here.")


# ---- roles ---------------------------------------------------------------------------------------------


def test_bea_becomes_a_reader_and_a_member_again_before_both_their_eyes(enter: Enter) -> None:
    ann, bea = invited(enter, "Bea")
    bea.writes("What I was about to say")
    looks_at_people(ann)
    row(ann, "Bea").locator("select").select_option("reader")
    expect(bea.page.locator("#silence")).to_have_text("You can read here.")
    expect(bea.text).to_be_hidden()
    for person in (ann, bea):
        expect(person.page.locator("#members li", has_text="Bea")).to_contain_text("reader")
    bea.message("Bea").last.hover()
    expect(bea.page.locator("#title button")).to_be_disabled()
    row(ann, "Bea").locator("select").select_option("member")
    expect(bea.text).to_be_visible()
    expect(bea.text).to_have_value("What I was about to say")
    bea.presses("Enter")
    ann.sees("What I was about to say")


def test_two_owners_see_the_same_and_each_may_do_it(enter: Enter) -> None:
    ann, bea, cleo = invited(enter, "Bea", "Cleo")
    looks_at_people(ann)
    row(ann, "Bea").locator("select").select_option("owner")
    looks_at_people(bea)
    removes(bea, "Cleo")
    cleo.is_at_door(REMOVED)
    expect(row(ann, "Cleo")).to_contain_text("removed")
    expect(row(ann, "Ann")).to_contain_text("owner")
    expect(row(bea, "Ann").locator("select")).to_have_value("owner")


@pytest.mark.parametrize("way", WAYS)
def test_a_removed_persons_page_is_shut_at_once_and_does_not_try_again_until_an_owner_lets_them_back(enter: Enter, way: str) -> None:
    ann, bea = invited(enter, "Bea", before=WAYS[way])
    room = path_of(ann)
    bea.has_said("Between us")
    looks_at_people(ann)
    tries = lines_of(bea)
    removes(ann, "Bea")
    bea.is_at_door(REMOVED if way == "websocket" else GONE)
    expect(bea.page.locator(".message")).to_have_count(0)
    tried = len(tries)
    assert tried <= (0 if way == "websocket" else 1)
    for happens in ("online", "pageshow", "focus"):
        bea.page.evaluate("(happens) => dispatchEvent(new Event(happens))", happens)
    bea.draws()
    assert len(tries) == tried
    bea.page.reload()
    bea.is_at_door(NOT_INVITED)
    row(ann, "Bea").get_by_role("button", name="Let back in").click()
    expect(row(ann, "Bea").locator("select")).to_have_value("member")
    bea.page.goto(bea.page.url.partition("/r/")[0] + room)
    bea.is_in()
    bea.sees("Between us")


def test_in_an_open_room_whoever_came_first_may_remove_others_and_their_messages(enter: Enter) -> None:
    ann = enter("Ann")
    bea, cleo = enter("Bea"), enter("Cleo")
    expect(ann.page.locator("#access")).to_have_text("Open to all")
    bea.has_said("Buy my watches")
    cleo.sees("Buy my watches")
    ann.does("Remove", "Buy my watches")
    expect(ann.page.locator("#confirm")).to_contain_text("Remove this message?")
    ann.page.locator("#confirm .danger").click()
    for person in (ann, bea, cleo):
        expect(person.page.locator(".message.deleted .foot")).to_have_text("Removed by \u2068Ann\u2069")
    cleo.has_said("Thank you")
    bea.message("Thank you").hover()
    expect(bea.page.locator(".actions")).not_to_contain_text("Remove")
    looks_at_people(ann)
    removes(ann, "Bea")
    bea.is_at_door(REMOVED)
    bea.page.reload()
    bea.is_at_door(REMOVED)


def test_a_closed_room_takes_nothing_from_anybody_until_it_is_open_again(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    bea.has_said("Before it closed")
    looks_at_people(ann)
    ann.page.get_by_role("button", name="Close for new messages").click()
    for person in (ann, bea):
        expect(person.page.locator("#silence")).to_have_text("This room is closed for new messages.")
        expect(person.text).to_be_hidden()
    bea.message("Before it closed").hover()
    expect(bea.page.locator(".actions [data-action=delete]")).to_be_visible()
    expect(bea.page.locator(".actions [data-action=edit]")).to_have_count(0)
    ann.page.get_by_role("button", name="Open again").click()
    expect(bea.text).to_be_visible()
    closes(ann, "#people")
    ann.has_said("And on we go")
    bea.sees("And on we go")


@pytest.mark.parametrize("way", WAYS)
def test_a_room_that_ann_deletes_is_gone_for_bea_and_for_whoever_knows_its_name(enter: Enter, way: str) -> None:
    ann, bea = invited(enter, "Bea", before=WAYS[way])
    room = path_of(ann)
    looks_at_people(ann)
    ann.page.get_by_role("button", name="Delete this room").click()
    expect(ann.page.locator(".question")).to_contain_text("Delete \u2068Summer plans\u2069?")
    answers(ann, "Delete the room")
    bea.is_at_door(GONE)
    expect(ann.page.locator("#title")).not_to_have_text("Summer plans")
    ann.is_in()
    expect(ann.page.locator("#rooms")).not_to_contain_text("Summer plans")
    enter("Cleo", room, door=NOT_INVITED)


def test_bea_leaves_a_room_by_invitation_for_good(enter: Enter) -> None:
    ann, bea = invited(enter, "Bea")
    room = path_of(ann)
    bea.page.locator("#leave").click()
    answers(bea, "Leave")
    expect(bea.page.locator("#title")).not_to_have_text("Summer plans")
    bea.is_in()
    looks_at_people(ann)
    expect(row(ann, "Bea")).to_have_count(0)
    bea.page.goto(bea.page.url.partition("/r/")[0].rstrip("/") + room)
    bea.is_at_door(NOT_INVITED)


# ---- oneself ---------------------------------------------------------------------------------------------


def link_for_another_device(person: Person) -> str:
    person.page.locator("[data-part=link]").click()
    link = person.page.get_by_label("Link for another device").input_value()
    closes(person, "#take-along")
    return "/" + link.split("/", 3)[3]


def test_ann_takes_herself_to_another_device_by_a_link_that_works_once_and_asks_before(enter: Enter) -> None:
    ann = enter("Ann")
    makes_room(ann)
    link = link_for_another_device(ann)
    phone = enter("Somebody", "/r/tea")
    phone.page.goto(phone.page.url.partition("/r/")[0] + link)
    expect(phone.page.locator(".question")).to_contain_text("Use this device as somebody you already are?")
    assert "#" not in phone.page.url
    answers(phone, "Cancel")
    phone.is_in()
    expect(phone.page.locator("#me")).to_contain_text("Somebody")
    phone.page.goto(ann.page.url.partition("/r/")[0] + link)
    answers(phone, "Continue as that person")
    expect(phone.page.locator("#notice")).to_have_text("You are \u2068Ann\u2069 on this device now.")
    phone.page.get_by_role("link", name="Summer plans").click()
    phone.is_in()
    phone.has_said("From my phone")
    expect(ann.message("From my phone")).to_have_class(re.compile("mine"))
    expect(ann.page.locator("#count")).to_have_text("1")
    other = enter("Eve", "/r/tea")
    other.page.goto(other.page.url.partition("/r/")[0] + link)
    answers(other, "Continue as that person")
    expect(other.page.locator("#notice")).to_contain_text("used already")
    expect(other.page.locator("#me")).to_contain_text("Eve")


@pytest.mark.parametrize("way", WAYS)
def test_ann_signs_out_everywhere_and_comes_in_anew_as_somebody_new(enter: Enter, way: str) -> None:
    ann = enter("Ann", before=WAYS[way])
    ann.has_said("Who was that?")
    second = enter("Ann", path_of(ann), beside=ann, before=WAYS[way])
    tries = lines_of(second)
    ann.page.locator("[data-part=sign_out]").click()
    answers(ann, "Everywhere")
    for person in (ann, second):
        person.is_at_door(SIGNED_OUT)
    assert len(tries) <= (0 if way == "websocket" else 1)
    for person in (ann, second):  # one of them becomes somebody new, and the other one is
        person.page.get_by_role("button", name="Come in anew").click()
        person.is_in()
    expect(ann.page.locator("#me")).to_contain_text("Ann")
    expect(ann.page.locator("#count")).to_have_text("1")
    expect(ann.message("Who was that?")).not_to_have_class(re.compile("mine"))


def test_ann_signs_out_the_other_device_and_stays(enter: Enter) -> None:
    ann = enter("Ann")
    room = path_of(ann)
    phone = enter("Somebody", "/r/tea")
    phone.page.goto(phone.page.url.partition("/r/")[0] + link_for_another_device(ann))
    answers(phone, "Continue as that person")
    phone.is_in()
    phone.page.goto(phone.page.url.rstrip("/") + room)
    phone.is_in()
    ann.page.locator("[data-part=sign_out]").click()
    answers(ann, "Other devices only")
    phone.is_at_door(SIGNED_OUT)
    expect(ann.page.locator("#signed-out")).to_contain_text("Only this device is you now.")
    closes(ann, "#signed-out")
    ann.has_said("Still here")


def test_ann_is_forgotten_and_what_she_said_is_someones(enter: Enter) -> None:
    ann, bea = enter(), enter("Bea")
    ann.changes("#me", "Ann")
    expect(bea.page.locator("#members")).to_contain_text("Ann")
    ann.has_said("I was never here")
    bea.sees("I was never here")
    ann.page.locator("[data-part=forget]").click()
    expect(ann.page.locator(".question")).to_contain_text("What you wrote stays")
    answers(ann, "Forget me…")
    expect(bea.message("I was never here").locator(".name")).to_have_text("someone")
    expect(ann.page.locator("#title")).to_have_text("lobby")
    ann.is_in()
    expect(ann.page.locator("#me")).to_contain_text("Guest")
    assert ann.page.evaluate("Object.keys(localStorage).filter((key) => /name|draft/.test(key))") == []
    bea.page.reload()
    bea.sees("I was never here")


# ---- the house's password ------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_house_with_a_password_asks_for_it_once(enter: Enter, serve: Callable[..., Server], way: str) -> None:
    house = serve(ROOM_PASSWORD="open sesame")
    ann = enter("Ann", at=house, before=WAYS[way], door=PASSWORD)
    expect(ann.page.locator("#password")).to_be_focused()
    expect(ann.page.locator("#password")).to_have_attribute("autocomplete", "current-password")
    ann.page.keyboard.type("open barley")
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("#door [role=alert]")).to_have_text("That is not the password.")
    ann.page.keyboard.type("open sesame")
    ann.page.keyboard.press("Enter")
    ann.is_in()
    ann.has_said("Such riches")
    ann.reloads()
    if way == "http":
        return
    makes_room(ann)
    bea = enter("Bea", makes_link(ann), at=house, door=PASSWORD)
    bea.page.keyboard.type("open sesame")
    bea.page.keyboard.press("Enter")
    bea.is_in()  # the invitation was kept meanwhile
    bea.page.locator("[data-part=sign_out]").click()
    answers(bea, "Everywhere")
    bea.is_at_door(SIGNED_OUT)
    bea.page.get_by_role("button", name="Come in anew").click()
    bea.is_at_door(PASSWORD)
    bea.page.keyboard.type("open sesame")
    bea.page.keyboard.press("Enter")
    bea.is_at_door(NOT_INVITED)  # as whoever they are now


# ---- who can read this? ----------------------------------------------------------------------------------------


def facts(person: Person) -> dict[str, str]:
    person.page.locator("#access").click()
    expect(person.page.locator("#readers dt", has_text="Owners")).to_be_visible()
    rows = person.page.locator("#readers dl div")
    told = dict(rows.evaluate_all("(rows) => rows.map((row) => [row.firstChild.innerText, row.lastChild.innerText])"))
    closes(person, "#readers")
    return told


def test_ann_reads_who_can_read_her_in_the_lobby_in_an_open_room_and_in_one_by_invitation(enter: Enter) -> None:
    ann = enter("Ann", "/")
    lobby = facts(ann)
    assert lobby["Readers"].startswith("Everybody who can reach this server")
    assert lobby["Owners"].startswith("Nobody owns this room")
    assert lobby["Pocket"] == "What you write stays on this server: Pocket is offline."
    assert lobby["Kept"] == "Messages are kept until somebody deletes them."
    assert "Whoever runs this server can read everything" in lobby["The operator"]
    ann.page.locator("#new-room").click()
    ann.is_in()
    assert facts(ann)["Owners"].startswith("\u2068Ann\u2069 can ")
    makes_room(ann)
    assert facts(ann)["Readers"] == "You alone, and whoever an owner invites."
    enter("Bea", makes_link(ann))
    assert facts(ann)["Readers"] == "The 2 people of this room, and whoever an owner invites."


def test_the_page_says_whose_model_gets_what_is_written_and_for_how_long_it_is_kept(enter: Enter, serve: Callable[..., Server]) -> None:
    ann = enter("Ann", at=serve(LLM="openai:test", OPENAI_API_KEY="none", RETENTION_DAYS="30"))
    told = facts(ann)
    assert told["Pocket"] == "When Pocket answers, what was written lately in this room is sent to OpenAI (api.openai.com)."
    assert told["Kept"] == "Messages are deleted after 30 days."


def test_a_newcomer_is_told_in_one_line_how_far_their_words_reach_once_for_each_kind_of_room(enter: Enter) -> None:
    ann = enter("Ann")
    line = ann.page.locator("#reach")
    expect(line).to_have_text("Everybody with this link can read here.")
    ann.has_said("Hello")
    expect(line).to_be_hidden()
    ann.page.locator("#new-room").click()
    ann.is_in()
    ann.draws()
    expect(line).to_be_hidden()
    makes_room(ann)
    expect(line).to_have_text("Only those who are invited can read here.")
    line.click()
    expect(ann.page.locator("#readers")).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(line).to_be_hidden()


# ---- for everyone ---------------------------------------------------------------------------------------------


def opening(panel: str, part: str = "") -> Callable[[Enter], Person]:
    """A state: a panel that is open in a room by invitation of Ann's."""

    def open_it(enter: Enter) -> Person:
        ann = by_invitation(enter)
        if ann.page.locator("#open-side").is_visible():
            ann.page.locator("#open-side").click()
        ann.page.locator(f"#side [data-opens={panel}]{part}").click()
        expect(ann.page.locator("dialog.sheet")).to_be_visible()
        return ann

    return open_it


def by_invitation(enter: Enter) -> Person:
    """Ann in a room of hers. Made over HTTP: what it looks like is what counts here."""
    ann = enter("Ann", "/r/tea")
    name = ann.page.evaluate(MAKE_ROOM, {"title": "Summer plans"})
    ann.page.goto(ann.page.url.replace("tea", name))
    expect(ann.page.locator("#title")).to_have_text("Summer plans")
    ann.is_in()
    return ann


def people(enter: Enter) -> Person:
    ann = opening("people")(enter)
    expect(row(ann, "Ann")).to_be_visible()
    return ann


def invitations(enter: Enter) -> Person:
    ann = opening("invitations")(enter)
    ann.page.get_by_label("Role" if english(ann) else "Rolle").select_option("reader")
    ann.page.locator("#invitations .primary").first.click()
    expect(ann.page.locator(".link-box")).to_be_visible()
    expect(ann.page.locator("#invitations li .text-button")).to_have_count(2)
    return ann


def english(person: Person) -> bool:
    return person.page.locator("html").get_attribute("lang") == "en"


def readers(enter: Enter) -> Person:
    ann = opening("readers")(enter)
    expect(ann.page.locator("#readers dt")).to_have_count(6)
    return ann


def at_door(code: int) -> Callable[[Enter], Person]:
    def stand(enter: Enter) -> Person:
        ann = enter("Ann", "/r/tea")
        ann.page.route_web_socket(re.compile("/ws"), lambda line: line.close(code=code))
        ann.page.reload()
        expect(ann.page.locator("#door h1")).to_be_visible()
        return ann

    return stand


def reading(enter: Enter) -> Person:
    """What a reader sees of a room."""
    ann = enter("Ann", "/r/tea")

    def carry(line: Any) -> None:
        server = line.connect_to_server()
        server.on_message(lambda frame: line.send(re.sub(r'("you":\{[^}]*"role":)"\w+"', r'\1"reader"', frame)))

    ann.page.route_web_socket(re.compile("/ws"), carry)
    ann.page.reload()
    expect(ann.page.locator("#silence")).to_be_visible()
    return ann


STATES: dict[str, Callable[[Enter], Person]] = {
    "a room by invitation": by_invitation, "people": people, "invitations": invitations, "who can read this": readers,
    "another device": opening("you", "[data-part=link]"), "a new room": opening("private_room"),
    "forgetting": opening("you", "[data-part=forget]"), "a password": at_door(4502), "signed out": at_door(4501), "a reader": reading,
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_everyone_can_read_and_reach_all_of_it(enter: Enter, state: str) -> None:
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
        faults += [f"{name}: {seen}" for seen in person.page.evaluate("[...eyes.hidden(), ...eyes.faint(), ...eyes.small(24)]")]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("state", STATES)
def test_a_thumb_hits_every_control_and_no_english_is_left_in_german(enter: Enter, state: str) -> None:
    person = STATES[state](partial(enter, locale="de-DE", **THUMB))
    person.page.evaluate(EYES)
    Look().at(person, PHONE)
    faults = person.page.evaluate("[...eyes.small(44), ...eyes.hidden()]")
    assert not faults, "\n".join(faults)
    assert english_in(person.page.evaluate("eyes.words()")) == []


def test_a_panel_is_opened_left_and_answered_by_keyboard_alone(enter: Enter) -> None:
    ann = enter("Ann")
    ann.page.locator("#access").focus()
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("#readers")).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(ann.page.locator("#readers")).to_have_count(0)
    expect(ann.page.locator("#access")).to_be_focused()
    ann.page.locator("[data-part=forget]").focus()
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator(".question")).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(ann.page.locator("[data-part=forget]")).to_be_focused()
    ann.has_said("Nothing happened")
