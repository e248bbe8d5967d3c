"""Characters that look like others, as Unicode has them: its table of confusables (UTS 39), cut down to what `identity.fold` asks for.

`python -m utils.confusables confusables.txt` makes utils/confusables.txt anew, of
https://www.unicode.org/Public/18.0.0/security/confusables.txt or a later one.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

OURS = Path(__file__).with_suffix(".txt")
AN_ENTRY = re.compile(r"^([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA", re.MULTILINE)
ABOUT = """\
# Characters that look like the one before the tab, or like the several there.
# Made by utils/confusables.py of https://www.unicode.org/Public/{version}/security/confusables.txt ({date}), without marks,
# and without what normalisation (NFKD) and case folding make equal anyway.
# © Unicode, Inc. Used under the Unicode License v3: https://www.unicode.org/license.txt
"""


def table() -> dict[int, str]:
    """For str.translate: what to read in the place of each character that looks like something else."""
    lines = (line for line in OURS.read_text("utf-8").splitlines() if line and not line.startswith("# "))
    return {ord(char): shown for shown, _, chars in (line.partition("\t") for line in lines) for char in chars}


def of_unicode(theirs: str) -> str:
    """Our table, made of Unicode's."""
    found, alike = dict(entries(theirs)), dict[str, list[str]]()
    again = {ord(char): shown for char, shown in found.items()}  # what ₁₀ is normalised to looks like something, too
    for char, shown in found.items():
        alike.setdefault(shown.translate(again), []).append(char)
    version, date = (re.findall(rf"^# {word}: ([^,\n]+)", theirs, re.MULTILINE)[0] for word in ("Version", "Date"))
    lines = [f"{shown}\t{''.join(sorted(chars))}\n" for shown, chars in sorted(alike.items())]
    return ABOUT.format(version=version, date=date) + "".join(lines)


def entries(theirs: str) -> Iterator[tuple[str, str]]:
    """Each character with what it looks like. Marks are left out: some are vowels, and those that are accents are folded away."""
    for source, prototype in AN_ENTRY.findall(theirs):
        char, shown = chr(int(source, 16)), plain("".join(chr(int(code, 16)) for code in prototype.split()))
        if plain(char) == char and unicodedata.category(char)[0] != "M" and shown and char.casefold() != shown.casefold():
            yield char, shown


def plain(text: str) -> str:
    """`text` normalised, without what is drawn around its letters, and between them."""
    chars = unicodedata.normalize("NFKD", text)
    return "".join(char for char in chars if not (unicodedata.combining(char) or unicodedata.category(char) == "Me" or char.isspace()))


if __name__ == "__main__":
    OURS.write_text(of_unicode(Path(sys.argv[1]).read_text("utf-8-sig")), "utf-8")
