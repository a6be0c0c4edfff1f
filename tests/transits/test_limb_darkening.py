"""Limb darkening follows the published tables, and stays physical beyond them."""

import csv
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from starsieve.data.star import Star
from starsieve.transits.limb_darkening import band_of, limb_darkening, profile, to_q, to_u

TABLES = {"tess": "ld_claret_tess.csv", "kepler": "JAA546A14limb1-4.csv"}


@pytest.mark.parametrize(("band", "allowed"), [("tess", 0.012), ("kepler", 0.045)])
def test_coefficients_follow_claret(band, allowed):
    package = pytest.importorskip("importlib.util").find_spec("transitleastsquares")
    if package is None:
        pytest.skip("transitleastsquares brings Claret's tables")
    table = Path(package.submodule_search_locations[0]) / TABLES[band]
    with table.open() as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    rows = [r for r in rows if 3.5 <= r["logg"] <= 5 and 2500 <= r["Teff"] <= 10_000]

    found = [limb_darkening(Star(teff=r["Teff"], logg=r["logg"]), band) for r in rows]

    for name, column in (("u1", "a"), ("u2", "b")):
        off = [getattr(each, name) - r[column] for each, r in zip(found, rows, strict=True)]
        assert np.std(off) < allowed
        assert abs(np.mean(off)) < 2e-3


@pytest.mark.real_data
def test_profiles_agree_with_those_of_the_pipeline(real_data):
    report = next((real_data / "tess" / "data_validation").glob("*00645_dvr.xml"))
    tags = {e.tag.split("}")[-1]: e for e in ElementTree.parse(report).getroot().iter()}
    law = [float(tags["limbDarkeningModel"].get(f"coefficient{n}")) for n in range(1, 5)]
    teff = float(tags["effectiveTemp"].get("value"))
    logg = float(tags["log10SurfaceGravity"].get("value"))
    mu = np.linspace(0.2, 1.0, 50)
    theirs = 1 - sum(c * (1 - mu ** (n / 2)) for n, c in enumerate(law, start=1))

    dark = limb_darkening(Star(teff=teff, logg=logg))

    # Theirs are of other model atmospheres: the tables differ as much.
    assert np.abs(profile(mu, dark.u1, dark.u2) - theirs).max() < 0.045


@pytest.mark.parametrize("band", ["tess", "kepler"])
@pytest.mark.parametrize("teff", [1000.0, 2600.0, 3300.0, 5772.0, 9000.0, 50_000.0])
@pytest.mark.parametrize("logg", [0.0, 4.44, 9.0])
def test_every_star_has_a_physical_profile(band, teff, logg):
    dark = limb_darkening(Star(teff=teff, logg=logg), band)

    light = profile(np.linspace(0.0, 1.0, 100), dark.u1, dark.u2)

    assert (light > 0).all()
    assert (np.diff(light) > -1e-9).all()


def test_kepler_sees_stars_darker_towards_the_limb():
    sun = Star(teff=5772, logg=4.44)

    assert limb_darkening(sun, "kepler").u1 > limb_darkening(sun, "tess").u1
    assert band_of("Kepler") == "kepler"
    assert band_of("TESS") == band_of(None) == "tess"


def test_an_unknown_star_has_a_wider_prior():
    assert limb_darkening(Star()).sigma > limb_darkening(Star(teff=5000.0)).sigma


def test_kipping_s_parameters_go_there_and_back():
    assert to_u(*to_q(0.36, 0.22)) == pytest.approx((0.36, 0.22))
    assert to_u(0.0, 0.3) == (0.0, 0.0)
    assert to_q(0.0, 0.0) == (0.0, 0.0)
