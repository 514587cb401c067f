"""Pieces of pictures: markup with holes, filled by the plain formatter after escaping, since a page fills some hundred."""

from markupsafe import Markup, escape

Value = str | int | float


class Shape(Markup):
    """Markup whose `format` escapes every text that is no markup and then formats as `str` does (three times as fast)."""

    def format(self, *values: Value, **named: Value) -> Markup:  # type: ignore[override]
        filled = str.format(self, *map(_safe, values), **{name: _safe(value) for name, value in named.items()})
        return Markup(filled)  # noqa: S704 - every value was escaped


def _safe(value: Value) -> Value:
    return value if isinstance(value, int | float) else escape(value)
