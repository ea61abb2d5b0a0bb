"""Rwanda by rule P: the nearest point of the village's polygon instead of its centroid."""

from __future__ import annotations

from pathlib import Path

from geo.run import run
from geo.snapshot import open_snapshot
from tests.reference import reference, reference_folder

PROJECT = Path(__file__).resolve().parents[1]


def test_rwanda_by_polygons_counts_the_reference_villages(tmp_path: Path) -> None:
    reference("rwanda", "rwanda_5levels.gpkg.zip")
    text = (PROJECT / "data" / "rwanda.toml").read_text(encoding="utf-8")
    (tmp_path / "boundaries").mkdir()
    (tmp_path / "boundaries" / "rwanda_country.csv").write_bytes(
        (PROJECT / "data" / "boundaries" / "rwanda_country.csv").read_bytes()
    )
    region = tmp_path / "rwanda_p.toml"
    region.write_text(
        text.replace('place = "centroid"        #', 'place = "polygon"         #'), encoding="utf-8"
    )
    snapshot = open_snapshot(run(region, tmp_path / "out", data=reference_folder()).path)
    card = snapshot.frame("scorecard").astype({"unit_id": str})
    near = card[card["unit_id"] == "country:RW@2021"].set_index("target_id")["numerator"]
    for km, villages in {1: 3_690, 2: 5_261, 5: 8_963, 10: 12_746}.items():
        assert abs(near[f"fibre_{km}km_units"] - villages) <= 1
