"""What a region file may say. The names of the keys are a contract (design: the region file).

Every model is frozen and forbids keys that it does not know; `geo.region.read` turns the faults into
sentences with the nearest right spelling.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from geo.terms import Basis, Kind, SettlementClass, Status

ID = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]

#: Rules that measure plant against a unit's place, and rules that take a unit from its children.
PLANT_RULES = ("within", "area_share", "population_share", "household_share", "declared")
CHILD_RULES = ("all_children", "any_child", "share_of_children")
RuleName = Literal[
    "within",
    "area_share",
    "population_share",
    "household_share",
    "declared",
    "all_children",
    "any_child",
    "share_of_children",
]


class Model(BaseModel):
    """Frozen, and no key that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(Model):
    """A name in two languages; a plain string serves for both."""

    en: str
    zh: str

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"en": value, "zh": value} if isinstance(value, str) else value

    def word(self, language: str) -> str:
        """Return the name in `language` ("zh", or anything else for English)."""
        return self.zh if language == "zh" else self.en


class Column(Model):
    """A value that stands in a column of the source, where a plain value would be the same for all rows."""

    column: str


def _tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str | int) else value


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, dict) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_tuple)]


class Source(Model):
    """One file as delivered: where it lies, its datum, edition, licence and kind.

    `crs` (or its synonym `datum`) is required for every source with geometry: "EPSG:4490", "GCJ-02" ...
    `x` and `y` name the coordinate columns of a table. `sha256`, where stated, must be the file's own.
    `folder = "data"` finds the file under the folder given by --data instead of beside the region file.
    """

    id: ID
    path: str
    kind: Kind
    format: Literal["auto", "ofds"] = "auto"
    layer: str | None = None
    crs: str | None = None
    x: str | None = None
    y: str | None = None
    encoding: str | None = None
    edition: int | None = None
    licence: str = "not stated"
    attribution: str = ""
    origin: str = ""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    folder: Literal["region", "data"] = "region"

    @model_validator(mode="before")
    @classmethod
    def _datum_is_crs(cls, value: Any) -> Any:
        if isinstance(value, dict) and "datum" in value:
            if "crs" in value:
                raise ValueError("says both crs and datum: keep one")
            value = {**value, "crs": value["datum"]}
            del value["datum"]
        return value

    @model_validator(mode="after")
    def _both_axes(self) -> Self:
        if (self.x is None) != (self.y is None):
            raise ValueError("names one coordinate column only: give both x and y")
        if self.x is not None and self.crs is None:
            raise ValueError(
                "has coordinates but no crs: declare it (for example crs = 'EPSG:4490' or 'GCJ-02')"
            )
        return self


class Level(Model):
    """One level of the hierarchy, outermost first in the file.

    `code`, `label`, `parent`, `settlement_class`, `population`, `households` name columns of the source.
    `parent` holds the code of the unit above; without it `parent_digits` first characters of the code are it.
    `place` is where a unit is measured from; "point" is its own geometry where that is a point, else the columns
    `place_x`, `place_y` (degrees: its seat). `geometry = "children"` makes the outline the union of the units below.
    """

    id: ID
    name: Label
    source: str
    code: str
    label: str
    parent: str | None = None
    parent_digits: int | None = None
    edition: int
    settlement_class: str | None = None
    population: str | None = None
    households: str | None = None
    code_pattern: str = r"[0-9A-Za-z]+"
    prefix_is_parent: bool = False
    place: Literal["point", "centroid", "point_on_surface", "polygon", "children"] = "centroid"
    place_x: str | None = None
    place_y: str | None = None
    geometry: Literal["source", "children", "none"] = "source"

    @model_validator(mode="after")
    def _seat(self) -> Self:
        if (self.place_x is None) != (self.place_y is None):
            raise ValueError("names one column of the seat only: give both place_x and place_y")
        return self

    @field_validator("code_pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as fault:
            raise ValueError(f"is no regular expression: {fault}") from fault
        return value


class Operator(Model):
    """One operator; `aliases` are the spellings that deliveries use for it."""

    id: ID
    name: Label
    aliases: tuple[str, ...] = ()
    colour: str = "#666666"


class Survey(Model):
    """Where a layer speaks: units of one level, all but `without`, or only `only` (codes).

    With `operator` it limits that operator's part of the layer only; a layer may have several.
    """

    level: str
    operator: str | None = None
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


class Layer(Model):
    """Plant (or a table of declared facts) out of one source.

    A plain value is the same for all rows; `{ column = "…" }` reads it from the source. `where` keeps rows
    whose column holds one of the values. `start` and `end` are columns with the nodes of a line's ends.
    `in_service` lists the values of `status` that count; `since` and `until` are date columns against the
    region's `as_of`. `technology_mbps` gives the rate by technology where `mbps` is silent. `holes`,
    `holes_used`, `holes_reserved` and `length_m` are columns of ducts, checked against each other and the
    line; `counts` names further columns that hold numbers from 0 on. `unit` is the column with the unit's
    code, for tables.
    """

    id: ID
    source: str
    geometry: Literal["point", "line", "area", "table"]
    name: Label | None = None
    feature: str | None = None
    start: str | None = None
    end: str | None = None
    operator: str | Column | None = None
    technology: str | Column | None = None
    technology_aliases: dict[str, str] = {}
    status: Column | None = None
    in_service: tuple[str, ...] = ()
    since: Column | None = None
    until: Column | None = None
    mbps: float | Column | None = None
    technology_mbps: dict[str, float] = {}
    reach_m: float | Column | None = None
    owner: str | Column | None = None
    holes: Column | None = None
    holes_used: Column | None = None
    holes_reserved: Column | None = None
    length_m: Column | None = None
    counts: Names = ()
    where: dict[str, Names] = {}
    survey: Annotated[tuple[Survey, ...], BeforeValidator(_one_or_more)] = ()
    unit: str | None = None
    unit_level: str | None = None
    covered_values: tuple[str, ...] = ()
    partial_values: tuple[str, ...] = ()
    uncovered_values: tuple[str, ...] = ()
    service: str | Column | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.status is not None and not self.in_service and self.geometry != "table":
            raise ValueError("has a status column but no in_service list: say which values count")
        if self.geometry == "table" and (self.unit is None or self.unit_level is None):
            raise ValueError(
                "is a table: name the column of the unit's code (unit) and its level (unit_level)"
            )
        return self


class Rule(Model):
    """How one service is decided at one level (docs/rules/ has a page for each rule).

    `classes` limits it to settlement classes; `min_mbps` counts only plant of at least that rate,
    `technologies` only plant of these.
    `distance_m` is for `within` (else each feature's own reach_m). `share` is the least share of
    `share_of_children`, on `basis`.
    """

    level: str
    rule: RuleName
    layers: Names = ()
    classes: Annotated[tuple[SettlementClass, ...], BeforeValidator(_tuple)] = ()
    distance_m: Annotated[float, Field(ge=0)] | None = None
    min_mbps: float | None = None
    technologies: Names = ()
    declared: Names = ()
    place: Literal["point", "centroid", "point_on_surface", "polygon", "children"] | None = None
    population: str | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    basis: Basis = Basis.UNITS

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.rule in CHILD_RULES:
            if self.layers or self.distance_m is not None:
                raise ValueError(f"the rule {self.rule} takes units below, not layers or a distance")
            if self.rule == "share_of_children" and self.share is None:
                raise ValueError("share_of_children needs share = (0 to 1]")
        elif not self.layers and not (self.rule == "declared" and self.declared):
            raise ValueError(f"the rule {self.rule} needs layers = [...]")
        return self


class Service(Model):
    """What a target asks for; a unit is covered from `covered` on and partly covered above `partial`."""

    id: ID
    name: Label
    colour: str = "#1f77b4"
    covered: Annotated[float, Field(gt=0, le=1)] = 0.95
    partial: Annotated[float, Field(ge=0, lt=1)] = 0.0
    rules: tuple[Rule, ...] = Field(min_length=1)
    statuses: tuple[Status, ...] = ()


class Threshold(Model):
    """A threshold as the plan writes it: ">80" is strict, "100" and ">=100" are not."""

    text: str
    value: float
    strict: bool

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        match = re.fullmatch(r"\s*(>=|>)?\s*([0-9][0-9,]*(?:\.[0-9]+)?)\s*", str(value))
        if not match:
            raise ValueError(f"{value!r} is no threshold: write 100, '>80' or '>=0.85'")
        return {
            "text": str(value).strip(),
            "value": float(match[2].replace(",", "")),
            "strict": match[1] == ">",
        }

    def reached(self, amount: float) -> bool:
        """Return whether `amount`, in the threshold's unit, reaches it."""
        return amount > self.value if self.strict else amount >= self.value


class Target(Model):
    """One target of the plan: computed from `service` at `level`, or read from a table (`reported`).

    `threshold` is in `unit` ("percent" for a share). `class` chooses the settlement class.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: ID
    name: Label
    group: str = ""
    service: str | None = None
    level: str | None = None
    operator: str = "*"
    basis: Basis = Basis.UNITS
    settlement_class: SettlementClass = Field(default=SettlementClass.ALL, alias="class")
    threshold: Threshold
    unit: str = "percent"
    due: dt.date
    source: str
    reported: str | None = None
    indicator: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.service is None) == (self.reported is None):
            raise ValueError("give either service (computed) or reported (a source of reported values)")
        if self.service is not None and self.level is None:
            raise ValueError("a computed target needs the level that it counts")
        if self.service is not None and self.unit != "percent":
            raise ValueError("a computed target is a share: unit = 'percent'")
        return self


class Region(Model):
    """A whole region: everything that a run reads, and nothing else.

    `map_review_number` is the number (审图号) under which maps of the region were reviewed for publication.
    """

    name: Label
    as_of: dt.date
    timezone: str = "UTC"
    language: Literal["en", "zh"] = "en"
    metric_crs: str = "auto"
    notice: Label | None = None
    map_review_number: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,60}$")] | None = None
    tolerance_m: Annotated[float, Field(gt=0)] = 1.0
    levels: tuple[Level, ...] = Field(min_length=1)
    sources: tuple[Source, ...] = Field(min_length=1)
    operators: tuple[Operator, ...] = ()
    layers: tuple[Layer, ...] = ()
    services: tuple[Service, ...] = ()
    targets: tuple[Target, ...] = ()
    id: str = ""
    path: Path = Path()

    def level_index(self, level_id: str) -> int:
        """Return the depth of a level, 0 for the outermost."""
        return [level.id for level in self.levels].index(level_id)

    def source(self, source_id: str) -> Source:
        """Return a source by its id."""
        return next(s for s in self.sources if s.id == source_id)

    def layer(self, layer_id: str) -> Layer:
        """Return a layer by its id."""
        return next(x for x in self.layers if x.id == layer_id)
