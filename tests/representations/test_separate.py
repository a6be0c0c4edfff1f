"""Separation from files and collections, its records, files, figures and page."""

import json
from dataclasses import replace

import numpy as np
import pytest

import starsieve
from starsieve.cli.main import main
from starsieve.errors import DataError, FileError
from starsieve.plots.separation import plot_covariances, plot_frames
from starsieve.readers import read
from starsieve.representations.exposures import make_exposure
from starsieve.representations.separate import separate_collection, separate_files
from starsieve.representations.separation import separate
from starsieve.representations.separation_recipe import SeparateRecipe
from starsieve.representations.separation_report import write_separation
from starsieve.representations.separation_results import score, write_corrected
from tests.representations.made_series import RANGES, make_series, write_series

OPTIONS = [word for low, high in RANGES for word in ("--range", f"{low}:{high}")]
QUICK = SeparateRecipe(collection="nights", ranges=RANGES, turns=6)


@pytest.fixture(scope="module")
def series():
    return make_series(seed=3, n_exposures=8)


@pytest.fixture(scope="module")
def separated(series):
    return score(separate(series.exposures, RANGES))


@pytest.fixture(scope="module")
def files(series, tmp_path_factory):
    return write_series(series, tmp_path_factory.mktemp("nights"))


def test_amplitudes_follow_the_airmass_that_they_never_saw(separated):
    record = separated.to_record()
    assert record["amplitude_against_airmass_r"]["O2"] > 0.97
    assert record["n_deep_lines"] > 10
    assert 0 <= record["median_depth_after"] < 0.1 * record["median_depth_before"]


def test_the_sky_is_no_part_of_the_fit(series, separated):
    unknown = [
        replace(each, airmass=float("nan"), relative_humidity=float("nan"))
        for each in series.exposures
    ]
    again = score(separate(unknown, RANGES))
    assert again.to_record()["amplitude_against_airmass_r"] == {"O2": None, "H2O": None}
    found, expected = again.separation.state.amplitude, separated.separation.state.amplitude
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_corrected_spectra_are_read_back_with_errors_and_mask(separated, tmp_path):
    paths = write_corrected(separated, tmp_path)
    assert len(paths) == len(separated.corrections)
    spectrum, expected = read(paths[2]).spectrum, separated.corrections[2].after
    np.testing.assert_allclose(spectrum.flux, expected.flux)
    np.testing.assert_allclose(spectrum.sigma, expected.sigma)
    assert np.array_equal(spectrum.usable, expected.usable)
    assert spectrum.frame == "barycentric"


def test_a_corrected_spectrum_keeps_what_an_exposure_needs(separated, tmp_path):
    path = write_corrected(separated, tmp_path)[0]
    exposure = make_exposure(read(path).spectrum, path.name)
    assert exposure.berv_km_s == pytest.approx(separated.separation.exposures[0].berv_km_s)
    assert exposure.star == "star 0"


def test_the_page_shows_figures_and_lines(separated, tmp_path):
    page = write_separation(separated, tmp_path).read_text(encoding="utf-8")
    assert page.count("<svg") >= 6
    assert "Velocity whitening" in page
    assert "can't say" in page or "Stellar widths" in page


def test_files_are_separated_and_a_bad_one_is_told(files, tmp_path):
    broken = tmp_path / "broken.fits"
    broken.write_bytes(b"SIMPLE  = nothing")
    separated = separate_files([*files, broken], QUICK)
    assert len(separated.corrections) == len(files)
    assert [each.file for each in separated.separation.failures] == [str(broken)]


def test_spectra_and_files_are_separated_together(series, files):
    spectra = [
        replace(each.spectrum, meta={"object": "star 0", "berv_km_s": each.berv_km_s})
        for each in series.exposures[:4]
    ]
    dark = replace(spectra[0], meta={"object": "star 0"})
    separated = starsieve.separate([*spectra, *files[4:], dark], ranges=RANGES[:1])
    assert len(separated.corrections) == len(files)
    assert "BERV" in separated.separation.failures[0].error


def test_a_collection_of_stars_is_separated(archive):
    made = make_series(seed=4, n_exposures=9, stars=3, spread=40.0)
    spectra = [
        replace(each.spectrum, meta={**each.spectrum.meta, "berv_km_s": each.berv_km_s})
        for each in made.exposures
    ]
    archive.spectra.add(spectra, "nights")
    result = separate_collection(QUICK, archive)
    assert (result["n_stars"], result["n_exposures"], result["n_failed"]) == (3, 9, 0)
    found = {each["berv_km_s"]: each["o2_amplitude"] for each in result["exposures"]}
    ordered = [found[each.berv_km_s] for each in made.exposures]
    assert np.corrcoef(ordered, made.oxygen)[0, 1] > 0.95


def test_the_command_writes_json_spectra_and_a_page(files, tmp_path, capsys):
    out, page = tmp_path / "out", tmp_path / "page"
    words = ["separate", *map(str, files), *OPTIONS, "--out", str(out), "--report", str(page)]
    assert main([*words, "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = {record["what"] for record in records}
    assert kinds == {"summary", "exposure", "line", "stellar line"}
    assert len(list(out.glob("*_corrected.fits"))) == len(files)
    assert (page / "index.html").exists()


def test_without_the_earths_velocity_the_command_says_what_to_do(series, tmp_path, capsys):
    paths = write_series(series, tmp_path, berv=False)
    assert main(["separate", *map(str, paths)]) == 1
    assert "--table" in capsys.readouterr().err


def test_a_table_gives_the_earths_velocity(series, tmp_path):
    paths = write_series(series, tmp_path, berv=False)
    rows = [f"{each.name},{each.berv_km_s}" for each in series.exposures]
    table = tmp_path / "nights.csv"
    table.write_text("\n".join(["file,berv_km_s", *rows]))
    separated = separate_files(paths, QUICK.model_copy(update={"table": str(table)}))
    assert len(separated.corrections) == len(paths)


def test_one_exposure_is_refused_in_one_line(files, capsys):
    assert main(["separate", str(files[0]), *OPTIONS]) == 1
    assert "one exposure" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["a.fits", "--collection", "b"], ["a.fits", "--range", "1"]])
def test_words_that_can_not_be_meant_are_refused(words):
    assert main(["separate", *words]) == 2


def test_a_table_without_files_is_refused(files, tmp_path):
    table = tmp_path / "nights.csv"
    table.write_text("name,berv\na,1\n")
    with pytest.raises(FileError, match="column 'file'"):
        separate_files(files, QUICK.model_copy(update={"table": str(table)}))


def test_flat_spectra_have_no_lines(series):
    flat = [
        replace(each, spectrum=replace(each.spectrum, flux=np.ones(len(each.spectrum)), sigma=None))
        for each in series.exposures
    ]
    record = score(separate(flat, RANGES, turns=6)).to_record()
    assert record["n_lines"] == 0
    assert record["amplitude_against_airmass_r"] == {"O2": None, "H2O": None}


def test_spectra_without_light_are_refused(series):
    dark = [
        replace(each, spectrum=replace(each.spectrum, flux=-np.ones(len(each.spectrum))))
        for each in series.exposures
    ]
    with pytest.raises(DataError, match="cover"):
        separate(dark, RANGES)


def test_figures_have_their_panels():
    wave = np.linspace(0.62, 0.63, 50)
    curves = [(wave, np.ones(50)), (wave, np.ones(50) + 0.1)]
    assert len(plot_frames(curves, curves).axes) == 2
    matrices = {"before": np.eye(50), "after": np.eye(50)}
    assert len(plot_covariances(wave, matrices).axes) == 3


def test_real_exposures_of_alpha_cen_b_show_oxygen_that_follows_the_airmass(real_data):
    files = sorted((real_data / "stellar" / "harps_alpha_cen_b").glob("*.fits.gz"))[::3]
    recipe = SeparateRecipe(collection="files", ranges=((0.6276, 0.6300),), turns=10)
    record = separate_files(files, recipe).to_record()
    assert record["amplitude_against_airmass_r"]["O2"] > 0.95
    assert record["residual_ratio"] < 1.6
