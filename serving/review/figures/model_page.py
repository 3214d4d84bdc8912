"""The model that serves, in plain words: only what the reader's role may see of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from features.registry import FeatureSet
from models.languages import Language
from models.verdicts import band_in_words, why_no_model
from models.words import number, rate
from serving.access.principal import Principal
from serving.deployment import Deployment
from serving.looking_up import serving_model
from serving.review.figures import names
from serving.review.figures.csv_door import csv_file
from serving.review.figures.sections import Section, tables_in
from serving.review.figures.tables import Table, count, measured, part, rows_of, words
from serving.review.pages import asked_by, moment, page

router = APIRouter()

#: A name and what is said under it.
Fact = tuple[str, str]


@dataclass(frozen=True)
class HeadTold:
    """One head, or why there is none."""

    section: Section
    facts: tuple[Fact, ...]


@router.get("/review/model", include_in_schema=False)
def model(request: Request) -> HTMLResponse:
    """The heads that serve, the configuration and the switch."""
    here, by, spoken = asked_by(request)
    told = here.access.shown(by, "ServingModel", serving_model(here))
    return page(
        request, "figures_model.html", in_force=in_force(told, spoken),
        configuration=configuration(told, spoken), not_taken_up=told.get("not_taken_up"),
        heads=heads_of(told, here, spoken),
    )  # fmt: skip


@router.get("/review/model.csv", include_in_schema=False)
def model_as_csv(request: Request, table: str = "") -> Response:
    """One of its tables."""
    here, by, spoken = asked_by(request)
    return csv_file(_tables(here, by, spoken), table)


def _tables(here: Deployment, by: Principal, spoken: Language) -> list[Table]:
    told = here.access.shown(by, "ServingModel", serving_model(here))
    return list(tables_in(head.section for head in heads_of(told, here, spoken)))


def in_force(told: Mapping[str, Any], spoken: Language) -> list[Fact]:
    """Which model serves, who signed it, whether it may speak."""
    facts: list[Fact] = []
    if "model" in told:
        model = told["model"]
        if model is None:
            facts.append((spoken.words("Model"), spoken.words("none yet: rules and chance decide")))
        else:
            facts += [
                (spoken.words("Model"), f"{model['name']} {model['version']}"),
                (spoken.words("Hash"), model["sha256"]),
            ]
    if told.get("signed_by"):
        facts.append((spoken.words("Signed by keys"), ", ".join(told["signed_by"])))
    if "switch" in told:
        facts.append((spoken.words("Switch"), _switch(told["switch"], spoken)))
    for member, name in (
        ("features_sha256", spoken.words("Features, hash")),
        ("rules_sha256", spoken.words("Rules of the office, hash")),
        ("epoch", spoken.words("Epoch of the ledger")),
    ):
        if member in told:
            facts.append((name, str(told[member])))
    return facts


def configuration(told: Mapping[str, Any], spoken: Language) -> list[Fact]:
    """What the office decided: capacity, its shares, who signed."""
    of = told.get("configuration")
    if not of:
        return []
    capacity = of["default_capacity"]
    begin = ", ".join(f"{hour:02d}:00" for hour in capacity["shifts_begin"])
    facts = [
        (spoken.words("Hash"), of["sha256"]),
        (
            spoken.words("Signed by keys"),
            ", ".join(of["signed_by"]) or spoken.words("nobody: it is what is shipped"),
        ),
        (
            spoken.words("Inspections in a shift"),
            number(capacity["inspections"], language=spoken),
        ),
        (
            spoken.words("Checks of documents in a shift"),
            number(capacity["document_checks"], language=spoken),
        ),
        (spoken.words("Shifts begin, UTC"), begin),
        (
            spoken.words("Left to chance, at least"),
            spoken.percent(number(100 * capacity["random_share"], language=spoken)),
        ),
        (
            spoken.words("Left to rules, at most"),
            spoken.percent(number(100 * capacity["rules_share"], language=spoken)),
        ),
    ]
    own = ", ".join(of["posts_with_their_own"])
    facts.append((spoken.words("Posts with a capacity of their own"), own or spoken.words("none")))
    return facts


def heads_of(told: Mapping[str, Any], here: Deployment, spoken: Language) -> list[HeadTold]:
    """Each head of the risks the reader holds."""
    made = []
    for head in told.get("heads", ()):
        name = f"{head['subject']}-{head['risk']}"
        subject, risk = names.subject(head["subject"], spoken), names.risk(head["risk"], spoken)
        title = spoken.say("{subject}: {risk}", subject=subject, risk=risk)
        if head.get("rules_only") is not None:
            why = why_no_model(head["rules_only"], language=spoken)
            made.append(HeadTold(Section(name, title, (), (why,)), ()))
            continue
        tables = _detail(head, name, title, here.ledger.features, spoken)
        about = (_limits(head, spoken),) if "trained_hits" in head else ()
        made.append(HeadTold(Section(name, title, tables, about), _card(head, spoken)))
    return made


def _card(head: Mapping[str, Any], spoken: Language) -> tuple[Fact, ...]:
    """The card in words; only members that are there."""
    facts: list[Fact] = []
    results = {
        "arms": spoken.words("arms"),
        "persons_concealed": spoken.words("concealed persons"),
        "other_contraband": spoken.words("other contraband"),
        "documentary": spoken.words("wrong documents"),
    }
    kinds = {
        "boosted_trees": spoken.words("boosted trees"),
        "logistic": spoken.words("a regression"),
        "blend": spoken.words("half boosted trees, half a regression"),
    }
    explained = {
        "kernel": spoken.words("the compiled kernel, held against LightGBM at load"),
        "lightgbm": spoken.words("LightGBM itself: the kernel did not agree with it"),
        "closed_form": spoken.words("its own closed form"),
    }

    def add(member: str, name: str, said: str) -> None:
        if member in head:
            facts.append((name, said))

    add("target_results", spoken.words("A hit is"), ", ".join(
        results.get(result, result) for result in head.get("target_results") or ()
    ))  # fmt: skip
    add("kind", spoken.words("Made of"), kinds.get(head.get("kind", ""), str(head.get("kind"))))
    add("version", spoken.words("Version"), str(head.get("version")))
    if "trained_from" in head and "trained_to" in head:
        begin, end = (_day(head[end], spoken) for end in ("trained_from", "trained_to"))
        facts.append((
            spoken.words("Learnt from movements"),
            spoken.say("{begin} to {end}", begin=begin, end=end),
        ))  # fmt: skip
    if "trained_rows" in head:
        facts.append((spoken.words("Inspected among them"), _n(head["trained_rows"], spoken)))
    if "trained_hits" in head:
        facts.append((spoken.words("Finds among these"), _n(head["trained_hits"], spoken)))
    if "base_rate" in head:
        facts.append((
            spoken.words("Base rate of all movements"), rate(head["base_rate"], language=spoken)
        ))  # fmt: skip
    by = head.get("explained_by")
    add("explained_by", spoken.words("Reasons computed by"), explained.get(by or "", str(by)))
    add("manifest_sha256", spoken.words("Manifest, hash"), str(head.get("manifest_sha256")))
    return tuple(facts)


def _limits(head: Mapping[str, Any], spoken: Language) -> str:
    """What the reader should not expect of a head."""
    said = [
        spoken.say_counted(
            "It has learnt from {n} find: what is rarer than that it cannot know.",
            "It has learnt from {n} finds: what is rarer than that it cannot know.",
            n=head["trained_hits"],
        ),
        spoken.words(
            "It knows only what inspections found and the police reported. It gives no score to "
            "movements unlike those it learnt from, and it does not know what changed since."
        ),
    ]
    return " ".join(said)


def _detail(
    head: Mapping[str, Any], name: str, title: str, features: FeatureSet, spoken: Language
) -> tuple[Table, ...]:
    """Bands, metrics and columns, for those who may know them."""
    made = []
    if "bands" in head:
        made.append(
            Table(
                name=f"bands-{name}",
                caption=spoken.say("Bands: {head}", head=title),
                heads=(spoken.words("Band"), spoken.words("From a probability of")),
                rows=rows_of(
                    [words(band_in_words(band, language=spoken), band), part(lower, spoken)]
                    for band, lower in head["bands"].items()
                ),
            )
        )
    if "metrics" in head:
        made.append(
            Table(
                name=f"metrics-{name}",
                caption=spoken.say("Measured when it was trained: {head}", head=title),
                heads=(spoken.words("What"), spoken.words("Value")),
                rows=rows_of(
                    [words(_metric(metric, spoken), metric), measured(float(value), spoken)]
                    for metric, value in sorted(head["metrics"].items())
                ),
                notes=(
                    spoken.words(
                        "On the validation days, among what was inspected. What it finds now stands "
                        "under Figures, with intervals."
                    ),
                ),
            )
        )
    if "columns" in head:
        columns = {
            column.name: column
            for column in features.columns(head["subject"], tuple(head["target_results"]))
        }
        known = [columns[column] for column in head["columns"] if column in columns]
        made.append(
            Table(
                name=f"columns-{name}",
                caption=spoken.say("What it reads: {head}", head=title),
                heads=(
                    spoken.words("Column"), spoken.words("What an officer reads"),
                    spoken.words("Field officers see it"),
                ),
                rows=rows_of(
                    [
                        words(column.name),
                        words(spoken.words(column.sentence).replace("{value}", "…")),
                        words(
                            spoken.words("yes") if column.field_role else spoken.words("no"),
                            "yes" if column.field_role else "no",
                        ),
                    ]
                    for column in known
                ),
            )
        )  # fmt: skip
    return tuple(made)


def _metric(name: str, spoken: Language) -> str:
    told = {
        "valid_auc": spoken.words("Area under the curve (AUC): 0.5 is chance, 1 is perfect"),
        "valid_average_precision": spoken.words("Average precision"),
        "valid_base_rate": spoken.words("Share of finds: the average precision of chance"),
        "valid_hits": spoken.words("Finds"),
        "detection_behind_nothing_found": spoken.words(
            "How likely a control that found nothing would have found what is there, in the mean"
        ),
        "embargo_days": spoken.words("Days left out for outcomes still to come"),
        "weight_cap": spoken.words("The most one inspected movement may stand for"),
    }
    return told.get(name, name.replace("_", " "))


def _switch(switch: Mapping[str, Any], spoken: Language) -> str:
    if switch["mode"] == "model":
        return spoken.words("on: the models speak")
    return spoken.say(
        "off since {at}, by {actor}: {reason}",
        at=moment(switch["at"], spoken), actor=switch["actor"], reason=switch["reason"],
    )  # fmt: skip


def _day(iso: str, spoken: Language) -> str:
    return spoken.date(datetime.fromisoformat(iso).date())


def _n(n: int, spoken: Language) -> str:
    return count(n, spoken).shown
