"""The fields of a deployment file: what only the office that runs Vardar can say.

A field is mandatory unless it is marked `Maybe`.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from models.policy import LEAST_RANDOM_SHARE

#: In the metadata of a field that may stay blank.
OPTIONAL = "may stay blank"

# What people write where they have nothing to say yet.
_PLACEHOLDER = re.compile(r"(todo|tbd|fixme|xxx+|\?+|\.+|…|-+)\W*", re.IGNORECASE)


def _text(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str):
        # Line breaks of the file are no line breaks of the document.
        words = " ".join(value.split())
        return "" if _PLACEHOLDER.fullmatch(words) else words
    return value


def _texts(value: object) -> object:
    if value is None:
        return ()
    return [kept for kept in map(_text, value) if kept] if isinstance(value, list) else value


Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_texts)]
Maybe = Annotated[Text, OPTIONAL]
MaybeTexts = Annotated[Texts, OPTIONAL]
Share = Annotated[float | None, Field(gt=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class About(_Part):
    """Which deployment this is."""

    name: Text = ""
    jurisdiction: Text = ""
    fictitious: bool = False


class Party(_Part):
    """A body and how to reach it."""

    name: Text = ""
    address: Text = ""
    contact: Text = ""


class Provider(Party):
    """Who develops the system, or has it developed, and puts it into service."""

    authorised_representative: Maybe = ""


class ProtectionOfficer(_Part):
    """The data protection officer and what they advised."""

    contact: Text = ""
    advice: Text = ""


class LegalBasis(_Part):
    """The ground on which movements are scored."""

    law: Text = ""
    data_protection_regime: Text = ""
    risk_class: Text = ""
    automated_decisions: Text = ""
    registration: Text = ""


class Purpose(_Part):
    """What it is for, and why it is needed."""

    statement: Text = ""
    risks: dict[str, Text] = {}
    necessity: Text = ""
    proportionality: Text = ""
    alternatives_considered: Text = ""


class Use(_Part):
    """Where, when, by whom and on whom it is used."""

    places: Text = ""
    users: Text = ""
    process: Text = ""
    begins: Text = ""
    frequency: Text = ""
    persons_affected: Text = ""
    vulnerable_groups: Text = ""
    persons_per_year: Text = ""
    consultation: Text = ""


class Capacity(_Part):
    """How inspections are spent: the shares the service is started with."""

    inspect_share: Share = None
    document_share: Share = None
    random_share: Annotated[float | None, Field(ge=LEAST_RANDOM_SHARE, le=1)] = None


class Oversight(_Part):
    """The people who decide, and those who watch them."""

    deciding_role: Text = ""
    training: Text = ""
    stop_authority: Text = ""
    promotion: Text = ""
    internal_body: Text = ""
    independent_body: Text = ""
    data_protection_authority: Text = ""
    market_surveillance_authority: Text = ""


class Data(_Part):
    """Where records come from and where they go."""

    sources: Texts = ()
    collected_for: Text = ""
    recipients: Text = ""
    transfers_abroad: Text = ""
    processors: Text = ""
    hosting: Text = ""


class Retention(_Part):
    """How long what is kept."""

    crossings: Text = ""
    consignments: Text = ""
    inspections: Text = ""
    scores_and_logs: Text = ""
    models_and_documents: Text = ""
    erasure: Text = ""


class Rights(_Part):
    """What a trader, haulier or traveller can do."""

    information: Text = ""
    access: Text = ""
    rectification: Text = ""
    complaint: Text = ""
    remedy: Text = ""


class Risks(_Part):
    """Who accepts what risk remains, and what happens when one comes true."""

    accepted_by: Text = ""
    if_they_materialise: Text = ""
    serious_incidents: Text = ""
    security_contact: Text = ""
    prior_consultation: Text = ""
    review: Text = ""


class Provision(_Part):
    """How the system reaches its users and is kept."""

    hardware: Text = ""
    instructions: Text = ""
    standards: MaybeTexts = ()
    declaration_of_conformity: Text = ""
    distribution_of_data: Text = ""
    maintenance: Text = ""
    signed_by: Text = ""


class Deployment(_Part):
    """The deployment file: `seeds/deployment.yaml` is an example with every field explained."""

    deployment: About = About()
    controller: Party = Party()
    provider: Provider = Provider()
    data_protection_officer: ProtectionOfficer = ProtectionOfficer()
    legal_basis: LegalBasis = LegalBasis()
    purpose: Purpose = Purpose()
    use: Use = Use()
    capacity: Capacity = Capacity()
    oversight: Oversight = Oversight()
    data: Data = Data()
    retention: Retention = Retention()
    rights: Rights = Rights()
    risks: Risks = Risks()
    provision: Provision = Provision()
