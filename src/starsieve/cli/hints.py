"""Options that say what a file leaves open."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from starsieve.readers import Hints

Medium = Literal["vacuum", "air"]
Frame = Literal["unknown", "topocentric", "geocentric", "heliocentric", "barycentric", "rest"]
# spelt out again here since `starsieve.data` would bring NumPy into every call of --help

WaveUnit = Annotated[
    str | None,
    typer.Option("--wave-unit", metavar="UNIT", help="Of the wavelengths: um, nm, Angstrom."),
]
FluxUnit = Annotated[
    str | None,
    typer.Option("--flux-unit", metavar="UNIT", help='Of the flux: "W / (m2 um)", Jy.'),
]
MediumChoice = Annotated[
    Medium | None, typer.Option("--medium", help="Where the wavelengths were measured.")
]
FrameChoice = Annotated[Frame | None, typer.Option("--frame", help="Velocity frame.")]
ResolvingPower = Annotated[
    float | None,
    typer.Option("--resolution", metavar="R", help="Resolving power, wavelength / FWHM."),
]
FluxColumn = Annotated[
    str | None,
    typer.Option("--flux-column", metavar="NAME", help="Where a file has several: SAP_FLUX."),
]
QualityMask = Annotated[
    str | None,
    typer.Option(
        "--quality-mask",
        metavar="WHICH",
        help="Flags that make a cadence useless: default, hard, none, or their sum.",
    ),
]


def get_hints(
    wave_unit: str | None,
    flux_unit: str | None,
    medium: Medium | None,
    frame: Frame | None,
    resolution: float | None,
    flux_column: str | None = None,
    quality_mask: str | None = None,
) -> "Hints":
    """Return what the user knows better than the files.

    Raises
    ------
    DataError
        If the resolution is not positive, or the quality mask is neither a word nor a number.
    """
    from starsieve.readers.reader import Hints, parse_quality_mask

    return Hints(
        wave_unit=wave_unit,
        flux_unit=flux_unit,
        medium=medium,
        frame=frame,
        resolution=resolution,
        flux_column=flux_column,
        quality_mask=None if quality_mask is None else parse_quality_mask(quality_mask),
    )
