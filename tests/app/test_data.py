"""The page of data in Streamlit's own test: its parts, both languages, filters, text that stays text."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from streamlit.testing.v1 import AppTest

from app.data import bring
from app.data import findings as findings_part
from app.data.owner import unmasked
from app.data.preview import sources_met, verdict
from app.data.sources import sources_table, used_for
from app.jobs import Jobs, State
from app.shelf import FOLDERS, Shelf, shelf
from app.texts import catalogue, t
from app.uploads import allowed, uploads_folder
from app.views.data import PARTS, as_csv
from geo.run import run
from geo.snapshot import open_snapshot
from geo.terms import Action
from tests.app.browser import Visit
from tests.geo.regions import write_region

EVIL = "<img src=x onerror=alert(1)> ${x} [a](javascript:b) $x$ **b**"


def script(lang: str, part: str) -> None:
    import streamlit as st

    from app.shelf import shelf
    from app.view import View
    from app.views.data import PART, page

    st.session_state.setdefault(PART, part)
    name = shelf().snapshots()[0].name
    page(View(snap=name, lang=lang), shelf().atlas(name))


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of a small region, one cable of which lies off the coast and bears an evil name."""
    folder = tmp_path_factory.mktemp("data")
    lines = [
        shapely.LineString([(119.51, 31.51), (119.515, 31.515)]),
        shapely.LineString([(0, 0), (0.01, 0.01)]),
    ]
    frame = gpd.GeoDataFrame({"id": ["f0", "f1"], "note": ["", EVIL]}, geometry=lines, crs="OGC:CRS84")
    run(write_region(folder, frame), folder / "out")
    return folder / "out"


@pytest.fixture
def served(snapshots: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setenv(FOLDERS, str(snapshots))
    monkeypatch.setenv("CUNTONG_HOSTS", "localhost")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = Jobs(tmp_path)
    monkeypatch.setattr("app.data.bring.jobs", lambda: made)
    # Streamlit's own test has no connection: neither its address nor its cookies are real.
    monkeypatch.setattr("app.data.bring.allowed", lambda _: allowed(None))
    monkeypatch.setattr("app.data.bring.owner_of", lambda _: "me")
    shelf.cache_clear()
    yield snapshots
    shelf.cache_clear()
    made.close()


def shown(part: str, lang: str = "en") -> AppTest:
    test = AppTest.from_function(script, kwargs={"lang": lang, "part": part}, default_timeout=60).run()
    assert not test.exception, test.exception
    return test


def words(test: AppTest) -> str:
    parts = [
        *test.markdown,
        *test.caption,
        *test.info,
        *test.success,
        *test.error,
        *test.warning,
        *test.subheader,
    ]
    return "\n".join(str(x.value) for x in parts)


PAYLOADS = (
    "<img src=x onerror=\"document.title='ran'\">",
    "<script>document.title='ran'</script>",
    "${document.title='ran'}",
    "`;document.title='ran'//",
    "[a](javascript:document.title='ran')",
    "![x](http://outside.example/x.png)",
    "{{constructor.constructor('document.title=1')()}}",
    ":material/delete: $x^2$ :red[r]",
    "\u202egnp.exe",
)


@pytest.mark.xdist_group("browser")
def test_what_is_sent_runs_nothing_and_its_outcome_survives_a_reload(
    reader: Callable[..., Visit], tmp_path: Path
) -> None:
    path = tmp_path / "<img src=x onerror=document.title='ran'> `${1}` 村.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["code", "name", "lon", "lat"])
        writer.writerows([n // 2, text, 119.5, 31.5] for n, text in enumerate(PAYLOADS))  # codes stand twice
    visit = reader(language="en-GB")
    page = visit.open()
    page.get_by_role("link", name="Data").click()
    visit.still()
    title = page.title()
    page.get_by_text("Bring data", exact=True).last.click()
    page.locator('[data-testid="stFileUploaderDropzoneInput"]').set_input_files(path)
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("heading", name="Outcome").wait_for()
    page.reload()
    visit.still()
    page.get_by_text("Bring data", exact=True).last.click()
    page.get_by_role("heading", name="Outcome").wait_for()
    visit.still()
    assert page.get_by_text("村.csv").count() > 0
    assert page.title() == title
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_drawn_in_both_languages(served: Path, part: str, lang: str) -> None:
    shown(part, lang)


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    import re

    english, chinese = (
        {k: v for k, v in catalogue(x).items() if k.startswith("data.")} for x in ("en", "zh")
    )
    assert set(english) == set(chinese)
    places = {
        k: (set(re.findall(r"\{(\w+)\}", english[k])), set(re.findall(r"\{(\w+)\}", chinese[k])))
        for k in english
    }
    assert {k: p for k, p in places.items() if p[0] != p[1] and not k.startswith("data.verdict")} == {}


def test_simulated_sources_are_marked_and_counted(served: Path) -> None:
    test = shown("sources")
    assert "3 of 3 sources are simulated" in test.warning[0].value
    table = test.dataframe[0].value
    assert set(table["Kind"]) == {"⚠ simulated"}
    assert table.set_index("Source").loc["villages", "Rows"] == "2"
    assert len(test.dataframe[1].value) == 3
    assert test.dataframe[1].value["SHA-256"].str.fullmatch("[0-9a-f]{64}").all()


def test_a_source_says_what_rests_on_it(served: Path) -> None:
    uses = used_for(open_snapshot(served).manifest, "en")
    assert uses == {"counties": "county", "villages": "village", "plant": "cable"}


def test_text_of_a_source_is_shown_as_it_is_written(served: Path) -> None:
    manifest = open_snapshot(served).manifest
    about = {**manifest["inputs"]["plant"], "licence": EVIL, "kind": "odd<b>"}
    table = sources_table({**manifest, "inputs": {"plant": about}}, "en")
    assert table.loc[0, "Licence"] == EVIL
    assert table.loc[0, "Kind"] == "odd<b>"


def test_the_snapshot_is_named_with_its_full_hash_and_verified_on_demand(served: Path) -> None:
    test = shown("snapshot")
    about = test.dataframe[0].value.set_index("What")["Value"]
    snapshot = open_snapshot(served)
    assert about["Name"] == snapshot.name
    assert about["SHA-256 of the manifest"].startswith(snapshot.name[-12:])
    assert len(about["SHA-256 of the manifest"]) == 64
    assert about["Error of distances in it"].startswith("at most 1 part in")
    assert not test.success
    test.button(key="data_verify").click().run()
    assert "every byte is as it was published" in test.success[0].value


def test_a_changed_byte_is_found_on_demand(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    copied = tmp_path / "copy" / open_snapshot(served).name
    shutil.copytree(open_snapshot(served).path, copied)
    facts = copied / "facts.parquet"
    raw = bytearray(facts.read_bytes())
    raw[len(raw) // 3] ^= 1
    facts.write_bytes(raw)
    monkeypatch.setenv(FOLDERS, str(copied.parent))
    shelf.cache_clear()
    test = shown("snapshot")
    test.button(key="data_verify").click().run()
    assert "Changed since it was published" in test.error[0].value
    assert "facts" in words(test)


def test_findings_stand_by_rule_with_message_and_remedy_in_the_readers_language(served: Path) -> None:
    found = open_snapshot(served).frame("findings")
    aside = found[found["action"] == "quarantine"].iloc[0]
    for lang, ending in (("en", ""), ("zh", "_zh")):
        text = words(shown("findings", lang))
        for column in ("message", "remedy"):
            from app.plain import plain

            assert plain(aside[f"{column}{ending}"]) in text


def test_a_row_set_aside_is_shown_as_it_came_and_its_text_stays_text(served: Path) -> None:
    table = shown("findings").dataframe[0].value
    came = table["The row as it came"]
    assert any(EVIL in c for c in came)


def test_the_filters_narrow_and_say_when_nothing_fits() -> None:
    def mixed() -> None:
        import pandas as pd

        from app.data import findings
        from tests.app.test_data import made

        table = pd.concat([made(3), made(2, "notice", "other")], ignore_index=True)
        findings.draw(table, table.assign(as_it_came="{}"), key="x", lang="en")

    test = AppTest.from_function(mixed, default_timeout=30).run()
    assert len(test.dataframe[0].value) == 5
    test.selectbox(key="x_action").select("quarantine").run()
    assert set(test.dataframe[0].value["What was done"]) == {"row set aside"}
    test.selectbox(key="x_rule").select("other").run()
    assert test.info[0].value == t("data.findings_no_fit", "en")
    test.selectbox(key="x_action").select("").run()
    assert test.dataframe[0].value["Where"].tolist() == ["row 0", "row 1"]


def test_a_group_leads_to_its_rows() -> None:
    def mixed() -> None:
        import pandas as pd

        from app.data import findings
        from tests.app.test_data import made

        table = pd.concat([made(3), made(2, "notice", "other")], ignore_index=True)
        findings.draw(table, table.assign(as_it_came="{}"), key="x", lang="en")

    test = AppTest.from_function(mixed, default_timeout=30).run()
    test.button(key="x_show_notice_s_other").click().run()
    assert not test.exception
    assert len(test.dataframe[0].value) == 2


def made(n: int, action: str = "quarantine", rule: str = "date.future") -> pd.DataFrame:
    columns = {
        "source": "s", "row": [f"row {i}" for i in range(n)], "rule": rule, "action": action,
        "message": "m", "message_zh": "信", "remedy": "r", "remedy_zh": "治",
    }  # fmt: skip
    return pd.DataFrame(columns)


def test_groups_are_gravest_first_then_most_frequent() -> None:
    table = pd.concat([made(3, "notice", "a"), made(1, rule="b"), made(5, rule="c"), made(1, "reject", "d")])
    groups = findings_part.grouped(table, "zh")
    assert groups["rule"].tolist() == ["d", "c", "b", "a"]
    assert groups["n"].tolist() == [1, 5, 1, 3]
    assert set(groups["message"]) == {"信"}


def test_many_rows_are_paged(served: Path) -> None:
    def many() -> None:
        from app.data import findings
        from tests.app.test_data import made

        table = made(60)
        findings.draw(table, table.assign(as_it_came="{}"), key="x", lang="en")

    test = AppTest.from_function(many, default_timeout=30).run()
    assert not test.exception
    assert len(test.dataframe[0].value) == findings_part.ROWS
    test.number_input[0].set_value(3).run()
    assert test.dataframe[0].value["Where"].tolist() == [f"row {i}" for i in range(50, 60)]


def test_no_finding_is_good_news() -> None:
    def none() -> None:
        from app.data import findings
        from tests.app.test_data import made

        findings.draw(made(0), made(0).assign(as_it_came=""), key="x", lang="zh")

    test = AppTest.from_function(none).run()
    assert test.success[0].value == t("data.findings_none", "zh")


def test_a_download_runs_no_formula() -> None:
    text = as_csv(pd.DataFrame({"a": ["=1+1", "村"]})).decode("utf-8")
    assert text.startswith("\ufeff")
    assert "'=1+1" in text
    assert "村" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_sending_is_closed_where_others_can_reach_the_server(
    served: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("CUNTONG_HOSTS", "*")
    test = shown("bring", lang)
    assert "CUNTONG_UPLOADS=1" in test.info[0].value
    assert not test.get("file_uploader")
    monkeypatch.setenv("CUNTONG_UPLOADS", "1")
    assert shown("bring", lang).get("file_uploader")


def test_a_file_that_is_sent_is_checked_and_previewed(served: Path) -> None:
    test = shown("bring")
    content = b"code,name,lon,lat\n01,a,119.5,31.5\n02,<b>,0,0\n"
    test.file_uploader(key="data_file").set_value(("points.csv", content, "text/csv")).run()
    test.selectbox(key="data_role").select("points")
    test.checkbox(key="data_held").check().run()  # the second point lies far from the region
    test.button(key="data_check").click().run()
    assert not test.exception
    (job,) = bring.jobs()._jobs.values()
    assert bring.jobs().wait(job).phase == "done"
    test.run()
    assert not test.exception
    assert "points.csv" in words(test).replace("\\", "")
    assert any("<b>" in c for c in test.dataframe[0].value["The row as it came"])


def test_a_file_of_no_known_kind_is_told_so(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = shown("bring")
    monkeypatch.setattr("app.uploads.UPLOAD_BYTES", 3)
    test.file_uploader(key="data_file").set_value(("points.csv", b"code\n1\n", "text/csv")).run()
    test.button(key="data_check").click().run()
    assert not test.exception
    assert "larger than" in test.error[0].value


def test_a_new_snapshot_goes_into_the_first_served_folder_else_into_one_that_is_served_then(
    served: Path, tmp_path: Path
) -> None:
    assert bring.out_folder(Shelf([served])) == served
    assert bring.out_folder(Shelf([tmp_path / "new"])) == tmp_path / "new"
    single = Shelf([open_snapshot(served).path])
    assert bring.out_folder(single) == uploads_folder()
    assert single.folders == (open_snapshot(served).path, uploads_folder())
    assert uploads_folder().is_relative_to(tmp_path)


def test_the_verdict_names_the_gravest_thing() -> None:
    none = {a.value: 0 for a in Action}
    assert verdict(none, "en", is_region=True) == t("data.verdict_good", "en")
    assert verdict({**none, "repair": 2}, "en", is_region=True).startswith("Nothing would be set aside; 2")
    assert verdict({**none, "quarantine": 1200}, "en", is_region=False).startswith("1,200 rows")
    assert "can still be run" in verdict({**none, "reject": 1}, "en", is_region=True)
    assert "would not be used" in verdict({**none, "reject": 1}, "en", is_region=False)
    table = sources_met([{"source": "s", "rows": None, **none}], "en")
    assert table.loc[0, "Rows delivered"] == "–"


def test_the_cookie_names_the_same_browser_under_any_mask() -> None:
    token = bytes(range(16))
    seen = set()
    for mask in (b"\1\2\3\4", b"abcd"):
        masked = bytes(b ^ mask[i % 4] for i, b in enumerate(token))
        seen.add(unmasked(f"2|{mask.hex()}|{masked.hex()}|1700000000"))
    assert seen == {token.hex()}
    assert unmasked("") == ""
    assert unmasked("2|zz|00|1") == "2|zz|00|1"


def test_how_far_a_job_is_reads_in_both_languages() -> None:
    stage_words = bring.stage_words
    from app.work import STAGES

    for stage in (*STAGES, "reading", "layer a<b>", ""):
        for lang in ("en", "zh"):
            assert stage_words(State(stage=stage, step=1, steps=4), lang)
    assert stage_words(State(stage="layer *x*", step=1, steps=4), "en") == "Layer \\*x\\* (2 of 4)"
