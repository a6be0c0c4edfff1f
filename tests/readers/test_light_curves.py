import numpy as np
import pytest

from starsieve.errors import DataError
from starsieve.readers import Hints, read
from starsieve.readers.tess import BAD_QUALITY
from tests.readers.made_files import make_light_curve


def test_a_light_curve_is_read_with_what_was_left_out_said(tmp_path):
    reading = read(make_light_curve(tmp_path))

    [curve] = reading
    assert len(curve) == 59
    np.testing.assert_allclose(curve.time[0], 1325.3)
    assert curve.flux_unit == "electron / s"
    assert np.flatnonzero(~curve.usable).tolist() == [3, 5]
    assert curve.quality[6] == 2048
    assert "Cadences without a time, left out: 1." in reading.assumed
    assert any(f"bit mask {BAD_QUALITY}" in sentence for sentence in reading.assumed)


def test_what_the_headers_know_of_the_target_is_kept(tmp_path):
    meta = read(make_light_curve(tmp_path))[0].meta

    assert (meta["target"], meta["sector"], meta["tmag"]) == (261136679, 1, 5.1)
    assert meta["cadence_seconds"] == 120
    assert meta["flux_column"] == "PDCSAP_FLUX"


@pytest.mark.parametrize("name", ["SAP_FLUX", "sap_flux", "sap"])
def test_the_flux_column_can_be_told(tmp_path, name):
    curve = read(make_light_curve(tmp_path), Hints(flux_column=name))[0]

    assert curve.flux[0] == 1050
    assert curve.sigma[0] == 2


def test_a_flux_column_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="not among its fluxes: SAP_FLUX, PDCSAP_FLUX"):
        read(make_light_curve(tmp_path), Hints(flux_column="KSPSAP_FLUX"))


def test_another_zero_of_time_is_brought_to_ours(tmp_path):
    reading = read(make_light_curve(tmp_path, BJDREFI=2400000, BJDREFF=0.5))

    np.testing.assert_allclose(reading[0].time[0], 1325.3 - 57000 + 0.5)
    assert any("Times count from BJD 2400000.5" in sentence for sentence in reading.assumed)


@pytest.mark.real_data
def test_real_light_curves_are_read(real_data):
    folder = real_data / "tess/lightcurves"
    [name] = folder.glob("*-0000000261136679-*_lc.fits")

    [curve] = read(name)

    assert (curve.meta["object"], curve.meta["sector"]) == ("TIC 261136679", 1)
    assert 1325 < curve.time[0] < curve.time[-1] < 1354
    assert 0.85 < curve.usable.mean() < 1
