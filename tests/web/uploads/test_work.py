"""What is found out about an upload."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from starsieve.archive import Archive
from starsieve.data import Spectrum
from starsieve.data.folded import FoldedView
from starsieve.errors import DataError, FileError, UnknownFormatError
from starsieve.web.answers import plain_json
from starsieve.web.uploads.kept import REPORT, as_bands, as_fit, as_spectrum, read_arrays
from starsieve.web.uploads.work import examine
from tests.browser.made_archive import SPECTRA, Whole, draw_brown_dwarf
from tests.readers.made_files import MADE
from tests.transits.made_candidates import make_rows, write_rows

Examined = dict[str, Any]


@pytest.fixture(scope="module")
def stocked(whole: Whole) -> Iterator[Archive]:
    with Archive.open(whole.root) as archive:
        yield archive


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Examined]:
    """Examine a file of the working folder, as an errand does."""
    monkeypatch.chdir(tmp_path)

    def ask(
        file: str, archive: Archive | None = None, most_bytes: int = 10**8, **asked: Any
    ) -> Examined:
        options = {"file": file, "most_bytes": most_bytes, "asked": asked}
        found = examine(options, tmp_path, lambda *_: None, archive)
        return dict(json.loads(json.dumps(plain_json(found))))

    return ask


def write_csv(spectrum: Spectrum, path: Path) -> None:
    sigma = np.zeros(len(spectrum)) if spectrum.sigma is None else spectrum.sigma
    rows = zip(spectrum.wave, spectrum.flux, sigma, strict=True)
    text = "\n".join(f"{wave:.9g},{flux:.9g},{error:.9g}" for wave, flux, error in rows)
    path.write_text(f"wave [um],flux [erg/s/cm2/um],sigma\n{text}\n")


@pytest.fixture
def sent(tmp_path: Path) -> str:
    write_csv(draw_brown_dwarf(), tmp_path / "sent.csv")
    return "sent.csv"


def test_a_brown_dwarf_gets_parameters_neighbours_and_a_report(
    ask: Callable[..., Examined], sent: str, stocked: Archive, tmp_path: Path
) -> None:
    found = ask(sent, stocked)

    teff = found["parameters"]["parameters"]["teff"]
    assert found["kind"] == "spectrum"
    assert found["parameters"]["model"] == "ultracool-spex"
    assert 900 < teff["q16"] < teff["median"] < teff["q84"] < 2400
    assert found["similar"]["collection"] == SPECTRA
    assert found["similar"]["by"] == "both"
    assert len(found["similar"]["neighbours"]) == 8
    assert found["latents"]["model"]
    assert found["reading"]["assumed"]
    pages = [(tmp_path / REPORT / each["path"]).read_text() for each in found["files"]]
    assert len(pages) == 2
    assert all("<script" not in page and str(tmp_path) not in page for page in pages)
    assert "What drives the parameters" in pages[0]


def test_arrays_are_kept_for_the_figures(
    ask: Callable[..., Examined], sent: str, stocked: Archive, tmp_path: Path
) -> None:
    found = ask(sent, stocked, k=2)

    kept = read_arrays(tmp_path)
    fit = as_fit(kept)
    assert fit is not None
    assert len(as_spectrum(kept)) == found["reading"]["n_pixels"]
    assert len(fit.wave) == len(fit.model_flux)
    assert kept["draws"].shape == (1000, 3)


def test_where_the_posterior_predicts_it_is_kept_as_well(
    ask: Callable[..., Examined], sent: str, tmp_path: Path
) -> None:
    found = ask(sent, model="diamondback-spex")

    kept = read_arrays(tmp_path)
    fit, bands = as_fit(kept), as_bands(kept)
    assert fit is not None
    assert bands is not None
    assert (bands.q16 < bands.q84)[fit.valid].all()
    assert found["parameters"]["predictive"]["n_draws"] == 200


def test_a_copy_of_what_the_archive_has_is_no_neighbour(
    ask: Callable[..., Examined], stocked: Archive, whole: Whole, tmp_path: Path
) -> None:
    number = whole.spectra[3]
    write_csv(stocked.spectra.read([number])[0], tmp_path / "copy.csv")

    found = ask("copy.csv", stocked)

    assert found["copies"] == [number]
    assert number not in [each["id"] for each in found["similar"]["neighbours"]]
    assert len(found["similar"]["neighbours"]) == 8


def test_without_an_archive_there_are_parameters_alone(
    ask: Callable[..., Examined], sent: str
) -> None:
    found = ask(sent)

    assert found["parameters"]["parameters"]["teff"]["median"] > 0
    assert found["similar"] is None
    assert found["similar_note"] == "There is no archive to look in."


def test_a_model_that_does_not_fit_is_told_with_what_it_knows(
    ask: Callable[..., Examined], stocked: Archive, tmp_path: Path
) -> None:
    blue = Spectrum(np.linspace(0.3, 0.45, 500), np.linspace(1, 2, 500), np.full(500, 0.1))
    write_csv(blue, tmp_path / "blue.csv")

    found = ask("blue.csv", stocked)

    assert found["parameters"] is None
    assert "diamondback-spex knows 0.654 to 2.56 um" in found["parameters_note"]
    assert "No collection has much of this spectrum's wavelengths" in found["similar_note"]


def test_likeness_by_a_part_is_said(
    ask: Callable[..., Examined], stocked: Archive, tmp_path: Path
) -> None:
    wide = np.geomspace(1.0, 20.0, 3000)
    write_csv(Spectrum(wide, 1 / wide, np.full(3000, 0.01)), tmp_path / "wide.csv")

    found = ask("wide.csv", stocked, by="spectrum")

    assert any("of this spectrum: the rest of it may differ" in each for each in found["warnings"])


def test_what_is_unlike_everything_is_warned_of(
    ask: Callable[..., Examined], stocked: Archive, tmp_path: Path
) -> None:
    odd = draw_brown_dwarf()
    ripples = 1 + 0.9 * np.sin(60 * odd.wave)
    write_csv(Spectrum(odd.wave, odd.flux * ripples, odd.sigma), tmp_path / "odd.csv")

    found = ask("odd.csv", stocked)

    assert not found["parameters"]["in_distribution"]
    assert found["unusual"]["misfit"] > 5
    assert any("can't draw this spectrum" in each for each in found["warnings"])


def test_hints_are_taken(ask: Callable[..., Examined], stocked: Archive, tmp_path: Path) -> None:
    spectrum = draw_brown_dwarf()
    rows = zip(1e3 * spectrum.wave, 1e20 * spectrum.flux, strict=True)
    (tmp_path / "bare.txt").write_text("\n".join(f"{w:.6f} {f:.6g}" for w, f in rows))

    found = ask("bare.txt", stocked, wave_unit="nm", medium="air", resolution=120.0)

    assert found["reading"]["wave_max_um"] == pytest.approx(spectrum.wave[-1], rel=1e-3)
    assert found["reading"]["medium_in_file"] == "air"
    assert found["parameters"]["model"] == "ultracool-spex"


@pytest.mark.parametrize("number", [1, 2])
def test_one_of_several_spectra_is_chosen(
    ask: Callable[..., Examined], tmp_path: Path, number: int
) -> None:
    MADE["iraf-multispec"](tmp_path).rename(tmp_path / "orders.fits")

    found = ask("orders.fits", number=number)

    assert found["number"] == number
    assert len(found["contents"]) > 1
    chosen = found["contents"][number - 1]
    assert as_spectrum(read_arrays(tmp_path)).wave[0] == pytest.approx(chosen["wave_min_um"])
    with pytest.raises(DataError, match=r"there is no number 99\."):
        ask("orders.fits", number=99)


def test_a_light_curve_is_searched_and_judged(ask: Callable[..., Examined], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    time = np.arange(0, 27, 1 / 72)
    phase = (time - 1.2 + 1.55) % 3.1 - 1.55
    flux = 1 - 0.01 * (np.abs(phase) < 0.06) + rng.normal(0, 5e-4, len(time))
    write_light_curve(time + 1500, flux, tmp_path / "curve.fits")

    found = ask("curve.fits")

    (first, *_) = found["vetting"]["candidates"]
    assert found["kind"] == "light curve"
    assert first["period_days"] == pytest.approx(3.1, rel=1e-3)
    assert 0 <= first["planet_probability"] <= 1
    assert {Path(each["path"]).suffix for each in found["files"]} >= {".html", ".csv"}
    kept = read_arrays(tmp_path)
    assert len(kept["time"]) == len(time)
    assert np.median(kept["flux"]) == pytest.approx(1.0)
    assert FoldedView.from_arrays(kept, "signal1.transit") is not None


def write_light_curve(time: np.ndarray, flux: np.ndarray, path: Path) -> None:
    """Write a file as TESS's pipeline does."""
    columns = [
        fits.Column("TIME", "D", unit="BJD - 2457000, days", array=time),
        fits.Column("PDCSAP_FLUX", "E", unit="e-/s", array=1000 * flux),
        fits.Column("PDCSAP_FLUX_ERR", "E", unit="e-/s", array=np.full(len(time), 0.5)),
        fits.Column("QUALITY", "J", array=np.zeros(len(time), np.int32)),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="LIGHTCURVE")
    table.header.update({"BJDREFI": 2457000, "BJDREFF": 0.0, "TIMEDEL": 1 / 72})
    primary = fits.PrimaryHDU()
    primary.header.update({"TELESCOP": "TESS", "TICID": 42, "SECTOR": 1, "OBJECT": "TIC 42"})
    fits.HDUList([primary, table]).writeto(path)


def test_a_catalogue_is_named(ask: Callable[..., Examined], tmp_path: Path) -> None:
    write_rows(tmp_path / "toi.csv", make_rows(12))

    found = ask("toi.csv")

    assert found["kind"] == "catalogue"
    assert found["catalogue"]["n_rows"] == 12


def test_a_grid_of_models_is_named(ask: Callable[..., Examined], tmp_path: Path) -> None:
    MADE["model-grid"](tmp_path).rename(tmp_path / "grid.h5")

    found = ask("grid.h5")

    assert found["kind"] == "model grid"
    assert found["grid"]["n_spectra"] > 1


def test_what_unpacks_to_too_much_is_refused(ask: Callable[..., Examined], sent: str) -> None:
    with pytest.raises(FileError, match="more than 1,000 bytes"):
        ask(sent, most_bytes=1000)


def test_what_nobody_knows_is_refused_by_its_own_name(
    ask: Callable[..., Examined], tmp_path: Path
) -> None:
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 10)

    with pytest.raises(UnknownFormatError, match=r"^noise\.bin: this file is of no layout") as told:
        ask("noise.bin")
    assert str(tmp_path) not in str(told.value)
