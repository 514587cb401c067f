"""Placing editions: the public names always give a whole edition, whatever happens in between."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.paths import Paths
from pipeline.publish import editions
from pipeline.publish.editions import place, place_site

FIRST, SECOND = "2026-11-19-aaaaaaaa", "2026-11-20-bbbbbbbb"


def _database(paths: Paths, text: str) -> Path:
    file = paths.work / "new.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def _site(paths: Paths, text: str) -> Path:
    folder = paths.work / "site"
    (folder / "method").mkdir(parents=True)
    (folder / "index.html").write_text(text)
    (folder / "method" / "index.html").write_text(text)
    return folder


def _put(paths: Paths, edition: str, text: str) -> None:
    place(paths, edition, _database(paths, text))
    place_site(paths, edition, _site(paths, text))


def _read(paths: Paths) -> tuple[str, str, str]:
    site = paths.public / "site"
    texts = (site / "index.html").read_text(), (site / "method" / "index.html").read_text()
    return (paths.public / "sinkrate.db").read_text(), *texts


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "with a space")


def test_an_edition_is_readable_under_both_names(paths: Paths) -> None:
    _put(paths, FIRST, "1")
    assert _read(paths) == ("1", "1", "1")
    assert (paths.public / "sinkrate.db").samefile(paths.editions / FIRST / "sinkrate.db")
    assert (paths.public / "site").readlink() == Path("editions") / FIRST / "site"
    _put(paths, SECOND, "2")
    assert _read(paths) == ("2", "2", "2")
    assert (paths.editions / FIRST / "sinkrate.db").read_text() == "1"


def test_the_same_edition_may_be_placed_again(paths: Paths) -> None:
    for text in "123":
        _put(paths, FIRST, text)
        assert _read(paths) == (text,) * 3
    assert sorted(path.name for path in (paths.editions / FIRST).iterdir()) == ["sinkrate.db", "site"]
    assert sorted(path.name for path in paths.public.iterdir()) == ["editions", "sinkrate.db", "site"]


def test_the_newest_five_stay_and_the_current_always(paths: Paths) -> None:
    ids = [f"2026-11-{day:02d}-aaaaaaaa" for day in range(1, 9)]
    for edition in ids:
        _put(paths, edition, edition)
    assert editions.editions(paths) == ids[:2:-1]
    old = "2026-01-01-aaaaaaaa"
    _put(paths, old, "old")
    assert _read(paths) == ("old", "old", "old")
    assert editions.editions(paths) == [*ids[:2:-1], old]


def test_foreign_folders_are_left_alone(paths: Paths) -> None:
    (paths.editions / "notes").mkdir(parents=True)
    for day in range(1, 9):
        _put(paths, f"2026-11-{day:02d}-aaaaaaaa", "x")
    assert (paths.editions / "notes").is_dir()


@pytest.mark.parametrize("edition", ["", "..", "../x", "2026-11-20-XYZ", "2026-11-20-aaaaaaaa/.."])
def test_an_id_that_is_none_is_refused(paths: Paths, edition: str) -> None:
    with pytest.raises(ValueError, match="edition id"):
        place(paths, edition, _database(paths, "1"))


def test_a_folder_in_place_of_the_link_is_not_touched(paths: Paths) -> None:
    (paths.public / "site").mkdir(parents=True)
    with pytest.raises(FileExistsError, match="move it away"):
        place_site(paths, FIRST, _site(paths, "1"))


def test_without_hard_links_the_file_is_copied(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    for text in "12":
        _put(paths, FIRST, text)
    assert _read(paths) == ("2", "2", "2")


class CrashError(Exception):
    """Stands for the power cut."""


def _crash_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Every change of the file system counts; the one numbered `step` and all after it do not happen."""
    done = [0]

    def guard(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **more: Any) -> Any:
            done[0] += 1
            if done[0] >= step:
                raise CrashError
            return real(*args, **more)

        return run

    for owner, name in ((os, "link"), (Path, "replace"), (Path, "rename"), (Path, "symlink_to"), (shutil, "rmtree")):
        monkeypatch.setattr(owner, name, guard(getattr(owner, name)))


@pytest.mark.parametrize("edition", [FIRST, SECOND])
@pytest.mark.parametrize("step", range(1, 16))
def test_a_crash_anywhere_leaves_a_whole_edition(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, edition: str, step: int
) -> None:
    _put(paths, FIRST, "old")
    with monkeypatch.context() as patch:
        _crash_at(patch, step)
        try:
            _put(paths, edition, "new")
        except CrashError:
            crashed = True
        else:
            crashed = False
    database, *site = _read(paths)
    assert database in ("old", "new")
    assert site in (["old", "old"], ["new", "new"])
    assert crashed or (database, *site) == ("new",) * 3
    shutil.rmtree(paths.work)
    _put(paths, edition, "newer")
    assert _read(paths) == ("newer",) * 3


def test_a_crash_while_pruning_leaves_no_half_edition(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(1, 6):
        _put(paths, f"2026-11-{day:02d}-aaaaaaaa", "x")
    with monkeypatch.context() as patch:
        patch.setattr(editions, "_remove", lambda path: (_ for _ in ()).throw(CrashError()))
        with pytest.raises(CrashError):
            place(paths, "2026-11-06-aaaaaaaa", _database(paths, "y"))
    assert len(editions.editions(paths)) == 5
    place_site(paths, "2026-11-06-aaaaaaaa", _site(paths, "y"))
    assert not list(paths.editions.glob(".gone-*"))
