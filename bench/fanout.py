"""How many deliveries one server core makes: PocketRoom, which stores every message first, against peers that store nothing.

    python -m bench.fanout                      # all cases, about 10 minutes
    python -m bench.fanout --case 100x32 --pairs 3 --seconds 1
    python -m bench.fanout --write              # and docs/benchmarks/fanout.json, .md, .svg

Each run starts one server on one core and `load.c` on another. The servers take turns, every second round backwards; a
pair is PocketRoom's run and a peer's in the same round, and its ratio is PocketRoom's deliveries per core over the peer's.
The peers stand in bench/peers. Linux and macOS; macOS cannot pin, and has no C servers.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from bench.fanout_report import Aim, Report, Setting, answer_table, delivery_table, preface
from bench.load import Answered, Case, Run, compile_load, measure, measure_answer
from bench.peers import C_BATCH, C_EACH, FASTAPI, FASTAPI_ANSWERING, OURS_ANSWERING, gather_peers
from bench.servers import ANYWHERE, OURS, BenchError, Server, allow_open_files, choose_cores

CASES = (
    Case("100x1", "100 members, 1 message in flight", rooms=1, members=100, flight=1),
    Case("100x32", "100 members, 32 messages in flight", rooms=1, members=100, flight=32),
    Case("1000x4", "1,000 members, 4 messages in flight", rooms=1, members=1000, flight=4),
    Case("200of5", "200 rooms of 5, 2 messages in flight in each", rooms=200, members=5, flight=2),
)
ANSWERS = (
    Case("answer", "100 members, one answer of 10,000 tokens at full speed", rooms=1, members=100, flight=1),
    Case("answers", "20 rooms of 100, such an answer in each", rooms=20, members=100, flight=1),
)
AIMS = {
    "100x1": (Aim(FASTAPI.name, least=1.3), Aim(C_EACH, aim=0.9)),
    "100x32": (Aim(FASTAPI.name, least=12, aim=15), Aim(C_BATCH, aim=0.65)),
    "1000x4": (Aim(FASTAPI.name, least=3), Aim(C_BATCH, aim=0.7)),
    "200of5": (Aim(FASTAPI.name, least=1.4, aim=2.5), Aim(C_BATCH, aim=0.45)),
    "answer": (Aim(FASTAPI.name, least=12),),
    "answers": (Aim(FASTAPI.name, least=12),),
}
ANSWER_SECONDS = 60  # for PocketRoom, which is to come to the end
PEER_ANSWER_SECONDS = 5  # a peer that sends a frame for each token does so at one rate, and would take minutes

R = TypeVar("R")


def compare(options: argparse.Namespace) -> None:
    """Measure the chosen cases and print each as soon as it is done."""
    results: dict[str, list[dict[str, Run]]] = {}
    answers: dict[str, list[dict[str, Answered]]] = {}
    with tempfile.TemporaryDirectory() as directory:
        program = compile_load(Path(directory))
        peers, left_out = gather_peers(Path(directory))
        setting = Setting(choose_cores() if options.pinned else ANYWHERE, options, left_out)
        print(preface(setting), flush=True)
        for case in chosen(CASES, options):
            results[case.name] = deliveries(program, case, (OURS, *peers), setting)
            print(delivery_table(case, AIMS[case.name], results[case.name]), flush=True)
        for case in chosen(ANSWERS, options):
            answers[case.name] = tokens(program, case, setting)
            print(answer_table(case, AIMS[case.name], answers[case.name]), flush=True)
    if options.write:
        Report(setting, (*CASES, *ANSWERS), AIMS, results, answers).write()


def chosen(cases: Sequence[Case], options: argparse.Namespace) -> list[Case]:
    """Those that --case names, or all."""
    return [case for case in cases if not options.case or case.name in options.case]


def deliveries(program: Path, case: Case, servers: Sequence[Server], setting: Setting) -> list[dict[str, Run]]:
    """All rounds of a case in which people talk."""
    cores, options = setting.cores, setting.options

    def run(server: Server) -> Run:
        return measure(program, server, case, cores, options.seconds, options.data)

    return rounds(case, servers, setting, run)


def tokens(program: Path, case: Case, setting: Setting) -> list[dict[str, Answered]]:
    """All rounds of a case in which the assistant answers; a short run is long enough for the peer."""
    limits = {OURS_ANSWERING.name: ANSWER_SECONDS, FASTAPI_ANSWERING.name: PEER_ANSWER_SECONDS}
    cores, data = setting.cores, setting.options.data

    def run(server: Server) -> Answered:
        return measure_answer(program, server, case, cores, limits[server.name], data)

    return rounds(case, (OURS_ANSWERING, FASTAPI_ANSWERING), setting, run)


def rounds(case: Case, servers: Sequence[Server], setting: Setting, run: Callable[[Server], R]) -> list[dict[str, R]]:
    """Each server once in every round, every second round backwards; a peer that fails is left out of this case."""
    servers, found = list(servers), list[dict[str, R]]()
    for number in range(setting.options.pairs):
        found.append({})
        for server in servers[:: -1 if number % 2 else 1]:
            print(f"{case.name}, round {number + 1} of {setting.options.pairs}: {server.name} …", file=sys.stderr, flush=True)
            try:
                found[-1][server.name] = run(server)
            except BenchError as why:
                if server is servers[0]:
                    raise
                servers.remove(server)
                setting.left_out[f"{server.name} in {case.name}"] = str(why)
    return [{server.name: one[server.name] for server in servers} for one in found]


def read_options() -> argparse.Namespace:
    """The command line."""
    names = [case.name for case in (*CASES, *ANSWERS)]
    parser = argparse.ArgumentParser(prog="python -m bench.fanout", description="Deliveries per server core.")
    parser.add_argument("--pairs", type=int, default=5, help="runs of each server per case (5)")
    parser.add_argument("--seconds", type=float, default=1.5, help="measured time of one run (1.5); answers take their own")
    parser.add_argument("--case", action="append", choices=names, help="only this; repeatable")
    parser.add_argument("--unpinned", dest="pinned", action="store_false", help="let server and load run on any core")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()), help="where the databases lie")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/fanout[-unpinned].json, .md, .svg")
    options = parser.parse_args()
    if options.pairs < 1 or not 0.1 <= options.seconds <= 600:
        parser.error("--pairs must be 1 or more, --seconds 0.1 to 600")
    if not options.data.is_dir():
        parser.error(f"--data: {options.data} is no directory")
    return options


def main() -> None:
    """Run the benchmark; a sentence and exit status 1 when it cannot."""
    if sys.platform == "win32":
        sys.exit("The load generator needs Linux or macOS.")
    options = read_options()
    allow_open_files()
    try:
        compare(options)
    except BenchError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
