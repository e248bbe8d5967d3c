"""Sessions and names."""

import unicodedata

from typing import Any

import pytest
from starlette.requests import HTTPConnection

from tests.hostile import NAMES, NO_NAMES
from utils.identity import COOKIE, SECURE_COOKIE, TOKEN as A_TOKEN, Names, Session, clean_name, fold, new_session, session_of, session_of_user, unique_name
from utils.protocol import Refused

TOKEN = "a" * 43


def shown(cookies: dict[str, str], authorization: str | None = None, scheme: str = "http", **state: Any) -> Session:
    """The session of somebody who comes with these."""
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "authorization": authorization, "host": "room"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items() if value]
    return session_of(HTTPConnection({"type": "http", "scheme": scheme, "path": "/", "headers": raw, "state": state}))


def test_ann_is_known_by_her_cookie_then_by_her_token() -> None:
    assert shown({COOKIE: TOKEN}, f"Bearer {'b' * 43}").token == TOKEN
    assert shown({SECURE_COOKIE: TOKEN}).kind == "cookie"
    assert shown({}, f"bearer {TOKEN}").token == TOKEN


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_over_tls_ann_is_known_by_the_cookie_that_nobody_else_can_have_set(scheme: str) -> None:
    assert shown({COOKIE: "m" * 43, SECURE_COOKIE: TOKEN}, scheme=scheme).token == TOKEN
    assert shown({COOKIE: "m" * 43}, scheme=scheme).kind == "new"


def test_whom_a_proxy_signs_in_is_the_same_everywhere_and_nobody_can_show_a_token_for_that() -> None:
    ann = shown({COOKIE: TOKEN}, f"Bearer {TOKEN}", user="ann@example.org")
    assert ann == shown({}, user="ann@example.org")
    assert (ann.kind, ann.name, ann.token_to_show) == ("user", "ann", None)
    assert not A_TOKEN.fullmatch(ann.token)
    assert len({session_of_user(user).hash for user in ("ann@example.org", "Ann@example.org", "ann")}) == 3
    assert session_of_user("\u202e").name is None


def test_a_session_cannot_be_guessed() -> None:
    assert len({new_session().token for _ in range(100)}) == 100
    assert A_TOKEN.fullmatch(new_session().token)


@pytest.mark.parametrize(("cookies", "authorization"), [({}, None), ({COOKIE: "short"}, "Bearer x"), ({}, f"Basic {TOKEN}")])
def test_whoever_shows_no_session_is_somebody_new(cookies: dict[str, str], authorization: str | None) -> None:
    session = shown(cookies, authorization)
    assert session.kind == "new"
    assert shown({}, f"Bearer {session.token}").token == session.token


def test_a_cookie_is_never_shown_to_scripts_and_the_log_keeps_only_a_hash() -> None:
    assert shown({COOKIE: TOKEN}).token_to_show is None
    assert shown({}, f"Bearer {TOKEN}").token_to_show == TOKEN
    assert TOKEN.encode() not in shown({COOKIE: TOKEN}).hash


@pytest.mark.parametrize(
    ("name", "shown"), [("Ann", "Ann"), ("  Ann \t Lee ", "Ann Lee"), ("Ａｎｎ", "Ann"), ("安", "安"), ("x" * 32, "x" * 32)]
)
def test_names_are_shown_normalised(name: str, shown: str) -> None:
    assert clean_name(name, "Pocket") == shown


@pytest.mark.parametrize(
    "name",
    ["", "   ", "x" * 33, "A\u202enn", "A\u200bnn", "A\x07nn", "\u0301\u0301", "pocket", "Pöcket", "P0cket", "Росkеt", "System", "ＳＹＳＴＥＭ"],
)
def test_nobody_is_called_like_the_assistant_the_system_or_nothing(name: str) -> None:
    with pytest.raises(Refused):
        clean_name(name, "Pocket")


@pytest.mark.parametrize("name", NO_NAMES.values(), ids=NO_NAMES)
def test_nobody_passes_for_somebody_else_or_for_nothing(name: str) -> None:
    with pytest.raises(Refused):
        clean_name(name, "Pocket")


@pytest.mark.parametrize("name", [*NAMES.values(), "Ann ❤️", "Nguyễn Thị", "שָׁלוֹם", "मृत्युञ्जय", "မြန်မာ", "བསྒྲུབས", "한국", "👍🏽"])
def test_whoever_can_be_read_may_be_called_that(name: str) -> None:
    assert clean_name(name, "Pocket") == unicodedata.normalize("NFKC", name)


def test_a_second_ann_gets_a_numeral_and_so_does_who_looks_like_her() -> None:
    assert unique_name("Ann", Names(["Bea"])) == "Ann"
    assert unique_name("Ann", Names(["Ann"])) == "Ann 2"
    assert unique_name("ann", Names(["Ann", "Ann 2"])) == "ann 3"
    assert unique_name("Аnn", Names(["Ann"])) == "Аnn 2"  # the first letter is Cyrillic
    assert unique_name("Ann\ufe0f", Names(["Ann"])) == "Ann\ufe0f 2"  # and here nothing is drawn after the last one
    assert unique_name("कु", Names(["के"])) == "कु"  # vowels are no accents


def test_look_alikes_fold_to_one_and_others_do_not() -> None:
    assert fold("Paul") == fold("PauI") == fold("Раul")
    assert fold("Modern") == fold("Modem")
    assert fold("Ann") != fold("Anna")
