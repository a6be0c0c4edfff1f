"""Every kind of errand, and the function that carries it out."""

from collections.abc import Mapping
from types import MappingProxyType

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "upload": "starsieve.web.uploads.work:examine",
        "similar": "starsieve.web.retrieval.work:compare",
        "infer-spectrum": "starsieve.web.spectra.posterior:infer_stored",
        "star": "starsieve.transits.star_files:star_errand",
        "candidate": "starsieve.transits.star_files:candidate_errand",
        "sheet": "starsieve.transits.star_sheet:sheet_errand",
    }
)
"""To add one, write ``function(options, folder, progress) -> dict`` in a module that imports what
it needs, and list it here; one that also has a parameter ``archive`` is given the open archive, to
read in."""
