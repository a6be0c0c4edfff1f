"""What the template of a spectrum's page is given beside what is known of the spectrum."""

from itertools import groupby
from typing import Any

import numpy as np

from starsieve.archive import Archive
from starsieve.data import Spectrum
from starsieve.data.lines import SPECIES, species_between
from starsieve.data.units import FLUX_DENSITIES, WAVE_UNITS, flux_choices, readable_unit, to_axis
from starsieve.plots.interactive.spectrum_view import MANY_PIXELS, SpectrumLook
from starsieve.web.spectra.files import file_stem
from starsieve.web.spectra.look import NOT_CARRIED, Look
from starsieve.web.spectra.page import SpectrumPage
from starsieve.web.spectra.stored import atmosphere_models

PRESETS = (
    ("Cool dwarfs", "h2o ch4 co feh na1 k1"),
    ("Red optical", "tio vo cah crh feh li1 na1 k1 rb1 cs1"),
    ("Stars", "balmer ca2 ca1 mg1 na1 fe1 ch"),
    ("None", ""),
)


def page_context(archive: Archive, page: SpectrumPage, look: Look, base_url: str) -> dict[str, Any]:
    """Return everything that the template needs.

    Parameters
    ----------
    archive : Archive
    page : SpectrumPage
    look : Look
        Fitting to the spectrum's unit.
    base_url : str
        Where the app is, for commands that fetch from it.
    """
    said = [each.row.model for each in page.said]
    models = [*said, *(name for name in atmosphere_models(archive) if name not in said)]
    return {
        "page": page,
        "look": look,
        "subtitle": _subtitle(page),
        "here": look.query(),
        "elsewhere": look.query(NOT_CARRIED),
        "without_overlay": look.query(("overlay",)),
        "fluxes": [(choice, _words(choice, page)) for choice in flux_choices(page.info.flux_unit)],
        "models": [(name, name) for name in models],
        "presets": PRESETS,
        "species": [
            (group, list(members))
            for group, members in groupby(SPECIES.values(), key=lambda each: each.group)
        ],
        "shown_range": _shown_range(look),
        "caption": _caption(page),
        "command": _command(page, look, base_url),
        "python": _python(page, look.to_spectrum_look(), look.model),
    }


def about(spectrum: Spectrum) -> dict[str, Any]:
    """Return what the page's scripts tell of the pixels: the table beside the figure."""
    good = spectrum.usable
    wave, flux = spectrum.wave[good], spectrum.flux[good]
    found: dict[str, Any] = {"many": MANY_PIXELS, "n_usable": f"{len(wave):,} of {len(good):,}"}
    if not len(wave):
        return found | {"species": [], "species_titles": "none", "range": "no pixel is usable"}
    there = species_between(float(wave[0]), float(wave[-1]))
    low, high = np.quantile(flux, (0.05, 0.95))
    unit = readable_unit(spectrum.flux_unit)
    found |= {
        "range": f"{wave[0]:.5g} to {wave[-1]:.5g} µm in vacuum",
        "flux_range": f"{low:.4g} to {high:.4g} {unit}".rstrip(),
        "species": [each.name for each in there],
        "species_titles": ", ".join(each.title for each in there) or "none",
    }
    if spectrum.sigma is not None:
        found["snr"] = f"{float(np.median(flux / spectrum.sigma[good])):.1f}"
    return found


def _subtitle(page: SpectrumPage) -> list[str]:
    meta = page.info.meta
    named = [str(meta[key]) for key in ("spectral_type", "instrument", "date") if meta.get(key)]
    file = page.file_name
    return [*named, *([file] if file and file != page.title else [])]


def _words(choice: str, page: SpectrumPage) -> str:
    if choice == "stored":
        return f"as stored ({readable_unit(page.info.flux_unit) or 'relative'})"
    return readable_unit(FLUX_DENSITIES[choice]) if choice in FLUX_DENSITIES else choice


def _shown_range(look: Look) -> tuple[str, str]:
    """Return the range in the unit and medium that are shown."""
    if look.view is None:
        return "", ""
    low, high = to_axis(np.array(look.view), look.unit, look.medium).tolist()
    digits = max(0, 7 - len(f"{WAVE_UNITS[look.unit][1]:.0f}"))
    return f"{low:.{digits}f}", f"{high:.{digits}f}"


def _caption(page: SpectrumPage) -> str:
    return (
        f"{page.title}. Drag to zoom, double arrow to see all again; pixels that are not valid are "
        "crosses. A click on a name in the legend hides it."
    )


def _command(page: SpectrumPage, look: Look, base_url: str) -> str:
    name = f"{file_stem(page.info)}.fits"
    model = f" --model {look.model}" if look.model else ""
    return "\n".join(
        [
            f'curl -o {name} "{base_url}spectra/{page.info.id}.fits"',
            f"starsieve read {name}",
            f"starsieve infer {name}{model} --report report/",
            f"starsieve similar {page.info.id} --collection {page.info.collection}"
            "   # where the archive is",
        ]
    )


def _python(page: SpectrumPage, look: SpectrumLook, model: str) -> str:
    """Return a program that makes what is seen."""
    lines = [
        "import starsieve",
        "",
        'with starsieve.open_archive("starsieve-archive") as archive:  # where it is',
        f"    (spectrum,) = archive.spectra.read([{page.info.id}])",
    ]
    if look.is_smoothed:
        how = (
            f"pixels={look.smooth_pixels:g}"
            if look.smooth_pixels is not None
            else f"resolution={look.smooth_resolution:g}"
        )
        lines += ["", "from starsieve.transforms.smooth import smooth", ""]
        lines.append(f"spectrum = smooth(spectrum, {how})")
    lines += ["", "from starsieve.data.units import convert_flux, to_axis", ""]
    lines += [
        f'wave = to_axis(spectrum.wave, "{look.wave_unit}", "{look.medium}")',
        "shown = convert_flux(",
        "    spectrum.wave, spectrum.flux, spectrum.sigma, spectrum.flux_unit,",
        f'    "{look.flux}", spectrum.usable,',
        ")  # .flux, .sigma, .unit",
    ]
    asked = f', model="{model}"' if model else ""
    lines += ["", f"print(starsieve.infer(spectrum{asked}))"]
    return "\n".join(lines)
