"""Recipes of what grows out of embeddings: tags, outliers, and how good it all is."""

from pydantic import Field

from starsieve.tasks import Name, Recipe


class TagRecipe(Recipe):
    """Give the spectra of a collection the labels that spectra near them have.

    Parameters
    ----------
    collection : str
        Its spectra get labels; it must be encoded by the model.
    labelled : str
        Collection to learn from, encoded by the same model; it may be the same collection.
    model : str
        The model whose latents are read.
    labels : tuple of str
        Labels to give; by default all that the labelled collection has.
    origin : str, optional
        Only labels that come from there: needed where several origins label the same.
    """

    collection: Name
    labelled: Name
    model: Name
    labels: tuple[str, ...] = ()
    origin: str | None = None


class EvaluateRecipe(Recipe):
    """Judge a representation on a collection that it has encoded.

    Parameters
    ----------
    collection : str
        Encoded by the model.
    model : str
    """

    collection: Name
    model: Name


class OutliersRecipe(Recipe):
    """Score every spectrum of a collection by how unlike the others it is.

    Parameters
    ----------
    collection : str
        Encoded by the model.
    model : str
    k : int
        How many of the most unusual to return.
    neighbours : int
        The neighbour whose distance says how lonely a spectrum is among the latents.
    """

    collection: Name
    model: Name
    k: int = Field(default=20, ge=1)
    neighbours: int = Field(default=10, ge=1, le=1000)
