"""The works that an answer of this package rests on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citation:
    """One work to cite.

    Parameters
    ----------
    key : str
        BibTeX key.
    purpose : str
        What it was used for.
    authors : str
        As BibTeX writes them, `` and `` between two.
    title, year : str
        Of the work.
    eprint : str
        arXiv number; ``""`` if none.
    url : str
        Where else it is found; ``""`` if nowhere.
    """

    key: str
    purpose: str
    authors: str
    title: str
    year: str
    eprint: str = ""
    url: str = ""

    @property
    def text(self) -> str:
        """The work in one line."""
        first, *others = self.authors.split(" and ")
        who = first.partition(",")[0].strip("{}") + (" et al." if others else "")
        where = f"arXiv:{self.eprint}" if self.eprint else self.url
        return f"{who} ({self.year}), {self.title}, {where}"

    @property
    def bibtex(self) -> str:
        """The work as a BibTeX entry."""
        fields = {
            "author": self.authors,
            "title": f"{{{self.title}}}",
            "year": self.year,
            "eprint": self.eprint,
            "archivePrefix": "arXiv" if self.eprint else "",
            "url": self.url,
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        return f"@misc{{{self.key},\n" + ",\n".join(lines) + "\n}"


METHOD = (
    Citation(
        "starsieve",
        "this software",
        "{The starsieve developers}",
        "starsieve: from a telescope archive to answers",
        "2026",
        url="https://pypi.org/project/starsieve",
    ),
    Citation(
        "durkan2019",
        "the posterior network",
        "Durkan, Conor and Bekasov, Artur and Murray, Iain and Papamakarios, George",
        "Neural Spline Flows",
        "2019",
        eprint="1906.04032",
    ),
    Citation(
        "carnall2017",
        "the flux-conserving resampling",
        "Carnall, A. C.",
        "SpectRes: A Fast Spectral Resampling Tool in Python",
        "2017",
        eprint="1705.05165",
    ),
    Citation(
        "astropy2022",
        "files and units",
        "{Astropy Collaboration}",
        "The Astropy Project: Sustaining and Growing a Community-oriented Open-source Project "
        "and the Latest Major Release (v5.0) of the Core Package",
        "2022",
        eprint="2206.14220",
    ),
)

SPEX = Citation(
    "burgasser2017",
    "spectra of the SpeX Prism Library; cite each spectrum's own paper, too",
    "Burgasser, Adam J. and {the SPLAT Development Team}",
    "The SpeX Prism Library Analysis Toolkit (SPLAT): A Data Curation Model",
    "2017",
    eprint="1707.00062",
)

GRIDS = {
    "diamondback": Citation(
        "morley2024",
        "the model grid Sonora Diamondback",
        "Morley, Caroline V. and Mukherjee, Sagnick and Marley, Mark S. and Fortney, Jonathan J. "
        "and Visscher, Channon and Lupu, Roxana and Gharib-Nezhad, Ehsan and Thorngren, Daniel "
        "and Freedman, Richard and Batalha, Natasha",
        "The Sonora Substellar Atmosphere Models. III. Diamondback: Atmospheric Properties, "
        "Spectra, and Evolution for Warm Cloudy Substellar Objects",
        "2024",
        eprint="2402.00758",
    ),
    "bobcat": Citation(
        "marley2021",
        "the model grid Sonora Bobcat",
        "Marley, Mark S. and Saumon, Didier and Visscher, Channon and Lupu, Roxana and Freedman, "
        "Richard and Morley, Caroline and Fortney, Jonathan J. and Seay, Christopher and Smith, "
        "Adam J. R. W. and Teal, D. J. and Wang, Ruoyan",
        "The Sonora Brown Dwarf Atmosphere and Evolution Models. I. Model Description and "
        "Application to Cloudless Atmospheres in Rainout Chemical Equilibrium",
        "2021",
        eprint="2107.07434",
    ),
}
"""Model grids by the word that a model's card names them with."""
