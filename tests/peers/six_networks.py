#!/usr/bin/env python3
"""Runs SUMO on the six real networks and writes what it gives, link by link and turn by turn, as means over seeds.

    python3 tests/peers/six_networks.py --sumo PATH_OF_SUMO --seeds 4 --out FOLDER [NETWORK...]

The networks lie in $CITYTWIN_DATA/sumo. SUMO writes beside a configuration, so each folder is copied first. Options are
SUMO 1.28's defaults, written out. For each network:

NAME_summary.csv    one row per seed: vehicles, trip means, teleports
NAME_arrivals.csv   begin_s, arrivals (mean over seeds) per quarter of an hour
NAME_links.csv      edge, begin_s, entered (departures included), left (arrivals included), speed_mps
                    (time-weighted), sampled_s
NAME_movements.csv  from_edge, to_edge, begins_with (junction: entered from_edge over a junction; departure: the trip
                    began there), count, timed (those without a stop there), mean_time_s, mean_free_s, mean_delay_s

SUMO notes when a vehicle leaves an edge at its stop line. The time of a movement is therefore from the stop line before
from_edge, or the departure on it, to the stop line at its end; the free time is that of the way between them at the speed
limits (of the whole edge for departures).
"""

import argparse
import collections
import csv
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

NETWORKS = {
    "resco/cologne1": "cologne1.sumocfg",
    "resco/cologne3": "cologne3.sumocfg",
    "resco/ingolstadt1": "ingolstadt1.sumocfg",
    "resco/grid4x4": "grid4x4.sumocfg",
    "bologna/acosta": "run.sumocfg",
    "bologna/pasubio": "run.sumocfg",
}
DEFAULTS = [
    "--default.departspeed", "avg", "--default.departlane", "best_prob", "--time-to-impatience", "180",
    "--time-to-teleport", "300", "--step-length", "1",
]
INTERVAL_S = 900


def input_files(configuration, kind):
    """Files that a configuration names for `net-file`, `additional-files`, ..."""
    element = ElementTree.parse(configuration).getroot().find(f".//{kind}")
    return [name.strip() for name in element.get("value").split(",")] if element is not None else []


def run_sumo(sumo, folder, configuration, seed):
    """Runs SUMO; its outputs lie in the folder as out_*.xml. Returns the CPU time it took."""
    (folder / "out_edges.add.xml").write_text(
        f'<additional><edgeData id="edges" freq="{INTERVAL_S}" file="out_edges.xml" excludeEmpty="true"/></additional>\n',
        encoding="utf-8",
    )
    additional = input_files(folder / configuration, "additional-files") + ["out_edges.add.xml"]
    command = [str(sumo), "-c", configuration, *DEFAULTS, "--seed", str(seed), "--no-step-log"]
    command += ["--additional-files", ",".join(additional), "--duration-log.statistics"]
    command += ["--statistic-output", "out_statistics.xml", "--tripinfo-output", "out_trips.xml"]
    command += ["--vehroute-output", "out_routes.xml", "--vehroute-output.exit-times"]
    environment = dict(os.environ, SUMO_HOME=str(pathlib.Path(sumo).resolve().parent.parent))
    before = os.times().children_user
    done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"error: sumo failed on {folder.name}:\n{done.stderr}")
    return os.times().children_user - before


class FreeTimes:
    """Times at the speed limits: of edges, and of the ways between them."""

    def __init__(self, network):
        root = ElementTree.parse(network).getroot()
        lanes = {}
        self.edge_s = {}
        for edge in root.iter("edge"):
            for lane in edge.iter("lane"):
                lanes[lane.get("id")] = float(lane.get("length")) / float(lane.get("speed"))
            if edge.get("function") is None:
                self.edge_s[edge.get("id")] = min(lanes[lane.get("id")] for lane in edge.iter("lane"))
        onward = {c.get("from") + "_" + c.get("fromLane"): c.get("via") for c in root.iter("connection")}
        self.between_s = {}
        for connection in root.iter("connection"):
            if connection.get("from").startswith(":"):
                continue
            time_s, via, seen = 0.0, connection.get("via"), 0
            while via is not None and seen < 10:
                time_s, via, seen = time_s + lanes[via], onward.get(via), seen + 1
            key = (connection.get("from"), connection.get("to"))
            self.between_s[key] = min(time_s, self.between_s.get(key, time_s))

    def of(self, previous, edge):
        """From the stop line of `previous` to that of `edge`."""
        return self.between_s.get((previous, edge), 0.0) + self.edge_s[edge]


class Totals:
    """Sums over seeds."""

    def __init__(self):
        self.summary = []
        self.arrivals = collections.Counter()
        self.links = collections.defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
        self.movements = collections.defaultdict(lambda: [0, 0, 0.0, 0.0])

    def add_trips(self, folder, seed, cpu_s):
        n, sums = 0, collections.Counter()
        for trip in ElementTree.parse(folder / "out_trips.xml").getroot().iter("tripinfo"):
            n += 1
            for name in ("duration", "timeLoss", "waitingTime", "departDelay", "routeLength"):
                sums[name] += float(trip.get(name))
            self.arrivals[int(float(trip.get("arrival")) // INTERVAL_S) * INTERVAL_S] += 1
        statistics = ElementTree.parse(folder / "out_statistics.xml").getroot()
        vehicles = statistics.find("vehicles")
        means = [round(sums[name] / n, 3) for name in ("duration", "timeLoss", "waitingTime", "departDelay", "routeLength")]
        self.summary.append(
            [seed, vehicles.get("inserted"), n, *means, statistics.find("teleports").get("total"), round(cpu_s, 2)]
        )

    def add_links(self, folder):
        for interval in ElementTree.parse(folder / "out_edges.xml").getroot().iter("interval"):
            begin_s = int(float(interval.get("begin")))
            for edge in interval.iter("edge"):
                row = self.links[(edge.get("id"), begin_s)]
                sampled_s = float(edge.get("sampledSeconds"))
                row[0] += float(edge.get("entered")) + float(edge.get("departed"))
                row[1] += float(edge.get("left")) + float(edge.get("arrived"))
                row[2] += sampled_s * float(edge.get("speed", 0.0))
                row[3] += sampled_s

    def add_movements(self, folder, free):
        for vehicle in ElementTree.parse(folder / "out_routes.xml").getroot().iter("vehicle"):
            route = vehicle.findall(".//route")[-1]
            edges = route.get("edges").split()
            exits = [float(time) for time in route.get("exitTimes").split()]
            halts = {stop.get("lane", "").rsplit("_", 1)[0] for stop in vehicle.iter("stop")}
            halts_somewhere = any(stop.get("busStop") for stop in vehicle.iter("stop"))
            for position in range(len(edges) - 1):
                begins_with = "departure" if position == 0 else "junction"
                row = self.movements[(edges[position], edges[position + 1], begins_with)]
                row[0] += 1
                if halts_somewhere or edges[position] in halts:
                    continue
                row[1] += 1
                row[2] += exits[position] - (exits[position - 1] if position else float(vehicle.get("depart")))
                row[3] += free.of(edges[position - 1] if position else None, edges[position])


def write_table(path, columns, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write_totals(out, name, totals, n_seeds):
    stem = name.split("/")[-1]
    write_table(
        out / f"{stem}_summary.csv",
        ["seed", "inserted", "arrived", "duration_s", "time_loss_s", "waiting_s", "depart_delay_s", "length_m"]
        + ["teleports", "cpu_s"],
        totals.summary,
    )
    arrivals = [[begin_s, round(n / n_seeds, 3)] for begin_s, n in sorted(totals.arrivals.items())]
    write_table(out / f"{stem}_arrivals.csv", ["begin_s", "arrivals"], arrivals)
    links = []
    for (edge, begin_s), (entered, left, metres, sampled_s) in sorted(totals.links.items()):
        speed = round(metres / sampled_s, 4) if sampled_s > 0 else ""
        links.append([edge, begin_s, entered / n_seeds, left / n_seeds, speed, round(sampled_s / n_seeds, 3)])
    write_table(out / f"{stem}_links.csv", ["edge", "begin_s", "entered", "left", "speed_mps", "sampled_s"], links)
    movements = []
    for (origin, target, begins_with), (count, timed, time_s, free_s) in sorted(totals.movements.items()):
        means = [round(x / timed, 3) for x in (time_s, free_s, time_s - free_s)] if timed else ["", "", ""]
        movements.append([origin, target, begins_with, count / n_seeds, timed / n_seeds, *means])
    write_table(
        out / f"{stem}_movements.csv",
        ["from_edge", "to_edge", "begins_with", "count", "timed", "mean_time_s", "mean_free_s", "mean_delay_s"],
        movements,
    )


def run_network(options, name):
    source = options.data / "sumo" / name
    totals = Totals()
    for seed in range(1, options.seeds + 1):
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary) / source.name
            shutil.copytree(source, folder)
            for path in (folder, *folder.rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)
            cpu_s = run_sumo(options.sumo, folder, NETWORKS[name], seed)
            free = FreeTimes(folder / input_files(folder / NETWORKS[name], "net-file")[0])
            totals.add_trips(folder, seed, cpu_s)
            totals.add_links(folder)
            totals.add_movements(folder, free)
        print(f"{name} seed {seed}: {totals.summary[-1]}", file=sys.stderr)
    write_totals(options.out, name, totals, options.seeds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=f"some of {', '.join(NETWORKS)}; all by default")
    parser.add_argument("--sumo", type=pathlib.Path, required=True, help="the path that sumo.sh prints")
    parser.add_argument("--seeds", type=int, default=8, help="runs seeds 1 to N (default 8)")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for the tables")
    parser.add_argument("--data", type=pathlib.Path, help="folder with sumo/ in it; default $CITYTWIN_DATA")
    options = parser.parse_args()
    if options.data is None:
        if "CITYTWIN_DATA" not in os.environ:
            parser.error("set CITYTWIN_DATA or give --data: the networks are not part of this repository")
        options.data = pathlib.Path(os.environ["CITYTWIN_DATA"])
    unknown = set(options.networks) - set(NETWORKS)
    if unknown:
        parser.error(f"no such network: {', '.join(sorted(unknown))}")
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.networks or NETWORKS:
        run_network(options, name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
