"""Temperaments of the invented platforms: shares of stories, and how they write."""

from crawlers.lab.telling import Habits

TEMPERS: dict[str, dict[str, int]] = {
    "good": {
        "confirmed": 30, "confirmed_plainly": 6, "claimed": 16, "answered": 24, "answered_by_frame": 6, "brushed": 5,
        "silent": 4, "withdrawn": 3, "asks_present": 2, "answered_unprinted": 2, "undelivered": 1, "contradicted": 1,
    },
    "templates": {
        "brushed": 40, "template": 20, "brushed_rated": 5, "asks_absent": 5, "asks_present": 4, "answered": 6,
        "silent": 8, "empty_completion": 4, "confirmed_plainly": 3, "withdrawn": 3, "brushed_long": 1, "closed": 1,
    },
    "silent": {
        "silent": 52, "silent_reminded": 8, "closed": 10, "silent_then_late": 6, "brushed": 8, "answered": 6,
        "undelivered": 5, "withdrawn": 3, "confirmed": 2,
    },
    "fled": {
        "confirmed": 18, "claimed": 14, "answered": 26, "brushed": 14, "silent": 12, "contradicted": 6, "hidden": 4,
        "withdrawn": 4, "asks_absent": 2,
    },
    "gone_dark": {"silent": 80, "silent_reminded": 15, "closed": 5},
    "withdrawal": {
        "brushed": 30, "withdrawn_after_contact": 22, "withdrawn": 6, "withdrawn_early": 4, "answered": 14,
        "confirmed": 6, "silent": 12, "brushed_rated": 4, "closed": 2,
    },
    "hides": {
        "hidden": 44, "confirmed": 10, "answered": 12, "brushed": 10, "silent": 14, "claimed": 6, "withdrawn": 4,
    },
    "claims": {
        "contradicted": 30, "claimed": 26, "empty_completion": 14, "confirmed": 12, "silent": 6, "answered": 6,
        "brushed": 4, "withdrawn": 2,
    },
    "late": {
        "silent_then_late": 30, "brushed_then_late": 16, "answered": 22, "silent": 12, "brushed": 8, "confirmed": 6,
        "delivered_too_late": 2, "withdrawn": 4,
    },
    "mixed": {
        "answered": 18, "brushed": 20, "silent": 18, "confirmed": 12, "claimed": 8, "contradicted": 4, "hidden": 4,
        "asks_absent": 3, "asks_present": 3, "undelivered": 3, "withdrawn": 4, "answered_unprinted": 2, "closed": 2,
    },
    "unmatched": {
        "undelivered": 38, "undelivered_closed": 10, "delivered_too_late": 4, "answered": 16, "silent": 14,
        "brushed": 10, "confirmed": 6, "withdrawn_early": 2,
    },
    "refuses": {
        "answered": 58, "brushed": 10, "silent": 10, "asks_present": 5, "confirmed": 5, "withdrawn": 4, "claimed": 4,
        "answered_by_frame": 4,
    },
    "redirects": {
        "brushed": 52, "brushed_rated": 6, "brushed_long": 2, "silent": 16, "answered": 10, "asks_absent": 4,
        "confirmed": 4, "withdrawn": 4, "brushed_then_late": 2,
    },
    "unregistered": {"undelivered": 84, "undelivered_closed": 16},
}  # fmt: skip

_COMMON = Habits(("ack", "deferral", "redirect", "blame", "other"), ("offer", "resolved_claim", "refusal", "dispute"))
HABITS: dict[str, Habits] = {
    "good": Habits(("ack", "deferral"), ("offer", "resolved_claim", "offer", "refusal")),
    "templates": Habits(("ack", "deferral", "other"), ("offer", "refusal"), templated=True),
    "withdrawal": Habits(("request_withdrawal", "request_withdrawal", "ack"), ("offer", "refusal")),
    "refuses": Habits(("blame", "ack"), ("refusal", "refusal", "dispute")),
    "redirects": Habits(("redirect", "redirect", "blame"), ("refusal", "offer")),
}


def habits(temper: str) -> Habits:
    return HABITS.get(temper, _COMMON)


def shares(temper: str, n: int) -> list[str]:
    """Exactly n story names in the temper's proportions (largest remainders), so that no draw can lose one."""
    weights = TEMPERS[temper]
    total = sum(weights.values())
    quota = {name: n * weight / total for name, weight in weights.items()}
    counts = {name: int(share) for name, share in quota.items()}
    rest = sorted(weights, key=lambda name: quota[name] - counts[name], reverse=True)
    for name in rest[: n - sum(counts.values())]:
        counts[name] += 1
    return [name for name, count in counts.items() for _ in range(count)]
