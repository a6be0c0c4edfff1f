"""What was read from one file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, overload

import numpy as np

from starsieve.data import LightCurve, Spectrum, SpectrumSet
from starsieve.data.validation import Validation
from starsieve.errors import DataError
from starsieve.readers.reader import Content, Kind

_OF_LIGHT_CURVES = (
    *("target", "sector", "pipeline", "flux_column", "quality_mask", "cadence_seconds"),
    *("contamination", "aperture"),
)
"""What a record takes from the metadata of a light curve."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading(Sequence[Content]):
    """The contents of one file, and what was assumed to read it.

    Parameters
    ----------
    file : str
        The path as given.
    layout : str
        Name of the reader.
    kind : {"spectrum", "model grid", "light curve", "data validation"}
    contents : tuple
        One or more `Spectrum`, one `SpectrumSet` (a model grid), one or more `LightCurve`, or one
        `Validation`.
    assumed : tuple of str
        A sentence for each thing that the file does not say, or that was changed.
    content_hash : str
        SHA-256 of the file's bytes, hexadecimal.
    """

    file: str
    layout: str
    kind: Kind
    contents: tuple[Content, ...]
    assumed: tuple[str, ...]
    content_hash: str

    def __len__(self) -> int:
        return len(self.contents)

    def __iter__(self) -> Iterator[Content]:
        return iter(self.contents)

    @overload
    def __getitem__(self, index: int) -> Content: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Content, ...]: ...
    def __getitem__(self, index: int | slice) -> Content | tuple[Content, ...]:
        return self.contents[index]

    @property
    def spectrum(self) -> Spectrum:
        """The one spectrum.

        Raises
        ------
        DataError
            If the file holds another number of spectra, or something else.
        """
        first = self.contents[0]
        if len(self.contents) == 1 and isinstance(first, Spectrum):
            return first
        if isinstance(first, SpectrumSet):
            what = f"a model grid of {len(first)} spectra"
        elif isinstance(first, LightCurve):
            what = "a light curve"
        else:
            what = f"{len(self.contents)} spectra"
        msg = f"{self.file}: holds {what}, not one spectrum. Choose from its contents."
        raise DataError(msg)

    def to_record(self) -> dict[str, Any]:
        """Return what `starsieve read --json` writes; None where a field has no meaning."""
        first = self.contents[0]
        record: dict[str, Any] = {
            "file": self.file,
            "layout": self.layout,
            "kind": self.kind,
            "object": first.meta.get("object"),
            "n_pixels": None,
            "wave_min_um": None,
            "wave_max_um": None,
            "flux_unit": None if isinstance(first, Validation) else first.flux_unit,
            "medium_in_file": None,
            "frame": None,
        }
        if isinstance(first, LightCurve):
            record |= _light_curve_fields(first)
        elif isinstance(first, Validation):
            record |= _validation_fields(first)
        else:
            record |= _spectrum_fields(self.contents)
        return record | {"assumed": list(self.assumed), "content_hash": self.content_hash}

    def __str__(self) -> str:
        lines = [f"{self.file}: {self._summary()}", *(f"  - {s}" for s in self.assumed)]
        return "\n".join([*lines, *(f"    {row}" for row in self._aperture_rows())])

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.assumed)
        return (
            f"<p><strong>{escape(self.file)}</strong>: {escape(self._summary())}</p>"
            f"<ul>{items}</ul>"
        )

    def _aperture_rows(self) -> list[str]:
        """Return the pixels of a light curve that was summed up from images, row by row."""
        aperture = None if self.kind != "light curve" else self.to_record()["aperture"]
        return [] if aperture is None else draw_aperture(aperture).splitlines()

    def _summary(self) -> str:
        record = self.to_record()
        if self.kind == "data validation":
            return f"data validation ({self.layout}) of {record['object']}, {_events(record)}"
        flux = f"flux in {record['flux_unit']}" if record["flux_unit"] else "relative flux"
        if self.kind == "light curve":
            return (
                f"light curve ({self.layout}), {record['n_usable']} usable of "
                f"{record['n_cadences']} cadences, BTJD {record['time_min_btjd']:.3f} to "
                f"{record['time_max_btjd']:.3f}, {flux}"
            )
        many = f" of {record['n_spectra']} spectra" if record["n_spectra"] > 1 else ""
        return (
            f"{self.kind} ({self.layout}){many}, {record['n_pixels']} pixels, "
            f"{record['wave_min_um']:.4g} to {record['wave_max_um']:.4g} um, {flux}, "
            f"{record['medium_in_file']} wavelengths in the file, frame {record['frame']}"
        )


def _light_curve_fields(curve: LightCurve) -> dict[str, Any]:
    return {
        "n_cadences": len(curve),
        "n_usable": int(np.sum(curve.usable)),
        "time_min_btjd": float(curve.time[0]) if len(curve) else None,
        "time_max_btjd": float(curve.time[-1]) if len(curve) else None,
        **{name: curve.meta.get(name) for name in _OF_LIGHT_CURVES},
    }


def _validation_fields(validation: Validation) -> dict[str, Any]:
    return {
        "object": validation.star.name or None,
        "target": validation.star.tic,
        "sectors": list(validation.sectors),
        "pipeline": validation.meta.get("pipeline"),
        "star": asdict(validation.star),
        "tces": [tce.to_record() for tce in validation.tces],
    }


def _events(record: Mapping[str, Any]) -> str:
    """Return the events of a data validation in words, at most three of them one by one."""
    periods = [
        f"{tce['period_days']:.6g} d" if tce["period_days"] else "a single event"
        for tce in record["tces"]
    ]
    shown = ", ".join(periods[:3]) + (", ..." if len(periods) > 3 else "")
    signals = "signal" if len(periods) == 1 else "signals"
    return f"{len(periods)} transit {signals} ({shown})"


def _spectrum_fields(contents: Sequence[Content]) -> dict[str, Any]:
    """Return one set of fields for all spectra of a file; pixels are those of one grid each."""
    spectra = [content for content in contents if isinstance(content, Spectrum | SpectrumSet)]
    first = spectra[0]
    return {
        "n_spectra": sum(len(s) if isinstance(s, SpectrumSet) else 1 for s in spectra),
        "n_pixels": sum(len(s.wave) for s in spectra),
        "n_usable": sum(int(np.sum(s.usable)) for s in spectra),
        "wave_min_um": min(float(s.wave[0]) for s in spectra),
        "wave_max_um": max(float(s.wave[-1]) for s in spectra),
        "medium_in_file": _shared(first, "medium"),
        "frame": _shared(first, "frame"),
        "resolution": first.resolution,
        "labels": sorted(first.labels) if isinstance(first, SpectrumSet) else [],
    }


def _shared(content: Spectrum | SpectrumSet, name: str) -> Any:
    """Return what a spectrum has as a field and a set, which has no such field, in `meta`."""
    return getattr(content, name) if isinstance(content, Spectrum) else content.meta.get(name)


def draw_aperture(aperture: Sequence[Sequence[int]]) -> str:
    """Return an aperture as lines of text, the highest row first, ``#`` for its pixels.

    Parameters
    ----------
    aperture : nested sequence, shape (n_rows, n_columns)
        1 for its pixels, 0 for others; the lowest row first, as in the file.

    Examples
    --------
    >>> print(draw_aperture([[0, 1], [1, 1]]))
    ##
    .#
    """
    return "\n".join("".join("#" if pixel else "." for pixel in row) for row in aperture[::-1])
