"""Made tables of candidates: planets have the sizes of planets and last as long as they should."""

import csv
from pathlib import Path

import numpy as np

COLUMNS = {
    "toi": "TOI",
    "tic": "TIC ID",
    "disposition": "TFOPWG Disposition",
    "period": "Period (days)",
    "epoch": "Epoch (BJD)",
    "duration": "Duration (hours)",
    "depth": "Depth (ppm)",
    "radius": "Planet Radius (R_Earth)",
    "insolation": "Planet Insolation (Earth Flux)",
    "teq": "Planet Equil Temp (K)",
    "tmag": "TESS Mag",
    "teff": "Stellar Eff Temp (K)",
    "logg": "Stellar log(g) (cm/s^2)",
    "star_radius": "Stellar Radius (R_Sun)",
    "distance": "Stellar Distance (pc)",
}


def make_rows(n: int = 240, seed: int = 0) -> list[dict[str, str]]:
    """Make rows of a TOI table of ExoFOP, half of them planets, the others binaries."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        planet = number % 2 == 0
        radius = 10 ** rng.uniform(0.2, 1.15) if planet else 10 ** rng.uniform(0.95, 1.9)
        period = 10 ** rng.uniform(0, 1.3)
        star = rng.uniform(0.7, 1.3)
        expected = 24 * period / np.pi / (4.2 * period ** (2 / 3))
        duration = expected * (rng.uniform(0.6, 1.05) if planet else rng.uniform(0.7, 2.0))
        axis = 4.2 * period ** (2 / 3)
        insolation = (215 / axis) ** 2
        values = {
            "toi": f"{1000 + number}.01",
            "tic": 10_000 + number // 2 * 7 + planet,
            "disposition": rng.choice(["CP", "KP"]) if planet else "FP",
            "period": period,
            "epoch": 2_459_000 + rng.uniform(0, 100),
            "duration": duration,
            "depth": min(9e5, 1e6 * (radius / 109.1 / star) ** 2),
            "radius": radius,
            "insolation": insolation,
            "teq": 278.3 * insolation**0.25,
            "tmag": rng.uniform(8, 13),
            "teff": 5772 * star**0.7,
            "logg": 4.438 - np.log10(star),
            "star_radius": star,
            "distance": rng.uniform(50, 500),
        }
        rows.append({COLUMNS[key]: str(value) for key, value in values.items()})
    return rows


def write_rows(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write rows as a CSV file."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
