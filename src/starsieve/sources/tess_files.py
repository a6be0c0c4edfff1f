"""Files of TESS stars at MAST, as their addresses name them."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from starsieve.errors import DataError

PIPELINES = {"spoc": "SPOC", "tess-spoc": "TESS-SPOC", "qlp": "QLP"}
"""Who made light curves, and what MAST calls them."""

KINDS = {
    "fast-lc": ("fast-lc.fits",),
    "lc": ("_lc.fits", "_llc.fits"),
    "dvt": ("_dvt.fits",),
    "dvr": ("_dvr.xml",),
}
"""Kinds of files and how their names end: 20-second light curves, light curves, and the series and
the report of data validation."""

_URI = re.compile(r"mast:[A-Za-z0-9][A-Za-z0-9._+/-]{0,380}")
_SECTORS = re.compile(r"[-_]s(\d{4})(?:-s(\d{4}))?(?!\d)")
_STAR = re.compile(r"(?<!\d)(\d{16})(?!\d)")


@dataclass(frozen=True, slots=True)
class Product:
    """A file of a star.

    Parameters
    ----------
    tic : int
        The star's number.
    uri : str
        MAST's address of the file.
    kind : str
        One of `KINDS`.
    first_sector, last_sector : int
        What it covers; 0 if its name does not say.
    pipeline : str
        One of `PIPELINES`.
    """

    tic: int
    uri: str
    kind: str
    first_sector: int
    last_sector: int
    pipeline: str

    @property
    def name(self) -> str:
        """Of the file."""
        return self.uri.rpartition("/")[2]

    @property
    def sectors(self) -> str:
        """What it covers, for people: ``"3"``, ``"1-13"``."""
        if self.first_sector == self.last_sector:
            return str(self.first_sector or "")
        return f"{self.first_sector}-{self.last_sector}"


def name_products(uris: Iterable[str]) -> list[Product]:
    """Return what files are by their addresses, by star; those of no kind we know are left out.

    Examples
    --------
    >>> [file] = name_products(
    ...     ["mast:TESS/product/tess2018206190142-s0001-s0003-0000000149603524-00129_dvt.fits"]
    ... )
    >>> file.tic, file.kind, file.sectors
    (149603524, 'dvt', '1-3')
    """
    found = [product for uri in set(uris) if (product := _describe(uri)) is not None]
    return sorted(found, key=lambda product: (product.tic, product.uri))


def choose(
    products: Iterable[Product], kinds: Sequence[str], sectors: Sequence[int] = ()
) -> list[Product]:
    """Return files of some kinds that cover at least one of some sectors, or of any sector.

    Raises
    ------
    DataError
        If a kind is unknown.
    """
    check_choice("kind of product", kinds, KINDS)

    def covers(product: Product) -> bool:
        return any(product.first_sector <= s <= product.last_sector for s in sectors)

    return [p for p in products if p.kind in kinds and (not sectors or covers(p))]


def check_choice(what: str, chosen: Sequence[str], known: Collection[str]) -> None:
    """Raise DataError if something is chosen that is not known."""
    wrong = [name for name in chosen if name not in known]
    if wrong or not chosen:
        got = ", ".join(map(repr, wrong)) or "none"
        msg = f"Unknown {what}: {got}. Known are {', '.join(known)}."
        raise DataError(msg)


def _describe(uri: str) -> Product | None:
    """Return what a file is by its name; None if it is of no kind that is wanted."""
    name = uri.rpartition("/")[2]
    kind = next((k for k, ends in KINDS.items() if name.endswith(ends)), None)
    star = _STAR.search(name)
    if kind is None or star is None or not _URI.fullmatch(uri):
        return None
    sectors = _SECTORS.search(name)
    first = int(sectors[1]) if sectors else 0
    last = int(sectors[2]) if sectors and sectors[2] else first
    made_by = next((p for p in ("tess-spoc", "qlp") if name.startswith(f"hlsp_{p}_")), "spoc")
    return Product(int(star[1]), uri, kind, first, last, made_by)
