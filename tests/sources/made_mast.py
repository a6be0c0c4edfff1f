"""Answers of MAST, ExoFOP and TAP, made after their documentation.

Of MAST a few real answers were recorded (see `test_mast`); of ExoFOP, of TAP and of lists of TESS
products none was at hand, so those here have the form that the services' pages describe and the
names of files that the TESS archive manual gives.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from astropy.io import fits

from tests.sources.local_server import Answer, Asked, LocalServer

INVOKE, DOWNLOAD = "/api/v0/invoke", "/api/v0.1/Download/file"

TOI_CSV = """TIC ID,TOI,TFOPWG Disposition,TESS Mag,RA,Dec,Epoch (BJD),Epoch (BJD) err,\
Period (days),Period (days) err,Duration (hours),Duration (hours) err,Depth (mmag),Depth (ppm),\
Depth (ppm) err,Planet Radius (R_Earth),Planet SNR,Stellar Eff Temp (K),Stellar Radius (R_Sun),\
Comments,Date TOI Alerted (UTC),Date Modified
307210830,175.01,CP,9.3,08:18:07.89,-68:18:52.08,2459256.71,0.0005,3.690672,0.000003,1.23,0.02,\
1.6,1450,30,1.3,40,3469,0.31,L 98-59 c,2018-11-02,2024-01-01 12:00:00
149603524,102.01,KP,9.7,05:48:33.59,-63:59:18.3,2458326.07,0.0001,4.411943,0.000003,3.77,0.01,\
13.6,12400,30,15.4,474,6391,1.2,WASP-62 b,2018-09-05,2024-01-01 12:00:00
"""


def as_answer(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = (), **paging: int
) -> Answer:
    """Return rows as MAST's JSON interface sends them."""
    names = columns or list(rows[0] if rows else ())
    n_rows = len(rows)
    pages = {"page": 1, "pagesFiltered": 1, "rows": n_rows, "rowsFiltered": n_rows} | paging
    content = {
        "status": "COMPLETE",
        "msg": "",
        "data": list(rows),
        "fields": [{"name": name, "type": "string"} for name in names],
        "paging": pages,
    }
    return Answer(json.dumps(content).encode())


def question(asked: Asked) -> dict[str, Any]:
    """Return what was asked of MAST's JSON interface."""
    found: dict[str, Any] = json.loads(asked.values["request"])
    return found


def filters(asked: Asked) -> dict[str, list[str]]:
    return {f["paramName"]: f["values"] for f in question(asked)["params"]["filters"]}


class MadeMast:
    """A MAST with these files, which also knows the stars whose files they are and some more."""

    def __init__(self, files: Mapping[str, bytes], tic: Mapping[int, Mapping[str, Any]]) -> None:
        self.files = dict(files)
        self.tic = dict(tic)

    def serve(self, server: LocalServer) -> None:
        server.on(INVOKE, self.invoke)
        server.on(DOWNLOAD, self.download)

    def invoke(self, asked: Asked) -> Answer:
        services = {
            "Mast.Catalogs.Filtered.Tic.Rows": self._stars,
            "Mast.Caom.Filtered": self._observations,
            "Mast.Caom.Products": self._products,
        }
        return services[question(asked)["service"]](asked)

    def download(self, asked: Asked) -> Answer:
        name = asked.values["uri"].rpartition("/")[2]
        return Answer(self.files[name]) if name in self.files else Answer(b"gone", 404)

    def _stars(self, asked: Asked) -> Answer:
        rows = [self.tic[int(n)] for n in filters(asked)["ID"] if int(n) in self.tic]
        return as_answer(rows, ("ID", "ra", "dec", "Tmag", "Teff", "rad"))

    def _observations(self, asked: Asked) -> Answer:
        wanted = filters(asked)
        rows = [
            {"obsid": number, "target_name": str(star), "provenance_name": "SPOC"}
            for number, star in enumerate(self._owners())
            if str(star) in wanted["target_name"] and "SPOC" in wanted["provenance_name"]
        ]
        return as_answer(rows, ("obsid", "target_name", "provenance_name"))

    def _products(self, asked: Asked) -> Answer:
        numbers = [int(number) for number in question(asked)["params"]["obsid"].split(",")]
        owners, names = self._owners(), list(self.files)
        stars = {owners[number] for number in numbers}
        rows = [
            {"obsID": owner, "dataURI": f"mast:TESS/product/{name}", "productFilename": name}
            for owner, name in zip(owners, names, strict=True)
            if owner in stars
        ]
        # MAST lists a file under each observation that it belongs to.
        return as_answer([*rows, *rows], ("obsID", "dataURI", "productFilename"))

    def _owners(self) -> list[int]:
        return [int(name.split("-0000")[1][:12]) for name in self.files]


def light_curve_name(tic: int, sector: int) -> str:
    return f"tess2018206045859-s{sector:04d}-{tic:016d}-0120-s_lc.fits"


def report_name(tic: int, first: int, last: int) -> str:
    return f"tess2018206190142-s{first:04d}-s{last:04d}-{tic:016d}-00129_dvr.xml"


def light_curve(tic: int, sector: int, n: int = 200) -> bytes:
    """Make a light curve file of SPOC's layout, with checksums."""
    rng = np.random.default_rng(tic + sector)
    time = 1325.0 + 27 * sector + np.arange(n) / 720
    flux = 1000 + rng.normal(0, 1, n)
    columns = [
        fits.Column("TIME", "D", unit="BJD - 2457000, days", array=time),
        fits.Column("TIMECORR", "E", unit="d", array=np.zeros(n)),
        fits.Column("CADENCENO", "J", array=np.arange(n)),
        fits.Column("SAP_FLUX", "E", unit="e-/s", array=flux),
        fits.Column("SAP_FLUX_ERR", "E", unit="e-/s", array=np.ones(n)),
        fits.Column("PDCSAP_FLUX", "E", unit="e-/s", array=flux),
        fits.Column("PDCSAP_FLUX_ERR", "E", unit="e-/s", array=np.ones(n)),
        fits.Column("QUALITY", "J", array=np.zeros(n, dtype=np.int32)),
    ]
    primary = fits.PrimaryHDU()
    values = {"TELESCOP": "TESS", "OBJECT": f"TIC {tic}", "TICID": tic, "SECTOR": sector}
    primary.header.update(values | {"RA_OBJ": 87.1, "DEC_OBJ": -63.9, "CREATOR": "made here"})
    table = fits.BinTableHDU.from_columns(columns, name="LIGHTCURVE")
    times = {"TELESCOP": "TESS", "TIMEREF": "SOLARSYSTEM", "TIMESYS": "TDB", "BJDREFI": 2457000}
    table.header.update(times | {"BJDREFF": 0.0, "TIMEUNIT": "d", "EXPOSURE": 20.0})
    stream = io.BytesIO()
    fits.HDUList([primary, table]).writeto(stream, checksum=True)
    return stream.getvalue()


def ctoi_csv() -> str:
    """Return a CTOI table: the columns of the TOI table that it shares, and its own."""
    columns = {
        "TIC ID": 149603524,
        "CTOI": "149603524.01",
        "TFOPWG Disposition": "",
        "RA": 87.14,
        "Dec": -63.99,
        "Transit Epoch (BJD)": 2458326.1,
        "Period (days)": 4.4,
        "Duration (hrs)": 3.8,
        "Depth ppm": 12400,
        "Notes": "",
    }
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerows([list(columns), list(columns.values())])
    return stream.getvalue()
