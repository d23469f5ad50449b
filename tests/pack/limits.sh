# Sizes that hurt: very many files, a file much too large, a zip of more than 65,535 members, and
# little memory for all of it.
source "$(dirname "$0")/common.sh" "$1" "$2"

mkdir huge
truncate -s 3G huge/model.bin
SECONDS=0
! bundle huge --out x.zip 2>out.txt || fail "3 GB were packed"
[ $SECONDS -le 2 ] || fail "it took $SECONDS s to see that 3 GB are too much"
grep -qF "holds 3221225472 bytes; AWS Lambda allows 262144000 unpacked [too-large]" out.txt ||
    fail "$(cat out.txt)"

mkdir many
(cd many && for i in $(seq 0 99); do mkdir "d$i" && (cd "d$i" && seq 0 999 | xargs touch); done)
if command -v /usr/bin/time >/dev/null; then
    /usr/bin/time -f '%M %U %S' -o memory.txt "$program" bundle many --out many.zip --depfile many.d
    read -r memory user system <memory.txt
    [ "$memory" -le 65536 ] || echo "100,000 files took $memory KiB"
    case $program in
    *asan* | *tsan*) ;; # sanitizers keep more for themselves, and take their time
    *) [ "$memory" -le 65536 ] || fail "more than 64 MiB for 100,000 files"
        awk "BEGIN { exit !($user + $system < 8) }" || fail "100,000 files took $user + $system s" ;;
    esac
else
    bundle many --out many.zip --depfile many.d
fi
grep -q '"files": 100000' many.zip.json || fail "$(cat many.zip.json)"
if command -v unzip >/dev/null; then
    [ "$(unzip -Z1 many.zip | wc -l)" = 100000 ] || fail "unzip sees another number of members"
fi
if command -v python3 >/dev/null; then
    python3 -c 'import zipfile; z = zipfile.ZipFile("many.zip"); assert len(z.namelist()) == 100000' ||
        fail "python does not read it"
fi
rm -rf many

# What fits into each zip may be too much for a function with its layers: `link` says where it stands.
mkdir -p pipeline/configs pipeline/customcode/code pipeline/customcode/layer bundles
echo 'def handler(event, context): pass' >pipeline/customcode/code/lambda_function.py
cat >pipeline/configs/large.yaml <<'END'
aws_resources:
  - name: packages
    type: lambda_layer
    config: {layer_entry: customcode/layer, runtime: python3.12}
groups:
  - name: work
    jobs:
      - name: greet
        type: lambda_function
        config: {entry: customcode/code, runtime: python3.12, layer_ref: [packages]}
END
(cd pipeline && "$program" compile configs/large.yaml --stage dev --out ../made)
for id in $(sed -n 's/.*"id": "\(.*\)".*/\1/p' made/large.assets.json); do
    printf '{"sha256": "%064d", "bytes": 10, "unpacked_bytes": 200000000, "files": 1}' 0 >"bundles/$id.zip.json"
done
! "$program" link made/large.assets.json --bundles bundles --out made 2>out.txt || fail "link takes 400 MB"
grep -qF "function 'GreetFunction' (configs/large.yaml:8) has 400000000 bytes unpacked with its layers" out.txt ||
    fail "link: $(cat out.txt)"
[ ! -e made/large.template.json ] || fail "a template is written all the same"
