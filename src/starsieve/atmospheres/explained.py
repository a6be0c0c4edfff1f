"""What a page says about the wavelengths that drive the parameters."""

from starsieve.atmospheres.explanation import CAVEAT, Explanation
from starsieve.atmospheres.mean_explanation import MeanExplanation
from starsieve.data.labels import get_label
from starsieve.plots import inline_svg
from starsieve.reports import Part, Picture, Svg, Table, Text

MOST = 5
"""Bands of each parameter in the table."""


def describe_drivers(explained: Explanation) -> list[Part]:
    """Return the table of each parameter's strongest bands, and what it can't tell."""
    rows = [
        [
            name,
            f"{each.low:.3f} to {each.high:.3f}",
            f"{each.influence:.2f}",
            f"{each.shift:+.2f}".replace("-", "−"),
            f"{each.widening:.2f}",
        ]
        for name in explained.names
        for each in explained.drivers(name)[:MOST]
    ]
    still = [name for name in explained.names if not explained.drivers(name)]
    parts: list[Part] = []
    if rows:
        columns = ["Parameter", "Band (µm)", "Influence (σ)", "Shift (σ)", "Width"]
        parts.append(Table(columns, rows, _caption()))
    if still:
        parts.append(Text(_nothing(explained, still)))
    return [*parts, Text(CAVEAT)]


def describe_mean(mean: MeanExplanation) -> list[Part]:
    """Return the figure and the table of the bands that drive many spectra, with what it is."""
    rows = [
        [
            name,
            f"{mean.bands[row, 0]:.3f} to {mean.bands[row, 1]:.3f}",
            f"{mean.influence[row, column]:.2f}",
            f"{mean.shift[row, column]:+.2f}".replace("-", "−"),
            f"{mean.widening[row, column]:.2f}",
            f"{mean.share[row, column]:.0%} of {mean.n_asked[row]}",
            str(mean.strongest[row, column]),
        ]
        for column, name in enumerate(mean.names)
        for row in mean.drivers(name)[:MOST]
    ]
    said = "Mean influence of each band, without which the parameters were inferred again."
    drawn = Svg(inline_svg(mean.plot(), "drivers"))
    parts: list[Part] = [Picture(drawn, f"Drivers: {'; '.join(mean.sentences())}.", said)]
    if rows:
        columns = ["Parameter", "Band (µm)", "Influence (σ)", "Shift (σ)", "Width"]
        caption = (
            f"At most the {MOST} strongest of the bands with an effect in half of the spectra or "
            "more. Influence is the mean, shift and width the median, in each "
            "spectrum's own σ; a shift near zero may go either way."
        )
        parts.append(Table([*columns, "With an effect", "Strongest in"], rows, caption))
    return [*parts, Text(CAVEAT)]


def _caption() -> str:
    return (
        f"At most the {MOST} strongest bands of each parameter. Shift: how far the median moves "
        "without the band; width: of the 68 % interval without it over that with it; influence: "
        "distance of the two posteriors, which counts both. σ is half of the quoted 68 % interval."
    )


def _nothing(explained: Explanation, names: list[str]) -> str:
    if not (explained.influence >= 0).any():
        return "No band could be left out: too little of the spectrum would remain."
    meant = ", ".join(get_label(name).meaning.partition(";")[0] for name in names)
    return f"No single band changes these beyond the scatter of the draws: {meant}."
