#!/usr/bin/env python3
"""Checks that the ladder's files are what SUMO 1.28 gives.

    python3 tests/peers/compare_ladder.py SUMO_BIN_FOLDER [CASE...]

Builds every network and runs SUMO again, writes nothing, and fails with the first line that differs if a network or an
expected file is stale or was changed by hand. The folder is that of the path which sumo.sh prints.
"""

import pathlib
import sys

import make_ladder


def first_difference(kept, fresh):
    """'line N: kept | fresh' for the first line that differs; None if equal."""
    kept_lines, fresh_lines = kept.splitlines(), fresh.splitlines()
    for number in range(max(len(kept_lines), len(fresh_lines))):
        old = kept_lines[number] if number < len(kept_lines) else "(missing)"
        new = fresh_lines[number] if number < len(fresh_lines) else "(missing)"
        if old != new:
            return f"line {number + 1}: kept {old.strip()} | SUMO gives {new.strip()}"
    return None


def stale_files(bin_folder, case):
    """A phrase for each stale file of a case."""
    fresh = {"net.net.xml": make_ladder.build_network(bin_folder, case)}
    fresh.update(make_ladder.expected_of(bin_folder, case))
    found = []
    for name, text in fresh.items():
        path = case / name
        difference = first_difference(path.read_text(encoding="utf-8") if path.exists() else "", text)
        if difference:
            found.append(f"{case.name}/{name}: {difference}")
    return found


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        bin_folder = pathlib.Path(arguments[0]).resolve()
        make_ladder.check_version(bin_folder)
        cases = make_ladder.all_cases(arguments[1:])
        found = [phrase for case in cases for phrase in stale_files(bin_folder, case)]
    except make_ladder.PeerFailed as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    for phrase in found:
        print(phrase)
    print(f"{len(cases)} cases, {len(found)} stale files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
