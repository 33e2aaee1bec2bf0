#!/usr/bin/env python3
"""Actuated signals side by side: the same junctions, the same traffic, in SUMO and in citytwin.

    python3 tests/peers/actuated.py --sumo PATH_OF_SUMO --citytwin PATH [--seeds 4]

Takes the networks of $CITYTWIN_DATA/sumo with one signal (cologne1, ingolstadt1), makes their program actuated (greens
without yellow: from 5 s, or the phase's duration where that is less, to 50 s; everything else as it is) and runs both.
For each green phase the mean duration may differ by at most 1 s, the mean time loss and depart delay of all trips by at
most 10 %. Ends with 1 if one differs by more.
"""

import argparse
import csv
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import six_networks

NETWORKS = ["resco/cologne1", "resco/ingolstadt1"]
GREEN_S, DELAY_SHARE = 1.0, 0.10
MIN_S, MAX_S = 5.0, 50.0


def is_green(state):
    return any(letter in "Gg" for letter in state) and not any(letter in "yY" for letter in state)


def actuated_program(network):
    """The signal's program as an actuated one, in an additional file."""
    logic = ElementTree.parse(network).getroot().find("tlLogic")
    phases = []
    for phase in logic.iter("phase"):
        duration = float(phase.get("duration"))
        bounds = f' minDur="{min(MIN_S, duration):g}" maxDur="{MAX_S:g}"' if is_green(phase.get("state")) else ""
        phases.append(f'<phase duration="{duration:g}" state="{phase.get("state")}"{bounds}/>')
    head = f'<tlLogic id="{logic.get("id")}" type="actuated" programID="follows" offset="0">'
    return logic.get("id"), f"<additional>{head}{''.join(phases)}</tlLogic></additional>\n"


def prepare(source, folder):
    """Copies a network; its configuration also names the actuated program."""
    shutil.copytree(source, folder)
    configuration = folder / six_networks.NETWORKS["/".join(source.parts[-2:])]
    tree = ElementTree.parse(configuration)
    inputs = tree.getroot().find("input")
    (net,) = six_networks.input_files(configuration, "net-file")
    signal, program = actuated_program(folder / net)
    (folder / "follows.add.xml").write_text(program, encoding="utf-8")
    additional = inputs.find("additional-files")
    if additional is None:
        additional = ElementTree.SubElement(inputs, "additional-files", value="")
    additional.set("value", ",".join(filter(None, [additional.get("value"), "follows.add.xml"])))
    tree.write(configuration)
    return configuration, signal


def phase_means(file, signal, begin_s):
    """Mean durations of phases by number, from SUMO's list of states by second."""
    runs = {}
    last, since = None, None
    for state in ElementTree.parse(file).getroot().iter("tlsState"):
        phase, time_s = int(state.get("phase")), float(state.get("time"))
        if state.get("id") != signal or state.get("programID") != "follows":
            continue
        if phase != last:
            if last is not None and since > begin_s:
                runs.setdefault(last, []).append(time_s - since)
            last, since = phase, time_s
    return {phase: statistics.mean(durations) for phase, durations in runs.items()}


def sumo(program, configuration, signal, seed):
    folder = configuration.parent
    (folder / "states.add.xml").write_text(
        f'<additional><timedEvent type="SaveTLSStates" source="{signal}" dest="states.xml"/></additional>\n',
        encoding="utf-8",
    )
    files = six_networks.input_files(configuration, "additional-files") + ["states.add.xml"]
    command = [program, "-c", configuration.name, *six_networks.DEFAULTS, "--seed", str(seed), "--no-step-log",
               "--additional-files", ",".join(files), "--tripinfo-output", "trips.xml", "--no-warnings"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    trips = list(ElementTree.parse(folder / "trips.xml").getroot().iter("tripinfo"))
    delay_s = statistics.mean(float(trip.get("timeLoss")) + float(trip.get("departDelay")) for trip in trips)
    return phase_means(folder / "states.xml", signal, -1.0), delay_s


def ours(program, configuration, seed):
    out = configuration.parent / f"out{seed}"
    subprocess.run([program, "run", str(configuration), "--seed", str(seed), "--quiet", "-o", str(out)], check=True)
    with open(out / "signal_phases.csv", encoding="utf-8") as file:
        phases = {int(row["phase"]): float(row["mean_s"]) for row in csv.DictReader(file) if row["mean_s"]}
    with open(out / "trips.csv", encoding="utf-8") as file:
        trips = [row for row in csv.DictReader(file) if row["status"] == "arrived"]
    delay_s = statistics.mean(float(trip["time_loss_s"]) + float(trip["depart_delay_s"]) for trip in trips)
    return phases, delay_s


def mean_of(results):
    phases = sorted({phase for durations, _ in results for phase in durations})
    means = {phase: statistics.mean(d[phase] for d, _ in results if phase in d) for phase in phases}
    return means, statistics.mean(delay_s for _, delay_s in results)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sumo", required=True)
    parser.add_argument("--citytwin", required=True)
    parser.add_argument("--seeds", type=int, default=4)
    options = parser.parse_args()
    data = pathlib.Path(os.environ["CITYTWIN_DATA"]) / "sumo"
    program = str(pathlib.Path(options.citytwin).resolve())
    differ = []
    for network in NETWORKS:
        with tempfile.TemporaryDirectory() as scratch:
            configuration, signal = prepare(data / network, pathlib.Path(scratch) / "net")
            seeds = range(1, options.seeds + 1)
            theirs, their_delay_s = mean_of([sumo(options.sumo, configuration, signal, seed) for seed in seeds])
            here, delay_s = mean_of([ours(program, configuration, seed) for seed in seeds])
        for phase, their_s in theirs.items():
            our_s = here.get(phase, float("nan"))
            is_near = abs(our_s - their_s) <= GREEN_S
            print(f"{network} phase {phase}: ours {our_s:.2f} s, SUMO {their_s:.2f} s{'' if is_near else '  DIFFERS'}")
            differ += [] if is_near else [(network, phase)]
        is_near = abs(delay_s / their_delay_s - 1.0) <= DELAY_SHARE
        print(f"{network} delay: ours {delay_s:.2f} s, SUMO {their_delay_s:.2f} s{'' if is_near else '  DIFFERS'}")
        differ += [] if is_near else [(network, "delay")]
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
