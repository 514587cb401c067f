"""stub"""
from pathlib import Path
def write_portal(into: Path, slug: str, *, name: str | None, home: str | None) -> list[Path]:
    return []
