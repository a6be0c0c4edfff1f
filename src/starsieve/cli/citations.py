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


SOFTWARE = (
    Citation(
        "starsieve",
        "this software",
        "{The starsieve developers}",
        "starsieve: from a telescope archive to answers",
        "2026",
        url="https://pypi.org/project/starsieve",
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
"""Of every answer."""

METHOD = (
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
)
"""Of parameters from spectra."""

TRANSITS = (
    Citation(
        "kovacs2002",
        "the search by box least squares",
        "Kovács, G. and Zucker, S. and Mazeh, T.",
        "A box-fitting algorithm in the search for periodic transits",
        "2002",
        eprint="astro-ph/0206099",
    ),
    Citation(
        "hippke2019",
        "the comparison of detrending methods that chose the biweight",
        "Hippke, Michael and David, Trevor J. and Mulders, Gijs D. and Heller, René",
        "Wotan: Comprehensive Time-series Detrending in Python",
        "2019",
        eprint="1906.00966",
    ),
    Citation(
        "foremanmackey2021",
        "the transit model exoplanet-core",
        "Foreman-Mackey, Daniel and Luger, Rodrigo and Agol, Eric and others",
        "exoplanet: Gradient-based probabilistic inference for exoplanet data & other "
        "astronomical time series",
        "2021",
        eprint="2105.01994",
    ),
    Citation(
        "stassun2019",
        "values of stars from the TESS Input Catalog",
        "Stassun, Keivan G. and Oelkers, Ryan J. and Paegert, Martin and others",
        "The Revised TESS Input Catalog and Candidate Target List",
        "2019",
        eprint="1905.10694",
    ),
)
"""Of transits and candidates."""

REPRESENTATIONS = (
    Citation(
        "sedaghat2021",
        "the programme: latents of an archive, what they mean, services",
        "Sedaghat, Nima and Romaniello, Martino and Carrick, Jonathan E. and Pineau, "
        "François-Xavier",
        "Machines learn to infer stellar parameters just by looking at a large number of spectra",
        "2021",
        eprint="2009.12872",
    ),
    Citation(
        "chen2018",
        "the total-correlation objective",
        "Chen, Ricky T. Q. and Li, Xuechen and Grosse, Roger and Duvenaud, David",
        "Isolating Sources of Disentanglement in Variational Autoencoders",
        "2018",
        eprint="1802.04942",
    ),
    Citation(
        "kraskov2004",
        "the estimate of mutual information",
        "Kraskov, Alexander and Stögbauer, Harald and Grassberger, Peter",
        "Estimating mutual information",
        "2004",
        eprint="cond-mat/0305641",
    ),
)
"""Of representations of spectra."""

EXAMPLES = {
    "yu": Citation(
        "yu2019",
        "labelled signals of TESS full-frame images",
        "Yu, Liang and Vanderburg, Andrew and Huang, Chelsea and others",
        "Identifying Exoplanets with Deep Learning III: Automated Triage and Vetting of TESS "
        "Candidates",
        "2019",
        eprint="1904.02726",
    ),
    "nigraha": Citation(
        "rao2021",
        "labelled signals of TESS two-minute light curves",
        "Rao, Sriram and Mahabal, Ashish and Rao, Niyanth and Raghavendra, Cauligi",
        "Nigraha: Machine-learning based pipeline to identify and evaluate planet candidates "
        "from TESS",
        "2021",
        eprint="2101.09227",
    ),
    "shallue": Citation(
        "shallue2018",
        "views of labelled Kepler signals",
        "Shallue, Christopher J. and Vanderburg, Andrew",
        "Identifying Exoplanets with Deep Learning: A Five Planet Resonant Chain around "
        "Kepler-80 and an Eighth Planet around Kepler-90",
        "2018",
        eprint="1712.05044",
    ),
    "guerrero": Citation(
        "guerrero2021",
        "the catalogue of TESS objects of interest",
        "Guerrero, Natalia M. and Seager, S. and Huang, Chelsea X. and others",
        "The TESS Objects of Interest Catalog from the TESS Prime Mission",
        "2021",
        eprint="2103.12538",
    ),
}
"""What a model of transits learnt from, by the word that its card names it with."""

SPEX = Citation(
    "burgasser2017",
    "spectra of the SpeX Prism Library; cite each spectrum's own paper, too",
    "Burgasser, Adam J. and {the SPLAT Development Team}",
    "The SpeX Prism Library Analysis Toolkit (SPLAT): A Data Curation Model",
    "2017",
    eprint="1707.00062",
)

LEARNT_FROM = {
    "miles": Citation(
        "sanchezblazquez2006",
        "the MILES library",
        "Sánchez-Blázquez, P. and Peletier, R. F. and Jiménez-Vicente, J. and others",
        "Medium-resolution Isaac Newton Telescope library of empirical spectra",
        "2006",
        eprint="astro-ph/0607009",
    ),
    "spex": SPEX,
}
"""By a word on a representation's card."""

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
