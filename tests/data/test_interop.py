"""Conversions to and from other packages lose nothing there and back, and guess nothing."""

import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest
from astropy import units as u
from astropy.nddata import (
    InverseVariance,
    StdDevUncertainty,
    UnknownUncertainty,
    VarianceUncertainty,
)
from astropy.table import MaskedColumn, QTable, Table
from astropy.time import Time
from astropy.utils.masked import Masked
from hypothesis import given

from starsieve.data import LightCurve, Spectrum, SpectrumSet, interop
from starsieve.data.foreign import optional
from starsieve.data.grids import vacuum_to_air
from starsieve.errors import DataError, StarsieveError
from tests.data import made

pandas = optional("pandas")
specutils = optional("specutils")
lightkurve = optional("lightkurve")


def assert_same(one, other):
    """Compare every field: numbers to the last digit, NaN where NaN, None where None."""
    assert type(one) is type(other)
    for field in fields(one):
        before, after = getattr(one, field.name), getattr(other, field.name)
        if isinstance(before, np.ndarray):
            np.testing.assert_array_equal(after, before, err_msg=field.name)
            assert after.dtype == before.dtype, field.name
        elif field.name == "labels":
            assert before.keys() == after.keys()
            for name in before:
                np.testing.assert_array_equal(after[name], before[name])
        else:
            assert after == before, field.name


@given(made.spectra())
def test_nothing_is_lost_through_specutils(spectrum):
    assert_same(spectrum, interop.from_specutils(interop.to_specutils(spectrum)))


@given(made.spectra())
@pytest.mark.parametrize("quantities", [False, True])
def test_no_spectrum_loses_anything_through_a_table(quantities, spectrum):
    table = interop.to_table(spectrum, quantities=quantities)
    assert isinstance(table, QTable) is quantities
    assert_same(spectrum, interop.spectrum_from_table(table))


@given(made.spectra())
def test_no_spectrum_loses_anything_through_a_dataframe(spectrum):
    assert_same(spectrum, interop.spectrum_from_table(interop.to_dataframe(spectrum)))


@given(made.spectrum_sets())
@pytest.mark.parametrize("quantities", [False, True])
def test_no_set_loses_anything_through_a_table(quantities, spectra):
    table = interop.to_table(spectra, quantities=quantities)
    assert_same(spectra, interop.spectrum_set_from_table(table))


@given(made.spectrum_sets())
def test_no_set_loses_anything_through_a_dataframe(spectra):
    assert_same(spectra, interop.spectrum_set_from_table(interop.to_dataframe(spectra)))


@given(made.light_curves())
def test_nothing_is_lost_through_lightkurve(light_curve):
    assert_same(light_curve, interop.from_lightkurve(interop.to_lightkurve(light_curve)))


@given(made.light_curves())
@pytest.mark.parametrize("quantities", [False, True])
def test_no_light_curve_loses_anything_through_a_table(quantities, light_curve):
    table = interop.to_table(light_curve, quantities=quantities)
    assert_same(light_curve, interop.light_curve_from_table(table))


@given(made.light_curves())
def test_no_light_curve_loses_anything_through_a_dataframe(light_curve):
    assert_same(light_curve, interop.light_curve_from_table(interop.to_dataframe(light_curve)))


def test_a_table_of_ours_survives_its_file(tmp_path):
    spectrum = Spectrum([1.0, 2.0], [3.0, 4.0], [0.1, 0.2], medium="air", meta={"object": "x"})
    interop.to_table(spectrum).write(tmp_path / "a.ecsv")
    assert_same(spectrum, interop.spectrum_from_table(Table.read(tmp_path / "a.ecsv")))


@pytest.mark.parametrize(
    ("unit", "factor"), [("nm", 1e3), ("Angstrom", 1e4), ("um", 1.0), ("m", 1e-6)]
)
def test_specutils_wavelengths_become_micron(unit, factor):
    given = specutils.Spectrum(
        flux=[3.0, 4.0, 5.0] * u.Jy, spectral_axis=u.Quantity([1, 2, 3], unit) * factor
    )
    np.testing.assert_allclose(interop.from_specutils(given).wave, [1.0, 2.0, 3.0], rtol=1e-14)


@pytest.mark.parametrize("unit", ["Hz", "eV", "1 / cm"])
def test_descending_axes_are_turned_with_all_that_belongs_to_them(unit):
    axis = (np.array([1.0, 2.0, 4.0]) * u.um).to(unit, u.spectral())
    given = specutils.Spectrum(
        flux=[3.0, 4.0, 5.0] * u.Jy,
        spectral_axis=axis[::-1],
        uncertainty=StdDevUncertainty([0.3, 0.4, 0.5]),
        mask=[True, False, False],
    )
    spectrum = interop.from_specutils(given)
    np.testing.assert_allclose(spectrum.wave, [1.0, 2.0, 4.0], rtol=1e-14)
    assert spectrum.flux.tolist() == [5.0, 4.0, 3.0]
    assert spectrum.sigma.tolist() == [0.5, 0.4, 0.3]
    assert spectrum.valid.tolist() == [True, True, False]
    assert spectrum.flux_unit == "Jy"


@pytest.mark.parametrize("unit", ["km / s", "pix"])
def test_an_axis_without_wavelengths_is_refused(unit):
    given = specutils.Spectrum(flux=[1.0, 2.0] * u.Jy, spectral_axis=u.Quantity([1, 2], unit))
    with pytest.raises(DataError, match="can't be turned into micron"):
        interop.from_specutils(given)


@pytest.mark.parametrize(
    "uncertainty",
    [
        StdDevUncertainty([0.5, 0.25]),
        StdDevUncertainty([500.0, 250.0] * u.mJy),
        VarianceUncertainty([0.25, 0.0625]),
        InverseVariance([4.0, 16.0]),
    ],
)
def test_every_uncertainty_becomes_a_standard_deviation(uncertainty):
    given = specutils.Spectrum(
        flux=[1.0, 2.0] * u.Jy, spectral_axis=[1, 2] * u.um, uncertainty=uncertainty
    )
    np.testing.assert_allclose(interop.from_specutils(given).sigma, [0.5, 0.25])


def test_a_pixel_without_weight_is_not_valid():
    given = specutils.Spectrum(
        flux=[1.0, 2.0] * u.Jy, spectral_axis=[1, 2] * u.um, uncertainty=InverseVariance([0.0, 1])
    )
    assert interop.from_specutils(given).valid.tolist() == [False, True]


def test_an_uncertainty_of_unknown_meaning_is_refused():
    given = specutils.Spectrum(
        flux=[1.0, 2.0] * u.Jy, spectral_axis=[1, 2] * u.um, uncertainty=UnknownUncertainty([1, 2])
    )
    with pytest.raises(DataError, match="StdDevUncertainty"):
        interop.from_specutils(given)


def test_wavelengths_said_to_be_in_air_come_out_in_vacuum():
    vacuum = np.array([0.5, 0.6])
    given = specutils.Spectrum(flux=[1, 2] * u.Jy, spectral_axis=vacuum_to_air(vacuum) * u.um)
    spectrum = interop.from_specutils(given, medium="air")
    np.testing.assert_allclose(spectrum.wave, vacuum, rtol=1e-13)
    assert spectrum.medium == "air"


def test_a_unit_changed_by_the_other_package_counts():
    given = interop.to_table(Spectrum([1.0, 2.0], [1.0, 2.0], flux_unit="Jy"), quantities=True)
    given["flux"] = given["flux"].to("mJy")
    spectrum = interop.spectrum_from_table(given)
    assert (spectrum.flux_unit, spectrum.flux.tolist()) == ("mJy", [1000.0, 2000.0])


@pytest.mark.parametrize("unit", ["mag", "dex", "mag(AB)"])
def test_logarithmic_fluxes_are_refused(unit):
    with pytest.raises(DataError, match="proportional to energy"):
        interop.to_table(Spectrum([1.0, 2.0], [1.0, 2.0], flux_unit=unit))


def test_masked_cells_are_not_valid():
    table = Table({"Wavelength": [2.0, 1.0] * u.um, "error": [0.1, 0.2]})
    table["flux"] = MaskedColumn([5.0, 6.0], mask=[True, False])
    spectrum = interop.spectrum_from_table(table)
    assert spectrum.valid.tolist() == [True, False]
    assert spectrum.sigma.tolist() == [0.2, 0.1]


def test_masked_quantities_are_not_valid():
    flux = Masked([5.0, 6.0] * u.Jy, mask=[True, False])
    spectrum = interop.spectrum_from_table(QTable({"wave": [1, 2] * u.um, "flux": flux}))
    assert spectrum.valid.tolist() == [False, True]


def test_true_in_a_mask_means_bad():
    table = Table({"wave": [1, 2] * u.um, "flux": [5.0, 6.0], "mask": [0, 4]})
    assert interop.spectrum_from_table(table).valid.tolist() == [True, False]


def test_a_dataframe_says_its_units_in_attrs_or_as_arguments():
    frame = pandas.DataFrame({"wave": [2000.0, 1000.0], "flux": [1, 2], "sigma": [0.1, None]})
    told = interop.spectrum_from_table(frame, wave_unit="nm", flux_unit="Jy")
    frame.attrs = {"wave_unit": "nm", "flux_unit": "Jy", "object": "x"}
    read = interop.spectrum_from_table(frame)
    for spectrum in (told, read):
        assert spectrum.wave.tolist() == [1.0, 2.0]
        assert spectrum.flux.tolist() == [2.0, 1.0]
        assert spectrum.flux_unit == "Jy"
        assert spectrum.valid.tolist() == [False, True]
    assert read.meta == {"object": "x"}


def test_missing_values_of_pandas_are_not_valid():
    frame = pandas.DataFrame({"wave": [1.0, 2.0], "flux": pandas.array([1.0, None], "Float64")})
    assert interop.spectrum_from_table(frame, "um").valid.tolist() == [True, False]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (Table({"flux": [1.0, 2.0]}), "no column for wave"),
        (Table({"wave": [1.0, 2.0], "flux": [1.0, 2.0]}), "have no unit"),
        (Table({"wave": [1.0, 2.0] * u.s, "flux": [1.0, 2.0]}), "can't be turned into micron"),
        (Table({"wave": [1.0, 1.0] * u.um, "flux": [1.0, 2.0]}), "strictly increasing"),
        (Table({"wave": [1.0, np.nan] * u.um, "flux": [1.0, 2.0]}), "finite"),
        (Table({"wave": [1.0, 2.0] * u.um, "flux": ["a", "b"]}), "real numbers"),
        (Table({"wave": [] * u.um, "flux": []}), "shape"),
        (
            Table({"wave": [1, 2] * u.um, "flux": [1, 2] * u.Jy, "sigma": [1, 2] * u.s}),
            "sigma is in 's'",
        ),
        ("a.fits", "Expected an astropy Table"),
    ],
)
def test_an_impossible_table_is_refused_in_one_line(table, message):
    with pytest.raises(DataError, match=message) as raised:
        interop.spectrum_from_table(table)
    assert "\n" not in str(raised.value)


def test_a_table_that_holds_no_set_is_refused():
    table = Table({"wave": [1.0, 2.0], "flux": [1.0, 2.0]})
    with pytest.raises(DataError, match="no set of spectra"):
        interop.spectrum_set_from_table(table)


def test_a_label_called_as_a_column_is_refused():
    spectra = SpectrumSet(np.array([1.0, 2.0]), np.ones((1, 2)), labels={"flux": np.ones(1)})
    with pytest.raises(DataError, match="'flux'"):
        interop.to_table(spectra)


@pytest.mark.parametrize("form", ["btjd", "bkjd", "jd", "mjd", "iso"])
def test_every_time_format_becomes_btjd(form):
    time = Time([2459000.5, 2459001.25], format="jd", scale="tdb")
    time.format = form
    given = lightkurve.LightCurve(time=time, flux=[1.0, 2.0])
    np.testing.assert_allclose(interop.from_lightkurve(given).time, [2000.5, 2001.25], atol=1e-9)


def test_utc_times_become_dynamical_times():
    given = lightkurve.LightCurve(time=Time([2459000.5], format="jd", scale="utc"), flux=[1.0])
    seconds = (interop.from_lightkurve(given).time[0] - 2000.5) * 86400
    assert seconds == pytest.approx(37 + 32.184, abs=0.01)


def test_errors_that_lightkurve_made_up_are_none():
    given = lightkurve.LightCurve(time=Time([1.0, 2.0], format="btjd"), flux=[1.0, 2.0])
    light_curve = interop.from_lightkurve(given)
    assert light_curve.sigma is None
    assert light_curve.valid.all()


def test_another_flux_column_is_taken_with_its_error():
    given = lightkurve.LightCurve(
        {
            "time": Time([2.0, 1.0], format="btjd", scale="tdb"),
            "flux": [1.0, 2.0],
            "sap_flux": [3.0, 4.0] * u.electron / u.s,
            "sap_flux_err": [0.3, 0.4] * u.electron / u.s,
        }
    )
    light_curve = interop.from_lightkurve(given, column="sap_flux")
    assert light_curve.flux.tolist() == [4.0, 3.0]
    assert light_curve.sigma.tolist() == [0.4, 0.3]
    assert light_curve.flux_unit == "electron / s"
    with pytest.raises(DataError, match="no column 'pdcsap'"):
        interop.from_lightkurve(given, column="pdcsap")


def test_a_folded_light_curve_is_refused():
    folded = interop.to_lightkurve(LightCurve(np.arange(9.0), np.ones(9))).fold(2.0)
    with pytest.raises(DataError, match="unfolded"):
        interop.from_lightkurve(folded)


def test_times_without_their_format_are_refused():
    given = lightkurve.LightCurve(time=[1500.1, 1500.2], flux=[1.0, 2.0])
    with pytest.raises(DataError, match="without its format"):
        interop.from_lightkurve(given)


def test_cadences_without_a_time_are_left_out(caplog):
    caplog.set_level("INFO")
    frame = pandas.DataFrame({"time": [3.0, np.nan, 1.0], "flux": [1.0, 2.0, 3.0]})
    light_curve = interop.light_curve_from_table(frame)
    assert light_curve.time.tolist() == [1.0, 3.0]
    assert light_curve.flux.tolist() == [3.0, 1.0]
    assert "2 of 3 cadences" in caplog.text


def test_the_zero_of_a_time_column_can_be_said():
    table = Table({"time": [86400.0, 172800.0] * u.s, "flux": [1.0, 2.0]})
    light_curve = interop.light_curve_from_table(table, zero=2_454_833.0)
    assert light_curve.time.tolist() == [-2166.0, -2165.0]


def test_every_kind_of_spectra_comes_in_by_one_door():
    one = Spectrum([1.0, 2.0], [3.0, 4.0], flux_unit="Jy")
    spectra = SpectrumSet.stack([one, one])
    cube = specutils.Spectrum(
        flux=np.ones((2, 3)) * u.Jy, spectral_axis=[1, 2, 3] * u.um, spectral_axis_index=1
    )
    collection = specutils.SpectrumCollection(
        flux=np.ones((2, 3)) * u.Jy, spectral_axis=[[1, 2, 3], [2, 3, 4]] * u.um
    )
    things = [
        one,
        spectra,
        interop.to_specutils(one),
        specutils.SpectrumList([interop.to_specutils(one)] * 2),
        cube,
        collection,
        interop.to_table(one),
        interop.to_table(one, quantities=True),
        interop.to_table(spectra),
        interop.to_dataframe(one),
        interop.to_dataframe(spectra),
    ]
    assert [len(interop.as_spectra(thing)) for thing in things] == [1, 2, 1, 2, 2, 2, 1, 1, 2, 1, 2]
    assert len(interop.as_spectra(things)) == 17
    assert all(isinstance(spectrum, Spectrum) for spectrum in interop.as_spectra(things))


@pytest.mark.parametrize("thing", ["a.fits", None, 3, {}, [1.0, 2.0], np.ones(3), [None]])
def test_what_holds_no_spectra_is_refused(thing):
    with pytest.raises(DataError, match="Can't take spectra from"):
        interop.as_spectra(thing)


def test_the_door_imports_no_package_for_it():
    code = (
        "import sys, numpy as np; from starsieve.data import Spectrum, interop; "
        "interop.as_spectra([Spectrum(np.array([1., 2.]), np.ones(2))]); "
        "print({'astropy', 'pandas', 'specutils', 'lightkurve'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("package", "convert"),
    [
        ("specutils", lambda: interop.to_specutils(Spectrum([1.0, 2.0], [1.0, 2.0]))),
        ("lightkurve", lambda: interop.to_lightkurve(LightCurve([1.0, 2.0], [1.0, 2.0]))),
        ("pandas", lambda: interop.to_dataframe(Spectrum([1.0, 2.0], [1.0, 2.0]))),
    ],
)
def test_a_missing_package_is_named_with_its_cure(monkeypatch, package, convert):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(StarsieveError, match=r'pip install "starsieve\[interop\]"'):
        convert()


def test_missing_quality_flags_are_none():
    table = Table({"time": [1.0, 2.0], "flux": [1.0, 2.0]})
    table["quality"] = MaskedColumn([8, 16], mask=[False, True])
    assert interop.light_curve_from_table(table).quality.tolist() == [8, 0]


@pytest.mark.real_data
def test_a_real_light_curve_comes_through_lightkurve(real_data):
    path = sorted((real_data / "tess" / "lightcurves").glob("*.fits"))[0]
    theirs = lightkurve.TessLightCurve.read(path, format="tess")
    ours = interop.from_lightkurve(theirs)
    back = interop.from_lightkurve(interop.to_lightkurve(ours))
    assert ours.flux_unit == "electron / s"
    assert len(ours) == len(theirs) == len(back)
    for name in ("time", "flux", "sigma", "valid", "quality"):
        np.testing.assert_array_equal(getattr(back, name), getattr(ours, name))


def test_a_light_curve_is_taken_from_whatever_holds_one():
    curve = LightCurve(np.arange(5.0) + 1500, np.ones(5), np.full(5, 0.1))
    things = [
        curve,
        interop.to_lightkurve(curve),
        interop.to_table(curve),
        interop.to_dataframe(curve),
    ]

    for thing in things:
        np.testing.assert_allclose(interop.as_light_curve(thing).time, curve.time)
    with pytest.raises(DataError, match="Can't take a light curve from int: expected a LightCurve"):
        interop.as_light_curve(3)
