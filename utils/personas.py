"""The modes that a room can put its assistant in: two are built in, more come from a file (the setting PERSONAS)."""

import tomllib
from collections.abc import Collection
from typing import Any, NamedTuple

from utils.settings import SettingsError

MOST_PERSONAS = 50  # all of them stand in each room frame
NAME_LENGTH, LINE_LENGTH = 40, 120  # characters


class Persona(NamedTuple):
    """`model` and `temperature` are what its answers are made with, unless the room has chosen a model itself."""

    name: str
    line: str  # what it is, for the page
    instructions: str = ""
    model: str = ""
    temperature: float | None = None


GENERAL = Persona("General", "Brief and friendly, for everyone in the room.")
EXPERT = Persona(
    "Expert",
    "Exact and in depth, for people of the field.",
    "You speak to experts: be exact, name trade-offs and limits, give figures, code and sources where they help, skip the basics.",
)
BUILT_IN = (GENERAL, EXPERT)


def load_personas(path: str, models: Collection[str] = ()) -> list[Persona]:
    """General, Expert and those in the TOML file `path`, which may redefine both; "" is no file. Raises SettingsError.

    A table [[persona]] each: name, line, instructions; perhaps model, one of `models`, and temperature (0 to 2).
    """
    personas = {persona.name: persona for persona in BUILT_IN}
    for number, table in enumerate(_tables(path), 1):
        try:
            persona = Persona(**table)
        except TypeError:
            fields = ", ".join(Persona._fields)
            raise SettingsError(f"PERSONAS: expected {fields} in [[persona]] {number} of {path}, but it has {', '.join(table)}.") from None
        _check(persona, models, f"PERSONAS: in [[persona]] {number} of {path}, ")
        personas[persona.name] = persona
    if len(personas) > MOST_PERSONAS:
        raise SettingsError(f"PERSONAS: {path} makes {len(personas)} modes; a room can show {MOST_PERSONAS}.")
    return list(personas.values())


def _tables(path: str) -> list[dict[str, Any]]:
    if not path:
        return []
    try:
        with open(path, "rb") as file:
            tables = tomllib.load(file).get("persona", [])
    except (OSError, ValueError) as error:
        raise SettingsError(f"PERSONAS: {path} cannot be read ({error}). Expected a TOML file with [[persona]] tables.") from None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SettingsError(f"PERSONAS: expected [[persona]] tables in {path}, with two brackets.")
    return tables


def _check(persona: Persona, models: Collection[str], where: str) -> None:
    for field in ("name", "line", "instructions", "model"):
        if not isinstance(getattr(persona, field), str):
            raise SettingsError(f"{where}{field} is {getattr(persona, field)!r}; expected a text.")
    for field, most in (("name", NAME_LENGTH), ("line", LINE_LENGTH)):
        text = getattr(persona, field)
        if not (0 < len(text) <= most and text.isprintable()):
            raise SettingsError(f"{where}{field} is {text!r}; expected 1 to {most} characters in one line.")
    if persona.model and persona.model not in models:
        raise SettingsError(f"{where}model is {persona.model!r}; expected one of {', '.join(models)}. More can be named in MODELS.")
    warmth = persona.temperature
    if warmth is not None and not (isinstance(warmth, int | float) and 0 <= warmth <= 2):
        raise SettingsError(f"{where}temperature is {warmth!r}; expected a number from 0 to 2.")
