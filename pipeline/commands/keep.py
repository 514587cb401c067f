"""Verbs of keeping an instance: verify, doctor, backup, restore, expose."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from pipeline.commands.common import Instant, data_option, out
from pipeline.paths import Paths

_FOLDER = click.Path(file_okay=False, path_type=Path)
_COLOURS = {"ok": "green", "note": "yellow", "bad": "bold red"}


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--key", metavar="HEX", help="The public key you trust (64 hex digits), from elsewhere than this folder.")
def verify(folder: Path, key: str | None) -> None:
    """Check an edition offline: signature, chain, every record, every file.

    FOLDER is an edition (DATA/public/editions/ID), a site folder, or a copy of /open/. Exit code 1 if anything does not hold.
    """
    from pipeline.publish.open.verify import verify as run

    checks = run(folder, key)
    for check in checks:
        out.print(f"{'holds ' if check.holds else 'BROKEN'} {check.name:<10} {check.found}", markup=False)
    sys.exit(0 if all(check.holds for check in checks) else 1)


@click.command()
@click.option("--backups", type=_FOLDER, metavar="FOLDER", help="Where `sinkrate backup` writes.")
@click.option("--server", metavar="HOST:PORT", help="Also whether this machine's own server takes connections.")
@click.option("--now", type=Instant(), help="The time to judge by (default: now).")
@click.option("--json", "as_json", is_flag=True, help="For other programs.")
@data_option
@click.pass_obj
def doctor(paths: Paths, backups: Path | None, server: str | None, now: datetime | None, as_json: bool) -> None:
    """What is configured, reachable, stale or missing, each with its remedy.

    Changes nothing and asks no portal. Exit code 1 if a line is bad.
    """
    from crawlers.browser import find
    from pipeline.keeping import doctor as ward

    host, _, port = (server or "").rpartition(":")
    address = (host, int(port)) if host and port.isdigit() else None
    if server and address is None:
        raise click.BadParameter(f"{server!r}: write HOST:PORT, such as 127.0.0.1:8000", param_hint="--server")
    found = ward.examine(ward.Place(paths, os.environ, now or datetime.now(UTC), find(), backups, address))
    if as_json:
        out.print(ward.as_json(found), markup=False)
    else:
        table = Table(title=str(paths.data), title_justify="left")
        for head in ("", "what", "found", "remedy"):
            table.add_column(head, overflow="fold")
        for one in found:
            table.add_row(f"[{_COLOURS[one.state]}]{one.state}[/]", one.what, escape(one.found), escape(one.remedy))
        out.print(table)
    sys.exit(1 if any(one.state == "bad" for one in found) else 0)


@click.command()
@click.argument("folder", type=_FOLDER)
@click.option("--now", type=Instant(), help="The time to write into its name (default: now).")
@data_option
@click.pass_obj
def backup(paths: Paths, folder: Path, now: datetime | None) -> None:
    """Keep what cannot be made again: raw records, archive, decisions, keys, the log of checkpoints.

    One file FOLDER/sinkrate-TIME.tar, readable by its owner only: it holds keys and unredacted words. Editions are left
    out; `sinkrate run` and `build` make them again.
    """
    from pipeline.keeping.backup import backup as keep

    kept = keep(paths, folder, now or datetime.now(UTC))
    out.print(f"kept {kept.files} files, {kept.bytes:,} bytes → {kept.file}", markup=False)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@click.pass_obj
def restore(paths: Paths, file: Path) -> None:
    """Lay a backup into an empty data directory.

    Every file is checked against the digest it was kept with. Then `sinkrate run` and `sinkrate build`.
    """
    from pipeline.keeping.backup import restore as lay

    kept = lay(file, paths.data)
    out.print(
        f"restored {kept.files} files, {kept.bytes:,} bytes → {paths.data}; next: sinkrate run, sinkrate build",
        markup=False,
    )


@click.command()
@click.argument("edition")
@click.option(
    "--socket", type=click.Path(path_type=Path), required=True, help="Where its `sinkrate serve --unix` listens."
)
@click.option("--into", type=_FOLDER, required=True, help="Folder nginx.conf includes `current/` from.")
@data_option
@click.pass_obj
def expose(paths: Paths, edition: str, socket: Path, into: Path) -> None:
    """Write what nginx must know of EDITION and make it the current one.

    In one step; nginx sees it at its next reload (site/deploy/switch.sh does all of it).
    """
    from pipeline.publish.serving.exposing import expose as write

    out.print(
        f"{write(paths, edition, socket, into.resolve())} is current; next: nginx -t && nginx -s reload", markup=False
    )
