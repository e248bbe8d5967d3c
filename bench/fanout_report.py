"""What bench.fanout found, for people: tables while it runs, and the three files in docs/benchmarks."""

import argparse
import json
import os
import platform
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from statistics import median

from bench.load import LOAD_CPU_LIMIT, Answered, Case, Run
from bench.peers import C_BATCH, C_EACH, WS
from bench.peers.tokens import TEXT_BYTES, TOKENS
from bench.plots import bars, stacked
from bench.servers import OURS, ROOT, Cores, file_system

FOLDER = ROOT / "docs" / "benchmarks"
BYTES_AIM = 4  # on the wire for each byte of an answer's text, at most

Rounds = Sequence[Mapping[str, Run]]  # a Run of each server in every round; the servers are the same in all
AnswerRounds = Sequence[Mapping[str, Answered]]


@dataclass(frozen=True)
class Aim:
    """What PocketRoom's deliveries per core are to be, as a multiple of a peer's."""

    peer: str
    least: float | None = None
    aim: float | None = None

    def told(self, reached: float) -> str:
        """The aim, and whether so much reaches it."""
        wanted = [("at least", self.least), ("aim", self.aim)]
        return "".join(f", {word} {value:g}{'' if reached >= value else ': NOT REACHED'}" for word, value in wanted if value)


@dataclass(frozen=True)
class Setting:
    """Where and how all of this is measured, and who is left out and why."""

    cores: Cores
    options: argparse.Namespace
    left_out: dict[str, str]

    @property
    def name(self) -> str:
        """Of the files that are written."""
        return "fanout" if self.options.pinned else "fanout-unpinned"

    @property
    def where(self) -> str:
        """On which cores."""
        if self.cores.server is None:
            return f"server and load NOT pinned ({os.cpu_count()} cores)"
        return f"server on core {self.cores.server}, load on core {self.cores.load}"


def preface(setting: Setting) -> str:
    """What is compared, where and how."""
    disk, options = file_system(setting.options.data), setting.options
    left_out = "".join(f"\nLeft out: {name}: {why}" for name, why in setting.left_out.items())
    return (
        f"{OURS.name} commits every message to disk ({disk}) before it delivers; the peers store nothing. "
        f"{loops()}\nRounds: {options.pairs}, {options.seconds:g} s for each server, {setting.where}.\n{COLUMNS}{left_out}\n"
    )


COLUMNS = (
    "per core: deliveries/s over the server's CPU (user + system, all threads); CPU: of a core, the server's; load: the most of\n"
    "the load generator's; p50, p99: from sending to each delivery; last p99: until the last member of the room had it."
)


def loops() -> str:
    """What the servers in Python run on: uvicorn takes uvloop by itself where it is."""
    return f"Event loop of the peers in Python: {'uvloop' if find_spec('uvloop') else 'asyncio'}; of {OURS.name}: asyncio."


def versions() -> dict[str, str]:
    """Of what the servers are made of, as far as it is installed; `ws` is that of npm."""
    found = {"ws": WS}
    for package in ("fastapi", "uvicorn", "websockets", "uvloop", "python-socketio", "picows"):
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


# ---- figures -------------------------------------------------------------------------------------


def per_core(run: Run | Answered) -> float:
    """What counts: deliveries, or an answer's tokens, per second and core."""
    return run.deliveries_per_core if isinstance(run, Run) else run.tokens_per_core


def ratios(found: Rounds | AnswerRounds, peer: str) -> list[float]:
    """PocketRoom's figure over the peer's, one for each round."""
    return [per_core(one[OURS.name]) / per_core(one[peer]) for one in found]


def spread(values: Sequence[float]) -> str:
    """Median and range, as in `8.12 (7.90 to 8.40)`; without decimals from 100 on."""
    low, middle, high = (f"{value:.2f}" if value < 100 else f"{value:,.0f}" for value in (min(values), median(values), max(values)))
    return f"{middle} ({low} to {high})"


def bytes_ratio(run: Answered) -> float:
    """Bytes on a member's line for each byte of the text that it had in the end."""
    text = TEXT_BYTES * run.tokens_per_second * run.seconds / TOKENS / run.rooms
    return run.bytes_per_member / max(text, 1)


def verdicts(aims: Sequence[Aim], found: Rounds | AnswerRounds) -> list[str]:
    """A line for each peer: the ratio to it, and what was wanted."""
    wanted = {aim.peer: aim for aim in aims}
    lines = list[str]()
    for peer in list(found[0])[1:]:
        values = ratios(found, peer)
        of = f"share of {peer}" if peer in (C_EACH, C_BATCH) else f"{OURS.name} ÷ {peer}"
        lines.append(f"{of}: {spread(values)}{wanted.get(peer, Aim(peer)).told(median(values))}")
    return lines + [f"{aim.peer} was not measured" for aim in aims if aim.peer not in found[0]]


def doubts(found: Rounds | AnswerRounds) -> list[str]:
    """What speaks against the figures, a line each."""
    lines = list[str]()
    for name, runs in by_server(found).items():
        busy = max(run.load_cpu for run in runs)
        if busy > LOAD_CPU_LIMIT:
            lines.append(f"! {name}: the load generator was busy {busy:.0%} of the time: it may make more than this")
        lost = [sum(getattr(run, what, 0) for run in runs) for what in ("missed", "repeated", "caught_up")]
        if any(lost):
            lines.append("! {}: {} deliveries missed, {} repeated, {} members caught up".format(name, *lost))
    return lines


def by_server(found: Sequence[Mapping[str, Run | Answered]]) -> dict[str, list[Run | Answered]]:
    """The runs of each server."""
    return {name: [one[name] for one in found] for name in found[0]}


# ---- tables --------------------------------------------------------------------------------------

Row = list[str]


def middle(runs: Sequence[object], of: str | Callable[[object], float], form: str) -> str:
    """The median of one figure."""
    return format(median(of(run) if callable(of) else getattr(run, of) for run in runs), form)


def delivery_rows(found: Rounds) -> list[Row]:
    """The head and a row for each server."""
    rows = [["", "per core", "min to max", "deliveries/s", "CPU", "load", "p50 ms", "p99 ms", "last p99"]]
    for name, runs in by_server(found).items():
        figures = [per_core(run) for run in runs]
        rows.append([
            name, f"{median(figures):,.0f}", f"{min(figures):,.0f} to {max(figures):,.0f}",
            middle(runs, "deliveries_per_second", ",.0f"), middle(runs, "server_cpu", ".0%"),
            f"{max(run.load_cpu for run in runs):.0%}", middle(runs, "p50_ms", ".2f"), middle(runs, "p99_ms", ".2f"),
            middle(runs, "last_p99_ms", ".2f"),
        ])  # fmt: skip
    return rows


def answer_rows(found: AnswerRounds) -> list[Row]:
    """The head and a row for each server."""
    rows = [["", "tokens/s per core", "min to max", "tokens/s", "CPU", "load", "first token p99 ms", "frames", "bytes ÷ text", "until"]]
    for name in found[0]:
        runs = [one[name] for one in found]
        figures = [run.tokens_per_core for run in runs]
        until = "the end" if all(run.whole for run in runs) else f"{max(run.seconds for run in runs):.0f} s"
        rows.append([
            name, f"{median(figures):,.0f}", f"{min(figures):,.0f} to {max(figures):,.0f}",
            middle(runs, "tokens_per_second", ",.0f"), middle(runs, "server_cpu", ".0%"),
            f"{max(run.load_cpu for run in runs):.0%}", middle(runs, "first_p99_ms", ".2f"),
            middle(runs, "frames_per_member", ",.0f"), f"{median(map(bytes_ratio, runs)):.2f}", until,
        ])  # fmt: skip
    return rows


def in_columns(rows: Sequence[Row]) -> str:
    """For a terminal."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  " + "  ".join(cell.rjust(width) if at else cell.ljust(width) for at, (cell, width) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    )


def in_markdown(rows: Sequence[Row]) -> str:
    """For a page."""
    head, *others = rows
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *others]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def said(aims: Sequence[Aim], found: Rounds | AnswerRounds) -> list[str]:
    """What a case comes to, a line each."""
    return [*verdicts(aims, found), *wire_verdict(found), *doubts(found)]


def wire_verdict(found: Rounds | AnswerRounds) -> list[str]:
    """What answers cost on the wire, against what they may."""
    ours = [run for one in found if isinstance(run := one[OURS.name], Answered)]
    if not ours:
        return []
    ratio = median(map(bytes_ratio, ours))
    return [f"bytes on the wire ÷ bytes of the text: {ratio:.2f}, at most {BYTES_AIM}{'' if ratio <= BYTES_AIM else ': NOT REACHED'}"]


def delivery_table(case: Case, aims: Sequence[Aim], found: Rounds) -> str:
    """One case for people: a line per server, a ratio per peer, and what was not as it should be."""
    return "\n".join([case.title, in_columns(delivery_rows(found)), *(f"  {line}" for line in said(aims, found)), ""])


def answer_table(case: Case, aims: Sequence[Aim], found: AnswerRounds) -> str:
    """The same of a case in which the assistant answers."""
    return "\n".join([case.title, in_columns(answer_rows(found)), *(f"  {line}" for line in said(aims, found)), ""])


# ---- files ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Report:
    """All that a run of the benchmark found."""

    setting: Setting
    cases: Sequence[Case]
    aims: Mapping[str, Sequence[Aim]]
    deliveries: Mapping[str, Rounds]
    answers: Mapping[str, AnswerRounds]

    def write(self) -> None:
        """JSON, page and plot."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        about = self.about()
        name = self.setting.name
        (FOLDER / f"{name}.json").write_text(json.dumps(about | {"cases": self.raw()}, indent=1) + "\n")
        (FOLDER / f"{name}.md").write_text(self.page(about))
        (FOLDER / f"{name}.svg").write_text(self.plot(about))

    def about(self) -> dict[str, object]:
        """When, where and how."""
        return {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": shlex.join(["python", "-m", "bench.fanout", *sys.argv[1:]]),
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            "file_system": file_system(self.setting.options.data),
            "loops": loops(),
            "versions": versions(),
            "pinned": asdict(self.setting.cores),
            "left_out": self.setting.left_out,
        }

    def raw(self) -> dict[str, object]:
        """Every run's figures."""
        found = {**self.deliveries, **self.answers}
        return {
            case.name: {
                "title": case.title,
                "aims": [asdict(aim) for aim in self.aims[case.name]],
                "ratio": {peer: ratios(found[case.name], peer) for peer in list(found[case.name][0])[1:]},
                "rounds": [{server: asdict(run) for server, run in one.items()} for one in found[case.name]],
            }
            for case in self.cases
            if case.name in found
        }

    def page(self, about: Mapping[str, object]) -> str:
        """Markdown."""
        setting = self.setting
        parts = [
            "# Fan-out",
            f"How many deliveries one server core makes: {OURS.name}, which commits every message to disk before anyone sees "
            "it, and servers that store nothing, alternating in one run.",
            f"```bash\n{about['command']}\n```",
            f"{str(about['date'])[:10]}, {about['system']}, Python {about['python']}, {about['file_system']}; {setting.where}; "
            f"rounds: {setting.options.pairs}, of {setting.options.seconds:g} s for each server. {about['loops']} Figures are medians.",
            COLUMNS,
            *(f"Left out: {name}: {why}" for name, why in setting.left_out.items()),
            f"![Deliveries per server core]({setting.name}.svg)",
        ]
        for case in self.cases:
            found = self.deliveries.get(case.name) or self.answers.get(case.name)
            if found:
                rows = answer_rows(self.answers[case.name]) if case.name in self.answers else delivery_rows(self.deliveries[case.name])
                lines = "\n".join(f"- {line}" for line in said(self.aims[case.name], found))
                parts += [f"## {case.title}", in_markdown(rows), lines]
        return "\n\n".join([*parts, "Made by `python -m bench.fanout`; do not edit."]) + "\n"

    def plot(self, about: Mapping[str, object]) -> str:
        """Bars for each case, to its own scale: the cases differ by a factor of a hundred."""
        made = f"{str(about['date'])[:10]}, {about['system']}: python -m bench.fanout"
        titles = {case.name: case.title for case in self.cases}
        plots = list[str]()
        for title, under, found in (
            ("Deliveries per second and server core", f"{OURS.name} stores every message first, the others store nothing. {made}", self.deliveries),
            ("Tokens per second and server core", "until everybody in the room has them", self.answers),
        ):
            values = {
                titles[name]: {server: median(map(per_core, runs)) for server, runs in by_server(rounds).items()}
                for name, rounds in found.items()
            }
            if values:
                plots.append(bars(title, under, "each case to its own scale; longer is better", values, own_scales=True))
        return plots[0] if len(plots) == 1 else stacked(plots)
