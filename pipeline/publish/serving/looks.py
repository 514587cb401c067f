"""What the templates of Datasette's pages need besides Datasette's own: readers, choices of a form, JSON-LD."""

import json
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from pipeline.model import LABELS, RUNGS, TABLES
from pipeline.publish.serving.metadata import CURRENT

READERS = {
    "citizen": ("想投诉或正在等的人", "for people who complain"),
    "journalist": ("记者", "for journalists"),
    "platform": ("平台", "for platforms"),
    "data": ("做数据的人", "for people who work with data"),
}
CHOICES = {
    "platform": "SELECT id, name FROM platforms ORDER BY name LIMIT 500",
    "portal": "SELECT id, name FROM portals ORDER BY id",
    "issue": "SELECT DISTINCT substr(slice, 7), '' FROM scorecards WHERE slice LIKE 'issue:%' ORDER BY 1 LIMIT 200",
    "kind": "SELECT DISTINCT kind, stage FROM findings ORDER BY 1",
    "month": "SELECT DISTINCT substr(slice, 7), '' FROM scorecards WHERE platform = '*' AND slice LIKE 'month:%' ORDER BY 1 DESC",
    "measure": "SELECT DISTINCT measure, '' FROM scorecards ORDER BY 1",
}
FIXED: dict[str, Iterable[str]] = {"rung": RUNGS, "label": LABELS, "horizon": ("7wd", "30d", "90d")}
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


async def choices(datasette: Any, database: str | None, names: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """What may be written in each field of a form: value and a word beside it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        if name in FIXED:
            found[name] = [(value, "") for value in FIXED[name]]
        elif name in CHOICES and database:
            rows = (await datasette.get_database(database).execute(CHOICES[name])).rows
            found[name] = [(row[0], row[1]) for row in rows]
    return found


def json_ld(database: str | None, table: str | None, metadata: dict[str, Any], base: str) -> Markup:
    """schema.org Dataset for one database or table; empty elsewhere."""
    about = metadata.get("databases", {}).get(database or "")
    if not about:
        return Markup("")
    part = about["tables"].get(table or "", {})
    address = f"{base}{database}" + (f"/{table}" if table else "")
    data = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": part.get("title") or about["title"],
        "description": part.get("description") or about["description"],
        "license": LICENCE,
        "url": address,
        "inLanguage": ["zh-Hans", "en"],
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": "石沉榜 sinkrate"},
        "distribution": _distribution(address, database or CURRENT, table, base),
    }
    if table in TABLES:
        data["variableMeasured"] = [
            {"@type": "PropertyValue", "name": name, "description": text}
            for name, text in part.get("columns", {}).items()
        ]
    # `<` never stands in a script element
    return Markup(json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704 - JSON, `<` taken out


def _distribution(address: str, database: str, table: str | None, base: str) -> list[dict[str, str]]:
    if table is None:
        kinds = [("application/vnd.sqlite3", f"{base}{database}.db")]
    else:
        kinds = [("text/csv", f"{address}.csv?_stream=on"), ("application/json", f"{address}.json")]
    return [{"@type": "DataDownload", "encodingFormat": kind, "contentUrl": link} for kind, link in kinds]
