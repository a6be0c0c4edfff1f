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
        taken out. A model that can't find velocities itself does not encode those without.
    again : bool
        Whether to forget what this training of the model made of the collection, and begin anew.
    """

    collection: Name
    model: str
    velocity: str | None = None
    again: bool = False
