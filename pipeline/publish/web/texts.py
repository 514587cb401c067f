"""The site's texts in two languages: gettext catalogues read from site/locale, compiled in memory at each build.

Chinese is the source: its catalogue is empty. `python -m pipeline.publish.web.texts` brings the English one up to date
with templates and code; new texts stand in it empty until somebody translates them.
"""

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from babel.support import NullTranslations, Translations

from pipeline.errors import BadInput
from pipeline.paths import PROJECT, SITE

LANGUAGES = ("zh", "en")
_JINJA = {
    "trimmed": "true",
    "silent": "false",
    "newstyle_gettext": "true",
    "extensions": "jinja2.ext.i18n,jinja2.ext.loopcontrols",
}
_WIDTH = 118


def catalogue_path(language: str) -> Path:
    return SITE / "locale" / language / "LC_MESSAGES" / "messages.po"


@cache
def load_texts(language: str) -> NullTranslations:
    """Translations of one language; the source language gives every text back as it is."""
    if language == "zh":
        return NullTranslations()
    path, compiled = catalogue_path(language), BytesIO()
    try:
        with path.open("rb") as file:
            catalog = read_po(file, locale=language, abort_invalid=True)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: {error}") from error
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


def sources() -> Iterator[str]:
    """Every text the templates and the page code mark for translation."""
    code = PROJECT / "pipeline" / "publish" / "web"
    found = [
        extract_from_dir(SITE / "templates", [("**.j2", "jinja2")], {"**.j2": _JINJA}),
        extract_from_dir(code, [("**.py", "python")], keywords={"say": None, "mark": None}),
    ]
    for extracted in found:
        for _, _, message, _, _ in extracted:
            yield message if isinstance(message, str) else message[0]


def update(language: str) -> tuple[int, int]:
    """Add new texts, drop dead ones; returns how many there are and how many still need a translation."""
    path = catalogue_path(language)
    with path.open("rb") as file:
        known = read_po(file, locale=language)
    fresh = Catalog(locale=language, project="sinkrate", charset="utf-8")
    fresh._messages.clear()
    fresh.creation_date = known.creation_date
    for text in sorted(set(sources())):
        old = known.get(text)
        fresh.add(text, old.string if old is not None else "", flags=old.flags if old is not None else ())
    with path.open("wb") as file:
        write_po(file, fresh, width=_WIDTH, no_location=True, omit_header=False, sort_output=True)
    return len(fresh), sum(not message.string for message in fresh if message.id)


def mark(text: str) -> str:
    """Marks a text for translation where it is only stored; `Desk.say` translates it later."""
    return text


if __name__ == "__main__":
    print("{} texts, {} without a translation".format(*update("en")))  # noqa: T201
