"""Compares what a bundle holds with `git ls-files --exclude-per-directory` on random trees."""
import os, random, re, shutil, subprocess, sys, zipfile

program = sys.argv[1]
rounds = int(os.environ.get("ROUNDS", "60"))
NAMES = ["a", "b", "ab", "ba", "a.c", "b.c", "a b", "c-", "[a]", "!a", "#b", "a*", "abc"]
PIECES = ["a", "b", "c", "*", "?", "**", "[ab]", "[!a]", "[a-c]", ".c", "\\*", "ab", "a b", "-"]


def pattern(rng):
    if rng.random() < 0.1:
        return rng.choice(["", "#a", "\\#b", "\\!a", "/", "a  ", "a b\\ ", "**", "*/", "/*", "!*/"])
    parts = []
    for _ in range(rng.choice([1, 1, 1, 2, 2, 3])):
        parts.append(
            "**" if rng.random() < 0.2 else "".join(rng.choice(PIECES) for _ in range(rng.choice([1, 1, 2])))
        )
    text = "/".join(parts)
    if rng.random() < 0.3:
        text = "/" + text
    if rng.random() < 0.25:
        text += "/"
    if rng.random() < 0.25:
        text = "!" + text
    # git takes the letters in front off before it looks, and then sees "**" at the start of "b**/a"
    return pattern(rng) if re.search(r"[^/]\*\*+/", text) else text


def make_tree(rng, where, depth):
    os.makedirs(where)
    for name in rng.sample(NAMES, rng.randint(2, 5)):
        path = os.path.join(where, name)
        if depth and rng.random() < 0.5:
            make_tree(rng, path, depth - 1)
        else:
            open(path, "w").close()
    if rng.random() < (1 if depth == 3 else 0.2):
        with open(os.path.join(where, ".bundleignore"), "w") as f:
            f.write("".join(pattern(rng) + "\n" for _ in range(rng.randint(1, 6))))


def without_rules(names):
    return sorted(n for n in names if n and os.path.basename(n) != ".bundleignore")


def kept_by_git():
    out = subprocess.run(
        ["git", "--git-dir=git", "--work-tree=tree", "-c", "core.quotePath=false", "ls-files", "-z", "-o",
         "--exclude-per-directory=.bundleignore"], check=True, capture_output=True).stdout
    return without_rules(out.decode().split("\0"))


def kept_by_us():
    run = subprocess.run([program, "bundle", "tree", "--out", "x.zip"], capture_output=True, text=True)
    if run.returncode == 0:
        return without_rules(zipfile.ZipFile("x.zip").namelist())
    if "[empty-bundle]" in run.stderr:
        return []
    return run.stderr


subprocess.run(["git", "--git-dir=git", "--work-tree=.", "init", "-q"], check=True)
for seed in range(rounds):
    rng = random.Random(seed)
    shutil.rmtree("tree", ignore_errors=True)
    make_tree(rng, "tree", 3)
    git, us = kept_by_git(), kept_by_us()
    if git != us:
        print(f"tree {seed}: git keeps {git}\nwe keep {us}")
        if isinstance(us, list):
            print("only git:", sorted(set(git) - set(us)), "only we:", sorted(set(us) - set(git)))
        sys.exit(1)
print(f"{rounds} trees, the same files")
