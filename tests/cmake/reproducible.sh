# Two clones in different folders, under another umask, locale and time zone: the same bytes.
. "$(dirname "$0")/lib.sh"
new_work

# make_clone FOLDER: this repository's own pipelines, as somebody else has them
make_clone() {
    mkdir -p "$1"
    (cd "$SOURCE" && cp -r CMakeLists.txt cmake customcode configs "$1")
    "$CMAKE" -G Ninja -S "$1" -B "$1/build" -DSTEPWRIGHT_PROGRAM="$STEPWRIGHT" >"$WORK/log" 2>&1 &&
        "$CMAKE" --build "$1/build" >"$WORK/log" 2>&1 || { cat "$WORK/log" >&2; exit 1; }
    list_outputs "$1/build"
}

# A locale with other letters and numbers than C's, if the machine has one.
other=$(locale -a 2>/dev/null | grep -i '^\(tr_TR\|de_DE\|fr_FR\)' | head -n 1)
(umask 022 && TZ=UTC make_clone "$WORK/one") >"$WORK/first"
(
    umask 077
    export TZ=Pacific/Kiritimati LC_ALL="${other:-C.UTF-8}" LANG="${other:-C.UTF-8}"
    make_clone "$WORK/a longer/path with blanks/two"
) >"$WORK/second"
[ -s "$WORK/first" ] || fail "nothing was made"
diff "$WORK/first" "$WORK/second" || fail "the clones differ"
grep -rlF "$WORK" "$WORK/one/build/pipelines" --include='*.json' --include='*.svg' &&
    fail "an output names a folder of this machine"
finish
