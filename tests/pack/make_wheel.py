"""Makes small wheels in a folder: one pure, and three of a "native" package, by platform."""
import os, sys, zipfile

where = sys.argv[1]
os.makedirs(where, exist_ok=True)


def wheel(name, version, tag, files):
    info = f"{name}-{version}.dist-info"
    files = dict(files)
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    pure = "true" if tag.endswith("any") else "false"
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {pure}\nTag: {tag}\n"
    files[f"{info}/RECORD"] = "".join(f"{n},,\n" for n in files) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(os.path.join(where, f"{name}-{version}-{tag}.whl"), "w") as z:
        for path in sorted(files):
            z.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), files[path])


wheel("stepwright_probe", "1.0", "py3-none-any", {
    "stepwright_probe/__init__.py": "VALUE = 1\n",
    "stepwright_probe-1.0.dist-info/entry_points.txt": "[console_scripts]\nprobe = stepwright_probe:main\n",
})
for platform in ("manylinux2014_x86_64", "manylinux_2_28_x86_64", "manylinux_2_28_aarch64"):
    wheel("stepwright_native", "1.0", f"py3-none-{platform}", {
        "stepwright_native/__init__.py": "",
        "stepwright_native/where": platform,
    })
