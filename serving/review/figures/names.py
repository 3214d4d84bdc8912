"""Words for the codes that figures are told by."""

from __future__ import annotations

from models.languages import Language
from serving.review.figures.facts import Group

#: Why inspections are made, in the order they are listed; the random slice first.
REASONS = (
    "random",
    "model",
    "rule",
    "mandatory",
    "tip",
    "joint_operation",
    "officer_observation",
)


def reason(code: str, spoken: Language) -> str:
    """Why an inspection was made."""
    told = {
        "random": spoken.words("Chance (the random slice)"),
        "model": spoken.words("The model"),
        "rule": spoken.words("A rule of the office"),
        "mandatory": spoken.words("A mandatory control"),
        "tip": spoken.words("A tip"),
        "joint_operation": spoken.words("A joint operation"),
        "officer_observation": spoken.words("An officer's observation"),
    }
    return told.get(code, code)


def risk(code: str, spoken: Language) -> str:
    """A risk as a title."""
    told = {"arms": spoken.words("Arms"), "smuggling": spoken.words("Smuggling of people")}
    return told.get(code, code.replace("_", " ").capitalize())


def subject(kind: str, spoken: Language) -> str:
    """A kind of record, many of it."""
    told = {
        "consignment": spoken.words("Consignments"),
        "crossing": spoken.words("Crossings"),
        "inspection": spoken.words("Inspections"),
    }
    return told.get(kind, kind)


def made(group: Group, spoken: Language) -> str:
    """A class of vehicle or a mode of transport."""
    classes = {
        "M1": spoken.words("Cars (M1)"),
        "N1": spoken.words("Vans (N1)"),
        "N2": spoken.words("Lorries to 12 t (N2)"),
        "N3": spoken.words("Lorries over 12 t (N3)"),
        "M2": spoken.words("Buses to 5 t (M2)"),
        "M3": spoken.words("Buses over 5 t (M3)"),
        "L": spoken.words("Motorcycles (L)"),
        "train": spoken.words("Trains"),
        "vessel": spoken.words("Vessels"),
        "": spoken.words("Crossings, class not known"),
    }
    modes = {
        "1": spoken.words("Consignments by sea (1)"),
        "2": spoken.words("Consignments by rail (2)"),
        "3": spoken.words("Consignments by road (3)"),
        "4": spoken.words("Consignments by air (4)"),
        "5": spoken.words("Consignments by post (5)"),
        "7": spoken.words("Consignments by fixed installation (7)"),
        "8": spoken.words("Consignments by inland water (8)"),
        "9": spoken.words("Consignments under their own power (9)"),
        "": spoken.words("Consignments, mode not known"),
    }
    return (classes if group.kind == "crossing" else modes).get(group.made, group.made)


def pair(group: Group) -> str:
    """Countries of dispatch and destination; "" where neither is known."""
    if not (group.dispatch or group.destination):
        return ""
    return f"{group.dispatch or '?'} → {group.destination or '?'}"


def action(code: str, spoken: Language) -> str:
    """What was recommended."""
    told = {
        "inspect": spoken.words("Inspect"),
        "check_documents": spoken.words("Check the documents"),
        "release": spoken.words("Release"),
    }
    return told.get(code, code)


def because(code: str, spoken: Language) -> str:
    """What a recommendation was because of."""
    told = {
        "model": spoken.words("the model"),
        "random": spoken.words("chance"),
        "rule": spoken.words("a rule"),
    }
    return told.get(code, code)


def size(code: str, spoken: Language) -> str:
    """How large a drift is."""
    told = {
        "none": spoken.words("none beyond chance"),
        "moderate": spoken.words("moderate"),
        "strong": spoken.words("strong"),
        "insufficient": spoken.words("insufficient"),
    }
    return told[code]
