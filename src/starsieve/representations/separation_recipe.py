"""What can be asked of a separation of star and air."""

from pydantic import Field

from starsieve.tasks import Name, Recipe


class SeparateRecipe(Recipe):
    """Tell stars from the Earth's air in a collection of exposures.

    Parameters
    ----------
    collection : str
    ranges : pairs
        Vacuum micron; empty for the usual ones, as far as the spectra cover them.
    table : str
        A CSV table with the column ``file`` and what headers lack: ``berv_km_s``, ``airmass``,
        ``relative_humidity``.
    lines : str
        A CSV list of lines to score; empty for those that are found.
    folder : str
        Where corrected spectra go; empty to write none.
    report : str
        Where the page goes; empty to write none.
    turns : int
        Of templates and amplitudes.
    """

    collection: Name
    ranges: tuple[tuple[float, float], ...] = ()
    table: str = ""
    lines: str = ""
    folder: str = ""
    report: str = ""
    turns: int = Field(default=12, ge=6, le=100)
