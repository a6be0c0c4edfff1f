"""Model spectra at draws from a posterior, whichever kind of model that is of."""

from functools import cache

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.models import AtmosphereModel
from starsieve.atmospheres.physical import Render, check_surface
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.spectra import complete
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError


def renderer_of(model: AtmosphereModel, result: Inference, prepared: Prepared, seed: int) -> Render:
    """Return what gives model spectra of an inference's draws, in the unit of the model's grids.

    Draws by several grids are each of one of them, as many as it weighs.
    """
    if isinstance(model, SeveralModel):
        weights = np.array([result.grids[member.name].weight for member in model.members])
        return complete(model, prepared, result.draws, weights, seed).render
    steps = model.grid.to_steps(result.draws)
    return lambda rows: np.exp(model.grid.log_at(steps[rows]))


@cache
def check_radii(model: AtmosphereModel) -> None:
    """Raise DataError unless radii follow from a model: from Teff and surface fluxes."""
    if "teff" not in model.grid.names:
        msg = f"a radius and a luminosity need teff, which {model.name} does not infer."
        raise DataError(msg)
    for teff, flux in _nodes(model):
        check_surface(model.grid.wave, teff, flux)


def _nodes(model: AtmosphereModel) -> list[tuple[FloatArray, npt.NDArray[np.floating]]]:
    """Return effective temperatures and spectra of the nodes, grid by grid."""
    if not isinstance(model, SeveralModel):
        nodes = model.grid.flat()
        return [(nodes.labels["teff"], nodes.flux)]
    return [
        (
            member.space.nodes[:, member.names.index("teff")],
            np.exp(member.log_flux(member.space.nodes)),
        )
        for member in model.members
    ]
