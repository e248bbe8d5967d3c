"""How much one person, one address and all together may have, with a clock that the test turns."""

import contextlib
import re
from pathlib import Path
from typing import Any

import pytest

from tests.test_rate_limit import Clock
from utils import limits, protocol
from utils.limits import Gate, Limits, address_of, network_of
from utils.protocol import Refused, Say, Stop
from utils.settings import Settings

HOME, OFFICE = "192.0.2.1", "198.51.100.7"
FILES = 10_000
DOCS = Path(__file__).parent.parent / "docs" / "operations.md"


def made(clock: Clock | None = None, **settings: Any) -> Limits:
    return Limits(house(**settings), clock or Clock())


def house(**given: Any) -> Settings:
    return Settings.model_validate(given)


def said(words: str = "hello") -> Say:
    return Say(type="message", content=words)


def refused(limit: Any, *given: Any) -> Refused:
    with pytest.raises(Refused) as why:
        limit(*given)
    assert why.value.code == "rate_limited"
    assert why.value.retry_after
    return why.value


def granted(limit: Any, *wishes: tuple[str, str]) -> int:
    """How many of them are not refused."""
    count = 0
    for wish in wishes:
        with contextlib.suppress(Refused):
            limit(*wish)
            count += 1
    return count


def test_the_table_in_the_docs_tells_what_is_so() -> None:
    limited = made()
    rows = dict(re.findall(r"^\| (.+?) \| (.+ \| .+ \| .+) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    allowed = {
        "messages, edits and the like (`MESSAGES_PER_MINUTE`)": limited._messages, "characters in them": limited._characters,
        '"is typing", passed on': limited._typing, "drafts, looked at": limited._drafts,
        "searches, exports, pages of history": limited._reading, "joining a room; a long poll joins, too": limited._joins,
        "opening a room that is not in memory": limited._opened, "new rooms, in an hour (`ROOMS_PER_HOUR`)": limited._made,
        "new sessions": limited._sessions, "wrong passwords, invitations, links, tokens": limited._guesses,
    }  # fmt: skip
    for what, allowance in allowed.items():
        told = [f"{limit.times:,}" if limit.times else "–" for limit in (allowance.of_person, allowance.of_address, allowance.of_all)]
        assert rows[what] == " | ".join(told)


# ---- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_is_one_of_ipv4_or_the_half_of_ipv6_that_one_customer_has(host: str, network: str) -> None:
    assert network_of(host) == network


def test_whoever_has_no_address_is_counted_as_one() -> None:
    assert address_of(None) == ""
    assert address_of((HOME, 4711)) == HOME


# ---- what people do ------------------------------------------------------------------------------


def test_ann_who_said_three_waits_and_bea_at_the_same_address_does_not() -> None:
    limited = made(messages_per_minute=3)
    for _ in range(3):
        limited.must_say(said(), "ann", HOME)
    assert refused(limited.must_say, said(), "ann", HOME).retry_after == 20
    limited.must_say(said(), "bea", HOME)


def test_mallory_with_a_new_session_each_time_says_no_more_than_five_people() -> None:
    limited = made(messages_per_minute=3)
    for n in range(15):
        limited.must_say(said(), f"mallory {n}", HOME)
    refused(limited.must_say, said(), "mallory 15", HOME)
    limited.must_say(said(), "ann", OFFICE)


def test_mallory_whom_nobody_knows_yet_pays_with_their_address_like_one_person() -> None:
    limited = made(messages_per_minute=3)
    for _ in range(3):
        limited.must_say(said(), "", HOME)
    refused(limited.must_say, said(), "", HOME)


def test_a_thousand_addresses_say_no_more_than_the_house_bears() -> None:
    limited = made(messages_per_minute=1)
    for n in range(limits.OF_ALL):
        limited.must_say(said(), f"bot {n}", f"10.0.0.{n}")
    refused(limited.must_say, said(), "bot 99", "10.0.0.99")


def test_what_is_refused_counts_for_nobody() -> None:
    clock = Clock()
    limited = made(clock, messages_per_minute=1)
    limited.must_say(said(), "mallory", HOME)
    for _ in range(1000):
        refused(limited.must_say, said(), "mallory", HOME)
    for n in range(4):
        limited.must_say(said(), f"colleague {n}", HOME)
    clock.now += 60
    limited.must_say(said(), "mallory", HOME)


def test_long_messages_are_counted_by_their_length_too() -> None:
    limited = made(messages_per_minute=10)
    for _ in range(2):
        limited.must_say(said("x" * 16_000), "mallory", HOME)
    refused(limited.must_say, said("x" * 16_000), "mallory", HOME)
    limited.must_say(said("x" * 1_000), "mallory", HOME)


def test_stop_always_gets_through_and_typing_is_dropped_in_silence() -> None:
    limited = made(messages_per_minute=1)
    limited.must_say(said(), "ann", HOME)
    limited.must_say(Stop(type="stop", id=1), "ann", HOME)
    typing = protocol.Typing(type="typing", on=True)
    dropped = [limited.drops(typing, "ann", HOME) for _ in range(limits.TYPING_PER_MINUTE + 1)]
    assert dropped == [False] * limits.TYPING_PER_MINUTE + [True]
    assert not limited.drops(Stop(type="stop", id=1), "ann", HOME)


def test_rooms_are_made_thirty_an_hour_by_one_person_and_a_hundred_and_fifty_from_one_address() -> None:
    limited = made()
    for n in range(150):
        limited.must_be_able_to_make_room(f"person {n // 30}", HOME)
    assert (refused(limited.must_be_able_to_make_room, "person 0", HOME).retry_after or 0) <= 120
    refused(limited.must_be_able_to_make_room, "somebody new", HOME)
    limited.must_be_able_to_make_room("ann", OFFICE)


@pytest.mark.parametrize("verb", ["must_join", "must_open", "must_read"])
def test_each_thing_that_costs_something_has_an_end(verb: str) -> None:
    limited = made()
    alone = granted(getattr(limited, verb), *[("mallory", HOME)] * 1000)
    assert 0 < alone <= 300
    assert granted(getattr(limited, verb), *[(f"mallory {n}", HOME) for n in range(3000)]) == alone * (limits.OF_ADDRESS - 1)
    getattr(limited, verb)("ann", OFFICE)


def test_a_house_without_a_limit_on_messages_has_none_on_the_rest_but_on_guesses() -> None:
    limited = made(messages_per_minute=0, rooms_per_hour=0, answers_per_minute=0, answers_per_day=0)
    for n in range(2000):
        limited.must_say(said(), "bot", HOME)
        limited.must_read("bot", HOME)
        limited.must_make_session(HOME)
        limited.must_be_able_to_make_room("bot", HOME)
        assert limited.answers.take("bot") is None, n
    assert [is_wrong(limited) for _ in range(limits.GUESSES_PER_MINUTE + 1)][-2:] == [True, False]


# ---- lines ---------------------------------------------------------------------------------------


def test_an_address_has_twenty_lines_and_one_that_closes_makes_room() -> None:
    limited = made()
    leaves = [limited.line(HOME) for _ in range(20)]
    assert refused(limited.line, HOME).retry_after == limits.LATER_SECONDS
    leaves.pop()()
    leaves += [limited.line(HOME), limited.line(OFFICE)]
    for leave in leaves:
        leave()
    assert not limited.lines


def test_one_session_has_no_more_lines_from_many_addresses_than_from_one() -> None:
    limited = made(connections_per_address=2)
    limited.line(HOME, "ann")
    limited.line(OFFICE, "ann")
    refused(limited.line, "203.0.113.9", "ann")
    limited.line("203.0.113.9", "bea")


def test_places_of_those_who_poll_are_bounded_and_given_back() -> None:
    limited = made(connections_per_address=1)
    leave = limited.linger(HOME)
    assert leave is not None
    assert limited.linger(HOME) is None
    leave()
    assert limited.linger(HOME) is not None


# ---- secrets -------------------------------------------------------------------------------------


def is_wrong(limited: Limits, address: str = HOME) -> bool:
    """Whether a wrong password is looked at at all."""
    with pytest.raises(Refused) as why, limited.guessing(address):
        raise Refused("forbidden", "That is wrong.")
    return why.value.code == "forbidden"


def test_after_twenty_wrong_passwords_even_the_right_one_waits_at_that_address_alone() -> None:
    clock = Clock()
    limited = made(clock)
    assert all(is_wrong(limited) for _ in range(limits.GUESSES_PER_MINUTE))
    assert refused(limited.guessing(HOME).__enter__).retry_after == 3
    with limited.guessing(OFFICE):
        pass
    clock.now += 3
    with limited.guessing(HOME):
        pass


def test_who_knows_the_password_may_show_it_as_often_as_they_like() -> None:
    limited = made()
    for _ in range(1000):
        with limited.guessing(HOME):
            pass


def test_a_house_that_restarts_is_no_wrong_guess() -> None:
    limited = made()
    for _ in range(100):
        with pytest.raises(Refused, match="restarts"), limited.guessing(HOME):
            raise Refused("unavailable", "The server restarts.")


def test_a_hundred_guesses_at_the_same_time_are_a_hundred() -> None:
    limited = made()
    under_way = [limited.guessing(HOME) for _ in range(limits.GUESSES_PER_MINUTE)]
    for one in under_way:
        one.__enter__()
    assert not is_wrong(limited)  # it is not even looked at
    under_way.pop().__exit__(None, None, None)
    assert is_wrong(limited)


def test_guesses_from_everywhere_are_bounded_too() -> None:
    limited = made()
    looked_at = [is_wrong(limited, f"10.0.{n // 256}.{n % 256}") for n in range(limits.GUESSES_OF_ALL + 1)]
    assert looked_at == [True] * limits.GUESSES_OF_ALL + [False]


# ---- answers -------------------------------------------------------------------------------------


def test_mallory_with_new_sessions_gets_the_answers_of_five_people() -> None:
    limited = made(answers_per_minute=2)
    got = 0
    for n in range(30):
        limited.know(f"session {n}".encode(), f"mallory {n}", HOME)
        got += limited.answers.take(f"mallory {n}") is None
    assert got == 2 * limits.OF_ADDRESS
    limited.know(b"ann", "ann", OFFICE)
    assert limited.answers.take("ann") is None


def test_a_day_costs_no_more_than_it_may() -> None:
    clock = Clock()
    limited = made(clock, answers_per_minute=0, answers_per_day=100)
    assert [limited.answers.take(f"bot {n}") for n in range(101)] == [None] * 100 + [864]
    clock.now += 864
    assert limited.answers.take("ann") is None


# ---- the gate ------------------------------------------------------------------------------------


def test_the_gate_lets_in_so_many_of_one_address_and_others_besides() -> None:
    clock = Clock()
    gate = Gate(house(connections_per_address=2), FILES, clock)
    assert [gate.enter(HOME) for _ in range(11)] == [True] * 10 + [False]
    assert gate.enter(OFFICE)
    gate.leave(HOME)
    assert gate.enter(HOME)


def test_the_gate_tires_of_whoever_comes_and_goes() -> None:
    clock = Clock()
    gate = Gate(house(connections_per_address=2), FILES, clock)
    let_in = 0
    for _ in range(1000):
        if gate.enter(HOME):
            let_in += 1
            gate.leave(HOME)
    assert let_in == 20
    clock.now += 1
    assert gate.enter(HOME)


def test_neighbours_in_an_ipv6_network_are_one_and_so_is_ipv4_in_ipv6() -> None:
    gate = Gate(house(connections_per_address=1), FILES, Clock())
    assert [gate.enter(f"2001:db8::{n:x}") for n in range(6)] == [True] * 5 + [False]
    assert [gate.enter(host) for host in [HOME, f"::ffff:{HOME}"] * 3] == [True] * 5 + [False]


def test_all_together_have_no_more_connections_than_there_are_files() -> None:
    gate = Gate(house(connections=0, connections_per_address=0), limits.RESERVED_FILES + 100, Clock())
    assert [gate.enter(f"10.0.0.{n}") for n in range(101)] == [True] * 100 + [False]
    gate = Gate(house(connections=10), FILES, Clock())
    assert [gate.enter(f"10.0.0.{n}") for n in range(11)] == [True] * 10 + [False]


def test_a_trusted_proxy_brings_as_many_as_there_are_files() -> None:
    gate = Gate(house(connections=10, connections_per_address=1, trusted_proxies=["10.0.0.0/8", HOME]), FILES, Clock())
    assert all(gate.enter(host) for host in ["10.1.2.3", HOME, f"::ffff:{HOME}"] * 100)
    assert not gate.enter(OFFICE)  # there are more than ten
