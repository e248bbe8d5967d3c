"""Words of any script: those that the index of a log holds for a text, and those that somebody looks for.

Python alone decides what a word is, so that texts and questions are read alike: the index takes the words apart at spaces.
"""

import re
import unicodedata
from typing import NamedTuple

QUERY_CHARACTERS, QUERY_WORDS = 200, 32  # of a question; what follows is not looked for
QUERY_BEGINNINGS = 8  # words that may go on, of one question: the index gathers all words that begin so, up to 10 ms for each
EXCERPT_CHARACTERS = 160  # of a message, where it matches
LEAD, SLACK = 40, 20  # characters before the match; given up at the end so that it is the end of a word
GRAPHEME_CHARACTERS = 32  # in what readers take for one character (Unicode's Stream-Safe Text Format has 30 marks in it)
FOLDED_CHARACTERS = 20_000  # whose folds are remembered: more than any conversation uses

# Written without spaces, so that each character is a word and any part of a text is found as a phrase: Thai, Lao, Tibetan,
# Burmese; Khmer, Tai, Balinese; radicals; kana, bopomofo; ideographs; Javanese, Tai Viet; half-width kana; rare kana, ideographs.
_UNSPACED = re.compile(
    "[\u0e00-\u109f\u1780-\u17ff\u1950-\u1aaf\u1b00-\u1b7f\u2e80-\u2fdf\u3005-\u3007\u3021-\u312f\u31a0-\u31ff"
    "\u3400-\u9fff\ua980-\ua9ff\uaa60-\uaadf\uf900-\ufaff\uff66-\uff9f\U0001b000-\U0001b16f\U00020000-\U000323af]"
)
# Accents of Latin, Greek, Cyrillic; Hebrew points, vowels of Arabic and Syriac; variants. Elsewhere a mark is a vowel and stays.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0711\u0730-\u074a\u0897-\u08ff"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef]"
)
_HALF_WIDTH = re.compile("[\uff66-\uff9f]+")  # kana, whose voice marks are characters of their own
# Letters that decompose into nothing, and are often typed as others; Arabic and Persian keyboards differ.
_ALIKE = str.maketrans({**dict(zip("øłđıٱىیةک", "oldiاييهك", strict=True)), "æ": "ae", "œ": "oe"})
_TATWEEL, _ZERO_WIDTH_SPACE, _ZERO_WIDTH_JOINER = "\u0640", "\u200b", "\u200d"
_QUOTES = str.maketrans("“”„‟«»＂", '"""""""')
_PHRASE = re.compile(r'"([^"]*)"|([^\s"]+)')
# What belongs to the character before it, though it is no mark: skin tones, tags of flags, am of Thai and Lao, vowels and ends of Hangul.
_TAILS = re.compile(f"[{_ZERO_WIDTH_JOINER}\u200c\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u0e33\u0eb3\u1160-\u11ff]")
_FLAG_LETTERS = re.compile("[\U0001f1e6-\U0001f1ff]+")
_VIRAMA = 9  # its combining class: it binds the next letter


class Phrase(NamedTuple):
    """Words that follow one another. `goes_on`: the last one is the beginning of a word."""

    words: list[str]
    goes_on: bool


def words_of(text: str) -> str:
    """What is indexed of `text`: its words without case and accents, with a space between any two."""
    return " ".join(folded(composed(text)).split())


def query_of(text: str) -> str:
    """The FTS5 query for what somebody types: every word occurs, or one that begins so; "in quotes", a phrase. "": no word."""
    return " AND ".join(f'"{" ".join(words)}"{" *" if goes_on else ""}' for words, goes_on in phrases(text))


def excerpt(content: str, query: str, characters: int = EXCERPT_CHARACTERS) -> list[str]:
    """`content` around its first match, in pieces: plain, match, plain, match, … plain."""
    content = composed(content)
    pattern = pattern_of(query)
    start, end = window(content, first_match(content, pattern), characters)
    cuts = [cut for span in matches(content[start:end], pattern) for cut in span]
    pieces = [content[start + left : start + right] for left, right in zip([0, *cuts], [*cuts, end - start], strict=True)]
    pieces = [re.sub(r"\s+", " ", piece) for piece in pieces]
    pieces[0] = ("…" if start else "") + pieces[0]
    pieces[-1] += "…" if end < len(content) else ""
    return pieces


# ---- words ---------------------------------------------------------------------------------------


class _Folds(dict[int, str]):
    """For str.translate: what each character comes to, in words and the spaces between them."""

    def __missing__(self, code: int) -> str:
        fold = _fold(chr(code))
        if len(self) < FOLDED_CHARACTERS:
            self[code] = fold
        return fold


def composed(text: str) -> str:
    """`text` with one character wherever one is enough."""
    return unicodedata.normalize("NFC", _HALF_WIDTH.sub(lambda kana: unicodedata.normalize("NFKC", kana[0]), text))


def folded(text: str) -> str:
    """`text` character by character, so that parts of it have the parts of its fold."""
    return text.translate(_FOLDS)


def _fold(char: str) -> str:
    plain = _without_accents(_without_accents(char).casefold()).translate(_ALIKE)
    fold = "".join(map(_in_words, unicodedata.normalize("NFC", plain)))
    return f" {fold} " if unicodedata.category(char)[0] == "S" and fold else fold  # ™ is no end of a name


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if unicodedata.category(part)[0] != "M" or not _ACCENTS.match(part))


def _in_words(char: str) -> str:
    """A folded character as a part of a word, as a word, as a space, or as nothing."""
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if char == _TATWEEL or (category == "Sk" and _TAILS.match(char)) or (category == "Cf" and char != _ZERO_WIDTH_SPACE):
        return ""
    if category[0] in "PZ" or category in ("Cc", "Cf", "Cs", "Sk") or (char.isascii() and not char.isalnum()):
        return " "
    return f" {char} " if category[0] in "SC" or _UNSPACED.match(char) else char


_FOLDS = _Folds()


# ---- what somebody looks for ---------------------------------------------------------------------


def phrases(query: str) -> list[Phrase]:
    """What must occur. What is typed without a space, as e-mail or 東京都, is a phrase, too."""
    found: list[Phrase] = []
    words = 0
    for quoted, typed in _PHRASE.findall(query[:QUERY_CHARACTERS].translate(_QUOTES)):
        phrase = words_of(quoted or typed).split()[: QUERY_WORDS - words]
        words += len(phrase)
        if phrase:
            found.append(Phrase(phrase, bool(typed) and len(found) < QUERY_BEGINNINGS and _may_go_on(phrase[-1])))
    return found


def _may_go_on(word: str) -> bool:
    """One letter of an alphabet begins half of all words; one Hangul syllable or Indic letter begins few. Some are words."""
    return len(word) > 1 or (word >= "\u0900" and folded(word) == word)


def pattern_of(query: str) -> re.Pattern[str]:
    """What finds, in a folded text, any of the phrases of `query`."""
    longest_first = sorted(phrases(query), key=lambda phrase: -len("".join(phrase.words)))
    tries = (r"\s+".join(map(re.escape, words)) + (r"\S*" if goes_on else r"(?!\S)") for words, goes_on in longest_first)
    return re.compile(rf"(?<!\S)(?:{'|'.join(tries) or '(?!)'})")


# ---- excerpts ------------------------------------------------------------------------------------


def first_match(content: str, pattern: re.Pattern[str]) -> int:
    """Where it begins; 0 if there is none."""
    found = pattern.search(folded(content))
    left = found.start() if found else 0
    at = 0
    while left >= (length := len(folded(content[at : at + LEAD]))) and at < len(content):
        left -= length
        at += LEAD
    for char in content[at : at + LEAD]:
        if left <= 0:
            break
        left -= len(folded(char))
        at += 1
    return at


def window(content: str, match: int, characters: int) -> tuple[int, int]:
    """The part of `content` that is shown, with words whole where there are spaces."""
    if len(content) <= characters:
        return 0, len(content)
    start = max(0, min(match - LEAD, len(content) - characters))
    if start and (space := re.search(r"\s", content[start:match])):
        start += space.end()
    start = whole(content, start, 1)
    end = min(len(content), start + characters)
    if end < len(content) and (space := re.search(r"\s\S*$", content[max(match, end - SLACK) : end])):
        end -= len(space[0])
    return start, whole(content, end, -1)


def matches(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """Where `pattern` matches, in whole characters, each match behind the one before."""
    owners = [at for at, char in enumerate(text) for _ in folded(char)]
    found: list[tuple[int, int]] = []
    for match in pattern.finditer(folded(text)):
        start, end = whole(text, owners[match.start()], -1), whole(text, owners[match.end() - 1] + 1, 1)
        if start >= (found[-1][1] if found else 0):
            found.append((start, end))
    return found


def whole(text: str, at: int, step: int) -> int:
    """The place at `at`, or the next one in the direction of `step`, that splits no character as readers take it."""
    for moved in range(at, at + step * GRAPHEME_CHARACTERS, step):
        if not splits(text, moved):
            return moved
    return at


def splits(text: str, at: int) -> bool:
    """Whether what stands before and behind `at` is one character for readers."""
    if not 0 < at < len(text):
        return False
    before, behind = text[at - 1], text[at]
    if unicodedata.category(behind)[0] == "M" or _TAILS.match(behind):
        return True
    if _FLAG_LETTERS.match(behind) and _FLAG_LETTERS.match(before):
        return len(text[:at]) - len(text[:at].rstrip(_ALL_FLAG_LETTERS)) & 1 == 1
    return before == _ZERO_WIDTH_JOINER or unicodedata.combining(before) == _VIRAMA


_ALL_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
