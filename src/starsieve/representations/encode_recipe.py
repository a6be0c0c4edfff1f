"""What encoding can be asked for. Imports no torch, so that it is cheap to list."""

from starsieve.tasks import Name, Recipe


class EncodeRecipe(Recipe):
    """Keep the latents that a model makes of a collection's spectra.

    Parameters
    ----------
    collection : str
    model : str
        A representation, by name or by its folder.
    velocity : str, optional
        The label that holds the spectra's velocities in km/s, positive if receding, which are
        taken out. Those without are not encoded.
    again : bool
        Whether to encode what has an embedding by this training of the model, too.
    """

    collection: Name
    model: str
    velocity: str | None = None
    again: bool = False
