"""Features of a table's rows follow from its numbers, and from nothing else."""

import numpy as np
import pytest

from starsieve.errors import DataError
from starsieve.transits.table_features import (
    CENTRAL,
    EXTRA,
    FEATURES,
    MEASURED,
    FeatureTable,
    round_digits,
    table_features,
)

EARTH = {
    "period_days": 365.25,
    "duration_hours": 13.1,
    "depth_ppm": 84.0,
    "radius_earth": 1.0,
    "insolation_earth": 1.0,
    "teq_k": 278.3,
    "tmag": 10.0,
    "teff": 5772.0,
    "logg": 4.438,
    "radius": 1.0,
    "distance_pc": 140.0,
}


def features_of(**changes):
    """Return the features of the Earth seen from afar, plain values by name."""
    row = {name: np.array([value]) for name, value in (EARTH | changes).items()}
    table = table_features(row)
    return {
        name: 10**value if FEATURES[name].logarithmic else value
        for name, value in zip(table.names, table.values[0], strict=True)
    }


def test_the_earth_before_the_sun_is_as_expected():
    found = features_of()

    for name in ("duration_ratio", "grazing"):
        assert found[name] == pytest.approx(1.0, abs=0.03), name
    assert found["scaled_axis"] == pytest.approx(215, rel=0.01)
    assert found["star_insolation"] == pytest.approx(1.0, rel=0.02)
    assert found["star_mass"] == pytest.approx(1.0, rel=0.01)
    assert found["radius_from_depth"] == pytest.approx(1.0, rel=0.01)


def test_a_transit_twice_as_long_as_it_should_be_stands_out():
    assert features_of(duration_hours=26.2)["duration_ratio"] == pytest.approx(2.0, abs=0.06)


def test_a_planet_that_does_not_fit_its_depth_stands_out():
    assert features_of(radius_earth=3.0)["grazing"] == pytest.approx(3.0, rel=0.02)


def test_who_wrote_the_row_changes_nothing():
    other = {"insolation_earth": 1.7, "teq_k": 255.0, "radius_earth": 0.7}

    np.testing.assert_equal(features_of(**other), features_of(radius_earth=0.9 * CENTRAL))


def test_a_row_may_state_nothing_of_its_own():
    found = features_of(insolation_earth=np.nan, teq_k=np.nan, radius_earth=np.nan)

    assert [name for name, value in found.items() if np.isnan(value) and name not in EXTRA] == [
        "grazing"
    ]


def test_how_precisely_a_value_is_quoted_changes_nothing():
    columns = {name: np.array([value, value]) for name, value in EARTH.items()}
    columns["period_days"] = np.array([1.43, 1.4303699])
    columns["teff"] = np.array([5600.0, 5601.27])

    first, second = table_features(columns).values

    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, -3.0])
def test_what_can_not_be_is_unknown(value):
    found = features_of(period_days=value)

    assert np.isnan(found["period_days"])
    assert np.isnan(found["duration_ratio"])
    assert found["grazing"] == pytest.approx(1.0, abs=0.03)


def test_absent_columns_are_unknown():
    table = table_features({"depth_ppm": np.array([100.0, 200.0])})

    assert table.values.shape == (2, len(FEATURES))
    assert np.isfinite(table.select(["depth_ppm"]).values).all()
    assert np.isnan(table.select([n for n in MEASURED if n != "depth_ppm"]).values).all()


def test_rounding_keeps_the_digits_that_it_says():
    values = np.array([0.00012345, 1.2345, 12345.0, -1.2345, 0.0, np.nan])

    np.testing.assert_array_equal(
        round_digits(values, 3), [0.000123, 1.23, 12300.0, -1.23, 0.0, np.nan]
    )


def test_no_columns_and_unknown_features_are_refused():
    with pytest.raises(DataError, match="no columns"):
        table_features({})
    with pytest.raises(DataError, match="No feature colour"):
        table_features({"depth_ppm": np.ones(1)}).select(["colour"])
    with pytest.raises(DataError, match="2 features"):
        FeatureTable(("a", "b"), np.ones((3, 1)))
