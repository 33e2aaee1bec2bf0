#!/usr/bin/env python3
"""Optimized plans in SUMO: found by citytwin, exported, and run in SUMO on seeds and demand that the search did not see.

    python3 tests/peers/optimized.py --sumo PATH_OF_SUMO --citytwin PATH [--seeds 5] [--trials 300] [--networks cologne1,...]

For the networks cologne1, cologne3 and ingolstadt1 of $CITYTWIN_DATA/sumo/resco: `citytwin signals optimize` writes
signals.add.xml, and SUMO runs the network with its own plans and with that file, with each seed at 90, 100 and 110 % of
the demand. Measured is time loss and depart delay of all loaded vehicles, those that did not finish or depart up to the
end. Prints means, the paired 95 % interval of the difference, and the goal; ends with 1 if an interval is not below zero.
"""

import argparse
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

import six_networks

GOALS_PCT = {"cologne1": 25.0, "cologne3": 15.0, "ingolstadt1": 15.0}
SCALES = (0.9, 1.0, 1.1)
FIRST_SEED = 5001
# Two-sided 95 % of Student's t by degrees of freedom, for the numbers of runs that are usual here.
STUDENT = {2: 4.303, 5: 2.571, 8: 2.306, 11: 2.201, 14: 2.145, 17: 2.110, 20: 2.086, 23: 2.069, 26: 2.056, 29: 2.045}


def student(n):
    return min((abs(freedom - (n - 1)), value) for freedom, value in STUDENT.items())[1]


def delay_s(sumo, configuration, additional, seed, scale, folder):
    """Mean time loss and depart delay of all loaded vehicles."""
    out = folder / f"trips-{seed}-{scale}-{'new' if additional else 'own'}.xml"
    files = six_networks.input_files(configuration, "additional-files") + ([str(additional)] if additional else [])
    command = [sumo, "-c", str(configuration), *six_networks.DEFAULTS, "--seed", str(seed), "--scale", str(scale),
               "--no-step-log", "--no-warnings", "--tripinfo-output", str(out), "--tripinfo-output.write-unfinished",
               "--tripinfo-output.write-undeparted"]
    if files:
        command += ["--additional-files", ",".join(files)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    trips = list(ElementTree.parse(out).getroot().iter("tripinfo"))
    total = sum(max(float(trip.get("timeLoss")), 0.0) + max(float(trip.get("departDelay")), 0.0) for trip in trips)
    return total / len(trips), len(trips)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sumo", required=True)
    parser.add_argument("--citytwin", required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--networks", default=",".join(GOALS_PCT))
    parser.add_argument("--options", default="", help="more options of citytwin signals optimize")
    options = parser.parse_args()
    data = pathlib.Path(os.environ["CITYTWIN_DATA"]) / "sumo" / "resco"
    program = str(pathlib.Path(options.citytwin).resolve())
    failed = False
    for network in options.networks.split(","):
        configuration = data / network / f"{network}.sumocfg"
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            subprocess.run([program, "signals", "optimize", str(configuration), "-o", str(folder / "better"), "--quiet",
                            "--trials", str(options.trials), "--test-seeds", "3", *options.options.split()],
                           check=True, stdout=subprocess.DEVNULL)
            additional = folder / "better" / "signals.add.xml"
            print((folder / "better" / "plans.csv").read_text(encoding="utf-8").strip())
            cases = [(seed, scale) for scale in SCALES for seed in range(FIRST_SEED, FIRST_SEED + options.seeds)]

            def pair(case):
                own, n_own = delay_s(options.sumo, configuration, None, *case, folder)
                new, n_new = delay_s(options.sumo, configuration, additional, *case, folder)
                assert n_own == n_new, "the same vehicles are loaded"
                return own, new

            with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
                pairs = list(pool.map(pair, cases))
        for scale in (*SCALES, None):
            chosen = [p for p, case in zip(pairs, cases) if scale is None or case[1] == scale]
            own, new = statistics.mean(p[0] for p in chosen), statistics.mean(p[1] for p in chosen)
            name = "all demands" if scale is None else f"demand {100 * scale:.0f} %"
            print(f"{network} {name}: own {own:.2f} s, optimized {new:.2f} s ({100 * (new / own - 1):+.1f} %)")
        differences = [new - own for own, new in pairs]
        n = len(differences)
        mean, error = statistics.mean(differences), statistics.stdev(differences) / math.sqrt(n)
        low, high = mean - student(n) * error, mean + student(n) * error
        is_less = high < 0.0
        failed |= not is_less
        print(f"{network}: difference {mean:.2f} s, 95 % interval {low:.2f} to {high:.2f} s over {n} pairs; goal "
              f"{-GOALS_PCT[network]:.0f} %{'' if is_less else '  NOT LESS'}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
