"""The labelled turns are whole and fairly shared out, and their bench counts right. How good the manners are is not judged here."""

import json
import re
import sys
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from bench.manners.__main__ import figures_of, judge, main, table, wrong_turns
from bench.manners.turns import HERE, LANGUAGES, SETS, Turn, held_back, read_turns

OPEN, HELD_BACK = map(read_turns, SETS)
TURNS = [*OPEN, *HELD_BACK]
FEWEST = {"en": 250, **dict.fromkeys(("de", "fr", "es", "pt", "it", "ja", "zh", "ko", "ru"), 20)}

CALLED = Turn("en-1", "en", "vocative", "speak", here=["Ann", "Bea"], turn=["Ann", "pocket?"])
CHAT = Turn("en-2", "en", "people_talk", "silent", here=["Ann", "Bea"], turn=["Ann", "hm"], note="to herself")
RUFEN = Turn("de-1", "de", "vocative", "speak", here=["Ann", "Bea"], turn=["Ann", "sag mal, pocket"])
ANSWERED = Turn(
    "en-3", "en", "follow_up", "speak", here=["Ann", "Ann", "Annie#ann2"], turn=["Ann", "why\nso?"], pause=10,
    assistant="Sage", then=["Ann"], later=[["Annie#ann2", "hi"]],
    earlier=[["Ann", "sage?"], ["Sage", "Yes?", 1], ["system", "Bea set title to “x”."]],
)  # fmt: skip


def shy(message: dict[str, Any], room: dict[str, Any], messages: list[dict[str, Any]]) -> bool:
    return False


def whoever_says_hm(message: dict[str, Any], room: dict[str, Any], messages: list[dict[str, Any]]) -> bool:
    return message["content"] == "hm"


# ---- the set -------------------------------------------------------------------------------------


def test_every_turn_has_an_id_of_its_own_that_tells_its_language() -> None:
    assert len({turn.id for turn in TURNS}) == len(TURNS) >= 420
    assert all(re.fullmatch(rf"{turn.language}-\d{{3}}", turn.id) for turn in TURNS)


def test_each_turn_is_asked_once() -> None:
    asked = Counter(json.dumps([turn.assistant, turn.earlier, turn.turn, turn.here, turn.then], ensure_ascii=False) for turn in TURNS)
    assert asked.most_common(1)[0][1] == 1


def test_every_language_has_its_turns() -> None:
    counts = Counter(turn.language for turn in TURNS)
    assert set(counts) == set(LANGUAGES)
    assert {language: counts[language] for language, fewest in FEWEST.items() if counts[language] < fewest} == {}


@pytest.mark.parametrize("language", FEWEST)
def test_about_as_many_turns_call_as_do_not(language: str) -> None:
    labels = [turn.label for turn in TURNS if turn.language == language]
    assert set(labels) == {"speak", "silent"}
    assert 0.4 <= labels.count("speak") / len(labels) <= 0.5


def test_a_third_is_held_back_by_the_stated_rule() -> None:
    assert {turn.id for turn in HELD_BACK} == held_back(TURNS)
    assert 0.32 <= len(HELD_BACK) / len(TURNS) <= 0.35


def test_what_is_held_back_has_every_principle_and_is_no_other_mixture() -> None:
    assert {turn.principle for turn in HELD_BACK} == {turn.principle for turn in OPEN}
    shares = [sum(turn.speak for turn in turns) / len(turns) for turns in (OPEN, HELD_BACK)]
    assert shares[0] == pytest.approx(shares[1], abs=0.03)


def test_the_readme_explains_every_principle_and_no_other_and_counts_the_turns() -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)`", readme, re.MULTILINE)) == {turn.principle for turn in TURNS}
    assert f"hold {len(TURNS)} turns" in readme


@pytest.mark.parametrize("tag", ["speak", "silent"])
def test_a_principle_labels_as_the_readme_says(tag: str) -> None:
    words = {"speak": "speak", "silent": "keep silent"}[tag]
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    principles = re.findall(rf"^\| `(\w+)` \| {words} \|", readme, re.MULTILINE)
    assert principles
    assert [turn.id for turn in TURNS if turn.principle in principles and turn.label != tag] == []


def test_replies_lead_to_what_was_said_before_and_answers_to_people() -> None:
    for turn in TURNS:
        _, _, messages = turn.scene("auto")
        by_id = {message["id"]: message for message in messages}
        for message in messages:
            original = by_id.get(message.get("reply_to"))
            assert "reply_to" not in message or (original and original["id"] < message["id"]), turn.id
            if message["author"]["kind"] == "assistant":
                assert original, turn.id
                assert original["author"]["kind"] == "human", turn.id


def test_people_speak_the_turns_and_none_of_them_is_called_like_the_assistant() -> None:
    assert [turn.id for turn in TURNS if turn.scene("auto")[0]["author"]["kind"] != "human"] == []
    assert [turn.id for turn in TURNS if turn.assistant.lower() in map(str.lower, turn.here)] == []


# ---- what is asked -------------------------------------------------------------------------------


def test_a_turn_is_asked_as_the_room_would_ask_it() -> None:
    message, room, messages = ANSWERED.scene("mentioned")
    assert (room["speaks"], room["assistant"]) == ("mentioned", "Sage")
    assert (room["people"], room["here"]) == (["Ann", "Ann", "Annie"], ["ann", "ann", "ann2"])
    assert [m["id"] for m in messages] == [1, 2, 3, 4, 5]
    assert [m["author"]["kind"] for m in messages] == ["human", "assistant", "system", "human", "human"]
    assert messages[1]["reply_to"] == 1
    assert messages[3] is message
    assert (message["content"], message["here"]) == ("why\nso?", ["ann"])
    assert "reply_to" not in message
    assert messages[4]["author"] == {"id": "ann2", "name": "Annie", "kind": "human"}


def test_nine_minutes_more_pass_before_a_turn_with_a_pause_of_ten() -> None:
    minutes = [message["ts"] // 60_000 for message in ANSWERED.scene("auto")[2]]
    assert [late - early for early, late in pairwise(minutes)] == [1, 1, 10, 1]


# ---- what is counted -----------------------------------------------------------------------------


def test_a_shy_assistant_misses_every_call_and_interrupts_nobody() -> None:
    figures = figures_of(judge([CALLED, CHAT, RUFEN], "auto", shy))
    assert (figures.turns, figures.speak, figures.silent, figures.missed, figures.interrupts) == (3, 2, 1, 2, 0)


def test_one_that_speaks_at_the_wrong_time_is_wrong_both_ways() -> None:
    verdicts = judge([CALLED, CHAT, RUFEN], "auto", whoever_says_hm)
    assert [(verdict.spoke, verdict.wrong) for verdict in verdicts] == [(False, True), (True, True), (False, True)]
    assert (figures_of(verdicts).missed, figures_of(verdicts).interrupts) == (2, 1)


def test_always_is_asked_as_always() -> None:
    asked: list[str] = []

    def note(message: dict[str, Any], room: dict[str, Any], messages: list[dict[str, Any]]) -> bool:
        asked.append(room["speaks"])
        return True

    verdicts = judge([CALLED, CHAT], "always", note)
    assert asked == ["always", "always"]
    assert (figures_of(verdicts).interrupts, figures_of(verdicts).missed) == (1, 0)


def test_the_table_counts_in_percent_of_the_turns_where_it_can_go_wrong() -> None:
    lines = table("auto", {"open": judge([CALLED, CHAT, RUFEN], "auto", whoever_says_hm)}).splitlines()
    rows = {line.split()[0]: " ".join(line.split()[1:-2]) for line in lines[3:]}
    assert rows == {
        "en": "2 1 (100.0 %) 1 (100.0 %)",
        "de": "1 – 1 (100.0 %)",
        "all": "3 1 (100.0 %) 2 (100.0 %)",
    }


def test_a_decision_costs_the_time_that_it_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([1_000, 6_000, 50_000, 50_500])  # ns of CPU, before and after each decision
    monkeypatch.setattr("time.thread_time_ns", lambda: next(clock))
    assert [verdict.microseconds for verdict in judge([CALLED, CHAT], "auto", shy)] == [5, 0.5]


# ---- what is shown -------------------------------------------------------------------------------


def test_a_wrong_turn_is_told_with_what_was_said_before_and_why() -> None:
    told = wrong_turns("open", judge([CHAT, ANSWERED], "auto", lambda *scene: scene[0]["content"] == "hm"), shown=True)
    assert "open: 2 wrong" in told
    assert "en-2 false interrupt, people_talk; here: Ann, Bea\n  > Ann: hm\n    (to herself)" in told
    assert "en-3 missed call, follow_up, its name is Sage; here: Ann\n    Ann: sage?\n    Sage (to 1): Yes?" in told


def test_what_is_held_back_is_only_counted() -> None:
    assert wrong_turns("held_back", judge([CALLED, CHAT], "auto", shy), shown=False) == "\nheld back: 1 wrong"


def test_what_is_held_back_is_printed_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = {"open": [CALLED], "held_back": [RUFEN]}
    monkeypatch.setattr("bench.manners.__main__.read_turns", sets.__getitem__)
    monkeypatch.setattr("bench.manners.__main__.judge", lambda turns, policy: judge(turns, policy, shy))
    monkeypatch.setattr(sys, "argv", ["manners", "--wrong"])
    main()
    printed = capsys.readouterr().out
    assert "pocket?" in printed
    assert "sag mal" not in printed
    monkeypatch.setattr(sys, "argv", ["manners", "--wrong", "--held-back"])
    main()
    assert "sag mal" in capsys.readouterr().out
