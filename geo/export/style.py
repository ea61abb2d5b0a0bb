"""Style: how QGIS draws a layer, in its own XML, by status or by share; unknown is hatched, never a colour."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from geo.terms import Status
from geo.wording import SIGNS

#: Colours of the statuses, safe for the colour-blind.
COLOURS = {
    Status.COVERED: "#0b6fb8",
    Status.PARTIAL: "#f2b134",
    Status.UNCOVERED: "#a50f15",
    Status.UNKNOWN: "#9a9a9a",
}

#: Viridis in five steps, and the shares where one class ends and the next begins.
VIRIDIS = ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725")
BREAKS = (0.0, 0.25, 0.5, 0.75, 0.95, 1.0)

#: Above this part that is unknown not enough is known: no share is shown in colour, nothing is judged or signed.
UNKNOWN_LIMIT = 0.2

DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"


def share_class(share: float) -> int:
    """Return which of the five classes a share falls into, 0 the least; a border belongs to the upper class."""
    return max(n for n, least in enumerate(BREAKS[:-1]) if share >= least or n == 0)


def class_label(n: int) -> str:
    """Return the borders of a class of shares in percent."""
    low, high = BREAKS[n] * 100, BREAKS[n + 1] * 100
    return f"{low:g} – {high:g} %" if n == len(VIRIDIS) - 1 else f"{low:g} – <{high:g} %"


def renderer(shown: str, geometry: str) -> str:
    """Return the renderer of a layer.

    Parameters
    ----------
    shown
        Column that colours it: "status", "share", or "" for one plain symbol.
    geometry
        "Point" or "Polygon".
    """
    if shown == "status":
        return _by_status(geometry)
    if shown == "share":
        return _by_share(geometry)
    symbol = _symbol("0", geometry, "#7f7f7f", hatched=False, hollow=False)
    head = '<renderer-v2 type="singleSymbol" symbollevels="0" forceraster="0">'
    return f"{head}<symbols>{symbol}</symbols></renderer-v2>"


def style_document(renderer_xml: str) -> str:
    """Return the document of the table layer_styles."""
    return f'{DOCTYPE}<qgis version="3.22.0" styleCategories="Symbology">{renderer_xml}</qgis>'


def _by_status(geometry: str) -> str:
    labels = [(s.value, f"{SIGNS[s]} {s.zh} {s.en}") for s in COLOURS]
    categories = "".join(
        f'<category value="{value}" label="{escape(label)}" symbol="{n}" render="true"/>'
        for n, (value, label) in enumerate(labels)
    )
    symbols = "".join(
        _symbol(str(n), geometry, colour, hatched=s is Status.UNKNOWN, hollow=s is Status.UNCOVERED)
        for n, (s, colour) in enumerate(COLOURS.items())
    )
    return (
        '<renderer-v2 type="categorizedSymbol" attr="status" symbollevels="0" forceraster="0">'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>"
    )


def _by_share(geometry: str) -> str:
    """Return classes of shares; where too little is known -1 stands for the share, a class of its own."""
    classes: list[tuple[float, float, str, str]] = [
        (
            -2.0,
            -0.5,
            f"{SIGNS[Status.UNKNOWN]} {Status.UNKNOWN.zh} {Status.UNKNOWN.en}",
            COLOURS[Status.UNKNOWN],
        )
    ]
    classes += [(BREAKS[n], BREAKS[n + 1], class_label(n), colour) for n, colour in enumerate(VIRIDIS)]
    ranges = "".join(
        f'<range lower="{low}" upper="{high}" label="{escape(label)}" symbol="{n}" render="true"/>'
        for n, (low, high, label, _) in enumerate(_downwards(classes))
    )
    symbols = "".join(
        _symbol(str(n), geometry, colour, hatched=low < 0, hollow=False)
        for n, (low, _, _, colour) in enumerate(_downwards(classes))
    )
    attribute = escape(f'if("unknown" > {UNKNOWN_LIMIT} * "denominator", -1, coalesce("share", -1))')
    return (
        f'<renderer-v2 type="graduatedSymbol" attr="{attribute}" graduatedMethod="GraduatedColor" symbollevels="0" '
        f'forceraster="0"><ranges>{ranges}</ranges><symbols>{symbols}</symbols></renderer-v2>'
    )


def _downwards(classes: Sequence[tuple[float, float, str, str]]) -> list[tuple[float, float, str, str]]:
    """Return the classes highest first: QGIS takes the first that holds a value, so a border goes up."""
    return list(classes)[::-1]


def _symbol(name: str, geometry: str, colour: str, *, hatched: bool, hollow: bool) -> str:
    if geometry == "Point":
        options = {
            "name": "square" if hatched else "circle",
            "color": "255,255,255,255" if hollow else _rgba(colour),
            "outline_color": _rgba(colour) if hollow else "35,35,35,255",
            "outline_width": "0.6" if hollow else "0.2",
            "size": "2.2",
            "size_unit": "MM",
        }
        return _layer(name, "marker", "SimpleMarker", options)
    options = {
        "color": _rgba(colour),
        "style": "b_diagonal" if hatched else "solid",
        "outline_color": "90,90,90,255" if hatched else "255,255,255,255",
        "outline_width": "0.2",
    }
    return _layer(name, "fill", "SimpleFill", options)


def _layer(name: str, kind: str, drawn_by: str, options: dict[str, str]) -> str:
    told = "".join(f'<Option type="QString" name="{k}" value="{v}"/>' for k, v in options.items())
    return (
        f'<symbol type="{kind}" name="{name}" alpha="1"><layer class="{drawn_by}" enabled="1" locked="0" pass="0">'
        f'<Option type="Map">{told}</Option></layer></symbol>'
    )


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return f"{red},{green},{blue},255"
