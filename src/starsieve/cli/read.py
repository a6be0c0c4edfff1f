"""``starsieve read``: what is in a file."""

from dataclasses import dataclass
from typing import Annotated

import typer

from starsieve.cli.hints import (
    FluxColumn,
    FluxUnit,
    FrameChoice,
    MediumChoice,
    QualityMask,
    ResolvingPower,
    WaveUnit,
    get_hints,
)
from starsieve.cli.options import AsJson
from starsieve.cli.output import hint, report_failures, write_record, write_text
from starsieve.errors import StarsieveError


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that could not be dealt with, and why."""

    file: str
    error: str


def read(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", show_default=False)],
    wave_unit: WaveUnit = None,
    flux_unit: FluxUnit = None,
    medium: MediumChoice = None,
    frame: FrameChoice = None,
    resolution: ResolvingPower = None,
    flux_column: FluxColumn = None,
    quality_mask: QualityMask = None,
    as_json: AsJson = False,
) -> None:
    """Say what a file is: layout, points, range, unit, aperture, what was assumed.

    For example:
      starsieve read spectrum.fits.gz
      starsieve read *.csv --json | jq .assumed
      starsieve read odd.txt --wave-unit Angstrom --medium air
      starsieve read *_lc.fits --flux-column SAP_FLUX --quality-mask hard

    The options say what a file leaves open, and win over what it says. Reading
    opens no archive and leaves nothing behind.
    """
    from starsieve.readers import read as read_file

    hints = get_hints(wave_unit, flux_unit, medium, frame, resolution, flux_column, quality_mask)
    failures: list[FailedFile] = []
    kinds: set[str] = set()
    for file in files:
        try:
            reading = read_file(file, hints)
        except StarsieveError as error:
            failures.append(FailedFile(file, str(error)))
            continue
        if as_json:
            write_record(reading.to_record())
        else:
            write_text(str(reading))
            kinds.add(reading.kind)
    report_failures(failures, len(files) - len(failures), as_json)
    if not as_json:
        verb = "infer" if kinds <= {"spectrum", "model grid"} else "vet"
        hint(f"starsieve {verb} {files[0] if len(files) == 1 else 'FILE...'}")
