"""The offline assistant: a model function that needs no key and no network, and says so.

It reads its prompt (utils/prompt.py), finds what it knows by heart (utils/offline_answers.py), fills in who, where and when, and
types that at its own pace. The same prompt gets the same answer.
"""

import ast
import asyncio
import hashlib
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow, Underflow
from typing import Any, NamedTuple

from utils.offline_answers import CALLS, CODE, DAYS, ENGLISH, GERMAN, IN_ENGLISH, IN_GERMAN, MONTHS, POEMS, SIGNS, TEXTS, TIPS

MAX_TOKENS = 1_000_000  # that one may order
READ, QUOTED, LOOKED_UP = 1_000, 80, 600  # characters of a question that are read; of what somebody said, or was looked up, that are quoted
AT_ONCE, LISTED, ROLLED = 10, 8, 20  # questions in one answer; people in a list; dice at once
EXACT = Context(40, Emin=-300, Emax=300, traps=[DivisionByZero, InvalidOperation, Overflow, Underflow])  # so 9**9**9 ends at once
SHOWN = Context(12)  # digits that people see of a fraction

DIRECTIVE = re.compile(r"!tokens=(\d{1,7})\b")
RATE = re.compile(r"!rate=(\d{1,6})\b")
STAMP = re.compile(r'\[[^\]\n]*?(\d\d:\d\d) UTC\] "([^"\n]*)"(?: to "[^"\n]*")?:\n')
OPERATIONS: dict[type, Callable[..., Decimal]] = {
    ast.Add: EXACT.add, ast.Sub: EXACT.subtract, ast.Mult: EXACT.multiply, ast.Div: EXACT.divide, ast.Mod: EXACT.remainder,
    ast.Pow: EXACT.power, ast.USub: EXACT.minus, ast.UAdd: EXACT.plus,
}  # fmt: skip


async def fake_llm(
    messages: Sequence[dict[str, str]], model: str = "", *, rate: int = 50, temperature: float | None = None
) -> AsyncIterator[str]:
    """Answer the last of `messages` in Markdown, `rate` tokens per second (0: as fast as it goes).

    `!tokens=N` in it gets exactly N numbered tokens, and `!rate=R` sets the rate: for demos, tests and benchmarks.
    """
    question = str(messages[-1].get("content") or "") if messages else ""
    if directive := RATE.search(question):
        rate = int(directive[1])
    if directive := DIRECTIVE.search(question):
        tokens = _numbered(min(int(directive[1]), MAX_TOKENS))
    else:
        tokens = re.findall(r"\s*\S+", _answer(Scene(messages)))
    begun = time.monotonic()
    for said, token in enumerate(tokens, 1):
        if rate:
            await asyncio.sleep(begun + said / rate - time.monotonic())
        yield token


def _numbered(count: int) -> list[str]:
    return [str(n) if n == 1 else f" {n}" for n in range(1, count + 1)]


class Said(NamedTuple):
    who: str
    text: str
    at: str = ""
    own: bool = False  # by the assistant


class Scene:
    """What a prompt tells, as far as it does: a bare one has neither room nor names."""

    def __init__(self, prompt: Sequence[dict[str, str]]) -> None:
        texts = [(message.get("role"), str(message.get("content") or "")) for message in prompt]
        self._system = next((text for role, text in texts if role == "system"), "")
        self.talk = [_said(text, role == "assistant") for role, text in texts if role != "system"]
        self.people = [said for said in self.talk if not said.own]
        self.own = [said.text for said in self.talk if said.own]
        self.me = self._find(r'^You are "(.+?)", in a chat room') or "Pocket"
        self.room, self.mode = self._find('^Room: "(.*)"$'), self._find("^Mode: (.+)$")
        self.now = self._find(r"^Now: .*?(\d{4}-\d\d-\d\d \d\d:\d\d) UTC$")
        self.here = re.findall('"(.+?)"', self._find("^Here now: (.+)$"))
        self.askers = re.findall('"(.+?)"', self._find('^Answer (".*") in one answer'))
        self.wishes, self.found = self._block("What people in this room want of you"), self._block("What was looked up for this answer")
        self.is_beginning = not self.own and "\nEarlier messages were left out." not in self._system
        self.seed = int(hashlib.sha256("\0".join(text for _, text in texts).encode("utf-8", "replace")).hexdigest(), 16)

    def questions(self) -> list[Said]:
        """What is to be answered."""
        count = min(int(self._find(r"^Answer the last (\d+) messages") or 1), AT_ONCE)
        return [said for said in self.talk[-count:] if not said.own] or [Said("", "")]

    def _find(self, pattern: str) -> str:
        return "".join(re.findall(pattern, self._system, re.MULTILINE)[-1:])  # the last: the house's own words come first

    def _block(self, label: str) -> str:
        return _unindented(self._find(f"^{label}:\n((?:  .*\n?)+)")).strip()


def _said(text: str, own: bool) -> Said:
    stamp = None if own else STAMP.match(text)
    return Said(stamp[2], _unindented(text[stamp.end() :]), stamp[1]) if stamp else Said("", text, own=own)


def _unindented(text: str) -> str:
    return re.sub("^  ", "", text, flags=re.MULTILINE)


class Ask:
    """One question: who put it, in what words (without the assistant's name), in which language."""

    def __init__(self, scene: Scene, said: Said, german: bool | None = None) -> None:
        self.scene, self.who = scene, said.who
        name = rf"(?<!\w)@?{re.escape(scene.me)}(?!\w)[,:]?"
        self.text = " ".join(re.sub(name, " ", said.text[:READ], flags=re.IGNORECASE).split())
        earlier = [other.text for other in reversed(scene.people) if other.who == said.who]
        leaning = next(filter(None, map(_leaning, (self.text, *earlier))), 0)
        self.german = self.has(IN_GERMAN) or (leaning > 0 and not self.has(IN_ENGLISH)) if german is None else german

    def has(self, words: str) -> bool:
        return bool(re.search(words, self.text, re.IGNORECASE))

    def say(self, name: str, **blanks: Any) -> str:
        scene, experts = self.scene, f"{name}, to experts"
        texts = TEXTS[experts if scene.mode == "Expert" and experts in TEXTS else name]
        known = {"name": f" {_bold(self.who)}" if self.who else "", "me": _plain(scene.me), "room": _bold(scene.room or "PocketRoom"),
                 "mode": _plain(scene.mode or "General")}  # fmt: skip
        return texts[self.german].format(**known | blanks)

    def listed(self, names: Sequence[str]) -> str:
        return f" {self.say('and')} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))

    def counted(self, messages: int) -> str:
        return self.say("message" if messages == 1 else "messages", count=messages)


def _leaning(text: str) -> int:
    """More than 0: German; less: English; 0: who knows."""
    return sum((word in GERMAN) - (word in ENGLISH) for word in re.findall(r"\w+", text[:READ].lower()))


def _plain(text: str) -> str:
    """What somebody wrote, in one line and not too long, none of it taken for Markdown, a link or a mention."""
    text = " ".join(text.split())
    text = text if len(text) <= QUOTED else text[: QUOTED - 1].rstrip() + "…"
    return re.sub(r"([\\`*_\[\]<>#|~&$:@]|(?<=[wW]{3})\.)", r"\\\1", text)


def _bold(text: str) -> str:
    return f"**{_plain(text)}**"


def _answer(scene: Scene) -> str:
    asks = [Ask(scene, said) for said in scene.questions()]
    last = asks[-1]
    if scene.askers:
        answers: dict[str, dict[str, None]] = {}  # whom each is for
        for ask in asks:
            answers.setdefault(_reply(ask) or _unknown(ask), {})[f"@{_plain(ask.who)}"] = None
        parts = [f"**{last.listed(list(names))}**\n\n{text}" for text, names in answers.items()]
    else:
        parts = list(dict.fromkeys(filter(None, map(_reply, asks)))) or [_unknown(last)]
    if scene.is_beginning:
        greeting = [] if scene.askers else [last.say("hello" if scene.room else "greeting")]  # several are called by their names
        parts = [*greeting, *parts, *([] if "API_KEY" in "".join(parts) else [last.say("offline")])]
    return "\n\n".join([*parts, *_asides(last)])


def _reply(ask: Ask, but: Sequence[str] = ()) -> str:
    """What it knows to say to this, or nothing."""
    for name, words in CALLS.items():
        if name not in but and ask.has(words) and (text := ANSWERS[name](ask) if name in ANSWERS else ask.say(name)):
            return text
    return ""


def _unknown(ask: Ask) -> str:
    if ask.scene.found:
        return "\n".join([ask.say("found"), "", *(f"> {line}" for line in ask.scene.found[:LOOKED_UP].splitlines())])
    if ask.scene.is_beginning:
        return f"{ask.say('unknown at first')} {ask.say('try')}"
    return ask.say("unknown", tip=TIPS[len(ask.scene.talk) // 2 % len(TIPS)][ask.german])


def _asides(ask: Ask) -> list[str]:
    """What it says once about a mode, and about instructions, that it sees and cannot follow."""
    said, mode, wishes = "".join(ask.scene.own), _plain(ask.scene.mode), _plain(ask.scene.wishes)
    told = [ask.say("mode seen")] if mode not in ("", "General", "Expert") and f"*{mode}*" not in said else []
    return [*told, ask.say("wishes seen", wishes=wishes)] if wishes and wishes not in said else told


def _shorter(ask: Ask) -> str:
    """The code of its last answer, or its first paragraph below a greeting and a heading, or of that the first sentence."""
    last = ask.scene.own[-1] if ask.scene.own else ""
    text = re.sub(r"^(?:(?:Hello|Hallo|#).*\n\n)+", "", last)
    tries = r"(?ms)^```.*?^```$", r"(?s)\A.*?(?=\n\n|\Z)", r"(?s)\A.*?[.!?:](?=\s)"
    found = [match[0] for match in (re.search(pattern, text) for pattern in tries) if match and len(match[0]) < len(last)]
    return found[0] if found else last and ask.say("shortest")


def _again(ask: Ask) -> str:
    """What was asked before it spoke last, perhaps in the other language."""
    spoken = max((n for n, said in enumerate(ask.scene.talk) if said.own), default=0)
    german = ask.german if ask.has(f"{IN_GERMAN}|{IN_ENGLISH}") else None
    asked = [Ask(ask.scene, said, german) for said in reversed(ask.scene.talk[:spoken]) if not said.own]
    return next((text for earlier in asked if (text := _reply(earlier, but=("shorter", "again", "language")))), "")


def _time(ask: Ask) -> str:
    try:
        now = datetime.fromisoformat(ask.scene.now)
    except ValueError:
        return ask.say("no time")
    return ask.say("time", now=now, day=DAYS[now.weekday()], month=MONTHS[now.month - 1])


def _arithmetic(ask: Ask) -> str:
    text = re.sub(r"(?<=\d)\.(?=\d{3}\b)" if ask.german else r"(?<=\d),(?=\d{3}\b)", "", ask.text.lower())
    for words, sign in SIGNS.items():
        text = re.sub(words, sign, text)
    text = re.sub(r"(?<=\d),(?=\d)", ".", text).strip(" ?!.=:,")
    if len(text) > QUOTED or not re.fullmatch(r"[-+*/%(). \d]+", text) or re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return ""
    try:
        tree = ast.parse(text, mode="eval").body
        return _equation(ask, ast.unparse(tree), _value(tree)) if isinstance(tree, ast.BinOp) else ""
    except (SyntaxError, KeyError):
        return ""
    except (DivisionByZero, InvalidOperation):
        return ask.say("no value")
    except ArithmeticError:
        return ask.say("too large")


def _value(node: Any) -> Decimal:
    """What an expression comes to; raises KeyError for one that is no arithmetic, ArithmeticError for one without a value."""
    if isinstance(node, ast.Constant):
        return Decimal(str(node.value))
    parts = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.operand] if isinstance(node, ast.UnaryOp) else []
    value = OPERATIONS[type(getattr(node, "op", None))](*map(_value, parts))
    if not value.is_finite():  # 0 to a negative power
        raise DivisionByZero
    return value


def _equation(ask: Ask, text: str, value: Decimal) -> str:
    signs = {" % ": " mod ", " ** ": "^", " / 100 * ": f" {ask.say('percent')} ", " * ": " × ", " / ": " ÷ ", "-": "−"}
    for sign, shown in signs.items():
        text = text.replace(sign, shown)
    is_whole = value == value.to_integral_value() and abs(value) < 10**EXACT.prec
    result = Decimal(int(value)) if is_whole else SHOWN.plus(value).normalize()
    number = f"{result:,f}" if is_whole or abs(result.adjusted()) < SHOWN.prec else f"{result:e}"
    if ask.german:
        text, number = text.replace(".", ","), number.translate(str.maketrans(",.", ".,"))
    return f"{text} {'=' if result == value else '≈'} **{number.replace('-', '−')}**"


def _summary(ask: Ask) -> str:
    if ask.has(CALLS["table"]):
        return _table(ask)
    people = ask.scene.people
    said = people[: max((n for n, one in enumerate(people) if one.who == ask.who), default=0)]
    if not said:
        return ask.say("nothing said")
    lines = [f"- {_bold(who)} ({len(texts)}): {_ends(ask, texts)}" for who, texts in _by_who(said)]
    times = "–".join(dict.fromkeys((said[0].at, said[-1].at)))
    times = f", {times} UTC" if times else ""
    names = ask.listed([_bold(who) for who, _ in _by_who(said)])
    return ask.say("summary", messages=ask.counted(len(said)), people=names, times=times, lines="\n".join(lines))


def _table(ask: Ask) -> str:
    head = ask.say("table, head").split("|")
    rows = [(_bold(who), str(len(texts)), ask.say("only", last=_plain(texts[-1]))) for who, texts in _by_who(ask.scene.people)]
    return f"{ask.say('table')}\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _by_who(talk: Iterable[Said]) -> list[tuple[str, list[str]]]:
    people: dict[str, list[str]] = {}
    for said in talk:
        people.setdefault(said.who, []).append(said.text)
    return list(people.items())[:LISTED]


def _ends(ask: Ask, texts: list[str]) -> str:
    return ask.say("first and last" if len(texts) > 1 else "only", first=_plain(texts[0]), last=_plain(texts[-1]))


def _poem(ask: Ask) -> str:
    said, room = len(ask.scene.talk), _plain(ask.scene.room or "PocketRoom")
    couplets = [row[said % len(row) if n % 2 else said // 2 % len(row)] for n, row in enumerate(POEMS[ask.german])]
    poem = "\n\n".join(couplet.replace("\n", "  \n") for couplet in couplets)
    people = [_plain(name) for name in ask.scene.here[:3] or [ask.who or ask.scene.me]]
    return f"### {room}\n\n" + poem.format(room=room, people=ask.listed(people), messages=ask.counted(said))


def _code(ask: Ask) -> str:
    room = ask.scene.room if re.fullmatch("[a-z0-9][a-z0-9_-]{0,63}", ask.scene.room) else "lobby"
    code = CODE.replace("ROOM", room).replace("HELLO", json.dumps(f"Hello, {ask.scene.me}", ensure_ascii=False))
    return f"{ask.say('websockets' if ask.has('websocket') else 'one program')}\n\n{code}\n\n{ask.say('code')}"


def _chance(ask: Ask) -> str:
    if ask.has("coin|münze"):
        return ask.say("heads" if ask.scene.seed % 2 else "tails") + "."
    found = re.search(r"\b(\d{0,2})[dw](\d{1,4})\b", ask.text.lower())
    count, sides = (int(found[1] or 1), int(found[2])) if found else (1, 6)
    rolls = [1 + ask.scene.seed // max(sides, 1) ** n % max(sides, 1) for n in range(min(max(count, 1), ROLLED))]
    return ask.listed([f"**{roll}**" for roll in rolls]) + (ask.say("total", total=sum(rolls)) if count > 1 else "") + "."


def _here(ask: Ask) -> str:
    here = ask.scene.here
    gone = [_bold(who) for who, _ in _by_who(ask.scene.people) if who not in here]
    told = ask.say("here", here=ask.listed([_bold(name) for name in here])) if here else ""
    return told + (ask.say("gone", gone=ask.listed(gone)) if told and gone else "")


def _greeting(ask: Ask) -> str:
    scene = ask.scene
    if not scene.is_beginning:
        return ask.say("greeting")
    others = ask.listed([_bold(name) for name in scene.here if name != ask.who])
    first = ask.say("with" if others else "alone", here=others) if scene.room and len(scene.talk) == 1 else ""
    return f"{first}\n\n{ask.say('try')}".strip()  # the greeting itself stands above the first answer in any case


def _help(ask: Ask) -> str:
    return f"{ask.say('help')}\n\n{ask.say('offline')}"


ANSWERS: dict[str, Callable[[Ask], str]] = {
    "shorter": _shorter, "again": _again, "language": _again, "time": _time, "arithmetic": _arithmetic, "summary": _summary, "poem": _poem,
    "code": _code, "table": _table, "chance": _chance, "here": _here, "greeting": _greeting, "help": _help,
}  # fmt: skip
