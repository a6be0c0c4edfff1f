"""What can be asked of latents and labels; cheap to import."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from starsieve.tasks import Name, Recipe

LabelName = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class MeaningOptions(Recipe):
    """Which spectra and labels count, and how.

    Parameters
    ----------
    labels : tuple of str
        All that there are, if none is named.
    sigma_clip : float
        Label values beyond so many standard deviations of the median are left out, again and again
        until none is; 0 keeps all.
    one_per_star : bool
        Whether only the first spectrum of each star counts: its neighbours in latent space would
        be the other ones, and pretend information.
    most_spectra : int
        Of more, so many are drawn.
    neighbours : int
        Of the estimator of mutual information.
    bins : tuple of int
        Of the histogram estimator shown beside.
    mad_threshold, kl_threshold : float
        Above these a latent is informative; the latter in nats.
    importance : {"trees", "lasso"}
        That DCI is made of.
    colour : str, optional
        Label or class that scatter plots are coloured by; by default the first class that there
        is, else the first label.
    only : str, optional
        ``CLASS=VALUE``: only spectra of one class.
    """

    labels: tuple[LabelName, ...] = ()
    sigma_clip: float = Field(default=5.0, ge=0)
    one_per_star: bool = True
    most_spectra: int = Field(default=20_000, ge=100)
    neighbours: int = Field(default=3, ge=1, le=50)
    bins: tuple[Annotated[int, Field(ge=2, le=1000)], ...] = (5, 10, 20, 40, 80, 160)
    mad_threshold: float = Field(default=0.02, gt=0)
    kl_threshold: float = Field(default=0.01, gt=0)
    importance: Literal["trees", "lasso"] = "trees"
    colour: str | None = None
    only: str | None = Field(default=None, pattern=r"^[^=]+=.+$")


class DisentangleRecipe(MeaningOptions):
    """Say what the latents of stored spectra mean.

    Parameters
    ----------
    collection : str
    models : tuple of str
        Whose latents: several are several seeds, or several latent sizes.
    pca : str, optional
        The model of principal components to compare with; by default they are made here, of the
        same spectra in their rest frame.
    origin : str, optional
        Of the labels, where there are several.
    report : str, optional
        Folder that pages are written to.
    """

    collection: Name
    models: tuple[Name, ...] = Field(min_length=1)
    pca: Name | None = None
    origin: str | None = None
    report: str | None = None
