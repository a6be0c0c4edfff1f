"""Figures come out for whatever data there are, show what they should, and leave no trace."""

import subprocess
import sys
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest

from starsieve.atmospheres.predictive import find_predictive
from starsieve.data import Spectrum
from starsieve.errors import DataError, FileError
from starsieve.plots import (
    inline_svg,
    plot_corner,
    plot_coverage,
    plot_fit,
    plot_predicted_against_true,
    plot_ranks,
    save_figure,
)
from starsieve.plots.files import draw
from tests.atmospheres.made_inferences import CENTRES, NAMES, RANGES, WIDTHS, make_fit
from tests.atmospheres.made_inferences import make_spectrum as make


def words_of(figure):
    return [text.get_text() for text in figure.findobj(mpl.text.Text)]


def line(axes, label):
    return next(each for each in axes.get_lines() if each.get_label() == label)


def test_the_fit_is_drawn_over_the_spectrum_with_residuals_in_sigma():
    spectrum = make()
    fit = make_fit(spectrum)

    main, lower = plot_fit(spectrum, fit, title="Object 1").axes

    observed = line(main, "observed").get_ydata()
    np.testing.assert_allclose(observed, spectrum.flux / 1e-12)
    model = line(main, "best-fitting model").get_ydata()
    assert np.isnan(model[~fit.valid]).all()
    np.testing.assert_allclose(model[fit.valid], (fit.model_flux / 1e-12)[fit.valid])
    residual = lower.get_lines()[-1].get_ydata()
    assert np.nanstd(residual) == pytest.approx(1.0, abs=0.15)
    assert "erg" in main.get_ylabel()
    assert "µm" in lower.get_xlabel()


def test_bands_are_those_of_predicted_spectra_in_the_unit_of_the_figure():
    spectrum = make()
    fit = make_fit(spectrum)
    models = 2 * fit.model_flux * np.linspace(0.8, 1.2, 101)[:, None]
    bands = find_predictive(models, fit.flux, fit.sigma, fit.valid)

    main = plot_fit(spectrum, fit, bands=bands).axes[0]

    [band] = [each for each in main.collections if each.get_label() == "68, 95 % predicted"]
    heights = band.get_paths()[0].vertices[:, 1] * 1e-12
    assert heights.max() == pytest.approx(bands.q84.max(), rel=1e-6)


def test_pixels_that_are_not_valid_are_gaps():
    observed = line(plot_fit(make()).axes[0], "observed").get_ydata()

    assert np.isnan(observed[40:43]).all()
    assert np.isfinite(np.delete(observed, [40, 41, 42])).all()


@pytest.mark.parametrize("unit", ["W / (um m2)", "Jy", "erg / (Angstrom s cm2)"])
def test_the_model_is_brought_to_the_unit_of_the_spectrum(unit):
    fit = make_fit(make())
    in_unit = {"W / (um m2)": 1e-3, "erg / (Angstrom s cm2)": 1e-4}.get(unit)
    in_unit = in_unit or fit.wave**2 / 2.99792458e14 * 1e23  # F_nu = F_lambda lambda^2 / c
    spectrum = replace(make(), flux=make().flux * in_unit, sigma=None, flux_unit=unit)

    main = plot_fit(spectrum, fit).axes[0]

    observed, model = (
        line(main, label).get_ydata() for label in ("observed", "best-fitting model")
    )
    difference = np.abs(observed - model)[fit.valid]
    assert np.nanmedian(difference) < 0.03 * np.nanmax(observed)


def test_a_normalised_spectrum_keeps_the_scale_of_its_fit():
    spectrum = make(flux_unit="")

    main = plot_fit(spectrum, make_fit(spectrum)).axes[0]

    assert np.nanmax(line(main, "best-fitting model").get_ydata()) == pytest.approx(1.0, abs=0.01)
    assert "normalised" in main.get_ylabel()


@pytest.mark.parametrize(
    "flux",
    [np.full(50, np.nan), np.zeros(50), np.full(50, -3.0), np.r_[np.full(49, 1.0), 1e30]],
    ids=["all NaN", "all zero", "negative", "one wild pixel"],
)
@pytest.mark.parametrize("unit", ["", "furlong", "no unit at all", "$x$"])
def test_odd_spectra_can_be_drawn(flux, unit):
    spectrum = Spectrum(np.linspace(1.0, 2.0, 50), flux, np.full(50, 0.1), flux_unit=unit)

    assert draw(plot_fit(spectrum, title=r"$\frac{broken"), "svg")


def test_a_spectrum_of_hundreds_of_thousands_of_pixels_stays_a_small_file():
    wave = np.linspace(0.8, 2.5, 200_000)
    spectrum = Spectrum(wave, np.sin(wave * 9e4), np.full(200_000, 0.1))

    figure = plot_fit(spectrum)

    assert "observed (means of 50 pixels)" in words_of(figure)
    assert len(draw(figure, "svg")) < 500_000


def test_a_fit_without_a_valid_pixel_can_be_drawn():
    fit = make_fit(make())

    assert draw(plot_fit(make(), replace(fit, valid=np.zeros(300, bool))), "svg")


def corner_draws(n=1000):
    return CENTRES + WIDTHS * np.random.default_rng(0).normal(size=(n, 4))


def test_a_corner_plot_has_a_panel_for_each_pair_and_names_each_label():
    figure = plot_corner(
        corner_draws(), NAMES, ranges=RANGES, best=dict(zip(NAMES, CENTRES, strict=True))
    )

    assert len(figure.axes) == 10
    words = " ".join(words_of(figure))
    for symbol in (r"$T_{\rm eff}$", r"$\log g$", "[M/H]", r"$f_{\rm sed}$"):
        assert symbol in words


def test_the_corner_plot_ends_at_the_edge_of_the_grid():
    draws = corner_draws()
    draws[:, 0] = 900 + np.abs(draws[:, 0] - 1300)

    figure = plot_corner(draws, NAMES, ranges=RANGES, limits={"teff": "< 980 K"})

    low, _ = figure.axes[0].get_xlim()
    assert 890 < low < 900
    assert any(word.endswith("< 980 K") for word in words_of(figure))


@pytest.mark.parametrize(
    "draws",
    [np.ones((1, 2)), np.ones((500, 2)), np.repeat([[0.0, 1.0], [1.0, 1.0]], 50, axis=0)],
    ids=["one draw", "all the same", "one label fixed"],
)
def test_odd_posteriors_can_be_drawn(draws):
    assert draw(plot_corner(draws, ("teff", "my label")), "svg")


def predictions(n=300):
    rng = np.random.default_rng(0)
    truth = {name: rng.normal(size=n) for name in NAMES}
    draws = {name: values + rng.normal(size=(200, n)) for name, values in truth.items()}
    return draws, truth


def test_calibration_has_a_line_or_a_panel_for_each_label():
    draws, truth = predictions()

    words = " ".join(words_of(plot_coverage(draws, truth)))
    ranks = plot_ranks(draws, truth)

    assert words.count("points on average") == 4
    assert len(ranks.axes) == 4
    assert all("p = " in axes.get_title("left") for axes in ranks.axes)


def test_predicted_against_true_says_how_good_it_is():
    draws, truth = predictions()
    predicted = {name: np.median(each, axis=0) for name, each in draws.items()}

    figure = plot_predicted_against_true(predicted, truth)

    assert len(figure.axes) == 8
    assert all("MAE" in axes.get_title("left") for axes in figure.axes[:4])


@pytest.mark.parametrize("n", [1, 2])
def test_few_spectra_can_be_evaluated(n):
    draws, truth = predictions(n)
    predicted = {name: each[0] for name, each in draws.items()}

    for figure in (
        plot_coverage(draws, truth),
        plot_ranks(draws, truth),
        plot_predicted_against_true(predicted, truth),
    ):
        assert draw(figure, "svg")


@pytest.mark.parametrize("suffix", ["pdf", "png", "svg"])
def test_figures_are_written_by_suffix_and_always_the_same(suffix, tmp_path):
    one = save_figure(plot_fit(make()), tmp_path / "new" / f"one.{suffix}")
    two = save_figure(plot_fit(make()), tmp_path / "new" / f"two.{suffix.upper()}")

    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes()[:4] in (b"%PDF", b"\x89PNG", b"<?xm")
    assert len(list((tmp_path / "new").iterdir())) == 2


def test_an_unknown_suffix_is_refused(tmp_path):
    with pytest.raises(DataError, match="pdf, png, svg; got the suffix 'jpg'"):
        save_figure(plot_fit(make()), tmp_path / "figure.jpg")


def test_a_place_that_is_no_folder_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(FileError, match=r"Can't write .*figure.png") as refused:
        save_figure(plot_fit(make()), tmp_path / "file" / "figure.png")
    assert "\n" not in str(refused.value)


def test_two_figures_on_one_page_do_not_share_ids():
    one, two = (inline_svg(plot_fit(make()), name) for name in ("one", "two"))

    assert one.startswith("<svg")
    assert 'id="one-' in one
    assert one.replace("one-", "two-") == two


def test_figures_ignore_the_users_style_and_leave_it_alone():
    plain = draw(plot_fit(make()), "svg")
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 40}):
        before = dict(mpl.rcParams)
        styled = draw(plot_fit(make()), "svg")
        after = dict(mpl.rcParams)

    assert styled == plain
    assert after == before


def test_figures_need_no_pyplot():
    code = "import sys, starsieve.plots; print('matplotlib.pyplot' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "False"
