"""What a rule is asked: some units of one level, each operator's plant, and where each operator speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geo.cover.places import Places
from geo.cover.planes import Geometries
from geo.facts import Ints
from geo.region import Rule, Service
from geo.units import Hierarchy

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Features:
    """One operator's plant in service, by feature id: arrays of the same length.

    `flat` is the geometry in the plane that suits it: polygons in the equal-area plane, points and lines in the
    conformal one.
    """

    ids: npt.NDArray[np.object_]
    flat: Geometries
    mbps: Floats
    reach_m: Floats
    kind: str = ""

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self.ids)

    @staticmethod
    def joined(parts: list[Features]) -> Features:
        """Return the features of several layers or operators as one, by id."""
        ids = np.concatenate([p.ids for p in parts])
        order = np.argsort(ids, kind="stable")
        return Features(
            ids[order],
            np.concatenate([p.flat for p in parts])[order],
            np.concatenate([p.mbps for p in parts])[order],
            np.concatenate([p.reach_m for p in parts])[order],
            "+".join(sorted({p.kind for p in parts if p.kind})),
        )


@dataclass(frozen=True)
class Raster:
    """People by raster cell: centres in degrees and people, cells without people left out."""

    lon: Floats
    lat: Floats
    people: Floats


@dataclass(frozen=True)
class Question:
    """One rule over one set of units, for every operator at once.

    Attributes
    ----------
    units
        Positions in the hierarchy.
    plant
        Operator -> its features, operators in order of id.
    known
        Operator -> which of `units` its layers speak of.
    places
        Where units are measured from.
    """

    service: Service
    rule: Rule
    hierarchy: Hierarchy
    units: Ints
    plant: Mapping[str, Features]
    known: Mapping[str, Flags]
    places: Places
    raster: Raster | None = None
    place: str = "centroid"

    def of(self, rows: Ints) -> Question:
        """Return the same question for some of its units."""
        known = {op: flags[rows] for op, flags in self.known.items()}
        return replace(self, units=self.units[rows], known=known)
