"""Words of any script are found, whatever somebody types, and shown where they stand."""

import contextlib
import re
import sqlite3
import unicodedata
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.schema import SCHEMA
from utils.search import (
    EXCERPT_CHARACTERS, FOLDED_CHARACTERS, GRAPHEME_CHARACTERS, QUERY_BEGINNINGS, QUERY_CHARACTERS, QUERY_WORDS, excerpt, folded, query_of, words_of,
)  # fmt: skip

ours = settings(max_examples=300, deadline=None, derandomize=True)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
of_many_scripts = st.text(st.sampled_from("aBéßΣς İıøж ёй שָׁ الله أ ई क्षि ไทยน้ำ 猫カｶﾞ 한ㅎ 👩‍🚀👍🏽🇩🇪 1½²™ -'\"*_.\n\t"), max_size=60)


def found(text: str, *queries: str) -> list[bool]:
    """Which of `queries` find a message with this text, in an index like the log's."""
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        db.executescript(SCHEMA)
        db.execute("INSERT INTO search (rowid, words) VALUES (1, ?)", (words_of(text),))
        return [finds(db, query_of(query)) for query in queries]


def finds(db: sqlite3.Connection, query: str) -> bool:
    return bool(query) and db.execute("SELECT 1 FROM search WHERE search MATCH ?", (query,)).fetchone() is not None


@pytest.mark.parametrize(("text", "queries"), [
    ("Shall we have TEA at five?", ["tea", "TEA", "five shall", "sha", '"have tea"', "“have tea”", "tea?", " tea "]),
    ("Das Café in der Straße, naïvely", ["cafe", "CAFÉ", "cafe\u0301", "strasse", "STRASSE", "naïve", "nai"]),
    ("Łódź, Ærø and İstanbul, ışık", ["lodz", "ÆRØ", "istanbul", "ISIK", "isik"]),
    ("Ἐν ἀρχῇ ἦν ὁ Λόγος", ["εν αρχη", "ΛΟΓΟΣ", "λόγ"]),
    ("Ещё по всей ёлке", ["еще", "ЕЛКЕ", "всей"]),
    ("السَّلَامُ عَلَيْكُمْ أحمد ســـلام على", ["السلام", "عليكم", "احمد", "سلام", "علی"]),
    ("می\u200cخواهم ۱۲۳", ["میخواهم", "می\u200cخواهم", "123"]),
    ("שָׁלוֹם־עולם", ["שלום", "עולם", "שלום עולם"]),
    ("मैं हिन्दी क्षत्रिय बोलता हूँ", ["हिन्दी", "हिन्", "क्षत्रिय", "हूँ"]),
    ("ভালোবাসা தமிழ் ދިވެހި", ["ভালো", "தமிழ்", "ދިވެ"]),
    ("เราชอบดื่มน้ำชา", ["ชา", "ดื่ม", "น้ำ", "ชอบดื่มน้ำ"]),
    ("ខ្ញុំស្រឡាញ់តែ ຂ້ອຍມັກຊາ လက်ဖက်ရည် བོད་ཡིག", ["ស្រឡាញ់", "ມັກ", "ဖက်", "ཡིག"]),
    ("吾輩は猫である。東京タワー、ガソリン", ["猫", "は猫で", "東京", "タワー", "ｶﾞｿﾘﾝ", "猫 東京"]),
    ("我们喝茶吧𠮷野家", ["喝茶", "我们", "𠮷野"]),
    ("한국어를 사랑해요", ["한국", "한", "한국어", "사랑"]),
    ("Off to the moon 👩‍🚀 👍🏽 🇩🇪 ❤️ 1️⃣", ["🚀", "👩‍🚀", "👍", "👍🏿", "🇩🇪", "❤", "moon 👍"]),
    ("ＦＵＬＬ　width ﬁne ① ㎏ x² 5 € Foo™ ☃", ["full", "fine", "1", "kg", "x2", "€", "5 €", "foo", "foo™", "☃"]),
    ("don't e-mail snake_case@example.com, C++ or v1.2.3", ["don't", "e-mail", "mail", "snake_case", "case@example.com", "c++", "v1.2", "2.3"]),
    ("soft\u00adware zero\u200bwidth \ufefftea", ["software", "zero", "width", "tea"]),
])  # fmt: skip
def test_ann_finds_what_she_wrote(text: str, queries: list[str]) -> None:
    assert [query for query, hit in zip(queries, found(text, *queries), strict=True) if not hit] == []


@pytest.mark.parametrize(("text", "queries"), [
    ("Shall we have tea at five?", ["ea", "team", '"tea have"', '"have te"', "tea coffee", "fives"]),
    ("हिन्दी", ["हन्दी", "न्दी"]),
    ("แม่น้ำ", ["นำแม่"]),
    ("東京", ["京東", "東都"]),
    ("한국", ["국"]),
    ("foo™bar", ["foobar"]),
    ("anything", ["", "   ", '"', '""', "?!…", "\x00", "\udc80", "-*()^:"]),
    ("above ann", ["a"]),
])  # fmt: skip
def test_ann_does_not_find_what_is_not_there(text: str, queries: list[str]) -> None:
    assert [query for query, hit in zip(queries, found(text, *queries), strict=True) if hit] == []


@pytest.mark.parametrize("query", [
    "tea OR coffee", "NOT tea", "tea AND", "NEAR(tea five)", "words:tea", "tea*", "^tea", "{words}: tea", "tea + five", '"tea', "tea'--", "(tea",
])  # fmt: skip
def test_nothing_that_mallory_types_is_a_query_language(query: str) -> None:
    words = re.findall(r"\w+", query)
    assert found(" ".join(words), query) == [True]
    assert found(" ".join(words[:-1]), query) == [False]


@ours
@given(anything | of_many_scripts | st.text(max_size=60))
def test_whatever_is_typed_is_a_query_or_none(query: str) -> None:
    found("tea", query)


@ours
@given(anything | of_many_scripts)
def test_whatever_ann_wrote_is_found_by_each_of_its_words_and_marked(text: str) -> None:
    typed = [part for part in text.replace('"', " ").split() if words_of(part)]
    assert all(found(text, *typed))
    for part in typed:
        assert len(excerpt(text, part)) > 1, part


@ours
@given(st.text(st.sampled_from("猫が好きทยน้ำดื่ม東京、。a"), min_size=1, max_size=30), st.data())
def test_any_part_of_what_is_written_without_spaces_is_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))].strip("a")
    assert found(text, part) == [bool(words_of(part))]


def test_a_long_question_is_cut_and_few_of_its_words_may_go_on() -> None:
    assert len(words_of(query_of("x" * 1_000))) == QUERY_CHARACTERS
    many = " ".join(f"w{n}" for n in range(100))
    assert query_of(many).count('"') == 2 * QUERY_WORDS
    assert query_of(many).count("*") == QUERY_BEGINNINGS


def test_not_every_character_of_unicode_is_remembered() -> None:
    everything = "".join(map(chr, [*range(0x20, 0xD800), *range(0xE000, 0x30000)]))
    assert "猫" in folded(everything).split()
    assert len(words_of.__globals__["_FOLDS"]) <= FOLDED_CHARACTERS


# ---- excerpts ------------------------------------------------------------------------------------


def test_an_excerpt_shows_the_match_and_what_is_around_it() -> None:
    assert excerpt("We have tea.", "TE") == ["We have ", "tea", "."]
    assert excerpt("Café, then a cafeteria", "cafe") == ["", "Café", ", then a ", "cafeteria", ""]
    assert excerpt("one\n\n  two\tthree", '"one two"') == ["", "one two", " three"]
    assert excerpt("猫が好き", "が好") == ["猫", "が好", "き"]
    assert excerpt("nothing like it", "tea") == ["nothing like it"]
    assert excerpt("", "tea") == [""]


def test_an_excerpt_of_a_long_message_begins_and_ends_with_words() -> None:
    pieces = excerpt("lorem ipsum dolor " * 100 + "TEA " + "sit amet " * 100, "tea")
    assert pieces[1] == "TEA"
    assert re.fullmatch(r"…(lorem |ipsum |dolor )+", pieces[0])
    assert re.fullmatch(r" ((sit|amet) )*(sit|amet) ?…", pieces[2])


@ours
@given(anything | of_many_scripts, anything | of_many_scripts, st.integers(0, 300), st.integers(0, 300))
def test_an_excerpt_is_a_part_of_the_message_and_short(text: str, word: str, before: int, behind: int) -> None:
    content = f"{text * before}{word}{text * behind}"
    pieces = excerpt(content, word)
    assert len(pieces) % 2 == 1
    shown = re.sub(r"\s+", " ", "".join(pieces))
    assert len(shown) <= EXCERPT_CHARACTERS + 2 * GRAPHEME_CHARACTERS
    whole = unicodedata.normalize("NFKC", re.sub(r"\s+", " ", content))
    assert unicodedata.normalize("NFKC", shown.removeprefix("…").removesuffix("…")).strip() in whole


WHOLE = ["👩‍👩‍👧‍👦", "🇩🇪", "👍🏽", "e\u0301\u0323", "क्षि", "น้ำ", "🏴\U000e0067\U000e0062\U000e007f", "1️⃣", "각", "ᄒ\u1161\u11ab"]


@pytest.mark.parametrize("char", WHOLE)
@pytest.mark.parametrize("shift", range(8))
def test_an_excerpt_splits_nothing_that_readers_take_for_one_character(char: str, shift: int) -> None:
    char = unicodedata.normalize("NFC", char)
    for pieces in (excerpt("x" * shift + char * 200, "none"), excerpt(char * 200 + "x" * shift + " tea " + char * 200, "tea")):
        assert_whole(char, [piece.strip("x …") for piece in pieces])
    assert_whole(char, excerpt(f"{char} tea", char[0]))


def assert_whole(char: str, pieces: Iterable[str]) -> None:
    for piece in pieces:
        assert piece in ("tea", " tea") or piece == char * (len(piece) // len(char)), pieces


def test_a_heap_of_marks_makes_no_excerpt_long() -> None:
    zalgo = "t" + "\u0301\u0323" * 8_000
    for query in ("tea", "t"):
        assert len("".join(excerpt(f"{zalgo}ea tea {zalgo}", query))) <= EXCERPT_CHARACTERS + 2 * GRAPHEME_CHARACTERS
