# A project outside this tree, against the installed package (with Ninja) and with add_subdirectory
# (with Unix Makefiles, which build the generator while CMake configures): the same bytes.
. "$(dirname "$0")/lib.sh"
new_work
cp -r "$SOURCE/tests/cmake/consumer" "$WORK/source"

"$CMAKE" --install "$BUILD" --prefix "$WORK/prefix" >"$WORK/install.log" 2>&1 ||
    { cat "$WORK/install.log" >&2; exit 1; }
configure "$WORK/source" "$WORK/installed" -G Ninja -DSTEPWRIGHT_FROM=package \
    -DCMAKE_PREFIX_PATH="$WORK/prefix"
expect "$WORK/installed" "against the installed package" \
    "plan=1 configure=1 bundle=2 compile=1 link=1 c=7 other=1"
list_outputs "$WORK/installed" >"$WORK/expected"
[ "$(wc -l <"$WORK/expected")" -eq 12 ] || fail "made $(cat "$WORK/expected")"
grep -q 'Good morning from staging' "$WORK/installed/pipelines/staging/morning.template.json" ||
    fail "DEFINES did not arrive"
if command -v unzip >/dev/null; then
    unzip -Z1 "$WORK/installed/pipelines/bundles/functions.count"*.zip | tr '\n' ' ' |
        grep -qx 'bootstrap words.txt ' || fail "the bundle in C holds something else"
fi

command -v make >/dev/null || { finish; exit; }
configure "$WORK/source" "$WORK/subdirectory" -G 'Unix Makefiles' -DSTEPWRIGHT_FROM="$SOURCE" \
    -DSTEPWRIGHT_PROGRAM=
build "$WORK/subdirectory" --parallel 2
[ "$status" -eq 0 ] || { cat "$WORK/build.log" >&2; fail "with add_subdirectory"; }
list_outputs "$WORK/subdirectory" | diff - "$WORK/expected" || fail "subdirectory differs"
finish
