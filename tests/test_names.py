"""Names that look like others: the confusables of Unicode (UTS 39), and what a glance makes of small capitals, I and l, rn and m."""

import itertools
import random
import unicodedata

import pytest

from utils import confusables
from utils.identity import NAME_CHARACTERS, Names, clean_name, fold, unique_name
from utils.protocol import Refused

TABLE = confusables.table()
SAMPLE = """\
# confusables.txt
# Date: 2026-08-06, 01:05:35 GMT
# Version: 18.0.0
0441 ;\t0063 ;\tMA\t# ( с → c ) CYRILLIC SMALL LETTER ES → LATIN SMALL LETTER C
006D ;\t0072 006E ;\tMA\t# ( m → rn ) LATIN SMALL LETTER M → LATIN SMALL LETTER R, LATIN SMALL LETTER N
064E ;\t0301 ;\tMA\t# ( َ → ́ ) ARABIC FATHA → COMBINING ACUTE ACCENT
00F8 ;\t006F 0338 ;\tMA\t# ( ø → o̸ ) LATIN SMALL LETTER O WITH STROKE → o, COMBINING LONG SOLIDUS OVERLAY
FF21 ;\t0041 ;\tMA\t# ( Ａ → A ) FULLWIDTH LATIN CAPITAL LETTER A → LATIN CAPITAL LETTER A
"""


def test_the_table_is_that_of_a_version_of_unicode_and_tells_where_it_is_from() -> None:
    head = confusables.OURS.read_text("utf-8")[:400]
    assert "https://www.unicode.org/Public/18.0.0/security/confusables.txt" in head
    assert "https://www.unicode.org/license.txt" in head
    assert len(TABLE) > 3000


def test_the_table_is_made_of_letters_with_what_they_look_like_and_not_of_marks_or_of_what_is_normalised_anyway() -> None:
    made = [line for line in confusables.of_unicode(SAMPLE).splitlines() if not line.startswith("# ")]
    assert sorted(made) == ["c\tс", "o\tø", "rn\tm"]


@pytest.mark.parametrize(
    ("look_alike", "name"),
    [
        ("Аnn", "Ann"), ("Αnn", "Ann"), ("ꓮnn", "Ann"), ("Ꭺnn", "Ann"), ("𖽀nn", "Ann"), ("Ann\u0430", "Anna"), ("Αɴɴ", "Ann"), ("Bеа", "Bea"), ("Вea", "Bea"),
        ("βea", "Bea"), ("Νancy", "Nancy"), ("ΝANCY", "nancy"), ("νance", "vance"), ("Ρаul", "Paul"), ("PauI", "Paul"), ("Pau1", "Paul"), ("Pau|", "Paul"),
        ("0lga", "Olga"), ("Օlga", "Olga"), ("Тоm", "Tom"), ("Toⅿ", "Tom"), ("Torn", "Tom"), ("Саша", "Caшa"), ("Глеб", "глеб"), ("ГЛЕБ", "Глеб"),
        ("Ми\u0448a", "Миша"), ("ニコ", "二コ"), ("口口", "ロロ"), ("Ømer", "Omer"), ("Müller", "Muller"), ("Straße", "STRASSE"), ("vvendy", "Wendy"), ("Ann!", "AnnI"),
        ("𝐂arl", "Carl"), ("Ⲥarl", "Carl"),
    ],
)  # fmt: skip
def test_who_looks_like_somebody_who_is_here_gets_a_numeral(look_alike: str, name: str) -> None:
    look_alike = clean_name(look_alike)
    assert unique_name(look_alike, Names([name])) == f"{look_alike} 2"
    assert unique_name(name, Names([look_alike])) == f"{name} 2"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "Anna"), ("Ann", "Anne"), ("Van", "Nan"), ("Nancy", "vancy"), ("कु", "के"), ("한국", "한글"), ("Миша", "Маша"), ("שרה", "שירה"), ("田中", "田口"),
        ("محمد", "أحمد"), ("ภูมิ", "ภีมะ"), ("Rosa", "Posa"),
    ],
)  # fmt: skip
def test_who_only_resembles_somebody_keeps_their_name(one: str, other: str) -> None:
    assert unique_name(one, Names([other])) == one


@pytest.mark.parametrize("name", ["Operator", "The operator", "THE  OPERATOR", "Τhe οpеratοr", "someone", "Sоmeоne", "ѕуstеm", "Pосkеt", "ꓑocket", "Ρocket"])
def test_nobody_speaks_for_the_house(name: str) -> None:
    with pytest.raises(Refused) as refused:
        clean_name(name, "Pocket")
    assert refused.value.code == "bad_name"


def test_every_character_of_unicodes_table_is_taken_for_what_it_looks_like() -> None:
    apart = [
        (chr(code), shown)
        for code, shown in TABLE.items()
        if chr(code) != "β"  # like ß, but to whoever wants to be Bea, like b
        and not {"Cn", "Cc"} & {unicodedata.category(char) for char in (chr(code), *shown)}
        and fold(f"x{chr(code)}x").isdisjoint(fold(f"x{shown}x"))
    ]
    assert apart == []


def test_a_name_written_in_look_alikes_is_taken_for_itself_however_they_are_mixed() -> None:
    alike: dict[str, list[str]] = {}
    for code, shown in TABLE.items():
        char = chr(code)
        if len(shown) == 1 and unicodedata.category(char)[0] == "L" and unicodedata.normalize("NFKC", char) == char:
            alike.setdefault(shown, []).append(char)
    choose = random.Random(39)
    for name in ("Pocket", "Alexandra", "Christopher", "Yvonne", "BORIS"):
        for _ in range(50):
            disguised = "".join(choose.choice([letter, *alike.get(letter, [])]) for letter in name)
            assert unique_name(disguised, Names([name])) == f"{disguised} 2", disguised


def test_a_name_is_taken_for_itself_in_capitals_and_in_small_letters() -> None:
    for name in ("Ann", "Глеб", "Ελένη", "Þóra", "Ñuño", "Łukasz", "Ӡaфa"):
        for one, other in itertools.permutations((name, name.upper(), name.lower()), 2):
            assert fold(one) & fold(other), (one, other)


def test_the_longest_names_fold_to_something() -> None:
    for char in ("﷽", "㍿", "m", "𒐫", "字"):
        assert all(fold(char * NAME_CHARACTERS))
