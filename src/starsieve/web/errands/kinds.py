"""Every kind of errand, and the function that carries it out."""

from collections.abc import Mapping
from types import MappingProxyType

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "upload": "starsieve.web.uploads.work:examine",
        "infer-spectrum": "starsieve.web.spectra.posterior:infer_stored",
    }
)
"""To add one, write ``function(options, folder, progress) -> dict`` in a module that imports what
it needs, and list it here; one that also has a parameter ``archive`` is given the open archive, to
read in."""
