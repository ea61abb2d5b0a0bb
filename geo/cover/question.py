"""What a rule is asked: some units of one level, each operator's plant, and where each operator speaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geo.cover.places import Places
from geo.cover.planes import Geometries
from geo.facts import ANY, Block, Ints
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
class Voice:
    """What one layer tells of one operator.

    Attributes
    ----------
    operator
        Its id; "" where the layer names none.
    features
        Plant in service that counts.
    doubtful
        Plant of which nobody says whether it counts (a least rate is asked and it states none).
    known
        Which of the question's units the layer speaks of.
    """

    operator: str
    features: Features
    doubtful: Features
    known: Flags


@dataclass(frozen=True)
class Question:
    """One rule over one set of units, for every operator at once.

    Attributes
    ----------
    units
        Positions in the hierarchy.
    voices
        Who tells what, by operator, then layer.
    places
        Where units are measured from.
    """

    service: Service
    rule: Rule
    hierarchy: Hierarchy
    units: Ints
    voices: tuple[Voice, ...]
    places: Places
    raster: Raster | None = None
    place: str = "centroid"

    def of(self, rows: Ints) -> Question:
        """Return the same question for some of its units."""
        voices = tuple(replace(v, known=v.known[rows]) for v in self.voices)
        return replace(self, units=self.units[rows], voices=voices)

    def speakers(self) -> dict[str, list[int]]:
        """Return operator -> positions of its voices, and ANY -> all of them; the nameless count for ANY only."""
        named = sorted({v.operator for v in self.voices} - {""})
        return {ANY: list(range(len(self.voices)))} | {
            op: [i for i, v in enumerate(self.voices) if v.operator == op] for op in named
        }

    def by_speakers(self, answer: Callable[[str, list[int]], Block]) -> dict[str, Block]:
        """Return operator -> what `answer` says of it and its voices; who has the same voices is answered once.

        So a layer of one operator is measured once, for it and for any operator.
        """
        told: dict[tuple[int, ...], Block] = {}
        out = {}
        for operator, speakers in self.speakers().items():
            same = tuple(speakers)
            if same not in told:
                told[same] = answer(operator, speakers)
            out[operator] = replace(told[same], operator=operator)
        return out

    def kind(self, speakers: list[int]) -> str:
        """Return the kinds of the sources of some voices, joined."""
        return "+".join(sorted({self.voices[i].features.kind for i in speakers} - {""}))
