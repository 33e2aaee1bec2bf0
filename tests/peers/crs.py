"""Where the definitions the program uses and PROJ's own choice of transformation differ: the greatest distance over nine
points of each system's area of use. Writes scenarios/data/crs/differences.csv. Needs pyproj.

    python tests/peers/crs.py PATH/TO/crs-definitions/src/defs.rs > scenarios/data/crs/differences.csv

Names of datums after the path choose the codes that use them.
"""
import math
import re
import sys

from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest

DEGREES = "+proj=longlat +datum=WGS84 +no_defs"
# PROJ chooses among several shifts for these names; the program always takes this one.
DATUMS = {
    "GGRS87": "+ellps=GRS80 +towgs84=-199.87,74.79,246.62",
    "potsdam": "+ellps=bessel +towgs84=598.1,73.7,418.2,0.202,0.045,-2.455,6.7",
    "carthage": "+ellps=clrk80ign +towgs84=-263,6,431",
    "hermannskogel": "+ellps=bessel +towgs84=577.326,90.129,463.919,5.137,1.474,5.297,2.4232",
    "ire65": "+ellps=mod_airy +towgs84=482.53,-130.596,564.557,-1.042,-0.214,-0.631,8.15",
    "nzgd49": "+ellps=intl +towgs84=59.47,-5.04,187.44,0.47,-0.1,1.024,-4.5993",
    "OSGB36": "+ellps=airy +towgs84=446.448,-125.157,542.06,0.1502,0.247,0.8421,-20.4894",
    "NAD83": "+ellps=GRS80 +towgs84=0,0,0",
}


def unit_m(definition):
    found = re.search(r"\+to_meter=([\d.eE+-]+)", definition)
    if found:
        return float(found.group(1))
    return {"us-ft": 1200 / 3937, "ft": 0.3048}.get((re.search(r"\+units=(\S+)", definition) or [0, ""])[1], 1.0)


def points(area):
    east = area.east + (360 if area.east < area.west else 0)
    for u in (0.1, 0.5, 0.9):
        for v in (0.1, 0.5, 0.9):
            lon = area.west + (east - area.west) * u
            yield (lon - 360 if lon > 180 else lon), area.south + (area.north - area.south) * v


def explicit(definition):
    for name, words in DATUMS.items():
        definition = definition.replace(f"+datum={name}", words)
    return definition


def difference_m(code, definition):
    area = CRS.from_epsg(code).area_of_use
    west, east = area.west, area.east
    aoi = None if east < west else AreaOfInterest(west, area.south, east, area.north)
    ours = Transformer.from_crs(DEGREES, explicit(definition) + " +type=crs", always_xy=True)
    theirs = Transformer.from_crs(4326, code, always_xy=True, area_of_interest=aoi)
    worst = 0.0
    for lon, lat in points(area):
        (x, y), (u, v) = ours.transform(lon, lat), theirs.transform(lon, lat)
        scale = (111320 * math.cos(math.radians(lat)), 110600) if "longlat" in definition else (unit_m(definition),) * 2
        distance = math.hypot((x - u) * scale[0], (y - v) * scale[1])
        if not math.isfinite(distance):
            return None
        worst = max(worst, distance)
    return worst


def main():
    print("epsg,difference_m")
    text = open(sys.argv[1], encoding="utf-8").read()
    for code, definition in re.findall(r'EPSG_(\d+)\|\d+\|r?#?"([^"]*)"', text):
        has_datum = any(word in definition for word in ("towgs84", "datum=", "ellps=GRS80", "ellps=WGS84"))
        if len(sys.argv) > 2 and not any(f"datum={name}" in definition for name in sys.argv[2:]):
            continue
        # These are refused whatever PROJ says of them.
        if "geocent" in definition or "NAD27" in definition or ".gsb" in definition or not has_datum:
            continue
        try:
            found = difference_m(int(code), definition)
        except Exception:
            found = None
        if found is None:
            print(f"{code},")
        elif found > 1.0:
            print(f"{code},{min(found, 1e6):.1f}")


main()
