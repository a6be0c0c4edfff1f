"""Slices and features of a grid, and the pages that show them."""

from dataclasses import replace

import numpy as np
import pytest

from starsieve.atmospheres.grids.features import SCALINGS, scale_features
from starsieve.atmospheres.grids.pictures import MOST_BOXES, draw_grid, plot_flux_boxes
from starsieve.atmospheres.grids.slices import slice_grid
from starsieve.errors import DataError
from tests.atmospheres.grids.made_grids import make_grid


def test_a_slice_has_every_value_of_one_label_and_one_of_each_other():
    grid = make_grid()

    found = slice_grid(grid, "teff")

    assert found.values == tuple(np.unique(grid.labels["teff"]))
    assert found.flux.shape == (len(found), len(grid.wave))
    for value, flux in zip(found.values, found.flux, strict=True):
        at = found.fixed | {"teff": value}
        [row] = np.flatnonzero(np.all([grid.labels[n] == v for n, v in at.items()], axis=0))
        np.testing.assert_array_equal(flux, grid.flux[row])


def test_a_slice_goes_through_the_point_that_is_asked_for():
    grid = make_grid()
    last = {name: values.max() for name, values in grid.labels.items() if name != "mh"}

    found = slice_grid(grid, "mh", {name: f"{value:g}" for name, value in last.items()})

    assert found.fixed == last


def test_other_labels_are_fixed_where_most_values_are():
    grid = make_grid()
    high = grid.labels["logg"] == grid.labels["logg"].max()
    few = ~high & (grid.labels["teff"] > grid.labels["teff"].min())

    found = slice_grid(grid.take(np.flatnonzero(~few)), "teff")

    assert found.fixed["logg"] == grid.labels["logg"].max()


def test_a_label_that_the_grid_ties_to_the_one_that_varies_follows_it():
    grid = make_grid(teff=(900.0,), mh=(0.0,), c_to_o=(1.0,))
    tied = replace(grid, labels={**grid.labels, "log_kzz": 2 * grid.labels["logg"]})

    found = slice_grid(tied, "logg")

    assert (len(found), found.follows) == (2, ("log_kzz",))
    assert "log_kzz" not in found.fixed
    captions = [part.caption for part in draw_grid(tied)[0].parts]
    assert "Spectra that differ in log g, and so in log Kzz." in captions


@pytest.mark.parametrize(
    ("by", "at", "said"),
    [
        ("fsed", {}, "no label 'fsed'. It has: "),
        ("teff", {"logg": 9.9}, "no logg 9.9. It has: "),
        ("teff", {"logg": "high"}, "no logg high. It has: "),
        ("teff", {"teff": 1000.0}, "can't be fixed"),
    ],
)
def test_what_the_grid_does_not_have_is_refused_with_what_it_has(by, at, said):
    with pytest.raises(DataError) as caught:
        slice_grid(make_grid(), by, at)

    assert said in str(caught.value)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_features_are_scaled_as_asked_and_labels_standardised(scaling):
    features = scale_features(make_grid(), scaling)

    axis = 1 if scaling.endswith("row") else 0
    if scaling.startswith("minmax"):
        assert (features.flux.min(axis=axis) == 0).all()
        assert features.flux.max(axis=axis) == pytest.approx(1.0)
    elif scaling != "none":
        np.testing.assert_allclose(features.flux.std(axis=axis), 1.0)
    assert (features.flux_unit == "") == (scaling != "none")
    for values in features.labels.values():
        assert values.mean() == pytest.approx(0.0, abs=1e-9)
        assert values.std() == pytest.approx(1.0)


def test_extremes_are_those_of_each_spectrum():
    grid = make_grid()

    features = scale_features(grid)

    order = np.argsort(features.extremes["largest flux"])
    np.testing.assert_array_equal(order, np.argsort(grid.flux.max(axis=1)))


def test_spectra_with_gaps_are_left_out_and_counted():
    grid = make_grid()
    flux = grid.flux.copy()
    flux[2, 3] = np.nan

    features = scale_features(replace(grid, flux=flux))

    assert (features.n_left_out, len(features.flux)) == (1, len(grid) - 1)
    with pytest.raises(DataError, match="Not one spectrum"):
        scale_features(replace(grid, flux=np.full_like(flux, np.nan)))


def test_as_many_boxes_are_drawn_as_there_are_pixels_up_to_a_limit():
    features = scale_features(make_grid())
    many = replace(
        features,
        wave=np.linspace(1.0, 2.0, 500),
        flux=np.random.default_rng(0).normal(size=(9, 500)),
    )

    assert len(plot_flux_boxes(features).axes[0].patches) == len(features.wave)
    assert len(plot_flux_boxes(many).axes[0].patches) == MOST_BOXES


def test_a_page_shows_the_spectra_along_each_label_that_varies():
    sections = draw_grid(make_grid(teff=(900.0, 1000.0), mh=(0.0, 0.5), logg=(5.0,), c_to_o=(1.0,)))

    spectra, features = sections
    captions = [part.caption for part in (*spectra.parts, *features.parts)]
    assert "Spectra that differ in Teff only." in captions
    assert "Spectra that differ in [M/H] only." in captions
    assert "Spectra that differ in C/O only." not in captions
    assert "Fluxes of each pixel, each spectrum standardised." in captions


def test_a_page_of_spectra_with_gaps_everywhere_says_so():
    grid = make_grid(mh=(0.0,), c_to_o=(1.0,))
    flux = grid.flux.copy()
    flux[:, 0] = np.nan

    assert [section.title for section in draw_grid(replace(grid, flux=flux))] == ["Spectra"]
