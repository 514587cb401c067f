"""What the crawls said about themselves: findings, counters, and which complaints were not understood."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from pipeline.engine import Engine
from pipeline.errors import BadInput
from pipeline.model import Finding
from pipeline.portals import facts, slugs
from pipeline.schema import TIME

_FINDINGS = ".findings.ndjson"
NOT_UNDERSTOOD = ("unknown_status", "unknown_step")


def findings(engine: Engine, raw: Path) -> list[Finding]:
    """Findings of the crawls the edition knows. One about a complaint holds only while its record is of that run."""
    known = set(engine.sql("SELECT DISTINCT portal || '/' || run AS run FROM landed")["run"].to_pylist())
    told = [
        (path.name.removesuffix(_FINDINGS), finding)
        for path in sorted(raw.glob(f"*/*{_FINDINGS}"))
        if f"{path.parent.name}/{path.name.removesuffix(_FINDINGS)}"
        in known  # else later than the as-of time, or nothing landed
        for finding in _told(path)
    ]
    subjects = pa.table({"complaint": pa.array([finding.subject for _, finding in told], pa.string())})
    latest = engine.sql(
        "SELECT complaint, run FROM complaints_in SEMI JOIN subjects USING (complaint)", subjects=subjects
    )
    run_of = dict(zip(latest["complaint"].to_pylist(), latest["run"].to_pylist(), strict=True))
    found = {finding.id: finding for run, finding in told if run_of.get(finding.subject, run) == run}
    return [found[key] for key in sorted(found)]


def _told(path: Path) -> Iterator[Finding]:
    for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), start=1):
        try:
            yield Finding.model_validate_json(line)
        except ValidationError as error:
            raise BadInput(f"{path}:{number}: not a finding ({error.error_count()} errors); remove the line") from error


def unknown_statuses(engine: Engine) -> list[Finding]:
    """A finding per complaint whose printed status word portal.yml does not know."""
    known = [{"portal": slug, "status": word} for slug in slugs() for word in facts(slug).statuses]
    rows = engine.sql(
        """
        SELECT c.complaint, c.portal, c.status FROM complaints_in c ANTI JOIN known USING (portal, status)
        WHERE c.status IS NOT NULL AND c.portal IN (SELECT portal FROM known) ORDER BY complaint
        """,
        known=pa.Table.from_pylist(known, pa.schema([("portal", pa.string()), ("status", pa.string())])),
    )
    return [
        Finding(
            id=f"intake:unknown_status:{row['complaint']}",
            stage="intake",
            kind="unknown_status",
            portal=row["portal"],
            subject=row["complaint"],
            detail=f"进度词“{row['status'][:20]}”不在 portal.yml 中",
            remedy="该投诉暂不进入比率；核对页面后把该词写入 portal.yml 的 statuses，再运行。",
        )
        for row in rows.to_pylist()
    ]


def not_understood(all_findings: Iterable[Finding]) -> list[str]:
    """Complaints with a word nobody has explained."""
    return sorted({finding.subject for finding in all_findings if finding.kind in NOT_UNDERSTOOD})


def unread(engine: Engine, all_findings: list[Finding]) -> pa.Table:
    """portal, n_unread, n_seen: complaints with words nobody has explained, of all complaints of the portal."""
    subjects = not_understood(all_findings)
    return engine.sql(
        """
        SELECT portal, count(u.complaint) AS n_unread, count(*) AS n_seen
        FROM complaints_in c LEFT JOIN unread u USING (complaint) GROUP BY portal ORDER BY portal
        """,
        unread=pa.table({"complaint": pa.array(subjects, pa.string())}),
    )


def counters(engine: Engine, raw: Path) -> None:
    """Keep `counters`: the portals' own counts from the crawl reports, and how many of them were met where a crawl says."""
    runs = engine.sql(
        "SELECT portal || '/' || run AS run, max(seen_at) AS at FROM landed WHERE NOT imported GROUP BY ALL"
    )
    seen = dict(zip(runs["run"].to_pylist(), runs["at"].to_pylist(), strict=True))
    rows = []
    for path in sorted(raw.glob("*/*.report.json")):
        at = seen.get(f"{path.parent.name}/{path.name.removesuffix('.report.json')}")
        report = json.loads(path.read_text(encoding="utf8")) if at else {"control": {}}
        met = report.get("collected", {})
        rows += [
            {"portal": path.parent.name, "scope": scope, "value": value, "met": met.get(scope), "counted_at": at}
            for scope, value in report["control"].items()
        ]
    columns = [("portal", pa.string()), ("scope", pa.string()), ("value", pa.int64()), ("met", pa.int64())]
    engine.put("counters", pa.Table.from_pylist(rows, pa.schema([*columns, ("counted_at", TIME)])))


def controls(engine: Engine, raw: Path) -> None:
    """Keep `controls`: what the portals print about platforms (portal, platform, ref, counter, value, counted_at).

    Of the crawls the edition knows; a line whose platform no complaint names is left out: there is nothing of ours beside it.
    """
    known = set(
        engine.sql("SELECT DISTINCT portal || '/' || run AS run FROM landed WHERE NOT imported")["run"].to_pylist()
    )
    rows = []
    for path in sorted(raw.glob("*/*.controls.ndjson")):
        if f"{path.parent.name}/{path.name.removesuffix('.controls.ndjson')}" in known:
            for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), start=1):
                try:
                    rows.append(_Control.model_validate_json(line).model_dump())
                except ValidationError as error:
                    raise BadInput(
                        f"{path}:{number}: not a counter ({error.error_count()} errors); remove the line"
                    ) from error
    fields = [(name, pa.string()) for name in ("portal", "platform_ref", "name", "counter")]
    printed = pa.Table.from_pylist(rows, pa.schema([*fields, ("value", pa.float64()), ("counted_at", TIME)]))
    engine.keep("controls", _CONTROLS, printed=printed)


class _Control(BaseModel):
    """One line of `<run>.controls.ndjson`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    portal: str
    platform_ref: str | None
    name: str | None
    counter: str
    value: float | None
    counted_at: AwareDatetime


_CONTROLS = """
    WITH refs AS (
        SELECT portal, platform_ref, min(platform) AS platform FROM complaints_in WHERE platform IS NOT NULL AND platform_ref IS NOT NULL GROUP BY ALL
    ), names AS (
        SELECT portal, platform_name, min(platform) AS platform FROM complaints_in WHERE platform IS NOT NULL GROUP BY ALL
    )
    SELECT p.portal, coalesce(r.platform, n.platform) AS platform, coalesce(p.platform_ref, p.name) AS ref, p.counter, p.value, p.counted_at
    FROM printed p LEFT JOIN refs r ON r.portal = p.portal AND r.platform_ref IN (p.platform_ref, split_part(p.platform_ref, '/', 1))
    LEFT JOIN names n ON n.portal = p.portal AND n.platform_name = p.name
    WHERE coalesce(r.platform, n.platform) IS NOT NULL AND p.value IS NOT NULL ORDER BY ALL
"""
