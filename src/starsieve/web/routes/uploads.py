"""Uploads: send a file, see what is found out about it, keep it or let it go."""

import shutil
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from starsieve.errors import DataError, NotInArchiveError
from starsieve.learn.library import list_models
from starsieve.readers import READERS
from starsieve.tasks import Name
from starsieve.web.answers import json_answer
from starsieve.web.dependencies import Archived, Errandry, Options, Writer, require_writer
from starsieve.web.errands import Errand, Errands
from starsieve.web.errands.service import safe_name
from starsieve.web.inferred import drivers, grids_table, tell_prediction
from starsieve.web.options import WebOptions
from starsieve.web.pages import render, signed_in, wants_page
from starsieve.web.retrieval.answer import list_collections
from starsieve.web.uploads import views
from starsieve.web.uploads.options import FRAMES, MEDIA, METRICS, UploadOptions
from starsieve.web.uploads.work import ASKED, FILE, MOST_BYTES

router = APIRouter(tags=["uploads"])

KIND = "upload"
KEEP = "starsieve.web.uploads.keep:bring_in"
MOST_FIELDS = 30


def may_upload(request: Request) -> None:
    """Let in whoever may send files: anybody on this machine, elsewhere those with the token.

    Raises
    ------
    HTTPException
        401 without the token, where it is needed.
    """
    if needs_token(request.app.state.options):
        require_writer(request)


def needs_token(options: WebOptions) -> bool:
    """Return whether sending a file needs the token: others than this machine can reach the app."""
    return not options.on_loopback or bool(options.hosts)


Sender = Annotated[None, Depends(may_upload)]
Number = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,64}$", description="Of the upload.")]

FIELDS = UploadOptions.model_json_schema()["properties"]
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}, **FIELDS},
                }
            }
        },
    }
}
"""The file is read by hand: only after it is known that its sender may send it."""


@router.get("/uploads", include_in_schema=False)
def uploads_page(request: Request) -> Response:
    """Ask for a file."""
    options: WebOptions = request.app.state.options
    allowed = not needs_token(options) or signed_in(request)
    given = _choices(request.app.state.archive) | {
        "options": options,
        "allowed": allowed,
        "layouts": [(reader.name, reader.kind) for reader in READERS],
        "address": str(request.base_url).rstrip("/"),
        "asked": UploadOptions(),
    }
    return render(request, "uploads/uploads.html", **given)


@router.get("/uploads.json")
def uploads_record(archive: Archived, options: Options) -> Response:
    """Return what can be sent, and what may be said about it."""
    choices = _choices(archive)
    return json_answer(
        {
            "needs_token": needs_token(options),
            "max_bytes": options.max_upload_bytes,
            "max_unpacked_bytes": options.max_unpacked_bytes,
            "seconds": options.upload_seconds,
            "keep_hours": options.keep_hours,
            "layouts": [reader.name for reader in READERS],
            "models": [each.name for each in choices["models"]],
            "collections": [each.name for each in choices["collections"]],
        }
    )


@router.post("/uploads", status_code=202, openapi_extra=BODY)
async def send(request: Request, errands: Errandry, options: Options, _: Sender) -> Response:
    """Examine a file, apart from the archive; it is deleted after a while."""
    errands.refuse_if_full()
    async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            msg = "No file came with the request: send it as the field 'file' of a form."
            raise DataError(msg)
        asked = _read_options({k: v for k, v in form.items() if isinstance(v, str)})
        path = errands.spool.incoming()
        try:
            await run_in_threadpool(_write, file.file, path)
            upload = await run_in_threadpool(_start, errands, options, path, file.filename, asked)
        finally:
            path.unlink(missing_ok=True)
    return _see(request, upload)


@router.get("/uploads/{number}.json")
def upload_record(errands: Errandry, number: Number) -> Response:
    """Return how far an upload is, and what was found out about it when that is done."""
    upload = get_upload(errands, number)
    return json_answer(upload.to_record() | {"result": upload.result})


@router.get("/uploads/{number}", include_in_schema=False)
def upload_page(
    request: Request, number: Number, kept: Annotated[int | None, Query(ge=0)] = None
) -> Response:
    """Show what is found out about an upload."""
    upload = get_upload(request.app.state.errands, number)
    options: WebOptions = request.app.state.options
    asked = UploadOptions.model_validate(upload.options[ASKED])
    given = _choices(request.app.state.archive) | {
        "upload": upload,
        "file": upload.options[FILE],
        "asked": asked,
        "said": asked.model_dump(exclude_defaults=True, exclude={"number"}),
        "gone": views.is_kept_until(upload, options.keep_hours),
        "kept": kept,
        "result": None if upload.result is None else {**views.ABSENT, **upload.result},
    }
    if upload.result is None:
        return render(request, "uploads/waiting.html", **given)
    return render(request, "uploads/upload.html", figures=True, **given, **_shown(upload))


@router.post("/uploads/{number}/again", status_code=202)
def ask_again(
    request: Request,
    errands: Errandry,
    options: Options,
    _: Sender,
    number: Number,
    asked: Annotated[UploadOptions, Form()],
) -> Response:
    """Examine the same file anew: another of its spectra, another model, other hints."""
    upload = get_upload(errands, number)
    path = errands.spool.incoming()
    try:
        shutil.copyfile(upload.folder / str(upload.options[FILE]), path)
        again = _start(errands, options, path, str(upload.options[FILE]), asked)
    finally:
        path.unlink(missing_ok=True)
    return _see(request, again)


@router.post("/uploads/{number}/delete")
def delete(request: Request, errands: Errandry, _: Sender, number: Number) -> Response:
    """Delete an upload now, with all that was made of it."""
    errands.discard(get_upload(errands, number).id)
    if wants_page(request):
        return RedirectResponse("/uploads", 303)
    return json_answer({"deleted": number})


@router.post("/uploads/{number}/keep")
def keep(
    request: Request,
    errands: Errandry,
    _: Writer,
    number: Number,
    collection: Annotated[Name, Form(description="Made if there is none of that name.")],
) -> Response:
    """Bring an upload into the archive."""
    upload = get_upload(errands, number)
    if upload.result is None or upload.result["kind"] == "catalogue":
        msg = "Only what has been examined, and holds spectra or light curves, can be kept."
        raise DataError(msg)
    folder = errands.spool.incoming()
    folder.mkdir(mode=0o700)
    try:
        name = str(upload.options[FILE])
        shutil.copyfile(upload.folder / name, folder / name)
        found = errands.do_now(KEEP, {**upload.options, "collection": collection}, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not wants_page(request):
        return json_answer(found)
    is_spectrum = upload.result["kind"] == "spectrum" and found["ids"]
    there = (
        f"/spectra/{found['ids'][0]}" if is_spectrum else f"/uploads/{number}?kept={found['kept']}"
    )
    return RedirectResponse(there, 303)


def get_upload(errands: Errands, number: str) -> Errand:
    """Return an upload by its id.

    Raises
    ------
    NotInArchiveError
        If there is none, or it has been deleted.
    """
    upload = errands.get(number)
    if upload.kind != KIND:
        msg = f"There is no upload {number!r}."
        raise NotInArchiveError(msg)
    return upload


def _read_options(given: Mapping[str, str]) -> UploadOptions:
    try:
        return UploadOptions.model_validate({k: v for k, v in given.items() if v.strip()})
    except ValidationError as error:
        told = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(told) from error


def _write(file: BinaryIO, path: FilePath) -> None:
    with path.open("wb") as stream:
        shutil.copyfileobj(file, stream, 1024**2)


def _start(
    errands: Errands, options: WebOptions, path: FilePath, name: str, asked: UploadOptions
) -> Errand:
    given = {
        ASKED: asked.model_dump(mode="json", exclude_defaults=True),
        MOST_BYTES: options.max_unpacked_bytes,
    }
    return errands.start(KIND, given, path, file_name=safe_name(name))


def _see(request: Request, upload: Errand) -> Response:
    """Return where an upload is: a page that waits for it, or what a program asks next."""
    if wants_page(request):
        return RedirectResponse(f"/uploads/{upload.id}", 303)
    there = f"/uploads/{upload.id}.json"
    return json_answer(upload.to_record() | {"url": there}, 202, {"Location": there})


def _choices(archive: Any) -> dict[str, Any]:
    """Return what a visitor can choose from."""
    return {
        "models": [each for each in list_models(archive) if each.task == "atmospheres"],
        "collections": list_collections(archive),
        "media": MEDIA,
        "frames": FRAMES,
        "metrics": METRICS,
    }


def _shown(upload: Errand) -> dict[str, Any]:
    """Return what the template of a result needs beside the result."""
    result = {**views.ABSENT, **(upload.result or {})}
    given: dict[str, Any] = {
        "read_as": views.read_as(result["reading"]),
        "neighbours": views.neighbours(upload, result),
        "commands": views.commands(upload, result),
        "provenance": views.provenance(result),
        "grid_labels": views.grid_labels(result),
        "prediction": "",
    }
    if result.get("parameters"):
        given["headline"] = views.headline(result)
        given["parameter_table"] = views.parameter_table(result)
        given["drivers"] = drivers(result["parameters"])
        given["prediction"] = tell_prediction(result["parameters"])
        given["grids"] = grids_table(result["parameters"])
    if result.get("vetting"):
        given["candidate_table"] = views.candidate_table(result)
    return given
