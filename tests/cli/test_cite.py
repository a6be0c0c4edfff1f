"""``starsieve cite`` for the models that ship."""

from tests.cli.terminal import Terminal


def test_what_to_cite_for_a_ranking_names_its_catalogue(terminal: Terminal) -> None:
    keys = {record["key"] for record in terminal("cite", "toi-ranker", "--json").records}

    assert {"guerrero2021", "stassun2019", "starsieve"} <= keys
    assert "morley2024" not in keys


def test_what_to_cite_for_a_spectrum_names_the_grid(terminal: Terminal) -> None:
    keys = {record["key"] for record in terminal("cite", "--json").records}

    assert {"morley2024", "burgasser2017", "starsieve"} <= keys
    assert "kovacs2002" not in keys


def test_what_to_cite_for_a_representation_names_its_spectra(terminal: Terminal) -> None:
    keys = {record["key"] for record in terminal("cite", "miles-optical", "--json").records}

    assert {"sedaghat2021", "sanchezblazquez2006", "starsieve"} <= keys
    assert "burgasser2017" not in keys
