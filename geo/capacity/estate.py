"""Estate: what a housing project must reserve for fibre, in whole numbers and by a norm's figures."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from geo.capacity.penetration import exact
from geo.errors import UsageError


@dataclass(frozen=True)
class FibreNorm:
    """Figures of GB 50846-2012, section 3.2; a region may set its own.

    Attributes
    ----------
    area_homes
        Homes of one distribution area at most.
    spare
        Spare cores, of those that are used.
    operators
        Operators whom ducts and rooms must serve.
    """

    area_homes: int = 300
    spare: str = "10 %"
    operators: int = 3


@dataclass(frozen=True)
class Reserve:
    """Distribution areas and fibres of a project, and the operators who must find room."""

    areas: int
    fibres: int
    operators: int


def reserve(homes: int, *, fibres_per_home: int = 1, norm: FibreNorm = FibreNorm()) -> Reserve:
    """Return what homes ask for: one fibre each in the low grade, two (one spare) in the high one.

    Exact fractions: 820 homes with a tenth spare are 902 fibres, where doubles would say 903.

    Raises
    ------
    UsageError
        Homes below 0, fibres or a norm's figure below 1.
    """
    if homes < 0 or fibres_per_home < 1 or norm.area_homes < 1 or exact(norm.spare) < 0:
        raise UsageError(
            f"{homes} homes, {fibres_per_home} fibres each: homes are at least 0, fibres and areas at least 1."
        )
    fibres = ceil(homes * fibres_per_home * (1 + Fraction(exact(norm.spare))))
    return Reserve(ceil(Fraction(homes, norm.area_homes)), fibres, norm.operators)
