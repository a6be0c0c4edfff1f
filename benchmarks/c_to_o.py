"""C/O by `bobcat-co`, where its grid varies it: at log g 5 and solar metallicity.

200 simulated spectra with C/O between 0.5 and 1.5 times the solar value, S/N 50 at 1.25 micron,
and nothing else wrong; beside the nearest node and what always answering the mean would make.
Falls short if the nearest node is nearer.
"""

import sys

import numpy as np

from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.prepare import prepare
from starsieve.atmospheres.several.members import PointSampler
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.posterior import infer_several
from starsieve.atmospheres.simulate import in_bands
from starsieve.atmospheres.tuning.judge import nearest_node
from starsieve.data import Spectrum
from starsieve.stats import mean_absolute_error

N_SPECTRA, N_TRIED, DRAWS, SNR = 200, 6000, 400, 50.0


def main() -> int:
    """Print how far C/O is off; return 1 if that is too much."""
    model = load_model("bobcat-co")
    assert isinstance(model, SeveralModel)
    [member] = model.members
    rng = np.random.default_rng(0)
    column = member.names.index("c_to_o")
    points, free = PointSampler(member.space).draw_free(N_TRIED, rng)
    points = points[free[:, column]][:N_SPECTRA]
    wave, recipe = model.grid.wave, model.recipe
    flux = np.exp(member.log_flux(points)).astype(np.float64)
    reference = in_bands(wave, (recipe.observing.reference_band,))
    sigma = np.median(flux[:, reference], axis=1, keepdims=True) / SNR * np.ones_like(flux)
    flux += sigma * rng.normal(size=flux.shape)
    observed = [
        prepare(Spectrum(wave, one, error, resolution=recipe.resolution), wave, recipe)
        for one, error in zip(flux, sigma, strict=True)
    ]
    output, truth = model.grid.names.index("c_to_o"), points[:, column]
    found = {
        "posterior median": np.median(infer_several(model, observed, DRAWS, 0).draws, axis=1),
        "nearest node": nearest_node(model, observed),
    }
    errors = {name: mean_absolute_error(each[:, output], truth) for name, each in found.items()}
    always_mean = mean_absolute_error(np.full(len(truth), truth.mean()), truth)
    print(f"C/O of {len(truth)} spectra, mean absolute error:")
    for name, error in (*errors.items(), ("their mean", always_mean)):
        print(f"  {name:17s}{error:.3f}")
    return int(errors["posterior median"] > errors["nearest node"])


if __name__ == "__main__":
    sys.exit(main())
