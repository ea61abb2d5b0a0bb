"""Antennas follow 3GPP's formulas; pattern files are read whole or refused with the line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.radio.antennas import loss_db, omni, sector
from geo.radio.patterns import read_pattern
from geo.read.table import Refused

angles = st.floats(-360, 720, allow_nan=False)


def formula(bearing, azimuth, depression, tilt, width=65.0):
    across = abs((bearing - azimuth + 180) % 360 - 180)
    down = abs((depression - tilt + 180) % 360 - 180)
    return min(min(12 * (across / width) ** 2, 20) + min(12 * (down / 10) ** 2, 20), 20)


@given(angles, st.floats(0, 360), st.floats(-90, 90), st.floats(-5, 15))
def test_a_sector_follows_the_formula_of_3gpp(bearing, azimuth, depression, tilt):
    ours = loss_db(sector(), bearing, azimuth, depression, tilt)
    assert ours == pytest.approx(formula(bearing, azimuth, depression, tilt), abs=0.01)


def test_a_sector_loses_three_decibels_at_half_its_beamwidth():
    assert loss_db(sector(), 32.5, 0, 0, 0) == pytest.approx(3.0, abs=1e-9)
    assert loss_db(sector(), 0, 0, 11.0, 6.0) == pytest.approx(3.0, abs=1e-9)
    assert loss_db(sector(), 180, 0, 0, 0) == 20.0


@given(angles)
def test_an_omni_is_alike_in_all_directions(bearing):
    assert loss_db(omni(), bearing, 0, 3.0, 3.0) == 0.0


def test_no_sector_is_wider_than_the_circle():
    with pytest.raises(UsageError, match="beamwidths of 400 and 10 degrees"):
        sector(400.0)


def planet(horizontal=360, vertical=360, gain="17.5 dBi", stated=None) -> str:
    def cut(n: int) -> str:
        turns = [min(i * 360 / n, 360 - i * 360 / n) for i in range(n)]
        return "\n".join(f"{i * 360 / n:.1f} {min(12 * (t / 65) ** 2, 20):.2f}" for i, t in enumerate(turns))

    return (
        f"NAME test\nMAKE nobody\nFREQUENCY 2110\nGAIN {gain}\nTILT ELECTRICAL\nELECTRICAL_TILT 4\n"
        f"HORIZONTAL {stated or horizontal}\n{cut(horizontal)}\nVERTICAL {vertical}\n{cut(vertical)}\n"
    )


def written(tmp_path, text, name="a.msi"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_planet_file_is_read(tmp_path):
    antenna = read_pattern(written(tmp_path, planet(), "K742.pln"))
    assert (antenna.name, antenna.gain_dbi, antenna.tilt) == ("K742", 17.5, 4.0)
    ours = [loss_db(antenna, b, 0, 0, 0) for b in range(0, 360, 7)]
    theirs = [loss_db(sector(), b, 0, 0, 0) for b in range(0, 360, 7)]
    assert np.abs(np.subtract(ours, theirs)).max() < 0.01


def test_a_gain_without_unit_is_over_a_dipole(tmp_path):
    assert read_pattern(written(tmp_path, planet(gain="15.35"))).gain_dbi == pytest.approx(17.5)


def test_gains_below_the_main_direction_are_losses(tmp_path):
    text = "\n".join(
        f"{w[0]} -{w[1]}" if len(w := line.split()) == 2 and w[0][0].isdigit() else line
        for line in planet().splitlines()
    )
    plain = read_pattern(written(tmp_path, planet()))
    assert np.array_equal(read_pattern(written(tmp_path, text)).horizontal, plain.horizontal)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (
            "\n".join(planet().splitlines()[:200]),
            r"line 201: HORIZONTAL states 360 lines and breaks off after 193",
        ),
        (planet().split("VERTICAL")[0], "ends without VERTICAL"),
        (planet(stated=350), "line 358: a number where a key is due"),
        (planet(stated=370), "HORIZONTAL states 370 lines and breaks off after 360"),
        (planet(stated=12), r"HORIZONTAL 12: the count of lines is due here, 36 to 3600"),
        (planet().replace("\n7.0 ", "\n5.0 "), r"line 15: the angle 5\.0 .* does not rise"),
        (planet().replace("\n7.0 0.14", "\n7.0 999"), r"line 15: a loss of 999\.0 dB"),
        (planet(gain="1750 dBi"), r"GAIN 1750 dBi: this is no gain"),
        (planet(gain="much"), r"GAIN much: this is no gain"),
        (planet() + planet(), "HORIZONTAL stands here a second time"),
        ("NAME x\0", "this is no text"),
        ("", "ends without HORIZONTAL"),
    ],
)
def test_a_bad_pattern_file_is_refused_with_its_name_and_line(tmp_path, text, match):
    with pytest.raises(Refused, match=rf"^a\.msi: .*{match}"):
        read_pattern(written(tmp_path, text))


def test_a_missing_a_foreign_and_a_huge_file_are_refused(tmp_path):
    with pytest.raises(Refused, match="no such pattern file"):
        read_pattern(tmp_path / "none.msi")
    with pytest.raises(Refused, match="no such pattern file"):
        read_pattern(written(tmp_path, planet(), "a.exe"))
    with pytest.raises(Refused, match="too large: 2000 KiB"):
        read_pattern(written(tmp_path, " " * 2_048_000))
