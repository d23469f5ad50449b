"""Random edits of a tree: each time the zip made from the last one is the one made from nothing."""
import filecmp, os, random, shutil, subprocess, sys, time

program = sys.argv[1]
rng = random.Random(int(os.environ.get("SEED", "1")))


def files():
    return [os.path.join(d, f) for d, _, fs in os.walk("t") for f in fs]


def folders():
    return [d for d, _, _ in os.walk("t")]


def write(path, size=None):
    size = rng.choice([0, 1, 50, 3000, 70000, 2097152, 2097153, 5000000]) if size is None else size
    with open(path, "wb") as f:
        f.write(bytes(rng.choices(b"abcdefgh \n", k=997)) * (size // 997) + b"x" * (size % 997))


def new_name():
    return os.path.join(rng.choice(folders()), "n%d" % rng.randrange(100))


def edit():
    kind = rng.choice("edit edit edit add add remove rename chmod touch mkdir rmtree swap".split())
    path, name = rng.choice(files() or [None]), new_name()
    if kind == "add" and not os.path.exists(name):
        write(name)
    elif kind == "mkdir" and not os.path.exists(name):
        os.mkdir(name)
        write(os.path.join(name, "f"), 10)
    elif kind == "rmtree":
        where = rng.choice(folders())
        if where != "t":
            shutil.rmtree(where)
    elif path is None:
        write("t/first", 5)
    elif kind == "edit":
        write(path, rng.choice([None, os.path.getsize(path)]))
    elif kind == "remove" and len(files()) > 1:
        os.remove(path)
    elif kind == "rename" and not os.path.exists(name):
        os.rename(path, name)
    elif kind == "chmod":
        os.chmod(path, rng.choice([0o644, 0o755, 0o600]))
    elif kind == "touch":
        t = rng.choice([0, time.time() - 100, time.time() + 100])
        os.utime(path, (t, t))
    elif kind == "swap":
        other = rng.choice(files())
        for a, b in ((path, "t.tmp"), (other, path), ("t.tmp", other)):
            if os.path.exists(a):
                os.rename(a, b)
    return kind


os.mkdir("t")
for i in range(30):
    write("t/f%d" % i)
for i in range(int(os.environ.get("ROUNDS", "40"))):
    kinds = [edit() for _ in range(rng.choice([1, 1, 1, 3]))]
    if not files():
        write("t/last", 3)
    if rng.random() < 0.05:
        time.sleep(2.1)
    for out in ("inc.zip", "cold.zip"):
        env = dict(os.environ)
        if out == "cold.zip":
            env["STEPWRIGHT_CACHE"] = "off"
        subprocess.run([program, "bundle", "t", "--out", out], check=True, env=env)
    for end in ("", ".json"):
        if not filecmp.cmp("inc.zip" + end, "cold.zip" + end, shallow=False):
            sys.exit("round %d, %s: inc.zip%s is not cold.zip%s" % (i, kinds, end, end))
