#!/bin/sh
# lint.sh includes|banned|guards|headers ROOT [COMPILER]
# Holds the C code of a source tree to the rules that a compiler does not know. Prints one line per
# fault and exits with 1 if there is one.
#   includes   #include "layer/…" points down the layers only, or stays in its own
#   banned     functions that we do not use, and notes to ourselves
#   guards     a header's guard is named for its path
#   headers    each header compiles alone
set -eu
export LC_ALL=C
rule=$1 root=$2 compiler=${3:-cc}
cd "$root"

# From the bottom to the top; a line's layers do not see each other.
layers() {
  cat <<'EOF'
base
yaml template jsonpath jsonata pack aws
asl
schema
model
frontend
plan
check engines
emit runner
deploy
cli
EOF
}

# $1: a find expression's -name pattern
code() {
  for folder in generator engines; do
    [ ! -d "$folder" ] || find "$folder" -type f -name "$1"
  done | sort
}

includes() {
  code '*.[ch]' | xargs grep -n '^ *# *include *"' /dev/null | awk -F: '
    NR == FNR { n = split($0, names, " "); for (i = 1; i <= n; i++) rank[names[i]] = NR; next }
    {
      n = split($1, path, "/")
      layer = path[1] == "engines" ? "engines" : path[2]
      split($3, quoted, "\"")
      if (quoted[2] !~ /\//) {
        if (layer == "engines") next
        print $1 ":" $2 ": \"" quoted[2] "\" does not say its layer"; next
      }
      if (layer == "engines" && (getline line < ("engines/" quoted[2])) >= 0) next # its own folder
      split(quoted[2], target, "/")
      to = target[1]
      if (!(layer in rank)) print $1 ":" $2 ": layer " layer " has no place in tests/lint/lint.sh"
      else if (!(to in rank)) print $1 ":" $2 ": \"" quoted[2] "\" is of no layer"
      else if (to != layer && rank[to] >= rank[layer])
        print $1 ":" $2 ": " layer " must not see " to
    }' "$1" -
}

banned() {
  functions='strtol|strtoll|strtoul|strtoull|strtod|atoi|atol|atof|sprintf|vsprintf|strcpy|strncpy|stpcpy|strcat|strncat|gets|strtok|system|popen|alloca|setlocale|tmpnam|tempnam|mktemp|localtime|rand|random'
  code '*.[ch]' | xargs grep -nE "(^|[^A-Za-z0-9_>.])($functions) *\\(" /dev/null |
    grep -vE '^[^:]*:[0-9]*: *(/?\*|//)' |
    sed -E "s/^([^:]*:[0-9]*):.*[^A-Za-z0-9_>.]($functions) *\\(.*/\\1: \\2 is banned/" || true
  code '*.[ch]' | xargs grep -nwE 'TODO|FIXME' /dev/null |
    sed -E 's/^([^:]*:[0-9]*):.*/\1: a note to ourselves/' || true
}

# LAYER_NAME_H, where NAME may leave out a LAYER_ that it begins with.
guards() {
  code '*.h' | while read -r header; do
    long=$(printf '%s' "${header#generator/}" | tr 'a-z/.-' 'A-Z___')
    layer=${long%%_*}
    short=$(printf '%s' "$long" | sed "s/^${layer}_${layer}_/${layer}_/")
    for guard in "$long" "$short"; do
      grep -q "^#ifndef $guard\$" "$header" && grep -q "^#define $guard\$" "$header" && continue 2
    done
    echo "$header: its guard is not $short"
  done
}

headers() {
  code '*.h' | while read -r header; do
    "$compiler" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Igenerator -I. -fsyntax-only -x c \
      -Wno-unused -include "$header" /dev/null >"$1" 2>&1 && [ ! -s "$1" ] ||
      { echo "$header: does not compile alone"; sed 's/^/    /' "$1"; }
  done
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
layers >"$scratch/layers"
case $rule in
  includes) includes "$scratch/layers" >"$scratch/faults" ;;
  banned | guards) "$rule" >"$scratch/faults" ;;
  headers) headers "$scratch/messages" >"$scratch/faults" ;;
  *) echo "lint.sh: no rule '$rule'" >&2; exit 2 ;;
esac
cat "$scratch/faults"
[ ! -s "$scratch/faults" ]
