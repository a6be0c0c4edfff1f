"""Numbers with their errors, as people read them."""

import math
from collections.abc import Sequence


def with_error(value: float | None, errors: Sequence[float | None], digits: int) -> str:
    """Return a value with its error, or its upper and lower one, to two digits of these.

    Parameters
    ----------
    value : float, optional
        Nothing is returned of one that is not known.
    errors : sequence of float, one or two
        Above and below the value where there are two; None or NaN where not known.
    digits : int
        Decimals where no error is known.

    Examples
    --------
    >>> with_error(4.180121, [0.000094], 6), with_error(2.19, [0.113, 0.09], 2)
    ('4.180121 ± 0.000094', '2.190 +0.113 −0.090')
    >>> with_error(1004.4, [None], 0), with_error(None, [1.0], 2)
    ('1004', '')
    """
    if value is None or not math.isfinite(value):
        return ""
    known = [error for error in errors if error is not None and math.isfinite(error) and error > 0]
    if len(known) < len(errors):
        return f"{value:.{digits}f}"
    digits = max(0, 1 - math.floor(math.log10(min(known))))
    shown = [f"{error:.{digits}f}" for error in known]
    if len(set(shown)) == 1:
        return f"{value:.{digits}f} ± {shown[0]}"
    return f"{value:.{digits}f} +{shown[0]} −{shown[1]}"
