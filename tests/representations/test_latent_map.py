"""A map of latents: its axes, its windows, and what is in them."""

import numpy as np
import pytest

from starsieve.archive.columns import LabelColumn, PredictionColumn, SpectrumColumns
from starsieve.data import Embeddings
from starsieve.errors import DataError
from starsieve.representations.latent_map import make_map
from starsieve.representations.map_axes import list_axes
from starsieve.representations.space import make_space


@pytest.fixture(scope="module")
def latent_map():
    rng = np.random.default_rng(0)
    n = 4000
    hidden = rng.normal(size=(n, 2)) * [3.0, 1.0]
    turn = np.array([[0.8, 0.6, 0.0], [-0.6, 0.8, 0.0]])
    latents = hidden @ turn + [1.0, 2.0, 3.0] + 1e-3 * rng.normal(size=(n, 3))
    latents[7] = [0.0, 0.0, 1e6]  # one wild spectrum
    teff = 5000 + 100 * hidden[:, 0]
    teff[::3] = np.nan
    embeddings = Embeddings(
        latents, np.arange(n) + 10, columns={"velocity": rng.normal(size=n)}, model="toy"
    )
    names = np.full(n, "", dtype=object)
    spectra = SpectrumColumns(embeddings.ids, names, names, np.full(n, -1))
    labels = [LabelColumn("teff", "K", (), teff)]
    inferred = [PredictionColumn("teff", "net", "K", teff + 1)]
    return make_map(make_space(embeddings, spectra, labels, inferred))


def test_axes_are_latents_components_and_what_is_known(latent_map):
    names = list(list_axes(latent_map.space, latent_map.components))

    assert names[3:] == ["pc1", "pc2", "pc3", "teff", "net:teff", "velocity"]
    assert set(names[:3]) == {"z0", "z1", "z2"}
    assert names[0] == "z0"
    assert latent_map.axis("teff").label == "Effective temperature (K)"
    assert latent_map.axis("net:teff").label == "Effective temperature, inferred by net (K)"
    assert latent_map.axis("velocity").label == "Velocity (km / s)"


def test_the_first_component_is_along_what_differs_most(latent_map):
    first = latent_map.axis("pc1")

    np.testing.assert_allclose(first.weights, [0.8, 0.6, 0.0], atol=0.02)
    assert latent_map.components.shares[0] == pytest.approx(0.9, abs=0.02)
    np.testing.assert_allclose(
        latent_map.space.latents @ first.weights + first.offset, first.values
    )


def test_a_latent_is_its_own_axis(latent_map):
    axis = latent_map.axis("z1")

    np.testing.assert_array_equal(axis.values, latent_map.space.latents[:, 1])
    np.testing.assert_array_equal(axis.weights, [0.0, 1.0, 0.0])


@pytest.mark.parametrize("name", ["z3", "pc0", "pc4", "logg", "z", "", "z1e3", "z٣"])
def test_an_axis_that_is_not_there_is_said(latent_map, name):
    with pytest.raises(DataError, match=r"There are z0 to z2, pc1 to pc3, and teff, net:teff"):
        latent_map.axis(name)


def test_few_spectra_are_shown_one_by_one(latent_map):
    window = (0.0, 1.0, 1.0, 3.0)

    view = latent_map.look("z0", "z1", window)

    z0, z1, _ = latent_map.space.latents.T
    inside = (z0 >= 0) & (z0 < 1) & (z1 >= 1) & (z1 < 3)
    np.testing.assert_array_equal(view.rows, np.flatnonzero(inside))
    np.testing.assert_array_equal(latent_map.rows_within("z0", "z1", window), view.rows)
    assert view.counts is None
    assert view.n_inside == inside.sum()


@pytest.mark.parametrize("statistic", ["median", "mean"])
def test_many_are_shown_as_a_density_with_what_their_label_is(latent_map, statistic):
    view = latent_map.look(
        "z0", "z1", colour="teff", statistic=statistic, bins=(12, 9), most_points=100
    )

    assert view.rows is None
    assert view.counts.shape == view.values.shape == (9, 12)
    assert view.counts.sum() == view.n_inside > 3900
    cells, (z0, z1, _) = view.cells, latent_map.space.latents.T
    row, column = np.unravel_index(view.counts.argmax(), view.counts.shape)
    x = np.linspace(*cells.x_range, 13)[column : column + 2]
    y = np.linspace(*cells.y_range, 10)[row : row + 2]
    here = (z0 >= x[0]) & (z0 < x[1]) & (z1 >= y[0]) & (z1 < y[1])
    inside = latent_map.space.labels["teff"][here]
    expected = getattr(np, f"nan{statistic}")(inside)
    assert view.values[row, column] == pytest.approx(expected, rel=1e-3)
    assert np.isnan(view.values[view.counts == 0]).all()


def test_cells_are_as_fine_as_spectra_are_many(latent_map):
    few = latent_map.look("z0", "z1", most_points=10)

    assert few.counts.shape == (60, 80)
    assert few.counts.sum() == few.n_inside


def test_one_wild_spectrum_does_not_press_the_map_flat(latent_map):
    x_low, x_high, y_low, y_high = latent_map.window("z0", "z2")

    assert y_high - y_low < 0.1
    assert x_high - x_low < 40


def test_a_colour_scale_leaves_out_its_ends(latent_map):
    teff = latent_map.space.labels["teff"]

    assert latent_map.scale("teff") == pytest.approx(np.nanquantile(teff, (0.02, 0.98)))


def test_a_place_on_the_map_is_the_spectrum_that_is_shown_there(latent_map):
    z0, z1, _ = latent_map.space.latents[123]
    window = latent_map.window("z0", "z1")

    assert latent_map.nearest_row("z0", "z1", (z0, z1), window) == 123


def test_impossible_views_are_refused(latent_map):
    with pytest.raises(DataError, match="from a low to a high number"):
        latent_map.look("z0", "z1", (1.0, 0.0, 0.0, 1.0))
    with pytest.raises(DataError, match="statistic must be one of median, mean"):
        latent_map.look("z0", "z1", statistic="mode")


def test_labels_that_nobody_has_still_have_a_scale(latent_map):
    axis = latent_map.axis("teff")
    unknown = type(axis)("x", "x", "", "label", np.full(3, np.nan))

    assert unknown.bounds(0.02) == (0.0, 1.0)
