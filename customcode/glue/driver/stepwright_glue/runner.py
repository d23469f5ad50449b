"""Runs a job's steps in order. What a step makes is a table for those behind it."""

import logging
import time

from stepwright_glue.handlers import HANDLERS
from stepwright_glue.job import JobError

log = logging.getLogger("stepwright_glue")


class Context:
    """What handlers work with: the engine (Spark), the job, and the tables made so far."""

    def __init__(self, engine, job):
        self.engine = engine
        self.job = job
        self.frames = {}
        self.families = {}  # of steps that made several tables: {step: {name: frame}}

    def add(self, name, frame):
        self.engine.register(name, frame)
        self.frames[name] = frame

    def add_family(self, name, frames):
        for part, frame in frames.items():
            self.add(f"{name}_{part}", frame)
        self.families[name] = frames

    def frame(self, name):
        if name in self.frames:
            return self.frames[name]
        if name in self.families:
            raise JobError(f"'{name}' made several tables; name one: "
                           + ", ".join(f"{name}_{part}" for part in self.families[name]))
        raise JobError(f"no step made a table '{name}'")

    def family(self, name):
        """{name: frame} of a step, whether it made one table or several."""
        return self.families[name] if name in self.families else {name: self.frame(name)}


class StepFailed(Exception):
    """A step failed; the cause is attached."""


def run_job(job, engine):
    """Runs all steps; raises StepFailed at the first that fails. Returns the context."""
    context = Context(engine, job)
    for step in job.steps:
        handler = HANDLERS.get(step.type)
        if handler is None:
            raise StepFailed(f"{step}: the driver knows no such type")
        log.info("%s begins", step)
        began = time.monotonic()
        try:
            handler(step, context)
        except Exception as error:
            raise StepFailed(f"{step}: {error}") from error
        log.info("%s took %.1f s", step, time.monotonic() - began)
    return context
