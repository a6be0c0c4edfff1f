"""The file that ExoFOP takes."""

from datetime import date

import pytest

from starsieve.errors import DataError
from starsieve.transits.exofop import COLUMNS, file_name, write_file, write_line


def test_a_candidate_is_one_line_with_every_column():
    values = {"period": 3.25, "period_unc": 1e-4, "epoch": 1325.5, "depth": 4300.0}

    line = write_line("TIC52368076.01", values, notes="deep | flat-bottomed")

    cells = dict(zip(COLUMNS, line.split("|"), strict=True))
    assert cells["target"] == "TIC52368076.01"
    assert cells["period"] == "3.2500000"
    assert cells["period_unc"] == "0.0001000"
    assert cells["epoch"] == "2458325.500000"
    assert cells["mass"] == ""
    assert cells["notes"] == "deep / flat-bottomed"


def test_the_file_starts_with_its_columns_and_has_the_name_that_is_wanted():
    text = write_file([write_line("TIC1.01", {})])

    assert text.splitlines()[0] == "# " + "|".join(COLUMNS)
    assert len(text.splitlines()) == 2
    assert file_name(date(2026, 11, 20), 7) == "params_planet_20261120_007.txt"


@pytest.mark.parametrize(
    ("values", "options"),
    [({"colour": 1.0}, {}), ({}, {"flag": "new"}), ({}, {"disposition": "X"})],
)
def test_what_exofop_does_not_know_is_refused(values, options):
    with pytest.raises(DataError, match="ExoFOP knows no"):
        write_line("TIC1.01", values, **options)
