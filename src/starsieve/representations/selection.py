"""Which spectra and which of their labels can be compared with latents."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.data import Embeddings
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError
from starsieve.representations.disentangle_recipe import MeaningOptions
from starsieve.representations.known_labels import KnownLabels
from starsieve.stats.disentanglement import LEAST_VALUES
from starsieve.stats.information import LEAST_ROWS

Colour = FloatArray | npt.NDArray[np.str_]

MOST_CLASSES = 20
"""Words of more kinds, such as names of files, are no class to colour by unless asked for."""


@dataclass(frozen=True, slots=True)
class LabelUse:
    """A label, how many of the spectra have it, and why it can't be used if so.

    `reason` is empty where something can be said.
    """

    name: str
    n: int
    n_unknown: int
    n_clipped: int
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Spectra that every model has latents of, and the labels that can be used.

    Parameters
    ----------
    codes : tuple of Embeddings
        Of each model, of the same spectra in the same order.
    known : KnownLabels
        Of these; clipped values are NaN.
    uses : tuple of LabelUse
        Of every label asked for.
    notes : tuple of str
        What was left out, and how many.
    """

    codes: tuple[Embeddings, ...]
    known: KnownLabels
    uses: tuple[LabelUse, ...]
    notes: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the labels that can be used."""
        return tuple(use.name for use in self.uses if not use.reason)

    def factors(self) -> tuple[BoolArray, FloatArray]:
        """Return the spectra of which all labels are known, and those, (n_known, n_labels)."""
        table = np.stack([self.known.values[name] for name in self.labels], axis=1)
        rows = np.isfinite(table).all(axis=1)
        return np.asarray(rows), table[rows]


def select(codes: Sequence[Embeddings], known: KnownLabels, options: MeaningOptions) -> Selection:
    """Join latents and labels by number, and leave out what would mislead.

    Raises
    ------
    DataError
        If fewer than 100 spectra or no label are left; the message says why.
    """
    asked = options.labels or tuple(known.values)
    missing = [name for name in asked if name not in known.values]
    if missing or not asked:
        there = ", ".join(known.values) or "none"
        what = f"label {missing[0]!r}" if missing else "label"
        msg = f"Can't say: no {what} of these spectra is known. Labels that are: {there}."
        raise DataError(msg)
    colouring(known, asked, options)  # says what is wrong before anything long is done
    known, notes = _join(codes, known)
    for rows, what in _exclusions(known, options):
        if not rows.all():
            notes.append(f"{int((~rows).sum())} {what}")
            known = known.take(rows)
        _check_enough(len(known), notes)
    values, uses = dict(known.values), []
    for name in asked:
        values[name], use = _usable(name, known.values[name], options)
        uses.append(use)
    if all(use.reason for use in uses):
        why = "; ".join(f"{use.name}: {use.reason}" for use in uses)
        msg = f"Can't say: none of the labels can be used. {why}."
        raise DataError(msg)
    known = KnownLabels(known.ids, values, known.words, known.stars)
    return Selection(
        tuple(each.take(_rows_of(each.ids, known.ids)) for each in codes),
        known,
        tuple(uses),
        tuple(notes),
    )


def colouring(
    known: KnownLabels, labels: Sequence[str], options: MeaningOptions
) -> tuple[str, Colour | None]:
    """Return name and values of what to colour by: as asked, or the first class, or label.

    Raises
    ------
    DataError
        If what was asked for is not known.
    """
    columns: dict[str, Colour] = {**known.values, **known.words}
    if options.colour is not None:
        if options.colour not in columns:
            msg = f"Can't colour by {options.colour!r}. There are: {', '.join(columns) or 'none'}."
            raise DataError(msg)
        return options.colour, columns[options.colour]
    for name, words in known.words.items():
        if 2 <= len(np.unique(words[words != ""])) <= MOST_CLASSES:
            return name, words
    return (labels[0], columns[labels[0]]) if labels else ("", None)


def clip(values: FloatArray, n_sigma: float) -> FloatArray:
    """Return values with NaN where they are far from the median, in standard deviations.

    Repeated until none is: deviations get smaller as outliers go.

    Examples
    --------
    >>> clip(np.array([0.0, 1.0, -1.0] * 20 + [1e4]), 5.0)[-1]
    nan
    """
    kept = np.array(values, dtype=np.float64)
    while n_sigma > 0 and np.isfinite(kept).any():
        far = np.abs(kept - np.nanmedian(kept)) > n_sigma * np.nanstd(kept)
        if not far.any():
            break
        kept[far] = np.nan
    return kept


def _join(codes: Sequence[Embeddings], known: KnownLabels) -> tuple[KnownLabels, list[str]]:
    """Return what is known of the spectra that every model has latents of, in order."""
    ids = known.ids
    for each in codes:
        ids = ids[np.isin(ids, each.ids[each.known])]
    notes = []
    for each in codes:
        n_blank = int((~each.known).sum())
        if n_blank:
            notes.append(f"{n_blank} that {each.model or 'the model'} has no latents of")
    n_lone = len(np.setdiff1d(codes[0].ids, known.ids))
    if n_lone:
        notes.append(f"{n_lone} that the table of labels does not have")
    _check_enough(len(ids), notes)
    return known.take(_rows_of(known.ids, ids)), notes


def _exclusions(known: KnownLabels, options: MeaningOptions) -> "list[tuple[BoolArray, str]]":
    """Return masks of what is kept, the later ones among what the earlier ones keep."""
    found = []
    if options.only is not None:
        name, _, word = options.only.partition("=")
        if name not in known.words:
            there = ", ".join(known.words) or "none"
            msg = f"Can't say: no class {name!r} of these spectra is known. Classes: {there}."
            raise DataError(msg)
        rows = known.words[name] == word
        found.append((rows, f"of another {name} than {word}"))
        known = known.take(rows)
    if options.one_per_star and known.stars is not None:
        rows = _first_of_each(known.stars)
        found.append((rows, "more of stars that count already"))
        known = known.take(rows)
    rng = np.random.default_rng(options.seed)
    drawn = np.zeros(len(known), dtype=bool)
    drawn[rng.permutation(len(known))[: options.most_spectra]] = True
    return [*found, (drawn, "by lot")]


def _first_of_each(stars: npt.NDArray[np.str_]) -> BoolArray:
    _, first = np.unique(stars, return_index=True)
    rows = stars == ""  # nobody knows; taken to be stars of their own
    rows[first] = True
    return np.asarray(rows)


def _usable(name: str, values: FloatArray, options: MeaningOptions) -> tuple[FloatArray, LabelUse]:
    kept = clip(values, options.sigma_clip)
    n_unknown = int(np.isnan(values).sum())
    n = int(np.isfinite(kept).sum())
    n_values = len(np.unique(kept[np.isfinite(kept)]))
    reason = ""
    if n < LEAST_ROWS:
        reason = f"known of {n} spectra, at least {LEAST_ROWS} are needed"
    elif n_values == 1:
        reason = "constant"
    elif n_values < LEAST_VALUES:
        reason = f"{n_values} values: a class, no label; at least {LEAST_VALUES} are needed"
    return kept, LabelUse(name, n, n_unknown, len(kept) - n - n_unknown, reason)


def _rows_of(ids: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    order = np.argsort(ids)
    return np.asarray(order[np.searchsorted(ids[order], wanted)])


def _check_enough(n: int, notes: Sequence[str]) -> None:
    if n < LEAST_ROWS:
        left_out = f" Left out: {'; '.join(notes)}." if notes else ""
        msg = (
            f"Can't say: {n} {'spectrum' if n == 1 else 'spectra'} with latents and labels, at "
            f"least {LEAST_ROWS} are needed.{left_out}"
        )
        raise DataError(msg)
