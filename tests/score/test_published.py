"""The published statistics of a whole edition, counted again: by their own SQL and by code that shares nothing with ours."""

import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from scipy.stats import betabinom, binomtest, chi2, nbinom, norm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from pipeline.model import STATISTICS
from pipeline.score.curves import curve_sql

SUNK = {"brushed_off", "silent", "undelivered", "closed_unanswered"}
RATED = SUNK | {"resolved_confirmed", "resolved_claimed", "answered"}
Row = sqlite3.Row


def scores(db: sqlite3.Connection, where: str) -> dict[tuple[str, str], Row]:
    return {(row["platform"], row["measure"]): row for row in db.execute(f"SELECT * FROM scorecards WHERE {where}")}


def by_platform(rows: list[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups["*"].append(row)
        groups[row["platform"]].append(row)
    groups.pop(None, None)  # type: ignore[call-overload]
    return groups


def test_every_notice_is_what_its_sql_says(db: sqlite3.Connection) -> None:
    rows = db.execute("SELECT * FROM notices WHERE sql IS NOT NULL").fetchall()
    assert {row["status"] for row in rows} >= {"to_send", "listed"}
    for row in rows:
        evaluations = [tuple(one)[1:] for one in db.execute(row["sql"])]
        assert evaluations[0] == (row["first_k"], row["first_n"], pytest.approx(row["first_low"], abs=1e-9))
        assert evaluations[3] == (row["second_k"], row["second_n"], pytest.approx(row["second_low"], abs=1e-9))
        assert evaluations[-1] == (row["last_k"], row["last_n"], pytest.approx(row["last_low"], abs=1e-9))


TABLES = ("scorecards", "robustness", "portal_scores", "claims", "bands", "funnel", "flags", "money", "mirror", "radar")


@pytest.mark.parametrize("table", TABLES)
def test_every_number_is_what_its_sql_gives(db: sqlite3.Connection, table: str) -> None:
    """Each column the SQL names holds what is published; what is withheld (null) is not compared."""
    rows = db.execute(f"SELECT * FROM {table}").fetchall()
    assert rows
    for row in rows:
        counted = db.execute(row["sql"]).fetchone()
        names = (set(row.keys()) & set(counted.keys())) - {"platform", "sql"}
        assert names & {"k", "n", "n_cases"}
        for name in names:
            if row[name] is not None:
                assert counted[name] == pytest.approx(row[name], abs=1e-9), (name, tuple(row))


def test_every_table_of_numbers_has_its_sql(db: sqlite3.Connection) -> None:
    """Rows are facts, or carry SQL; the curves' is that of their quantiles, and simulations are no counts of anything."""
    facts = {"outcomes", "portal_outcomes", "conduct", "curves", "notice_simulation", "typical_cases"}
    for table in (*STATISTICS, "scorecards", "notices"):
        columns = {row["name"] for row in db.execute(f"PRAGMA table_info({table})")}
        assert table in facts or "sql" in columns, table


def test_the_intervals_are_statsmodels_wilson(db: sqlite3.Connection) -> None:
    for table in ("scorecards", "robustness", "portal_scores", "claims", "flags"):
        rows = db.execute(f"SELECT * FROM {table} WHERE low IS NOT NULL AND n > 0 AND value BETWEEN 0 AND 1").fetchall()
        shares = [row for row in rows if dict(row).get("measure") not in OTHER_INTERVALS]
        assert shares
        for row in shares:
            ends = proportion_confint(row["k"], row["n"], method="wilson")
            assert (row["low"], row["high"]) == pytest.approx(ends, abs=1e-9), tuple(row)


OTHER_INTERVALS = {"sink_standardised", "reply_p25", "reply_p50", "reply_p90", "eb_mean", "rank_range"}


def test_the_order_is_the_posterior_mean_under_the_likeliest_prior(db: sqlite3.Connection) -> None:
    heads = [
        row
        for (one, _), row in scores(db, "slice = 'all' AND measure = 'sink_rate' AND horizon = '30d' AND n > 0").items()
        if one != "*"
    ]
    k, n = (np.array([row[side] for row in heads]) for side in "kn")
    a, b = (
        db.execute("SELECT value FROM scorecards WHERE measure = ?", (f"eb_prior_{one}",)).fetchone()[0] for one in "ab"
    )
    best = betabinom.logpmf(k, n, a, b).sum()
    assert all(
        betabinom.logpmf(k, n, a * f, b * g).sum() <= best + 1e-6 for f in (0.98, 1, 1.02) for g in (0.98, 1, 1.02)
    )
    means = scores(db, "measure = 'eb_mean'")
    assert {one for one, _ in means} == {row["platform"] for row in heads if row["state"] in ("ok", "few")}
    for (_, _), row in means.items():
        assert row["value"] == pytest.approx((a + row["k"]) / (a + b + row["n"]), abs=1e-9)


def test_no_rate_is_shown_where_only_counts_may_be(db: sqlite3.Connection) -> None:
    wrong = "SELECT count(*) FROM scorecards WHERE state IN ('counts_only', 'unseen', 'young', 'no_text') AND coalesce(value, low, high) IS NOT NULL"
    assert db.execute(wrong).fetchone()[0] == 0
    states = {row["state"] for row in db.execute("SELECT state FROM scorecards")}
    assert states >= {"ok", "few", "counts_only", "young", "not_reached", "no_text"}


def test_a_portal_without_reply_text_has_silence_promises_and_bounds_but_no_headline(db: sqlite3.Connection) -> None:
    own = scores(db, "slice = 'portal:dianshubao' AND platform = '*'")
    assert own["*", "sink_rate"]["state"] == "no_text"
    for measure in ("sink_low", "sink_high", "silence_rate", "t24", "t24_low", "t24_high"):
        assert own["*", measure]["value"] is not None, measure
    assert {row["state"] for row in db.execute("SELECT state FROM claims WHERE portal = 'dianshubao'")} <= {
        "no_text",
        "counts_only",
        "unseen",
    }


def test_the_market_has_every_measure_in_every_cut(db: sqlite3.Connection) -> None:
    whole = {
        row["measure"]
        for row in db.execute("SELECT measure FROM scorecards WHERE platform = '*' AND slice = 'portal:heimao'")
    }
    assert whole > {
        "sink_rate",
        "sink_low",
        "sink_high",
        "silence_rate",
        "undelivered_share",
        "vanished_share",
        "t24",
        "t48",
        "t7",
        "answered_late",
    }
    for prefix in ("issue:%", "amount:%"):
        found = {
            row["measure"]
            for row in db.execute("SELECT measure FROM scorecards WHERE platform = '*' AND slice LIKE ?", (prefix,))
        }
        assert found >= whole
    months = {
        row["measure"]
        for row in db.execute("SELECT measure FROM scorecards WHERE platform = '*' AND slice LIKE 'month:%'")
    }
    assert months == {"sink_rate", "sink_low", "sink_high", "silence_rate"}
    assert {row["slice"] for row in db.execute("SELECT slice FROM scorecards WHERE slice LIKE 'found:%'")} == {
        "found:home:latest",
        "found:merchant",
    }


def test_silence_is_neither_a_verdict_nor_a_confirmed_case(db: sqlite3.Connection) -> None:
    own = scores(db, "slice = 'all' AND horizon = '30d' AND platform = '*'")["*", "silence_rate"]
    rows = db.execute("SELECT * FROM cases WHERE in_headline AND state = 'judged' AND delivered").fetchall()
    judged = [row for row in rows if row["rung"] in RATED]
    assert (own["k"], own["n"]) == (sum(row["rung"] in ("silent", "closed_unanswered") for row in judged), len(judged))


def test_q_values_are_statsmodels(db: sqlite3.Connection) -> None:
    for table, p, q, where in (("bands", "p_value", "q_value", "true"), ("bands", "delivered_p_value", "delivered_q_value", "true"),
                               *(("flags", "p_value", "q_value", f"flag = '{flag}'") for flag in ("withdrawal_burst", "undelivered", "undelivered_recent"))):  # fmt: skip
        rows = db.execute(f"SELECT {p} AS p, {q} AS q FROM {table} WHERE {where} AND {p} IS NOT NULL").fetchall()
        assert [row["q"] for row in rows] == pytest.approx(
            multipletests([row["p"] for row in rows], method="fdr_bh")[1], abs=1e-9
        )


def test_the_funnel_by_scipy(db: sqlite3.Connection) -> None:
    rows = db.execute("SELECT * FROM funnel").fetchall()
    z = np.array([row["z"] for row in rows])
    low, high = np.quantile(z, [0.1, 0.9])
    phi = float(np.mean(np.clip(z, low, high) ** 2))
    phi = phi if phi * len(z) > chi2.ppf(0.95, len(z)) else 1.0
    for row in rows:
        assert row["phi"] == pytest.approx(phi, abs=1e-9)
        if phi > 1:
            wide = np.arcsin(np.sqrt(row["expected"])) + norm.ppf(0.975) * np.sqrt(phi) / (2 * np.sqrt(row["n"]))
            assert row["high95"] == pytest.approx(np.sin(min(wide, np.pi / 2)) ** 2, abs=1e-9)


def test_the_radar_by_scipy(db: sqlite3.Connection) -> None:
    rows = db.execute("SELECT * FROM radar").fetchall()
    assert any(row["flagged"] for row in rows)
    for row in rows:
        size = 1 / (row["dispersion"] + 1 / (row["before"] + 0.5))
        assert row["expected"] == pytest.approx((row["before"] + 0.5) / row["weeks"] * row["exposure"], abs=1e-9)
        p = nbinom.sf(row["n"] - 1, size, size / (size + row["expected"]))
        assert row["p_value"] == pytest.approx(p, abs=1e-9)
        assert row["q_value"] >= row["p_value"] - 1e-12


@pytest.mark.parametrize("horizon", ["7wd", "30d", "90d"])
def test_the_ladder_at_each_horizon(db: sqlite3.Connection, horizon: str) -> None:
    found = scores(db, f"horizon = '{horizon}' AND slice = 'all'")
    judged = db.execute("SELECT * FROM outcomes WHERE horizon = ? AND in_headline", (horizon,)).fetchall()
    for platform, rows in by_platform(judged).items():
        k, n = sum(row["rung"] in SUNK for row in rows), sum(row["rung"] in RATED for row in rows)
        sink = found[platform, "sink_rate"]
        assert (sink["k"], sink["n"]) == (k, n)
        unseen = sum(row["state"] == "unseen" for row in rows) > 0.1 * len(rows)
        assert sink["state"] == ("counts_only" if n < 10 else "unseen" if unseen else "few" if n < 30 else "ok")
        if sink["value"] is not None:
            assert sink["value"] == pytest.approx(k / n, abs=1e-12)
            assert (sink["low"], sink["high"]) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-9)


def test_the_three_horizons_of_a_case_agree_with_its_row(db: sqlite3.Connection) -> None:
    wrong = db.execute("""
        SELECT count(*) FROM cases c JOIN outcomes o ON o.case_id = c.id AND o.horizon = '30d'
        WHERE o.rung IS NOT c.rung OR o.state <> c.state OR o.in_headline <> c.in_headline OR o.deadline_at IS NOT c.deadline_at""").fetchone()[
        0
    ]
    assert wrong == 0
    assert (
        db.execute("SELECT count(*) FROM outcomes").fetchone()[0]
        == 3 * db.execute("SELECT count(*) FROM cases").fetchone()[0]
    )


def test_low_headline_high_in_this_order_everywhere(db: sqlite3.Connection) -> None:
    rows = db.execute("""
        SELECT l.k * 1.0 / l.n, s.k * 1.0 / s.n, h.k * 1.0 / h.n FROM scorecards s
        JOIN scorecards l ON (l.platform, l.horizon, l.slice, l.measure) = (s.platform, s.horizon, s.slice, 'sink_low')
        JOIN scorecards h ON (h.platform, h.horizon, h.slice, h.measure) = (s.platform, s.horizon, s.slice, 'sink_high')
        WHERE s.measure = 'sink_rate' AND s.n > 0 AND l.n > 0""").fetchall()
    assert len(rows) > 100
    assert all(low <= rate <= high for low, rate, high in rows)


def test_months_mature_as_a_whole(db: sqlite3.Connection) -> None:
    as_of = datetime.fromisoformat(db.execute("SELECT as_of FROM editions").fetchone()[0])
    matured = f"{as_of - timedelta(days=30):%Y-%m}"
    months = db.execute("SELECT * FROM scorecards WHERE slice LIKE 'month:%' AND measure = 'sink_rate'").fetchall()
    for row in months:
        sql = "SELECT rung FROM cases WHERE standing = 'counted' AND month = ? AND (? = '*' OR platform = ?)"
        rungs = [rung for (rung,) in db.execute(sql, (row["slice"][6:], row["platform"], row["platform"]))]
        assert (row["k"], row["n"]) == (sum(r in SUNK for r in rungs), sum(r in RATED for r in rungs))
        if row["slice"][6:] >= matured:
            assert row["value"] is None
    assert any(row["state"] == "young" for row in months)


def test_amount_bands_hold_every_headline_case_once(db: sqlite3.Connection) -> None:
    whole = db.execute(
        "SELECT n FROM scorecards WHERE platform = '*' AND slice = 'all' AND measure = 'sink_rate' AND horizon = '30d'"
    ).fetchone()[0]
    parts = db.execute(
        "SELECT sum(n) FROM scorecards WHERE platform = '*' AND slice LIKE 'amount:%' AND measure = 'sink_rate'"
    ).fetchone()[0]
    assert parts == whole


def test_issue_slices_count_a_case_under_each_of_its_issues(db: sqlite3.Connection) -> None:
    rows = db.execute("SELECT rung, topics FROM cases WHERE in_headline").fetchall()
    found = db.execute(
        "SELECT slice, k, n FROM scorecards WHERE platform = '*' AND slice LIKE 'issue:%' AND measure = 'sink_rate'"
    ).fetchall()
    assert found
    for slice_, k, n in found:
        own = [row["rung"] for row in rows if slice_[6:] in row["topics"].split("|")]
        assert (k, n) == (sum(rung in SUNK for rung in own), sum(rung in RATED for rung in own))


def aalen_johansen(rows: list[Row]) -> Iterator[tuple[float, float]]:
    """(days, incidence) by plain loops; vanishing has the cases found by then at risk, ten of them at least or all."""
    waiting, share = 1.0, 0.0
    for now in sorted({row["days"] for row in rows}):
        risk = [row for row in rows if row["days"] >= now]
        ends = [row["cause"] for row in risk if row["days"] == now and row["cause"] != "censored"]
        gone = ends.count("vanished")
        watched = sum(row["found_after_days"] < now or row["found_after_days"] == 0 for row in risk)
        hazard = ends.count("replied") / len(risk)
        share += waiting * hazard
        waiting *= 1 - min(1.0, (len(ends) - gone) / len(risk) + gone / max(watched, min(len(risk), 10), gone))
        yield now, share


def test_the_curves_by_their_sql(db: sqlite3.Connection) -> None:
    for (platform,) in db.execute("SELECT DISTINCT platform FROM curves").fetchall():
        steps = db.execute(curve_sql(platform)).fetchall()
        for point in db.execute("SELECT * FROM curves WHERE platform = ?", (platform,)):
            expected = max((share for days, share in steps if days <= point["days"] + 1e-9), default=0.0)
            assert point["incidence"] == pytest.approx(expected, abs=1e-9)


def test_the_curves_by_plain_loops(db: sqlite3.Connection) -> None:
    found = {(row["platform"], row["days"]): row for row in db.execute("SELECT * FROM curves")}
    checked = 0
    for platform, rows in by_platform(db.execute("SELECT * FROM conduct").fetchall()).items():
        if platform == "*" or len(rows) < 10:
            continue
        steps = list(aalen_johansen(rows))
        for (owner, days), point in found.items():
            if owner == platform:
                expected = max((share for now, share in steps if now <= days + 1e-9), default=0.0)
                assert point["incidence"] == pytest.approx(expected, abs=1e-9)
                assert point["low"] is None or point["low"] <= point["incidence"] <= point["high"]
                assert point["earliest"] >= point["incidence"] - 1e-9
                checked += 1
    assert checked > 500


def test_bands_by_scipy_one_at_a_time(db: sqlite3.Connection) -> None:
    rows = db.execute("SELECT * FROM bands").fetchall()
    market = db.execute(
        "SELECT portals, avg(rung IN ('brushed_off', 'silent', 'undelivered', 'closed_unanswered')) AS rate FROM cases WHERE in_headline AND rung NOT IN ('withdrawn', 'vanished') GROUP BY portals"
    )
    rates = {row["portals"]: row["rate"] for row in market}
    for row in rows:
        sql = "SELECT portals, count(*) AS n FROM cases WHERE in_headline AND platform = ? AND rung NOT IN ('withdrawn', 'vanished') GROUP BY portals"
        mix = {part["portals"]: part["n"] for part in db.execute(sql, (row["platform"],))}
        expected = sum(rates[portal] * n for portal, n in mix.items()) / sum(mix.values())
        assert row["expected"] == pytest.approx(expected, abs=1e-9)
        if row["why"] == "":
            tails = [binomtest(row["k"], row["n"], expected, side).pvalue for side in ("less", "greater")]
            assert row["p_value"] == pytest.approx(min(1, 2 * min(tails)), abs=1e-9)
            assert row["n"] >= 30
        else:
            assert row["band"] is None
    assert {"above", "below"} <= {row["band"] for row in rows}


def test_money_adds_up(db: sqlite3.Connection) -> None:
    for row in db.execute("SELECT * FROM money").fetchall():
        own = "" if row["platform"] == "*" else f" AND platform = '{row['platform']}'"
        counted = "(in_headline OR (standing = 'counted' AND state = 'too_young'))"
        sql = f"SELECT amount_yuan FROM cases WHERE {counted} AND coalesce(rung, state) = ?{own} ORDER BY amount_yuan"
        amounts: list[Any] = [amount for (amount,) in db.execute(sql, (row["rung"],))]
        known = [amount for amount in amounts if amount is not None]
        assert (row["n_cases"], row["n_amounts"]) == (len(amounts), len(known))
        if known:
            assert row["sum_yuan"] == pytest.approx(math.fsum(known), abs=1e-6)
            assert (row["max_yuan"], row["p50_yuan"]) == (
                known[-1],
                pytest.approx((known[(len(known) - 1) // 2] + known[len(known) // 2]) / 2, abs=1e-9),
            )


def test_the_platform_that_presses_for_withdrawal_is_flagged(db: sqlite3.Connection) -> None:
    raised = [row["platform"] for row in db.execute("SELECT * FROM flags WHERE raised AND flag = 'withdrawal_burst'")]
    assert 1 <= len(raised) <= 3
    for row in db.execute("SELECT * FROM flags"):
        assert row["p_value"] == pytest.approx(binomtest(row["k"], row["n"], row["market"], "greater").pvalue, abs=1e-9)
