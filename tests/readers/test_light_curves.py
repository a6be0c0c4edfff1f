import numpy as np
import pytest
from astropy.io import fits

from starsieve.data.star import Star
from starsieve.errors import DataError
from starsieve.readers import Hints, read
from starsieve.readers.quality import KEPLER, QLP, TESS
from starsieve.readers.reader import parse_quality_mask
from starsieve.readers.tesscut import sum_aperture
from tests.readers.made_files import (
    make_kepler,
    make_light_curve,
    make_qlp,
    make_tesscut,
)


def test_a_light_curve_is_read_with_what_was_left_out_said(tmp_path):
    reading = read(make_light_curve(tmp_path))

    [curve] = reading
    assert len(curve) == 59
    np.testing.assert_allclose(curve.time[0], 1325.3)
    assert curve.flux_unit == "electron / s"
    assert np.flatnonzero(~curve.usable).tolist() == [3, 5]
    assert curve.quality[6] == 2048
    assert "Cadences without a time, left out: 1." in reading.assumed
    assert (
        "1 of 59 cadences are not valid for their quality flags (mask 21183, recommended by the "
        "TESS Archive Manual): manual exclude 1."
    ) in reading.assumed


def test_what_the_headers_know_of_the_target_is_kept(tmp_path):
    meta = read(make_light_curve(tmp_path))[0].meta

    assert (meta["target"], meta["sector"], meta["tmag"]) == (261136679, 1, 5.1)
    assert meta["cadence_seconds"] == 120
    assert meta["flux_column"] == "PDCSAP_FLUX"
    assert (meta["pipeline"], meta["telescope"]) == ("SPOC", "TESS")


@pytest.mark.parametrize("name", ["SAP_FLUX", "sap_flux", "sap"])
def test_the_flux_column_can_be_told(tmp_path, name):
    curve = read(make_light_curve(tmp_path), Hints(flux_column=name))[0]

    assert curve.flux[0] == 1050
    assert curve.sigma[0] == 2


def test_a_flux_column_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="not among its fluxes: SAP_FLUX, PDCSAP_FLUX"):
        read(make_light_curve(tmp_path), Hints(flux_column="KSPSAP_FLUX"))


def test_another_zero_of_time_is_brought_to_ours(tmp_path):
    reading = read(make_light_curve(tmp_path, BJDREFI=2400000, BJDREFF=0.5))

    np.testing.assert_allclose(reading[0].time[0], 1325.3 - 57000 + 0.5)
    assert any("Times count from BJD 2400000.5" in sentence for sentence in reading.assumed)


@pytest.mark.real_data
def test_real_light_curves_are_read(real_data):
    folder = real_data / "tess/lightcurves"
    [name] = folder.glob("*-0000000261136679-*_lc.fits")

    [curve] = read(name)

    assert (curve.meta["object"], curve.meta["sector"]) == ("TIC 261136679", 1)
    assert 1325 < curve.time[0] < curve.time[-1] < 1354
    assert 0.85 < curve.usable.mean() < 1


def change_table(path, change):
    """Rewrite a light curve with its table of cadences changed."""
    with fits.open(path) as hdus:
        copies = fits.HDUList([hdu.copy() for hdu in hdus])
    change(copies[1])
    copies.writeto(path, overwrite=True)
    return path


def set_column(name, values):
    def change(table):
        table.data[name] = values

    return change


def set_cards(path, number, **cards):
    with fits.open(path, mode="update") as hdus:
        hdus[number].header.update(cards)
    return path


def test_the_masks_are_those_of_lightkurve():
    utils = pytest.importorskip("lightkurve.utils")
    tess, kepler = utils.TessQualityFlags, utils.KeplerQualityFlags

    # The TESS Archive Manual leaves out scattered light, too, which lightkurve's default keeps.
    assert TESS.default == tess.DEFAULT_BITMASK | 4096
    assert TESS.hard == tess.HARD_BITMASK
    assert (KEPLER.default, KEPLER.hard) == (kepler.DEFAULT_BITMASK, kepler.HARD_BITMASK)
    assert list(TESS.names) == list(tess.STRINGS)
    assert list(KEPLER.names) == list(kepler.STRINGS)


def test_the_default_mask_is_the_one_of_the_archive_manual():
    assert TESS.default == 0b0101_0010_1011_1111
    assert QLP.default & 2**30


@pytest.mark.parametrize(
    ("choice", "unusable", "said"),
    [
        (None, [3, 5], "mask 21183, recommended by"),
        ("default", [3, 5], "mask 21183, recommended by"),
        ("hard", [3, 5, 6], "mask 24319, as was told): manual exclude 1, straylight seen 1."),
        ("none", [3], "No quality flag counts, as was told; 2 cadences have one."),
        (2048, [3, 6], "1 of 59 cadences are not valid for their quality flags (mask 2048"),
    ],
)
def test_which_flags_count_is_a_choice_that_is_said(tmp_path, choice, unusable, said):
    reading = read(make_light_curve(tmp_path), Hints(quality_mask=choice))

    assert np.flatnonzero(~reading[0].usable).tolist() == unusable
    assert any(said in sentence for sentence in reading.assumed)


@pytest.mark.parametrize("choice", ["hardest", -1, 2**32])
def test_other_masks_are_refused(choice):
    with pytest.raises(DataError, match="quality_mask must be"):
        Hints(quality_mask=choice)


@pytest.mark.parametrize(("text", "choice"), [("Hard", "hard"), ("160", 160), ("none", "none")])
def test_masks_are_understood_as_text(text, choice):
    assert parse_quality_mask(text) == choice


@pytest.mark.parametrize("text", ["best", "1.5", "-1", ""])
def test_masks_that_are_neither_word_nor_number_are_refused(text):
    with pytest.raises(DataError, match="one of default, hard, none or flags added up"):
        parse_quality_mask(text)


@pytest.mark.parametrize(("cadence", "pipeline"), [(20, "SPOC"), (120, "SPOC"), (200, "TESS-SPOC")])
def test_light_curves_of_full_frame_images_are_told_from_those_of_targets(
    tmp_path, cadence, pipeline
):
    reading = read(make_light_curve(tmp_path, TIMEDEL=cadence / 86400))

    assert reading[0].meta["pipeline"] == pipeline
    assert any("TESS-SPOC" in sentence for sentence in reading.assumed) == (pipeline != "SPOC")


def test_contamination_follows_from_the_crowding(tmp_path):
    meta = read(make_light_curve(tmp_path, CROWDSAP=0.8, FLFRCSAP=0.9))[0].meta

    assert (meta["crowdsap"], meta["flfrcsap"]) == (0.8, 0.9)
    assert meta["contamination"] == pytest.approx(0.25)
    assert Star.from_meta(meta).contamination == pytest.approx(0.25)


def test_the_star_of_a_light_curve_is_known(tmp_path):
    star = Star.from_meta(read(make_light_curve(tmp_path))[0].meta)

    assert (star.tic, star.tmag) == (261136679, 5.1)


BAD_TABLES = {
    "time_runs_back": (set_column("TIME", 1325.3 - np.arange(60) / 720), "its times run back"),
    "time_repeats": (set_column("TIME", 1325.3 + np.arange(60) // 2 / 720), "its times repeat"),
    "no_time": (set_column("TIME", np.nan), "it has 0 cadences with a time"),
    "all_flagged": (set_column("QUALITY", 128), "0 of its 59 cadences have a PDCSAP_FLUX and no"),
    "no_flux": (set_column("PDCSAP_FLUX", np.nan), "PDCSAP_FLUX is nowhere a finite number"),
    "no_errors": (set_column("PDCSAP_FLUX_ERR", 0.0), "has an error that is positive"),
}


@pytest.mark.parametrize(("change", "message"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_light_curves_without_anything_to_work_on_are_refused(tmp_path, change, message):
    path = change_table(make_light_curve(tmp_path), change)

    with pytest.raises(DataError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("n_rows", [0, 1])
def test_light_curves_of_no_or_one_cadence_are_refused(tmp_path, n_rows):
    path = make_light_curve(tmp_path)
    with fits.open(path) as hdus:
        table = fits.BinTableHDU(hdus[1].data[:n_rows], hdus[1].header)
        fits.HDUList([hdus[0].copy(), table]).writeto(tmp_path / "short.fits")

    with pytest.raises(DataError, match=f"it has {n_rows} cadences with a time"):
        read(tmp_path / "short.fits")


def test_a_constant_light_curve_is_called_so(tmp_path):
    assert "The flux is 1000 in all valid cadences: nothing was measured." in (
        read(make_light_curve(tmp_path)).assumed
    )


@pytest.mark.parametrize("prefix", ["KSPSAP", "DET"])
def test_qlp_says_that_its_flux_is_high_pass_filtered(tmp_path, prefix):
    reading = read(make_qlp(tmp_path, prefix))

    [curve] = reading
    assert curve.meta["flux_column"] == f"{prefix}_FLUX"
    assert curve.meta["pipeline"] == "QLP"
    assert curve.flux_unit == ""
    assert any("high-pass filtered by the pipeline" in sentence for sentence in reading.assumed)
    assert np.flatnonzero(~curve.usable).tolist() == [5, 6]


def test_the_raw_flux_of_qlp_has_the_errors_of_the_detrended(tmp_path):
    reading = read(make_qlp(tmp_path), Hints(flux_column="SAP_FLUX"))

    np.testing.assert_allclose(reading[0].flux, 1.02, rtol=1e-6)
    np.testing.assert_allclose(reading[0].sigma, 1e-3, rtol=1e-6)
    assert "SAP_FLUX has no errors; those of KSPSAP_FLUX were taken." in reading.assumed


def test_qlp_without_errors_is_read_without(tmp_path):
    assert read(make_qlp(tmp_path, has_own_error=False))[0].sigma is None


def test_kepler_comes_in_the_time_of_tess_with_its_own_flags(tmp_path):
    reading = read(make_kepler(tmp_path))

    [curve] = reading
    np.testing.assert_allclose(curve.time[0], 1325.3)
    assert np.flatnonzero(~curve.usable).tolist() == [5]
    assert (curve.meta["kic"], curve.meta["quarter"]) == (11442793, 2)
    assert curve.meta["mh"] == 0.1
    assert "target" not in curve.meta
    assert "tmag" not in curve.meta
    assert Star.from_meta(curve.meta).name == "KIC 11442793"


def test_k2_is_told_from_kepler(tmp_path):
    meta = read(make_kepler(tmp_path, MISSION="K2", CAMPAIGN=3, OBJECT="EPIC 11442793"))[0].meta

    assert (meta["epic"], meta["pipeline"], meta["campaign"]) == (11442793, "K2", 3)
    assert "kic" not in meta


def test_the_aperture_is_the_star_and_its_background_is_gone(tmp_path):
    reading = read(make_tesscut(tmp_path))

    [curve] = reading
    aperture = np.array(curve.meta["aperture"], dtype=bool)
    assert np.argwhere(aperture).tolist() == [[2, 2], [2, 3], [3, 2]]
    expected = np.where(np.arange(60) < 30, 1600.0, 1440.0)[np.arange(60) != 7]
    np.testing.assert_allclose(curve.flux, expected, atol=1.5)
    assert curve.meta.get("tmag") is None
    assert str(reading).endswith(
        "    ......\n    ......\n    ..#...\n    ..##..\n    ......\n    ......"
    )


def test_a_neighbour_apart_is_not_in_the_aperture(tmp_path):
    stars = ((2, 2, 400.0), (2, 3, 900.0), (5, 0, 5000.0))
    curve = read(make_tesscut(tmp_path, stars))[0]

    assert np.argwhere(np.array(curve.meta["aperture"])).tolist() == [[2, 2], [2, 3]]


def test_where_no_pixel_is_bright_those_at_the_centre_are_taken(tmp_path):
    reading = read(make_tesscut(tmp_path, ()))

    assert sum(map(sum, reading[0].meta["aperture"])) == 4
    assert any("for none is bright" in sentence for sentence in reading.assumed)


def test_the_error_of_an_aperture_has_that_of_the_background():
    rng = np.random.default_rng(3)
    images = 50.0 + rng.normal(0, 2.0, (4000, 6, 6))
    aperture, faint = np.zeros((6, 6), dtype=bool), np.zeros((6, 6), dtype=bool)
    aperture[2:4, 2:4] = faint[0] = True

    flux, sigma = sum_aperture(images, np.full_like(images, 2.0), aperture, faint)

    assert flux.std() == pytest.approx(sigma[0], rel=0.1)
    assert flux.mean() == pytest.approx(0, abs=0.5)


def test_a_cut_out_has_no_flux_column_to_choose(tmp_path):
    with pytest.raises(DataError, match="flux_column has nothing to choose from"):
        read(make_tesscut(tmp_path), Hints(flux_column="SAP_FLUX"))


@pytest.mark.real_data
def test_real_kepler_quarters_are_read(real_data):
    for path in sorted((real_data / "kepler/lightcurves").glob("*_llc.fits")):
        [curve] = read(path)

        assert curve.meta["kic"] == 11442793
        assert -2036 < curve.time[0] < curve.time[-1] < -1628
        assert curve.usable.mean() > 0.9


def test_a_cut_out_with_gaps_has_no_flux_there(tmp_path):
    path = make_tesscut(tmp_path)
    with fits.open(path, mode="update") as hdus:
        hdus[1].data["FLUX"][4] = np.nan
        hdus[1].data["FLUX"][5, 2, 2] = np.nan
        hdus[1].data["FLUX"][6, 0, 0] = np.nan

    assert np.flatnonzero(~read(path)[0].usable).tolist() == [4, 5]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "mask", "zero"),
    [
        ("kepler/lightcurves/kplr011442793-2010009091648_llc.fits", "hard", 2167),
        ("tess/lightcurves/tess2019357164649-s0020-0000000130181866-0165-s_lc.fits", 17087, 0),
    ],
)
def test_valid_cadences_are_those_of_lightkurve(real_data, name, mask, zero):
    lightkurve = pytest.importorskip("lightkurve")

    theirs = lightkurve.read(real_data / name, quality_bitmask=mask).remove_nans()
    [ours] = read(real_data / name, Hints(quality_mask=mask))

    np.testing.assert_allclose(ours.time[ours.usable], theirs.time.value - zero, rtol=1e-12)
    np.testing.assert_allclose(ours.flux[ours.usable], theirs.flux.value, rtol=1e-6)
    np.testing.assert_allclose(ours.sigma[ours.usable], theirs.flux_err.value, rtol=1e-6)


@pytest.mark.real_data
def test_the_pipeline_has_no_flux_in_scattered_light(real_data):
    name = "tess/lightcurves/tess2019357164649-s0020-0000000130181866-0165-s_lc.fits"
    [corrected] = read(real_data / name)
    [raw] = read(real_data / name, Hints(flux_column="SAP"))
    scattered = corrected.quality & 4096 != 0

    assert scattered.sum() == 388
    assert not np.isfinite(corrected.flux[scattered]).any()
    assert np.isfinite(raw.flux[scattered]).all()


@pytest.mark.real_data
def test_a_real_cut_out_shows_the_star_of_the_pipeline(real_data):
    [path] = (real_data / "tess/lightcurves").glob("*astrocut.fits")
    [cut] = read(path)
    [name] = (real_data / "tess/lightcurves").glob("*-0000000261136679-*_lc.fits")
    [spoc] = read(name)

    assert 5 < np.sum(cut.meta["aperture"]) < 20
    assert 0.5 < np.median(cut.flux) / np.median(spoc.flux[spoc.usable]) < 1
    assert np.std(cut.flux) / np.median(cut.flux) < 2e-3
