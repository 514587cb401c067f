"""The sample edition's open data, written once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.publish.open.writing import Opened, write_open
from tests.publish.sample import write_sample_db

SITE = "https://sinkrate.example"


@dataclass(frozen=True)
class Written:
    site: Path
    database: Path
    report: Opened
    key: Path
    log: Path


def write(data: Path, site_url: str = SITE) -> Written:
    site, key, log = data / "site", data / "signing.key", data / "checkpoints.ndjson"
    for page in ("", "method/", "platforms/yinghuo/", "cases/heimao/17390000001/", "en/"):
        (site / page).mkdir(parents=True, exist_ok=True)
        (site / page / "index.html").write_text("<!doctype html>", encoding="utf8")
    database = write_sample_db(data / "sinkrate.db")
    key.write_bytes(bytes(range(32)))
    report = write_open(database, site, site_url=site_url, moved={"old-one": "yinghuo"}, key=key, log=log)
    return Written(site, database, report, key, log)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write(tmp_path_factory.mktemp("open"))
