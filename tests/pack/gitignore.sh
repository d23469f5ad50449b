# .bundleignore against git, which lists what its own rules keep: random trees, random patterns.
source "$(dirname "$0")/common.sh" "$1" "$2"
command -v git >/dev/null || skip "git is not on this machine"
python3 -c 'import zipfile' 2>/dev/null || skip "python3 is not on this machine"
python3 "$here/gitignore.py" "$program"
