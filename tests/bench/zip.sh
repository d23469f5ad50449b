# Zips, against `zip -6` on the same trees in the same run: a (20 files), b (3,100 files, 60 MB), and
# with BENCH_LARGE=1 also c (250 MB). The trees are those of a generator beside the source tree, or
# of the same kind, made of what the machine has.
trees=${STEPWRIGHT_BENCH:-$bench_root/../shared/bench}/zip/gen_trees.py
stepwright=$bench_build/stepwright
export XDG_CACHE_HOME=$bench_tmp/cache
unset STEPWRIGHT_CACHE

copy_files() { # folder files megabytes: takes names from standard input until one is reached
  xargs -r -d '\n' stat -c '%s %n' | awk -v files="$2" -v bytes="$3e6" '
    n < files && sum + $1 <= bytes { n++; sum += $1; sub(/^[0-9]+ /, ""); print }' |
    xargs -r -d '\n' cp --parents -t "$1"
}

make_tree() { # a, b or c
  if [ -f "$trees" ] && command -v python3 >/dev/null; then
    python3 "$trees" "$bench_tmp" "$1" >/dev/null
    return
  fi
  case $1 in a) scripts=20 mb=0.05 libraries=0 ;; b) scripts=2900 mb=25 libraries=35 ;;
  *) scripts=5800 mb=52 libraries=198 ;; esac
  mkdir "$bench_tmp/$1"
  find /usr/lib/python3* /usr/share /usr/include -type f \( -name '*.py' -o -name '*.h' -o -name '*.pl' \) \
    -size -400k 2>/dev/null | LC_ALL=C sort -r | copy_files "$bench_tmp/$1" $scripts $mb
  find /usr/lib -type f -name '*.so*' -size -12000k 2>/dev/null | LC_ALL=C sort |
    copy_files "$bench_tmp/$1" 10000 $libraries
}

cold() { # tree, runs: each leaves a zip of its own, and a cache of its own; the cheapest counts
  for i in $(seq "$2"); do
    XDG_CACHE_HOME=$bench_tmp/cold.$i "$bench_tests/cputime" "$stepwright" bundle "$bench_tmp/$1" --out "$bench_tmp/cold.$i.zip"
    rm -rf "$bench_tmp/cold.$i" "$bench_tmp/cold.$i.zip" "$bench_tmp/cold.$i.zip.json"
  done | sort -n | head -n 1 | cut -d' ' -f1
}

found() { # tree: made before, in another build tree
  cpu_ms sh -c "exec '$stepwright' bundle '$bench_tmp/$1' --out '$bench_tmp/out/found.'\$\$.zip"
}

again() { # tree
  cpu_ms "$stepwright" bundle "$bench_tmp/$1" --out "$bench_tmp/out/$1.zip"
}

edited() { # tree: one file gets another line before each run
  cpu_ms sh -c "echo '# edited' >>'$bench_tmp/$1.edit'; exec '$stepwright' bundle '$bench_tmp/$1' --out '$bench_tmp/out/$1.zip'"
}

for tree in a b ${BENCH_LARGE:+c}; do
  make_tree $tree
  mkdir -p "$bench_tmp/out"
  files=$(find "$bench_tmp/$tree" -type f | wc -l)
  ln -s "$(find "$bench_tmp/$tree" -name '*.py' -o -name '*.h' | LC_ALL=C sort | sed -n 5p)" "$bench_tmp/$tree.edit"
  case $tree in a) runs=10 ;; *) runs=3 ;; esac
  ours=$(cold $tree $runs)
  memory=$(peak_kib "$stepwright" bundle "$bench_tmp/$tree" --out "$bench_tmp/out/$tree.zip")
  size=$(stat -c %s "$bench_tmp/out/$tree.zip")
  sleep 2.5 # an index does not believe files that are younger than that
  again $tree >/dev/null
  if [ $tree = a ]; then
    must "a zip of $files small files, the whole process" "$ours" "<=" 6 "CPU ms"
    must "nothing changed in them" "$(again $tree)" "<=" 5 "CPU ms"
    continue
  fi
  note "a zip of $files files (tree $tree)" "$ours" "CPU ms"
  must "memory for it" "$memory" "<=" 65536 KiB
  note "the same in another build tree, from the cache" "$(found $tree)" "CPU ms"
  note "nothing changed in them, and none is read" "$(again $tree)" "CPU ms"
  edit=$(edited $tree)
  note "one of them edited" "$edit" "CPU ms"
  if command -v zip >/dev/null; then
    theirs=$(cpu_ms sh -c "cd '$bench_tmp/$tree' && rm -f ../zip.zip && exec zip -q -r -X -6 ../zip.zip .")
    must "CPU of a zip, of what zip -6 takes" "$(ratio "$ours" "$theirs")" "<=" 0.45 ""
    must "CPU of an edit, of what zip -6 takes" \
      "$(awk "BEGIN { printf \"%.4f\", $edit / $theirs }")" "<=" 0.025 ""
    smaller=$(awk "BEGIN { printf \"%.4f\", $size / $(stat -c %s "$bench_tmp/zip.zip") }")
    if [ $tree = b ] && [ -f "$trees" ]; then
      must "its size, of what zip -6 makes" "$smaller" "<=" 0.985 ""
    else
      note "its size, of what zip -6 makes" "$smaller" ""
    fi
  else
    skip "CPU and size, of zip -6" "zip is not on this machine"
  fi
  [ $tree = b ] || continue
  if node -e 'require("yazl")' 2>/dev/null; then
    theirs=$(cpu_ms node "$bench_root/tests/bench/zip_yazl.js" "$bench_tmp/$tree" "$bench_tmp/yazl.zip")
    must "CPU of a zip, of what the CDK's packer takes" "$(ratio "$ours" "$theirs")" "<=" 0.33 ""
  else
    skip "CPU, of the CDK's packer" "node finds no yazl (npm install yazl, and NODE_PATH)"
  fi
done

mkdir "$bench_tmp/many"
(cd "$bench_tmp/many" && for i in $(seq 0 99); do mkdir "d$i" && (cd "d$i" && seq 0 999 | xargs touch); done)
if command -v zip >/dev/null; then
  theirs=$(cpu_ms sh -c "cd '$bench_tmp/many' && rm -f ../many.zip && exec zip -q -r -X -6 ../many.zip .")
  must "CPU of 100,000 files, of what zip -6 takes" "$(ratio "$(cold many 3)" "$theirs")" "<=" 0.45 ""
fi
must "memory for 100,000 files" \
  "$(peak_kib "$stepwright" bundle "$bench_tmp/many" --out "$bench_tmp/out/many.zip" --depfile "$bench_tmp/out/many.d")" \
  "<=" 65536 KiB
