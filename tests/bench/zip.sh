# Zips, against `zip -6` on the same trees in the same run: a (20 files), b (3,100 files, 60 MB), and
# with BENCH_LARGE=1 also c (250 MB). The trees are those of a generator beside the source tree, or
# of the same kind, made of what the machine has.
trees=${STEPWRIGHT_BENCH:-$bench_root/../shared/bench}/zip/gen_trees.py
stepwright=$bench_build/stepwright

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

cold() { # tree
  cpu_ms sh -c "rm -f '$bench_tmp'/out/$1.zip*; exec '$stepwright' bundle '$bench_tmp/$1' --out '$bench_tmp/out/$1.zip'"
}

for tree in a b ${BENCH_LARGE:+c}; do
  make_tree $tree
  mkdir -p "$bench_tmp/out"
  files=$(find "$bench_tmp/$tree" -type f | wc -l)
  ours=$(cold $tree)
  size=$(stat -c %s "$bench_tmp/out/$tree.zip")
  memory=$(peak_kib "$stepwright" bundle "$bench_tmp/$tree" --out "$bench_tmp/out/again.zip")
  if [ $tree = a ]; then
    must "a zip of $files small files, the whole process" "$ours" "<=" 6 "CPU ms"
    continue
  fi
  note "a zip of $files files (tree $tree)" "$ours" "CPU ms"
  must "memory for it" "$memory" "<=" 65536 KiB
  if command -v zip >/dev/null; then
    theirs=$(cpu_ms sh -c "cd '$bench_tmp/$tree' && rm -f ../zip.zip && exec zip -q -r -X -6 ../zip.zip .")
    must "CPU of it, of what zip -6 takes" "$(ratio "$ours" "$theirs")" "<=" 0.45 ""
    smaller=$(awk "BEGIN { printf \"%.4f\", $size / $(stat -c %s "$bench_tmp/zip.zip") }")
    if [ $tree = b ] && [ -f "$trees" ]; then
      must "its size, of what zip -6 makes" "$smaller" "<=" 0.985 ""
    else
      note "its size, of what zip -6 makes" "$smaller" ""
    fi
  else
    skip "CPU and size, of zip -6" "zip is not on this machine"
  fi
done
