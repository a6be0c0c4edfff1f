"""Names of labels, files and facts as pages show them."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from starsieve.data.labels import LABELS

_COMMANDS = {r"\alpha": "α", r"\log": "log", r"\rm ": ""}
_SUBSCRIPT = re.compile(r"_\{([^{}]*)\}")

MAX_NAME = 60


def symbol(text: str) -> Markup:
    """Return a text as HTML, with a label's symbol instead of its name at the beginning.

    Examples
    --------
    >>> symbol("teff (K)"), symbol("1 < 2")
    (Markup('T<sub>eff</sub> (K)'), Markup('1 &lt; 2'))
    """
    name, space, rest = text.partition(" ")
    if name not in LABELS:
        return escape(text)
    html = str(escape(LABELS[name].symbol)).replace("$", "")
    for command, plain in _COMMANDS.items():
        html = html.replace(command, plain)
    # Only symbols from `LABELS` come here, escaped; the one tag is this.
    html = _SUBSCRIPT.sub(r"<sub>\1</sub>", html)
    return Markup(html) + space + rest


def file_stem(title: str, *identity: str | bytes) -> str:
    """Return a name for a file: readable, safe on every system, one for each identity.

    Parameters
    ----------
    title : str
        Anything: slashes, dots and letters of any script are replaced.
    *identity : str or bytes
        What tells two things of one title apart.

    Examples
    --------
    >>> file_stem("../2MASS J0415-0935", "a.fits")
    '2mass-j0415-0935-df705523'
    """
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower())[:MAX_NAME].strip("-")
    digest = hashlib.sha256()
    for part in (title, *identity):
        content = part.encode(errors="surrogatepass") if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    return f"{words or 'object'}-{digest.hexdigest()[:8]}"


def as_facts(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, list[str]]]:
    """Return a mapping as names and lines of text; one within another gets a longer name.

    Examples
    --------
    >>> as_facts({"seed": 0, "versions": {"numpy": "2.0"}, "bands_used": ["J", "H"], "no": None})
    [('seed', ['0']), ('versions numpy', ['2.0']), ('bands used', ['J', 'H'])]
    """
    facts: list[tuple[str, list[str]]] = []
    for key, value in values.items():
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            facts += as_facts(value, f"{name} ")
        elif isinstance(value, list | tuple):
            facts.append((name, [_text(item) for item in value] or ["nothing"]))
        elif value is not None and value != "":
            facts.append((name, [_text(value)]))
    return facts


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
