"""Two languages: every text has its translation, and the English edition prints Chinese only where it is data."""

import re
from pathlib import Path

import pytest
import yaml
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup, Tag

from pipeline.paths import SITE
from pipeline.publish.web import texts
from pipeline.publish.web.build import build_site
from pipeline.publish.web.prose import PAGES
from tests.publish.sample import write_sample_db

HAN = re.compile("[\u3400-\u9fff]")
HOLES = re.compile(r"%\(\w+\)s|%%|\{\w+\}|<[^>]+>")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("languages")
    build_site(write_sample_db(folder / "sinkrate.db"), folder / "site", site_url="https://site.example")
    return folder / "site"


def test_every_text_is_translated_and_none_is_fuzzy_or_dead() -> None:
    with texts.catalogue_path("en").open("rb") as file:
        catalog = read_po(file, locale="en")
    known = {message.id: message for message in catalog if message.id}
    wanted = set(texts.sources())
    assert len(wanted) > 200
    assert wanted == set(known), f"run `python -m pipeline.publish.web.texts`: {wanted ^ set(known)}"
    open_ones = [text for text, message in known.items() if not message.string or message.fuzzy]
    assert not open_ones


def test_a_translation_keeps_the_holes_and_marks_of_its_text() -> None:
    with texts.catalogue_path("en").open("rb") as file:
        for message in read_po(file, locale="en"):
            if message.id:
                assert sorted(HOLES.findall(message.id)) == sorted(HOLES.findall(str(message.string))), message.id


def _keys(tree: object) -> object:
    return {key: _keys(value) for key, value in tree.items()} if isinstance(tree, dict) else None


def test_both_languages_have_the_same_words() -> None:
    zh, en = (yaml.safe_load((SITE / "locale" / f"{one}.yml").read_text(encoding="utf8")) for one in texts.LANGUAGES)
    assert _keys(zh) == _keys(en)
    assert not HAN.search(yaml.dump(en, allow_unicode=True))


def test_every_page_of_prose_is_there_in_both_languages() -> None:
    for name in PAGES:
        zh, en = (SITE / "content" / f"{name}{ending}" for ending in (".md", ".en.md"))
        anchors = [re.findall(r"^##+ .* #(\S+)$", path.read_text(encoding="utf8"), re.M) for path in (zh, en)]
        assert anchors[0] == anchors[1], name
        assert not HAN.search(en.read_text(encoding="utf8")), name


def _pages(site: Path) -> list[Path]:
    return sorted((site / "en").rglob("*.html"))


def test_the_english_edition_prints_chinese_only_as_data(site: Path) -> None:
    assert len(_pages(site)) > 50
    for path in _pages(site):
        body = BeautifulSoup(path.read_text(encoding="utf8"), "html.parser").body
        assert body is not None
        for text in body.find_all(string=HAN):
            assert text.find_parent(lang="zh-Hans") or text.find_parent("svg"), f"{path}: {text}"


def test_the_switch_and_hreflang_keep_the_page(site: Path) -> None:
    for path in sorted(site.rglob("*.html")):
        soup = BeautifulSoup(path.read_text(encoding="utf8"), "html.parser")
        assert isinstance(soup.html, Tag)
        own = "/" + str(path.relative_to(site)).removesuffix("index.html")
        here, other = soup.html["lang"], "zh-Hans" if own.startswith("/en/") else "en"
        twin = own.removeprefix("/en") if own.startswith("/en/") else f"/en{own}"
        links = {str(tag["hreflang"]): str(tag["href"]) for tag in soup.select("link[hreflang]")}
        assert links[str(here)] == f"https://site.example{own}" and links[other] == f"https://site.example{twin}"
        assert [str(tag["href"]) for tag in soup.select("nav.switch a")] == [twin]
        assert (site / twin.removeprefix("/")).exists()
