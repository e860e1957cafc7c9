"""Wire models that several endpoints share. Every time on the wire is UTC, with `Z`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, PlainSerializer, WithJsonSchema

from partner_adapters.kit.values import wire

__all__ = ["Command", "Cursor", "ExternalReference", "Limit", "Moment", "Page", "Wire"]
MOST_ON_PAGE = 100


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[
    datetime,
    PlainSerializer(_utc, return_type=str, when_used="json"),
    # The serializer hides that the text is a time.
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
ExternalReference = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9._:-]{1,64}$",
        description="Your own name for what the launch is about. It returns in every event and report.",
    ),
]
Cursor = Annotated[str, Field(max_length=200, description="`next` of the page before.")]
Limit = Annotated[int, Field(ge=1, le=MOST_ON_PAGE)]


class Wire(wire.Wire):
    """An answer. Its fields' docstrings stand in the OpenAPI document."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Command(wire.Command):
    """A request. Its fields' docstrings stand in the OpenAPI document."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Page(Command):
    """The query of a list."""

    after: Cursor | None = None
    limit: Limit = 50
