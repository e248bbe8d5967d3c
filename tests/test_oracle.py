"""The oracle can fail: a short recording without fault, and one for each way in which it can be spoilt."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.oracle import Kind, Line, Verdict, Witness, judge

Frame = dict[str, Any]

ANN = {"id": "a", "name": "Ann", "kind": "human"}
BEA = {"id": "b", "name": "Bea", "kind": "human"}
POCKET = {"id": "assistant", "name": "Pocket", "kind": "assistant"}
SYSTEM = {"id": "system", "name": "system", "kind": "system"}
ROOM = {
    "name": "tea", "title": "tea", "instructions": "", "speaks": "auto", "model": "", "assistant": "Pocket", "epoch": "E",
    "seq": 0,
}  # fmt: skip


def message(id: int, author: Frame, content: str, seq: int = 0, status: str = "complete", **more: Any) -> Frame:
    return {"id": id, "seq": seq or id, "ts": 1_000 + id, "author": author, "content": content, "status": status, **more}


def live(message: Frame) -> Frame:
    return {"type": "message", **message}


def start(id: int, reply_to: int) -> Frame:
    begun = message(id, POCKET, "", reply_to=reply_to)
    return {"type": "start", **{name: value for name, value in begun.items() if name != "status"}}


def chunk(id: int, off: int, content: str) -> Frame:
    return {"type": "chunk", "id": id, "off": off, "content": content}


def end(id: int, seq: int, length: int, status: str = "complete", content: str = "", **by: Frame) -> Frame:
    return {"type": "end", "id": id, "seq": seq, "status": status, "length": length, "content": content, **by}


def ack(key: str, id: int, duplicate: bool = False) -> Frame:
    return {"type": "ack", "key": key, "id": id, "duplicate": duplicate}


def error(key: str, code: str) -> Frame:
    return {"type": "error", "key": key, "code": code, "content": "No."}


def welcome(you: str, seq: int, *messages: Frame, title: str = "tea", **more: Any) -> Frame:
    room = {**ROOM, "seq": seq, "title": title}
    floor = {} if more.get("resumed") else {"from": 0}
    return {
        "type": "welcome", "room": room, "you": {"id": you, "name": you}, "messages": [*messages], "resumed": False, **floor, **more,
    }  # fmt: skip


HI, HELLO = message(1, ANN, "hi", key="a1"), message(1, ANN, "hello 👋", 5, key="a1", edited=9)
YO = message(2, BEA, "yo", key="b1")
TOLD = message(6, SYSTEM, "Bea set title to “Tea”.", by=BEA)
BYE, GONE = message(7, BEA, "bye", key="b2"), message(7, BEA, "", 8, "deleted", key="b2")
HALF = message(3, POCKET, "He😀", status="streaming", reply_to=1)
WHOLE = message(3, POCKET, "He😀llo", 4, reply_to=1)
STOPPED = message(9, POCKET, "No", 10, "stopped", reply_to=1, by=BEA, reason="Bea stopped this answer.")
FINAL = [HELLO, YO, WHOLE, TOLD, GONE, STOPPED]
END = end(3, 4, 7)
LAST_END = end(9, 10, 2, "stopped", "Bea stopped this answer.", by=BEA)
RENAMED = {"type": "room", **ROOM, "title": "Tea", "seq": 6}


class Recording:
    """Ann's line breaks in the middle of an answer, and she sends her edit again. Bea sees everything, and changes a lot."""

    def __init__(self) -> None:
        self.ann = [
            [welcome("a", 0), live(HI), ack("a1", 1), live(YO), start(3, 1), chunk(3, 0, "He😀")],
            [
                welcome("a", 4, WHOLE, resumed=True), live(HELLO), ack("a2", 1), live(TOLD), RENAMED, live(BYE), live(GONE),
                start(9, 1), ack("a3", 3), chunk(9, 0, "No"), LAST_END, {"type": "pong", "seq": 10},
            ],
        ]  # fmt: skip
        self.bea = [
            [
                welcome("b", 0), live(HI), live(YO), ack("b1", 2), start(3, 1), chunk(3, 0, "He"), chunk(3, 2, "😀llo"), END,
                live(HELLO), live(TOLD), RENAMED, ack("b4", 6), live(BYE), ack("b2", 7), live(GONE), ack("b3", 7), start(9, 1),
                chunk(9, 0, "No"), LAST_END, ack("b5", 9),
            ]
        ]  # fmt: skip
        self.fresh = [[welcome("f", 10, *FINAL, title="Tea")]]
        self.after: list[tuple[int | None, str]] = [(None, ""), (3, "E")]
        self.ann_said = [
            {"type": "message", "key": "a1", "content": "hi"}, {"type": "edit", "key": "a2", "id": 1, "content": "hello 👋"},
            {"type": "ask", "key": "a3", "id": 3},
        ]  # fmt: skip
        self.bea_said = [
            {"type": "message", "key": "b1", "content": "yo"}, {"type": "message", "key": "b2", "content": "bye"},
            {"type": "delete", "key": "b3", "id": 7}, {"type": "configure", "key": "b4", "title": "Tea"},
            {"type": "stop", "key": "b5", "id": 9},
        ]  # fmt: skip
        self.ann_sent = [["a1", "a2"], ["a2", "a3"]]
        self.bea_sent = [["b1", "b2", "b3", "b4", "b5"]]
        self.told: dict[str, int | str] = {"a1": 1, "a2": 1, "a3": 3}
        self.ann_shows = {"epoch": "E", "seq": 10, "room": {**ROOM, "title": "Tea", "seq": 6}, "floor": 0, "messages": [*FINAL]}
        self.restored = self.refusing = False

    def verdict(self) -> Verdict:
        ann = Witness("Ann", self.lines(self.ann, self.ann_said, self.ann_sent, self.after), self.ann_said, self.told, self.ann_shows)
        bea = Witness("Bea", self.lines(self.bea, self.bea_said, self.bea_sent), self.bea_said)
        return judge([ann, bea], Witness("somebody new", self.lines(self.fresh)), self.restored, self.refusing)

    def lines(
        self, received: list[list[Frame]], said: list[Frame] | None = None, sent: list[list[str]] | None = None,
        after: list[tuple[int | None, str]] | None = None,
    ) -> list[Line]:  # fmt: skip
        frames = {frame["key"]: json.dumps(frame) for frame in said or []}
        return [
            Line(*(after[n] if after else (None, "")), [*map(json.dumps, line)], [frames[key] for key in (sent[n] if sent else [])])
            for n, line in enumerate(received)
        ]

    def finally_is(self, *messages: Frame, seq: int = 10) -> None:
        """The room as somebody new reads it."""
        self.fresh = [[welcome("f", seq, *sorted(messages, key=lambda m: m["id"]), title="Tea")]]

    def finally_has(self, message: Frame) -> None:
        self.finally_is(*[message if old["id"] == message["id"] else old for old in FINAL])


Spoil = Callable[[Recording], Any]
SPOILT: dict[str, tuple[Kind, str, Spoil]] = {}


def spoilt(kind: Kind, found: str) -> Callable[[Spoil], Spoil]:
    def note(spoil: Spoil) -> Spoil:
        SPOILT[spoil.__name__.replace("_", " ")] = kind, found, spoil
        return spoil

    return note


# ---- lost --------------------------------------------------------------------------------------------


@spoilt("lost", "the message b1 of Bea was acked, and is not there")
def an_acked_message_is_gone(r: Recording) -> None:
    r.finally_is(*(m for m in FINAL if m["id"] != 2))


@spoilt("lost", "saw change 2 of message 2, which is gone")
def a_message_that_somebody_saw_is_gone(r: Recording) -> None:
    r.bea_said, r.bea_sent = r.bea_said[1:], [r.bea_sent[0][1:]]
    r.bea[0].remove(ack("b1", 2))
    r.finally_is(*(m for m in FINAL if m["id"] != 2))


@spoilt("lost", "saw change 5 of message 1, which is back at 1")
def an_edit_that_somebody_saw_is_gone(r: Recording) -> None:
    r.finally_has(HI)


@spoilt("lost", "Ann changed message 1, which now is 'hi', none of 'hello 👋'")
def an_acked_edit_does_not_hold(r: Recording) -> None:
    r.finally_has({**HELLO, "content": "hi"})


@spoilt("lost", "Ann changed message 1, which now is 'hello 👋', none of 'later'")
def a_newer_edit_is_undone(r: Recording) -> None:
    r.ann_said.append({"type": "edit", "key": "a4", "id": 1, "content": "later"})
    r.ann_sent[1].append("a4")
    r.ann[1].append(ack("a4", 1))
    r.told["a4"] = 1


@spoilt("lost", "Bea changed message 7, which now is 'bye', none of deleted")
def an_acked_deletion_does_not_hold(r: Recording) -> None:
    r.finally_has(BYE)


@spoilt("lost", "Ann saw 4 units of answer 3 and then 7 that begin otherwise")
def an_answer_comes_back_with_another_text(r: Recording) -> None:
    r.ann[1][0] = welcome("a", 4, {**WHOLE, "content": "Ho😀llo"}, resumed=True)


@spoilt("lost", "Ann saw 4 units of answer 3 and then 2 that begin otherwise")
def an_answer_comes_back_with_less_text(r: Recording) -> None:
    r.ann[1][0] = welcome("a", 4, {**WHOLE, "content": "He"}, resumed=True)


@spoilt("lost", "Ann saw 7 units of answer 3, which is now 2 others")
def an_answer_is_shorter_in_the_end(r: Recording) -> None:
    r.finally_has({**WHOLE, "content": "He"})


@spoilt("lost", "Bea held 4 units of 3, which ended at 7")
def a_piece_of_an_answer_is_missing(r: Recording) -> None:
    r.bea[0][6] = chunk(3, 2, "😀")


@spoilt("lost", "Bea got 4 units into answer 3, having 2")
def a_piece_within_an_answer_is_missing(r: Recording) -> None:
    r.bea[0][6] = chunk(3, 4, "llo")


@spoilt("lost", "Bea got change 3 right after 1")
def a_change_is_not_delivered(r: Recording) -> None:
    r.bea[0].remove(live(YO))


@spoilt("lost", "Ann was welcomed to 4 with nothing of message 3, where 4 was due")
def a_welcome_leaves_a_change_out(r: Recording) -> None:
    r.ann[1][0] = welcome("a", 4, resumed=True)


@spoilt("lost", "Ann was welcomed to 5 with nothing of message 3, where 3 was due")
def a_welcome_leaves_out_the_answer_that_streams(r: Recording) -> None:
    late = [live(HELLO), welcome("a", 5, resumed=True), {**END, "seq": 6}]
    r.ann = [[*r.ann[0], *late]]
    r.ann_sent = [["a1", "a2", "a3"]]
    r.finally_has({**WHOLE, "seq": 6})


@spoilt("lost", "Ann stood at 3, and was then welcomed to 2")
def the_room_goes_back(r: Recording) -> None:
    r.ann[1].insert(0, welcome("a", 2, resumed=True))


@spoilt("lost", "Bea set title to 'Tea' last, but it is 'tea'")
def an_acked_setting_does_not_hold(r: Recording) -> None:
    r.fresh = [[welcome("f", 10, *FINAL)]]


@spoilt("lost", "Bea changed the room's settings, but the message 2 does not tell so")
def nobody_is_told_of_a_setting(r: Recording) -> None:
    r.bea[0][r.bea[0].index(ack("b4", 6))] = ack("b4", 2)


@spoilt("lost", "Ann never had an answer to a3")
def a_client_waits_for_ever(r: Recording) -> None:
    r.ann[1].remove(ack("a3", 3))
    del r.told["a3"]


@spoilt("lost", "Bea stopped the answer 9, which is complete")
def a_stopped_answer_was_not_stopped(r: Recording) -> None:
    r.finally_has(message(9, POCKET, "No", 10, reply_to=1))


# ---- doubled -----------------------------------------------------------------------------------------


@spoilt("doubled", "the message b1 of Bea stands twice: as 2, 11")
def a_message_stands_twice(r: Recording) -> None:
    r.finally_is(*FINAL, {**YO, "id": 11, "seq": 11}, seq=11)


@spoilt("doubled", "Bea stood at 2 and got change 2 again")
def a_change_is_delivered_twice(r: Recording) -> None:
    r.bea[0].insert(3, live(YO))


@spoilt("doubled", "The number 2 was given to 2 messages")
def two_messages_have_one_number(r: Recording) -> None:
    r.finally_has({**TOLD, "seq": 2})


@spoilt("doubled", "Bea sent b1 once over one line and was answered twice")
def a_frame_is_answered_twice(r: Recording) -> None:
    r.bea[0].append(ack("b1", 2, True))


@spoilt("doubled", "the message b1 of Bea was acked as new more than once")
def a_message_is_new_twice(r: Recording) -> None:
    r.bea_sent[0].append("b1")
    r.bea[0].append(ack("b1", 2))


@spoilt("doubled", "Bea saw an end of answer 3, which did not stream")
def an_answer_ends_twice(r: Recording) -> None:
    r.bea[0][8] = end(3, 5, 7)


@spoilt("doubled", "The question 1 was put once and answered twice")
def a_question_is_answered_twice(r: Recording) -> None:
    r.ann_said, r.ann_sent = r.ann_said[:2], [["a1", "a2"], ["a2"]]


@spoilt("doubled", "was given the message 2 twice at once")
def a_welcome_holds_a_message_twice(r: Recording) -> None:
    r.finally_is(*FINAL, YO)


# ---- reordered ---------------------------------------------------------------------------------------


@spoilt("reordered", "Bea said b2 before b1, but they stand as 7 and 2")
def messages_stand_in_another_order(r: Recording) -> None:
    r.bea_said[0], r.bea_said[1] = r.bea_said[1], r.bea_said[0]


@spoilt("reordered", "was given the message 2 before 1")
def a_welcome_is_out_of_order(r: Recording) -> None:
    r.fresh = [[welcome("f", 10, YO, HELLO, WHOLE, TOLD, GONE, STOPPED, title="Tea")]]


# ---- other -------------------------------------------------------------------------------------------


@spoilt("other", "The answer 3 streams for ever")
def an_answer_never_ends(r: Recording) -> None:
    r.finally_has({**WHOLE, "seq": 3, "status": "streaming"})


@spoilt("other", "Ann's screen and the room do not agree: message 2 is missing and")
def a_client_misses_a_message(r: Recording) -> None:
    r.ann_shows["messages"].remove(YO)


@spoilt("other", "Ann's screen and the room do not agree: seq is 9 and 10")
def a_client_has_another_number(r: Recording) -> None:
    r.ann_shows["seq"] = 9


@spoilt("other", "Ann's screen and the room do not agree: room is")
def a_client_has_other_settings(r: Recording) -> None:
    r.ann_shows["room"]["title"] = "Coffee"


@spoilt("other", "Ann's frames and the room do not agree: room is")
def nobody_hears_of_a_setting(r: Recording) -> None:
    r.ann[1].remove(RENAMED)


@spoilt("other", "Ann shows messages from 2 on, where its frames say 0")
def a_client_shows_too_little(r: Recording) -> None:
    r.ann_shows["floor"], r.ann_shows["messages"] = 2, FINAL[1:]


@spoilt("other", "did not read the whole room, but from 3 on")
def the_room_was_not_read_whole(r: Recording) -> None:
    r.fresh[0][0]["from"] = 3


@spoilt("other", "The room's number is 11, which is not that of its latest change")
def the_room_counts_a_change_that_is_none(r: Recording) -> None:
    r.finally_is(*FINAL, seq=11)


@spoilt("other", "The message 2 has the number 1, before it appeared")
def a_message_is_older_than_itself(r: Recording) -> None:
    r.finally_has({**YO, "seq": 1})


@spoilt("other", "The room had 2 epochs, though nothing was restored")
def the_room_has_another_life(r: Recording) -> None:
    r.ann[0] = [{**welcome("a", 0), "room": {**ROOM, "epoch": "D"}}]
    r.after[1] = 0, "D"


@spoilt("other", "The change 2 is ")
def one_number_is_two_changes(r: Recording) -> None:
    r.bea[0][2] = live({**YO, "content": "ya"})


@spoilt("other", "the message a4 of Ann was refused (unavailable), and is there")
def a_refused_message_is_there(r: Recording) -> None:
    r.ann_said.append({"type": "message", "key": "a4", "content": "no"})
    r.ann_sent[1].append("a4")
    r.ann[1].append(error("a4", "unavailable"))
    r.told["a4"] = "unavailable"
    r.finally_is(*FINAL, message(11, ANN, "no", key="a4"), seq=11)


@spoilt("other", "stands under x9, which its author never sent")
def nobody_sent_a_message(r: Recording) -> None:
    r.finally_is(*FINAL, message(11, ANN, "boo", key="x9"), seq=11)


@spoilt("other", "The message 11 has no key, and nobody sent it")
def nobody_sent_a_message_without_a_key(r: Recording) -> None:
    r.finally_is(*FINAL, message(11, ANN, "boo"), seq=11)


@spoilt("other", "the message b1 of Bea stands with another text than was sent")
def a_message_has_another_text(r: Recording) -> None:
    r.bea_said[0]["content"] = "yo!"


@spoilt("other", "the message b1 of Bea replies to None, and was sent to 1")
def a_message_replies_to_nothing(r: Recording) -> None:
    r.bea_said[0]["reply_to"] = 1


@spoilt("other", "The message 2 was changed, which its author never asked for")
def somebody_else_edits_a_message(r: Recording) -> None:
    r.finally_is(HELLO, {**YO, "seq": 11, "content": "ya", "edited": 9}, WHOLE, TOLD, GONE, STOPPED, seq=11)


@spoilt("other", "The message 2 has the number 11 after 2, though nobody changed it")
def a_message_changes_by_itself(r: Recording) -> None:
    r.finally_is(HELLO, {**YO, "seq": 11}, WHOLE, TOLD, GONE, STOPPED, seq=11)


@spoilt("other", "The message 1 was edited to 'hullo', which its author never asked for")
def an_edit_has_another_text(r: Recording) -> None:
    r.ann[1].remove(ack("a2", 1))
    r.told["a2"] = "gone"
    r.finally_has({**HELLO, "content": "hullo"})


@spoilt("other", "which became")
def a_message_changes_its_author(r: Recording) -> None:
    r.finally_is(HELLO, {**YO, "author": ANN, "seq": 11, "edited": 9}, WHOLE, TOLD, GONE, STOPPED, seq=11)


@spoilt("other", "The answer 3 ended at 4, and changed at 11 after its end")
def an_answer_changes_after_its_end(r: Recording) -> None:
    r.finally_is(HELLO, YO, {**WHOLE, "seq": 11, "content": "He😀llo!"}, TOLD, GONE, STOPPED, seq=11)


@spoilt("other", "the message a1 of Ann was acked as 2, and stands as 1")
def an_ack_names_another_message(r: Recording) -> None:
    r.ann[0][2] = ack("a1", 2)


@spoilt("other", "Ann stood at 10 when the server said 11")
def a_pong_counts_what_was_never_told(r: Recording) -> None:
    r.ann[1][-1]["seq"] = 11


@spoilt("other", "Bea got 'message' before any welcome")
def a_line_begins_without_a_welcome(r: Recording) -> None:
    r.bea[0].insert(0, live(HI))


@spoilt("other", "Bea got another text for what 3 had said at 1")
def a_chunk_overlaps_with_another_text(r: Recording) -> None:
    r.bea[0][6] = chunk(3, 1, "x😀llo")


@spoilt("other", "Bea got more of answer 3, which did not stream")
def a_chunk_comes_after_the_end(r: Recording) -> None:
    r.bea[0].insert(8, chunk(3, 7, "!"))


@spoilt("other", "There are answers to 6, which is nobody's message")
def an_answer_answers_nobody(r: Recording) -> None:
    r.finally_has({**WHOLE, "reply_to": 6})


@spoilt("other", "Ann was resumed from another room's life")
def a_newcomer_is_resumed(r: Recording) -> None:
    r.ann[0][0] = welcome("a", 0, resumed=True)


@spoilt("other", "Ann came back with 2, but had seen 3")
def a_client_forgets_where_it_was(r: Recording) -> None:
    r.after[1] = 2, "E"


@spoilt("other", "Ann was a and became c")
def a_client_becomes_somebody_else(r: Recording) -> None:
    r.ann[1][0]["you"]["id"] = "c"


@spoilt("other", "Ann was welcomed to 4 with change 5 of message 1")
def a_welcome_knows_the_future(r: Recording) -> None:
    r.ann[1][0] = welcome("a", 4, HELLO, WHOLE, resumed=True)


@spoilt("other", "Ann was told that a1 is 2, which no server said")
def a_client_tells_another_id(r: Recording) -> None:
    r.told["a1"] = 2


@spoilt("other", "Ann was told that a1 failed (busy), which no server said")
def a_client_tells_of_an_error_that_never_came(r: Recording) -> None:
    r.told["a1"] = "busy"


@pytest.mark.parametrize("name", SPOILT)
def test_the_oracle_finds_that(name: str) -> None:
    kind, found, spoil = SPOILT[name]
    recording = copy.deepcopy(Recording())
    spoil(recording)
    violations = recording.verdict().violations
    assert any(kind == violation.kind and found in violation.sentence for violation in violations), violations


# ---- and what is no violation ------------------------------------------------------------------------


def nothing_is_wrong(r: Recording) -> None: ...


def an_unanswered_message_is_not_there(r: Recording) -> None:
    r.bea_said.append({"type": "message", "key": "b9", "content": "lost on the way"})
    r.bea_sent[0].append("b9")


def an_unanswered_message_is_there(r: Recording) -> None:
    an_unanswered_message_is_not_there(r)
    late = message(11, BEA, "lost on the way", key="b9")
    r.ann[1].append(live(late))
    r.ann_shows["seq"] = 11
    r.ann_shows["messages"].append(late)
    r.finally_is(*FINAL, late, seq=11)


def a_refused_message_is_not_there(r: Recording) -> None:
    an_unanswered_message_is_not_there(r)
    r.bea[0].append(error("b9", "unavailable"))


def a_resent_message_is_a_duplicate(r: Recording) -> None:
    r.bea_sent[0].append("b1")
    r.bea[0].append(ack("b1", 2, True))


def an_echo_is_an_ack(r: Recording) -> None:
    r.ann[0].remove(ack("a1", 1))


def an_older_edit_is_done_again_by_a_new_server(r: Recording) -> None:
    a_newer_edit_is_undone(r)
    r.ann.append([welcome("a", 10, resumed=True, title="Tea"), ack("a2", 1)])
    r.ann_sent.append(["a2"])
    r.after.append((10, "E"))


def a_chunk_overlaps(r: Recording) -> None:
    r.bea[0][6] = chunk(3, 1, "e😀llo")


def a_page_is_ahead_of_the_line(r: Recording) -> None:
    r.ann[0][0] = {**welcome("a", 0), "from": 2}
    r.ann[0].insert(-1, {"type": "page asked"})
    r.ann[0].insert(-1, {"type": "page", "epoch": "E", "from": 0, "messages": [HELLO, WHOLE]})


def a_page_comes_too_late(r: Recording) -> None:
    r.ann[0].append({"type": "page asked"})
    r.ann[1].insert(1, {"type": "page", "epoch": "D", "from": 0, "messages": [message(1, ANN, "other")]})


def a_message_was_refused_unheard_by_a_full_disk(r: Recording) -> None:
    messages_stand_in_another_order(r)
    r.bea_sent = [["b2", "b1", "b2", "b3", "b4", "b5"]]
    r.refusing = True


def a_backup_was_restored(r: Recording) -> None:
    the_room_has_another_life(r)
    r.restored = True
    r.ann[1][0] = welcome("a", 4, HI, YO, WHOLE)


SOUND = {
    spoil.__name__.replace("_", " "): spoil
    for spoil in (
        nothing_is_wrong, an_unanswered_message_is_not_there, an_unanswered_message_is_there, a_refused_message_is_not_there,
        a_resent_message_is_a_duplicate, an_echo_is_an_ack, an_older_edit_is_done_again_by_a_new_server, a_chunk_overlaps,
        a_page_is_ahead_of_the_line, a_page_comes_too_late, a_message_was_refused_unheard_by_a_full_disk, a_backup_was_restored,
    )
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_the_oracle_finds_nothing_wrong_when(name: str) -> None:
    recording = copy.deepcopy(Recording())
    SOUND[name](recording)
    assert recording.verdict().violations == []


def test_the_oracle_counts_what_was_acked_and_shown() -> None:
    verdict = Recording().verdict()
    assert (verdict.acked, verdict.shown) == (8, 6)
    assert verdict.units == len("hello 👋yoHe😀lloBea set title to “Tea”.byeNo") + 2  # two characters beyond the BMP
