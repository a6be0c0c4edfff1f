"""Where things are and how many workers: read once, passed down, never imported as a global."""

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from starsieve.errors import RecipeError

PREFIX = "STARSIEVE_"


class Settings(BaseModel):
    """Machine settings. Recipes say what to compute; settings say where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    archive: Path = Path("starsieve-archive")
    database_url: str | None = None
    engine: Literal["serial", "processes"] = "serial"
    workers: int = Field(default=1, ge=1)
    cache: Path | None = None

    @classmethod
    def from_environment(cls) -> Self:
        """Read STARSIEVE_ARCHIVE, STARSIEVE_DATABASE_URL, ...; unset ones keep their defaults.

        Raises
        ------
        RecipeError
            If a variable holds an impossible value; the message names the variable.
        """
        found = {
            name: os.environ[PREFIX + name.upper()]
            for name in cls.model_fields
            if os.environ.get(PREFIX + name.upper())
        }
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            wrong = "; ".join(
                f"{PREFIX}{detail['loc'][0]!s}".upper()
                + f"={detail['input']!r}: {detail['msg'].lower()}"
                for detail in error.errors()
            )
            msg = f"Environment: {wrong}. Unset the variable or give it such a value."
            raise RecipeError(msg) from error
