"""Every family of pages; each page has its twins for programs in the same module."""

from fastapi import APIRouter

from starsieve.web import assets
from starsieve.web.routes import (
    about,
    latent_lists,
    latents,
    models,
    new_runs,
    runs,
    session,
    spectra,
)

ROUTERS: tuple[APIRouter, ...] = (
    about.router,
    assets.router,
    latent_lists.router,
    latents.router,
    models.router,
    new_runs.router,
    runs.router,
    session.router,
    spectra.router,
)
