"""What a call sends, as configuration: texts with `{variables}`, alone or inside tables and lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

MAX_TEXT = 2000
_VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _sound(template: Any) -> Any:
    match template:
        case str() if len(template) > MAX_TEXT:
            raise ValueError(f"has more than {MAX_TEXT} characters")
        case str() if set("{}") & set(_VARIABLE.sub("", template)):
            raise ValueError("has a brace that belongs to no {variable}")
        case str() | bool() | int():
            pass
        case dict():
            for part in template.values():
                _sound(part)
        case list():
            for part in template:
                _sound(part)
        case _:
            raise ValueError("must be a text, a whole number, true, false, a table or a list of these")
    return template


# `"Bearer {access_token}"`, or a table of such texts, which is sent as compact JSON in a parameter.
Template = Annotated[Any, AfterValidator(_sound)]
TextTemplate = Annotated[str, AfterValidator(_sound)]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]


def variables_in(template: Any) -> frozenset[str]:
    """Return the names of all variables."""
    match template:
        case str():
            return frozenset(_VARIABLE.findall(template))
        case dict():
            return frozenset().union(*map(variables_in, template.values()))
        case list():
            return frozenset().union(*map(variables_in, template))
        case _:
            return frozenset()


def fill(template: Any, values: Mapping[str, str]) -> Any:
    """Return the template with its variables replaced. A value that contains `{name}` is left as it is."""
    match template:
        case str():
            return _VARIABLE.sub(lambda found: values[found[1]], template)
        case dict():
            return {name: fill(part, values) for name, part in template.items()}
        case list():
            return [fill(part, values) for part in template]
        case _:
            return template
