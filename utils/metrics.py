"""What GET /metrics tells, made when it is asked for: Prometheus's library writes it, the house is asked how things stand.

No label holds a room's name or a person's id: there are as many series on the last day as on the first.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import get_args

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from utils.events import EventWire
from utils.house import House
from utils.protocol import NO_FRAME, ErrorCode
from utils.tally import Histogram, LogTally
from utils.wire import Wire

TRANSPORTS = ("socket", "stream", "poll")


class Metrics:
    """The figures of one house; another one in this process has its own."""

    def __init__(self, house: House) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(HouseCollector(house))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def text(self, accept: str) -> tuple[bytes, str]:
        """All of them, in the form that `accept` asks for, and the name of that form."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type


class HouseCollector(Collector):
    def __init__(self, house: House) -> None:
        self._house = house

    def collect(self) -> Iterable[Metric]:
        yield from self._people()
        yield from self._work()
        yield from self._refusals()
        yield from self._answers()
        yield from self._file()

    def _people(self) -> Iterator[Metric]:
        rooms = self._house.rooms.all()
        lines = Counter(transport_of(connection.wire) for room in rooms for connection in room.connections)
        yield gauges("pocketroom_connections", "Open lines to rooms.", "transport", {each: lines[each] for each in TRANSPORTS})
        behind = sum(connection.is_behind for room in rooms for connection in room.connections)
        yield gauge("pocketroom_connections_behind", "Lines whose reader does not keep up: nothing is written to them until it does.", behind)
        yield gauge("pocketroom_rooms_open", "Rooms in memory: with people, or used within the last minutes.", len(rooms))
        present = set[str]().union(*(room.members for room in rooms))
        yield gauge("pocketroom_people_present", "People who are in a room now, each counted once.", len(present))

    def _work(self) -> Iterator[Metric]:
        log, house = self._house.log, self._house
        yield gauge("pocketroom_log_waiting", "Jobs on their way through the log's thread.", getattr(log, "waiting", 0))
        yield gauge("pocketroom_readers_waiting", "Pages, searches and exports that wait for their turn.", house.readers_waiting)
        yield gauge("pocketroom_stopping", "1 from the moment the server was asked to stop.", int(house.is_stopping))
        tally: LogTally = getattr(log, "tally", None) or LogTally()
        yield counter("pocketroom_messages", "Messages that people said.", tally.messages)
        yield counter("pocketroom_unsaved_changes", "Changes that could not be saved, and were refused.", tally.lost)
        yield histogram("pocketroom_commit_seconds", "From a change being handed to the log until it was saved.", tally.commits)
        yield histogram("pocketroom_delivery_seconds", "From a change being received until it was written to everybody in the room.", tally.deliveries)
        yield histogram("pocketroom_commit_changes", "Changes saved in one commit.", tally.changes)

    def _refusals(self) -> Iterator[Metric]:
        tally = self._house.tally
        refused = dict.fromkeys(get_args(ErrorCode), 0) | tally.refused
        yield counters("pocketroom_refused", "What clients were refused, by the protocol's code.", ("code",), {(code,): n for code, n in refused.items()})
        bad = sum(tally.refused[code] for code in NO_FRAME)
        yield counter("pocketroom_bad_frames", "Frames that are none of the protocol's.", bad)
        closed = {(str(code),): n for code, n in tally.closed.items()}
        yield counters("pocketroom_sockets_closed", "Sockets that the server closed, by close code.", ("code",), closed)
        visits = {(method, door, str(status)): n for (method, door, status), n in tally.visits.items()}
        yield counters("pocketroom_requests", "HTTP requests that were answered, and sockets that ended.", ("method", "door", "status"), visits)

    def _answers(self) -> Iterator[Metric]:
        tally = self._house.tally
        yield counters("pocketroom_answers", "Answers of the assistant that ended.", ("provider", "status"), tally.answers)
        running = Counter[str]()
        for room in self._house.rooms.all():
            running[tally.provider(room.model)] += len(room.streaming())
        providers = {tally.provider(model) for model in self._house.settings.models}
        yield gauges("pocketroom_answers_running", "Answers that are being written.", "provider", dict.fromkeys(providers, 0) | running)
        tokens = {(provider, side, "yes" if is_estimated else "no"): n for (provider, side, is_estimated), n in tally.tokens.items()}
        yield counters("pocketroom_tokens", "Tokens of prompts (input) and answers (output).", ("provider", "side", "estimated"), tokens)

    def _file(self) -> Iterator[Metric]:
        path = getattr(self._house.log, "path", None)
        if path is None:
            return
        sizes = {"log": size_of(path), "wal": size_of(f"{path}-wal")}
        yield gauges("pocketroom_file_bytes", "The log's file, and what is not yet folded into it.", "file", sizes)
        yield gauge("pocketroom_disk_free_bytes", "Space on the disk that the log is on.", free_on_disk(path))


def transport_of(wire: Wire) -> str:
    if isinstance(wire, EventWire):
        return "poll" if wire.is_poll else "stream"
    return "socket"


def gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value)


def gauges(name: str, told: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family


def counter(name: str, told: str, value: float) -> Metric:
    return CounterMetricFamily(name, told, value)


def counters(name: str, told: str, labels: tuple[str, ...], values: dict[tuple[str, ...], int]) -> Metric:
    family = CounterMetricFamily(name, told, labels=labels)
    for each, value in values.items():
        family.add_metric(each, value)
    return family


def histogram(name: str, told: str, measured: Histogram) -> Metric:
    bounds = [*(str(float(bound)) for bound in measured.bounds), "+Inf"]
    return HistogramMetricFamily(name, told, list(zip(bounds, accumulate(measured.counts), strict=True)), measured.sum)


def size_of(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def free_on_disk(path: str) -> int:
    try:
        return shutil.disk_usage(os.path.dirname(path)).free
    except OSError:
        return 0
