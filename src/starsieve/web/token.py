"""The token that writing needs: made on first start, shown once, kept as a hash."""

import hashlib
import hmac
import secrets
from pathlib import Path

from starsieve.errors import ArchiveError

FILE = "web-token.sha256"
COOKIE = "starsieve-token"


def ensure_token(root: Path) -> str | None:
    """Return a new token if the archive has none yet, else None: it is never shown again.

    Raises
    ------
    ArchiveError
        If the archive's folder can't be written to.
    """
    return None if (root / FILE).is_file() else renew_token(root)


def renew_token(root: Path) -> str:
    """Put a new token in the place of the old one, which ceases to be valid; return it.

    Raises
    ------
    ArchiveError
        If the archive's folder can't be written to.
    """
    token = secrets.token_urlsafe(24)
    part = root / f"{FILE}.part"
    try:
        part.unlink(missing_ok=True)
        part.touch(0o600)
        part.write_text(_digest(token) + "\n", encoding="ascii")
        part.replace(root / FILE)
    except OSError as error:
        msg = f"Can't keep a token in {root}: {error.strerror or error}."
        raise ArchiveError(msg) from error
    return token


def is_token(root: Path, given: str) -> bool:
    """Return whether a text is the archive's token; False also where there is none."""
    try:
        kept = (root / FILE).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return False
    return hmac.compare_digest(kept, _digest(given))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
