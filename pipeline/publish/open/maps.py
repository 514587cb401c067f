"""What crawlers and programs look for first: sitemap, robots.txt, llms.txt, the list of files and their sums."""

import re
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from pipeline.model import TABLES
from pipeline.publish.open.badges import number
from pipeline.publish.open.files import File, Folder
from pipeline.publish.open.numbers import about, in_order
from pipeline.publish.open.reading import MARKET, Facts
from pipeline.schema import table_description

MOST_ADDRESSES = 50_000  # sitemaps.org
_PLATFORM = re.compile(r"(?:en/)?platforms/([^/]+)/index\.html")
_LEFT_OUT = ("cases/", "embed/", "open/", "assets/", "404.html", "en/cases/", "en/404.html")


def write_maps(facts: Facts, folder: Folder) -> None:
    """`/robots.txt`, `/llms.txt` and, where the site's address is known, `/sitemap.xml`."""
    folder.text("/robots.txt", robots(facts))
    folder.text("/llms.txt", llms(facts))
    if facts.site_url:
        folder.text("/sitemap.xml", sitemap(facts, pages(folder.out, {row["id"] for row in facts.platforms})))


def pages(site: Path, platforms: Set[str]) -> list[str]:
    """Addresses of the pages search engines may list: single cases never (method §8), former ids of platforms neither."""
    found = (path.relative_to(site).as_posix() for path in site.rglob("index.html"))
    named = (name for name in found if not name.startswith(_LEFT_OUT))
    today = (name for name in named if (match := _PLATFORM.fullmatch(name)) is None or match[1] in platforms)
    return sorted("/" + name.removesuffix("index.html") for name in today)


def sitemap(facts: Facts, addresses: Iterable[str]) -> str:
    listed = list(addresses)[:MOST_ADDRESSES]
    lines = [
        f"<url><loc>{escape(facts.url(address))}</loc><lastmod>{facts.as_of}</lastmod></url>" for address in listed
    ]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
            *lines,
            "</urlset>",
            "",
        ]
    )


def robots(facts: Facts) -> str:
    """Pages and open data for everybody; rows and single cases are not for search engines (they say noindex too)."""
    lines = ["User-agent: *", "Disallow: /data/", "Disallow: /embed/", "Allow: /"]
    return "\n".join([*lines, *([f"Sitemap: {facts.url('/sitemap.xml')}"] if facts.site_url else []), ""])


def llms(facts: Facts) -> str:
    """llms.txt: what this is, how its numbers must be quoted, where the data lie."""
    return f"""# 石沉榜 sinkrate

> 公开投诉的结局：卡盟等虚拟商品卖家收到公开投诉 30 天后怎样。第 {facts.id} 期，数据截至 {facts.as_of}。What became of public complaints about sellers of virtual goods, at 30 days. Edition {facts.id}, data as of {facts.as_of}.
{"> 本期含演示用的虚构平台。This edition holds invented platforms of a demonstration." if facts.invented else ""}
引用一个数字时请一并写出件数、区间、数据日期和期次；不足 10 件没有比率；没有名次。When quoting a number give its count, interval, date and edition; under 10 cases there is no rate; there are no ranks. “No reply” means: the portal's public page shows none as of the date. Licence CC BY 4.0.

全市场 the market: {number(facts.score(MARKET, "sink_rate"))}，截至 {facts.day}

## 方法 method
- [方法](/method/): 每个数字是什么意思
- [Method](/en/method/): what every number means

## 数据 data
- [platforms.json](/platforms.json): the home table, every platform with counts and intervals
- [datapackage.json](/open/datapackage.json): all tables as CSV, with their schemas (Frictionless)
- [croissant.json](/open/croissant.json), [dcat.jsonld](/open/dcat.jsonld): the same for other programs
- [index.json](/open/index.json): every file with its SHA-256
- [SQL and JSON API](/data/): read only, limits on its first page

## 表 tables
{chr(10).join(f"- [{name}](/open/csv/{name}.csv): {table_description(TABLES[name])}" for name in TABLES)}

## 平台 platforms
{chr(10).join(f"- [{platform['name']}](/platforms/{platform['id']}/): {number(facts.score(platform['id'], 'sink_rate'))}" for platform in in_order(facts))}

## Optional
- [feed.atom](/open/feed.atom), [feed.json](/open/feed.json): editions, notices, statements, corrections
- [proofs](/open/proofs/checkpoint.json): signed checkpoint of this edition; `sinkrate verify FOLDER` checks it offline
"""


_WITHOUT_SUM = {
    "/open/SHA256SUMS": "它自己 · the sums themselves",
    "/open/proofs/checkpoint.json": "发布这一期的机器签的，不由本期内容决定，由其签名核对 · signed by the machine that publishes: its signature checks it",
    "/open/proofs/log.ndjson": "每期添一行，由各行签名与其中的 previous 核对 · grows with each edition: signatures and `previous` check it",
    "/open/proofs/key.json": "签名公钥，应与你以前见过的相同 · the public key: compare it with the one you saw before",
}


def write_index(facts: Facts, folder: Folder) -> None:
    """`/open/index.json` and `/open/SHA256SUMS`, over everything written so far below /open/; the sums have the index among them."""
    own = sorted((file for file in folder.files if file.path.startswith("/open/")), key=lambda file: file.path)
    listed = {**about(facts), "files": [_listed(facts, file) for file in own], "without_sum": _WITHOUT_SUM}
    folder.json("/open/index.json", listed)
    own = sorted([*own, folder.files[-1]], key=lambda file: file.path)
    folder.text("/open/SHA256SUMS", "".join(f"{file.sha256}  {file.path.removeprefix('/open/')}\n" for file in own))


def _listed(facts: Facts, file: File) -> dict[str, Any]:
    """The database's bytes depend on the SQLite that wrote it: its sum stands in SHA256SUMS alone, beside the edition."""
    known = None if file.path.endswith(".db") else file
    return {"path": file.path, "url": facts.url(file.path), "media_type": file.media_type,
            "bytes": known and known.bytes, "sha256": known and known.sha256}  # fmt: skip
