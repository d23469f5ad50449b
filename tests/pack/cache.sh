# The cache: a bundle made before is not made again, in any build tree; damage, many builds at once and
# killed ones never show in what is made; what is old goes first.
source "$(dirname "$0")/common.sh" "$1" "$2"
cache=$XDG_CACHE_HOME/stepwright/v1
blobs() { find "$cache/cas" -type f 2>/dev/null | sort; }
actions() { find "$cache/ac" -type f 2>/dev/null | sort; }

make_tree tree ""
bundle tree --out one.zip
[ "$(blobs | wc -l)" = 1 ] && [ "$(actions | wc -l)" = 1 ] || fail "the first bundle is not kept"
cmp "$(blobs)" one.zip || fail "another blob is kept"

# Another tree of the same files finds it;
cp -r tree copy
touch -d 2020-01-01 "$(actions)"
bundle copy --out two.zip
[ "$(find "$cache/ac" -type f -newermt 2021-01-01)" = "$(actions)" ] || fail "it was not found"
cmp one.zip two.zip && cmp one.zip.json two.zip.json || fail "a found bundle is another one"
[ "$(actions | wc -l)" = 1 ] || fail "the same action is kept twice"
blob=$(blobs)
rm "$blob" && echo tampered >"$blob"
bundle copy --out three.zip
cmp one.zip three.zip || fail "a damaged blob was used"
bundle copy --out four.zip
cmp one.zip four.zip || fail "no good blob came in its place"

# A found bundle is good ground for the next edit.
echo '# edited' >>copy/pkg1/mod1.py
bundle copy --out two.zip
STEPWRIGHT_CACHE=off bundle copy --out cold.zip
cmp two.zip cold.zip || fail "an edit of a found bundle makes another zip"
[ "$(blobs | wc -l)" = 2 ] || fail "the edited bundle is not kept"
"$program" why two.zip >why.txt
grep -qx '  edited           linked.py' why.txt && grep -qx '  edited           pkg1/mod1.py' why.txt && [ "$(wc -l <why.txt)" = 5 ] ||
    fail "why: $(cat why.txt)"
rm -rf copy/pkg3 && chmod +x copy/empty && echo new >copy/added
bundle copy --out two.zip
"$program" why two.zip >why.txt
for line in '  added            added' '  made executable  empty' '  removed          pkg3/mod3.py'; do
    grep -qxF "$line" why.txt || fail "why without '$line': $(cat why.txt)"
done
bundle copy --out two.zip --level 1
"$program" why two.zip | grep -q '  and before by .*level 6' || fail "why does not name the level"
mkdir -p build/dev/pipelines/bundles/level-fast
bundle copy --out build/dev/pipelines/bundles/some.copy.zip
echo new >copy/added2
bundle copy --out build/dev/pipelines/bundles/some.copy.zip
bundle copy --out build/dev/pipelines/bundles/level-fast/some.copy.zip --level fast
"$program" why some.copy >why.txt || fail "why of an id"
grep -qxF '  added            added2' why.txt && [ "$(grep -c '^build/dev/pipelines/bundles/' why.txt)" = 2 ] ||
    fail "why of an id: $(cat why.txt)"
! "$program" why other.copy 2>err.txt || fail "why of an unknown id"
grep -q "no build below build/ has made a bundle 'other.copy'" err.txt || fail "$(cat err.txt)"
rm copy/added2
! "$program" why nothing.zip 2>err.txt || fail "why of nothing"
grep -q "\[no-note\]" err.txt || fail "why of nothing: $(cat err.txt)"

# Actions that lie, are cut or empty: the blob they name is not what it should be, or is none.
for text in "" x "$(printf '%064d' 0)" "$(sha256sum <why.txt | cut -c1-64)"; do
    for action in $(actions); do printf '%s' "$text" >"$action"; done
    bundle tree --out five.zip --executable pkg1/mod1.py
    bundle tree --out one.zip
    rm -f one.zip && bundle tree --out one.zip
    cmp one.zip four.zip || fail "an action that says '$text' was believed"
done
for action in $(actions); do rm "$action" && mkdir "$action"; done
rm -f one.zip && bundle tree --out one.zip
cmp one.zip four.zip || fail "a folder in place of an action"
rm -rf "$cache" && mkdir -p "$(dirname "$cache")" && echo "no folder" >"$cache"
rm -f one.zip && bundle tree --out one.zip
cmp one.zip four.zip || fail "no cache, and another zip"
rm "$cache"

# Many at once, some killed, in the same and in other places.
for i in 1 2 3 4 5 6; do
    (for k in 1 2 3 4; do bundle tree --out "p$((i % 3)).zip" || echo "$i: exit $?" >>errors.txt; done) &
    (timeout -s KILL "0.0$((i * 7 % 9))" "$program" bundle tree --out killed.zip || true) 2>/dev/null &
done
wait
[ ! -e errors.txt ] || fail "builds at once: $(cat errors.txt)"
for i in 0 1 2; do cmp "p$i.zip" four.zip || fail "builds at once made another zip"; done
for blob in $(blobs); do
    name=$(basename "$(dirname "$blob")")$(basename "$blob")
    case $name in *stepwright*) continue ;; esac
    [ "$(sha256sum <"$blob" | cut -c1-64)" = "$name" ] || fail "builds at once left a bad blob"
done

# stats, verify, gc.
"$program" cache stats | grep -q ' bundles, ' || fail "stats"
"$program" cache verify >/dev/null || fail "verify finds fault with a good cache"
blob=$(blobs | head -1)
chmod u+w "$blob" && cp "$blob" whole && printf X | dd of="$blob" bs=1 seek=100 conv=notrunc status=none
! "$program" cache verify 2>err.txt >/dev/null || fail "verify does not see damage"
grep -q "\[damaged-blob\]" err.txt && [ ! -e "$blob" ] || fail "a damaged blob stays: $(cat err.txt)"
rm -rf "$cache"
for i in 1 2 3 4; do
    echo $i >tree/number
    STEPWRIGHT_CACHE_SIZE=100G bundle tree --out "n$i.zip"
    touch -d "2020-01-0$i" $(grep -l "$(sha256sum <"n$i.zip" | cut -c1-64)" $(actions))
done
size=$(stat -c %s n1.zip)
"$program" cache gc --max-size $((size * 2 + size / 2)) >/dev/null
[ "$(actions | wc -l)" = 2 ] || fail "gc keeps $(actions | wc -l) actions"
cat $(actions) | grep -q "$(sha256sum <n4.zip | cut -c1-64)" || fail "gc removed what was used last"
"$program" cache gc --max-size 0 >/dev/null
[ -z "$(actions)$(blobs)" ] || fail "gc to nothing keeps $(actions) $(blobs)"
[ "$("$program" cache stats --format=json | tr -d ' \n' | sed 's/.*"blobs":\([0-9]*\).*/\1/')" = 0 ] ||
    fail "stats after gc"
bad() { ! "$program" cache "$@" >/dev/null 2>err.txt && [ -s err.txt ] || fail "cache $*"; }
bad
bad sort
bad gc --max-size huge
STEPWRIGHT_CACHE=off bad stats
