# Layers: packages from local wheels and a local npm archive, a command that fills /asset-output, plain
# folders. Resolved once for the same requirements, and into the same tree.
source "$(dirname "$0")/common.sh" "$1" "$2"
python3 -c 'import zipfile' 2>/dev/null || skip "python3 is not on this machine"
export PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1

resolve() { # folder options...
    local dir=$1
    shift
    "$program" resolve "$dir" --out "$dir.tree" --record "$dir.json" --depfile "$dir.d" "$@"
}

expect_error() { # text command...
    local text=$1
    shift
    ! "$@" 2>err.txt || fail "$*: it passes"
    grep -qF -- "$text" err.txt || fail "$*: no '$text' in: $(cat err.txt)"
}

# Wheels are zips with a few notes; these are made here, so that no index is asked.
python3 "$here/make_wheel.py" wheels

# ---- Python ----
if python3 -m pip --version >/dev/null 2>&1; then
    mkdir -p py/wheels
    cp wheels/*.whl py/wheels
    printf '# one of ours\n--find-links ./wheels\nstepwright-probe==1.0 \\\n    --hash=sha256:%s\n' \
        "$(sha256sum <wheels/stepwright_probe-1.0-py3-none-any.whl | cut -c1-64)" >py/requirements.txt
    mkdir -p py/commons && echo 'A = 1' >py/commons/__init__.py
    resolve py --runtime python3.12
    [ -f py.tree/python/stepwright_probe/__init__.py ] || fail "the package is not there"
    [ -f py.tree/python/stepwright_probe/native.so ] && fail "a wheel for another Python"
    for gone in python/bin python/stepwright_probe-1.0.dist-info/{INSTALLER,REQUESTED,direct_url.json}; do
        [ ! -e "py.tree/$gone" ] || fail "$gone is still there"
    done
    ! find py.tree -name '*.pyc' -o -name __pycache__ | grep -q . || fail "bytecode is still there"
    ! grep -qE 'bin/|INSTALLER|pyc' py.tree/python/*.dist-info/RECORD || fail "RECORD lists what is gone"
    grep -q '^stepwright_probe/__init__.py,' py.tree/python/*.dist-info/RECORD || fail "RECORD lost a file"
    grep -q 'py/requirements.txt' py.d && grep -q 'py/wheels/stepwright_probe' py.d || fail "$(cat py.d)"

    # Nothing is resolved where requirements are the same: a note in the tree would not survive.
    touch py.tree/still-here
    echo 'A = 2' >py/commons/__init__.py
    resolve py --runtime python3.12
    [ -e py.tree/still-here ] || fail "an edit of the sources resolved again"
    touch -d 2020-01-01 py.json
    echo '# comment' >>py/requirements.txt
    resolve py --runtime python3.12
    [ ! -e py.tree/still-here ] || fail "an edit of the requirements did not resolve again"

    # The same tree in another place, and on another day.
    mkdir -p "other place"
    cp -r py "other place/py"
    (cd "other place" && umask 077 && TZ=Asia/Tokyo resolve py --runtime python3.12)
    cmp py.json "other place/py.json" || fail "another place, another tree"
    diff -r py.tree "other place/py.tree" || fail "another place, other files"

    # With hashes, another build tree takes it from the cache, and asks nobody.
    "$program" resolve py --out fresh.tree --record fresh.json --runtime python3.12 --python ./none
    diff -r py.tree fresh.tree && cmp py.json fresh.json || fail "another tree from the cache"
    for blob in $(find "$XDG_CACHE_HOME" -path '*/cas/*' -type f); do
        chmod u+w "$blob" && printf X | dd of="$blob" bs=1 seek=50 conv=notrunc status=none
    done
    rm -r fresh.tree
    expect_error "cannot start './none'" \
        "$program" resolve py --out fresh.tree --record fresh.json --runtime python3.12 --python ./none
    "$program" resolve py --out fresh.tree --record fresh.json --runtime python3.12
    diff -r py.tree fresh.tree || fail "another tree after damage"
    mkdir -p unlocked && printf -- '--find-links ../wheels\nstepwright-probe\n' >unlocked/requirements.txt
    resolve unlocked --runtime python3.12
    rm -r unlocked.tree
    expect_error "cannot start './none'" resolve unlocked --runtime python3.12 --python ./none

    # Requirements that are edited while they are met: nobody knows what came of which.
    printf '#!/bin/sh\necho "# edited" >>requirements.txt\nexec python3 "$@"\n' >editor && chmod +x editor
    cp py.json before.json
    echo >>py/requirements.txt
    expect_error "'py' changed while what it requires was gathered [changed-file]" \
        resolve py --runtime python3.12 --python "$work/editor"
    cmp py.json before.json || fail "a failure changed the record"

    # In the zip, the folder's own files lie beside the packages.
    bundle py --prefix python --with py.tree --out py.zip
    python3 - <<'END' || fail "the layer's zip"
import zipfile
names = zipfile.ZipFile("py.zip").namelist()
assert "python/commons/__init__.py" in names and "python/stepwright_probe/__init__.py" in names, names
END
    mkdir -p py.tree/python/commons && echo twice >py.tree/python/commons/__init__.py
    expect_error "[duplicate-file]" bundle py --prefix python --with py.tree --out py.zip
    rm -r py.tree/python/commons

    # uv, where it is and nobody has told pip where packages are: the same tree. (No uv is asked here, but
    # a script that says what it was asked and installs as uv does.)
    mkdir -p bin home
    cat >bin/uv <<'END'
#!/bin/sh
echo "$*" >>"$UV_LOG"
while [ $# -gt 1 ]; do
    [ "$1" != --target ] || target=$2
    shift
done
python3 -m pip install --isolated --no-index --quiet --only-binary=:all: --target "$target" -r "$1" || exit
for info in "$target"/*.dist-info; do
    printf uv >"$info/INSTALLER"
    echo '{}' >"$info/uv_cache.json"
    echo "$(basename "$info")/uv_cache.json,," >>"$info/RECORD"
done
END
    chmod +x bin/uv
    uv_resolve() {
        env -u PIP_NO_INDEX -u PIP_CONFIG_FILE -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL -u PIP_FIND_LINKS \
            -u PIP_CERT HOME="$work/home" UV_LOG="$work/uv.log" PATH="$work/bin:$PATH" "$program" resolve "$@"
    }
    STEPWRIGHT_UV=on uv_resolve py --out uv.tree --record uv.json --runtime python3.12 --architecture arm64
    grep -q -- '--python-version 3.12 --python-platform aarch64-manylinux_2_28 ' uv.log || fail "uv: $(cat uv.log)"
    diff -r py.tree uv.tree || fail "uv makes another tree"
    mkdir -p home/.config/pip && printf '[global]\nno-index = true\n' >home/.config/pip/pip.conf && rm -r uv.tree
    uv_resolve py --out uv.tree --record uv.json --runtime python3.12 --architecture arm64 2>err.txt ||
        fail "pip, where it is configured: $(cat err.txt)"
    [ "$(wc -l <uv.log)" = 1 ] || fail "uv is asked where pip is configured"

    # Wheels by platform: each runtime and architecture gets its own.
    mkdir -p native
    printf -- '--find-links ../wheels\nstepwright-native\n' >native/requirements.txt
    resolve native --runtime python3.12 --architecture arm64
    [ "$(cat native.tree/python/stepwright_native/where)" = manylinux_2_28_aarch64 ] || fail "arm64"
    resolve native --runtime python3.11
    [ "$(cat native.tree/python/stepwright_native/where)" = manylinux2014_x86_64 ] || fail "python3.11"
    resolve native --runtime python3.13
    [ "$(cat native.tree/python/stepwright_native/where)" = manylinux_2_28_x86_64 ] || fail "python3.13"

    expect_error "[no-runtime]" resolve py
    expect_error "[bad-runtime]" resolve py --runtime nodejs22.x
    echo 'no-such-package==1' >>py/requirements.txt
    expect_error "cannot install what 'py/requirements.txt' requires" resolve py --runtime python3.12
    grep -q 'no-such-package' err.txt || fail "pip's words are lost: $(cat err.txt)"
    [ -d py.tree/python ] && [ ! -e py.tree.new ] || fail "a failure harmed the last good tree"
else
    echo "skipped: pip layers, python3 has no pip"
fi

# ---- Node ----
if npm --version >/dev/null 2>&1; then
    mkdir -p node/vendor package
    printf '{"name":"stepwright-probe","version":"1.0.0","bin":{"probe":"index.js"}}' >package/package.json
    printf '#!/usr/bin/env node\nmodule.exports = 1;\n' >package/index.js
    tar -czf node/vendor/probe.tgz package
    echo '{"name":"layer","version":"1.0.0","dependencies":{"stepwright-probe":"file:vendor/probe.tgz"}}' \
        >node/package.json
    expect_error "[no-lock]" resolve node
    (cd node && npm install --package-lock-only --no-audit --no-fund --offline >/dev/null 2>&1)
    resolve node --runtime nodejs22.x
    [ -f node.tree/nodejs/node_modules/stepwright-probe/index.js ] || fail "the package is not there"
    [ ! -e node.tree/nodejs/node_modules/.bin ] && [ ! -e node.tree/nodejs/node_modules/.package-lock.json ] &&
        [ ! -e node.tree/nodejs/vendor ] || fail "npm's leavings are still there"
    grep -q node/package-lock.json node.d || fail "$(cat node.d)"
    mv node.json first.json
    rm -r node.tree
    resolve node --runtime nodejs22.x
    cmp first.json node.json || fail "npm makes another tree each time"
else
    echo "skipped: npm layers, npm is not on this machine"
fi

# ---- commands ----

export TMPDIR=$work/tmp
mkdir -p "$TMPDIR"
mkdir -p custom
echo 'echo made by a script >"$1/text"' >custom/make.sh
script='mkdir /asset-output/data && cp make.sh /asset-output/data/ && sh make.sh /asset-output/data; touch here'
resolve custom --command "$script"
[ "$(cat custom.tree/data/text)" = "made by a script" ] && [ -f custom.tree/data/make.sh ] || fail "the command"
[ ! -e custom/here ] || fail "the command wrote into the sources"
[ ! -e custom.tree/here ] || fail "what is not in /asset-output is in the tree"
touch custom.tree/still-here
resolve custom --command "$script"
[ -e custom.tree/still-here ] || fail "the command ran again"
echo '# edited' >>custom/make.sh
resolve custom --command "$script"
[ ! -e custom.tree/still-here ] || fail "the command did not run again"
expect_error "the command ended with 3" resolve custom --command 'echo reason; exit 3'
grep -q reason err.txt || fail "the command's words are lost"
[ -f custom.tree/data/text ] && [ ! -e custom.tree.new ] && [ ! -e custom.tree.new-input ] ||
    fail "a failure harmed the last good tree"
ASSET_TEST=1 resolve custom --command 'cp -r "$ASSET_INPUT"/. "$ASSET_OUTPUT" && pwd >"$ASSET_OUTPUT"/where'
[ -f custom.tree/make.sh ] || fail "ASSET_INPUT and ASSET_OUTPUT"

# What a command leaves in the background holds nobody up, silent or talking.
before=$(date +%s)
resolve custom --command 'sleep 20 & echo $! >/asset-output/pid; echo done >/asset-output/done'
kill "$(cat custom.tree/pid)" 2>/dev/null || true
resolve custom --command 'timeout 20 yes & echo $! >/asset-output/pid; echo done >/asset-output/done'
kill "$(cat custom.tree/pid)" 2>/dev/null || true
[ $(($(date +%s) - before)) -lt 15 ] || fail "a process in the background holds the command up"
[ -f custom.tree/done ] || fail "a command with a process in the background"
expect_error "the command ended with 4" resolve custom --command 'sleep 20 & echo $! >"$TMPDIR"/pid; exit 4'
kill "$(cat "$TMPDIR"/pid)" 2>/dev/null || true

is_alive() { # pid; nobody may have waited for what is dead
    grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null
}

# The command ends with who started it, and the next run removes what both leave.
"$program" resolve custom --out custom.tree --record custom.json \
    --command 'echo $$ >"$TMPDIR"/pid.new && mv "$TMPDIR"/pid.new "$TMPDIR"/shell; while :; do sleep 0.1; done' &
pid=$!
for _ in $(seq 100); do [ ! -e "$TMPDIR/shell" ] || break; sleep 0.1; done
kill -9 $pid
wait $pid 2>/dev/null || true
for _ in $(seq 50); do is_alive "$(cat "$TMPDIR/shell")" || break; sleep 0.1; done
! is_alive "$(cat "$TMPDIR/shell")" || fail "a command outlives who started it"
ls -d custom.tree.new-* >/dev/null || fail "expected a folder of the killed run"
resolve custom --command "$script"
[ -z "$(ls -d custom.tree.new* 2>/dev/null)" ] || fail "a killed run left $(ls -d custom.tree.new*)"

# Killed, and what it started goes on for a while: the last tree stays, the next run starts afresh.
resolve custom --command "$script"
cp custom.json before.json
resolve custom --command 'echo half >/asset-output/half; sleep 2; echo late >/asset-output/late' &
pid=$!
sleep 0.3
kill -9 $pid
wait $pid 2>/dev/null || true
cmp custom.json before.json && [ -f custom.tree/data/text ] || fail "a killed run harmed the last good tree"
resolve custom --command 'sleep 2; echo whole >/asset-output/whole'
[ "$(ls custom.tree)" = whole ] || fail "a killed run shows in the next: $(ls custom.tree)"
resolve custom --command "$script"
[ -z "$(ls -d custom.tree.new* 2>/dev/null)" ] || fail "a killed run left $(ls -d custom.tree.new*)"
for i in 1 2 3 4; do
    (resolve custom --command "$script; sleep 0.$i; echo $i >/asset-output/n" || echo "$i" >>together.txt) &
done
wait
[ ! -e together.txt ] || fail "at once: $(cat together.txt) fail"
grep -qx '[1-4]' custom.tree/n && [ -f custom.tree/data/text ] || fail "at once: no whole tree"
[ -z "$(ls -d custom.tree.new* 2>/dev/null)" ] || fail "at once: left $(ls -d custom.tree.new*)"

# Where name spaces are not allowed, the names in the script are replaced.
rm -r custom.tree custom.json
if unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces' 2>/dev/null; then
    unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh "$program" resolve custom \
        --out custom.tree --record custom.json --command "$script"
    [ "$(cat custom.tree/data/text)" = "made by a script" ] || fail "the command, without name spaces"
    [ ! -e custom/here ] || fail "the command wrote into the sources, without name spaces"
else
    echo "skipped: a command without name spaces, they cannot be switched off here"
fi

# ---- nothing ----
mkdir -p plain && echo text >plain/file
resolve plain
[ -d plain.tree ] && grep -q '"files": 0' plain.json || fail "a plain folder"
bundle plain --with plain.tree --out plain.zip
expect_error "folder 'none' does not exist [no-file]" resolve none
