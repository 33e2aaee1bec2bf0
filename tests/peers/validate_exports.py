#!/usr/bin/env python3
"""Validates what `citytwin export` wrote: NGSI-LD entities against the schemas of FIWARE's Smart Data Models, a data
package with Frictionless.

    pip install jsonschema referencing frictionless
    validate_exports.py --schemas $CITYTWIN_DATA/schemas --common common-schema.json \\
        RUN/export-ngsi-ld RUN/export-datapackage

`--common` is https://smart-data-models.github.io/data-models/common-schema.json, which the schemas refer to; without it
the parts that all models have in common (id, location) are taken as valid, and the script says so.
"""

import argparse
import json
import pathlib
import sys

COMMON = "https://smart-data-models.github.io/data-models/common-schema.json"


def entities_are_valid(folder, schemas, common):
    import jsonschema
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    definitions = json.loads(common.read_text()) if common else {
        "definitions": {name: {} for name in ("GSMA-Commons", "Location-Commons", "PhysicalObject-Commons")}}
    registry = Registry().with_resource(COMMON, Resource.from_contents(definitions, default_specification=DRAFT202012))
    n, wrong = 0, 0
    for file in sorted(folder.glob("*.jsonld")):
        schema = json.loads((schemas / f"{file.stem}.schema.json").read_text())
        validator = jsonschema.Draft202012Validator(
            schema, registry=registry, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
        for entity in json.loads(file.read_text()):
            n += 1
            errors = list(validator.iter_errors(entity))
            wrong += bool(errors)
            if errors and wrong < 5:
                print(f"{file.name} {entity['id']}: {errors[0].message} at {list(errors[0].absolute_path)}")
    print(f"{folder}: {n} entities, {wrong} not valid" + ("" if common else "; common parts were not checked"))
    return n > 0 and wrong == 0


def package_is_valid(folder):
    import frictionless

    report = frictionless.validate(str(folder / "datapackage.json"))
    for task in report.tasks:
        for error in task.errors[:3]:
            print(f"{task.name}: {error.message}")
    n = sum(task.stats.get("rows") or 0 for task in report.tasks)
    print(f"{folder}: {len(report.tasks)} tables, {n} rows, {'valid' if report.valid else 'not valid'}")
    return report.valid


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--schemas", type=pathlib.Path, required=True)
    parser.add_argument("--common", type=pathlib.Path)
    args = parser.parse_args()
    good = True
    for folder in args.folders:
        if (folder / "datapackage.json").exists():
            good &= package_is_valid(folder)
        else:
            good &= entities_are_valid(folder, args.schemas, args.common)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
