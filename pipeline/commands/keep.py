"""Verbs of keeping: verify."""

import sys
from pathlib import Path

import click

from pipeline.commands.common import out


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--key", metavar="HEX", help="The public key you trust (64 hex digits), from elsewhere than this folder.")
def verify(folder: Path, key: str | None) -> None:
    """Check an edition offline: signature, chain, every record, every file.

    FOLDER is one of DATA/public/editions, a site folder, or a copy of /open/. Exit code 1 if anything does not hold.
    """
    from pipeline.publish.open.verify import verify as run

    checks = run(folder, key)
    for check in checks:
        out.print(f"{'holds ' if check.holds else 'BROKEN'} {check.name:<10} {check.found}", markup=False)
    sys.exit(0 if all(check.holds for check in checks) else 1)
