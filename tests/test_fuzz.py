"""Nonsense in: the short form of bench/fuzz.py, what it has found, and the parser alone. FUZZ_SEED chooses another run."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
import socket
from pathlib import Path
from typing import Any

import pytest
from bench.fuzz import FUZZERS, RECORDED, UPGRADE, answer_to, fuzz, near_frames, request, unexpected
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server import Server

from utils.protocol import (
    CONTENT_UNITS, KEY, Ask, ClientFrame, Configure, Delete, Edit, Ping, Refused, Say, Stop, Typing, clean_text, parse, units,
)  # fmt: skip

SEED = int(os.environ.get("FUZZ_SEED", "1"))
FRAMES, CORPUS = 5_000, 300
POST = "POST /api/rooms/fuzz/messages"
REFUSED = {0, 400, 405, 414, 431}  # 0: closed without an answer

thorough = settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Server]:
    """A server that is started and stopped by its test."""
    server = Server(tmp_path, SPEAKS="mentioned")
    yield server
    if server.process is not None and server.process.poll() is None:
        server.kill()


# ---- the server ----------------------------------------------------------------------------------


async def test_ann_and_bea_talk_on_while_mallory_sends_nonsense(fresh: Server) -> None:
    with ThreadPoolExecutor(FUZZERS) as pool:
        result = await fuzz(fresh, pool, SEED, FRAMES, corpus=CORPUS, floods=False)
    assert not result.wrong, "\n".join(result.wrong)
    assert result.frames >= FRAMES
    assert min(result.rounds.values()) > 0, "Ann and Bea said nothing"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Length: 50\r\n", b'{"content":'),
        ("Transfer-Encoding: chunked\r\n", b"5\r\nhel"),
        ("Transfer-Encoding: chunked\r\n", b"no chunk\r\n"),
        ("Content-Length: 50\r\nExpect: 100-continue\r\n", b""),
    ],
)
def test_a_post_cut_off_in_its_body_leaves_no_traceback(standing: Server, head: str, body: bytes) -> None:
    printed = len(standing.printed())
    raw = request("", POST, head, body).raw.replace(b"HOST", f"127.0.0.1:{standing.port}".encode())
    for _ in range(10):
        answer_to(standing.port, raw, must_answer=False)
        assert standing.listens()  # and has noticed that the one before is gone
    assert unexpected(standing.printed()[printed:]) == []


@pytest.mark.parametrize("line", ["GET /", "GET /health", "GET /static/style.css", "POST /api/backup"])
def test_a_body_that_turns_bad_while_it_is_answered_leaves_no_traceback(standing: Server, line: str) -> None:
    printed = len(standing.printed())
    raw = request("", line, "Transfer-Encoding: chunked\r\n", b"no chunk\r\n").raw
    assert answer_to(standing.port, raw.replace(b"HOST", f"127.0.0.1:{standing.port}".encode()), must_answer=True) == 400
    assert unexpected(standing.printed()[printed:]) == []


def test_a_body_that_turns_bad_after_its_answer_leaves_no_traceback(standing: Server) -> None:
    printed = len(standing.printed())
    with socket.create_connection(("127.0.0.1", standing.port), 5) as line:
        line.sendall(b"POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert b" 404 " in line.recv(4096)
        line.sendall(b"zzzz\r\n")
        while line.recv(4096):
            pass
    assert unexpected(standing.printed()[printed:]) == []


@pytest.mark.parametrize(
    ("line", "head"),
    [
        ("GET /ws", f"X: {'x' * 9_000}"),
        ("GET /ws", "\r\n".join(["X: x"] * 200)),
        (f"GET /ws/{'a' * 9_000}", "X: x"),
        ("GET /ws", "Content-Length: 3"),
        ("GET /ws", "Transfer-Encoding: chunked"),
        ("POST /ws", "X: x"),
    ],
    ids=["long header", "many headers", "long path", "a body", "chunks", "POST"],
)
def test_a_bad_upgrade_is_refused_and_not_left_open(standing: Server, line: str, head: str) -> None:
    upgrade = UPGRADE.format(host=f"127.0.0.1:{standing.port}")
    assert answer_to(standing.port, f"{line} HTTP/1.1\r\n{upgrade}{head}\r\n\r\n".encode(), must_answer=True) in REFUSED


# ---- the parser ----------------------------------------------------------------------------------

KEYS = st.none() | st.from_regex(KEY, fullmatch=True)
IDS = st.integers(1, 2**53)
TEXTS = st.text().map(clean_text)
CONTENTS = TEXTS.filter(lambda text: bool(text.strip()) and units(text) <= CONTENT_UNITS)
SHORT = st.none() | st.text(max_size=50).map(lambda text: " ".join(clean_text(text).split()))
FRAMES_OF_ALL_KINDS: st.SearchStrategy[ClientFrame] = st.one_of(
    st.builds(Say, content=CONTENTS, reply_to=st.none() | IDS, key=KEYS),
    st.builds(Stop, id=IDS, key=KEYS),
    st.builds(Ask, id=IDS, key=KEYS),
    st.builds(Edit, id=IDS, content=CONTENTS, key=KEYS),
    st.builds(Delete, id=IDS, key=KEYS),
    st.builds(
        Configure, title=SHORT, instructions=SHORT, key=KEYS,
        speaks=st.none() | st.sampled_from(["auto", "always", "mentioned", "never"]), model=st.sampled_from([None, "", "gpt-4.1", "a/b:c"]),
    ),
    st.builds(Typing, type=st.just("typing"), on=st.booleans()),
    st.just(Ping(type="ping")),
)  # fmt: skip


def read(text: str | bytes) -> ClientFrame | None:
    """The frame in `text`; None if it was refused. Anything else that is raised fails the test."""
    try:
        return parse(text)
    except Refused as refused:
        assert refused.content  # noqa: PT017 - a sentence for people, whatever it was
        return None


@thorough
@given(st.binary())
def test_any_bytes_are_a_frame_or_are_refused(data: bytes) -> None:
    read(data)


@thorough
@given(near_frames(), st.booleans())
def test_any_json_is_read_as_json_reads_it_or_is_refused(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode(errors="replace")
    if frame := read(text):
        meant = json.loads(text)
        assert frame.type == meant["type"]
        for name in ("id", "key", "on", "reply_to", "speaks", "model"):
            if hasattr(frame, name):
                assert getattr(frame, name) == meant.get(name), name
        for name in ("id", "reply_to"):
            assert getattr(frame, name, None) is None or 1 <= getattr(frame, name) <= 2**53, name


@thorough
@given(st.sampled_from(RECORDED), st.data())
def test_bytes_changed_in_a_good_frame_leave_a_frame_or_are_refused(recorded: str, data: st.DataObject) -> None:
    changed = bytearray(recorded.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(changed[: data.draw(st.integers(0, len(changed)))]))
    read(bytes(changed))


@thorough
@given(FRAMES_OF_ALL_KINDS)
def test_a_frame_that_is_written_and_read_is_the_same(frame: ClientFrame) -> None:
    assert read(frame.model_dump_json()) == frame
    assert read(frame.model_dump_json(exclude_none=True)) == frame


@thorough
@given(FRAMES_OF_ALL_KINDS, st.dictionaries(st.text(min_size=1).map("x{}".format), st.integers() | st.text() | st.lists(st.booleans())))
def test_a_frame_with_unknown_fields_is_the_same_frame(frame: ClientFrame, unknown: dict[str, Any]) -> None:
    assert read(json.dumps({**unknown, **frame.model_dump(exclude_none=True)})) == frame


@pytest.mark.parametrize("depth", [10, 100, 199, 200, 201, 1_000, 60_000])
def test_deep_nesting_is_a_frame_or_is_refused(depth: int) -> None:
    read('{"type":"ping","x":' + "[" * depth + "]" * depth + "}")
    read('{"x":' * depth + "1" + "}" * depth)
