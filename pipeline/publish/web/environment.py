"""Templates of one language: Jinja2 under StrictUndefined, with the catalogue and the addresses of that edition."""

import hashlib
import re
from functools import cache
from pathlib import Path

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.paths import PROJECT, SITE
from pipeline.publish.web.figures import PREFIX, Desk
from pipeline.publish.web.texts import LANGUAGES

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_TOLD_BY_METHOD = (
    "formula.py", "judge/families.py", "judge/replies.py", "judge/templates.py", "publish/tables.py", "score/bands.py",
    "score/comparison.py", "score/counting.py", "score/notice.py",
)  # fmt: skip
HTML_LANG = {"zh": "zh-Hans", "en": "en"}


def environment(desk: Desk, compiled: BytecodeCache | None = None) -> Environment:
    """Every template global of one edition: `at(path)`, `asset(name)`, the punctuation of its sentences.

    `compiled` keeps compiled templates; both languages share them, since texts are looked up when a page is rendered.
    """
    made = Environment(
        loader=FileSystemLoader(SITE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=compiled,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(desk.texts, newstyle=True)  # type: ignore[attr-defined]
    made.filters["printed"] = (lambda text: text) if desk.language == "zh" else printed
    made.globals |= {
        "at": desk.at,
        "asset": asset,
        "lang": HTML_LANG[desk.language],
        "editions": tuple((HTML_LANG[name], PREFIX[name]) for name in LANGUAGES),
        "comma": desk.words("list", "clause"),
        "colon": desk.words("list", "colon"),
        "semicolon": desk.words("list", "semicolon"),
        "stop": desk.words("list", "stop"),
        "data_url": desk.data_url,
    }
    return made


def printed(text: str) -> str | Markup:
    """Data as printed, marked as Chinese in an edition of another language where it holds any."""
    return Markup('<span lang="zh-Hans">{}</span>').format(text) if _HAN.search(text) else text


@cache
def asset(name: str) -> str:
    """The address of a file of site/assets, with its digest so that a browser never keeps an old one."""
    digest = hashlib.sha256((SITE / "assets" / name).read_bytes()).hexdigest()[:8]
    return f"/assets/{name}?v={digest}"


def sources() -> list[Path]:
    """Every file the bytes of a page depend on besides its rows."""
    code = PROJECT / "pipeline"
    folders = (
        SITE / "templates",
        SITE / "assets",
        SITE / "content",
        SITE / "locale",
        code / "publish" / "web",
        code / "model",
    )
    found = (path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    reference = PROJECT / "data" / "reference"
    read = (reference / name for name in ("issues.yml", "channels.yml", "channels.en.yml", "quality.yml"))
    told = (code / name for name in _TOLD_BY_METHOD)
    return sorted([*found, *read, *told, code / "channels.py", *(reference / "workdays").iterdir()])
