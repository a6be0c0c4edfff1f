"""The page about a separation: what was learnt, what is left, and the figures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from starsieve.data.spectrum import FloatArray
from starsieve.plots import inline_svg
from starsieve.plots.separation import (
    Curves,
    plot_air,
    plot_amplitudes,
    plot_covariances,
    plot_frames,
    plot_regions,
)
from starsieve.reports import (
    Facts,
    Notice,
    Page,
    Part,
    Picture,
    Section,
    Svg,
    Table,
    Text,
    Value,
    Values,
    as_facts,
    write_page,
)
from starsieve.representations.separation import Separation
from starsieve.representations.separation_bands import SPECIES
from starsieve.representations.separation_lines import LineScore, fine_places
from starsieve.representations.separation_results import Separated
from starsieve.representations.whitening import whiten

INDEX = "index.html"
REGION_MICRON = 6e-4
"""Half of the width of a region of interest."""

N_REGIONS = 2
SHOWN = {
    "berv_km_s": "BERV (km/s)",
    "airmass": "Airmass",
    "o2_amplitude": "O2",
    "o2_amplitude_error": "Error",
    "h2o_amplitude": "H2O",
    "h2o_amplitude_error": "Error",
    "stellar_velocity_km_s": "Star (km/s)",
}
"""What the table of exposures shows, and its headings."""

MOST_LINES = 60
"""Lines of the air in the table, the deepest; all are in the JSON."""


def write_separation(separated: Separated, folder: Path) -> Path:
    """Write the page of a separation and return its path.

    Raises
    ------
    FileError
        If the folder can't be written to.
    """
    separation = separated.separation
    page = Page(
        title="Star and air told apart",
        subtitle=f"{', '.join(separation.stars[:5])}: {len(separation.exposures)} exposures",
        sections=[
            Section("", [*_notices(separated), _headline(separated)]),
            Section("Frames and regions", _frames(separated)),
            Section("Spectrum of the air", _air(separation)),
            Section("Amplitudes", _amplitudes(separated)),
            Section("Velocity whitening", _whitening(separated)),
            Section("Lines of the air", [_line_table(separated)]),
            Section("Lines of the star", [_width_table(separated)]),
            Section("Summary", [Facts(as_facts(separated.to_record()))]),
        ],
    )
    return write_page(page, folder / INDEX)


def _notices(separated: Separated) -> list[Part]:
    failures = separated.separation.failures
    notices: list[Part] = [Notice(f"{each.file}: {each.error}") for each in failures[:10]]
    if len(failures) > 10:
        notices.append(Notice(f"... and {len(failures) - 10} more that could not be used."))
    if not separated.deep_lines:
        notices.append(Notice("No line of the air deeper than 2 % was found: nothing to judge by."))
    return notices


def _headline(separated: Separated) -> Values:
    record = separated.to_record()
    airmass = record["amplitude_against_airmass_r"]["O2"]
    return Values(
        [
            Value("Lines deeper than 2 %", str(record["n_deep_lines"])),
            Value("Depth before", _percent(record["median_depth_before"]), note="median"),
            Value("Depth after", _percent(record["median_depth_after"], 3), note="median"),
            Value("Residual in lines", _number(record["residual_ratio"]), note="over that beside"),
            Value("Stellar widths", _percent(record["width_change"]), note="median change"),
            Value("O2 with airmass", _number(airmass, 3), note="correlation"),
        ]
    )


def _percent(value: float, digits: int = 2) -> str:
    return f"{100 * value:.{digits}f} %" if np.isfinite(value) else "can't say"


def _number(value: float | None, digits: int = 2) -> str:
    return f"{value:.{digits}f}" if value is not None and np.isfinite(value) else "can't say"


def _frames(separated: Separated) -> list[Part]:
    lines = _showcase(separated.deep_lines)
    if not lines:
        return [Text("No line of the air is deep enough to be shown.")]
    first = lines[0].wave
    observed = curves_around(separated, first, in_observers_frame=True)
    star = curves_around(separated, first, in_observers_frame=False)
    regions = [
        (
            f"{line.species} at {line.wave:.5f} µm",
            curves_around(separated, line.wave, in_observers_frame=True),
            curves_around(separated, line.wave, in_observers_frame=True, corrected=True),
        )
        for line in lines
    ]
    marks = [line.wave for line in separated.deep_lines]
    return [
        Picture(
            Svg(inline_svg(plot_frames(observed, star), "frames")),
            f"All exposures around {first:.5f} micron in the observer's and the barycentric frame.",
            "Each exposure in both frames: what lines up in the upper panel is of the air, what "
            "lines up in the lower one of the star.",
        ),
        Picture(
            Svg(inline_svg(plot_regions(regions, lines=marks), "regions")),
            "Regions around deep lines of each gas, before and after.",
            "Dotted: lines of the air. After: divided by the transmission that was learnt.",
        ),
    ]


def _showcase(lines: Sequence[LineScore]) -> list[LineScore]:
    """Return the median deep line of each gas: the deepest would flatter or frighten."""
    chosen = []
    for species in SPECIES[:N_REGIONS]:
        own = sorted((x for x in lines if x.species == species.name), key=lambda x: x.depth)
        chosen += [own[3 * len(own) // 4]] if own else []
    return chosen


def curves_around(
    separated: Separated, wave: float, *, in_observers_frame: bool, corrected: bool = False
) -> Curves:
    """Return wavelength and flux over its median of all exposures around a wavelength."""
    curves = []
    for exposure, each in zip(separated.separation.exposures, separated.corrections, strict=True):
        spectrum = each.after if corrected else each.before
        shift = exposure.observer_shift if in_observers_frame else 0.0
        here = np.exp(exposure.log_wave - shift)
        near = (np.abs(here - wave) < REGION_MICRON) & spectrum.usable
        if near.sum() > 2:
            level = np.median(np.asarray(each.after.flux)[near])
            curves.append((here[near], np.asarray(spectrum.flux)[near] / level))
    return curves


def learnt_transmission(separation: Separation, number: int, gas: int) -> tuple[FloatArray, ...]:
    """Return wavelength (vacuum micron, observer's frame) and transmission of a gas in a window,
    at the mean amplitude.
    """
    window = separation.windows[number]
    places = fine_places(window)
    log_t = window.air.matrix(places) @ separation.templates[number].air[gas]
    return np.exp(places), np.exp(log_t)


def _air(separation: Separation) -> list[Part]:
    pictures: list[Part] = []
    for number, window in enumerate(separation.windows):
        spectra = {}
        for gas, species in enumerate(SPECIES):
            wave, transmission = learnt_transmission(separation, number, gas)
            if window.allowed[gas].any():
                spectra[species.name] = (wave, transmission)
        if spectra:
            names = " and ".join(spectra)
            what = f"{window.low:.4f} to {window.high:.4f} micron"
            svg = Svg(inline_svg(plot_air(spectra), f"air{number}"))
            caption = f"{what}: at the mean amplitudes, learnt from the series alone."
            pictures.append(Picture(svg, f"Transmission of {names}, {what}.", caption))
    return pictures


def _amplitudes(separated: Separated) -> list[Part]:
    separation, records = separated.separation, separated.exposure_records()
    amplitudes = {
        species.name: (
            separation.state.amplitude[:, gas],
            separation.state.amplitude_error[:, gas],
        )
        for gas, species in enumerate(SPECIES)
        if records[0][f"{species.name.lower()}_amplitude"] is not None
    }
    sky = {
        "Airmass": np.array([each.airmass for each in separation.exposures]),
        "Relative humidity at the ground (%)": np.array(
            [each.relative_humidity for each in separation.exposures]
        ),
    }
    rows = [[Path(each["file"]).name, *(_cell(each[k]) for k in SHOWN)] for each in records]
    table = Table(["Exposure", *SHOWN.values()], rows)
    if not amplitudes:
        return [Text("No gas was seen, so no amplitude can be told."), table]
    svg = Svg(inline_svg(plot_amplitudes(amplitudes, sky), "amplitudes"))
    caption = (
        "Neither entered the fit. Oxygen is well mixed and follows the airmass; water does not "
        "have to follow the humidity at the ground."
    )
    return [Picture(svg, "Amplitude of each gas against airmass and humidity.", caption), table]


def _cell(value: object) -> str:
    if value is None:
        return "can't say"
    if isinstance(value, float):
        return f"{value:.4g}" if np.isfinite(value) else ""
    return str(value)


def _whitening(separated: Separated) -> list[Part]:
    lines = _showcase(separated.deep_lines)
    star = separated.separation.stars[0]
    exposures = [each for each in separated.separation.exposures if each.star == star]
    if not lines or len(exposures) < 3:
        return [Text("Not shown: it needs three exposures of a star and a line of the air.")]
    wave = lines[0].wave
    window = next(w for w in separated.separation.windows if w.low <= wave <= w.high)
    half = 0.6 * REGION_MICRON
    middle = float(np.clip(wave, window.low + half, window.high - half))
    whitened = whiten(exposures, (middle - half, middle + half))
    before, after = whitened.energies
    matrices = {
        "Observer's frame": whitened.correlation_before,
        "After random shifts": whitened.correlation_after,
    }
    caption = (
        f"Mean squared correlation of pixels that share no line: {before:.3f} before, {after:.3f} "
        "after random velocities of up to 30 km/s."
    )
    svg = Svg(inline_svg(plot_covariances(whitened.wave, matrices), "covariances"))
    return [Picture(svg, "Correlation of pixels before and after velocity whitening.", caption)]


def _line_table(separated: Separated) -> Table:
    deepest = sorted(separated.lines, key=lambda line: -line.depth)[:MOST_LINES]
    rows = [
        [
            f"{line.wave:.6f}",
            line.species,
            f"{100 * line.depth:.2f} ± {100 * line.depth_error:.2f}",
            f"{100 * line.depth_before:.2f}",
            f"{100 * line.depth_after:.2f}",
            f"{line.residual:.2f}",
            f"{line.ratio:.2f}",
        ]
        for line in deepest
    ]
    columns = [
        *("µm, vacuum", "Gas", "Learnt depth (%)", "Before (%)", "After (%)"),
        *("Residual (sigma)", "Over beside"),
    ]
    return Table(columns, rows, f"The {len(deepest)} deepest of {len(separated.lines)}.")


def _width_table(separated: Separated) -> Table:
    rows = [
        [
            f"{each.wave:.6f}",
            each.star,
            f"{each.depth:.2f}",
            f"{each.before:.3f}",
            f"{each.after:.3f}",
            f"{100 * each.change:.2f}",
            f"{each.n_before} of {each.n_after}",
        ]
        for each in separated.widths
    ]
    columns = [
        *("µm, barycentric", "Star", "Depth", "Width before (pm)", "After (pm)"),
        *("Change (%)", "Exposures clean before"),
    ]
    return Table(columns, rows, "Before: in exposures whose lines of the air leave the line alone.")
