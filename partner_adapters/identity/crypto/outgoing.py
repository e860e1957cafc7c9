"""A call to a host before it is sent. A signer turns it into a signed one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from partner_adapters.kit.values.canonical import text_of

Place = Literal["query", "form", "json", "header"]
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Outgoing:
    """A call before it is sent. `url` has no query, and at most one of `form` and `json` is given."""

    method: str
    url: str
    query: Pairs = ()
    form: Pairs | None = None
    json: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.form is not None and self.json is not None:
            raise ValueError("a call has a form or a JSON body, not both")

    @property
    def parameters(self) -> Pairs:
        """Return what a signature over parameters covers: query, form and the members of the JSON body, as text."""
        body = tuple((name, text_of(value)) for name, value in (self.json or {}).items())
        return self.query + (self.form or ()) + body

    def with_parameter(self, place: Place, name: str, value: str) -> Outgoing:
        """Return the call with one more parameter. Raises ValueError if it has a parameter of that name."""
        if place == "header":
            taken = name.lower() in {known.lower() for known in self.headers}
        else:
            taken = name in dict(self.parameters)
        if taken:
            raise ValueError(f"{name} is in the call already")
        match place:
            case "query":
                return replace(self, query=(*self.query, (name, value)))
            case "form":
                return replace(self, form=(*(self.form or ()), (name, value)))
            case "json":
                return replace(self, json={**(self.json or {}), name: value})
            case "header":
                return replace(self, headers={**self.headers, name: value})
