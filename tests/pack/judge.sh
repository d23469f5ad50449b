# The zip passes a foreign reader's test and unpacks to the tree that went in.
source "$(dirname "$0")/common.sh" "$1" "$2"
judge=$3
case $judge in
unzip) command -v unzip >/dev/null || skip "unzip is not on this machine" ;;
python) python3 -c 'import zipfile, zlib' 2>/dev/null || skip "python3 is not on this machine" ;;
bsdtar) command -v bsdtar >/dev/null || skip "bsdtar is not on this machine" ;;
esac

make_tree tree ""
bundle tree --out x.zip
mkdir unpacked
case $judge in
unzip)
    unzip -tq x.zip
    LC_ALL=C.UTF-8 unzip -q x.zip -d unpacked
    ;;
python)
    python3 - <<'END'
import os, zipfile
z = zipfile.ZipFile("x.zip")
assert z.testzip() is None, z.testzip()
names = [i.filename for i in z.infolist()]
assert names == sorted(names, key=lambda n: n.encode()), "not sorted"
for i in z.infolist():
    assert i.date_time == (1980, 1, 1, 0, 0, 0), i
    assert i.extra == b"" and i.comment == b"" and i.create_system == 3, i
    assert i.flag_bits & 0x800, i
    assert i.external_attr >> 16 in (0o100644, 0o100755), i
    assert i.compress_size <= i.file_size, i
    path = z.extract(i, "unpacked")
    os.chmod(path, i.external_attr >> 16)
END
    ;;
bsdtar) LC_ALL=C.UTF-8 bsdtar -xf x.zip -C unpacked ;;
esac

rm -rf tree/pkg1/__pycache__
diff -r tree unpacked || fail "$judge unpacks another tree"
for name in bootstrap pkg1/tool; do
    [ -x "unpacked/$name" ] || fail "$name is not executable"
done
[ ! -x unpacked/empty ] || fail "empty is executable"
[ ! -L unpacked/linked ] && [ -f unpacked/linked/mod2.py ] || fail "a link was not kept as files"
