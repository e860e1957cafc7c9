"""Problems (RFC 9457): every error on a JSON interface, with a stable `code` that callers may rely on.

A `Problem` is raised where the fault is known, and rendered in one place (`partner_adapters.kit.web.errors`).
`code` has the form `area.what` (`card.mismatch`, `line.over_available`). The pages have its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from partner_adapters.kit.values.json_model import JsonModel

PROBLEM_JSON = "application/problem+json"


class FieldError(BaseModel):
    """One field that is wrong: a dotted path, a stable code, and figures for the text."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    field: str
    code: str
    params: dict[str, str | int] = {}


class ProblemBody(JsonModel):
    """The wire form of a problem."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    type: str = "about:blank"
    title: str = ""
    status: int
    code: str
    detail: str = ""
    instance: str = ""
    """The request's reference number, as in every log."""
    params: dict[str, str | int] = {}
    errors: list[FieldError] = []


class Problem(Exception):
    """A refusal with an HTTP status, a stable code, figures and, for bad input, one entry per field."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        params: Mapping[str, str | int] | None = None,
        errors: list[FieldError] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code} {detail}".strip())
        self.status = status
        self.code = code
        self.detail = detail
        self.params = dict(params or {})
        self.errors = list(errors or [])
        self.headers = dict(headers or {})

    def body(self, instance: str = "") -> dict[str, Any]:
        """Return the problem as JSON-ready data."""
        return ProblemBody(
            type=f"urn:sunbridge:problem:{self.code}",
            title=self.code,
            status=self.status,
            code=self.code,
            detail=self.detail,
            instance=instance,
            params=self.params,
            errors=self.errors,
        ).model_dump(exclude_defaults=True)


def invalid(field: str, code: str, detail: str = "", **params: str | int) -> Problem:
    """Return a 422 about one field."""
    return Problem(
        422, code, detail, params=params, errors=[FieldError(field=field, code=code, params=params)]
    )
