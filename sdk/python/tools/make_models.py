"""Make `sunbridge/models.py` from the published contract: `python tools/make_models.py`. A test compares them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from make_sync import formatted

HERE = Path(__file__).parents[1]
CONTRACT = HERE.parents[1] / "docs" / "openapi" / "partner-v1.json"
# The schemas that programs of partners work with, and how they are called here.
MODELS = (
    "NewLaunch",
    "Launch",
    "NewProgressView",
    "Status",
    "Event",
    "WebhookEvent",
    "NewWebhookEndpoint",
    "WebhookEndpoint",
    "DeliveryAttempt",
    "Delivery",
    "LoggedRequest",
    "ApiKey",
    "RotatedKey",
    "Clock",
    "PendingFault",
)
BEGINNING = '''"""What the API answers with. Made from docs/openapi/partner-v1.json by tools/make_models.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sunbridge._model import Model
'''

Schema = Mapping[str, Any]


def made_from(contract: Mapping[str, Any]) -> str:
    """Return the text of the module. Raises KeyError where the contract lacks a model."""
    schemas = contract["components"]["schemas"]
    parts = [BEGINNING, *(_class(name, schemas[name], schemas) for name in MODELS), _types(schemas)]
    return formatted("\n\n".join(part.rstrip() + "\n" for part in parts))


def _class(name: str, schema: Schema, schemas: Schema) -> str:
    required = set(schema.get("required", ()))
    fields = schema["properties"]
    ordered = sorted(fields, key=lambda field: field not in required)
    lines = ["@dataclass(frozen=True, kw_only=True)", f"class {name}(Model):"]
    lines += _docstring(schema.get("description", name), 4)
    lines.append("")
    for field in ordered:
        kind = _kind(fields[field], schemas)
        default = "" if field in required else " = None"
        if default and "None" not in kind.split(" | "):
            kind += " | None"
        lines += _comment(_description(fields[field], schemas))
        lines.append(f"    {field}: {kind}{default}")
    return "\n".join(lines)


def _kind(schema: Schema, schemas: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name if name in MODELS else _kind(schemas[name], schemas)
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_kind(one, schemas) for one in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list[{_kind(schema['items'], schemas)}]"
    if schema.get("format") == "date-time":
        return "datetime"
    simple = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
    # Of an enumeration only the type: a later version of the API may add a member.
    return simple.get(
        schema.get("type", "string" if "enum" in schema or "const" in schema else ""), "dict[str, Any]"
    )


def _description(schema: Schema, schemas: Schema) -> str:
    said = str(schema.get("description", ""))
    named = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    members = named.get("enum", ())
    listed = f"One of {', '.join(members)}; later versions may add others." if members else ""
    return " ".join(part for part in (said, listed) if part)


def _docstring(text: str, indent: int) -> Iterator[str]:
    if not text:
        return
    lines = textwrap.wrap(" ".join(text.split()), 110 - indent - 6, break_on_hyphens=False)
    one = len(lines) == 1
    yield f'{" " * indent}"""{lines[0]}' + ('"""' if one else "")
    if not one:
        yield from (" " * indent + line for line in lines[1:])
        yield " " * indent + '"""'


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()),
        110,
        initial_indent="    # ",
        subsequent_indent="    # ",
        break_on_hyphens=False,
    )


def _types(schemas: Schema) -> str:
    """Return the types of events as names, so that an editor completes them."""
    lines = ["class EventType:", '    """The types of events. Later versions may add others."""', ""]
    lines += [f'    {kind.replace(".", "_").upper()} = "{kind}"' for kind in schemas["EventType"]["enum"]]
    return "\n".join(lines)


def main() -> None:
    contract = json.loads(CONTRACT.read_text())
    (HERE / "src" / "sunbridge" / "models.py").write_text(made_from(contract))


if __name__ == "__main__":
    main()
