"""Points in the cells of a plane."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starsieve.errors import DataError
from starsieve.stats.cells import (
    Cells,
    count_in_cells,
    mean_in_cells,
    median_in_cells,
    order_of,
    place_in_cells,
)


def make_points(seed, n=3000):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, n))
    values = rng.normal(size=n)
    x[rng.uniform(size=n) < 0.02] = np.nan
    values[rng.uniform(size=n) < 0.2] = np.nan
    values[:5] = np.inf
    return x, y, values


@given(st.integers(0, 1000), st.integers(1, 40), st.integers(1, 30))
def test_cells_hold_what_a_loop_puts_into_them(seed, n_x, n_y):
    x, y, values = make_points(seed, 500)
    cells = Cells((-1.0, 1.5), (-2.0, 0.5), n_x, n_y)

    places = place_in_cells(x, y, cells)

    counts, means, medians = (np.full((n_y, n_x), np.nan) for _ in range(3))
    for row in range(n_y):
        for column in range(n_x):
            here = places == row * n_x + column
            inside = values[here & np.isfinite(values)]
            counts[row, column] = here.sum()
            if len(inside):
                means[row, column] = inside.mean()
                medians[row, column] = np.median(inside)
    np.testing.assert_array_equal(count_in_cells(places, cells), counts)
    np.testing.assert_allclose(mean_in_cells(values, places, cells), means)
    np.testing.assert_allclose(median_in_cells(values, places, cells), medians)


def test_every_point_of_the_window_is_in_the_cell_around_it():
    x, y, _ = make_points(1)
    cells = Cells((-1.0, 1.0), (-1.0, 1.0), 7, 5)

    places = place_in_cells(x, y, cells)

    inside = (x >= -1) & (x < 1) & (y >= -1) & (y < 1)
    np.testing.assert_array_equal(places < len(cells), inside)
    row, column = np.divmod(places[inside], 7)
    assert np.all(np.abs(x[inside] - (-1 + 2 / 7 * (column + 0.5))) <= 1 / 7 + 1e-12)
    assert np.all(np.abs(y[inside] - (-1 + 2 / 5 * (row + 0.5))) <= 1 / 5 + 1e-12)


def test_an_order_that_is_kept_changes_nothing():
    x, y, values = make_points(2)
    cells = Cells((-3.0, 3.0), (-3.0, 3.0), 20, 20)
    places = place_in_cells(x, y, cells)

    kept = median_in_cells(values, places, cells, order_of(values))

    np.testing.assert_array_equal(kept, median_in_cells(values, places, cells))


def test_nothing_known_is_said():
    cells = Cells((0.0, 1.0), (0.0, 1.0), 2, 3)
    places, unknown = np.zeros(4, np.int32), np.full(4, np.nan)

    assert np.isnan(median_in_cells(unknown, places, cells)).all()
    assert np.isnan(mean_in_cells(unknown, places, cells)).all()


@pytest.mark.parametrize(
    ("window", "message"),
    [
        (((1.0, 1.0), (0.0, 1.0), 2, 2), "from a low to a high number"),
        (((0.0, np.inf), (0.0, 1.0), 2, 2), "from a low to a high number"),
        (((0.0, 1.0), (0.0, 1.0), 0, 2), "1 to 65535 cells"),
        (((0.0, 1.0), (0.0, 1.0), 400, 400), "1 to 65535 cells"),
    ],
)
def test_impossible_windows_are_refused(window, message):
    with pytest.raises(DataError, match=message):
        Cells(*window)
