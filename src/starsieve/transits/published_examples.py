"""Published sets of labelled signals, brought to our views, units and classes."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.transits.table_features import FloatArray
from starsieve.transits.views import N_GLOBAL, N_LOCAL, SCALE_LIMIT, Float32Array, scale_view

Arrays = Mapping[str, npt.NDArray[Any]]
Parts = tuple[dict[str, Float32Array], dict[str, FloatArray], list[str], npt.NDArray[np.int64]]
"""Views, features, labels and stars of a set."""

ANY_OF = "|"
"""Between the classes of a label that leaves more than one open."""

BINARY, OTHER, SYSTEMATICS = "eclipsing binary", "other astrophysical", "systematics"
JUNK = ANY_OF.join((OTHER, SYSTEMATICS))
FALSE_POSITIVE = ANY_OF.join((BINARY, OTHER))

YU_LABELS = {"PC": "planet", "EB": BINARY, "J": JUNK}
NIGRAHA_LABELS = {
    "PC": "planet", "KP": "planet", "CP": "planet", "EB": BINARY, "FP": FALSE_POSITIVE,
    "V": OTHER, "IS": SYSTEMATICS, "FA": SYSTEMATICS, "J": JUNK, "O": JUNK,
}  # fmt: skip
KEPLER_LABELS = {"PC": "planet", "AFP": FALSE_POSITIVE, "NTP": JUNK}

YU_TMAG = (1.83341, 19.2560)
YU_DEPTH_PPM = (2.14713e6, 51882.8711)
NIGRAHA_STAR = {
    "teff": ("Teff", 2511.573, 5688.0),
    "radius": ("Radius", 0.62227, 1.03195),
    "mass": ("Mass", 0.40778, 1.01),
    "density": ("rho", 8.23730, 0.94277),
    "distance_pc": ("distance", 220.055, 151.60),
}
"""Name in the file, slope and intercept.

The authors standardised these numbers and did not say how. The straight lines back were found
from the stars that the TIC and the TOI table have, too; they hold to the digits of these.
"""

YU_DEPTH_STEP = 0.003
"""The depth was rounded to float32 after a large constant was added: 0.8 % steps are left of it,
and of a shallower one nothing."""


def _read_yu(arrays: Arrays) -> Parts:
    """Yu et al. 2019: TESS full-frame images, sectors 1 to 5.

    Left out because they tell the answer: `toi_id` and `is_multi` (given to candidates only),
    `row_id` and `split` (order of the file), `Epoc` and `Sectors` (what was looked at when).
    """
    views = {
        name: _scale_rows(arrays[name]) for name in ("global_view", "local_view", "secondary_view")
    }
    slope, offset = YU_DEPTH_PPM
    depth = arrays["Transit_Depth"] + offset
    features = {
        "period_days": arrays["Period"],
        "duration_hours": 24 * arrays["Duration"],
        "depth_ppm": np.where(depth > YU_DEPTH_STEP, slope * depth, np.nan),
        "snr": arrays["SN"],
        "tmag": np.polyval(YU_TMAG, arrays["Tmag"]),
        "bls_ingress": arrays["Qingress"],
        "depth_change": np.clip(arrays["depth_change"], -1e3, 1e3),
    }
    return views, _plain(features), _translate(arrays["label"], YU_LABELS), arrays["id"]


def _read_nigraha(arrays: Arrays) -> Parts:
    """Rao et al. 2021: TESS two-minute light curves; baseline at 1 and dip at -1 as published.

    Left out: `T0` and `split`, as above, and `logg` and `lum`, which are filled in for many stars.
    """
    views = {
        "global_view": _scale_rows(arrays["global_view"]),
        "local_view": _scale_rows(_resample(arrays["local_view"], N_LOCAL)),
        "half_phase_view": _half_phase(arrays["odd_even_view"]),
    }
    star = {ours: slope * arrays[name] + zero for ours, (name, slope, zero) in NIGRAHA_STAR.items()}
    depth, odd, even = (1 - arrays[name] for name in ("Depth", "DepthOdd", "DepthEven"))
    features = {
        "period_days": arrays["Period"],
        "duration_hours": arrays["Duration"],
        "depth_ppm": 1e6 * depth,
        "snr": arrays["snr"],
        "n_transits": arrays["NumTransits"],
        "odd_even_part": np.abs(odd - even) / np.maximum(depth, 1e-6),
        "tmag": arrays["TMag"],
        "sde": arrays["sde"],
        "tls_rp_rs": arrays["rp_rs"],
        **star,
    }
    return views, _plain(features), _translate(arrays["label"], NIGRAHA_LABELS), arrays["id"]


def _half_phase(odd_even: npt.NDArray[Any]) -> Float32Array:
    """Return the orbit half a period later, in units of the dip.

    In spite of its name, that is what the first half of the view holds; the second one is the
    local view again. Both are scaled by the deeper of the two, which is not always the local one.
    """
    both = (odd_even - 1) / 2
    middle = both.shape[1] // 2
    dip = np.maximum(-both[:, middle:].min(axis=1, keepdims=True), 1 / SCALE_LIMIT)
    view = _resample(both[:, :middle] / dip, N_LOCAL)
    return np.clip(view, -SCALE_LIMIT, SCALE_LIMIT).astype(np.float32)


def _read_kepler(arrays: Arrays) -> Parts:
    """Kepler DR24 threshold-crossing events, whose local view is twice as wide as ours.

    Left out: `tce_time0bk` and `split`, as above, and `tce_plnt_num` (other candidates of the
    star); the fit's impact parameter and the centroid offsets, which no bare light curve has.
    """
    wide = arrays["local_view"]
    quarter = wide.shape[1] // 4
    views = {
        "global_view": _scale_rows(_resample(arrays["global_view"], N_GLOBAL)),
        "local_view": _scale_rows(_resample(wide[:, quarter:-quarter], N_LOCAL)),
    }
    snr = arrays["tce_model_snr"]
    features = {
        "period_days": arrays["tce_period"],
        "duration_hours": 24 * arrays["tce_duration"],
        "depth_ppm": np.where(arrays["tce_depth"] < 1e6, arrays["tce_depth"], np.nan),
        "snr": np.where(snr > 0, snr, np.nan),
        "teff": arrays["tce_steff"],
        "logg": arrays["tce_slogg"],
        "radius": arrays["tce_sradius"],
    }
    return views, _plain(features), _translate(arrays["label"], KEPLER_LABELS), -arrays["id"]


PUBLISHED: Mapping[str, Callable[[Arrays], Parts]] = {
    "toi_id": _read_yu,
    "odd_even_view": _read_nigraha,
    "tce_time0bk": _read_kepler,
}
"""What reads a set, by an array that only it has."""


def _translate(labels: npt.NDArray[Any], words: Mapping[str, str]) -> list[str]:
    return [words.get(str(label), str(label)) for label in labels]


def _plain(features: Mapping[str, npt.NDArray[Any]]) -> dict[str, FloatArray]:
    return {name: np.asarray(values, dtype=np.float64) for name, values in features.items()}


def _resample(view: npt.NDArray[Any], n_bins: int) -> FloatArray:
    """Return the means over even parts of each row."""
    size = view.shape[1]
    if size == n_bins:
        return view.astype(np.float64)
    total = np.concatenate([np.zeros((len(view), 1)), np.cumsum(view, axis=1, dtype=float)], axis=1)
    edges = np.linspace(0, size, n_bins + 1)
    low = np.minimum(edges.astype(int), size - 1)
    at_edges = total[:, low] + (edges - low) * (total[:, low + 1] - total[:, low])
    return np.asarray(np.diff(at_edges, axis=1) * n_bins / size)


def _scale_rows(view: FloatArray) -> Float32Array:
    return np.stack([scale_view(row) for row in view])
