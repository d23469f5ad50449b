# A step type from a module of the project's own, against the installed headers and program.
. "$(dirname "$0")/lib.sh"
new_work
cp -r "$SOURCE/tests/cmake/engine" "$WORK/source"
"$CMAKE" --install "$BUILD" --prefix "$WORK/prefix" >"$WORK/install.log" 2>&1 ||
    { cat "$WORK/install.log" >&2; exit 1; }
configure "$WORK/source" "$WORK/tree" -G Ninja -DCMAKE_PREFIX_PATH="$WORK/prefix" \
    -DCMAKE_C_FLAGS="-Wall -Wextra"
expect "$WORK/tree" "a clean build" "plan=1 configure=1 compile=1 link=1 c=2"
grep -q 'The engine was loaded' "$WORK/tree/pipelines/dev/noted.asl.json" ||
    fail "the step is not in the state machine"
sed -i 's/"Note: "/"Notice: "/' "$WORK/source/note.c"
expect "$WORK/tree" "the engine is edited" "plan=1 compile=1 link=1 c=2"
grep -q 'Notice: leave' "$WORK/tree/pipelines/dev/noted.asl.json" || fail "the edit did not arrive"
finish
