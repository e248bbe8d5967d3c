"""The fan-out benchmark compares like with like: each peer passes a message on to everybody, turns alternate, shares are right."""

import argparse
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from websockets.sync.client import ClientConnection, connect

from bench import fanout_report, load, peers
from bench.fanout import AIMS, ANSWERS, CASES, rounds
from bench.fanout_report import Aim, Report, Setting, bytes_ratio, delivery_table, doubts, ratios, said, spread
from bench.load import Answered, Run, load_command
from bench.peers.tokens import LAST, TEXT, TEXT_BYTES, TOKENS
from bench.servers import ANYWHERE, OURS, BenchError, Server, running
from utils.protocol import ANSWER_UNITS

PEER = peers.FASTAPI.name


def run(server: str, per_core: float, **other: Any) -> Run:
    given = {"deliveries_per_second": per_core, "server_cpu": 1.0, "load_cpu": 0.4, "p50_ms": 1.0, "p99_ms": 2.0, "last_p99_ms": 2.5}
    return Run(server, deliveries_per_core=per_core, **{**given, "bytes_per_delivery": 220, "missed": 0, "repeated": 0, "caught_up": 0, **other})


def answered(server: str, per_core: float, **other: Any) -> Answered:
    given = {"rooms": 1, "tokens_per_second": per_core, "server_cpu": 1.0, "load_cpu": 0.4, "seconds": TOKENS / per_core, "frames_per_member": 100}
    more = {"bytes_per_member": TEXT_BYTES * 1.5, "first_p50_ms": 1.0, "first_p99_ms": 2.0, "whole": True, "caught_up": 0}
    return Answered(server, tokens_per_core=per_core, **{**given, **more, **other})


def pairs(*figures: tuple[float, float]) -> list[dict[str, Run]]:
    return [{OURS.name: run(OURS.name, ours), PEER: run(PEER, theirs)} for ours, theirs in figures]


def setting(folder: Path, pairs: int = 3) -> Setting:
    options = argparse.Namespace(pairs=pairs, seconds=1.5, pinned=True, data=folder, write=True, case=None)
    return Setting(ANYWHERE, options, {"Node ws": "node or npm is missing"})


def test_a_ratio_is_of_two_runs_of_the_same_round() -> None:
    assert ratios(pairs((10, 5), (30, 10)), PEER) == [2, 3]


def test_a_spread_tells_the_median_and_the_ends() -> None:
    assert spread([3, 1, 2]) == "2.00 (1.00 to 3.00)"
    assert spread([12_300.4]) == "12,300 (12,300 to 12,300)"


def test_says_which_aims_are_not_reached() -> None:
    aim = Aim(PEER, least=12, aim=15)

    assert aim.told(15) == ", at least 12, aim 15"
    assert aim.told(12.5) == ", at least 12, aim 15: NOT REACHED"
    assert aim.told(11) == ", at least 12: NOT REACHED, aim 15: NOT REACHED"


def test_says_whose_aim_could_not_be_judged() -> None:
    assert f"{peers.C_BATCH} was not measured" in said(AIMS["100x32"], pairs((10, 5)))


def test_says_when_the_load_was_busy_or_deliveries_were_lost() -> None:
    found = [{OURS.name: run(OURS.name, 5, load_cpu=0.95), PEER: run(PEER, 5, missed=3)}]

    busy, lost = doubts(found)

    assert OURS.name in busy
    assert "95%" in busy
    assert "3 deliveries missed" in lost


def test_bytes_are_held_against_the_text_that_came() -> None:
    whole = answered(PEER, 1_000)
    half = answered(PEER, 1_000, seconds=5, bytes_per_member=TEXT_BYTES * 0.75)
    many_rooms = answered(PEER, 20_000, seconds=10, rooms=20)

    assert bytes_ratio(whole) == pytest.approx(1.5)
    assert bytes_ratio(half) == pytest.approx(1.5)
    assert bytes_ratio(many_rooms) == pytest.approx(1.5)


def test_the_answer_has_so_many_tokens_and_ends_with_what_is_waited_for() -> None:
    assert len(TEXT) == TOKENS
    assert "".join(TEXT).count(" ") == TOKENS
    assert len("".join(TEXT)) < ANSWER_UNITS
    assert LAST.strip() == peers.END
    assert peers.OURS_ANSWERING.marker == " " not in peers.QUESTION


def test_turns_alternate_and_a_peer_that_fails_is_left_out_by_name(tmp_path: Path) -> None:
    turns = list[str]()

    def once(server: Server) -> str:
        turns.append(server.name)
        if server.name == "lame" and len(turns) > 3:
            raise BenchError("it fell")
        return server.name

    servers, where = [Server(name, ()) for name in ("ours", "lame", "other")], setting(tmp_path)

    found = rounds(CASES[0], servers, where, once)

    assert turns == ["ours", "lame", "other", "other", "lame", "ours", "ours", "other"]
    assert found == [{"ours": "ours", "other": "other"}] * 3
    assert where.left_out["lame in 100x1"] == "it fell"


def test_no_figures_come_without_our_own(tmp_path: Path) -> None:
    def never(server: Server) -> str:
        raise BenchError("it fell")

    with pytest.raises(BenchError, match="it fell"):
        rounds(CASES[0], [Server("ours", ())], setting(tmp_path), never)


def test_every_case_has_its_aims() -> None:
    assert set(AIMS) == {case.name for case in (*CASES, *ANSWERS)}


def test_writes_all_figures_a_page_and_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout_report, "FOLDER", tmp_path / "benchmarks")
    answers = {"answer": [{OURS.name: answered(OURS.name, 9_000), PEER: answered(PEER, 800, whole=False)}]}

    Report(setting(tmp_path), (*CASES, *ANSWERS), AIMS, {"100x1": pairs((10, 5), (30, 10))}, answers).write()

    told = json.loads((tmp_path / "benchmarks" / "fanout.json").read_text())
    page = (tmp_path / "benchmarks" / "fanout.md").read_text()
    ElementTree.fromstring((tmp_path / "benchmarks" / "fanout.svg").read_text())
    assert told["cases"]["100x1"]["ratio"] == {PEER: [2, 3]}
    assert told["left_out"] == {"Node ws": "node or npm is missing"}
    assert "Left out: Node ws: node or npm is missing" in page
    assert len({line.count("|") for line in page.splitlines() if line.startswith("| ")}) == 2  # of deliveries, of answers
    assert "do not edit" in page


def test_a_table_has_a_row_for_each_server() -> None:
    told = delivery_table(CASES[0], AIMS["100x1"], pairs((10, 5)))

    assert re.search(rf"^  {OURS.name} +10 ", told, re.MULTILINE)
    assert f"{OURS.name} ÷ {PEER}: 2.00 (2.00 to 2.00), at least 1.3" in told


def test_the_load_is_told_only_what_the_server_needs() -> None:
    plain = load_command(Path("load"), peers.FASTAPI, CASES[0], 80, 1)
    chatty = load_command(Path("load"), peers.SOCKET_IO, CASES[0], 80, 1, stalled=2)

    assert not any(option.startswith(("hello=", "ping=", "pong=", "end=")) for option in plain)
    assert {"hello=40", "ping=2", "pong=3", "stalled=2"} <= set(chatty)


def test_what_is_not_installed_is_left_out_with_what_would_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    monkeypatch.setattr(peers.shutil, "which", lambda name: None)

    found, left_out = peers.gather_peers(tmp_path)

    assert found == [peers.FASTAPI]
    assert f"pip install picows=={peers.PICOWS}" in left_out["picows"]
    assert set(left_out) == {"python-socketio", "Node ws", "picows", peers.C_EACH, peers.C_BATCH}


def test_the_versions_that_are_named_are_those_that_the_requirements_pin() -> None:
    pinned = (fanout_report.ROOT / "requirements-dev.txt").read_text()

    assert {f"picows=={peers.PICOWS}", f"python-socketio=={peers.SOCKETIO}"} <= set(pinned.splitlines())


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Server]:
    """The peers of this machine, but for the one that is fetched over the network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(peers, "node_ws", lambda: (_ for _ in ()).throw(BenchError("not in tests")))
        found, _ = peers.gather_peers(tmp_path_factory.mktemp("peers"))
    return {server.name: server for server in found}


@pytest.mark.parametrize("name", [PEER, peers.SOCKET_IO.name, peers.PICOWS_SERVER.name, peers.C_EACH, peers.C_BATCH])
def test_a_peer_passes_each_message_on_to_everybody_in_its_room_alone(name: str, here: dict[str, Server], tmp_path: Path) -> None:
    if name not in here:
        pytest.skip(f"{name} cannot run here")
    server = here[name]
    with running(server, None, tmp_path) as (_, port), ExitStack() as lines:
        ann, bea, far = (lines.enter_context(entered(server, port, room)) for room in (1, 1, 2))
        for number in range(2):
            ann.send(load.message_text(server).replace("%d", str(number)))
        said = [[message_of(server, member) for _ in range(2)] for member in (ann, bea)]
        far.send(load.message_text(server).replace("%d", "7"))
        elsewhere = message_of(server, far)

    assert said[0] == said[1]
    assert [message["key"] for message in said[0]] == ["k0", "k1"]
    assert [message["id"] for message in said[0]] == [1, 2]
    assert [message["content"][:7] for message in said[0]] == ["m0 the ", "m1 the "]
    assert {"name": "Guest", "kind": "human"}.items() <= said[0][0]["author"].items()
    assert elsewhere["key"] == "k7"


@contextmanager
def entered(server: Server, port: int, room: int) -> Iterator[ClientConnection]:
    """A member, once the server says that it is there."""
    with connect(f"ws://127.0.0.1:{port}{server.path.replace('%d', str(room))}", compression=None, proxy=None) as member:
        if server.hello:
            member.send(server.hello)
        while server.ready and not str(member.recv(5)).startswith(server.ready):
            pass
        yield member


def message_of(server: Server, member: ClientConnection) -> dict[str, Any]:
    """The next message that the load generator would count."""
    text = str(member.recv(5))
    assert server.marker in text
    message = json.loads(text.removeprefix("42"))
    return message[1] if isinstance(message, list) else message
