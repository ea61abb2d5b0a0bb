"""What every reader returns: the rows as delivered, what the file says of itself, and the findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from geo.errors import SourceError
from geo.findings import Finding
from geo.terms import Action

#: Text columns: missing is NaN, so that a comparison gives plain True and False.
TEXT = pd.StringDtype(na_value=np.nan)


@dataclass(frozen=True)
class SourceTable:
    """One layer or sheet as delivered.

    Attributes
    ----------
    frame
        A GeoDataFrame, or a DataFrame where there is no geometry. Its index is the 1-based row as
        delivered (name "row"). Attributes are as delivered, text stays text; geometry is in the
        file's own coordinates and `frame.crs` is what the file states (None: it states nothing).
    driver, layer
        The format's name and the layer or sheet read ("" where the format has one only).
    crs_stated
        What the file says of its CRS, in its own words, or None.
    findings
        What was seen while reading; rows named in a quarantine finding are no longer in `frame`.
    lines
        Row -> line of the file, for text formats.
    """

    frame: pd.DataFrame
    driver: str
    layer: str = ""
    crs_stated: str | None = None
    findings: list[Finding] = field(default_factory=list)
    lines: Mapping[int, int] = field(default_factory=dict)


class Refused(SourceError):
    """A source refused as a whole; carries the finding that says why."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(f"{finding.source}: {finding.message()} {finding.remedy()}")


def refuse(source: str, rule: str, **values: str | int | float) -> Refused:
    """Return the exception that refuses `source` by `rule`, to be raised by the caller."""
    return Refused(Finding(source, "", rule, Action.REJECT, values))


def text_column(cells: Sequence[str | None]) -> ExtensionArray:
    """Return cells as a column of text; None is missing."""
    import pyarrow as pa

    column: ExtensionArray = pd.array(pa.array(cells, type=pa.large_string()), dtype=TEXT)
    return column
