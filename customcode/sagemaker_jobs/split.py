"""Splits CSV files into a part to train on and a part to validate with.

Runs as a SageMaker processing job, which puts the script's input and output into folders. A row's
part follows from its text alone, so the same data is split the same way every time.
"""

import argparse
import hashlib
import pathlib

FOLDER = pathlib.Path("/opt/ml/processing")


def belongs_to_validation(row, share):
    digest = hashlib.sha256(row.rstrip("\r\n").encode()).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32


def split(source, train, validation, share):
    """Writes each file below `source` to both folders, row by row; returns the rows of each part."""
    counts = [0, 0]
    for file in sorted(source.rglob("*.csv")):
        name = file.relative_to(source)
        for folder in (train, validation):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with file.open() as rows, (train / name).open("w") as a, (validation / name).open("w") as b:
            for row in rows:
                part = belongs_to_validation(row, share)
                counts[part] += 1
                (a, b)[part].write(row)
    return tuple(counts)


def main(arguments=None, folder=FOLDER):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=0.2, help="what goes to validation, 0 to 1")
    share = parser.parse_args(arguments).share
    if not 0 <= share <= 1:
        parser.error(f"--share is {share}; expected 0 to 1")
    out = folder / "output"
    counts = split(folder / "input" / "data", out / "train", out / "validation", share)
    if not any(counts):
        raise SystemExit("there is no row to split")
    print(f"{counts[0]} rows to train on, {counts[1]} to validate with")


if __name__ == "__main__":
    main()
