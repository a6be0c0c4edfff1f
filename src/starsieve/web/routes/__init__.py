"""Every family of pages; each page has its twins for programs in the same module."""

from fastapi import APIRouter

from starsieve.web import assets
from starsieve.web.routes import (
    about,
    home,
    latent_lists,
    latents,
    models,
    new_runs,
    runs,
    search,
    session,
    spectra,
    spectra_list,
    targets,
)

ROUTERS: tuple[APIRouter, ...] = (
    about.router,
    assets.router,
    home.router,
    latent_lists.router,
    latents.router,
    models.router,
    new_runs.router,
    runs.router,
    search.router,
    session.router,
    spectra.router,
    spectra_list.router,
    targets.router,
)
