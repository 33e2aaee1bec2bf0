#!/usr/bin/env python3
"""Makes the ladder's networks and expected files with SUMO 1.28.

    python3 tests/peers/make_ladder.py SUMO_BIN_FOLDER [CASE...]

For each case under tests/cases/ladder it builds net.net.xml from plain/, runs SUMO on run.sumocfg, and writes
expected.csv (every vehicle after every step) and expected_trips.csv. It can be run again at any time and gives the same
bytes. A case whose result depends on the seed is refused: ladder cases must not draw random numbers.
"""

import csv
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

LADDER = pathlib.Path(__file__).resolve().parent.parent / "cases" / "ladder"
VERSION = "1.28"
LARGEST_EXPECTED_BYTES = 60_000
SEEDS = (1, 2)

STATE_COLUMNS = ["time_s", "vehicle", "lane", "position_m", "speed_mps"]
TRIP_COLUMNS = [
    ("vehicle", "id"),
    ("depart_s", "depart"),
    ("arrival_s", "arrival"),
    ("duration_s", "duration"),
    ("time_loss_s", "timeLoss"),
    ("waiting_s", "waitingTime"),
    ("stops", "waitingCount"),
    ("depart_delay_s", "departDelay"),
    ("length_m", "routeLength"),
]


class PeerFailed(Exception):
    """A peer program refused its input, or a case breaks a rule of the ladder."""


def run_program(binary, arguments, folder):
    """Runs a SUMO program; returns what it said."""
    environment = dict(os.environ, SUMO_HOME=str(pathlib.Path(binary).resolve().parent.parent))
    done = subprocess.run(
        [str(binary), *arguments], cwd=folder, env=environment, text=True, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise PeerFailed(f"{pathlib.Path(binary).name} failed in {folder}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def check_version(bin_folder):
    """Refuses any other version than the one the ladder is made with."""
    said = run_program(bin_folder / "sumo", ["--version"], LADDER)
    found = re.search(r"sumo (?:Version )?v?(\d+\.\d+)", said)
    if not found or found.group(1) != VERSION:
        raise PeerFailed(f"the ladder is made with SUMO {VERSION}, found: {said.splitlines()[0]}")


def without_header(text):
    """A network without the comment in which netconvert notes the date, paths and options."""
    return re.sub(r"<!--.*?-->\s*", "", text, count=1, flags=re.DOTALL)


def build_network(bin_folder, case):
    """net.net.xml as text, from plain/."""
    with tempfile.TemporaryDirectory() as temporary:
        target = pathlib.Path(temporary) / "net.net.xml"
        said = run_program(
            bin_folder / "netconvert", ["-c", "net.netccfg", "--output-file", str(target)], case / "plain"
        )
        for line in said.splitlines():
            if line.startswith("Warning"):
                print(f"  netconvert: {line}", file=sys.stderr)
        return without_header(target.read_text(encoding="utf-8"))


def run_case(bin_folder, case, seed):
    """(expected.csv, expected_trips.csv, warnings) of a case."""
    with tempfile.TemporaryDirectory() as temporary:
        fcd = pathlib.Path(temporary) / "fcd.xml"
        trips = pathlib.Path(temporary) / "trips.xml"
        said = run_program(
            bin_folder / "sumo",
            ["-c", "run.sumocfg", "--fcd-output", str(fcd), "--tripinfo-output", str(trips)]
            + ["--precision", "6", "--seed", str(seed), "--no-step-log", "--duration-log.disable"],
            case,
        )
        warnings = [line for line in said.splitlines() if line.startswith(("Warning", "Error"))]
        return states_csv(fcd), trips_csv(trips), warnings


def states_csv(fcd):
    """One row per vehicle and step."""
    rows = []
    for step in ElementTree.parse(fcd).getroot().iter("timestep"):
        time_s = f"{float(step.get('time')):g}"
        for vehicle in step.iter("vehicle"):
            position, speed = number(vehicle.get("pos")), number(vehicle.get("speed"))
            rows.append([time_s, vehicle.get("id"), vehicle.get("lane"), position, speed])
    return csv_text(STATE_COLUMNS, rows)


def trips_csv(trips):
    """One row per arrived vehicle, by name."""
    rows = []
    for trip in ElementTree.parse(trips).getroot().iter("tripinfo"):
        values = [trip.get(attribute) for _, attribute in TRIP_COLUMNS]
        rows.append([values[0]] + [number(value) for value in values[1:]])
    return csv_text([name for name, _ in TRIP_COLUMNS], sorted(rows))


def number(text):
    """A number with up to six decimals, without needless zeros."""
    short = f"{float(text):.6f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def csv_text(columns, rows):
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()


def expected_of(bin_folder, case):
    """{file name: text} of a case, once it is sure that no seed matters."""
    first, *others = [run_case(bin_folder, case, seed) for seed in SEEDS]
    if any(other[:2] != first[:2] for other in others):
        raise PeerFailed(f"{case.name}: the result depends on the seed")
    if len(first[0]) > LARGEST_EXPECTED_BYTES:
        raise PeerFailed(f"{case.name}: expected.csv has {len(first[0])} bytes, at most {LARGEST_EXPECTED_BYTES}")
    ignored = [warning for warning in first[2] if "ignoring" in warning]
    if ignored:
        raise PeerFailed(f"{case.name}: {ignored[0]}")
    for warning in first[2]:
        print(f"  sumo: {warning}", file=sys.stderr)
    return {"expected.csv": first[0], "expected_trips.csv": first[1]}


def all_cases(names):
    """The case folders, in order; those named, if any are."""
    cases = sorted(path.parent for path in LADDER.glob("*/run.sumocfg"))
    unknown = set(names) - {case.name for case in cases}
    if unknown:
        raise PeerFailed(f"no such case: {', '.join(sorted(unknown))}")
    return [case for case in cases if not names or case.name in names]


def write_if_changed(path, text):
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        return True
    return False


def make(bin_folder, names):
    """Makes the files of all cases, or those named; returns the number of files that changed."""
    check_version(bin_folder)
    n_changed = 0
    for case in all_cases(names):
        print(case.name, file=sys.stderr)
        n_changed += write_if_changed(case / "net.net.xml", build_network(bin_folder, case))
        for name, text in expected_of(bin_folder, case).items():
            n_changed += write_if_changed(case / name, text)
    return n_changed


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        n_changed = make(pathlib.Path(arguments[0]).resolve(), arguments[1:])
    except PeerFailed as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    print(f"{n_changed} files changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
