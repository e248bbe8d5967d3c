"""When the assistant speaks: `addressed` decides it for one message, by the room's manners (docs/assistant.md).

A text is folded (case, accents, width), what is not its author's ordinary words is left out (code, quotations, links), and each name
becomes one capital letter: P the assistant, A its @name, M somebody else, O an @somebody. What stands before and after it then tells
whether a name is called or spoken about; the words for that, in each language, are in utils/manners_words.py.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice
from typing import Any, NamedTuple

from utils.manners_words import TABLES, TRADITIONAL, UNSPACED, pattern_of, words_of

LETTERS = 600  # of a message that are looked at, for time: of a longer one its beginning, its end, and what is around the name
BEGINNING, AROUND, TIMES = 300, 80, 4  # letters of its beginning, on each side of the name, occurrences between
SENTENCES = 10  # in those letters that are looked at: the first and the last, and TIMES between that have the name
CLAUSE = 120  # letters before and after a name that tell what it is doing there
EDGE = 80  # letters at each end of a sentence without it that tell what is wanted
FIRST_AND_LAST = 2  # sentences each way that tell whether somebody goes on after an answer
FRAGMENT = 9  # words that stand for a whole request when it is plain what is asked
REACH = 60  # letters before a name in which stands what takes or hails it
STARTS = 6  # words that only open a clause
TELLS = 5  # words of a sentence that may tell something
STOP_LETTERS = 60  # of a message that says no more than stop
FOLD = 3  # letters that one may come to; those that come to more are ligatures of whole phrases
NAMES, OCCURRENCES = 200, 12  # people whose names are known, and how often each name is found in one message
FOLDED_CHARACTERS, FOLDED_NAMES = 20_000, 2_048  # remembered

Message = dict[str, Any]
Room = dict[str, Any]


def addressed(message: Message, room: Room, messages: Sequence[Message]) -> bool:
    """Whether `message` wants an answer of the assistant.

    `room` has speaks, assistant (its name), people (names) and here (ids) of who is in the room; `messages` are the room's latest,
    oldest first, of which only those before `message` count. `message["here"]`, if there, is who was here when it was said.
    """
    author, speaks = message["author"], room["speaks"]
    if author["kind"] != "human" or speaks in ("always", "never"):
        return author["kind"] == "human" and speaks == "always"
    if speaks == "auto" and not set(message.get("here", room["here"])) - {author["id"]}:
        return True
    original = next((m["author"] for m in messages if m["id"] == message.get("reply_to")), author)
    answered = speaks == "auto" and _was_answered(message, messages, room["assistant"])
    if original is author and not answered and not _may_name(message["content"], room["assistant"]):
        return False
    to_person = original["kind"] == "human" and original["id"] != author["id"]
    sentences = _read(message["content"], room["assistant"], _others(author["name"], room, messages))
    if _calls_it(sentences, to_person):
        return True
    if _is_by(original, room["assistant"]):
        return not any(map(_calls_others, sentences))
    return answered and not to_person and _goes_on(sentences)


def _may_name(content: str, assistant: str) -> bool:
    """Whether the beginning of the assistant's name is anywhere in `content`. What people say to each other is not read further."""
    beginning = _beginning(_fold_name(assistant))
    return beginning in content.lower() if content.isascii() else beginning in _fold(_shortened(content, assistant))


def says_stop(content: str, assistant: str) -> bool:
    """Whether `content` is a word to stop and nothing else, but perhaps the assistant's name and a please."""
    words = set(re.findall(r"\w+", _fold(content))) if len(content) <= STOP_LETTERS else set()
    return bool(words & _STOP) and words <= _STOP | _POLITE | {*_fold_name(assistant).split()}


def _others(author: str, room: Room, messages: Sequence[Message]) -> tuple[str, ...]:
    """The names of those whom the author may speak to instead."""
    names = dict.fromkeys([*room["people"][:NAMES], *(m["author"]["name"] for m in messages if m["author"]["kind"] == "human")])
    return tuple(name for name in islice(names, NAMES) if name != author)


def _is_by(author: dict[str, str], assistant: str) -> bool:
    return author["kind"] == "assistant" and author.get("name", assistant) == assistant


def _was_answered(message: Message, messages: Sequence[Message], assistant: str) -> bool:
    """Whether the last that was said before `message` is the assistant's answer to its author."""
    earlier = (m for m in reversed(messages) if m["id"] < message["id"])
    talk = (m for m in earlier if m["author"]["kind"] != "system" and m.get("status") != "deleted")
    answer = next(talk, None)
    if answer is None or not _is_by(answer["author"], assistant):
        return False
    before = list(talk)
    question = next((m for m in before if m["id"] == answer.get("reply_to")), None)
    asker = question or next((m for m in before if m["author"]["kind"] == "human"), None)
    return asker is not None and asker["author"]["id"] == message["author"]["id"]


# ---- who is spoken to ----------------------------------------------------------------------------


class Sentence(NamedTuple):
    text: str  # folded; names are capitals; ", " parts its clauses
    asks: bool  # it ends with a question mark


def _calls_it(sentences: Sequence[Sentence], theirs: bool) -> bool:
    """Whether the assistant is called or asked by name. `theirs`: somebody else is spoken to; then it is theirs what is said about
    it, or asked in the third person, and only a call, or a request with an @, is for the assistant. Several people may be told that
    it is to be asked: "guys, let's ask P", "guys, listen. Can P …?"."""
    if not any(_IT.search(sentence.text) for sentence in sentences):
        return False
    several = False
    for sentence in sentences:
        theirs, several = theirs or _calls_somebody(sentence), several or _calls_several(sentence)
        alone = not (theirs or several)
        if any((spot[0] == "A" and alone) or _calls(sentence, spot, alone) for spot in _IT.finditer(sentence.text)):
            return True
        if (not theirs or "A" in sentence.text) and _asks_by_name(sentence, _calls_several(sentence)):
            return True
    return False


def _calls_others(sentence: Sentence) -> bool:
    return _calls_several(sentence) or _calls_somebody(sentence)


def _calls_somebody(sentence: Sentence) -> bool:
    if sentence.asks and _TOPIC.search(sentence.text):
        return True
    return any(_calls(sentence, spot, alone=True) for spot in _SOMEBODY.finditer(sentence.text))


def _calls_several(sentence: Sentence) -> bool:
    return bool(_PAIR.search(sentence.text)) or any(_calls(sentence, spot, alone=False) for spot in _GROUP.finditer(sentence.text))


def _calls(sentence: Sentence, spot: re.Match[str], alone: bool) -> bool:
    """Whether the name at `spot` is called. `alone`: nobody else is, so that commas may be missing."""
    left, right = sentence.text[max(0, spot.start() - CLAUSE) : spot.start()], sentence.text[spot.end() : spot.end() + CLAUSE]
    if _PARTICLE.match(right) or _NOT.match("P" + right):
        return False
    right, near = right.strip(), left[-REACH:]
    clause = left[left.rfind(",") + 1 :].strip()
    opens = bool(_OPENING.fullmatch(clause))
    ends = not right or right[0] == "," or bool(_PLEASE.fullmatch(right))
    if ends and opens:
        return not _is_listed(left, right, sentence.asks)
    if opens and spot[0] in "MO" and _CAN.match(right):  # "bea can P …?"
        return True
    if opens and (_ASK.match(right) or _SELF.match(right)):
        return bool(_SELF.match(right)) or not _IDLE.match(right)
    if (opens and _HAIL_BEFORE.search(near)) or _CALL_BEFORE.search(near) or (spot[0] in "AO" and not _TAKE_BEFORE.search(near)):
        return not _SAY.match(right)
    if opens:
        return bool(_OPENING.fullmatch(left) or UNSPACED.match(right)) and _asks_at_the_end(right, sentence.asks)
    if _TAKE_BEFORE.search(near) and not _WHOLE.search(left):
        return False
    if not alone:  # "still on, lads?", "still on lads?"
        return ends and spot[0] not in "PA" and sentence.asks
    if ends:  # "Mensch Pocket, …": a word that takes no object is a greeting, known or not
        greets = (right[:1] == "," or (sentence.asks and spot[0] in "MO")) and " " not in clause
        return greets or _asks_or_says_you(left, sentence.asks) or bool(_ASK.match(right[2:]))
    return bool(_TURN.match(right) or (_ASK.match(right) and not UNSPACED.match(right) and not _ARTICLE_BEFORE.search(left)))


def _is_listed(left: str, right: str, asks: bool) -> bool:
    """Whether a name between pauses is an item of a list ("rosemary, sage, and thyme"), or has something said about it."""
    if asks or _ASK.match(right[2:]) or _THING.match(right[2:]):
        return False
    if apposition := _APPOSITION.match(right):  # P, the assistant, is
        return not _ASK.match(right[apposition.end() :])
    words = not UNSPACED.search(right) and _WORDS.fullmatch(right) and _WORDS.fullmatch(f", {left[:-2]}")
    if words and not _OPENER.match(left):  # "keys, P, bag"
        return True
    return bool(_LIST.match(right) or (left.endswith(", ") and _SAY.match(right[2:])))


def _asks_at_the_end(right: str, asks: bool) -> bool:
    """Whether what follows a name is a question or request without a word for it at its beginning."""
    if _SAY.match(right):
        return False
    if _ENDS.search(right) or (_PART.match(right) and _PLEASE_AFTER.search(right)) or (asks and (_HINT.match(right) or UNSPACED.match(right))):
        return True
    return bool(_THING.match(right)) and not _SAYS.search(right)


def _asks_or_says_you(left: str, asks: bool) -> bool:
    """Whether the clause before a name at its end says "you", asks or requests."""
    clause = left[left.rfind(",", 0, -2) + 1 :]
    if _TAG_BEFORE.search(left) and not _ARTICLE_BEFORE.search(left):  # "it freezes, right P"
        return True
    if _YOU.search(clause) or _ENDS.search(clause) or _begins(_ASK, clause):
        return True
    return _begins(_THING, clause) or (asks and _begins(_MORE, clause) and not _ARTICLE_BEFORE.search(left))


def _asks_by_name(sentence: Sentence, several: bool) -> bool:
    """Whether something is asked of the assistant in the third person: "can P …", "let's ask P". `several`: it is said to them."""
    if not _IT.search(sentence.text) or _NOT.search(sentence.text):
        return False
    clauses = _clauses(sentence.text)
    if several:
        return any(_begins(_NAMED, clause) for clause in clauses)
    return bool(_NAMED.search(sentence.text)) or any(
        _begins(_CAN, clause) or (sentence.asks and _begins(_ABLE, clause)) for clause in clauses
    )


def _goes_on(sentences: Sequence[Sentence]) -> bool:
    """Whether somebody whom the assistant has just answered asks or requests more, of nobody else, and not about it."""
    if len(sentences) > 2 * FIRST_AND_LAST:
        sentences = [*sentences[:FIRST_AND_LAST], *sentences[-FIRST_AND_LAST:]]
    if any(_NAMES.search(text) or _US.search(text) or _calls_a_stranger(text) for text, _ in sentences):
        return False
    if any(asks and _begins(_FIRST, text) for text, asks in sentences):  # "bea fancy a pint?"
        return False
    tells = [len(text.split()) >= TELLS and bool(_REMARK.search(text)) for text, _ in sentences]
    asks_more = any(_asks_more(sentence, any(tells[:index])) for index, sentence in enumerate(sentences))
    return asks_more and not any(map(_calls_others, sentences))


def _calls_a_stranger(text: str) -> bool:
    """Whether `text` begins with a word that no language knows, and "you" or a question to one person after it: "dave, did you …"."""
    stranger = _STRANGER.match(text)
    return stranger is not None and stranger[1] not in _ANY_WORD


def _asks_more(sentence: Sentence, tells: bool) -> bool:
    """Whether more is asked. `tells`: after a sentence that tells something, so that a fragment only adds to that."""
    clauses = _clauses(sentence.text)
    if sentence.asks:
        return not any(_TAG.fullmatch(start) or _IDLE.fullmatch(start) for start in _starts(clauses[-1]))
    if any(((not tells and _begins(_MORE, clause)) or _begins(_ASK, clause)) and not _begins(_IDLE, clause) for clause in clauses):
        return True
    if _begins(_IDLE, clauses[0]):
        return False
    if len(sentence.text.split()) <= FRAGMENT and not _REMARK.search(sentence.text) and any(_begins(_PART, clause) for clause in clauses):
        return not tells
    return bool(_THING.fullmatch(sentence.text) or _ENDS.search(sentence.text) or _PLEASE_AFTER.search(sentence.text))


def _clauses(text: str) -> list[str]:
    """`text` from the beginning of each of its clauses."""
    return [text] + [text[pause.end() :] for pause in islice(re.finditer(", ", text), STARTS)]


def _begins(pattern: re.Pattern[str], clause: str) -> bool:
    return any(pattern.match(start) for start in _starts(clause))


def _starts(clause: str) -> Iterator[str]:
    """`clause`, and what is left of it without the first, the first two … of the words that only open it."""
    for _ in range(STARTS):
        yield clause
        if not (opener := _OPENER.match(clause)):
            return
        clause = clause[opener.end() :]


# ---- from text to sentences ----------------------------------------------------------------------

# Code in fences, indented or in a line; quoted lines; links; quotations: each with the sign without which it needs no search.
_NOT_ORDINARY = [
    (sign, re.compile(pattern, re.DOTALL), "\n" if pattern.startswith(r"\n") else " ")
    for sign, pattern in {
        "```": r"\n {0,3}```.*?(?:\n {0,3}```(?=\n)|\Z)", "~~~": r"\n {0,3}~~~.*?(?:\n {0,3}~~~(?=\n)|\Z)",
        "\n\n": r"\n\n(?:(?: {4}|\t)[^\n]*\n)+", ">": r"\n[ \t]*>[^\n]*", "`": r"`(?<!``)(?P<more>`*+)[^`\n]+(?P=more)`",
        "](": r"\[[^\[\]\n]*\]\([^()\s]*\)", "://": r"https?://\S+", "www.": r"www\.\S+",
        '"': r'"[^"\n]*"', "“": "“[^“”\n]*”", "„": "„[^„“”\n]*[“”]", "«": "«[^«»\n]*»", "「": "「[^「」\n]*」", "『": "『[^『』\n]*』",
    }.items()
]  # fmt: skip
_EMPHASIS = re.compile(r"(?<!\w)(_{1,3})([^\s_][^\n_]{0,80})\1(?!\w)")  # as Markdown has it; with asterisks it is left out by the fold
_PASTED = re.compile(r"^\w+ ?: [^\n]*$", re.MULTILINE)  # a line of a talk, as it is copied from elsewhere
# These begin with the letters they are about, so that others cost next to nothing.
_EMOJI = re.compile(r"[\u2190-\u2bff\U0001f000-\U0001faff]+")
_SMILEY = re.compile(r"[:;=^](?<!\w.)(?:'?-?[()dpo/\\|3]+|_*\^)(?!\w)")
_BRACKETS = re.compile(r"[()\[\]{}\"“”„«»]+")
_PAUSE = re.compile(r"[,;:—|.-](?:(?<=[,;:—|])(?:(?!\d)|(?<!\d.))|(?<=\.)\.+|(?<=\s-)-*(?=\s))[ ,;:—|]*")
_END = re.compile(r"[!?\n]+[.!?\s]*|\.(?=\s|$)[.!?\s]*")


def _read(content: str, assistant: str, others: tuple[str, ...]) -> list[Sentence]:
    """The sentences of `content`, at most SENTENCES."""
    text = f"\n\n{content}\n"
    for sign, pattern, instead in _NOT_ORDINARY:
        if sign in text:
            text = pattern.sub(instead, text)
    text = _EMPHASIS.sub(r"\2", _shortened(text, assistant))
    text = _named(_fold(text), _fold_name(assistant), others)
    if len(_PASTED.findall(text)) > 1:
        text = _PASTED.sub("", text)
    for pattern, sign in ((_AT_SOMEBODY, "O"), (_EMOJI, " ! "), (_SMILEY, " ! "), (_BRACKETS, " "), (_PAUSE, ", ")):
        text = pattern.sub(sign, text)
    sentences = []
    for words, end in zip(_END.split(text), [*_END.findall(text), ""], strict=True):
        if words := " ".join(words.split()).replace(" ,", ",").strip(" ,"):
            sentences.append(Sentence(words, "?" in end))
        elif sentences and "?" in end:
            sentences[-1] = Sentence(sentences[-1].text, True)
    if len(sentences) > SENTENCES:
        between = slice(SENTENCES // 2, -SENTENCES // 2)
        sentences[between] = [sentence for sentence in sentences[between] if _IT.search(sentence.text)][:TIMES]
    return [Sentence(_joined(text) if _IT.search(text) else _clipped(text), asks) for text, asks in sentences]


def _clipped(text: str) -> str:
    return text if len(text) <= 2 * EDGE else f"{text[:EDGE]}, {text[-EDGE:]}"


def _shortened(text: str, name: str) -> str:
    if len(text) <= LETTERS:
        return text
    middle = text[BEGINNING : BEGINNING - LETTERS]
    found = islice(re.finditer(re.escape(name), middle, re.IGNORECASE), TIMES)
    around = [middle[max(0, match.start() - AROUND) : match.end() + AROUND] for match in found]
    return "\n".join([text[:BEGINNING], *around, text[BEGINNING - LETTERS :]])


def _joined(text: str) -> str:
    """`text` where the assistant stands for all who are called together with it, and for what it is called after its name."""
    return _TITLE.sub(r"\1", _AGAIN.sub("", _AND_IT.sub(r"\1", _IT_AND.sub(r"\1", text))))


_LIKE = {
    **dict.fromkeys(map(ord, "’‘`´"), "'"), **dict.fromkeys(map(ord, "–―─"), "—"), **dict.fromkeys(map(ord, "、،､¿¡؛"), ","),
    **dict.fromkeys(map(ord, "。｡।"), "!"), ord("؟"): "?", ord("…"): "...", ord("ı"): "i", ord("*"): "", ord("\t"): " ", **dict.fromkeys(map(ord, "~〜"), ","),
    **dict(zip(map(ord, TRADITIONAL[::2]), TRADITIONAL[1::2], strict=True)),
}  # fmt: skip


class _Folds(dict[int, str]):
    """For str.translate: each character without case, accents, width and decoration."""

    def __missing__(self, code: int) -> str:
        parts = unicodedata.normalize("NFKD", chr(code).translate(_LIKE))
        plain = "".join(part for part in parts if not "\u0300" <= part <= "\u036f").casefold()
        unseen = unicodedata.category(chr(code)) in ("Cf", "Co", "Cs") or chr(code) == "\ufe0f"
        fold = "" if unseen else unicodedata.normalize("NFC", plain)[:FOLD].translate(_LIKE)
        if len(self) < FOLDED_CHARACTERS:
            self[code] = fold
        return fold


_FOLDS = _Folds()
_IS = re.compile(r"[éèÉÈ](?<!\w.)(?!\w)")  # alone it is the verb, and without its accent it would be "and"


def _fold(text: str) -> str:
    text = _IS.sub("est", unicodedata.normalize("NFC", text))
    return re.sub(" {2,}", " ", text.translate(_FOLDS))


@lru_cache(maxsize=FOLDED_NAMES)
def _fold_name(name: str) -> str:
    return " ".join(_fold(name).split())


# ---- from names to capitals ----------------------------------------------------------------------

_HONORIFIC = re.compile(
    r"さん|くん|君|ちゃん|さま|様|先生|先輩|氏|たん|よ(?=[,!])|ー+(?![ァ-ヺ])|老师|同学|大人|大佬|大神|[啊呀诶哎哥姐]|님|쌤|씨(?![가-힣])|[아야](?![가-힣])|-ка(?!\w)"
    r"|'?c[iu](?:g[iu])?m(?!\w)"
)
_CALLS_ON = re.compile("[아야啊呀ー] \\w")  # a particle that calls in the midst of a sentence; at its end it may be the copula
_PARTICLE = re.compile(  # glued to a name; at the end those of the Slavic and Turkic languages, after an apostrophe or instead of a vowel
    "'|(?:에게|한테|하고|이랑|보고|에|께|은|는|이|가|을|를|도|의|와|과|랑|만|로|으로)+(?![가-힣])|は(?!じめ|やく)|が(?!んば)|を|に(?!ゃ)|の|も(?!う|っと|し)|と(?!りあ|ころで|にかく)|へ(?!い)|で(?!き|もい)|って|から|より|的|们"
)
_INFLECTION = re.compile(r"(?:а|ы|и|е|у|ю|ой|ей|ом|ем)(?!\w)")
_AT_SOMEBODY = re.compile(r"@(?<![\w.]@)\w+")
_IT, _SOMEBODY, _NAMES = re.compile("[PA]"), re.compile("[MO]"), re.compile("[PAO]")  # whoever is spoken of with an @ is spoken to
_TOPIC = re.compile("[MO] ?(?:は|も|는|은|도)")


def _named(text: str, assistant: str, others: tuple[str, ...]) -> str:
    """`text` with a capital for each name in it. Where several begin, the longest is meant."""
    names = {name: "MO" for other in map(_fold_name, others) if _beginning(other) in text for name in _callable(other)}
    names |= dict.fromkeys([assistant, *_vocatives(assistant)], "PA")
    spots = [spot for name, letters in names.items() for spot in islice(_spots(text, name, letters), OCCURRENCES)]
    parts, end = [], 0
    for start, after, capital in sorted(spots, key=lambda spot: (spot[0], -spot[1])):
        if start >= end:
            parts += text[end:start], capital
            end = after
    return "".join(parts) + text[end:]


@lru_cache(maxsize=FOLDED_NAMES)
def _beginning(name: str) -> str:
    """What all forms of a folded name begin with."""
    return name.split(" ")[0][: max(1, len(name.split(" ")[0]) - 2)]


@lru_cache(maxsize=FOLDED_NAMES)
def _callable(name: str) -> list[str]:
    """What somebody is called by: the whole name, or the first of several."""
    first = name.split(" ")[0]
    return [name, first, *_vocatives(first)] if len(first) > 2 else [name]


def _vocatives(name: str) -> list[str]:
    """What Russian and Polish make of a name to call it: Катя, Кать; Kasia, Kasiu; Marek, Marku."""
    if len(name) < 3:
        return []
    endings = {"а": ("", "ь"), "я": ("", "ь"), "a": ("u",)}.get(name[-1], ())
    return [name[:-1] + ending for ending in endings] + ([name[:-2] + "ku"] if name.endswith("ek") else [])


def _spots(text: str, name: str, letters: str) -> Iterator[tuple[int, int, str]]:
    """Where `name` stands in `text` as a word of its own: start, end, and the second of `letters` after an @, else the first."""
    stem = name[:-1] if len(name) > 2 and name[-1] in "аяьи" else name
    start = text.find(stem)
    while start >= 0 and stem:
        end, case = start + len(name), ""
        at = text[start - 1 : start] == "@"
        inflected = _script(stem[-1]) == "CYRILLIC" and _INFLECTION.match(text, start + len(stem))
        if inflected and not text.startswith(name, start):
            end, case = inflected.end(), "'"
        elif honorific := _HONORIFIC.match(text, end):
            end, case = honorific.end(), ", " if _CALLS_ON.match(text, honorific.start()) else ""
        whole = case == "'" or (text.startswith(name, start) and not _goes_on_after(text, start + len(name), name))
        twice = UNSPACED.match(stem) and text.startswith(name, start - len(name))
        if whole and (twice or not _goes_on_before(text, start - at, stem[0])) and (at or not _is_ordinary(text, start, end, name)):
            yield start - at, end, f", {letters[at]}, " if case == ", " else letters[at] + case
        start = text.find(stem, start + len(stem))


def _goes_on_before(text: str, start: int, edge: str) -> bool:
    """Whether what stands before `start` makes a name part of another word, of a path or of a file name."""
    before = text[start - 1 : start] if start else ""
    if before == "ー":  # drags the word before it, in either script
        before = text[start - 2 : start - 1]
    return before in ("@", "/", "\\", "#") or (before == "." and text[start - 2 : start - 1].isalnum()) or _is_glue(before, edge)


def _goes_on_after(text: str, end: int, name: str) -> bool:
    """Whether what stands at `end` does so; a particle or an honorific does not."""
    edge = name[-1]
    after, next_one = text[end : end + 1], text[end + 1 : end + 2]
    if after in ("@", "/", "\\", "=") or (after == "." and next_one.isalnum()) or text.startswith("()", end):
        return True
    if UNSPACED.match(edge) and text.startswith(name, end):  # called twice
        return False
    return _is_glue(after, edge) and not (_HONORIFIC.match(text, end) or (_PARTICLE.match(text, end) and _script(after) != "KATAKANA"))


def _is_glue(letter: str, edge: str) -> bool:
    if not letter or letter in "_-":
        return bool(letter)
    same = _script(letter) == _script(edge) and _script(edge) != "CJK"
    return letter.isalnum() and (letter.isdigit() or same or _script(letter) == "LATIN")


@lru_cache(maxsize=FOLDED_CHARACTERS)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split()[0].split("-")[0]


def _is_ordinary(text: str, start: int, end: int, name: str) -> bool:
    """Whether a name that is also one of the tables' words ("will") is the word here: nothing sets it off as a name."""
    if not _VERBS.issuperset(name.split()) or _HAIL_BEFORE.search(text[max(0, start - CLAUSE) : start]):
        return False
    before, after = text[:start].rstrip(" "), text[end:].lstrip(" ")
    return not (before[-1:] in ("", *",.!?\n") and after[:1] in ("", *",.:!?—\n"))


# ---- from words to patterns ----------------------------------------------------------------------

_row = partial(pattern_of, _fold)
_OPENER = re.compile(rf"(?:{_row('hail', 'open', 'please', 'group')}|[MO])[ ,]*")
_OPENING = re.compile(rf"(?:{_OPENER.pattern})*+")
_HAIL_BEFORE, _TAKE_BEFORE = re.compile(rf"{_row('hail')} ?$"), re.compile(rf"{_row('take', 'does')} ?$|'$")
_ASK, _TURN = re.compile(_row("ask", "turn", "please")), re.compile(_row("turn"))
_ARTICLE_BEFORE = re.compile(rf"{_row('article')} \w+ ?$")  # of an adjective: the left pocket
_HINT, _ENDS, _SAY = re.compile(rf"{_row('hint')}|\d"), re.compile(_row("end")), re.compile(_row("does", "say"))
_THING, _SAYS = re.compile(rf"(?:[^ ,]+ ){{0,2}}{_row('thing')}|\d"), re.compile(rf"(?:^| ){_row('does', 'say')}")
_SELF, _YOU, _PAIR, _US = re.compile(_row("self")), re.compile(_row("you")), re.compile(_row("pair")), re.compile(_row("us"))
_PLEASE, _PLEASE_AFTER = re.compile(_row("please")), re.compile(rf"{_row('please')}(?:,|$)")
_TAG_BEFORE = re.compile(rf"\w(?<!\bor),? {_row('tag')} ?$")
_MORE, _TAG, _IDLE = re.compile(_row("more")), re.compile(_row("tag")), re.compile(_row("idle"))
_CAN, _ABLE = re.compile(_row("can")), re.compile(rf"[PA] {_row('able')}")
_NAMED, _NOT = re.compile(_row("named")), re.compile(_row("not"))
_GROUP = re.compile(_row("group"))
_AND_IT = re.compile(rf"(?:[MO]|{_row('group', 'pair', 'any')}),? ?{_row('and')} ?(?:{_row('article')} )?([PA])(?:도|も|也| (?:too|as well))?")
_IT_AND = re.compile(rf"([PA]),? ?{_row('and')} ?(?:[MO]|{_row('group', 'pair')})")
_AGAIN = re.compile("[PA],? ?(?=[PA])")
_TITLE = re.compile(rf"([PA]) {_row('title')}")
_APPOSITION = re.compile(rf", {_row('article')} [^,]*, (?={_row('does', 'say')})")
_CALL_BEFORE = re.compile(rf"{_row('call')} ?$")
_FIRST = re.compile(rf"M (?!{_row('does', 'say')})")
_PART, _REMARK, _WHOLE = re.compile(_row("part")), re.compile(_row("remark")), re.compile(rf"{_row('whole')} ?$")
_LIST = re.compile(rf"(?:, \w+(?: \w+)?)*,? {_row('and')} (?:[MO]\b(?!,)|\w+(?:,|$| {_row('does')})|{_row('article')} \w)")
_WORDS = re.compile(r"(?:, \w+)+")
_VERBS = words_of(_fold, "can", "turn", "ask", "named")
_ANY_WORD = words_of(_fold, *{role for table in TABLES.values() for role in table})
_STRANGER = re.compile(rf"(\w+)(?:,.*{_row('you')}| (?:{_row('turn')}|(?={_row('self')}){_row('you')}))")  # dave, did you …
_STOP = frozenset(_fold("stop stopp halt enough quiet cancel aufhören genug arrête arrêtez assez para pare basta ferma fermati pára chega стоп хватит").split())
_STOP |= frozenset(_fold("やめて ストップ 停 停止 停下 그만 멈춰 dur yeter przestań توقف रुको बंद").split())
_POLITE = frozenset(_fold("please pls plz now ok okay it that thanks bitte jetzt mal stp svp por favor per favore пожалуйста お願い 请 제발 lütfen").split())
