"""The codes of steps and forms, and how each reads."""

from __future__ import annotations

from collections.abc import Mapping

from models.languages import Language
from serving.review.states import Step

#: Codes by the words they are chosen by, in the order they are listed.
Options = Mapping[str, str]


def deeds(spoken: Language) -> Mapping[Step, str]:
    """What somebody did, after their name."""
    return {
        Step.VIEW: spoken.words("recorded a view"),
        Step.REVEAL: spoken.words("was shown the score"),
        Step.DRILL: spoken.words("decided under a drill; it does not count"),
        Step.DECIDE: spoken.words("decided"),
        Step.OVERRIDE: spoken.words("proposed to release against a mandatory rule"),
        Step.REFER: spoken.words("proposed to tell an authority abroad"),
        Step.APPROVE: spoken.words("agreed to the proposal"),
        Step.DECLINE: spoken.words("did not agree to the proposal"),
        Step.RECORD_OUTCOME: spoken.words("recorded the outcome"),
        Step.CONFIRM_OUTCOME: spoken.words("confirmed the find"),
        Step.CLOSE: spoken.words("closed the case"),
        Step.WITHDRAW: spoken.words("took the last decision or proposal back"),
        Step.REOPEN: spoken.words("opened the case again"),
        Step.TAKE: spoken.words("took the case in hand"),
        Step.HAND_OVER: spoken.words("handed the case over"),
        Step.CORRECT: spoken.words("corrected the record"),
        Step.RESCORE: spoken.words("scored a new version of the movement"),
    }


def views(spoken: Language) -> Options:
    """One's own view."""
    return {"search": spoken.words("Search"), "no_search": spoken.words("No search")}


def view_reasons(spoken: Language) -> Options:
    """What one's own view rests on: the movement, never persons."""
    return {
        "documents": spoken.words("The documents"),
        "weights": spoken.words("Weights or counts"),
        "route": spoken.words("The route"),
        "goods": spoken.words("The goods"),
        "seals": spoken.words("The seals"),
        "vehicle": spoken.words("How the vehicle is built or was driven"),
        "tip": spoken.words("A tip"),
        "routine": spoken.words("Routine: nothing stands out"),
        "other": spoken.words("Something else"),
    }


def actions(spoken: Language) -> Options:
    """What can be decided."""
    return {
        "inspect": spoken.words("Inspect"),
        "check_documents": spoken.words("Check the documents"),
        "release": spoken.words("Release"),
    }


def decision_reasons(spoken: Language) -> Options:
    """Why it is decided so."""
    return {
        "reasons_shown": spoken.words("The reasons shown with the score"),
        "own_view": spoken.words("What I saw or read myself"),
        "chance": spoken.words("Chance named it"),
        "rule": spoken.words("A rule of the office"),
        "tip": spoken.words("A tip"),
        "joint_operation": spoken.words("A joint operation"),
        "explained": spoken.words("What stood out is explained"),
        "no_capacity": spoken.words("Nobody is free for it now"),
        "other": spoken.words("Something else"),
    }


def reasons_told_outside(spoken: Language) -> Options:
    """The same for those whom it was decided about: where a tip came from is not given away."""
    own_knowledge = spoken.words("What the authority knew")
    return {
        "reasons_shown": spoken.words("What the assessment pointed to"),
        "own_view": spoken.words("What was seen or read at the post"),
        "chance": spoken.words("Chance: any movement may be drawn"),
        "rule": spoken.words("A rule that holds for all such movements"),
        "tip": own_knowledge,
        "joint_operation": own_knowledge,
        "explained": spoken.words("What stood out was explained"),
        "no_capacity": spoken.words("Nobody was free for a control"),
        "other": own_knowledge,
    }


def handling_codes(spoken: Language) -> Options:
    """What a recipient abroad may do with what it is told."""
    return {
        "H0": spoken.words("H0: to prevent or combat crime only"),
        "H1": spoken.words("H1: not in court without our permission"),
        "H2": spoken.words("H2: not passed on without our permission"),
        "H3": spoken.words("H3: other limits, named in the text"),
    }


def control_levels(spoken: Language) -> Options:
    """How thorough a control was."""
    return {
        "documentary": spoken.words("Documents only"),
        "visual": spoken.words("By eye"),
        "scanner": spoken.words("Scanner"),
        "gas_probe": spoken.words("Gas or CO2 probe"),
        "dog": spoken.words("Dog"),
        "partial_unload": spoken.words("Partly unloaded"),
        "full_unload": spoken.words("Fully unloaded"),
    }


def results(spoken: Language) -> Options:
    """What a control came to."""
    return {
        "nothing_found": spoken.words("Nothing found"),
        "arms": spoken.words("Arms, parts or ammunition"),
        "persons_concealed": spoken.words("Concealed persons"),
        "other_contraband": spoken.words("Other contraband"),
        "documentary": spoken.words("Faults in the documents only"),
        "inconclusive": spoken.words("It cannot be said"),
        "not_searched": spoken.words("The control was not made"),
    }


def find_categories(spoken: Language) -> Options:
    """What was found: the categories of the UNODC firearms questionnaire, persons, other."""
    return {
        "pistol": spoken.words("Pistol"),
        "revolver": spoken.words("Revolver"),
        "rifle": spoken.words("Rifle"),
        "submachine_gun": spoken.words("Submachine gun"),
        "shotgun": spoken.words("Shotgun"),
        "blank_alarm_signal": spoken.words("Blank-firing, alarm or signal weapon"),
        "converted": spoken.words("Converted weapon"),
        "deactivated": spoken.words("Deactivated weapon"),
        "air_gas": spoken.words("Air or gas weapon"),
        "part_component": spoken.words("Part or component"),
        "ammunition": spoken.words("Ammunition"),
        "explosive_device": spoken.words("Explosive device"),
        "persons": spoken.words("Persons"),
        "other": spoken.words("Something else"),
    }


def marking_statuses(spoken: Language) -> Options:
    """Whether a firearm bears its marks."""
    return {
        "marked": spoken.words("Marked"),
        "erased": spoken.words("Erased"),
        "none": spoken.words("No marking"),
        "unknown": spoken.words("Not known"),
    }


def concealments(spoken: Language) -> Options:
    """Where it was hidden."""
    return {
        "cargo": spoken.words("In the cargo"),
        "vehicle_structure": spoken.words("Built into the vehicle"),
        "luggage": spoken.words("In luggage"),
        "parcel": spoken.words("In a parcel"),
        "vehicle_exterior": spoken.words("On the outside of the vehicle"),
        "other": spoken.words("Elsewhere"),
    }


def correction_reasons(spoken: Language) -> Options:
    """Why a record is corrected."""
    return {
        "typing_error": spoken.words("It was typed wrongly"),
        "documents_say_otherwise": spoken.words("The documents say otherwise"),
        "measured_again": spoken.words("It was weighed or counted again"),
        "contested": spoken.words("The trader or carrier contested it"),
        "court_or_authority": spoken.words("A court or authority asked for it"),
        "other": spoken.words("Something else"),
    }


def purposes(spoken: Language) -> Options:
    """Why a report is given away."""
    return {
        "trader": spoken.words("The trader or carrier asked for it"),
        "court": spoken.words("A court asked for it"),
        "data_protection": spoken.words("The data protection authority asked for it"),
        "ombudsman": spoken.words("The ombudsman asked for it"),
        "internal_review": spoken.words("A complaint is looked into"),
    }


def choices(spoken: Language) -> Options:
    """What fields of records can be, where that is a short list."""
    return {
        "entry": spoken.words("Entry"),
        "exit": spoken.words("Exit"),
        "M1": spoken.words("Car (M1)"),
        "N1": spoken.words("Van (N1)"),
        "N2": spoken.words("Lorry up to 12 t (N2)"),
        "N3": spoken.words("Lorry over 12 t (N3)"),
        "M2": spoken.words("Small bus (M2)"),
        "M3": spoken.words("Bus (M3)"),
        "L": spoken.words("Motorcycle (L)"),
        "train": spoken.words("Train"),
        "vessel": spoken.words("Vessel"),
    }
