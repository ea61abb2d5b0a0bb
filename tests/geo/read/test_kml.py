"""KML and KMZ: what is read, and what is refused before anything is followed."""

from __future__ import annotations

import zipfile

import pytest
import shapely

from geo.read.kml import read_kml
from geo.read.table import Refused
from geo.terms import Action

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
TAIL = "</Document></kml>"
POINT = "<Placemark><name>{}</name><Point><coordinates>{}</coordinates></Point></Placemark>\n"


@pytest.fixture
def kml(tmp_path):
    def write(body, head=HEAD, tail=TAIL, encoding="utf-8"):
        path = tmp_path / "places.kml"
        path.write_bytes((head + body + tail).encode(encoding))
        return path

    return write


def test_texts_data_folders_and_geometry_are_read(kml):
    ring = "119.9,31.7,0 119.91,31.7,0 119.91,31.71,0 119.9,31.7,0"
    hole = "119.905,31.701 119.906,31.701 119.906,31.702 119.905,31.701"
    path = kml(
        "<Folder><name>村</name>"
        + POINT.format(" 西圩 ", "119.9,31.7,0")
        + "<Placemark id='p2'><description><![CDATA[<b>&amp;</b>]]></description><ExtendedData>"
        "<Data name='code'><value>0320402</value></Data>"
        "<SchemaData><SimpleData name='mbps'>20</SimpleData></SchemaData>"
        f"</ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing>"
        f"</outerBoundaryIs><innerBoundaryIs><LinearRing><coordinates>{hole}</coordinates></LinearRing>"
        "</innerBoundaryIs></Polygon></Placemark></Folder>\n"
        "<Placemark><MultiGeometry><LineString><coordinates>1,2 3,4</coordinates></LineString>"
        "<LineString><coordinates>\n5,6\n7,8 </coordinates></LineString></MultiGeometry></Placemark>"
    )
    table = read_kml(path)
    frame = table.frame
    assert frame["name"].tolist()[0] == "西圩"
    assert frame["code"].tolist()[1] == "0320402"
    assert frame["mbps"].tolist()[1] == "20"
    assert frame["description"].tolist()[1] == "<b>&amp;</b>"
    assert frame["folder"].tolist()[:2] == ["村", "村"]
    assert frame["id"].tolist()[1] == "p2"
    assert frame.geometry.iloc[0].equals(shapely.Point(119.9, 31.7))
    assert len(frame.geometry.iloc[1].interiors) == 1
    assert frame.geometry.iloc[2].equals(shapely.MultiLineString([[(1, 2), (3, 4)], [(5, 6), (7, 8)]]))
    assert table.lines == {1: 3, 2: 4, 3: 5}
    assert table.findings == []
    assert len(read_kml(path, layer="村").frame) == 2


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE kml [<!ENTITY x SYSTEM "canary.txt">]>',
        '<!DOCTYPE kml SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        "<!DOCTYPE kml>",
    ],
)
def test_a_document_type_is_refused_before_any_entity(kml, doctype):
    head = HEAD.replace("\n<kml", f"\n{doctype}\n<kml", 1)
    with pytest.raises(Refused, match=r"DTD, DOCTYPE, entity.*line 2"):
        read_kml(kml(POINT.format("&x;", "1,2"), head=head))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gbk", "gb18030"])
def test_each_declared_encoding_is_read(kml, encoding):
    head = HEAD.replace("UTF-8", encoding)
    assert (
        read_kml(kml(POINT.format("大庄村", "119.9,31.7"), head=head, encoding=encoding)).frame["name"][1]
        == "大庄村"
    )


def test_gbk_that_is_declared_utf8_is_refused(kml):
    with pytest.raises(Refused, match=r"not UTF-8 as the declaration.*line 3"):
        read_kml(kml(POINT.format("大庄村", "119.9,31.7"), encoding="gbk"))


@pytest.mark.parametrize(
    "text",
    [
        "119.9, 31.7, 0",
        "119.9，31.7，0",
        "119.9",
        "119.9,31.7,0,5",
        "a,b",
        "nan,31.7",
        "119.9,",
        "１１９.9,31.7",
        "1e,2",
    ],
)
def test_coordinates_that_are_none_set_their_placemark_aside(kml, text):
    table = read_kml(kml(POINT.format("西圩", "119.9,31.7") + POINT.format("大庄", text)))
    assert table.frame.index.tolist() == [1]
    (finding,) = table.findings
    assert (finding.rule, finding.action) == ("kml.coordinates", Action.QUARANTINE)
    assert finding.row == "row 2 (大庄)"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>"
            + POINT.format("a", "1,2"),
            "1 network links",
        ),
        ("", "no row"),
        (POINT.format("a", "1,2") + "<Placemark><name>", "XML is broken.*line 4"),
        ("<Folder>" * 80 + "</Folder>" * 80, "nested deeper than the limit"),
        (POINT.format("a", "500000,3500000"), "coordinates are not degrees"),
    ],
)
def test_what_cannot_be_read_whole_is_refused(kml, body, message):
    with pytest.raises(Refused, match=message):
        read_kml(kml(body))


def test_another_root_and_another_kind_of_file_are_refused(kml, tmp_path):
    with pytest.raises(Refused, match="not a KML document: its first element is gpx"):
        read_kml(kml("", head="<gpx>", tail="</gpx>"))
    (tmp_path / "x.kml").write_bytes(b"\x00\x01\x02")
    with pytest.raises(Refused):
        read_kml(tmp_path / "x.kml")


def test_a_kmz_is_its_doc_kml(tmp_path):
    path = tmp_path / "places.kmz"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.kml", "<x/>")
        packed.writestr("doc.kml", HEAD + POINT.format("西圩", "119.9,31.7") + TAIL)
    table = read_kml(path)
    assert (table.driver, table.frame["name"].tolist()) == ("KMZ", ["西圩"])
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("readme.txt", "x")
    with pytest.raises(Refused, match=r"holds no \.kml document"):
        read_kml(path)
