#!/usr/bin/env python3
"""Times OpenDSS and power-grid-model on the snapshots of benches/power_flow.rs, at the same tolerance.

    python3 -m venv venv && venv/bin/pip install OpenDSSDirect.py power-grid-model numpy
    venv/bin/python tests/peers/power_flow.py DATA_FOLDER [--snapshots 1000]

The folder is that of CITYTWIN_DATA. European low-voltage feeder, 55 loads of constant power, each scaled on its own by the
same factors as in the bench; the largest change of the last iteration is at most 1e-8 pu. Loads written and all node
voltages read are included. Prints CPU microseconds per snapshot on one thread, and how far apart the answers are.
"""

import argparse
import pathlib
import time

import numpy as np
import opendssdirect as dss
import power_grid_model as pgm

MASK = (1 << 64) - 1


def factor(snapshot, load):
    """The same as in benches/power_flow.rs."""
    x = ((snapshot * 1_000_003 + load + 1) * 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return 0.2 + 0.8 * ((x ^ (x >> 31)) >> 11) / (1 << 53)


def open_circuit(folder):
    """The feeder in OpenDSS; constant power at any voltage."""
    for command in (
        f'compile "{folder / "power/LVTestCase/Master.dss"}"',
        "batchedit load..* vminpu=0 vmaxpu=10 vlowpu=0",
        "edit transformer.tr1 ppm_antifloat=0",
        "set controlmode=off",
        "set tolerance=1e-8",
        "set maxiterations=100",
        "solve",
    ):
        dss.Text.Command(command)


def time_opendss(factors):
    """CPU seconds per snapshot, iterations of the last one, and its voltages."""
    n_loads = dss.Loads.Count()
    started = time.process_time()
    for row in factors:
        dss.Loads.First()
        for load in range(n_loads):
            kw = row[load]
            dss.Loads.kW(kw)
            dss.Loads.Next()
        dss.Solution.Solve()
        voltages = dss.Circuit.AllBusVolts()
    return (time.process_time() - started) / len(factors), dss.Solution.Iterations(), np.array(voltages)


def pgm_model():
    """The same feeder in power-grid-model, from the circuit that OpenDSS has read."""
    buses = [name for name in dss.Circuit.AllBusNames() if name != "sourcebus"]
    ids = {name: index + 1 for index, name in enumerate(["sourcebus", *buses])}
    node = pgm.initialize_array("input", "node", len(ids))
    node["id"] = list(ids.values())
    node["u_rated"] = [11_000.0] + [416.0] * len(buses)
    next_id = len(ids) + 1
    line = pgm.initialize_array("input", "line", dss.Lines.Count())
    dss.Lines.First()
    for index in range(dss.Lines.Count()):
        name = lambda bus: ids[bus.split(".")[0].lower()]
        r, x = dss.Lines.RMatrix(), dss.Lines.XMatrix()
        length = dss.Lines.Length()
        line["id"][index] = next_id
        next_id += 1
        line["from_node"][index], line["to_node"][index] = name(dss.Lines.Bus1()), name(dss.Lines.Bus2())
        line["r1"][index], line["x1"][index] = (r[0] - r[1]) * length, (x[0] - x[1]) * length
        line["r0"][index], line["x0"][index] = (r[0] + 2 * r[1]) * length, (x[0] + 2 * x[1]) * length
        dss.Lines.Next()
    line["from_status"] = line["to_status"] = 1
    for name in ("c1", "tan1", "c0", "tan0"):
        line[name] = 0.0
    source = pgm.initialize_array("input", "source", 1)
    v = 11_000.0 / np.sqrt(3)
    x1 = v / 3000.0 / np.sqrt(1 + 1 / 16)
    r1 = x1 / 4
    a, b = 1 + 9, 4 * (r1 + 3 * x1)
    c = 4 * (r1 * r1 + x1 * x1) - (3 * v / 5.0) ** 2
    r0 = (-b + np.sqrt(b * b - 4 * a * c)) / (2 * a)
    source["id"], source["node"], source["status"], source["u_ref"] = next_id, 1, 1, 1.05
    source["sk"] = np.sqrt(3) * 11_000.0 * 3000.0
    source["rx_ratio"] = 0.25
    source["z01_ratio"] = abs(complex(r0, 3 * r0)) / abs(complex(r1, x1))
    transformer = pgm.initialize_array("input", "transformer", 1)
    values = dict(
        id=next_id + 1, from_node=1, to_node=ids["1"], from_status=1, to_status=1, u1=11_000.0, u2=416.0, sn=800e3,
        uk=np.hypot(0.04, 0.004), pk=0.004 * 800e3, i0=0.0, p0=0.0, winding_from=2, winding_to=1, clock=1, tap_side=0,
        tap_pos=0, tap_min=0, tap_max=0, tap_nom=0, tap_size=0.0,
    )
    for key, value in values.items():
        transformer[key] = value
    load = pgm.initialize_array("input", "asym_load", dss.Loads.Count())
    phases = []
    dss.Loads.First()
    for index in range(dss.Loads.Count()):
        bus, phase = dss.CktElement.BusNames()[0].split(".")
        load["id"][index], load["node"][index] = next_id + 2 + index, ids[bus.lower()]
        phases.append(int(phase) - 1)
        dss.Loads.Next()
    load["status"], load["type"] = 1, 0
    load["p_specified"], load["q_specified"] = 0.0, 0.0
    data = {"node": node, "line": line, "source": source, "transformer": transformer, "asym_load": load}
    return pgm.PowerGridModel(data), load["id"], phases


def time_pgm(factors, method):
    """CPU seconds per snapshot, and the voltages of the last one."""
    model, ids, phases = pgm_model()
    tangent = np.sqrt(1 / 0.95**2 - 1)
    started = time.process_time()
    update = pgm.initialize_array("update", "asym_load", (len(factors), len(ids)))
    update["id"] = ids
    update["p_specified"], update["q_specified"] = 0.0, 0.0
    for load, phase in enumerate(phases):
        update["p_specified"][:, load, phase] = factors[:, load] * 1000.0
        update["q_specified"][:, load, phase] = factors[:, load] * 1000.0 * tangent
    result = model.calculate_power_flow(
        symmetric=False, update_data={"asym_load": update}, error_tolerance=1e-8, max_iterations=100,
        calculation_method=method, threading=-1, output_component_types={"node": ["u"]},
    )
    volts = np.array(result["node"]["u"])
    return (time.process_time() - started) / len(factors), volts[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--snapshots", type=int, default=1000)
    arguments = parser.parse_args()
    open_circuit(arguments.data)
    n_loads = dss.Loads.Count()
    factors = np.array([[factor(s, load) for load in range(n_loads)] for s in range(arguments.snapshots)])
    for method in (pgm.CalculationMethod.iterative_current, pgm.CalculationMethod.newton_raphson):
        seconds, volts = time_pgm(factors, method)
        print(f"power-grid-model, {method.name}: {seconds * 1e6:.1f} us per snapshot")
    seconds, iterations, voltages = time_opendss(factors)
    print(f"OpenDSS (DSS C-API {dss.Basic.Version().split('version ')[1].split(' ')[0]}): {seconds * 1e6:.1f} us per snapshot, {iterations} iterations")
    magnitudes = np.abs(voltages[::2] + 1j * voltages[1::2]).reshape(-1, 3)
    print(f"largest difference between the two, last snapshot: {np.abs(magnitudes - volts).max():.2e} V")


if __name__ == "__main__":
    main()
