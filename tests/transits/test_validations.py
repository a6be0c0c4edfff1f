"""Every signal of a data validation is shown as it is, and judged."""

from pathlib import Path

import pytest

from starsieve.transits.vet import vet
from tests.readers.made_files import make_dvr, make_dvt
from tests.transits.made_vetter import make_vetter


def test_every_signal_of_a_series_is_shown_with_its_own_light_curve(tmp_path):
    vettings = vet(make_dvt(tmp_path), make_vetter())

    assert vettings.failures == ()
    [star] = vettings
    assert len(star.vetted) >= 2
    for each in star.vetted:
        assert each.signal is not None
        assert each.signal.model_flux is not None
        assert each.views.local_view is not None
    assert any("not searched" in note for note in star.notes)


def test_a_report_without_light_curves_is_judged_by_its_numbers(tmp_path):
    [star] = vet(make_dvr(tmp_path), make_vetter())

    [planet] = star.vetted
    assert planet.signal is None
    assert planet.fit is None
    assert planet.stated
    assert any("numbers alone" in warning for warning in planet.warnings)


def test_a_broken_report_is_a_failure(tmp_path):
    whole = make_dvr(tmp_path)
    broken = tmp_path / "broken_dvr.xml"
    broken.write_bytes(whole.read_bytes()[:200])

    vettings = vet([broken, whole], make_vetter())

    assert len(vettings) == 1
    assert [failure.file for failure in vettings.failures] == [str(broken)]


@pytest.mark.real_data
def test_the_signals_of_a_real_report_are_all_there(real_data: Path):
    folder = real_data / "tess" / "data_validation"
    [path, *_] = sorted(folder.glob("*_dvr.xml"))

    [star] = vet(path, make_vetter())

    assert star.observed.star.tic == 390988385
    assert all(each.stated for each in star.vetted)
    assert star.vetted
