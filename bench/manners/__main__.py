"""When the assistant speaks out of turn, and when it is silent though it was called.

    python -m bench.manners                        # per policy, language and set
    python -m bench.manners --wrong                # and each turn that `auto` got wrong; of those held back, how many
    python -m bench.manners --wrong --held-back    # those too: not for whoever writes the rules

A false interrupt is an answer that nobody asked for, in percent of the turns labelled `silent`; a missed call is silence on
a turn labelled `speak`, in percent of those. All policies are judged by the same labels, which are those of `auto`: so one
reads what `mentioned` and `always` cost among several people.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.manners.turns import LANGUAGES, SETS, Turn, read_turns
from nodes import addressed

POLICIES = ("auto", "mentioned", "always")
Decide = Callable[[dict[str, Any], dict[str, Any], list[dict[str, Any]]], bool]


@dataclass(frozen=True)
class Verdict:
    turn: Turn
    spoke: bool
    microseconds: float

    @property
    def wrong(self) -> bool:
        return self.spoke != self.turn.speak


@dataclass(frozen=True)
class Figures:
    turns: int
    silent: int
    speak: int
    interrupts: int
    missed: int

    def __str__(self) -> str:
        return f"{self.turns:>6}{_share(self.interrupts, self.silent):>16}{_share(self.missed, self.speak):>16}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge the assistant's manners by the labelled turns.")
    parser.add_argument("--wrong", action="store_true", help="list the turns that auto got wrong, of the open set")
    parser.add_argument("--held-back", action="store_true", help="with --wrong: of the set held back too")
    given = parser.parse_args()
    sets = {which: read_turns(which) for which in SETS}
    for policy in POLICIES:
        print(table(policy, {which: judge(turns, policy) for which, turns in sets.items()}))
    if given.wrong:
        for which, turns in sets.items():
            print(wrong_turns(which, judge(turns, "auto"), shown=which == "open" or given.held_back))


def judge(turns: Sequence[Turn], policy: str, decide: Decide = addressed) -> list[Verdict]:
    """What is decided on each turn, and what the decision costs: CPU time, so that a busy machine does not count."""
    verdicts = []
    for turn in turns:
        scene = turn.scene(policy)
        begun = time.thread_time_ns()
        spoke = decide(*scene)
        verdicts.append(Verdict(turn, spoke, (time.thread_time_ns() - begun) / 1_000))
    return verdicts


def figures_of(verdicts: Sequence[Verdict]) -> Figures:
    speak = sum(verdict.turn.speak for verdict in verdicts)
    interrupts = sum(verdict.wrong and verdict.spoke for verdict in verdicts)
    missed = sum(verdict.wrong and not verdict.spoke for verdict in verdicts)
    return Figures(len(verdicts), len(verdicts) - speak, speak, interrupts, missed)


def table(policy: str, sets: dict[str, list[Verdict]]) -> str:
    """One policy: a line for each language and one for all, each with the sets side by side, and the decisions' cost."""
    names = "".join(f"{which.replace('_', ' '):^38}" for which in sets)
    heads = "".join(f"{'turns':>6}{'interrupts':>16}{'missed':>16}" for _ in sets)
    lines = [f"\n{policy:<10}{names}", f"{'':<10}{heads}{'median µs':>12}{'max µs':>10}"]
    for language in [*LANGUAGES, "all"]:
        chosen = [[v for v in verdicts if language in (v.turn.language, "all")] for verdicts in sets.values()]
        costs = [verdict.microseconds for verdicts in chosen for verdict in verdicts]
        if costs:
            counted = "".join(str(figures_of(verdicts)) for verdicts in chosen)
            lines.append(f"{language:<10}{counted}{median(costs):>12.0f}{max(costs):>10.0f}")
    return "\n".join(lines)


def wrong_turns(which: str, verdicts: Sequence[Verdict], shown: bool) -> str:
    """The turns of a set that were decided wrongly; where they are not to be shown, how many there are."""
    wrong = [verdict for verdict in verdicts if verdict.wrong]
    head = f"\n{which.replace('_', ' ')}: {len(wrong)} wrong"
    return "\n".join([head, *map(_told, wrong)]) if shown else head


def _told(verdict: Verdict) -> str:
    turn = verdict.turn
    kind = "false interrupt" if verdict.spoke else "missed call"
    name = "" if turn.assistant == "Pocket" else f", its name is {turn.assistant}"
    lines = [f"\n{turn.id} {kind}, {turn.principle}{name}; here: {', '.join(turn.then or turn.here)}"]
    lines += [f"    {_line(said)}" for said in turn.earlier]
    lines.append(f"  > {_line(turn.turn)}")
    if turn.note:
        lines.append(f"    ({turn.note})")
    return "\n".join(lines)


def _line(said: list[Any]) -> str:
    who, text, *reply_to = said
    to = f" (to {reply_to[0]})" if reply_to else ""
    return f"{who}{to}: " + text.replace("\n", "\n      ")


def _share(count: int, of: int) -> str:
    return f"{count} ({100 * count / of:.1f} %)" if of else "–"


if __name__ == "__main__":
    main()
