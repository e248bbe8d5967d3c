"""What Prometheus is told: that it is true, that it is for the operator, and that nobody is named in it."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from tests.company import opened, person, port_of

from utils.stream_llm import ModelError, Usage
from utils.tally import SECONDS, Histogram, Tally

ROOT = Path(__file__).parent.parent
TOKEN = "operator-token-0123456789"
OPERATOR = {"authorization": f"Bearer {TOKEN}"}
# Whose series are as many as there are kinds of a thing in the program, or settings of it.
LABELS = {
    "transport", "code", "method", "door", "status", "provider", "side", "estimated", "file", "le", "generation",
    "version", "implementation", "major", "minor", "patchlevel",
}  # fmt: skip
Told = dict[str, float]


class Operator:
    """Somebody who shows the token, and reads figures."""

    def __init__(self, app: FastAPI, http: httpx2.AsyncClient) -> None:
        self.app, self.http, self.port = app, http, port_of(app)

    async def reads(self) -> Told:
        """Each series by its name and labels, like `pocketroom_connections{transport="socket"}`."""
        scraped = await self.http.get("/metrics", headers=OPERATOR)
        assert scraped.status_code == 200
        return {
            name_of(sample.name, sample.labels): sample.value
            for family in text_string_to_metric_families(scraped.text) for sample in family.samples
        }  # fmt: skip


def name_of(name: str, labels: dict[str, str]) -> str:
    told = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{told}}}" if told else name


OpenHouse = Callable[..., AbstractAsyncContextManager[Operator]]


@pytest.fixture
def house(tmp_path: Path) -> OpenHouse:
    @asynccontextmanager
    async def open_house(model: Any = None, folder: Path = tmp_path, **settings: Any) -> AsyncIterator[Operator]:
        given = {"operator_token": TOKEN, "fake_llm_tokens_per_second": 0, **settings}
        async with opened(folder, model, **given) as app, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port_of(app)}") as http:
            yield Operator(app, http)

    return open_house


# ---- for the operator ------------------------------------------------------------------------------


async def test_without_a_token_there_is_no_such_door(house: OpenHouse) -> None:
    async with house(operator_token="") as operator:
        metrics, nowhere = await operator.http.get("/metrics"), await operator.http.get("/nowhere")
    assert metrics.status_code == 404
    assert metrics.content == nowhere.content


@pytest.mark.parametrize("shown", [{}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}])
async def test_whoever_does_not_show_the_token_is_told_nothing(house: OpenHouse, shown: dict[str, str]) -> None:
    async with house() as operator:
        refused = await operator.http.get("/metrics", headers=shown)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "pocketroom_" not in refused.text


async def test_prometheus_gets_the_form_that_it_asks_for(house: OpenHouse) -> None:
    async with house() as operator:
        plain = await operator.http.get("/metrics", headers=OPERATOR)
        newer = await operator.http.get("/metrics", headers={**OPERATOR, "accept": "application/openmetrics-text; version=1.0.0"})
    assert plain.headers["content-type"].startswith("text/plain")
    assert newer.headers["content-type"].startswith("application/openmetrics-text")
    assert newer.text.endswith("# EOF\n")


# ---- that it is true -------------------------------------------------------------------------------


async def test_people_rooms_and_lines_are_counted_as_they_are_now(house: OpenHouse) -> None:
    async with house() as operator:
        async with (
            person(operator.port, "tea", "Ann"), person(operator.port, "tea", "Bea"),
            operator.http.stream("GET", "/api/rooms/cocoa/events?name=Cleo") as stream,
        ):  # fmt: skip
            await anext(stream.aiter_lines())
            told = await operator.reads()
            assert {how: told[f'pocketroom_connections{{transport="{how}"}}'] for how in ("socket", "stream", "poll")} == {
                "socket": 2, "stream": 1, "poll": 0,
            }  # fmt: skip
            assert (told["pocketroom_people_present"], told["pocketroom_rooms_open"], told["pocketroom_connections_behind"]) == (3, 2, 0)
        await operator.http.get("/api/rooms/cocoa/events?poll=true&name=Dee")
        assert (await operator.reads())['pocketroom_connections{transport="poll"}'] == 1, "whoever polls stays until their next poll"


async def test_whoever_does_not_keep_up_is_counted_as_behind(house: OpenHouse) -> None:
    async with house() as operator, person(operator.port, "tea", "Ann"):
        (connection,) = operator.app.state.house.rooms.all()[0].connections
        connection.wire.on_pause()
        assert (await operator.reads())["pocketroom_connections_behind"] == 1
        connection.wire.on_resume()
        assert (await operator.reads())["pocketroom_connections_behind"] == 0


async def test_what_people_say_is_counted_once_and_timed(house: OpenHouse) -> None:
    async with house(speaks="never") as operator, person(operator.port, "tea", "Ann") as ann, person(operator.port, "tea", "Bea"):
        for n in range(5):
            await ann.does("message", content=f"message {n}", key=f"key-{n}")
        await ann.sends("message", content="message 4", key="key-4")  # again, which is no other one
        await ann.looks_up()
        told = await operator.reads()
    assert told["pocketroom_messages_total"] == 5
    assert told["pocketroom_commit_seconds_count"] == told["pocketroom_delivery_seconds_count"] >= 5
    assert told["pocketroom_commit_changes_sum"] == told["pocketroom_commit_seconds_count"]
    assert 0 < told["pocketroom_commit_seconds_sum"] <= told["pocketroom_delivery_seconds_sum"]
    assert told['pocketroom_commit_seconds_bucket{le="+Inf"}'] == told["pocketroom_commit_seconds_count"]
    assert told["pocketroom_log_waiting"] == told["pocketroom_readers_waiting"] == 0
    assert told['pocketroom_file_bytes{file="log"}'] > 0
    assert told["pocketroom_disk_free_bytes"] > 0


async def test_answers_are_counted_by_how_they_ended_and_what_they_cost(house: OpenHouse) -> None:
    async def model(prompt: Any, name: str = "", **options: Any) -> AsyncIterator[Any]:
        question = prompt[-1]["content"]
        if "fail" in question:
            raise ModelError("It is out of order.")
        yield "One word"
        if "endless" in question:
            while True:
                yield " and another"
        yield Usage(100, 7)

    async with house(model, answers_per_minute=0) as operator, person(operator.port, "tea", "Ann") as ann:
        await ann.asks("Pocket, hello")
        await ann.asks("Pocket, fail")
        endless = await ann.begins("Pocket, be endless")
        assert (await operator.reads())['pocketroom_answers_running{provider="fake"}'] == 1
        await ann.does("stop", id=endless)
        await ann.sees("end", id=endless)
        while (told := await operator.reads()).get('pocketroom_answers_total{provider="fake",status="stopped"}') != 1:
            pass  # the flow comes to its end a moment after the answer
    assert told['pocketroom_answers_total{provider="fake",status="complete"}'] == 1
    assert told['pocketroom_answers_total{provider="fake",status="error"}'] == 1
    assert told['pocketroom_answers_running{provider="fake"}'] == 0
    assert told['pocketroom_tokens_total{estimated="no",provider="fake",side="input"}'] == 100
    assert told['pocketroom_tokens_total{estimated="no",provider="fake",side="output"}'] == 7
    assert told['pocketroom_tokens_total{estimated="yes",provider="fake",side="output"}'] > 0, "an answer that was stopped has cost"


def test_what_a_model_was_asked_without_an_answer_counts_as_its_tokens() -> None:
    tally = Tally("openai:gpt-4.1")
    tally.spent("groq:llama", {"input": 5, "output": 6, "estimated": True})
    tally.spent("gpt-4.1", None)
    assert dict(tally.tokens) == {("groq", "input", True): 5, ("groq", "output", True): 6}
    assert not tally.answers


async def test_what_is_refused_is_counted_by_its_code_on_every_road(house: OpenHouse) -> None:
    async with house(speaks="never") as operator, person(operator.port, "tea", "Ann") as ann:
        await ann.socket.send("no JSON")
        await ann.sees("error", code="bad_json")
        await ann.does("edit", id=99, content="never said")
        await operator.http.post("/api/rooms/tea/messages", content="no JSON")
        await operator.http.post("/api/rooms/tea/frames", json={"type": "stop", "id": 99})
        await operator.http.get("/api/rooms/UPPER/messages")
        told = await operator.reads()
    counted = {code: told[f'pocketroom_refused_total{{code="{code}"}}'] for code in ("bad_json", "not_found", "rate_limited")}
    assert counted == {"bad_json": 2, "not_found": 3, "rate_limited": 0}
    assert told["pocketroom_bad_frames_total"] == 2
    assert told['pocketroom_requests_total{door="/api/rooms/{room}/messages",method="GET",status="404"}'] == 1


async def test_a_socket_that_the_server_closes_is_counted_by_its_code(house: OpenHouse) -> None:
    async with house() as operator, person(operator.port, "tea", "Ann") as ann:
        for _ in range(10):
            await ann.socket.send("no JSON")
        await ann.socket.wait_closed()
        told = await operator.reads()
    assert told['pocketroom_sockets_closed_total{code="1008"}'] == 1


async def test_what_cannot_be_saved_is_counted(house: OpenHouse, tmp_path: Path) -> None:
    async with house(speaks="never") as operator, person(operator.port, "tea", "Ann") as ann:
        (tmp_path / "room.db").rename(tmp_path / "away.db")
        assert (await ann.does("message", content="too late"))["code"] == "unavailable"
        (tmp_path / "away.db").rename(tmp_path / "room.db")
        told = await operator.reads()
    assert told["pocketroom_unsaved_changes_total"] == 1
    assert told["pocketroom_messages_total"] == 0


@given(st.lists(st.floats(0, 10), min_size=1), st.floats(0, 10))
def test_times_that_are_measured_together_come_to_the_same_as_one_by_one(times: list[float], later: float) -> None:
    times, now = sorted(times), 10 + later
    together, apart = Histogram(SECONDS), Histogram(SECONDS)
    together.add_since(times, now)
    for time in times:
        apart.add(now - time)
    assert together.counts == apart.counts
    assert together.sum == pytest.approx(apart.sum)


# ---- that nobody is named --------------------------------------------------------------------------


async def test_there_are_as_many_series_for_many_people_and_rooms_as_for_one(house: OpenHouse) -> None:
    async with house(speaks="never", connections_per_address=0, messages_per_minute=0, rooms_per_hour=0) as operator:
        series: list[set[str]] = []
        for rooms in (1, 15):
            for n in range(rooms):
                said = await operator.http.post(f"/api/rooms/room-{n}/messages?name=Ann{n}", json={"content": "hello"})
                assert said.status_code == 201
                await operator.http.get(f"/nowhere/{n}")
                await operator.http.request(f"ODD{n}", "/health")
                await operator.http.request(f"ODD{n}", "/nowhere")
            series.append(set(await operator.reads()))
    assert {name for name in series[1] if "ODD" in name or "room-" in name or "Ann" in name} == set()
    assert len(series[1] - series[0]) <= 1, "only /metrics itself was asked before"


async def test_every_label_is_of_few_values(house: OpenHouse) -> None:
    async with house() as operator, person(operator.port, "tea", "Ann") as ann:
        await ann.asks("Pocket, hello")
        told = await operator.reads()
    assert {label for name in told for label in re.findall(r'(\w+)="', name)} <= LABELS
    assert not [name for name in told if ann.saw("welcome")[0]["you"]["id"] in name or "tea" in name or "Ann" in name]


async def test_two_houses_in_one_process_count_for_themselves(house: OpenHouse, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with (
        house(speaks="never") as one, house(speaks="never", folder=tmp_path / "other") as other, person(one.port, "tea", "Ann") as ann
    ):  # fmt: skip
        await ann.says("hello")
        assert (await one.reads())["pocketroom_messages_total"] == 1
        told = await other.reads()
    assert (told["pocketroom_messages_total"], told["pocketroom_people_present"]) == (0, 0)
    assert told["process_resident_memory_bytes"] > 0


# ---- what is made of it ----------------------------------------------------------------------------


@pytest.fixture
def dashboard() -> dict[str, Any]:
    return json.loads((ROOT / "deploy" / "grafana.json").read_text(encoding="utf-8"))


def panels_of(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def names_in(text: str) -> set[str]:
    return set(re.findall(r"\b(?:pocketroom|process)_[a-z_]+", text))


async def names_told(house: OpenHouse) -> set[str]:
    """Of all series of a house in which something of each kind happened."""
    async with house() as operator, person(operator.port, "tea", "Ann") as ann:
        await ann.asks("Pocket, hello")
        operator.app.state.house.tally.closed[1013] += 1
        await operator.reads()  # a request that can be counted by the next one
        return {name.partition("{")[0] for name in await operator.reads()}


async def test_the_dashboard_asks_for_what_is_there_and_for_all_of_it(dashboard: dict[str, Any], house: OpenHouse) -> None:
    told = await names_told(house)
    asked = {name for panel in panels_of(dashboard) for target in panel["targets"] for name in names_in(target["expr"])}
    assert asked <= told
    ours = {name for name in told if name.startswith("pocketroom_") and not name.endswith(("_bucket", "_sum", "_count"))}
    assert not ours - asked, "nobody would look at these"


def test_the_dashboard_is_one_that_grafana_imports(dashboard: dict[str, Any]) -> None:
    assert dashboard["schemaVersion"] >= 39
    assert dashboard["id"] is None, "Grafana gives it"
    assert (dashboard["uid"], dashboard["title"]) == ("pocketroom", "PocketRoom")
    (source,) = [variable for variable in dashboard["templating"]["list"] if variable["type"] == "datasource"]
    assert (source["name"], source["query"]) == ("datasource", "prometheus")
    for panel in panels_of(dashboard):
        asked = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert {json.dumps(each) for each in asked} == {json.dumps({"type": "prometheus", "uid": "${datasource}"})}, panel["title"]
    ids, places = [panel["id"] for panel in dashboard["panels"]], [cells(panel["gridPos"]) for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    assert len(set().union(*places)) == sum(map(len, places)), "panels overlap"
    assert max(x for place in places for x, _ in place) < 24


def cells(place: dict[str, int]) -> set[tuple[int, int]]:
    return {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}


async def test_operations_tells_of_every_figure_and_of_no_other(house: OpenHouse) -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = text.partition("## What to watch")[2].partition("\n## ")[0]
    told = {re.sub(r"_(bucket|sum|count)$", "", name) for name in await names_told(house)}
    documented = names_in(section)
    assert {name for name in told if name.startswith("pocketroom_")} <= documented
    assert documented <= told
