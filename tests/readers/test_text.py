import bz2
import lzma

import numpy as np
import pytest

from starsieve.errors import DataError, StarsieveError, UnknownFormatError
from starsieve.readers import Hints, read
from tests.readers.made_files import FLUX, SIGMA, WAVE


def write(folder, text, name="star.txt", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def rows(*columns, delimiter=" "):
    return "".join(
        delimiter.join(f"{v:.9g}" for v in row) + "\n" for row in zip(*columns, strict=True)
    )


@pytest.mark.parametrize("delimiter", [" ", "   ", ",", ", ", ";", "\t", "|", " | "])
@pytest.mark.parametrize("heading", ["", "wave{d}flux{d}err\n", "# wave{d}flux{d}err\n"])
def test_every_delimiter_is_found_out(tmp_path, delimiter, heading):
    text = heading.format(d=delimiter) + rows(WAVE, FLUX, SIGMA, delimiter=delimiter)

    spectrum = read(write(tmp_path, text)).spectrum

    np.testing.assert_allclose(spectrum.wave, WAVE, rtol=1e-8)
    np.testing.assert_allclose(spectrum.flux, FLUX, rtol=1e-8)
    np.testing.assert_allclose(spectrum.sigma, SIGMA, rtol=1e-8)


@pytest.mark.parametrize("sign", ["#", "!", ";", "%", "# #"])
def test_comments_are_kept_apart(tmp_path, sign):
    text = f"{sign} Observed by A. N. Other, 2 nights\n" + rows(WAVE, FLUX)

    spectrum = read(write(tmp_path, text)).spectrum

    assert len(spectrum) == len(WAVE)
    assert spectrum.meta["comments"] == ["Observed by A. N. Other, 2 nights"]


@pytest.mark.parametrize(
    ("heading", "factor", "flux_unit"),
    [
        ("# Wavelength [microns]  |  Flux [W/m2/micron]", 1.0, "W / (um m2)"),
        ("# Wavelength (Angstrom), Flux (erg/s/cm^2/A)", 1e-4, "erg / (Angstrom s cm2)"),
        ("wave_um flux_Jy", 1.0, "Jy"),
        ("lambda(A) f_lambda", 1e-4, ""),
        ("wl_nm  flux", 1e-3, ""),
        ("Wavelength(nm) Flux(mJy)", 1e-3, "mJy"),
        ("wavelength_micron flux_mJy", 1.0, "mJy"),
        ("WAVELENGTH FLUX", 1.0, ""),
        ("micron counts", 1.0, ""),
    ],
)
def test_units_come_from_the_heading(tmp_path, heading, factor, flux_unit):
    text = f"{heading}\n" + rows(WAVE / factor, FLUX)

    spectrum = read(write(tmp_path, text)).spectrum

    np.testing.assert_allclose(spectrum.wave, WAVE, rtol=1e-8)
    assert spectrum.flux_unit == flux_unit


def test_errors_come_in_the_unit_of_the_flux(tmp_path):
    text = "wave [um],flux [Jy],err [mJy]\n" + rows(WAVE, FLUX, 1e3 * SIGMA, delimiter=",")

    spectrum = read(write(tmp_path, text)).spectrum

    assert spectrum.flux_unit == "Jy"
    np.testing.assert_allclose(spectrum.sigma, SIGMA, rtol=1e-6)


def test_errors_in_a_unit_of_another_kind_are_refused_unless_the_flux_unit_is_told(tmp_path):
    path = write(tmp_path, "wave [um],flux [Jy],err [K]\n" + rows(WAVE, FLUX, SIGMA, delimiter=","))

    with pytest.raises(DataError, match="are in 'K' and the flux in 'Jy': expected units of one"):
        read(path)
    told = read(path, Hints(flux_unit="Jy")).spectrum
    np.testing.assert_allclose(told.sigma, SIGMA, rtol=1e-8)


@pytest.mark.parametrize("name", ["mag", "Jmag", "magnitude", "log_flux", "logF"])
def test_a_column_that_is_no_flux_by_its_name_is_refused_unless_told(tmp_path, name):
    path = write(tmp_path, f"wave [um],{name},err\n" + rows(WAVE, FLUX, SIGMA, delimiter=","))

    with pytest.raises(DataError, match="may hold magnitudes or logarithms"):
        read(path)
    told = read(path, Hints(flux_column=name)).spectrum
    np.testing.assert_allclose(told.flux, FLUX, rtol=1e-8)


@pytest.mark.parametrize(("factor", "unit"), [(1.0, "um"), (1e-3, "nm"), (1e-4, "Angstrom")])
def test_a_guessed_unit_is_said(tmp_path, factor, unit):
    reading = read(write(tmp_path, rows(WAVE / factor, FLUX)))

    np.testing.assert_allclose(reading.spectrum.wave, WAVE, rtol=1e-8)
    assert any(f"taken as {unit} from the range" in sentence for sentence in reading.assumed)


def test_hints_override_what_is_found(tmp_path):
    file = write(tmp_path, "wave_um flux_Jy\n" + rows(WAVE * 1e3, FLUX))
    hints = Hints(
        wave_unit="nm", flux_unit="mJy", medium="air", frame="barycentric", resolution=500
    )

    spectrum = read(file, hints).spectrum

    np.testing.assert_allclose(spectrum.wave, WAVE * 1.000273, rtol=1e-5)
    assert np.all(spectrum.wave > WAVE)
    assert spectrum.flux_unit == "mJy"
    assert (spectrum.medium, spectrum.frame, spectrum.resolution) == ("air", "barycentric", 500)


def test_wavelengths_in_air_are_converted_and_that_is_said(tmp_path):
    reading = read(write(tmp_path, "wave_air [Angstrom] flux\n" + rows(WAVE * 1e4, FLUX)))

    assert reading.spectrum.medium == "air"
    assert np.all(reading.spectrum.wave > WAVE)
    assert any("converted to vacuum" in sentence for sentence in reading.assumed)


def test_a_descending_grid_is_reversed_and_that_is_said(tmp_path):
    reading = read(write(tmp_path, rows(WAVE[::-1], FLUX[::-1], SIGMA)))

    np.testing.assert_allclose(reading.spectrum.flux, FLUX, rtol=1e-8)
    assert any("reversed" in sentence for sentence in reading.assumed)


def test_frequencies_become_wavelengths(tmp_path):
    frequency = 299_792.458 / WAVE
    spectrum = read(
        write(tmp_path, "freq[GHz],fnu[Jy]\n" + rows(frequency, FLUX, delimiter=","))
    ).spectrum

    np.testing.assert_allclose(spectrum.wave, WAVE, rtol=1e-8)
    np.testing.assert_allclose(spectrum.flux, FLUX, rtol=1e-8)


def test_empty_cells_are_kept_and_not_valid(tmp_path):
    text = "wave,flux,unc\n0.5,,\n0.6,1.0,0.1\n0.7,nan,0.1\n0.8,2.0,0.1\n0.9,3.0,N/A\n"

    spectrum = read(write(tmp_path, text)).spectrum

    assert spectrum.usable.tolist() == [False, True, False, True, False]


def test_columns_are_found_by_name_whatever_their_order(tmp_path):
    text = "error,flux,note,wavelength\n" + "".join(
        f"{s},{f},good,{w}\n" for w, f, s in zip(WAVE, FLUX, SIGMA, strict=True)
    )

    reading = read(write(tmp_path, text))

    np.testing.assert_allclose(reading.spectrum.flux, FLUX)
    assert "Column 'note' holds words and was not used." in reading.assumed


def test_a_column_that_counts_rows_is_no_wavelength(tmp_path):
    spectrum = read(write(tmp_path, rows(np.arange(1, 121), WAVE, FLUX))).spectrum

    np.testing.assert_allclose(spectrum.wave, WAVE, rtol=1e-8)


def test_the_flux_column_can_be_told(tmp_path):
    text = "wave flux_a flux_a_err flux_b flux_b_err\n" + rows(
        WAVE, FLUX, SIGMA, 2 * FLUX, SIGMA / 2
    )
    file = write(tmp_path, text)

    spectrum = read(file, Hints(flux_column="flux_b")).spectrum

    np.testing.assert_allclose(spectrum.flux, 2 * FLUX, rtol=1e-8)
    np.testing.assert_allclose(spectrum.sigma, SIGMA / 2, rtol=1e-8)
    with pytest.raises(DataError, match=r"flux_column 'flux_c' is not among .*flux_a"):
        read(file, Hints(flux_column="flux_c"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings_are_found_out(tmp_path, encoding):
    text = "# Größe in Å\nwave flux\n" + rows(WAVE, FLUX)

    assert len(read(write(tmp_path, text, encoding=encoding)).spectrum) == len(WAVE)


@pytest.mark.parametrize("compress", [bz2.compress, lzma.compress])
def test_compressed_texts_are_unpacked(tmp_path, compress):
    path = tmp_path / "star.dat"
    path.write_bytes(compress(rows(WAVE, FLUX).encode()))

    assert len(read(path).spectrum) == len(WAVE)


def test_fortran_exponents_are_numbers(tmp_path):
    spectrum = read(write(tmp_path, "1.0D0 1.5D-15\n1.1D0 2.5d-15\n")).spectrum

    np.testing.assert_allclose(spectrum.flux, [1.5e-15, 2.5e-15])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wave,flux\n1.0,2.0\n1.1,abc\n", "line 3: 'abc' in column 'flux' is no number"),
        ("1.0 2.0\n1.1 3.0 4.0\n", "line 2 has 3 cells, line 1 has 2"),
        ("Dear colleague,\nhere is my star\n", "line 1: 'Dear colleague' is no row of numbers"),
        ("hello world\nfoo bar\n", "line 1: 'hello world' is no row of numbers"),
        ("# only comments\n", "no rows of numbers"),
        ("1.0\n2.0\n", "columns of numbers found: 1; expected two or three"),
        ("1.0 5\n1.1 5\n1.1 5\n1.2 5\n", "line 3: the wavelength 1.1 um repeats"),
        ("1.0 5\n1.2 5\n1.1 5\n1.3 5\n", "line 3: the wavelength turns back from 1.2 to 1.1 um"),
        ("1.3 5\n1.1 5\n1.2 5\n1.0 5\n", "line 3: the wavelength turns back from 1.1 to 1.2 um"),
        ("-1.0 5\n1.2 5\n1.3 5\n", "line 1: the wavelength is -1, but must be positive"),
        ("wave flux\n1.0 nan\n1.1 nan\n", "flux is nowhere a finite number"),
        ("wave flux\nnan 1\n1.1 1\n", "1 finite wavelengths"),
        ("wave [furlong per eon] flux\n1.0 2\n1.1 2\n", "'furlong per eon' is no unit"),
        ("star wave flux\n1.0 2\n1.1 2\n", "has another number of names than the 2 cells"),
        ("wave [K],flux\n1.0,2\n1.1,2\n", "'K' is no unit of wavelength"),
        ("wave,flux [mag]\n1.0,2\n1.1,2\n", "magnitudes and logarithms are not read"),
        ("flux,err\n1.0,2\n1.1,2\n", "no column of wavelengths is recognised among 'flux'"),
        ("name,size\n1.0,2\n1.1,2\n", "no column of wavelengths is recognised among 'name'"),
    ],
)
def test_bad_texts_end_in_one_clear_line(tmp_path, text, said):
    file = write(tmp_path, text)

    with pytest.raises(StarsieveError) as caught:
        read(file)

    assert str(caught.value).startswith(f"{file}: ")
    assert said in str(caught.value)


def test_orders_one_after_the_other_are_read_as_pieces(tmp_path):
    text = rows(np.r_[WAVE, WAVE + 1], np.r_[FLUX, 2 * FLUX], np.r_[SIGMA, SIGMA])

    reading = read(write(tmp_path, text))

    assert len(reading) == 2
    for number, piece in enumerate(reading):
        np.testing.assert_allclose(piece.wave, WAVE + number, rtol=1e-8)
        np.testing.assert_allclose(piece.flux, (1 + number) * FLUX, rtol=1e-8)
        np.testing.assert_allclose(piece.sigma, SIGMA, rtol=1e-8)
    assert "The table holds 2 orders or pieces one after the other." in reading.assumed
    assert len(reading.assumed) == len(set(reading.assumed))


def test_orders_whose_wavelengths_run_downwards_are_read_as_pieces(tmp_path):
    text = rows(np.r_[WAVE[::-1], WAVE[::-1] + 1], np.r_[FLUX, FLUX])

    first, second = read(write(tmp_path, text))

    np.testing.assert_allclose(first.wave, WAVE, rtol=1e-8)
    np.testing.assert_allclose(second.flux, FLUX[::-1], rtol=1e-8)


def test_an_order_without_any_flux_is_left_out_and_told(tmp_path):
    text = rows(np.r_[WAVE, WAVE + 1, WAVE + 2], np.r_[FLUX, np.nan * FLUX, FLUX])

    reading = read(write(tmp_path, text))

    assert [round(piece.wave[0] - WAVE[0]) for piece in reading] == [0, 2]
    assert "Orders without any finite flux, left out: 1." in reading.assumed


def test_a_fault_in_an_order_is_named_by_its_line(tmp_path):
    wave = np.r_[WAVE, WAVE + 1]
    wave[len(WAVE) + 7] = wave[len(WAVE) + 6]

    with pytest.raises(DataError, match=rf"line {len(WAVE) + 8}: the wavelength .* repeats"):
        read(write(tmp_path, rows(wave, np.r_[FLUX, FLUX])))


def test_rows_out_of_order_are_no_orders(tmp_path):
    shuffled = np.random.default_rng(0).permutation(WAVE)

    with pytest.raises(DataError, match=r"turns back .* Sort the rows"):
        read(write(tmp_path, rows(shuffled, FLUX)))


def test_a_single_row_too_many_is_no_order(tmp_path):
    with pytest.raises(DataError, match=r"turns back"):
        read(write(tmp_path, rows(np.r_[WAVE, WAVE[:2]], np.r_[FLUX, FLUX[:2]])))


def test_a_unit_of_flux_that_is_not_understood_is_said(tmp_path):
    reading = read(write(tmp_path, "wave,flux [counts per foo]\n1.0,2\n1.1,2\n"))

    assert reading.spectrum.flux_unit == ""
    assert "Flux unit 'counts per foo' not understood, flux taken as relative." in reading.assumed


@pytest.mark.parametrize("hint", [{"wave_unit": "parsnip"}, {"flux_unit": "parsnip"}])
def test_an_impossible_unit_in_a_hint_is_refused(tmp_path, hint):
    with pytest.raises(DataError, match="'parsnip'"):
        read(write(tmp_path, rows(WAVE, FLUX)), Hints(**hint))


def test_binary_content_is_no_text(tmp_path):
    path = tmp_path / "star.txt"
    path.write_bytes(b"1.0 2.0\n" + bytes(range(32)))

    with pytest.raises(UnknownFormatError, match="of no layout that is known"):
        read(path)
