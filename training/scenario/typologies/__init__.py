"""Risky behaviours, one module each: what is planted, after which public description, and its link.

A typology changes how some entities behave, and nothing else; the records show the behaviour, and
the link turns records into risk. An honest entity that behaves alike is as risky.
"""

#: Codes of the typologies in arrays; 0 is honest behaviour.
NAMES = (
    "", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "M1", "M2", "M3", "M4", "M5", "M6",
)  # fmt: skip

#: Code of each typology by its name.
CODES = {name: code for code, name in enumerate(NAMES)}
