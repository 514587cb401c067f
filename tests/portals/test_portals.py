"""Every portal against its saved pages: a folder with portal.yml needs fixtures, each fixture an expectation."""

import importlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.errors import PageError
from pipeline.portals import facts, slugs

HERE = Path(__file__).parent
MOST_BYTES = 60_000


def _pages() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for slug in slugs():
        plan = HERE / slug / "pages.yml"
        if plan.is_file():
            content = yaml.safe_load(plan.read_text(encoding="utf8"))
            found += [(slug, {"seen_at": content["seen_at"], **page}) for page in content["pages"]]
    return found


PAGES = _pages()


def _jsonable(value: Any) -> Any:
    """Named tuples and records as plain JSON, so that an expectation reads like the data."""
    if hasattr(value, "_asdict"):
        return {name: _jsonable(part) for name, part in value._asdict().items()}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, tuple | list):
        return [_jsonable(part) for part in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def read(slug: str, page: dict[str, Any]) -> Any:
    """What the portal's parser makes of a saved page: the record, or the error it raises."""
    parse = importlib.import_module(f"crawlers.portals.{slug}.parse")
    body = (HERE / slug / f"{page['name']}.html").read_bytes()
    more: dict[str, Any] = {"facts": facts(slug)}
    if page["kind"] == "detail":
        seen_at = datetime.fromisoformat(str(page["seen_at"]))
        more |= {"url": page["url"], "found_via": page.get("found_via", "home:latest"), "seen_at": seen_at}
    try:
        return _jsonable(getattr(parse, f"parse_{page['kind']}")(body, **more))
    except PageError as error:
        return {"error": type(error).__name__, "kind": getattr(error, "kind", None), "message": str(error)}


@pytest.mark.parametrize(("slug", "page"), PAGES, ids=[f"{slug}-{page['name']}" for slug, page in PAGES])
def test_saved_page_reads_as_expected(slug: str, page: dict[str, Any]) -> None:
    expected = HERE / slug / f"{page['name']}.json"
    got = read(slug, page)
    if not expected.exists():
        expected.write_text(json.dumps(got, ensure_ascii=False, indent=1) + "\n", encoding="utf8")
        pytest.fail(f"{expected.name} was missing and has been written: read it against the page, then run again")
    assert got == json.loads(expected.read_text(encoding="utf8"))


@pytest.mark.parametrize("slug", slugs())
def test_every_portal_has_fixtures(slug: str) -> None:
    saved = sorted(path.stem for path in (HERE / slug).glob("*.html"))
    assert saved, f"{slug}: no saved pages in tests/portals/{slug}"
    assert saved == sorted(page["name"] for name, page in PAGES if name == slug)
    assert all(path.stat().st_size <= MOST_BYTES for path in (HERE / slug).glob("*.html"))


@pytest.mark.parametrize("slug", slugs())
def test_portal_facts_are_complete(slug: str) -> None:
    known = facts(slug)
    assert known.slug == slug
    assert known.hosts
    assert known.statuses
    assert known.terms
    assert known.unknown, "say what could not be known without the live portal, and how the code would notice"
    assert importlib.import_module(f"crawlers.portals.{slug}.spider")


@pytest.mark.parametrize("slug", slugs())
def test_fixtures_show_every_step_the_portal_knows(slug: str) -> None:
    kinds = {step.kind for step in facts(slug).steps}
    shown = {event["kind"] for name, page in PAGES if name == slug for event in _events(read(slug, page))}
    assert kinds <= shown


def _events(got: Any) -> list[dict[str, Any]]:
    return list(got.get("complaint", {}).get("events", []))
