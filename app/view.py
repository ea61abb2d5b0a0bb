"""View: what a reader looks at. All of it stands in the URL, so a link shows the same to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from geo.atlas import ANY, Atlas
from geo.errors import UnknownName
from geo.terms import Basis, SettlementClass


@dataclass(frozen=True)
class View:
    """What is looked at; an empty text is "as it fits".

    Attributes
    ----------
    snap, since
        Names of the snapshot and of the earlier one that it is compared with.
    unit
        Unit id of the place.
    service, operator, basis, klass, level
        What is counted, as in the roll-up.
    layers
        Ids of plant layers shown on the map, joined by commas.
    gaps
        "1" where only gaps are shown.
    homes, near, far, unknown, order
        Of the list of gaps: least homes, least and most metres to plant, "1" where unknown ones are listed
        too, and what it is sorted by.
    at
        Zoom/latitude/longitude of the map.
    pick
        Unit id or feature id that was clicked on the map.
    lang
        Language.
    """

    snap: str = ""
    since: str = ""
    unit: str = ""
    service: str = ""
    operator: str = ""
    basis: str = ""
    klass: str = ""
    level: str = ""
    layers: str = ""
    gaps: str = ""
    homes: str = ""
    near: str = ""
    far: str = ""
    unknown: str = ""
    order: str = ""
    at: str = ""
    pick: str = ""
    lang: str = ""

    @classmethod
    def of_query(cls, query: Mapping[str, Any]) -> View:
        """Return the view of a URL; keys that are none of ours are passed over."""
        return cls(**{f.name: str(query[f.name])[:300] for f in fields(cls) if query.get(f.name)})

    def query(self) -> dict[str, str]:
        """Return the view as the URL's keys; empty ones left out."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name))}

    def fitted(self, atlas: Atlas) -> View:
        """Return the view with everything that this snapshot does not know replaced by what fits."""
        service = self.service if self.service in ids(atlas.services) else atlas.services[0]["id"]
        operators = (ANY, *atlas.operators_of(service))
        levels = counted_levels(atlas, service)
        return replace(
            self,
            unit=self.unit if knows(atlas, self.unit) else str(atlas.units.at[0, "unit_id"]),
            service=service,
            operator=self.operator if self.operator in operators else ANY,
            basis=self.basis if self.basis in tuple(Basis) else Basis.UNITS.value,
            klass=self.klass if self.klass in tuple(SettlementClass) else SettlementClass.ALL.value,
            level=self.level if self.level in levels else levels[-1],
        )


def ids(things: list[dict[str, Any]]) -> list[str]:
    """Return the ids of levels, services or targets of a manifest."""
    return [str(x["id"]) for x in things]


def knows(atlas: Atlas, unit_id: str) -> bool:
    """Return whether a snapshot has a unit."""
    try:
        atlas.position(unit_id)
    except UnknownName:
        return False
    return True


def counted_levels(atlas: Atlas, service: str) -> list[str]:
    """Return the levels whose units have facts of a service, outermost first."""
    ruled = {r["level"] for s in atlas.services if s["id"] == service for r in s["rules"]}
    return [level for level in ids(atlas.levels) if level in ruled]
