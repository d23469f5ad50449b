#!/bin/sh
# types.sh PROGRAM SOURCE: configs/examples/everything.yaml has every type that the engines know, in
# each place where it may stand.
set -eu
program=$1 example=$2/configs/examples/everything.yaml
# "aws_resources s3_bucket" for each, as the reference's headings have it …
known=$("$program" docs | awk '
  /^## / { place = $2 == "Resources" ? "aws_resources" : $2 == "Triggers" ? "triggers" : $2 == "Steps" ? "groups" : "" }
  /^### / && place { print place, $2 }' | sort)
# … and as the example does. Keys at the very left say where we are; `catch:` holds steps as well.
used=$("$program" render "$example" --root "$2" | awk '
  /^[a-z_]+:/ { place = $1; sub(":.*", "", place); if (place == "catch") place = "groups" }
  { line = $0
    while (match(line, /(^|[ {])type: *[a-z0-9_]+/)) {
      word = substr(line, RSTART, RLENGTH); sub(".*type: *", "", word)
      print place, word
      line = substr(line, RSTART + RLENGTH) } }' | sort -u)
missing=$(printf '%s\n' "$known" | while read -r line; do
  printf '%s\n' "$used" | grep -qx "$line" || echo "  $line"
done)
[ "$(printf '%s\n' "$known" | wc -l)" -gt 40 ] || { echo "the reference lists no types"; exit 1; }
[ -z "$missing" ] || { echo "configs/examples/everything.yaml does without:"; echo "$missing"; exit 1; }
