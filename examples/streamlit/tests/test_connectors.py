"""The three connectors in real Streamlit sessions, against a server that knows nothing of PocketRoom."""

import time
from pathlib import Path

import pytest

from tests.conftest import Open
from tests.processes import await_that, streamlit
from tests.scripted import Scripted

WAYS = ["dedicated", "dedicated, one slot", "shared", "shared, one slot", "worker"]


def enter(open_tab: Open, feed: Scripted, way: str, **query):
    lines = len(feed.lines)
    tab = open_tab(way=way, address=feed.address, **{"name": "ann", **query})
    if lines == 0 or not way.startswith("shared"):
        feed.awaits(lines + 1)
    await_that(lambda: tab.runs > 0)
    return tab


@pytest.mark.parametrize("way", WAYS)
def test_none_of_51_messages_that_come_between_two_runs_is_lost(open_tab: Open, feed: Scripted, way: str) -> None:
    ann = enter(open_tab, feed, way)
    ann.run(takes=0.5)
    feed.say(*range(51))
    ann.run(takes=0)
    ann.awaits(list(range(51)))


@pytest.mark.parametrize("way", WAYS)
def test_who_clicks_all_the_time_gets_each_message_once_and_in_order(open_tab: Open, feed: Scripted, way: str) -> None:
    ann = enter(open_tab, feed, way)
    clicks = 15 if "slot" in way else 60
    for number in range(clicks):
        feed.say(2 * number, 2 * number + 1)
        ann.run(click=number)
        time.sleep(0.005)  # the pace of the clicks, not a wait for anything
    ann.awaits(list(range(2 * clicks)))


@pytest.mark.parametrize("way", ["shared", "shared, one slot"])
def test_what_one_session_is_told_everyone_is_told_over_one_socket(open_tab: Open, feed: Scripted, way: str) -> None:
    people = [enter(open_tab, feed, way) for _ in range(3)]
    feed.say(*range(20))
    for somebody in people:
        somebody.awaits(list(range(20)))
    assert len(feed.paths) == 1


def test_in_a_fragment_only_the_fragment_runs_again(open_tab: Open, feed: Scripted) -> None:
    ann = enter(open_tab, feed, "dedicated, in a fragment")
    feed.say(*range(10))
    ann.awaits(list(range(10)))
    assert ann.held["whole"] == 1


def test_after_a_cut_the_applications_position_travels(open_tab: Open, feed: Scripted) -> None:
    ann = enter(open_tab, feed, "dedicated, resuming")
    feed.say(*range(5))
    ann.awaits(list(range(5)))
    feed.cut()
    feed.say(*range(5, 9))
    ann.awaits(list(range(9)))
    assert feed.paths == ["/feed?after=0", "/feed?after=5"]


@pytest.mark.parametrize("way", WAYS)
def test_the_line_comes_back_after_a_restart_and_takes_along_what_was_said_meanwhile(
    open_tab: Open, feed: Scripted, way: str
) -> None:
    ann = enter(open_tab, feed, way)
    feed.stop()
    feed.awaits(0)
    ann.run(say="are you there?")
    feed.start()
    feed.awaits(1)
    feed.say("yes")
    ann.awaits(["yes"])
    if way != "worker":
        await_that(lambda: feed.heard == [{"said": "are you there?"}], lambda: str(feed.heard))


@pytest.mark.parametrize("way", ["dedicated", "shared"])
@pytest.mark.parametrize("how", ["plainly", "in a loop", "in a loop of another thread"])
def test_one_may_send_from_anywhere(open_tab: Open, feed: Scripted, way: str, how: str) -> None:
    ann = enter(open_tab, feed, way)
    ann.run(say="hello", how=how)
    await_that(lambda: feed.heard == [{"said": "hello"}], lambda: f"{feed.heard} {ann.shown}")


@pytest.mark.parametrize("way", ["dedicated", "shared", "worker"])
def test_a_person_sees_that_a_callback_failed_and_gets_the_next_message(open_tab: Open, feed: Scripted, way: str) -> None:
    ann = enter(open_tab, feed, way)
    feed.say("one", "bad", "two")
    ann.awaits(["one", "two"])
    ann.awaits_words("this callback takes no bad messages")


def test_the_worker_starts_once_it_knows_the_name_and_only_once(open_tab: Open, feed: Scripted) -> None:
    ann = open_tab(way="worker", address=feed.address, name="")
    await_that(lambda: ann.run_again() and ann.runs > 3)
    assert not feed.paths
    ann.run(name="ann")
    feed.awaits(1)
    runs = ann.runs
    await_that(lambda: ann.run_again() and ann.runs > runs + 3)
    assert feed.paths == ["/feed?name=ann"]
    assert feed.heard == ["hello"]


def test_the_worker_is_told_of_a_cut_and_greets_again(open_tab: Open, feed: Scripted) -> None:
    ann = enter(open_tab, feed, "worker")
    await_that(lambda: feed.heard == ["hello"])
    feed.cut()
    await_that(lambda: ["close", None, None] in ann.held.get("calls", []))
    await_that(lambda: feed.heard == ["hello", "hello"])


def test_fifty_sessions_that_ended_leave_no_thread_and_no_socket(open_tab: Open, feed: Scripted) -> None:
    tabs = [enter(open_tab, feed, way) for way in WAYS * 10]
    assert len(feed.lines) == 31  # thirty of their own, and one that twenty share
    for tab in tabs:
        tab.close()
    feed.awaits(0)
    zoe = open_tab()
    await_that(lambda: zoe.run_again() and zoe.held.get("threads") == 0, lambda: str(zoe.held))


def test_who_leaves_before_the_first_run_has_ended_leaves_nothing_behind(open_tab: Open, feed: Scripted) -> None:
    for _ in range(10):
        open_tab(way="dedicated", address=feed.address, takes=0.2).close()
    zoe = open_tab()
    await_that(lambda: zoe.run_again() and zoe.held.get("scripts") == 1 and zoe.held["threads"] == 0, lambda: str(zoe.held))
    assert not feed.lines


def test_who_comes_back_at_once_keeps_the_line_and_later_gets_another(open_tab: Open, feed: Scripted) -> None:
    ann = enter(open_tab, feed, "dedicated")
    ann.close()
    ann.open()
    feed.say("one")
    ann.awaits(["one"])
    assert len(feed.paths) == 1
    ann.close()
    feed.awaits(0)
    ann.open()  # and does nothing else
    feed.awaits(1)
    feed.say("two")
    ann.awaits(["one", "two"])


def test_at_the_bound_a_line_is_read_no_further_and_a_shared_one_forgets_the_oldest(
    open_tab: Open, feed: Scripted, tmp_path: Path
) -> None:
    narrow = streamlit("tests/probe.py", tmp_path, WAITING="20")
    narrow.start()
    ann = enter(open_tab, feed, "dedicated", streamlit=narrow)
    bob = enter(open_tab, feed, "shared", streamlit=narrow)
    for somebody in (ann, bob):
        runs = somebody.runs
        somebody.run(takes=1)
        await_that(lambda somebody=somebody, runs=runs: somebody.runs >= runs)
    time.sleep(0.3)  # both scripts are asleep by now; nothing breaks if not, but then nothing waits
    feed.say(*range(100))
    ann.awaits(list(range(100)))
    ann.awaits_words("20 messages waited for this page")
    bob.awaits(list(range(80, 100)))
    bob.awaits_words("80 messages were forgotten unread")
    narrow.kill()
