"""Every transform passes the battery of checks."""

from typing import get_args

import numpy as np
import pytest
from pydantic import ValidationError

from starsieve.data import SpectrumSet
from starsieve.transforms import AnyTransform, Resample
from tests.contracts.transform_checks import CHECKS

TRANSFORMS = (
    Resample(wave=tuple(np.linspace(1.1, 2.4, 20).tolist())),
    Resample(wave=tuple(np.linspace(0.9, 2.6, 90).tolist()), resolution=80.0, min_coverage=0.9),
)


@pytest.fixture
def spectra() -> SpectrumSet:
    rng = np.random.default_rng(0)
    flux = rng.normal(10.0, 1.0, (12, 60))
    flux[2, 5] = np.nan
    return SpectrumSet(
        wave=np.linspace(1.0, 2.5, 60),
        flux=flux,
        sigma=rng.uniform(0.5, 1.5, flux.shape),
        valid=rng.random(flux.shape) > 0.1,
        ids=np.arange(12),
        labels={"teff": rng.uniform(800, 2200, 12)},
        flux_unit="Jy",
        resolution=100.0,
        meta={"object": "made"},
    )


@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda transform: transform.kind)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_every_transform_keeps_the_contract(check, transform, spectra):
    check(transform, spectra)


def test_every_transform_is_listed_here():
    members = get_args(AnyTransform) or (AnyTransform,)
    assert {type(transform) for transform in TRANSFORMS} == set(members)


@pytest.mark.parametrize(
    "options",
    [
        {"wave": [1.0]},
        {"wave": []},
        {"wave": [2.0, 1.0]},
        {"wave": [1.0, float("nan")]},
        {"wave": [-1.0, 1.0]},
        {"wave": [1.0, 2.0], "resolution": 0},
        {"wave": [1.0, 2.0], "min_coverage": 0},
        {"wave": [1.0, 2.0], "min_coverage": 1.5},
        {"wave": [1.0, 2.0], "resolutoin": 100},
    ],
)
def test_impossible_options_are_refused(options):
    with pytest.raises(ValidationError):
        Resample.model_validate(options)
