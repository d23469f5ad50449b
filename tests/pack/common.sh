# What the scripts beside this one share. They are called with the program and a work folder.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$1
work=$2
chmod -R u+rwx "$work" 2>/dev/null || true
rm -rf "$work"
mkdir -p "$work"
cd "$work"
export XDG_CACHE_HOME=$work.cache
rm -rf "$XDG_CACHE_HOME"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

skip() {
    echo "skipped: $*"
    exit 77
}

bundle() {
    "$program" bundle "$@"
}

# n bytes that do not compress, the same each time.
noise() {
    awk -v n="$1" 'BEGIN { s = 1; for (i = 0; i < n; i++) { s = (s * 16807) % 2147483647
        printf "%c", 33 + int(s / 1000) % 94 } }'
}

# A tree with what zip readers trip over, in the order that is given: forth or back.
make_tree() { # folder order
    local dir=$1 order=$2 name
    mkdir -p "$dir"
    for name in $(for i in $(seq 1 60); do echo "pkg$((i % 7))/mod$i.py"; done | sort $order); do
        mkdir -p "$dir/$(dirname "$name")"
        seq 1 $((${#name} * 40)) >"$dir/$name"
    done
    mkdir -p "$dir/a b/c" "$dir/deep/er/and/deep/er"
    echo blank >"$dir/a b/c/with blank.txt"
    echo signs >"$dir/a b/#\$&;'\"(){}[]!~%.txt"
    echo back >"$dir/a b/back\\slash"
    printf 'accents' >"$dir/a b/$(printf 'h\303\251llo w\303\266rld \342\202\254')"
    echo end >"$dir/deep/er/and/deep/er/end"
    : >"$dir/empty"
    echo dash >"$dir/-dash"
    printf '#!/bin/sh\necho hi\n' >"$dir/bootstrap"
    chmod 755 "$dir/bootstrap"
    cp "$dir/bootstrap" "$dir/pkg1/tool"
    chmod 755 "$dir/pkg1/tool"
    noise 200000 >"$dir/noise"
    seq 1 900000 >"$dir/large.txt"
    ln -s pkg1/mod1.py "$dir/linked.py"
    ln -s pkg2 "$dir/linked"
    mkdir -p "$dir/pkg1/__pycache__"
    echo no >"$dir/pkg1/__pycache__/mod1.cpython-311.pyc"
}
