"""What a declaration says about goods on their way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from features.records.base import Record
from features.records.examples import example
from features.records.fields import (
    Code,
    CommodityCode,
    Container,
    Count,
    CountriesOfRouting,
    Country,
    Currency,
    DeclarationRef,
    Extension,
    ExtraKeys,
    Instant,
    MinorAmount,
    Office,
    PastInstant,
    Place,
    Plate,
    Quantity,
    Text,
    Yes,
)


class ConsignmentItem(BaseModel):
    """One item of goods of a consignment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item_no: Count = Field(description="Number of the item in the declaration, from 1.")
    commodity_code: CommodityCode = Field(description="HS (6 digits), CN (8) or TARIC (10) code.")
    hs_edition: Code = Field(
        default="HS2022", description="Edition of the Harmonized System of the code."
    )
    description: Text | None = Field(default=None, description="Description of the goods.")
    country_origin: Country | None = Field(default=None, description="Origin; ISO 3166-1 alpha-2.")
    net_mass_kg: Quantity | None = Field(default=None, description="Net mass, kg.")
    gross_mass_kg: Quantity | None = Field(default=None, description="Gross mass, kg.")
    supplementary_quantity: Quantity | None = Field(
        default=None, description="Quantity in the supplementary unit."
    )
    supplementary_unit: Code | None = Field(
        default=None, description="UN/ECE Recommendation 20 code."
    )
    package_type: Code | None = Field(default=None, description="UN/ECE Recommendation 21 code.")
    statistical_value_minor: MinorAmount | None = Field(
        default=None, description="Statistical value, minor units of the owner country's currency."
    )
    document_codes: list[Code] = Field(
        default_factory=list, max_length=99, description="Codes of the attached documents."
    )


class Consignment(Record):
    """A customs declaration, transit or entry summary, with its items."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [example("consignment", datetime(2026, 11, 2, 9, 0, tzinfo=UTC))]
        }
    )

    declaration_ref: DeclarationRef | None = Field(
        default=None, description="MRN, LRN or air waybill."
    )
    procedure_code: Code | None = Field(
        default=None, description="Customs procedure, such as 4000."
    )
    declaration_type: Code | None = Field(
        default=None, description="Declaration type, such as IM or T1."
    )
    mode_of_transport_border: Literal[1, 2, 3, 4, 5, 7, 8, 9] | None = Field(
        default=None,
        description="Mode at the border: 1 sea, 2 rail, 3 road, 4 air, 5 post, 7 fixed, "
        "8 inland water, 9 own propulsion.",
    )
    customs_office_lodgement: Office | None = Field(
        default=None, description="Office of lodgement."
    )
    customs_office_first_entry: Office | None = Field(
        default=None, description="Office of first entry."
    )
    customs_office_exit: Office | None = Field(default=None, description="Office of exit.")
    consignor_id: Code | None = Field(default=None, description="Consignor: EORI or tax number.")
    consignee_id: Code | None = Field(default=None, description="Consignee: EORI or tax number.")
    declarant_id: Code | None = Field(default=None, description="Declarant: EORI or tax number.")
    carrier_id: Code | None = Field(default=None, description="Carrier: EORI or tax number.")
    consignor_is_natural_person: Yes = Field(
        default=False, description="Then it gets no key or history."
    )
    consignee_is_natural_person: Yes = Field(
        default=False, description="Then it gets no key or history."
    )
    declarant_is_natural_person: Yes = Field(
        default=False, description="Then it gets no key or history."
    )
    carrier_is_natural_person: Yes = Field(
        default=False, description="Then it gets no key or history."
    )
    aeo_status: Yes | None = Field(
        default=None, description="An authorised economic operator declares."
    )
    country_dispatch: Country | None = Field(
        default=None, description="Dispatch; ISO 3166-1 alpha-2."
    )
    country_destination: Country | None = Field(
        default=None, description="Destination; ISO 3166-1 alpha-2."
    )
    countries_of_routing: CountriesOfRouting = Field(
        default_factory=list, description="Countries passed, in sequence; ISO 3166-1 alpha-2."
    )
    place_loading: Place | None = Field(default=None, description="Place of loading; UN/LOCODE.")
    place_unloading: Place | None = Field(
        default=None, description="Place of unloading; UN/LOCODE."
    )
    departed_at: Instant | None = Field(default=None, description="Departure; RFC 3339 with zone.")
    eta_at: Instant | None = Field(
        default=None, description="Expected arrival; RFC 3339 with zone."
    )
    presented_at: PastInstant | None = Field(
        default=None, description="Presentation to customs; RFC 3339 with zone."
    )
    gross_mass_kg: Quantity | None = Field(default=None, description="Gross mass, kg.")
    package_count: Count | None = Field(default=None, description="Packages.")
    invoice_amount_minor: MinorAmount | None = Field(
        default=None, description="Invoice total, minor units of invoice_currency."
    )
    invoice_currency: Currency | None = Field(default=None, description="ISO 4217.")
    incoterm: Code | None = Field(default=None, description="Delivery terms, such as DAP.")
    vehicle_id: Plate | None = Field(
        default=None, description="Plate of the active means of transport."
    )
    trailer_id: Plate | None = Field(default=None, description="Plate of the trailer.")
    container_ids: list[Container] = Field(
        default_factory=list, max_length=999, description="Container numbers; ISO 6346."
    )
    seal_count: Count | None = Field(default=None, description="Seals.")
    transport_document_type: Code | None = Field(
        default=None, description="Such as 733, a CMR note."
    )
    amendment_count: Count = Field(default=0, description="Amendments made so far.")
    guarantee_type: Code | None = Field(default=None, description="Type of guarantee.")
    priority_lane: Yes | None = Field(default=None, description="Used a lane for priority traffic.")
    items: list[ConsignmentItem] = Field(
        min_length=1, max_length=999, description="The goods; at least one item."
    )
    extra_keys: ExtraKeys = Field(
        default_factory=dict, description="Identifiers of further entities, by declared name."
    )
    extension: Extension = Field(
        default_factory=dict, description="Further attributes, numbers or categories, by name."
    )
