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
