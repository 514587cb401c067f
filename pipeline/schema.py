"""What follows from `pipeline.model`: Arrow schemas, SQLite types, JSON Schema, column descriptions."""

import types
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pyarrow as pa
from pydantic.fields import FieldInfo

from pipeline.model import TABLES, Record

TIME = pa.timestamp("us", "UTC")
_ARROW: dict[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    datetime: TIME,
    date: pa.date32(),
}
_SQLITE: dict[type, type] = {datetime: str, date: str, bool: int}


def _unwrap(annotation: Any) -> tuple[Any, bool]:
    """The bare type below Annotated and Optional, and whether None is allowed."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _unwrap(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        if len(rest) != 1:
            raise TypeError(f"a column has one type: {annotation}")
        return _unwrap(rest[0])[0], len(rest) < len(get_args(annotation))
    return annotation, False


def _scalar(annotation: Any) -> type:
    """The Python type stored in a column: str, int, float, bool, datetime or date."""
    bare, _ = _unwrap(annotation)
    if get_origin(bare) is Literal:
        return str
    for base in (bool, int, float, str, datetime, date):  # datetime before date: it is one
        if isinstance(bare, type) and issubclass(bare, base):
            return base
    if "AwareDatetime" in repr(bare):
        return datetime
    raise TypeError(f"not a column type: {annotation}")


def _is_nullable(field: FieldInfo) -> bool:
    return _unwrap(field.annotation)[1]


def _arrow(annotation: Any) -> pa.DataType:
    bare, _ = _unwrap(annotation)
    if get_origin(bare) is tuple:
        return pa.list_(_arrow(get_args(bare)[0]))
    if isinstance(bare, type) and issubclass(bare, Record):
        return pa.struct(list(arrow_schema(bare)))
    return _ARROW[_scalar(annotation)]


@cache
def arrow_schema(model: type[Record]) -> pa.Schema:
    """The Arrow schema of a model, columns in field order; times are UTC microseconds."""
    fields = model.model_fields.items()
    return pa.schema([pa.field(name, _arrow(info.annotation), nullable=_is_nullable(info)) for name, info in fields])


def sqlite_columns(model: type[Record]) -> dict[str, type]:
    """Column name → Python type as sqlite-utils wants it; times and dates are ISO text, booleans 0/1."""
    columns = {name: _scalar(info.annotation) for name, info in model.model_fields.items()}
    return {name: _SQLITE.get(kind, kind) for name, kind in columns.items()}


def required_columns(model: type[Record]) -> set[str]:
    """Columns that are never null."""
    return {name for name, info in model.model_fields.items() if not _is_nullable(info)}


def closed_values(model: type[Record]) -> dict[str, tuple[str, ...]]:
    """Column name → the only words it may hold, in the method's order; columns of free values are not in it."""
    bare = {name: _unwrap(info.annotation)[0] for name, info in model.model_fields.items()}
    return {name: get_args(kind) for name, kind in bare.items() if get_origin(kind) is Literal}


def descriptions(model: type[Record], language: str = "zh") -> dict[str, str]:
    """Column name → public description in `zh` or `en`."""
    if language == "zh":
        return {name: info.description or "" for name, info in model.model_fields.items()}
    extra = {name: info.json_schema_extra for name, info in model.model_fields.items()}
    return {name: str(more["en"]) if isinstance(more, dict) else "" for name, more in extra.items()}


def table_description(model: type[Record]) -> str:
    """First line of the model's docstring: 中文 · English."""
    return (model.__doc__ or "").strip().splitlines()[0]


def json_schemas() -> dict[str, dict[str, Any]]:
    """Table name → JSON Schema."""
    return {name: model.model_json_schema() for name, model in TABLES.items()}


def conform(table: pa.Table, model: type[Record]) -> pa.Table:
    """The table with exactly the model's columns, order and types; a missing column or a null where none may be raises."""
    schema = arrow_schema(model)
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise ValueError(f"{model.__name__}: columns missing: {', '.join(missing)}")
    cast = table.select(schema.names).cast(pa.schema([field.with_nullable(True) for field in schema]))
    empty = [field.name for field in schema if not field.nullable and cast[field.name].null_count]
    if empty:
        raise ValueError(f"{model.__name__}: null where none may be: {', '.join(empty)}")
    return cast.cast(schema)


def column_types(model: type[Record]) -> dict[str, type]:
    """Column name → its Python type: str, int, float, bool, datetime or date."""
    return {name: _scalar(info.annotation) for name, info in model.model_fields.items()}
