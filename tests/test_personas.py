"""Modes of the assistant, from a file that people write."""

from pathlib import Path

import pytest

from utils.personas import EXPERT, GENERAL, MOST_PERSONAS, Persona, load_personas
from utils.settings import SettingsError

COOK = """
[[persona]]
name = "Cook"
line = "Answers with recipes."
instructions = "You are a cook.\\nUse what is in season."
model = "gpt-4.1-mini"
temperature = 1
"""


def written(folder: Path, text: str) -> str:
    path = folder / "personas.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_two_modes_are_built_in() -> None:
    assert load_personas("") == [GENERAL, EXPERT]
    assert (GENERAL.name, EXPERT.name) == ("General", "Expert")


def test_ann_adds_a_mode_of_her_own(tmp_path: Path) -> None:
    personas = load_personas(written(tmp_path, COOK), ["gpt-4.1-mini"])
    assert personas[2:] == [Persona("Cook", "Answers with recipes.", "You are a cook.\nUse what is in season.", "gpt-4.1-mini", 1)]


def test_ann_redefines_general_and_it_stays_the_first(tmp_path: Path) -> None:
    personas = load_personas(written(tmp_path, '[[persona]]\nname = "General"\nline = "As we like it."'))
    assert [persona.line for persona in personas] == ["As we like it.", EXPERT.line]


MISTAKES = {
    "no TOML": ("[[persona", "TOML"),
    "one bracket": ('[persona]\nname = "x"', "two brackets"),
    "no name": ('[[persona]]\nline = "x"', "name, line"),
    "a field nobody knows": (COOK + 'colour = "red"', "colour"),
    "a name of several lines": ('[[persona]]\nname = "a\\nb"\nline = "x"', "one line"),
    "a name without an end": (f'[[persona]]\nname = "{"x" * 41}"\nline = "x"', "40 characters"),
    "an empty line": ('[[persona]]\nname = "x"\nline = ""', "line"),
    "a number for a text": ('[[persona]]\nname = "x"\nline = "x"\ninstructions = 7', "expected a text"),
    "too warm": (COOK.replace("= 1", "= 3"), "from 0 to 2"),
    "a word for a number": (COOK.replace("= 1", '= "warm"'), "from 0 to 2"),
    "a model that is not offered": (COOK.replace("gpt-4.1-mini", "gpt-9"), "expected one of gpt-4.1-mini.*MODELS"),
    "too many": ("".join(f'[[persona]]\nname = "{n}"\nline = "x"\n' for n in range(MOST_PERSONAS)), "can show 50"),
}


@pytest.mark.parametrize(("text", "hint"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_the_file_is_told_in_a_sentence_that_names_it(tmp_path: Path, text: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=hint) as told:
        load_personas(written(tmp_path, text), ["gpt-4.1-mini"])
    assert str(told.value).startswith("PERSONAS")


def test_a_file_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.toml cannot be read"):
        load_personas(str(tmp_path / "gone.toml"))
