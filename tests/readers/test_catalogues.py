"""Tables of candidates, stars and files. Those of ExoFOP's download and of the Exoplanet Archive's
``ps`` are built after their public column descriptions; the others are also read as they are."""

import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from starsieve.data.catalogue import Catalogue, error_name
from starsieve.errors import DataError, FileError, UnknownFormatError
from starsieve.readers.catalogues import LAYOUTS, read_catalogue

TOI = (
    "toi,tid,tfopwg_disp,ra,dec,pl_tranmid,pl_orbper,pl_orbpererr1,pl_orbpererr2,pl_trandurh,"
    "pl_trandep,pl_rade,st_teff,toi_created,rowupdate,note"
)
ROW = (
    "101.01,231663901,KP,318.7,-55.9,2458326.009,1.4303699,0.0003,-0.0001,1.6166,"
    "18960.7,13.19,5600,2018-09-05 18:49:20,2024-09-06 10:08:02,1"
)
EXOFOP = (
    "TIC ID|TOI|Previous CTOI|TFOPWG Disposition|TESS Mag|TESS Mag err|RA|Dec|Epoch (BJD)|"
    "Epoch (BJD) err|Period (days)|Period (days) err|Duration (hours)|Depth (mmag)|Depth (ppm)|"
    "Depth (ppm) err|Planet Radius (R_Earth)|Planet SNR|Stellar log(g) (cm/s^2)|"
    "Date TOI Alerted (UTC)|Comments"
)
EXOFOP_ROW = (
    "261136679|144.01|261136679.01|KP|5.1|0.006|05:37:08.87|-80:28:09|2458325.50|0.0007|6.26834|"
    '0.0005|2.95|0.3|286|9|2.0|30|4.4|2018-09-05|pi Men c, the 1" seeing'
)


def write(folder: Path, *lines: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def change(row: str, **cells: str) -> str:
    names = TOI.split(",")
    values = dict(zip(names, row.split(","), strict=True)) | cells
    return ",".join(values[name] for name in names)


def read(folder: Path, *lines: str) -> Catalogue:
    return read_catalogue(write(folder, *lines))


def test_a_table_of_the_exoplanet_archive_is_read_in_our_units(tmp_path: Path) -> None:
    catalogue = read(tmp_path, "# produced by the archive", "#", TOI, ROW)

    (row,) = catalogue.rows()
    assert (catalogue.kind, catalogue.layout) == ("toi", "nasa-toi")
    assert (row["name"], row["tic"], row["disposition"], row["line"]) == (
        "101.01",
        231663901,
        "KP",
        4,
    )
    assert row["epoch_btjd"] == pytest.approx(1326.009)
    assert row["period_err_days"] == pytest.approx(0.0002)  # the mean of both sides
    assert (row["created"], row["updated"]) == ("2018-09-05T18:49:20", "2024-09-06T10:08:02")
    assert row["note"] == 1.0
    assert row["pl_orbpererr2"] == -0.0001
    assert np.isnan(catalogue["snr"]).all()


def test_exofops_download_is_read_with_commas_and_with_bars(tmp_path: Path) -> None:
    bars = read(tmp_path, EXOFOP, EXOFOP_ROW)
    commas = read(
        tmp_path, EXOFOP.replace("|", ","), EXOFOP_ROW.replace(",", ";").replace("|", ",")
    )

    for catalogue in (bars, commas):
        (row,) = catalogue.rows()
        assert (catalogue.layout, row["name"], row["tic"]) == ("exofop-toi", "144.01", 261136679)
        assert (row["depth_ppm"], row["depth_err_ppm"], row["tmag"]) == (286, 9, 5.1)
        assert row["ra"] == pytest.approx(84.28696, abs=1e-5)
        assert row["dec"] == pytest.approx(-80.46917, abs=1e-5)
        assert row["created"] == "2018-09-05T00:00:00"
    assert bars["comments"][0] == 'pi Men c, the 1" seeing'


def test_depths_in_magnitudes_become_parts_per_million(tmp_path: Path) -> None:
    header = "TIC_ID,TOI,Epoch_(BJD),Period_(days),Duration_(hours),Depth_(mmag),Depth_(mmag)_err"

    catalogue = read(tmp_path, header, "5,101.01,2458326,1.4,1.6,22.436284,0.01")

    flux = 10 ** (-0.4 * 22.436284e-3)
    assert catalogue["depth_ppm"][0] == pytest.approx(1e6 * (1 - flux))
    step = 10 ** (-0.4 * 22.446284e-3)
    assert catalogue["depth_err_ppm"][0] == pytest.approx(1e6 * (flux - step), rel=1e-3)
    assert any("Depth_(mmag)" in sentence for sentence in catalogue.assumed)


def test_confirmed_planets_are_read_with_their_default_parameters(tmp_path: Path) -> None:
    header = (
        "pl_name,hostname,default_flag,tic_id,gaia_dr2_id,pl_orbper,pl_tranmid,pl_trandur,"
        "pl_trandep,st_lum,st_lumerr1,st_dens"
    )
    gaia = "Gaia DR2 4623036865373793408"

    catalogue = read(
        tmp_path,
        header,
        f"pi Men c,HD 39091,0,TIC 261136679,{gaia},6.2,2458325.5,2.9,,,,",
        f"pi Men c,HD 39091,1,TIC 261136679,{gaia},6.27,2458325.5,2.95,0.03,0.15,0.01,1.4098",
    )

    (row,) = catalogue.rows()
    assert (row["tic"], row["gaia"], row["star"]) == (261136679, 4623036865373793408, "HD 39091")
    assert (row["period_days"], row["depth_ppm"]) == (6.27, pytest.approx(300))
    assert row["luminosity"] == pytest.approx(10**0.15)
    assert row["luminosity_err"] == pytest.approx(10**0.16 - 10**0.15, rel=0.02)
    assert row["density"] == pytest.approx(1)
    assert "1 other rows left out" in " ".join(catalogue.assumed)


def test_candidates_of_the_community_are_read(tmp_path: Path) -> None:
    header = (
        "TIC ID,CTOI,Promoted to TOI,Transit Epoch (BJD),Period (days),Duration (hrs),Depth ppm,"
        "User,Notes"
    )

    catalogue = read(tmp_path, header, "12345,12345.01,,2458400.1,3.5,2.5,900,someone,V-shaped")

    (row,) = catalogue.rows()
    assert (catalogue.kind, row["name"], row["duration_hours"]) == ("ctoi", "12345.01", 2.5)
    assert (row["depth_ppm"], row["User"], row["comments"]) == (900, "someone", "V-shaped")


def test_files_are_known_by_their_names(tmp_path: Path) -> None:
    start = "mast:TESS/product/tess"

    catalogue = read(
        tmp_path,
        "obsID,dataURI,size",
        f"1,{start}2018206045859-s0001-0000000231663901-0120-s_lc.fits,100",
        f"2,{start}2018206190142-s0001-s0013-0000000260647166-00226_dvt.fits,100",
        f"3,{start}2018206190142-s0005-s0005-0000000260647166-00226_dvr.xml,100",
        "4,mast:HST/product/x_raw.fits,100",
    )

    assert catalogue["tic"].tolist() == [231663901, 260647166, 260647166]
    assert catalogue["product"].tolist() == ["lc", "dvt", "dvr"]
    assert catalogue["sector"].tolist() == [1, 0, 5]
    assert catalogue.refused[0][0] == 5
    assert "TIC number" in catalogue.refused[0][1]


@pytest.mark.parametrize(
    ("uri", "star", "sector", "product"),
    [
        ("hlsp_tess-spoc_tess_phot_0000000260647166-s0036_tess_v1_lc.fits", 260647166, 36, "lc"),
        ("hlsp_qlp_tess_ffi_s0001-0000000260647166_tess_v01_llc.fits", 260647166, 1, "lc"),
        ("tess2020186164531-s0027-0000000260647166-0189-a_fast-lc.fits", 260647166, 27, "fast-lc"),
    ],
)
def test_files_of_every_pipeline_are_known(
    tmp_path: Path, uri: str, star: int, sector: int, product: str
) -> None:
    (row,) = read(tmp_path, "dataURI,size", f"mast:HLSP/s0002/{uri},1").rows()

    assert (row["tic"], row["sector"], row["product"]) == (star, sector, product)


def test_a_single_transit_has_no_period(tmp_path: Path) -> None:
    archive = read(tmp_path, TOI, change(ROW, pl_orbper="", pl_orbpererr1="", pl_orbpererr2=""))
    exofop = read(tmp_path, EXOFOP, EXOFOP_ROW.replace("6.26834", "0"))

    for catalogue in (archive, exofop):
        assert np.isnan(catalogue["period_days"]).all()
        assert catalogue.refused == ()
    assert "0 in 1 rows" in exofop.assumed[0]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"pl_orbper": "0"}, "'pl_orbper': expected a positive period in days or nothing, got '0'"),
        ({"pl_orbper": "-3"}, "'pl_orbper'"),
        ({"pl_orbper": "three"}, "'pl_orbper': expected a number, got 'three'"),
        ({"pl_trandep": "inf"}, "'pl_trandep': expected a finite number"),
        ({"pl_tranmid": "1326.009"}, "'pl_tranmid': expected a time between BJD"),
        ({"pl_trandurh": "0"}, "'pl_trandurh': expected a positive duration"),
        ({"tid": "TIC abc"}, "'tid': expected a catalogue number, got 'TIC abc'"),
        ({"tid": "0"}, "'tid'"),
        ({"tid": "9" * 30}, "'tid'"),
        ({"toi": ""}, "'toi': expected a name"),
        ({"dec": "-91"}, "'dec'"),
        ({"st_teff": "0"}, "'st_teff'"),
        ({"rowupdate": "yesterday"}, "'rowupdate': expected a date"),
        ({"tfopwg_disp": "P" * 50}, "'tfopwg_disp'"),
    ],
)
def test_a_row_that_can_not_be_right_is_named_and_the_others_go_on(
    tmp_path: Path, cells: dict[str, str], words: str
) -> None:
    first, last = change(ROW, toi="100.01"), change(ROW, toi="102.01")

    catalogue = read(tmp_path, TOI, first, change(ROW, **cells), last)

    assert catalogue["name"].tolist() == ["100.01", "102.01"]
    ((line, reason),) = catalogue.refused
    assert line == 3
    assert words in reason


def test_a_candidate_that_comes_twice_is_read_once(tmp_path: Path) -> None:
    catalogue = read(tmp_path, TOI, ROW, change(ROW, pl_orbper="2"), "1,2,3")

    assert catalogue["period_days"].tolist() == [1.4303699]
    assert catalogue.refused == (
        (3, "101.01 is there already, on line 2."),
        (4, "has 3 cells where the header has 16."),
    )


def test_a_renamed_column_is_one_clear_error(tmp_path: Path) -> None:
    path = write(tmp_path, TOI.replace("pl_orbper,", "pl_period,"), ROW)

    with pytest.raises(DataError, match=r"lacks column 'pl_orbper' .*renamed to 'pl_period'") as e:
        read_catalogue(path)
    assert str(e.value).startswith(f"{path}: looks like a TOI table of the NASA Exoplanet Archive")


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", FileError, "empty"),
        (b"# nothing\n#\n", FileError, "comments"),
        (TOI.encode() + b"\n", FileError, "no row"),
        (b"a,b,c\n1,2,3\n", UnknownFormatError, "no catalogue that is known"),
        (b"hello\nworld\n", UnknownFormatError, "no comma"),
        (b"<!DOCTYPE html><html>503, try later</html>", UnknownFormatError, "markup"),
        (b"\x89PNG\r\n\x1a\n\x00\x00,\x01", UnknownFormatError, "no table of text"),
        (TOI.replace("note", "toi").encode() + b"\n", DataError, "'toi' twice"),
        (TOI.encode() + b"\n" + b"1" * 200_000, FileError, "can't be split"),
        (b"\x1f\x8b\x08broken", FileError, "damaged"),
    ],
)
def test_what_is_no_catalogue_is_one_clear_error(
    tmp_path: Path, content: bytes, error: type[Exception], words: str
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)

    with pytest.raises(error, match=words) as caught:
        read_catalogue(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_table_cut_off_keeps_its_whole_rows(tmp_path: Path) -> None:
    path = write(tmp_path, TOI, ROW, change(ROW, toi="102.01")[:50])

    catalogue = read_catalogue(path)

    assert len(catalogue) == 1
    assert catalogue.refused[0][0] == 3


def test_other_line_ends_marks_and_compression_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(f"\ufeff{TOI}\r\n{ROW}\r\n".encode()))

    assert read_catalogue(path).rows() == read(tmp_path, TOI, ROW).rows()


def test_a_catalogue_knows_what_it_lacks(tmp_path: Path) -> None:
    catalogue = read(tmp_path, TOI, ROW)

    assert catalogue["gaia"].tolist() == [0]
    assert catalogue["comments"].tolist() == [""]
    with pytest.raises(DataError, match="no column 'colour'"):
        catalogue["colour"]
    with pytest.raises(DataError, match="one length"):
        Catalogue("toi", "x", {"a": np.zeros(2), "b": np.zeros(3)})
    assert error_name("epoch_btjd") == "epoch_err_days"


def test_every_layout_names_what_it_needs() -> None:
    for layout in LAYOUTS:
        assert set(layout.needs) <= set(layout.columns)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "layout", "n_rows"),
    [
        ("toi_example", "exofop-toi", 1184),
        ("exofop_toi_2020", "exofop-2020", 1355),
        ("toi_2025-10-04", "nasa-toi", 6831),
        ("koi_cumulative", "nasa-koi", 9564),
        ("kepler_dr24_tce", "kepler-tce", 20367),
        ("tic_catalog_example", "tic", 1133),
        ("tic_v8_2p5arcmin", "tic", 2357),
        ("dataproducts_example", "mast-products", 2740),
    ],
)
def test_real_tables_are_read_whole(real_data: Path, name: str, layout: str, n_rows: int) -> None:
    catalogue = read_catalogue(real_data / "tess" / "catalogs" / f"{name}.csv")

    assert (catalogue.layout, len(catalogue), catalogue.refused) == (layout, n_rows, ())


@pytest.mark.real_data
def test_the_tables_hold_what_was_counted_in_them(real_data: Path) -> None:
    folder = real_data / "tess" / "catalogs"
    first, later = (
        read_catalogue(folder / "toi_example.csv"),
        read_catalogue(folder / "toi_2025-10-04.csv"),
    )

    assert len(set(first["tic"].tolist())) == 1133
    assert Counter(first["disposition"].tolist()) == {
        "": 798,
        "FP": 197,
        "KP": 148,
        "CP": 31,
        "PC": 10,
    }
    header = (folder / "toi_2025-10-04.csv").read_text().split("\n", 1)[0].split(",")
    assert len(header) == 65
    assert later["name"].tolist()[:2] == ["101.01", "102.01"]
    assert 0 < np.nanmin(later["epoch_btjd"] + 2457000 - 2457925) < 1


@pytest.mark.real_data
def test_epochs_of_kepler_are_in_the_days_of_tess(real_data: Path) -> None:
    catalogue = read_catalogue(real_data / "tess" / "catalogs" / "koi_cumulative.csv")

    # K00752.01: BKJD 170.53875, BJD 2455003.53875
    assert catalogue["epoch_btjd"][0] == pytest.approx(2455003.53875 - 2457000)
    assert catalogue["disposition"][0] == "CP"
