"""From a telescope archive to answers.

Importing this package costs nothing: each public name loads what it needs on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starsieve.archive import open_archive
    from starsieve.atmospheres.emulators.emulate import emulate
    from starsieve.atmospheres.infer import infer
    from starsieve.atmospheres.models import load_model
    from starsieve.data import LightCurve, Spectrum, SpectrumSet
    from starsieve.readers import read
    from starsieve.representations.encode import encode
    from starsieve.representations.separate import separate
    from starsieve.representations.similarity import similar
    from starsieve.transits.ranking import rank
    from starsieve.transits.searches import search
    from starsieve.transits.vet import vet

    __version__: str

_HOMES = {
    "LightCurve": "starsieve.data",
    "Spectrum": "starsieve.data",
    "SpectrumSet": "starsieve.data",
    "emulate": "starsieve.atmospheres.emulators.emulate",
    "encode": "starsieve.representations.encode",
    "infer": "starsieve.atmospheres.infer",
    "load_model": "starsieve.atmospheres.models",
    "open_archive": "starsieve.archive",
    "rank": "starsieve.transits.ranking",
    "read": "starsieve.readers",
    "search": "starsieve.transits.searches",
    "separate": "starsieve.representations.separate",
    "similar": "starsieve.representations.similarity",
    "vet": "starsieve.transits.vet",
}

__all__ = [
    "LightCurve",
    "Spectrum",
    "SpectrumSet",
    "__version__",
    "emulate",
    "encode",
    "infer",
    "load_model",
    "open_archive",
    "rank",
    "read",
    "search",
    "separate",
    "similar",
    "vet",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":  # a tenth of a second's import, on each start of the command line
        version = import_module("importlib.metadata").version("starsieve")
        globals()[name] = version  # looked up once
        return version
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)
