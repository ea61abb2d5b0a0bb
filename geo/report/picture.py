"""Picture: the map of a place as SVG: units below by status or share, unknown hatched, with all that a map needs.

Nothing of it depends on a font being there, a clock or a library for drawing. What must stay with the picture
when somebody copies it (legend, scale, reference system, note) stands inside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely

from geo.atlas import Atlas
from geo.export.style import COLOURS, UNKNOWN_LIMIT, VIRIDIS, class_label, share_class
from geo.export.write import marked
from geo.measure import MetricCRS, metric_crs, project
from geo.report.model import Cell, Figure, Report
from geo.report.words import clean, say
from geo.terms import Status
from geo.wording import SIGNS, day

#: Size of the picture and of the map in it, in picture units; a unit is about 0.3 mm in print.
WIDTH, MAP_WIDTH, LEAST_HEIGHT, MOST_HEIGHT, MARGIN = 620.0, 452.0, 150.0, 280.0, 10.0

#: Strip below the map for scale, reference system and note.
STRIP = 40.0

#: Outlines are simplified by this much, in picture units: less than a printed dot.
SIMPLIFIED = 0.35

_HATCH = (
    '<pattern id="unknown" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" fill="#e6e6e6"/><line x1="0" y1="0" x2="0" y2="5" stroke="#6b6b6b" stroke-width="1.4"/>'
    "</pattern>"
    '<pattern id="uncovered" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">'
    f'<rect width="6" height="6" fill="{COLOURS[Status.UNCOVERED]}"/>'
    '<line x1="0" y1="0" x2="0" y2="6" stroke="#ffffff" stroke-width="1"/></pattern>'
    '<pattern id="partial" width="6" height="6" patternUnits="userSpaceOnUse">'
    f'<rect width="6" height="6" fill="{COLOURS[Status.PARTIAL]}"/>'
    '<circle cx="3" cy="3" r="1" fill="#5c3d00"/></pattern>'
)

#: How an area of each status is filled: no two are alike without their colour.
FILLS = {
    Status.COVERED: COLOURS[Status.COVERED],
    Status.PARTIAL: "url(#partial)",
    Status.UNCOVERED: "url(#uncovered)",
    Status.UNKNOWN: "url(#unknown)",
}


@dataclass(frozen=True)
class Picture:
    """A drawn map.

    Attributes
    ----------
    svg
        The picture; "" where there is nothing to draw.
    legend
        Its legend in words, with counts.
    target
        The main connection that colours it.
    """

    svg: str
    legend: str
    target: Figure | None


@dataclass(frozen=True)
class _Frame:
    """How metres become picture units: x to the right, y down."""

    west: float
    north: float
    scale: float
    left: float
    top: float
    height: float

    def place(self, xy: np.ndarray) -> np.ndarray:
        out: np.ndarray = np.column_stack(
            [self.left + (xy[:, 0] - self.west) * self.scale, self.top + (self.north - xy[:, 1]) * self.scale]
        )
        return out


@dataclass(frozen=True)
class _Class:
    """One entry of the legend: how many units, how it is filled, its sign."""

    label: str
    fill: str
    sign: str
    count: int


def picture_of(atlas: Atlas, report: Report, *, font: str) -> Picture:
    """Return the map of a place.

    Parameters
    ----------
    font
        Family of its text, or several by commas.
    """
    shapes = atlas.geometry([report.position, *(b.position for b in report.below)])
    there = ~shapely.is_missing(shapes)
    if not there.any():
        return Picture("", "", None)
    west, south, east, north = (float(x) for x in shapely.total_bounds(shapes[there]))
    room = max(1e-3, 0.02 * max(east - west, north - south))
    plane = metric_crs((west - room, south - room, east + room, north + room), "distance")
    flat = project(shapes, plane)
    theme = _theme(report)
    frame = _frame(flat[there])
    drawn = shapely.simplify(flat, SIMPLIFIED / frame.scale)
    classes = _legend(report, theme)
    body = [
        *_areas(report, drawn, frame, theme),
        *_dots(report, drawn, frame, theme),
        *_labels(report, drawn, frame),
        *_key(report, classes, theme),
        *_strip(report, frame, _method(plane)),
    ]
    height = frame.top + frame.height + STRIP
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height:.0f}" '
        f'font-family="{escape(font)}" font-size="9"><defs>{_HATCH}</defs>'
        f'<rect width="{WIDTH:.0f}" height="{height:.0f}" fill="#ffffff"/>{"".join(body)}</svg>'
    )
    legend = "; ".join(f"{c.label} {c.count}" for c in classes)
    return Picture(svg, legend, None if theme is None else report.headline[theme])


def _theme(report: Report) -> int | None:
    """Return which main connection colours the map: the first that counts anything below, else that shows anything."""
    shown = [n for n in range(len(report.headline)) if any(b.cells[n].there for b in report.below)]
    counting = [n for n in shown if report.headline[n].denominator > 0]
    return next(iter([*counting, *shown]), None)


def _frame(shapes: np.ndarray) -> _Frame:
    west, south, east, north = (float(x) for x in shapely.total_bounds(shapes))
    wide, tall = max(east - west, 50.0), max(north - south, 50.0)
    scale = min((MAP_WIDTH - 2 * MARGIN) / wide, (MOST_HEIGHT - 2 * MARGIN) / tall)
    height = max(LEAST_HEIGHT, tall * scale + 2 * MARGIN)
    left = (MAP_WIDTH - wide * scale) / 2 - 0.0
    return _Frame(west, north, scale, left, (height - tall * scale) / 2, height - (height - tall * scale) / 2)


def _fill(cell: Cell) -> str:
    """Return the fill of a unit."""
    if not cell.there:
        return "#ffffff"
    if cell.status:
        return FILLS[Status.of(cell.status)]
    return VIRIDIS[share_class(cell.share)] if _told(cell) else "url(#unknown)"


def _told(cell: Cell) -> bool:
    """Return whether enough is known of a unit for its share to be shown."""
    return cell.enough_known and not math.isnan(cell.share)


def _areas(report: Report, drawn: np.ndarray, frame: _Frame, theme: int | None) -> list[str]:
    out = []
    for below, shape in zip(report.below, drawn[1:], strict=True):
        if shape is not None and shape.geom_type in ("Polygon", "MultiPolygon"):
            fill = _fill(below.cells[theme]) if theme is not None else "#eef1f4"
            out.append(
                f'<path d="{_path(shape, frame)}" fill="{fill}" fill-opacity="0.82" fill-rule="evenodd" '
                'stroke="#3a3a3a" stroke-width="0.6"/>'
            )
    own = drawn[0]
    if own is not None and own.geom_type in ("Polygon", "MultiPolygon"):
        fill = "none" if out else "#f4f6f8"
        out.append(
            f'<path d="{_path(own, frame)}" fill="{fill}" fill-rule="evenodd" stroke="#333333" stroke-width="1.2"/>'
        )
    return out


def _path(shape: shapely.Geometry, frame: _Frame) -> str:
    parts = []
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        xy = frame.place(shapely.get_coordinates(ring))[:-1]
        parts.append("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in xy) + "Z")
    return "".join(parts)


def _dots(report: Report, drawn: np.ndarray, frame: _Frame, theme: int | None) -> list[str]:
    out = []
    for below, shape in zip(report.below, drawn[1:], strict=True):
        if shape is not None and shape.geom_type == "Point":
            (x, y), *_ = frame.place(shapely.get_coordinates(shape))
            out.append(_dot(x, y, below.cells[theme] if theme is not None else Cell()))
    return out


def _dot(x: float, y: float, cell: Cell) -> str:
    """Return a dot: full for covered, half for partial, a ring for uncovered, a hatched square for unknown."""
    status = Status.of(cell.status) if cell.status else None
    if status is Status.UNCOVERED:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" fill="#ffffff" stroke="{COLOURS[status]}" stroke-width="2"/>'
    if status is Status.UNKNOWN or (status is None and cell.there and not _told(cell)):
        return (
            f'<rect x="{x - 3.6:.1f}" y="{y - 3.6:.1f}" width="7.2" height="7.2" fill="url(#unknown)" '
            'stroke="#333333" stroke-width="0.7"/>'
        )
    fill = COLOURS[status] if status else _fill(cell)
    round_ = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.8" fill="{fill}" stroke="#222222" stroke-width="0.7"/>'
    if status is Status.PARTIAL:
        half = f"M{x:.1f},{y - 3.8:.1f}A3.8,3.8 0 0 1 {x:.1f},{y + 3.8:.1f}Z"
        return f'{round_}<path d="{half}" fill="#ffffff"/>'
    return round_


def _labels(report: Report, drawn: np.ndarray, frame: _Frame) -> list[str]:
    """Return names, weakest unit first, each where nothing stands yet; one that finds no room is left out."""
    points = {
        n: frame.place(shapely.get_coordinates(s))[0]
        for n, s in enumerate(drawn[1:])
        if s is not None and s.geom_type == "Point"
    }
    taken = [(float(x) - 4.5, float(y) - 4.5, float(x) + 4.5, float(y) + 4.5) for x, y in points.values()]
    out = []
    for n, (below, shape) in enumerate(zip(report.below, drawn[1:], strict=True)):
        if shape is None or shape.is_empty:
            continue
        text = clean(below.name)[:24]
        wide = text_width(text, 9.0)
        for x, y in _places(shape, points.get(n), frame, wide):
            box = (x - 1.5, y - 8.5, x + wide + 1.5, y + 2.5)
            if _inside(box, frame) and not any(_meet(box, other) for other in taken):
                taken.append(box)
                out.append(_text(x, y, text))
                break
    return out


def _places(
    shape: shapely.Geometry, point: np.ndarray | None, frame: _Frame, wide: float
) -> list[tuple[float, float]]:
    """Return where a name may begin: around a dot, or over the middle of an area and a little above and below."""
    if point is not None:
        x, y = float(point[0]), float(point[1])
        return [(x + 6, y + 3), (x - 6 - wide, y + 3), (x - wide / 2, y - 6), (x - wide / 2, y + 13)]
    (x, y), *_ = frame.place(shapely.get_coordinates(shapely.point_on_surface(shape)))
    return [(float(x) - wide / 2, float(y) + 3 + shift) for shift in (0, -7, 7, -13, 13)]


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is: an ideograph is as wide as high, a letter a little over half."""
    return sum(size if ord(c) > 0x2E7F or c in "●◐○" else 0.58 * size for c in text)


def _inside(box: tuple[float, float, float, float], frame: _Frame) -> bool:
    return box[0] >= 2 and box[2] <= MAP_WIDTH - 2 and box[1] >= 2 and box[3] <= frame.top + frame.height - 2


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _text(
    x: float, y: float, text: str, *, size: float = 9.0, anchor: str = "start", halo: bool = True
) -> str:
    white = (
        ' stroke="#ffffff" stroke-width="2.4" stroke-linejoin="round" paint-order="stroke"' if halo else ""
    )
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" fill="#111111"{white}>'
        f"{escape(text)}</text>"
    )


def _legend(report: Report, theme: int | None) -> list[_Class]:
    """Return the classes of the map with their counts, best known first; empty classes of status stay."""
    if theme is None:
        return []
    cells = [b.cells[theme] for b in report.below]
    language = report.language
    absent_ = sum(not c.there for c in cells)
    last = [_Class(say("map_absent", language), "#ffffff", "", absent_)] if absent_ else []
    if any(c.status for c in cells):
        return [
            _Class(
                s.word(language),
                _fill(Cell(s.value, there=True)),
                SIGNS[s],
                sum(c.status == s for c in cells),
            )
            for s in Status
        ] + last
    known = [share_class(c.share) for c in cells if c.there and _told(c)]
    classes = [_Class(class_label(n), VIRIDIS[n], "", known.count(n)) for n in reversed(range(len(VIRIDIS)))]
    unknown = sum(c.there for c in cells) - len(known)
    word = Status.UNKNOWN.word(language)
    limit = say("map_unknown", language, word=word, limit=f"{UNKNOWN_LIMIT * 100:g} %")
    return [*classes, _Class(limit, "url(#unknown)", "?", unknown), *last]


def _key(report: Report, classes: Sequence[_Class], theme: int | None) -> list[str]:
    """Return the legend, at the right of the map."""
    x, y, out = MAP_WIDTH + 12, 22.0, []
    if theme is not None:
        lines = wrapped(clean(report.headline[theme].name), WIDTH - x - 4, 9.0)
        out += [_text(x, y + 12 * n, line, halo=False) for n, line in enumerate(lines)]
        y += 12 * len(lines)
    out.append(_text(x, y, day(report.origin.as_of, report.language), size=8, halo=False))
    y += 12
    for c in classes:
        out.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="16" height="10" fill="{c.fill}" fill-opacity="0.82" '
            'stroke="#555555" stroke-width="0.6"/>'
        )
        out.append(_text(x + 22, y + 8.5, f"{c.sign} {c.label}".strip(), halo=False))
        out.append(_text(WIDTH - 6, y + 8.5, str(c.count), anchor="end", halo=False))
        y += 16
    return out


def wrapped(text: str, width: float, size: float) -> list[str]:
    """Return a text in lines of at most `width`: broken at spaces, ideographs anywhere."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and text_width(line + piece.rstrip(), size) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str) -> list[str]:
    out, word = [], ""
    for c in text:
        word += c
        if c == " " or ord(c) > 0x2E7F:
            out.append(word)
            word = ""
    return [*out, word] if word else out


def _strip(report: Report, frame: _Frame, projection: str) -> list[str]:
    """Return the scale bar, the reference system and the note, below the map."""
    language, y = report.language, frame.top + frame.height + 14
    metres = bar_metres(MAP_WIDTH * 0.3 / frame.scale)
    long = metres * frame.scale
    right = MAP_WIDTH - MARGIN
    bar = f'<path d="M{right - long:.1f},{y - 6:.1f}v5h{long:.1f}v-5" fill="none" stroke="#111111" stroke-width="1.4"/>'
    planes = {"Lambert": "map_conic", "Transverse": "map_mercator"}
    plane = say(planes.get(projection.split(" ", maxsplit=1)[0], "map_other"), language)
    note = say("map_review", language, number=report.review) if report.review else say("map_note", language)
    made = marked(report.origin)
    crs = say("map_crs", language, datum=report.origin.datum, plane=plane)
    return [
        bar,
        _text(right - long / 2, y + 9, _length(metres, language), size=8, anchor="middle", halo=False),
        _text(MARGIN, y, note, size=9, halo=False),
        _text(MARGIN, y + 12, f"{crs}{say('gap', language) + made if made else ''}", size=8, halo=False),
    ]


def _method(plane: MetricCRS) -> str:
    operation = plane.crs.coordinate_operation
    return operation.method_name if operation else ""


def _length(metres: float, language: str) -> str:
    units = ("米", "公里") if language == "zh" else ("m", "km")
    return f"{metres:g} {units[0]}" if metres < 1000 else f"{metres / 1000:g} {units[1]}"


def bar_metres(most: float) -> float:
    """Return the longest round length of at most `most` metres: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (5, 2, 1) if step * power <= most)
