"""Risky behaviours, one module each: what is planted, after which public description.

A typology changes how some entities behave, and nothing else; the records show the behaviour, and
the link turns records into risk. An honest entity that behaves alike is as risky.
"""

#: Codes of the typologies in arrays; 0 is honest behaviour.
NAMES = ("", "A1", "A2", "M1", "M2")
ANT_TRADE, PARTS, CONCEALED, CAVITY = 1, 2, 3, 4
