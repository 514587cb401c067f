"""The notice rule as an alarm: `python tests/bench/notice.py [runs]` (seeded). Exit code 1 when a bound does not hold.

Over 24 months at ρ = 0.05: at most 1 % of platforms at a true 40 % are ever found, at least 90 % of those at a true 70 %
with ten cases a month.
"""

import sys
import time

from pipeline.score.simulate import notice_simulation

MOST_FALSE, LEAST_CAUGHT = 0.01, 0.90


def main(runs: int) -> bool:
    started = time.perf_counter()
    rows = notice_simulation(runs).to_pylist()
    for row in rows:
        print(
            f"ρ={row['rho']:<5g} true {row['true_rate']:.0%} {row['per_month']:>3} a month: {row['value']:7.2%} ({row['low']:.2%}–{row['high']:.2%}), median month {row['median_months'] or '–'}"
        )
    at = {(row["rho"], row["true_rate"], row["per_month"]): row for row in rows}
    false = max(row["high"] for (rho, rate, _), row in at.items() if (rho, rate) == (0.05, 0.4))
    caught = at[0.05, 0.7, 10]["low"]
    print(
        f"{runs} runs a line, {time.perf_counter() - started:.1f} s; at ρ = 0.05: false alarms at most {false:.2%}, catch at least {caught:.2%} (ends of the intervals)"
    )
    return false <= MOST_FALSE and caught >= LEAST_CAUGHT


if __name__ == "__main__":
    sys.exit(0 if main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000) else 1)
