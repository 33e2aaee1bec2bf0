#!/usr/bin/env python3
"""Shows on which links our run and SUMO's differ most.

    python3 tests/peers/compare_links.py OUR_LINKS.csv SUMO_LINKS.csv [--top 20]

The first file is links.csv of `citytwin run` (columns link_id, class, begin_s, entered, mean_speed_mps), the second one
NAME_links.csv of six_networks.py. Prints how well the hourly flows agree (GEH), and the links that add most to the
difference in time spent, where time = distance driven in SUMO, scaled by our count, over our mean speed.
"""

import argparse
import collections
import csv
import math
import sys


class Link:
    """Sums over the intervals of a run."""

    def __init__(self):
        self.entered = 0.0
        self.distance_m = 0.0
        self.time_s = 0.0


def read_sumo(path):
    links = collections.defaultdict(Link)
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            link = links[row["edge"]]
            link.entered += float(row["entered"])
            link.time_s += float(row["sampled_s"])
            link.distance_m += float(row["sampled_s"]) * float(row["speed_mps"] or 0.0)
    return links


def read_ours(path, sumo):
    """Our links; the distance is SUMO's per vehicle times our vehicles, by interval weight of our own counts."""
    links = collections.defaultdict(Link)
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row.get("class", "all") not in ("", "all") or row["link_id"].startswith(":"):
                continue
            link, theirs = links[row["link_id"]], sumo.get(row["link_id"])
            entered, speed_mps = float(row["entered"] or 0.0), float(row["mean_speed_mps"] or 0.0)
            link.entered += entered
            if theirs is not None and theirs.entered > 0.0 and speed_mps > 0.0:
                link.time_s += entered * theirs.distance_m / theirs.entered / speed_mps
    return links


def geh(a, b):
    return math.sqrt(2.0 * (a - b) ** 2 / (a + b)) if a + b > 0.0 else 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours")
    parser.add_argument("sumo")
    parser.add_argument("--top", type=int, default=20, help="how many links to show (default 20)")
    parser.add_argument("--hours", type=float, default=1.0, help="length of the demand, for hourly flows (default 1)")
    options = parser.parse_args()
    sumo = read_sumo(options.sumo)
    ours = read_ours(options.ours, sumo)
    rows = []
    for name in sorted(set(sumo) | set(ours)):
        theirs, mine = sumo.get(name, Link()), ours.get(name, Link())
        flow_geh = geh(mine.entered / options.hours, theirs.entered / options.hours)
        rows.append((mine.time_s - theirs.time_s, name, theirs, mine, flow_geh))
    good = sum(row[4] < 5.0 for row in rows)
    print(f"{len(rows)} links, GEH < 5 on {100.0 * good / max(len(rows), 1):.1f} %")
    total_theirs, total_ours = sum(row[2].time_s for row in rows), sum(row[3].time_s for row in rows)
    print(f"time on links: SUMO {total_theirs:.0f} s, ours {total_ours:.0f} s ({total_ours - total_theirs:+.0f} s)")
    print(f"{'link':30} {'SUMO n':>8} {'our n':>8} {'GEH':>5} {'SUMO s':>9} {'our s':>9} {'diff s':>9}")
    for off_s, name, theirs, mine, flow_geh in sorted(rows, key=lambda row: (-abs(row[0]), row[1]))[: options.top]:
        print(
            f"{name:30} {theirs.entered:8.1f} {mine.entered:8.1f} {flow_geh:5.1f} "
            f"{theirs.time_s:9.0f} {mine.time_s:9.0f} {off_s:+9.0f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
