#!/bin/sh
# What the plan's edges need of a shell, in a tree that builds its generator; README.md says why.
#   plan.sh try PLAN COMMAND…   runs it; what went wrong is for the checked plan to say. No plan at
#                               all (behind `clean`): an empty one, by which CMake runs again
#   plan.sh settle NEW CURRENT  fails, and makes CURRENT the new one, if they differ
case $1 in
try)
    plan=$2
    shift 2
    "$@" >/dev/null 2>&1 || [ -e "$plan" ] || echo "# Made by the next build." >"$plan"
    exit 0
    ;;
settle)
    cmp -s "$2" "$3" && exit 0
    cp "$2" "$3" &&
        echo "stepwright: the set of pipelines changed with the generator; build once more" >&2
    exit 1
    ;;
esac
