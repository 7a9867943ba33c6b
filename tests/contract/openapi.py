"""The official OpenAPI document, read: its schemas as a check of answers and as a source of requests. No server here.

Answers are checked by jsonschema; what OpenAPI and this document mean beyond JSON Schema is said here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

DOCUMENT = Path(__file__).parents[3] / "shared/reference/backpack-openapi.json"
METHODS = ("GET", "POST", "PATCH", "DELETE")

Schema = Mapping[str, Any]

_NULL = {"type": "null"}
_WIDTHS = {
    "uint8": (0, 2**8),
    "uint16": (0, 2**16),
    "uint32": (0, 2**32),
    "uint64": (0, 2**64),
    "int32": (-(2**31), 2**31),
    "int64": (-(2**63), 2**63),
}
_FORMS = {
    "decimal": r"-?\d+(\.\d+)?",
    "naive-date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?",
    "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
    "naive-time": r"\d\d:\d\d:\d\d(\.\d{1,6})?",
}
# A fraction is no integer, be it a whole one: 1.0 is not how the exchange writes it.
_Validator = extend(Draft202012Validator, type_checker=Draft4Validator.TYPE_CHECKER)


def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, form in _FORMS.items():
        checker.checks(name)(lambda value, form=form: not isinstance(value, str) or bool(re.fullmatch(form, value)))
    for name, (low, high) in _WIDTHS.items():
        checker.checks(name)(lambda value, low=low, high=high: not isinstance(value, int) or low <= value < high)
    return checker


_FORMATS = _formats()


class Document:
    """The document, with its references resolved on the way."""

    def __init__(self, whole: Schema) -> None:
        self._whole = whole

    def operations(self) -> list[tuple[str, str]]:
        """Every call, by method and path."""
        paths = self._whole["paths"].items()
        return [(method, path) for path, calls in paths for method in METHODS if method.lower() in calls]

    def operation(self, method: str, path: str) -> Schema | None:
        """What the document says of a call."""
        found = self._whole["paths"].get(path, {}).get(method.lower())
        return cast("Schema | None", found)

    def parameters(self, method: str, path: str) -> Mapping[str, Schema]:
        """The parameters of a call's query, by name."""
        operation = self.operation(method, path) or {}
        return {
            one["name"]: self.sample(one["schema"]) for one in operation.get("parameters", ()) if one["in"] == "query"
        }

    def body(self, method: str, path: str) -> Schema | None:
        """The schema of a call's body."""
        operation = self.operation(method, path) or {}
        content = operation.get("requestBody", {}).get("content", {})
        return next((self.sample(one["schema"]) for one in content.values()), None)

    def problems(self, method: str, path: str, status: int, kind: str, text: str) -> Iterator[str]:
        """Where an answer is not as the document says: `$.path.of.the.field: what is wrong`."""
        operation = self.operation(method, path)
        assert operation is not None
        answer = operation["responses"].get(str(status))
        if answer is None:
            yield f"status: {status} is not in the document"
            return
        content = answer.get("content", {})
        wanted = next(iter(content), "")
        if not content:
            yield from (["body: should be empty"] if text else [])
        elif kind != wanted:
            yield f"type: {kind or 'none'} instead of {wanted}"
        else:
            value = json.loads(text) if "json" in wanted else text
            check = _Validator(self._strict(content[wanted]["schema"]), format_checker=_FORMATS)
            errors = (one for error in check.iter_errors(value) for one in _leaves(error))
            yield from (f"{one.json_path}: {one.message}" for one in errors)

    def flat(self, schema: Schema) -> Schema:
        """A schema in one piece: references followed, parts put together."""
        if "$ref" in schema:
            return self.flat(self._whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        whole = dict(schema)
        for part in map(self.flat, whole.pop("allOf", ())):
            properties = {**whole.get("properties", {}), **part.get("properties", {})}
            required = [*whole.get("required", ()), *part.get("required", ())]
            whole |= {**part, "properties": properties, "required": required}
        return whole

    def sample(self, schema: Schema) -> Schema:
        """A flat schema to make values from: of branches the first."""
        flat = self.flat(schema)
        branches = _branches(flat)
        return self.sample(branches[0]) if branches else flat

    def _strict(self, schema: Schema) -> dict[str, Any]:
        """As the exchange means it: an object has no other members than those named; an optional one may be null."""
        flat = dict(self.flat(schema))
        assert flat.get("format") in {None, "double", *_WIDTHS, *_FORMS}, f"nobody checks a {flat['format']}"
        if branches := _branches(flat):
            return {"anyOf": [self._strict(one) for one in branches]}
        if "items" in flat:
            flat["items"] = self._strict(flat["items"])
        if flat.get("type") == "object":
            needed, others = flat.get("required", ()), flat.get("additionalProperties")
            members = {name: self._strict(one) for name, one in flat.get("properties", {}).items()}
            flat["properties"] = {
                name: one if name in needed else {"anyOf": [one, _NULL]} for name, one in members.items()
            }
            flat["additionalProperties"] = self._strict(others) if others else False
        return flat


def _branches(schema: Schema) -> list[Schema]:
    return schema.get("anyOf") or schema.get("oneOf") or []


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """What is wrong at the bottom: of a choice, what is wrong with each branch."""
    branches = [one for one in error.context or () if one.schema != _NULL]
    if not branches:
        yield error
    for one in branches:
        yield from _leaves(one)


@cache
def document() -> Document:
    """The document, where it is at hand."""
    return Document(json.loads(DOCUMENT.read_text("utf-8")))


JUNK = st.one_of(
    st.sampled_from(["", " ", "0", "-1", "1e5", "NaN", "Infinity", "1.", ".5", "+1", "٣", "１", "null", "%00", "true"]),
    st.sampled_from(["9" * 19, "9" * 60, "0." + "0" * 60 + "1", "-" + "9" * 39, "4294967296", "Bid", "spot", "🙂"]),
    st.text(max_size=12),
)
WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), JUNK, st.lists(JUNK, max_size=2), st.just({})
)
"""Values that a member of a body may have and should not."""
USUAL: Mapping[str, st.SearchStrategy[Any]] = {
    "symbol": st.sampled_from(["ETH_USDC"] * 6 + ["SOL_USDC", "USDC", "BTC_USDC_PERP", "NONE_USDC"]),
    "price": st.sampled_from(["1990", "2000", "2010.01", "1400", "140", "0.01", "1999.999"]),
    "quantity": st.sampled_from(["0.1", "0.0001", "1", "0.00001", "1000000", "0", "-1"]),
    "quoteQuantity": st.sampled_from(["25", "0.01", "100000000"]),
    "orderId": st.sampled_from([str(8_284_661_000 + number) for number in range(6)]),
    "clientId": st.sampled_from([0, 1, 2, 3, 2**32 - 1]),
    "limit": st.sampled_from([0, 1, 2, 1000, 1001]),
    "offset": st.sampled_from([0, 1, 2**60]),
    "triggerPrice": st.sampled_from(["1900", "2000", "2100.5", "0", "1e3", ""]),
    "triggerQuantity": st.sampled_from(["0.1", "80%", "100%", "0%", "5000", "-1", "much"]),
    "startTime": st.sampled_from([0, 1_750_000_000, 10**12, 2**62]),
}
"""What leads into the code behind the checks more often than chance would."""


LIKELY = frozenset({"symbol", "price", "quantity", "clientId", "interval", "startTime", "side"})
RARE = ("triggerBy", "stopLoss", "takeProfit", "slippage", "autoBorrow")
"""Members with which an order is refused before anything else is looked at."""


def valid(schema: Schema, name: str = "") -> st.SearchStrategy[Any]:
    """Values that fit a flat schema, most of them such as people send."""
    if name in USUAL:
        return USUAL[name]
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "array":
            return st.lists(valid(document().sample(schema["items"])), max_size=3)
        case "object":
            return bodies(schema)
        case "boolean":
            return st.booleans()
        case "integer":
            low, high = _WIDTHS[schema["format"]]
            return st.one_of(st.integers(low, high - 1), st.sampled_from([0, 1, 1_750_793_021_519]))
        case "string" if schema.get("format") == "decimal":
            return st.sampled_from(["1", "0.5", "2000", "0", "-3", "12345678901234567890.123456789"])
        case _:
            return st.text(max_size=8)


@st.composite
def chosen_of(draw: st.DrawFn, members: Mapping[str, Schema]) -> set[str]:
    """Some of the members; most of the time those without which nothing happens, and none that spoils everything."""
    chosen = draw(st.sets(st.sampled_from(sorted(members)), max_size=6)) if members else set()
    if draw(st.integers(0, 3)):
        chosen = {name for name in chosen if not name.startswith(RARE)} | (LIKELY & members.keys())
    return chosen


@st.composite
def bodies(draw: st.DrawFn, schema: Schema) -> dict[str, Any]:
    """An object by its schema: what is required and some of the rest, now and then a member that is wrong."""
    members, required = schema.get("properties", {}), schema.get("required", ())
    chosen = draw(chosen_of(members))
    body = {name: draw(valid(document().sample(members[name]), name)) for name in sorted({*required, *chosen})}
    if draw(st.integers(0, 3)) == 0 and body:
        body[draw(st.sampled_from(sorted(body)))] = draw(WRONG)
    if draw(st.integers(0, 9)) == 0:
        body.pop(draw(st.sampled_from(sorted(body) or [""])), None)
    if draw(st.integers(0, 9)) == 0:
        body["unknownMember"] = draw(WRONG)
    return body


@st.composite
def queries(draw: st.DrawFn, parameters: Mapping[str, Schema]) -> dict[str, str]:
    """Parameters of a query as text: some of them, now and then a value that is wrong."""
    query = {name: _text(draw(valid(parameters[name], name))) for name in sorted(draw(chosen_of(parameters)))}
    if draw(st.integers(0, 3)) == 0 and query:
        query[draw(st.sampled_from(sorted(query)))] = draw(JUNK)
    return query


def _text(value: Any) -> str:
    if isinstance(value, list):
        return str(value[0]) if value else ""
    return str(value).lower() if isinstance(value, bool) else str(value)
