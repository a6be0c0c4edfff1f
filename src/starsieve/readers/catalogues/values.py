"""What single cells mean: angles, names, and nothing at all."""

import re

EMPTY = frozenset(["", "nan", "null", "none", "na", "n/a", "--", "-", "..."])
"""What stands in a cell, in small letters, where nothing is known."""


def plain_name(text: str) -> str:
    """Return a name without what tables put before it; a number that lost its last 0 gets it.

    Examples
    --------
    >>> plain_name("TOI-101.01"), plain_name("101.1"), plain_name("pi Men c")
    ('101.01', '101.10', 'pi Men c')
    """
    text = re.sub(r"^C?TOI[- ]*(?=\d)", "", text, flags=re.IGNORECASE)
    return f"{text}0" if re.fullmatch(r"\d+\.\d", text) else text


def parse_ra(text: str) -> float:
    """Return degrees of a right ascension in degrees, or in hours with colons.

    Examples
    --------
    >>> parse_ra("06:30:00"), parse_ra("84.287")
    (97.5, 84.287)
    """
    return 15 * _sexagesimal(text) if ":" in text else float(text)


def parse_dec(text: str) -> float:
    """Return degrees of a declination in degrees, or with minutes and seconds after colons."""
    return _sexagesimal(text) if ":" in text else float(text)


def _sexagesimal(text: str) -> float:
    parts = [float(part) for part in text.split(":")]
    if len(parts) > 3 or any(not 0 <= part < 60 for part in parts[1:]):
        msg = "no angle"
        raise ValueError(msg)
    size: float = sum(p / 60.0**n for n, p in enumerate([abs(parts[0]), *parts[1:]]))
    return -size if text.strip().startswith("-") else size
