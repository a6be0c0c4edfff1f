"""Spectra of the archive, kept in memory for a while: a page and its figure ask for the same."""

from typing import Any

from starsieve.archive import Archive, EmbeddingInfo
from starsieve.atmospheres.verdict import Threshold, threshold_of
from starsieve.data import Spectrum
from starsieve.errors import StarsieveError
from starsieve.learn.library import list_models, show_card
from starsieve.web.cached import Cached

KEPT_PIXELS = 1_500_000
"""Of all spectra kept; they take about 40 MB."""

SECONDS = 30.0
"""For so long something may be older than what the archive holds."""

_spectra: Cached[Spectrum] = Cached(KEPT_PIXELS, weigh=len)
_cards: Cached[dict[str, Any]] = Cached(256, SECONDS)
_models: Cached[tuple[str, ...]] = Cached(8, SECONDS)
_embeddings: Cached[tuple[EmbeddingInfo, ...]] = Cached(8, SECONDS)


def get_spectrum(archive: Archive, number: int) -> Spectrum:
    """Return a spectrum by its number.

    Raises
    ------
    NotInArchiveError
        If there is none.
    """
    name = (str(archive.root), number)
    return _spectra.get(name, lambda: archive.spectra.read([number])[0])


def weights_of(archive: Archive, model: str) -> str:
    """Return the hash of a model's weights; nothing where the model is not there any more."""
    return str(_card(archive, model).get("weights_sha256", ""))


def find_threshold(archive: Archive, model: str) -> Threshold | None:
    """Return the score above which a model of atmospheres takes a spectrum for something else.

    None for other models, and where the model is not there any more.
    """
    card = _card(archive, model)
    if card.get("task") != "atmospheres":
        return None
    return threshold_of(card.get("recipe") or {}, card.get("metrics") or {})


def atmosphere_models(archive: Archive) -> tuple[str, ...]:
    """Return the names of the models that infer parameters."""
    return _models.get(
        str(archive.root),
        lambda: tuple(each.name for each in list_models(archive) if each.task == "atmospheres"),
    )


def spaces_of(archive: Archive, collection: str) -> list[EmbeddingInfo]:
    """Return the latent spaces that a collection is in."""
    known = _embeddings.get(str(archive.root), lambda: tuple(archive.embeddings.list()))
    return [each for each in known if each.collection == collection]


def _card(archive: Archive, model: str) -> dict[str, Any]:
    return _cards.get((str(archive.root), model), lambda: _read_card(archive, model))


def _read_card(archive: Archive, model: str) -> dict[str, Any]:
    """Return what a page asks of a model's card; nothing where the model is not there any more."""
    try:
        card = show_card(model, archive)
    except StarsieveError:
        return {}
    return {
        name: card.get(name)
        for name in ("task", "weights_sha256", "recipe", "metrics")
        if name in card
    }
