"""Every domain object of sinkrate, each field with its public description: the one schema.

`pipeline.schema` derives JSON Schema, Arrow schemas, SQLite types, Datasette column descriptions and the data
dictionary from here. Words are those of the method: portal, platform, complaint, sighting, event, case, campaign,
reply, outcome, edition.
"""

from pipeline.model.crawls import Crawl
from pipeline.model.raw import Gone, Rating, RawComplaint, RawEvent
from pipeline.model.reference import (
    Correction,
    FactKind,
    Notice,
    Platform,
    PlatformFact,
    PlatformId,
    Portal,
    Sent,
    Statement,
    Word,
)
from pipeline.model.statistics import (
    STATISTICS,
    Band,
    Cause,
    Claim,
    Conduct,
    CurvePoint,
    Flag,
    FunnelPoint,
    Mirror,
    MoneyRow,
    NoticeSimulation,
    Outcome,
    PortalOutcome,
    PortalScore,
    RadarRow,
    Robustness,
    ScoreState,
    TypicalCase,
)
from pipeline.model.tables import (
    Campaign,
    Case,
    Complaint,
    Coverage,
    Edition,
    Event,
    Finding,
    Merge,
    Reply,
    Scorecard,
    Sighting,
    Template,
    Tombstone,
)
from pipeline.model.words import LABELS, RUNGS, SUBSTANTIVE, Actor, EventKind, Kept, Label, Record, Rung, State, T0Basis

TABLES: dict[str, type[Record]] = {
    "editions": Edition, "platforms": Platform, "portals": Portal, "complaints": Complaint, "sightings": Sighting,
    "cases": Case, "events": Event, "replies": Reply, "templates": Template, "campaigns": Campaign, "merges": Merge,
    "scorecards": Scorecard, "notices": Notice, "statements": Statement, "corrections": Correction,
    "findings": Finding, "tombstones": Tombstone, "coverage": Coverage, "crawls": Crawl,
    "platform_ids": PlatformId, "platform_facts": PlatformFact, "taxonomy": Word, **STATISTICS,
}  # fmt: skip

__all__ = [
    "LABELS", "RUNGS", "STATISTICS", "SUBSTANTIVE", "TABLES", "Actor", "Band", "Campaign", "Case", "Cause", "Claim", "Complaint",
    "Conduct", "Correction", "Coverage", "Crawl", "CurvePoint", "Edition", "Event", "EventKind", "FactKind", "Finding", "Flag",
    "FunnelPoint", "Gone", "Kept", "Label", "Merge", "Mirror", "MoneyRow", "Notice", "NoticeSimulation", "Outcome", "Platform", "PlatformFact", "PlatformId", "Portal", "PortalOutcome",
    "PortalScore", "RadarRow", "Rating", "RawComplaint", "RawEvent", "Record", "Reply", "Robustness", "Rung", "ScoreState",
    "Scorecard", "Sent", "Sighting", "State", "Statement", "T0Basis", "Template", "Tombstone", "TypicalCase", "Word",
]  # fmt: skip
