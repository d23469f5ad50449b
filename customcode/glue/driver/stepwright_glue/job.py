"""The job as the compiler wrote it (JSON), with the arguments of this run filled in."""

import json
import re
from dataclasses import dataclass, field

VERSION = 1
_ARGUMENT = re.compile(r"\$\{([^}]*)\}")


class JobError(Exception):
    """The job cannot be run as it is; the message is for its author."""


@dataclass
class Step:
    name: str
    type: str
    config: dict
    at: str = ""  # "customcode/glue/glue_jobs/x.yaml:12"

    def __str__(self):
        place = f" ({self.at})" if self.at else ""
        return f"step '{self.name}' [{self.type}]{place}"


@dataclass
class Job:
    name: str
    steps: list
    pipeline: str = ""
    stage: str = ""
    arguments: dict = field(default_factory=dict)


def parse_arguments(argv):
    """{"day": "2030-01-01"} of ["--day", "2030-01-01"] or ["--day=2030-01-01"]."""
    out = {}
    i = 0
    while i < len(argv):
        word = argv[i]
        i += 1
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        if not equals and i < len(argv) and not argv[i].startswith("--"):
            value = argv[i]
            i += 1
        out[name] = value
    return out


def fill_in(value, arguments):
    """${name} in every string of the data."""
    if isinstance(value, str):
        return _ARGUMENT.sub(lambda m: _argument(m.group(1), arguments), value)
    if isinstance(value, list):
        return [fill_in(v, arguments) for v in value]
    if isinstance(value, dict):
        return {k: fill_in(v, arguments) for k, v in value.items()}
    return value


def _argument(name, arguments):
    if name not in arguments:
        raise JobError(f"the run was started without the argument --{name}")
    return arguments[name]


def read_job(text, given):
    """The job in `text` with what `given`, the run's arguments, say."""
    document = json.loads(text)
    version = document.get("version")
    if version != VERSION:
        raise JobError(f"the job file has version {version}; this driver knows {VERSION}")
    known = {name: given[name] for name in document.get("arguments", []) if name in given}
    steps = [
        Step(s["name"], s["type"], fill_in(s["config"], known), s.get("at", ""))
        for s in document["steps"]
    ]
    return Job(
        name=document.get("job", ""),
        steps=steps,
        pipeline=document.get("pipeline", ""),
        stage=document.get("stage", ""),
        arguments=known,
    )
