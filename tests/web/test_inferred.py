"""What pages tell of a model's answer."""

from starsieve.web.inferred import drivers, grids_table, tell_prediction
from starsieve.web.tables import Column, to_csv

GRIDS = {
    "thin": {"weight": 0.04, "misfit": 0.31, "parameters": {"teff": 1290.0, "fsed": 2.0}},
    "thick": {"weight": 0.96, "misfit": 0.07, "parameters": {"teff": 1310.4, "logg": 4.81}},
}


def test_grids_stand_by_their_weight_with_all_that_any_of_them_varies() -> None:
    table = grids_table({"grids": GRIDS})

    assert table is not None
    assert [row["grid"] for row in table.rows] == ["thick", "thin"]
    headings = [column.heading for column in table.columns]
    assert headings == ["grid", "weight", "misfit (%)", "teff (K)", "fsed", "logg (dex)"]
    shown = [column.show(table.rows[1].get(column.name)) for column in table.columns]
    assert [text.strip() for text in shown] == ["thin", "4%", "31.0", "1290", "2.00", ""]
    assert to_csv(table).splitlines()[1].startswith(b"thick,0.96,7.0")


def test_a_model_of_one_grid_has_no_table_of_them() -> None:
    assert grids_table({"parameters": {}}) is None


def test_a_share_is_shown_as_a_percentage_that_stands_in_line() -> None:
    column = Column("weight", share=True)

    assert column.show(1.0) == "100%"
    assert column.show(0.04) == "\u2007\u20074%"
    assert column.show(None) == ""


def test_bands_of_a_prediction_are_told_in_words() -> None:
    predicted = {"n_draws": 200, "p_value": 0.0312}

    assert tell_prediction({"predictive": predicted}) == (
        "68 and 95 % of 200 spectra at draws from the posterior, without noise; "
        "posterior predictive p-value 0.031"
    )
    assert tell_prediction({}) == tell_prediction(None) == ""


def test_drivers_are_the_strongest_bands_in_words() -> None:
    told = {
        "bands_um": [[1.0, 1.1], [1.1, 1.2]],
        "parameters": {
            "teff": {"influence": [0.1, 0.5], "drivers_um": [[1.1, 1.2]]},
            "logg": {"influence": [0.0, None], "drivers_um": []},
        },
    }

    assert drivers({"explanation": told}) == {
        "teff": "1.10 to 1.20 µm (0.50 σ)",
        "logg": "no single band",
    }
    assert drivers(None) == {}
