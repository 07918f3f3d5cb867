"""As much of JSON Schema 2020-12 as ``docs/report.schema.json`` uses; a keyword it does not know is an error."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
_SILENT = {"$schema", "$defs", "title", "description"}
_KNOWN = _SILENT | {
    "$ref",
    "type",
    "const",
    "enum",
    "anyOf",
    "required",
    "properties",
    "items",
    "minItems",
    "maxItems",
    "pattern",
    "maxLength",
    "minimum",
}


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, at: str = "") -> list[str]:
    """Where ``value`` breaks ``schema``, each as ``path: what``."""
    root = schema if root is None else root
    unknown = schema.keys() - _KNOWN
    assert not unknown, f"the schema uses {unknown}, which is not checked"
    if "$ref" in schema:
        return faults(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, at)
    found = _of_itself(value, schema, at)
    if "anyOf" in schema:
        tried = [faults(value, one, root, at) for one in schema["anyOf"]]
        found += [] if any(not one for one in tried) else [f"{at}: none of {len(tried)} forms", *chain(*tried)]
    if isinstance(value, dict):
        found += [f"{at}/{key}: is missing" for key in schema.get("required", ()) if key not in value]
        for key, one in schema.get("properties", {}).items():
            if key in value:
                found += faults(value[key], one, root, f"{at}/{key}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += faults(item, schema.get("items", {}), root, f"{at}/{index}")
    return found


def _of_itself(value: Any, schema: dict[str, Any], at: str) -> list[str]:
    found = []
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(_is(value, name) for name in types):
        found.append(f"{at}: {value!r} is no {' or '.join(types)}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{at}: {value!r} is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is none of {schema['enum']}")
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{at}: {value!r} is not like {schema['pattern']}")
        if len(value) > schema.get("maxLength", len(value)):
            found.append(f"{at}: longer than {schema['maxLength']}")
    if isinstance(value, list) and not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        found.append(f"{at}: {len(value)} items")
    if _is(value, "number") and value < schema.get("minimum", value):
        found.append(f"{at}: {value} is below {schema['minimum']}")
    return found


def _is(value: Any, name: str) -> bool:
    if name in ("integer", "number"):
        kinds = int if name == "integer" else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool)
    return isinstance(value, _TYPES[name])
