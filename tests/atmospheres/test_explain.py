"""The band that holds the information is named, and no other is."""

import json
from dataclasses import replace

import numpy as np
import pytest

from starsieve.atmospheres.explain import explain
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.models import PosteriorModel, load_model
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.simulate import in_bands
from starsieve.atmospheres.train import train_on
from starsieve.data import Spectrum, SpectrumSet
from starsieve.data.grids import log_grid
from starsieve.data.synthetic import FLUX_UNIT
from starsieve.errors import DataError

WAVE = log_grid(0.8, 2.45, 160)
TEFF, LOGG = np.linspace(1000, 2000, 11), np.linspace(4.0, 5.5, 7)
LINE = (1.55, 1.66)
"""Micron: the only place where gravity shows."""

BANDS = ((0.8, 1.0), (1.0, 1.2), (1.2, 1.34), (1.43, 1.54), LINE, (1.67, 1.79), (1.96, 2.2))

RECIPE = {
    "collection": "one-line",
    "model": "one-line",
    "labels": ["teff", "logg"],
    "resolution": 140.0,
    "steps": 500,
    "batch_size": 128,
    "validate_every": 125,
    "learning_rate": 4e-3,
    "observing": {
        "snr": [10, 60],
        "cut_probability": 0.0,
        "gap_probability": 0.9,
        "widest_gap": 1.2,
    },
    "network": {
        "n_components": 4,
        "hidden": 48,
        "blocks": 1,
        "context": 16,
        "flow_transforms": 1,
        "flow_hidden": 24,
    },
}


def make_flux(teff, logg):
    """Return fluxes, shape (n, n_pixels): Teff is the slope, log g the depth of one line."""
    teff, logg = (np.reshape(each, (-1, 1)) for each in (teff, logg))
    slope = WAVE ** ((teff - 1500.0) / 500.0)
    return slope * np.where(in_bands(WAVE, (LINE,)), 1.0 - 0.4 * (logg - 4.0), 1.0)


def make_spectrum(teff=1480.0, logg=4.7, snr=30.0, seed=0, valid=None):
    flux = make_flux(teff, logg)[0]
    sigma = np.full(len(WAVE), flux.mean() / snr)
    noisy = flux + np.random.default_rng(seed).normal(0, sigma)
    return Spectrum(WAVE, noisy, sigma, valid=valid, flux_unit=FLUX_UNIT, resolution=140.0)


@pytest.fixture(scope="module")
def one_line(tmp_path_factory) -> PosteriorModel:
    nodes = np.array([(t, g) for t in TEFF for g in LOGG])
    labels = dict(zip(("teff", "logg"), nodes.T, strict=True))
    flux = make_flux(nodes[:, 0], nodes[:, 1])
    spectra = SpectrumSet(WAVE, flux, labels=labels, flux_unit=FLUX_UNIT, resolution=140.0)
    folder = tmp_path_factory.mktemp("models") / "one-line"
    train_on(spectra, TrainRecipe.model_validate(RECIPE), {"a.h5": "0" * 64}).save(folder)
    return load_model(folder)


@pytest.fixture(scope="module")
def explained(one_line):
    return explain(make_spectrum(), one_line, bands=BANDS)


def test_the_band_that_holds_the_information_is_named(explained):
    strongest, *others = explained.drivers("logg")

    assert (strongest.low, strongest.high) == LINE
    assert strongest.influence > 3
    assert strongest.widening > 3
    assert all(each.influence < 0.15 * strongest.influence for each in others)


def test_a_band_that_tells_nothing_of_a_parameter_is_not_named_for_it(explained):
    teff, logg = explained.names.index("teff"), explained.names.index("logg")
    line = BANDS.index(LINE)

    assert np.argmax(explained.influence[:, teff]) != line
    without_line = np.delete(explained.influence[:, logg], line)
    assert np.max(without_line) < 1
    assert np.max(np.abs(np.delete(explained.widening[:, logg], line) - 1)) < 0.3


def test_without_its_only_band_a_parameter_is_unknown(explained, one_line):
    """The rest says nothing: half of the interval is then what an even prior's is."""
    logg, line = explained.names.index("logg"), BANDS.index(LINE)
    q16, _, q84 = explained.without[line, logg]

    assert (q84 - q16) / 2 == pytest.approx(0.34 * (LOGG[-1] - LOGG[0]), rel=0.3)


def test_neighbours_stand_in_for_each_other(one_line):
    """What the docs warn of: two halves of a band, each missing alone, tell little."""
    middle = sum(LINE) / 2
    halves = ((LINE[0], middle), (middle, LINE[1]))

    found = explain(make_spectrum(), one_line, bands=(LINE, *halves))

    whole, *parts = found.influence[:, found.names.index("logg")]
    assert max(parts) < 0.3 * whole


def test_equal_bands_cover_the_model_and_the_drivers_lie_in_the_line(one_line):
    found = explain(make_spectrum(), one_line, bands=16)

    assert found.bands[0, 0] == pytest.approx(WAVE[0])
    assert found.bands[-1, 1] == pytest.approx(WAVE[-1])
    np.testing.assert_array_equal(found.bands[1:, 0], found.bands[:-1, 1])
    for each in found.drivers("logg")[:2]:
        assert each.low < LINE[1]
        assert each.high > LINE[0]


def test_what_a_spectrum_does_not_have_is_not_left_out(one_line):
    valid = (WAVE < 1.0) | (WAVE > 1.2)

    found = explain(make_spectrum(valid=valid), one_line, bands=((1.0, 1.2), (1.36, 1.41), LINE))

    assert found.n_pixels.tolist()[:2] == [0, 0]  # a gap of the spectrum, and telluric water
    assert np.isnan(found.without[:2]).all()
    assert np.isfinite(found.without[2]).all()
    assert (
        json.loads(json.dumps(found.to_record()))["parameters"]["logg"]["shift"][:2] == [None] * 2
    )


def test_a_single_usable_band_is_not_taken_away(one_line):
    alone = (WAVE > 1.42) & (WAVE < 1.80)

    found = explain(make_spectrum(valid=alone), one_line, bands=((0.9, 1.3), (1.42, 1.80)))

    assert found.n_pixels[1] > 20
    assert np.isnan(found.without).all()
    assert found.drivers("logg") == ()
    assert list(found.sentences()) == [
        "no band can be left out: too little of the spectrum would remain"
    ]


def test_the_whole_is_what_is_quoted(explained, one_line):
    [quoted] = infer(make_spectrum(), one_line, draws=1000)

    for column, name in enumerate(explained.names):
        summary = quoted.summary(name)
        np.testing.assert_allclose(
            explained.whole[column], (summary.q16, summary.median, summary.q84), rtol=2e-3
        )


def test_seeds_matter_and_repeat(one_line):
    first, again, other = (
        explain(make_spectrum(), one_line, bands=4, draws=100, seed=s) for s in (1, 1, 2)
    )

    np.testing.assert_array_equal(first.influence, again.influence)
    assert not np.array_equal(first.influence, other.influence)


def test_other_draws_of_the_same_posterior_stay_below_the_floor(explained, one_line):
    [other] = infer(make_spectrum(), one_line, draws=1000, seed=5)

    medians = np.median(other.draws, axis=0)
    assert np.all(np.abs(medians - explained.whole[:, 1]) / explained.sigma < explained.floor)
    assert np.all(explained.floor < 0.2)


def test_an_inference_carries_its_explanation_where_asked(one_line):
    plain = infer(make_spectrum(), one_line, draws=50)[0]
    [asked] = infer(make_spectrum(), one_line, draws=50, explain=True)

    assert plain.explanation is None
    assert "explanation" not in plain.to_record()
    assert asked.explanation.drivers("logg")
    record = json.loads(json.dumps(asked.to_record(), allow_nan=False))["explanation"]
    assert len(record["bands_um"]) == len(record["n_pixels"]) == 30
    assert set(record["parameters"]) == {"teff", "logg"}
    assert all(
        len(record["parameters"]["logg"][key]) == 30
        for key in ("shift", "widening", "influence", "median_without")
    )
    low, high = record["parameters"]["logg"]["drivers_um"][0]
    assert low < LINE[1]
    assert high > LINE[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bands": 1}, "bands must be 2 to 300, got 1"),
        ({"bands": 1000}, "bands must be 2 to 300, got 1000"),
        ({"bands": [(1.2, 1.1)]}, "the lower first"),
        ({"bands": []}, "the lower first"),
        ({"bands": [(1.0, 1.1, 1.2)]}, "the lower first"),
        ({"bands": [(1.0, float("nan"))]}, "the lower first"),
        ({"bands": [(1.0, 1.1), (1.2,)]}, "the lower first"),
        ({"draws": 1}, "draws must be at least 2, got 1"),
    ],
)
def test_what_makes_no_sense_is_refused(one_line, options, message):
    with pytest.raises(DataError, match=message):
        explain(make_spectrum(), one_line, **options)


def test_a_parameter_that_the_model_has_not_is_refused(explained):
    with pytest.raises(DataError, match="teff, logg"):
        explained.drivers("mass")


def test_an_explanation_of_other_shapes_is_refused(explained):
    with pytest.raises(DataError, match=r"floor must have shape \(2,\)"):
        replace(explained, floor=np.zeros(3))


def test_an_explanation_shows_itself_in_one_line(explained):
    shown = repr(explained)

    assert shown.startswith("<Explanation by 7 bands: teff: ")
    assert "logg: 1.55-1.66 micron" in shown
    assert "\n" not in shown
