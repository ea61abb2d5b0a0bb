"""Make the simulated deliveries: `python -m simulate --out data` (see simulate/README.md)."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from simulate.calibrate import calibration
from simulate.country import build_country
from simulate.delivery import Delivery, deliver, joined, moved
from simulate.faults import with_faults
from simulate.mosaic import Detail
from simulate.source import read_divisions, read_outlines
from simulate.sources import OTHER_FILES, sources
from simulate.totals import Totals
from simulate.write import write

#: The seed of the shipped data.
SEED = 20101231

#: Cities of the scale `province`, and how far each lies east of the one after it [degrees].
CITIES, APART_DEG = 10, 1.08


def city(*, seed: int = SEED, counties: list[str] | None = None, detail: Detail | None = None) -> Delivery:
    """Return the deliveries of one city without faults, of some counties only where `counties` says so."""
    divisions, share = read_divisions(), 1.0
    if counties:
        everywhere = len(divisions)
        divisions = divisions[divisions["county_code6"].isin(counties)].reset_index(drop=True)
        share = len(divisions) / everywhere
    totals = Totals().part(share)
    country = build_country(read_outlines(), divisions, totals, seed=seed, detail=detail or Detail())
    return deliver(country, divisions, share=share)


def province(*, seed: int = SEED, detail: Detail | None = None) -> Delivery:
    """Return ten cities: the city itself, then others with other seeds, places and synthetic codes."""
    made = []
    for number in range(CITIES):
        one = city(seed=seed + number, detail=detail)
        if number:
            one = moved(one, east_deg=-APART_DEG * number, prefix=f"32{50 + number}", mark=f"{number}-")
        made.append(one)
        _say(f"city {number + 1} of {CITIES}")
    return joined(made)


def produce(delivery: Delivery, out: Path) -> None:
    """Write a delivery with its faults, its lists and its calibration below `out`."""
    faulty, faults = with_faults(delivery)
    write(faulty, out)
    faults.to_csv(out / "networks" / "KNOWN_FAULTS.csv", index=False, lineterminator="\n")
    for folder in ("boundaries", "networks"):
        files = {key.partition(":")[0] for key in delivery.tables} | OTHER_FILES
        listed = sources(out, [f for f in files if f.startswith(folder)])
        listed.to_csv(out / folder / "SOURCES.csv", index=False, lineterminator="\n")
    (out / "plan").mkdir(parents=True, exist_ok=True)
    calibration(delivery).to_csv(out / "plan" / "calibration.csv", index=False, lineterminator="\n")


def _say(text: str) -> None:
    """Print progress where somebody looks."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m simulate", description=__doc__)
    parser.add_argument("--scale", choices=("city", "province"), default="city", help="one city, or ten")
    parser.add_argument("--out", type=Path, required=True, help="folder for boundaries/, networks/ and plan/")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed is another country")
    parser.add_argument(
        "--counties", help="only these counties (six digits each, commas between), scale city"
    )
    parser.add_argument(
        "--segment-m", type=float, default=Detail.segment_m, help="length of a border's segments"
    )
    options = parser.parse_args(arguments)
    begun = time.perf_counter()
    detail = Detail(
        segment_m=options.segment_m, most=64 if options.segment_m < Detail.segment_m else Detail.most
    )
    counties = options.counties.split(",") if options.counties else None
    if options.scale == "province":
        made = province(seed=options.seed, detail=detail)
    else:
        made = city(seed=options.seed, counties=counties, detail=detail)
    produce(made, options.out)
    _say(f"written to {options.out} in {time.perf_counter() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
