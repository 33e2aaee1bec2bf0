#!/bin/sh
# The shipped scenario gives the same bytes in every result file whether built for the oldest x86-64 CPUs or for ones
# with AVX2 and FMA.
#
# Builds the command into folders of its own under TARGETS (default: target/cpu), which takes some minutes. BASE may name
# a command that was built for the oldest CPUs, as cargo does unless told otherwise; then only the other one is built.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
targets=${TARGETS:-$root/target/cpu}
duration_s=${DURATION_S:-600}

if [ "$(uname -m)" != x86_64 ]; then
    echo "skipped: this is no x86-64 machine"
    exit 0
fi
for flag in avx2 bmi1 bmi2 f16c fma abm movbe; do
    if ! grep -qw "$flag" /proc/cpuinfo; then
        echo "skipped: this CPU lacks $flag, which x86-64-v3 needs"
        exit 0
    fi
done

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
for cpu in x86-64 x86-64-v3; do
    citytwin="$targets/$cpu/release/citytwin"
    if [ "$cpu" = x86-64 ] && [ -n "${BASE:-}" ]; then
        citytwin="$BASE"
    else
        (
            cd "$root"
            CARGO_TARGET_DIR="$targets/$cpu" RUSTFLAGS="-C target-cpu=$cpu" cargo build --release --quiet -p cli
        )
    fi
    "$citytwin" run --quiet --duration "$duration_s" --warm-up 0 --output "$results/$cpu"
    # What depends on the machine, not on the inputs.
    rm -f "$results/$cpu/performance.json"
done

if diff -r "$results/x86-64" "$results/x86-64-v3"; then
    echo "same bytes in $(ls "$results/x86-64" | wc -l) files for x86-64 and x86-64-v3"
else
    echo "FAILED: the results differ between x86-64 and x86-64-v3"
    exit 1
fi
