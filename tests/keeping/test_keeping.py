"""Backup and restore, the doctor's lines, metrics and the log."""

import io
import json
import re
import socket
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import BadInput
from pipeline.keeping import metrics
from pipeline.keeping.backup import backup, restore
from pipeline.keeping.doctor import Finding, Place, examine
from pipeline.paths import Paths

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


@pytest.fixture
def full(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path / "data")
    for name, text in (("raw/heimao/1.jsonl", "{}\n"), ("archive/heimao/1.warc.gz", "WARC"), ("reference/platforms.yml", "[]\n"),
                       ("work/signing.key", "k" * 32), ("public/checkpoints.ndjson", ""), ("public/sinkrate.db", "left out"),
                       ("work/tables/x.parquet", "left out")):  # fmt: skip
        path = paths.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
    return paths


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_was_kept_comes_back_byte_for_byte(full: Paths, tmp_path: Path) -> None:
    kept = backup(full, tmp_path / "backups", NOW)
    assert kept.file.name == "sinkrate-20261121T040000Z.tar" and kept.file.stat().st_mode & 0o077 == 0
    back = restore(kept.file, tmp_path / "again")
    wanted = {name: content for name, content in _files(full.data).items() if content != b"left out"}
    assert _files(tmp_path / "again") == wanted and back.files == kept.files == len(wanted)
    assert (tmp_path / "again/work/signing.key").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "backups", "data"]


def test_a_directory_that_holds_something_is_not_touched(full: Paths, tmp_path: Path) -> None:
    kept = backup(full, tmp_path / "backups", NOW)
    before = _files(full.data)
    with pytest.raises(BadInput, match="empty data directory"):
        restore(kept.file, full.data)
    assert _files(full.data) == before


def _damaged(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content.replace(b"WARC", b"WORM"))


def _foreign(file: Path) -> None:
    with tarfile.open(file, "w") as tar:
        tar.addfile(tarfile.TarInfo("x"), io.BytesIO())


def _escaping(file: Path) -> None:
    with tarfile.open(file, "w") as tar:
        for name, content in (("manifest.json", b'{"files": {"../evil": ""}}'), ("../evil", b"x")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


@pytest.mark.parametrize("harm", [_damaged, _foreign, _escaping, lambda file: file.write_text("no tar")])
def test_a_damaged_or_foreign_file_is_refused(full: Paths, tmp_path: Path, harm: Callable[[Path], Any]) -> None:
    kept = backup(full, tmp_path / "backups", NOW)
    harm(kept.file)
    with pytest.raises(BadInput):
        restore(kept.file, tmp_path / "again")
    assert not (tmp_path / "again").exists() and not (tmp_path / "evil").exists()


def test_nothing_to_keep_is_said(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    (tmp_path / "reference").mkdir()  # decisions of its own: none
    with pytest.raises(BadInput, match="--data"):
        backup(paths, tmp_path / "b", NOW)


# the doctor


def _told(place: Place) -> dict[str, Finding]:
    return {finding.what: finding for finding in examine(place)}


def test_an_empty_directory_gets_a_remedy_for_every_lack(tmp_path: Path) -> None:
    found = examine(Place(Paths(tmp_path / "nothing"), {}, NOW, None))
    assert {finding.what for finding in found if finding.state == "bad"} >= {"edition"}
    assert all(finding.remedy for finding in found if finding.state != "ok")
    assert all(not finding.remedy for finding in found if finding.state == "ok")


def test_settings_and_age_are_told(full: Paths, tmp_path: Path) -> None:
    set_up = {"SINKRATE_CONTACT": "mailto:a@example.org", "SINKRATE_SITE_URL": "https://example.org"}
    found = _told(Place(full, set_up, NOW, Path("/usr/bin/chromium"), tmp_path / "none"))
    assert found["contact"].state == found["site address"].state == found["browser"].state == "ok"
    assert found["portal heimao"].state == "ok" or "old" in found["portal heimao"].found
    assert found["backup"].state == "bad" and "sinkrate backup" in found["backup"].remedy
    (full.raw / "heimao" / "STOP").touch()
    assert "STOP" in _told(Place(full, {}, NOW, None))["portal heimao"].found


def test_a_backup_grows_old(full: Paths, tmp_path: Path) -> None:
    backup(full, tmp_path / "b", NOW)
    for days, state in ((1, "ok"), (20, "note")):
        assert _told(Place(full, {}, NOW + timedelta(days=days), None, tmp_path / "b"))["backup"].state == state


def test_a_key_others_may_read_and_a_broken_log_are_bad(full: Paths) -> None:
    full.signing_key.chmod(0o644)
    (full.public / "checkpoints.ndjson").write_text("{}\n")
    found = _told(Place(full, {}, NOW, None))
    assert found["signing key"].state == found["checkpoints"].state == "bad"
    assert "chmod 600" in found["signing key"].remedy


def test_the_own_server_is_tried(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = ("127.0.0.1", listener.getsockname()[1])
        assert _told(Place(Paths(tmp_path), {}, NOW, None, None, address))["server"].state == "ok"
    assert _told(Place(Paths(tmp_path), {}, NOW, None, None, address))["server"].state == "bad"


# metrics


@given(st.text(max_size=20), st.floats())
def test_the_exposition_format_holds_for_any_label_and_number(label: str, value: float) -> None:
    text = metrics.text([metrics.Sample("sinkrate_x", "Help.", value, {"a": label})])
    head, kind, line, end = text.split("\n") if text.count("\n") == 3 else ("", "", "", "no")
    if end == "":
        assert head == "# HELP sinkrate_x Help." and kind == "# TYPE sinkrate_x gauge"
        assert re.fullmatch(
            r'sinkrate_x\{a="(?:[^"\\]|\\["\\n])*"\} (?:[+-]?[0-9.e+-]+|[+-]Inf|NaN)', line, re.DOTALL
        ), line


def test_files_and_log_lines_are_written(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    samples = metrics.of_run("2026-11-20-aaaaaaaa", NOW, {"cases": 3, "platforms": 1}, NOW, 1.5)
    written = metrics.write(paths, "run", samples).read_text(encoding="utf8")
    assert 'sinkrate_rows{table="cases"} 3\n' in written and written.endswith("\n")
    assert f"sinkrate_run_finished_timestamp_seconds {int(NOW.timestamp())}\n" in written
    names = re.findall(r"^# TYPE (\S+) gauge$", written, re.MULTILINE)
    assert len(names) == len(set(names))
    metrics.log(paths, "run", NOW, 1.5, edition="e")
    metrics.log(paths, "build", NOW, 0.5)
    lines = [json.loads(line) for line in (paths.logs / "sinkrate.ndjson").read_text().splitlines()]
    assert [line["verb"] for line in lines] == ["run", "build"] and lines[0]["edition"] == "e"
