# What the tests of this folder share. They are given, in the environment:
#   STEPWRIGHT  the program          CMAKE_DIR  the folder with Stepwright.cmake
#   CMAKE       cmake itself         SOURCE     this repository
#   WORK        a folder of the test's own, made anew
set -eu
# The build's own words are counted, so they must not be translated or coloured.
export LC_ALL=C NO_COLOR=1
unset MAKEFLAGS NINJA_STATUS CMAKE_BUILD_PARALLEL_LEVEL DESTDIR
failures=0

fail() {
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}

finish() {
    [ "$failures" -eq 0 ] || { echo "$failures failures" >&2; exit 1; }
}

skip() {
    echo "skipped: $*"
    exit 0
}

new_work() {
    rm -rf "$WORK"
    mkdir -p "$WORK"
}

# configure SOURCE TREE [ARGUMENT…]
configure() {
    source=$1 tree=$2
    shift 2
    "$CMAKE" -S "$source" -B "$tree" -DSTEPWRIGHT_PROGRAM="$STEPWRIGHT" \
        -DSTEPWRIGHT_CMAKE_DIR="$CMAKE_DIR" "$@" >"$WORK/configure.log" 2>&1 ||
        { cat "$WORK/configure.log" >&2; exit 1; }
}

# build TREE [ARGUMENT…]: runs one build; the log is $WORK/build.log, its status $status
build() {
    status=0
    # A file that is edited right after a build must not have the build's own time.
    sleep 0.02
    "$CMAKE" --build "$@" >"$WORK/build.log" 2>&1 || status=$?
}

# How many edges of each kind the last build ran: plan configure bundle compile link, and whatever
# else there was.
count_edges() {
    awk '
        /] Planning pipelines/ { n["plan"]++; next }
        /] Re-running CMake/ { next }
        /^-- Configuring done/ { n["configure"]++; next }
        /] Bundling / { n["bundle"]++; next }
        /] Compiling / { n["compile"]++; next }
        /] Linking C / { n["c"]++; next }
        /] Linking / { n["link"]++; next }
        /] Building C object/ { n["c"]++; next }
        /^\[[0-9]+\/[0-9]+\]/ { n["other"]++ }
        END {
            split("plan configure bundle compile link c other", kinds)
            for (i = 1; i in kinds; i++)
                if (n[kinds[i]])
                    printf "%s%s=%d", sep++ ? " " : "", kinds[i], n[kinds[i]]
        }' "$WORK/build.log"
}

# expect TREE WHAT EDGES: a build runs exactly these edges, and the one behind it none.
expect() {
    build "$1"
    [ "$status" -eq 0 ] || { cat "$WORK/build.log" >&2; fail "$2: the build fails"; return; }
    edges=$(count_edges)
    [ "$edges" = "$3" ] || { cat "$WORK/build.log" >&2; fail "$2: ran '$edges', expected '$3'"; }
    expect_nothing "$1" "$2"
}

expect_nothing() {
    build "$1"
    edges=$(count_edges)
    if [ "$status" -ne 0 ] || [ -n "$edges" ]; then
        cat "$WORK/build.log" >&2
        fail "$2, the build behind it: ran '$edges'"
    fi
}

# All that a build made for people and deployment, with digests: what is the same on any machine.
list_outputs() {
    (cd "$1/pipelines" &&
        find . -type f ! -name '*.d' ! -name '*.idx' ! -name 'plan.*' -exec sha256sum {} + |
        LC_ALL=C sort -k 2)
}
