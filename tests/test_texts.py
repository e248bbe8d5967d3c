"""The page's words: every one of them from static/texts, in each language alike; dates and plurals by the reader's customs."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.person import Enter, expect
from tests.test_accessibility import DESKTOP, EYES, PHONE, STATES
from utils import protocol
from utils.site import modules

STATIC = Path(__file__).parent.parent / "static"
AT_ONCE, LATER = [
    {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (STATIC / folder).glob("*.json")} for folder in ("texts", "texts/people")
]
TEXTS: dict[str, dict[str, Any]] = {language: AT_ONCE[language] | LATER.get(language, {}) for language in AT_ONCE}
MODULES = {path.name: path.read_text(encoding="utf-8") for path in (STATIC / "js").glob("*.js")}
PAGE = (STATIC / "index.html").read_text(encoding="utf-8")
COMMENT = re.compile(r"/\*.*?\*/|(?<=\s)// .*?$|^\s*// .*?$", re.DOTALL | re.MULTILINE)
CODE = {name: COMMENT.sub("", source) for name, source in MODULES.items()}
DEVELOPERS = {"room_state.js", "asyncapi.js"}  # what they say is for programmers, in English
COME_WITH_THEM = {"followed", "link_refused"}  # what came of a secret is told after the module that showed it was loaded
SAME_IN_GERMAN = {"model_offline", "export_md", "line_offline", "line_websocket", "link", "renamed"}  # where the two languages have one word


def forms(text: str | dict[str, str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def placeholders(text: str | dict[str, str]) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", " ".join(forms(text))))


# ---- the files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_each_language_says_all_that_english_says_and_no_more(language: str) -> None:
    english, other = TEXTS["en"], TEXTS[language]
    assert set(other) == set(english)
    for key, text in other.items():
        assert placeholders(text) == placeholders(english[key]), key
        assert isinstance(text, dict) == isinstance(english[key], dict), key
        assert all(form.strip() for form in forms(text)), key


def test_every_language_that_has_a_file_is_offered_and_no_other() -> None:
    offered = re.search(r"LANGUAGES = \[(.*?)\]", MODULES["texts.js"])
    assert offered
    assert set(re.findall(r"'(\w+)'", offered[1])) == set(TEXTS)


def test_no_text_is_missing() -> None:
    missing = {key for key, _ in calls()} | set(re.findall(r'data-(?:text|label|tip)="(\w+)"', PAGE))
    assert len(missing) > 50, "the search for them is broken"
    assert missing - set(TEXTS["en"]) == set()


def test_what_the_page_begins_with_needs_no_words_that_come_later() -> None:
    first = modules(PAGE.encode(), {f"js/{name}": source.encode() for name, source in MODULES.items()})
    assert "js/people.js" not in first
    needed = {key for name in first for key, _ in calls([CODE[Path(name).name]])} | set(re.findall(r'data-(?:text|label|tip)="(\w+)"', PAGE))
    assert needed - AT_ONCE["en"].keys() == COME_WITH_THEM
    assert not AT_ONCE["en"].keys() & LATER["en"].keys()


def test_no_text_is_unused() -> None:
    everything = "\n".join([PAGE, *CODE.values()])
    said = set(re.findall(r"""['"`](\w+)['"`]""", everything))
    begun = tuple(re.findall(r"`(\w+_)\$\{", everything))
    unused = {key for key in TEXTS["en"] if key not in said and not key.startswith(begun)}
    assert unused == set()


def test_every_text_gets_what_it_names() -> None:
    wrong = {key for key, given in calls() if given is not None and not placeholders(TEXTS["en"].get(key, "")) <= given}
    assert wrong == set()


def test_every_error_and_ending_has_its_words() -> None:
    codes = set(get_args(protocol.ErrorCode))  # those of NO_FRAME only a program hears
    assert {f"error_{code}" for code in codes - set(protocol.NO_FRAME)} <= set(TEXTS["en"])
    endings = {key.removeprefix("ended_") for key in TEXTS["en"] if key.startswith("ended_")}
    assert endings == {"stopped", "interrupted", "error", "filtered", "truncated"}


def calls(sources: Iterable[str] = CODE.values()) -> Iterator[tuple[str, set[str] | None]]:
    """Each `t('key', { … })` with the names of what it is given; None if that is not written out."""
    for source in sources:
        for key, rest in re.findall(r"\bt\('(\w+)'(\)|, \{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}\))?", source):
            yield key, None if not rest else set(re.findall(r"(?:\{|,)\s*(\w+)(?=\s*[:,}])", rest))


def test_the_page_itself_has_no_words() -> None:
    words = Words()
    words.feed(PAGE)
    assert set(words.found) <= {"PocketRoom"}


class Words(HTMLParser):
    """What a page would say as it stands in its file."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [str(value) for name, value in attrs if name in ("aria-label", "title", "placeholder", "alt")]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(data.strip())


@pytest.mark.parametrize("name", sorted(set(CODE) - DEVELOPERS))
def test_no_module_speaks_for_itself(name: str) -> None:
    strings = [one or other for one, other in re.findall(r"'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`", CODE[name])]
    assert [words for words in strings if SPOKEN.search(words) and words not in KEYS] == []


SPOKEN = re.compile(r"[A-Z][a-z]+ [a-z]+|^[A-Z][a-z]+$")
KEYS = {"Enter", "Escape", "Home", "End", "Notification"}  # of the keyboard, and of the window


# ---- the page in a browser ------------------------------------------------------------------------


@pytest.mark.parametrize(("reader", "language"), [("de-DE", "de"), ("de-AT", "de"), ("en-GB", "en"), ("fr-FR", "en"), ("den", "en")])
def test_the_page_speaks_the_readers_language_or_english(enter: Enter, reader: str, language: str) -> None:
    ann = enter("Ann", locale=reader)
    expect(ann.page.locator("html")).to_have_attribute("lang", language)
    expect(ann.page.locator("#invitation h2")).to_have_text(TEXTS[language]["invitation"])


@pytest.mark.parametrize("state", STATES)
def test_no_english_is_left_on_the_german_page(enter: Enter, state: str) -> None:
    ann = STATES[state](partial(enter, viewport=DESKTOP, locale="de-DE"))
    ann.page.evaluate(EYES)
    words = ann.page.evaluate("eyes.words()")
    assert any(word == TEXTS["de"]["messages"] for word in words)
    assert english_in(words) == []


def english_in(words: list[str]) -> list[str]:
    """Those that are an English text, or the key of one."""
    differing = [key for key in TEXTS["en"] if key not in SAME_IN_GERMAN and TEXTS["en"][key] != TEXTS["de"][key]]
    patterns = [re.sub(r"\\\{\w+\\\}", ".+", re.escape(form)) for key in differing for form in forms(TEXTS["en"][key])]
    known = re.compile("|".join([*(pattern for pattern in patterns if len(pattern) > 2), *(key for key in TEXTS["en"] if "_" in key)]))
    return [word for word in words if known.fullmatch(word)]


def test_the_words_that_are_the_same_in_german_are_so_on_purpose() -> None:
    same = {key for key in TEXTS["en"] if TEXTS["en"][key] == TEXTS["de"][key]}
    assert same <= SAME_IN_GERMAN


@pytest.mark.parametrize(
    ("reader", "one", "two"), [("en-US", "1 person", "2 people"), ("de-DE", "1 Person", "2 Personen")]
)
def test_plurals_and_dates_follow_the_readers_customs(enter: Enter, reader: str, one: str, two: str) -> None:
    ann = enter("Ann", locale=reader, viewport=PHONE, timezone_id="Europe/Berlin")
    people = ann.page.locator("#open-side")
    expect(people).to_have_accessible_name(re.compile(one))
    bea = enter("Bea")
    expect(people).to_have_accessible_name(re.compile(two))
    bea.says("What time is it?")
    ann.sees("What time is it?")
    written = ann.page.locator(".message time").last
    sent = written.get_attribute("datetime")
    short, full = ann.page.evaluate(
        """([sent, reader]) => [new Intl.DateTimeFormat(reader, { timeStyle: 'short' }), new Intl.DateTimeFormat(reader, { dateStyle: 'full', timeStyle: 'medium' })]
            .map((format) => format.format(new Date(sent)))""",
        [sent, reader],
    )
    expect(written).to_have_text(short)
    expect(written).to_have_attribute("title", full)

