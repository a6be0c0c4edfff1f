"""Where the project's parts are."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "src" / "starsieve"


def read_docs() -> str:
    """Return all pages of the documentation as one text, without what a build made of them."""
    pages = [*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")]
    return "\n".join(
        page.read_text(encoding="utf-8")
        for page in pages
        if not {"_build", "jupyter_execute"} & set(page.relative_to(DOCS).parts)
    )


def list_modules() -> list[str]:
    """Return the dotted name of every module of the package."""
    names = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def list_tracked_files() -> list[Path]:
    """Return the files under version control; none where this is no checkout."""
    done = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=False
    )
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]
