"""The page about a grid says what was found."""

from dataclasses import replace

import numpy as np

from starsieve.atmospheres.grids import check_grid
from starsieve.atmospheres.grids.report import write_grid_report
from tests.atmospheres.grids.made_grids import make_grid, make_planted


def test_the_page_names_findings_groups_and_figures(tmp_path):
    page = write_grid_report(check_grid(make_planted(), name="<planted>"), tmp_path / "out")

    html = page.read_text()
    assert page.name == "grid.html"
    assert "[M/H] 0.3, 0.5, 0.7 share one spectrum" in html
    assert "C/O 0.25, 0.5 (at Teff 800, log g 4)" in html
    assert html.count("<svg") == 4
    assert "At S/N 50, no spectra but copies." in html
    assert "&lt;planted&gt;" in html
    assert "<planted>" not in html


def test_the_page_of_a_sound_grid_says_so(tmp_path):
    html = write_grid_report(check_grid(make_grid()), tmp_path).read_text()

    assert "Nothing was found that stands against training on it." in html
    assert "No spectra are identical under different labels." in html


def test_a_grid_of_one_label_and_no_unit_has_a_page(tmp_path):
    spectra = make_grid(logg=(5.0,), mh=(0.0,), c_to_o=(1.0,))
    spectra = replace(spectra, flux_unit="", labels={"teff": spectra.labels["teff"]})

    html = write_grid_report(check_grid(spectra), tmp_path).read_text()

    assert "not checked, for the flux unit" in html
    assert html.count("<svg") == 2


def test_a_grid_without_a_label_that_varies_has_a_page(tmp_path):
    spectra = make_grid(logg=(5.0,), mh=(0.0,), c_to_o=(1.0,), teff=(1000.0,))

    html = write_grid_report(check_grid(spectra), tmp_path).read_text()

    assert "No label varies." in html
    assert np.all(spectra.flux > 0)
