"""The search index: records of pages → Pagefind's files under `/pagefind/`, made again only when a record changed.

Pagefind reads a folder in the order of its filesystem, so records are handed to its service one after another: equal
records give equal files. Without the program the site is built all the same; its search then knows names only.
"""

import json
import os
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple
from fnmatch import fnmatch
from importlib import import_module, metadata
from pathlib import Path, PurePath
from threading import Thread
from typing import IO, Any

from pipeline.errors import SinkrateError
from pipeline.publish.web.findable import BREAK, Record, spaced
from pipeline.publish.web.output import put
from pipeline.publish.web.page import FileSet

FOLDER = "pagefind"
# Pagefind also writes ready-made boxes and a worker, which this site does not load
_SHIPPED = ("pagefind.js", "pagefind-entry.json", "*.pf_meta", "wasm.*.pagefind", "fragment/*", "index/*")
REMEDY = "full-text search left out: no Pagefind for this machine (its wheel pagefind_bin_extended); names are searched"


def version() -> str:
    """The version of the Pagefind installed, empty where there is none."""
    return "" if program() is None else metadata.version("pagefind_bin_extended")


def program() -> Path | None:
    """Pagefind's own executable, which its wheel brings along; None where the wheel is not installed."""
    try:
        return Path(import_module("pagefind_bin_extended").get_executable())
    except (ImportError, FileNotFoundError):
        return None


def files(records: Sequence[Record]) -> FileSet:
    """The index of these records, by the program that is installed."""
    return FileSet("pagefind", lambda: make(records), lambda: [version(), *map(astuple, records)])


def known(path: Path) -> dict[str, list[Record]]:
    """What the last build found of each page; nothing where that is not readable: then it is read from all pages again."""
    try:
        kept = json.loads(path.read_text(encoding="utf8"))
        return {page: [Record(*one) for one in own] for page, own in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def keep(path: Path, found: Mapping[str, Sequence[Record]]) -> None:
    """Pages of which nothing can be found are left out."""
    kept = {page: list(map(astuple, own)) for page, own in found.items() if own}
    put(path, json.dumps(kept, ensure_ascii=False).encode())


def make(records: Sequence[Record]) -> Iterator[tuple[str, bytes]]:
    """Every file of the index, by name below the site; nothing where there is no Pagefind or nothing to find."""
    executable = program()
    if executable is None or not records:
        return
    for name, content in sorted(_run(executable, records)):
        if any(fnmatch(name, pattern) for pattern in _SHIPPED):
            yield f"{FOLDER}/{name}", _in_order(content) if name == "pagefind-entry.json" else content


def _in_order(entry: bytes) -> bytes:
    """The list of languages comes in an order of chance."""
    return json.dumps(json.loads(entry), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _run(executable: Path, records: Sequence[Record]) -> list[tuple[str, bytes]]:
    """The files as the service gives them; what it writes itself may not be whole yet when it says so."""
    messages: list[dict[str, Any]] = [{"type": "NewIndex", "config": None}]
    messages += [
        {
            "type": "AddRecord", "index_id": 0, "url": record.url, "language": record.language,
            "content": spaced(f"{record.title} {BREAK} {record.text}"), "meta": {"title": spaced(record.title)},
            "filters": None, "sort": None,
        }
        for record in records
    ]  # fmt: skip
    messages.append({"type": "GetFiles", "index_id": 0})
    with subprocess.Popen([executable, "--service"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as service:  # noqa: S603 - our own wheel's program
        if service.stdin is None or service.stdout is None:
            raise SinkrateError("Pagefind: no pipe to its service; build again")
        sender = Thread(target=_send, args=(service.stdin, messages))
        sender.start()
        answers = _answers(service.stdout, len(messages))
        sender.join()
    if len(answers) != len(messages):
        raise SinkrateError(f"Pagefind stopped after {len(answers)} of {len(messages)} steps; build again")
    files = next(answer["files"] for answer in answers if answer["type"] == "GetFiles")
    return [(PurePath(file["path"]).as_posix(), b64decode(file["content"])) for file in files]


def _send(pipe: IO[bytes], messages: Sequence[dict[str, Any]]) -> None:
    """Each message as base64 of its JSON and a comma; a service that has ended takes no more."""
    with suppress(BrokenPipeError):
        for number, message in enumerate(messages):
            pipe.write(b64encode(json.dumps({"message_id": number, "payload": message}).encode()) + b",")
        pipe.flush()


def _answers(pipe: IO[bytes], wanted: int) -> list[dict[str, Any]]:
    """The answers, in the order they come; one that is an error ends the build with its words."""
    found: list[dict[str, Any]] = []
    kept: list[bytes] = []
    while len(found) < wanted and (read := os.read(pipe.fileno(), 1 << 20)):
        *whole, rest = read.split(b",")
        for part in whole:
            payload = json.loads(b64decode(b"".join([*kept, part])))["payload"]
            kept.clear()
            if payload["type"] == "Error":
                raise SinkrateError(f"Pagefind: {payload['message']}")
            found.append(payload)
        kept.append(rest)
    return found
