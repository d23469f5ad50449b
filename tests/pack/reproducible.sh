# Same files, same bytes: in another place, made in another order, at another time, under another
# umask, user, locale and time zone, by any number of threads.
source "$(dirname "$0")/common.sh" "$1" "$2"
make_tree one ""
bundle one --out one.zip

mkdir -p "another place"
(umask 077 && make_tree "another place/two" -r)
find "another place" -exec touch -h -d '2021-05-05 05:05:05' {} +
chmod -R go-rwx "another place/two"
(
    cd "another place"
    umask 027
    TZ=Pacific/Auckland LC_ALL=C.UTF-8 HOME=/nonexistent bundle ./two/ --out ../two.zip --threads 3
)
cmp one.zip two.zip || fail "another place, another zip"
cmp one.zip.json two.zip.json || fail "another place, another record"

# Another user, where this one may become one; another date, where there is a program to pretend it.
if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$program" -a -x "$work" 2>/dev/null; then
    cp -r one others && chown -R 65534:65534 others && mkdir nobody && chown 65534 nobody
    XDG_CACHE_HOME=$work/nobody setpriv --reuid 65534 --regid 65534 --clear-groups \
        "$program" bundle others --out nobody/one.zip
    cmp one.zip nobody/one.zip || fail "another user, another zip"
else
    echo "skipped: another user, this one cannot become one that reaches $program"
fi
if faketime '2037-01-01' true 2>/dev/null; then
    STEPWRIGHT_CACHE=off faketime '2037-01-01' "$program" bundle one --out later.zip
    cmp one.zip later.zip || fail "another date, another zip"
else
    echo "skipped: another date, faketime is not on this machine"
fi

for threads in 1 2 7; do
    bundle one --out "t$threads.zip" --threads $threads
    cmp one.zip "t$threads.zip" || fail "$threads threads, another zip"
done

# Nothing is written where nothing changed.
touch -d '2020-01-01' one.zip one.zip.json
bundle one --out one.zip
[ "$(stat -c %Y one.zip one.zip.json | sort -u)" = "$(date -d '2020-01-01' +%s)" ] ||
    fail "the same zip was written again"
echo more >>one/pkg1/mod1.py
bundle one --out one.zip
! cmp -s one.zip two.zip || fail "a change does not show"

# A layer: gathered from the same requirements and packed with the same files.
layer() { # folder umask
    (
        umask "$2"
        mkdir -p "$1/layer/wheels"
        cd "$1/layer"
        python3 "$here/make_wheel.py" wheels
        echo wheels >.bundleignore
        echo 'A = 1' >commons.py
        printf -- '--find-links wheels\nstepwright-probe\n' >requirements.txt
        cd ..
        STEPWRIGHT_CACHE=off "$program" resolve layer --out tree --record tree.json --runtime python3.12
        STEPWRIGHT_CACHE=off bundle layer --layer python3.12 --with tree --out layer.zip
    )
}
export PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1
if python3 -m pip --version >/dev/null 2>&1; then
    layer here 022
    TZ=Asia/Tokyo layer "some where else" 077
    cmp here/layer.zip "some where else/layer.zip" || fail "another place, another layer"
else
    echo "skipped: layers, python3 has no pip"
fi
