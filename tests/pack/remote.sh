# A cache that a team shares over HTTP: what one machine made the other finds; what the server does wrong
# costs a warning and nothing else.
source "$(dirname "$0")/common.sh" "$1" "$2"
python3 -c 'import http.server' 2>/dev/null || skip "python3 is not on this machine"
[ -x "$(dirname "$program")/stepwright-aws" ] || skip "stepwright-aws is not built"
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY STEPWRIGHT_CACHE_PUT STEPWRIGHT_CACHE_TOKEN

server=
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    server=
}
trap stop EXIT
serve() { # fault
    stop
    rm -f port
    mkdir -p served
    python3 "$here/remote_server.py" served port "$@" &
    server=$!
    for _ in $(seq 100); do [ -e port ] || sleep 0.05; done
    export STEPWRIGHT_CACHE_URL=http://127.0.0.1:$(cat port)/team/
}
machine() { # a name: another cache of one's own
    export XDG_CACHE_HOME=$work.cache/$1
}
served() { find served -type f ! -name log | wc -l; }
quiet() { [ ! -s err.txt ] || fail "$1: $(cat err.txt)"; }

make_tree tree ""
STEPWRIGHT_CACHE=off bundle tree --out right.zip

serve
machine one
bundle tree --out one.zip 2>err.txt
quiet "the first machine"
[ "$(served)" = 2 ] || fail "the blob and its action are not shared: $(ls served)"
blob=$(find served -name 'team_cas_*')
cmp "$blob" right.zip || fail "another blob is shared"
[ "${blob##*_}" = "$(sha256sum <right.zip | cut -c1-64)" ] || fail "a blob by another name"

machine two
bundle tree --out two.zip 2>err.txt
quiet "the second machine"
cmp two.zip right.zip || fail "another zip from the shared cache"
! grep -q PUT <(tail -2 served/log) || fail "what was found is shared again"
[ "$(grep -c GET served/log)" = 3 ] || fail "requests: $(cat served/log)"
echo more >>tree/pkg1/mod1.py
bundle tree --out two.zip 2>err.txt
STEPWRIGHT_CACHE=off bundle tree --out edited.zip
cmp two.zip edited.zip || fail "an edit of a found bundle makes another zip"
[ "$(served)" = 4 ] || fail "the edit is not shared"

# Found once, it is found without the server.
rm two.zip && stop
bundle tree --out two.zip 2>err.txt
quiet "what is in the cache of one's own"

# Read only, and with a token and a password that nobody sees.
serve
machine three
echo three >tree/number
STEPWRIGHT_CACHE_PUT=off STEPWRIGHT_CACHE_TOKEN=sesame bundle tree --out three.zip 2>err.txt
quiet "a machine that only reads"
[ "$(served)" = 4 ] || fail "STEPWRIGHT_CACHE_PUT=off shares all the same"
tail -1 served/log | grep -q 'Bearer sesame' || fail "the token is not sent: $(tail -1 served/log)"
rm -rf three.zip* && machine four
STEPWRIGHT_CACHE_URL=http://me:pass@${STEPWRIGHT_CACHE_URL#http://} bundle tree --out three.zip 2>err.txt
quiet "a user and a password"
tail -1 served/log | grep -q 'Basic bWU6cGFzcw==' || fail "user and password are not sent: $(tail -1 served/log)"

# Whatever it does wrong: one warning, and the right zip.
STEPWRIGHT_CACHE=off bundle tree --out right.zip
for fault in drop 500 lie cut html readonly; do
    serve $fault
    machine "$fault"
    [ $fault != readonly ] || rm -rf served/team*
    SECONDS=0
    for out in a b; do
        rm -f $out.zip
        STEPWRIGHT_CACHE_URL=http://me:pass@${STEPWRIGHT_CACHE_URL#http://} bundle tree --out $out.zip 2>err.$out
        cmp $out.zip right.zip || fail "$fault: another zip"
        rm -rf "$XDG_CACHE_HOME"/stepwright/v1/ac
    done
    [ $SECONDS -le 8 ] || fail "$fault: it took $SECONDS s"
    grep -q "warning: the shared cache '$STEPWRIGHT_CACHE_URL' cannot be used: .* \[remote-cache\]" err.a ||
        fail "$fault: $(cat err.a)"
    [ ! -s err.b ] || fail "$fault is warned about twice: $(cat err.b)"
    ! grep -q pass err.a || fail "$fault: the password is shown"
    for blob in $(find "$XDG_CACHE_HOME" -path '*/cas/*' -type f); do
        [ "$(sha256sum <"$blob" | cut -c1-64)" = "$(basename "$(dirname "$blob")")$(basename "$blob")" ] ||
            fail "$fault: $blob is not what its name says"
    done
done
stop
machine gone
bundle tree --out gone.zip 2>err.txt
grep -q '\[remote-cache\]' err.txt && cmp gone.zip right.zip || fail "no server: $(cat err.txt)"

# An action that names another bundle's blob: both are whole, and it is not believed.
serve
machine liar
rm -rf served/team*
mkdir other && echo other >other/file
bundle other --out other.zip 2>err.txt
bundle tree --out liar.zip 2>err.txt
for action in served/team_ac_*; do printf '%s' "$(sha256sum <other.zip | cut -c1-64)" >"$action"; done
machine believer
bundle tree --out believer.zip 2>err.txt
cmp believer.zip right.zip || fail "an action that names another bundle was believed"
grep -q 'PUT /team/ac/' <(tail -1 served/log) || fail "the lie stays: $(tail -1 served/log)"

# S3, as an account of our own.
stop
fake=${3:-}
[ -x "$fake" ] || { echo "skipped: S3, there is no account to ask"; exit 0; }
export AWS_ACCESS_KEY_ID=AKIDTEST AWS_SECRET_ACCESS_KEY=secret AWS_REGION=eu-west-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
unset AWS_PROFILE AWS_SESSION_TOKEN
coproc FAKE { exec "$fake" shared; }
exec 8>&"${FAKE[1]}" 9<&"${FAKE[0]}" {FAKE[1]}>&-
read -r AWS_ENDPOINT_URL <&9
export AWS_ENDPOINT_URL STEPWRIGHT_CACHE_URL=s3://shared/a/team/
operations() { echo operations >&8 && read -r answer <&9 && echo "$answer"; }
for name in first second; do
    machine s3.$name
    rm -f s3.zip
    bundle tree --out s3.zip 2>err.txt
    quiet "S3, the $name machine"
    cmp s3.zip right.zip || fail "another zip by S3"
    operations >$name.txt
done
grep -q PutObject first.txt && ! grep -q PutObject second.txt && grep -q GetObject second.txt ||
    fail "S3 is asked: $(cat first.txt second.txt)"
machine s3.none
rm s3.zip
STEPWRIGHT_CACHE_URL=s3://elsewhere bundle tree --out s3.zip 2>err.txt
cmp s3.zip right.zip || fail "another zip without a bucket"
machine s3.poor
rm s3.zip
env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY "$program" bundle tree --out s3.zip 2>err.txt
grep -q "the shared cache 's3://shared/a/team/' cannot be used: .*redentials.* \[remote-cache\]" err.txt ||
    fail "no credentials: $(cat err.txt)"
cmp s3.zip right.zip || fail "another zip without credentials"
exec 8>&-
