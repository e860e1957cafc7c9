"""Poppler's tools: a second opinion on every PDF, from code that shares nothing with what made it."""

import shutil
import subprocess
from pathlib import Path

import pytest


def _run(tool: str, *arguments: str) -> str:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed (Debian: poppler-utils)")
    return subprocess.run([tool, *arguments], check=True, capture_output=True, text=True).stdout


def text_of(pdf: bytes, folder: Path, page: int | None = None) -> str:
    """All text, of one page if it is named, without spaces and line breaks: layout may break a sentence anywhere."""
    of_page = [] if page is None else ["-f", str(page), "-l", str(page)]
    return "".join(_run("pdftotext", *of_page, str(_file(pdf, folder)), "-").split())


def signatures_of(pdf: bytes, folder: Path) -> str:
    """What `pdfsig` says; it knows nothing of our root, so certificates are not asked about."""
    return _run("pdfsig", "-nocert", str(_file(pdf, folder)))


def _file(pdf: bytes, folder: Path) -> Path:
    path = folder / "document.pdf"
    path.write_bytes(pdf)
    return path
