"""``starsieve plot``: one figure, for print or for a browser."""

from dataclasses import replace

import numpy as np
import pytest
from astropy import units as u

from starsieve.atmospheres import physical, radius_map
from starsieve.data.synthetic import model_grid, observe
from tests.atmospheres.grids.made_grids import make_grid
from tests.cli.conftest import write_table as write_spectrum_table
from tests.cli.test_evaluate_grid import write_table


@pytest.fixture
def grid(tmp_path):
    return write_table(tmp_path / "grid.csv.bz2", make_grid())


def test_spectra_along_a_label_are_drawn_and_said_where(terminal, grid):
    words = ("plot", "spectra", grid, "--by", "metallicity", "--at", "teff=1400")

    outcome = terminal(*words, "--out", "new/by-mh.pdf")

    assert outcome.code == 0
    assert outcome.out == ""
    assert "figure: new/by-mh.pdf" in outcome.err
    assert (terminal.folder / "new" / "by-mh.pdf").read_bytes().startswith(b"%PDF")
    assert not (terminal.folder / "starsieve-archive").exists()


def test_a_page_to_look_into_needs_nothing_else(terminal, grid):
    outcome = terminal(
        "plot", "spectra", grid, "--by", "teff", "--out", "a.html", "--theme", "dark"
    )

    text = (terminal.folder / "a.html").read_text(encoding="utf-8")
    assert outcome.code == 0
    assert "<script src" not in text
    assert "grid.csv.bz2" in text


@pytest.mark.parametrize(
    ("of", "suffix"),
    [("flux", "html"), ("labels", "svg"), ("labels", "html"), ("histograms", "html")],
)
def test_features_are_drawn_in_every_form(terminal, grid, of, suffix):
    words = ("--of", of, "--scaling", "minmax-column", "--out", f"features.{suffix}")

    outcome = terminal("plot", "features", grid, *words)

    assert outcome.code == 0
    assert (terminal.folder / f"features.{suffix}").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--by", "teff", "--out", "a.gif"), 2, "expected a name that ends in .pdf"),
        (("--by", "teff", "--at", "logg", "--out", "a.png"), 2, "expected LABEL=VALUE"),
        (("--by", "fsed", "--out", "a.png"), 1, "no label 'fsed'. It has: "),
        (("--by", "teff", "--at", "logg=9", "--out", "a.png"), 1, "no logg 9. It has: 4, 5"),
    ],
)
def test_what_can_not_be_drawn_is_said_in_one_line(terminal, grid, words, code, said):
    outcome = terminal("plot", "spectra", grid, *words)

    assert outcome.code == code
    [message] = outcome.messages
    assert said in message
    assert not list(terminal.folder.iterdir())


@pytest.mark.parametrize("name", ["losses.svg", "losses.html"])
def test_the_losses_of_a_model_that_ships_are_drawn(terminal, name):
    outcome = terminal("plot", "losses", "diamondback-spex", "--out", name)

    assert outcome.code == 0
    text = (terminal.folder / name).read_text(encoding="utf-8")
    assert "validation" in text or name.endswith("svg")


def test_a_model_without_a_history_is_said_to_have_none(terminal):
    outcome = terminal("plot", "losses", "toi-ranker", "--out", "losses.png")

    assert outcome.code == 1
    assert "nobody wrote down how it was trained" in outcome.err


@pytest.mark.parametrize(
    ("kind", "suffix"), [("predicted", "png"), ("predicted", "html"), ("corner", "html")]
)
def test_what_was_inferred_is_drawn(terminal, spectrum_file, kind, suffix):
    name = f"{kind}.{suffix}"

    outcome = terminal(
        "plot", "inferred", spectrum_file, "--kind", kind, "--draws", "50", "--out", name
    )

    assert outcome.code == 0
    assert (terminal.folder / name).stat().st_size > 10_000


@pytest.fixture
def at_eleven_parsec(tmp_path, shipped, monkeypatch):
    """A file with a toy dwarf of 1 Jupiter radius."""
    # Toy spectra hold less than any real one of what a surface of their temperature shines.
    monkeypatch.setattr(physical, "SURFACE", (0.01, 1.1))
    for name in ("N_VALUES", "N_OFFSETS"):  # a coarse map is as well a map
        monkeypatch.setattr(radius_map, name, 5)
    [spectrum] = model_grid(teff=[1500], logg=[4.8], mh=[0.1], fsed=[2.5])
    seen = observe(spectrum, snr=50, seed=0)
    scale = float((1 * u.R_jup / (11 * u.pc)).to_value("")) ** 2
    scale *= float(np.median(spectrum.flux) / np.median(seen.flux))
    changed = replace(seen, flux=scale * seen.flux, sigma=scale * seen.sigma)
    return write_spectrum_table(tmp_path / "dwarf.csv", changed)


@pytest.mark.parametrize(("by", "suffix"), [("gravity", "html")])
def test_chi_square_over_a_parameter_and_the_radius_is_drawn(
    terminal, at_eleven_parsec, by, suffix
):
    words = ("--kind", "radius-map", "--by", by, "--distance", "11+-0.1", "--draws", "50")

    outcome = terminal("plot", "inferred", at_eleven_parsec, *words, "--out", f"map.{suffix}")

    assert outcome.code == 0
    assert (terminal.folder / f"map.{suffix}").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--kind", "radius-map"), 2, "needs --distance PC or --parallax MAS"),
        (("--kind", "corner", "--parallax", "90"), 2, "are for --kind radius-map"),
        (("--kind", "radius-map", "--distance", "far"), 2, "expected a number of pc"),
        (
            ("--kind", "radius-map", "--distance", "11", "--by", "c_to_o"),
            1,
            "The label must be one of teff, logg, mh, fsed, got 'c_to_o'",
        ),
    ],
)
def test_a_radius_map_that_can_not_be_drawn_is_said(terminal, at_eleven_parsec, words, code, said):
    outcome = terminal("plot", "inferred", at_eleven_parsec, *words, "--out", "map.png")

    assert outcome.code == code
    assert said in " ".join(outcome.err.split())
    assert not (terminal.folder / "map.png").exists()


def test_a_file_that_can_not_be_used_is_said(terminal, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("no spectrum\n")

    outcome = terminal("plot", "inferred", bad, "--out", "a.png")

    assert outcome.code == 1
    assert "bad.csv: " in outcome.err


def test_models_are_brought_to_the_grid_of_an_instrument(terminal, grid):
    outcome = terminal("ingest", grid, "--collection", "g", "--onto", "0.9:2.3:20", "--json")
    wrong = terminal("ingest", grid, "--collection", "g", "--onto", "2.3:0.9:20")

    assert outcome.records[-1]["kept"] == 1
    assert wrong.code == 2
    assert "expected LOW:HIGH:R" in wrong.err
    drawn = terminal("plot", "spectra", "g", "--by", "teff", "--out", "g.png", "--archive",
                     terminal.folder / "starsieve-archive")  # fmt: skip
    assert drawn.code == 0
    assert np.any(np.frombuffer((terminal.folder / "g.png").read_bytes(), dtype=np.uint8))
