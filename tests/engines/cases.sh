#!/bin/sh
# cases.sh PROGRAM SOURCE: each type of step has at least the cases minimal, full, runtime and errors
# in its engine's folder; what is only a resource or a trigger has no run time. A case may have more to its
# name: errors_openapi.
set -eu
program=$1
cd "$2"
missing=$("$program" docs | awk '
  /^## / { step = $2 == "Steps"; place = $2 == "Resources" || $2 == "Triggers" || step }
  /^### / && place { kinds[$2] = step ? "minimal full runtime errors" : "minimal full errors" }
  END { for (type in kinds) print type, kinds[type] }' | sort | while read -r type kinds; do
  engine=$(grep -lE "(type = \"$type\"|KIND\($type,)" engines/*.c | head -1)
  [ -n "$engine" ] || { echo "$type: no engine"; continue; }
  service=$(basename "$engine" .c) # batch_job.c has its cases in batch
  [ -d "tests/engines/$service" ] || service=${service%%_*}
  for kind in $kinds; do
    cat "tests/engines/$service/$kind/pipeline.yaml" "tests/engines/$service/$kind"_*/pipeline.yaml 2>/dev/null |
      grep -qE "type: *\"?$type\"?([,} ]|$)" || echo "$type: no case tests/engines/$service/$kind"
  done
done)
[ -z "$missing" ] || { echo "$missing"; exit 1; }
