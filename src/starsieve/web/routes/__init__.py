"""Every family of pages; each page has its twins for programs in the same module."""

from fastapi import APIRouter

from starsieve.web import assets
from starsieve.web.routes import (
    about,
    candidate_figures,
    candidates,
    explained,
    home,
    latent_lists,
    latents,
    light_curves,
    models,
    new_runs,
    runs,
    search,
    session,
    similar,
    spectra,
    spectra_list,
    stars,
    targets,
    upload_files,
    uploads,
    verdicts,
)

ROUTERS: tuple[APIRouter, ...] = (
    about.router,
    assets.router,
    candidate_figures.router,
    candidates.router,
    explained.router,
    home.router,
    latent_lists.router,
    latents.router,
    light_curves.router,
    models.router,
    new_runs.router,
    runs.router,
    search.router,
    session.router,
    similar.router,
    spectra.router,
    spectra_list.router,
    stars.router,
    targets.router,
    upload_files.router,
    uploads.router,
    verdicts.router,
)
