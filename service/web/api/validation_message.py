"""Pure: what is wrong with a request, as a sentence that says what to send instead.

pydantic's own texts name Python's types and our models; a publisher's developer reads these.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.kit.translatable import TranslatableMessage, translatable, untranslated

_PLACES = frozenset({"body", "path", "query", "header"})


def validation_message(error: Mapping[str, Any]) -> TranslatableMessage:
    """Return the message of one of pydantic's error details (`ValidationError.errors()`).

    The field is named as in `articles.3`, without FastAPI's first part (body, path).
    """
    kind, context = error["type"], error.get("ctx") or {}
    field = ".".join(str(part) for part in _without_source(error["loc"]))
    if kind == "json_invalid":
        reason = f"{context.get('error', error['msg'])} at character {field}"
        return translatable("request.json", reason=reason)
    if not field:
        return _of_the_whole(error)
    if kind in _FAULTS:
        return _BY_FAULT[_FAULTS[kind]](field, context)
    return untranslated(f"{field}: {_own_words(error)}.")


def _of_the_whole(error: Mapping[str, Any]) -> TranslatableMessage:
    """Return what is wrong with a whole body: how it was sent, its form, or its fields together."""
    # A body that is not sent as JSON arrives as the bytes that it is.
    if error["type"] == "missing" or isinstance(error.get("input"), bytes):
        return translatable("request.no_body")
    if error["type"] == "value_error":
        return untranslated(f"{_own_words(error)}.")
    return translatable("request.body_shape")


def _own_words(error: Mapping[str, Any]) -> str:
    return str(error["msg"]).removeprefix("Value error, ").rstrip(".")


def _without_source(location: Sequence[int | str]) -> Sequence[int | str]:
    return location[1:] if location and location[0] in _PLACES else location


def _choice(field: str, context: Mapping[str, Any]) -> TranslatableMessage:
    offered = str(context["expected"]).replace("'", "").replace(" or ", ", ")
    return translatable("request.choice", field=field, offered=offered)


Sentence = Callable[[str, Mapping[str, Any]], TranslatableMessage]
_BY_FAULT: dict[str, Sentence] = {
    "missing": lambda field, _: translatable("request.missing", field=field),
    "unknown": lambda field, _: translatable("request.unknown_field", field=field),
    "text": lambda field, _: translatable("request.text", field=field),
    "unstorable": lambda field, _: translatable("request.unstorable_text", field=field),
    "whole_number": lambda field, _: translatable("request.whole_number", field=field),
    "yes_or_no": lambda field, _: translatable("request.yes_or_no", field=field),
    "list": lambda field, _: translatable("request.list", field=field),
    "object": lambda field, _: translatable("request.object", field=field),
    "time": lambda field, _: translatable("request.time", field=field),
    "choice": _choice,
    # Bounds as text: the digits of an identifier's bound are not grouped.
    "at_most": lambda field, context: translatable(
        "request.at_most", field=field, limit=str(context["le"])
    ),
    "at_least": lambda field, context: translatable(
        "request.at_least", field=field, limit=str(context["ge"])
    ),
    "too_long": lambda field, context: translatable(
        "request.too_long", field=field, limit=context["max_length"]
    ),
    "too_short": lambda field, context: translatable(
        "request.too_short", field=field, limit=context["min_length"]
    ),
    "too_many": lambda field, context: translatable(
        "request.too_many", field=field, limit=context["max_length"]
    ),
    "too_few": lambda field, context: translatable(
        "request.too_few", field=field, limit=context["min_length"]
    ),
}
# https://docs.pydantic.dev/latest/errors/validation_errors/
_FAULTS = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "string_type": "text",
    "unstorable": "unstorable",
    "int_type": "whole_number",
    "int_parsing": "whole_number",
    "int_from_float": "whole_number",
    "bool_type": "yes_or_no",
    "bool_parsing": "yes_or_no",
    "list_type": "list",
    "model_type": "object",
    "model_attributes_type": "object",
    "dict_type": "object",
    "datetime_type": "time",
    "datetime_parsing": "time",
    "datetime_from_date_parsing": "time",
    "datetime_object_invalid": "time",
    "literal_error": "choice",
    "enum": "choice",
    "less_than_equal": "at_most",
    "greater_than_equal": "at_least",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "too_long": "too_many",
    "too_short": "too_few",
}
