# A zip made from the last one is the zip that is made from nothing: after every kind of edit, and
# whatever became of the index.
source "$(dirname "$0")/common.sh" "$1" "$2"
python3 -c '' 2>/dev/null || skip "python3 is not on this machine"
make_tree tree ""
sleep 2.2 # the index does not believe what is younger

check() { # what
    bundle tree --out one.zip --depfile one.d
    rm -f cold.zip*
    STEPWRIGHT_CACHE=off bundle tree --out cold.zip
    cmp one.zip cold.zip || fail "$1: another zip than from nothing"
    cmp one.zip.json cold.zip.json || fail "$1: another record than from nothing"
}

check "first"
index=$(echo "$XDG_CACHE_HOME"/stepwright/v1/idx/*)
[ -f "$index" ] || fail "no index"
check "nothing changed"
stamp() { stat -c '%Y %Z %i' one.zip one.zip.json "$index" one.d; }
before=$(stamp)
check "nothing changed, again"
[ "$(stamp)" = "$before" ] || fail "nothing changed, and something was written"

find tree -type f -exec touch {} +
check "touched"
echo new >tree/added
check "added"
echo newer >tree/added
check "edited"
printf '%s' "$(tr 1 2 <tree/large.txt)" >tree/large.txt
check "large file edited"
truncate -s 5000000 tree/large.txt
check "large file cut"
chmod +x tree/added
check "made executable"
chmod 644 tree/pkg1/tool
check "made plain"
mv tree/added tree/renamed
check "renamed"
rm tree/empty
check "removed"
rm tree/renamed && mkdir tree/renamed && echo x >tree/renamed/x
check "a folder in place of a file"
rm -r tree/renamed && echo x >tree/renamed
check "a file in place of a folder"
echo '*.txt' >tree/.bundleignore
check "ignored"
rm tree/.bundleignore
check "not ignored"
ln -sfn pkg3 tree/linked
check "link led elsewhere"
cp -p tree/pkg1/mod1.py tree/pkg1/mod1.new && echo 1 >>tree/pkg1/mod1.new &&
    touch -r tree/pkg1/mod1.py tree/pkg1/mod1.new && mv tree/pkg1/mod1.new tree/pkg1/mod1.py
check "replaced, with the same time"

# The index is a cache: nothing that happens to it shows.
for damage in 'truncate -s -1' 'truncate -s 0' 'truncate -s 100' 'rm' 'cp one.zip'; do
    $damage "$index"
    check "index: $damage"
done
for at in 0 9 20 60 200 400 3000; do
    printf 'X' | dd of="$index" bs=1 seek=$at conv=notrunc status=none
    check "index: byte $at"
done
cp "$index" kept.idx
echo edit >>tree/pkg2/mod2.py
check "edit"
cp kept.idx "$index"
check "index of an older zip"
printf 'X' | dd of=one.zip bs=1 seek=5000 conv=notrunc status=none
check "zip damaged"
rm one.zip
check "zip gone"
rm one.zip.json one.d
check "record and depfile gone"
[ -f one.d ] || fail "the depfile did not come back"
bundle tree --out one.zip --level 1
bundle tree --out cold1.zip --level 1
cmp one.zip cold1.zip || fail "another level: another zip than from nothing"
bundle tree --out one.zip --executable pkg2/mod2.py
cmp -s one.zip cold1.zip && fail "another executable does not show"
ROUNDS=${ROUNDS:-40} python3 "$here/incremental.py" "$program"
