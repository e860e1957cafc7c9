"""Files in a form that a browser sends without scripts, read into memory only: no part of them reaches a disk."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from partner_adapters.kit.values.problems import Problem

MULTIPART = "multipart/form-data"
MAX_FIELDS = 20


class _InMemory(MultiPartParser):
    # Starlette writes a file above this to an unencrypted temporary file. The body is bounded before.
    spool_max_size = 1024 * 1024 * 1024


def is_multipart(request: Request) -> bool:
    """Whether the request claims to be a form with files."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == MULTIPART


async def read_files(request: Request, names: Collection[str]) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return the fields, and the files of these names that are not empty, of a form with files.

    Of two files with one name the one that is there counts. Problem 400 `upload.malformed`.
    """
    # A second input for the same file may be left empty.
    most_files = 2 * len(names)
    try:
        parser = _InMemory(request.headers, request.stream(), max_files=most_files, max_fields=MAX_FIELDS)
        sent = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise Problem(400, "upload.malformed") from error
    fields, files = {}, {}
    for name, value in sent.multi_items():
        if not isinstance(value, UploadFile):
            fields[name] = value
        elif name in names and (content := await value.read()):
            files[name] = content
    await sent.close()
    return fields, files
