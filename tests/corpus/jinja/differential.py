#!/usr/bin/env python3
"""Templates of the kind that configurations hold, made at random but always the same, rendered by
python3-jinja2 and by ours: the same text, or an error from both.

    differential.py RUNNER DIR [COUNT [SEED]]

writes COUNT cases with Jinja's results to DIR/cases.jsonl and lets RUNNER (corpus_jinja) judge. Ends
with 77 where jinja2 is missing."""
import json
import os
import random
import subprocess
import sys

try:
    import jinja2
except ImportError:
    print("skipped: python3-jinja2 is not installed")
    sys.exit(77)

CONTEXT = {
    "stage": "prod", "region": "eu-west-1", "account": "123456789012", "count": 3, "zero": 0,
    "ratio": 2.5, "tiny": 1e-7, "debug": False, "enabled": True, "nothing": None, "empty": "",
    "title": "Nightly orders <b>&</b> 'reviews'", "path": "s3://bucket/in/2024/file.csv",
    "multi": "first line\nsecond line\n\n  fourth\n", "padded": "  x y\t", "umlaut": "Größe à 3 €",
    "names": ["beta", "Alpha", "gamma", "alpha", "Beta"], "numbers": [5, 3, 9, 3, -1, 0],
    "floats": [1.5, 2.0, -0.25, 1e21], "mixed": [1, "a", None, 2.5, True, [1], {"k": "v"}],
    "nested": [[1, 2], [3], []], "pairs": [["a", 1], ["b", 2], ["c", 3]],
    "tags": {"team": "data", "Cost-Center": "A1", "env": "prod", "n": 7},
    "app": {"name": "orders", "replicas": 3, "ports": [80, 443], "owner": None,
            "labels": {"tier": "backend", "zone": "b"}, "items": ["shadow"], "enabled": True},
    "jobs": [
        {"name": "extract", "type": "glue", "workers": 5, "after": [], "timeout": 60, "on": True},
        {"name": "clean", "type": "lambda", "workers": 2, "after": ["extract"], "on": False},
        {"name": "Load", "type": "glue", "workers": 5, "after": ["clean"], "timeout": 30, "on": True},
        {"name": "notify", "type": "sns", "workers": 1, "after": ["Load", "clean"], "on": True,
         "config": {"topic": "done", "retries": 2}},
    ],
}
OPTIONS = [{}, {"trim_blocks": True, "lstrip_blocks": True}, {"trim_blocks": True},
           {"undefined": "strict", "trim_blocks": True, "lstrip_blocks": True,
            "keep_trailing_newline": True},
           {"undefined": "strict"}, {"undefined": "chainable"}, {"undefined": "debug"},
           {"autoescape": True}, {"extensions": ["do", "loopcontrols"]},
           {"lstrip_blocks": True, "keep_trailing_newline": True}]
UNDEFINED = {"default": jinja2.Undefined, "strict": jinja2.StrictUndefined,
             "chainable": jinja2.ChainableUndefined, "debug": jinja2.DebugUndefined}
PARTS = {
    "macros.j2": "{% macro tag(k, v='none') %}{{ k }}: {{ v }}{% endmacro %}\n"
                 "{% macro step(job) -%}\n- name: {{ job.name }}\n  workers: {{ job.workers }}\n"
                 "{%- if caller %}\n  note: {{ caller(job.name) }}{% endif %}\n{%- endmacro %}\n"
                 "{% set version = '1.' ~ 2 %}{% macro all() %}{{ varargs|join('+') }}/"
                 "{{ kwargs|dictsort }}{% endmacro %}",
    "part.yaml": "part: {{ stage|default('no stage') }}{% if x is defined %} {{ x }}{% endif %}\n",
    "base.yaml": "name: {% block name %}base{% endblock %}\n"
                 "{% block body scoped %}body: {{ count }}{% endblock %}\n"
                 "{% for i in numbers[:2] %}{% block each scoped %}[{{ i }}]{% endblock %}"
                 "{% endfor %}\n",
    "broken.yaml": "{% if %}",
}


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.locals = []
        self.loops = 0

    def pick(self, *choices):
        return self.r.choice(choices)

    def chance(self, p):
        return self.r.random() < p

    # Expressions

    def text_literal(self):
        return self.pick("'a'", '"it\'s"', "'x-y_z'", "''", "'%s-%s'", "'one two  three'", "'Ünï'",
                         "'{}'", "'a,b,,c'", "'10'", "'2.50'", "'0x1f'", "'Hello World'",
                         "'line\\nbreak\\ttab'", "'<i>'", "'true'")

    def string(self, d):
        if d <= 0:
            return self.pick(self.text_literal(), "stage", "region", "title", "path", "umlaut",
                             "multi", "padded", "app.name", "jobs[0].name", "empty", "account")
        s, n = self.string, self.number
        return self.pick(
            lambda: s(0), lambda: s(0), lambda: s(0),
            lambda: f"{s(d-1)} ~ {self.any(d-1)}",
            lambda: f"{s(d-1)} + {s(d-1)}",
            lambda: f"{s(d-1)} * {self.small()}",
            lambda: f"({s(d-1)} if {self.truth(d-1)} else {s(d-1)})",
            lambda: f"({s(d-1)})[{self.index()}]",
            lambda: f"({s(d-1)})[{self.small()}:{self.pick('', '-1', '4')}]",
            lambda: f"{s(0)}|{self.text_filter(d)}",
            lambda: f"({s(d-1)})|{self.text_filter(d)}",
            lambda: f"({s(d-1)}).{self.text_method(d)}",
            lambda: f"{self.list(d-1)}|join({self.pick('', repr(', '), repr('-'), 'd=' + repr('|'))})",
            lambda: f"({self.any(d-1)})|string",
            lambda: f"({self.data(d-1)})|tojson{self.pick('', '', '(2)', '(indent=1)')}",
            lambda: f"({self.data(d-1)})|pprint",
            lambda: f"'%s/%d'|format({s(d-1)}, {n(d-1)})",
            lambda: f"'%05.1f %x %-6s|' % ({n(d-1)}, {self.small()}, {s(0)})",
            lambda: f"'{{}} {{:>8}} {{!r}}'.format({s(0)}, {s(0)}, {s(0)})",
            lambda: f"'{{a:<6}}|{{b:05d}}|{{c:.2f}}'.format(a={s(0)}, b={self.small()}, c={n(d-1)})",
            lambda: f"({n(d-1)})|filesizeformat{self.pick('', '(true)')}",
        )()

    def text_filter(self, d):
        return self.pick(
            "upper", "lower", "title", "capitalize", "trim", "trim('x')", "replace('a', 'b')",
            "replace('e', '', 1)", "indent(2)", "indent(3, true)", "indent(2, blank=true)",
            "truncate(8)", "truncate(6, true, '')", "truncate(9, false, '..', 0)", "center(11)",
            "wordwrap(7)", "wordwrap(5, false)", "urlencode", "escape", "e", "safe", "striptags",
            "default('dflt')", "default('dflt', true)", "d(1)", "reverse", "first", "last",
            "replace('l', stage)", "forceescape", "urlize", "list|join('.')", "string",
            f"replace({self.string(0)}, {self.string(0)})")

    def text_method(self, d):
        return self.pick(
            "upper()", "lower()", "title()", "strip()", "lstrip('s')", "rstrip('xyz')",
            "replace('e', 'E')", "capitalize()", "swapcase()", "zfill(8)", "center(9, '*')",
            "ljust(7) ~ '|'", "rjust(7, '0')", "partition('-')[0]", "rpartition('/')[2]",
            "removeprefix('s3://')", "removesuffix('.csv')", "format(1, 2)", "expandtabs(4)",
            "split('/')[-1]", "rsplit('-', 1)[0]", "splitlines()[0]", "casefold()")

    def small(self):
        return self.pick("0", "1", "2", "3", "4", "count", "zero", "-1", "-2")

    def index(self):
        return self.pick("0", "1", "-1", "2", "7", "count")

    def number(self, d):
        if d <= 0:
            return self.pick("0", "1", "2", "7", "10", "-3", "1.5", "0.1", "2.0", "1e3", "count",
                             "ratio", "zero", "app.replicas", "jobs[0].workers", "1_000", "0xff",
                             "9007199254740993", "tiny")
        n = self.number
        return self.pick(
            lambda: n(0), lambda: n(0),
            lambda: f"{n(d-1)} {self.pick('+', '-', '*', '/', '//', '%')} {n(d-1)}",
            lambda: f"({n(d-1)} {self.pick('+', '-', '*')} {n(d-1)})",
            lambda: f"{self.pick('2', '1.5', 'count', '7')} ** ({self.small()})",  # Jinja forgets brackets around -2
            lambda: f"-{n(0)}",
            lambda: f"({n(d-1)})|round({self.pick('', '1', '2', '-1', '0, ' + repr('floor'), '1, ' + repr('ceil')) })",
            lambda: f"({self.any(d-1)})|int({self.pick('', '-1', 'default=5', 'base=16')})",
            lambda: f"({self.any(d-1)})|float({self.pick('', '0.5')})",
            lambda: f"({n(d-1)})|abs",
            lambda: f"({self.pick(self.list, self.string, self.dict)(d-1)})|{self.pick('length', 'count')}",
            lambda: f"{self.numbers()}|{self.pick('sum', 'min', 'max', 'first', 'last')}",
            lambda: f"jobs|sum(attribute='workers')",
            lambda: f"({self.string(d-1)})|wordcount",
            lambda: f"({self.string(d-1)}).{self.pick('count', 'find', 'rfind')}({self.text_literal()})",
            lambda: f"({self.list(d-1)}).{self.pick('count', 'index')}({self.any(0)})",
        )()

    def numbers(self):
        return self.pick("numbers", "[3, 1, 2]", "range(5)", "range(1, 9, 3)|list", "floats",
                         "numbers|select('odd')|list", "nested[0]", "[]")

    def list(self, d):
        if d <= 0:
            return self.pick("names", "numbers", "mixed", "nested", "pairs", "[]", "['x', 'y']",
                             "[1, 2.0, 'c']", "app.ports", "jobs[3].after", "(1, 'b')", "range(4)|list")
        li = self.list
        return self.pick(
            lambda: li(0), lambda: li(0),
            lambda: f"[{self.any(d-1)}, {self.any(d-1)}]",
            lambda: f"{li(d-1)} + {li(d-1)}",
            lambda: f"({li(d-1)})[{self.pick('1:', ':2', '::-1', '::2', '-2:', '1:-1', ':')}]",
            lambda: f"{self.numbers()}|sort{self.pick('', '(reverse=true)')}",
            lambda: f"names|sort{self.pick('', '(case_sensitive=true)', '(true)')}",
            lambda: f"names|unique{self.pick('', '(true)')}|list",
            lambda: f"({li(d-1)})|{self.pick('list', 'reverse|list', 'sort', 'unique|list')}",
            lambda: f"({li(d-1)})|map('{self.pick('string', 'upper', 'length', 'int', 'list', 'first')}')|list",
            lambda: f"jobs|map(attribute='{self.pick('name', 'workers', 'config.topic', 'nope', 'after.0')}'"
                    f"{self.pick('', ', default=' + self.text_literal())})|list",
            lambda: f"jobs|{self.pick('selectattr', 'rejectattr')}('{self.pick('on', 'timeout', 'config')}'"
                    f"{self.pick('', ', ' + repr('defined'))})|map(attribute='name')|list",
            lambda: f"jobs|selectattr('{self.pick('type', 'name')}', '{self.pick('eq', 'ne', 'in', 'lt', '==')}', "
                    f"{self.pick(repr('glue'), repr('Load'), '[' + repr('sns') + ']')})|map(attribute='name')|list",
            lambda: f"({li(d-1)})|{self.pick('select', 'reject')}({self.pick('', repr('string'), repr('number'), repr('none'), repr('defined'))})|list",
            lambda: f"jobs|sort(attribute='{self.pick('name', 'workers,name', 'type,workers')}')|map(attribute='name')|list",
            lambda: f"jobs|groupby('{self.pick('type', 'workers', 'on')}')|map(attribute='grouper')|list",
            lambda: f"({li(d-1)})|batch({self.pick('2', '3, 0')})|list",
            lambda: f"({li(d-1)})|slice({self.pick('2', '3, ' + repr('-'))})|list",
            lambda: f"({self.dict(d-1)})|dictsort{self.pick('', '(true)', '(false, ' + repr('value') + ')', '(reverse=true)')}",
            lambda: f"({self.dict(d-1)})|items|list",
            lambda: f"({self.dict(d-1)}).{self.pick('items', 'keys', 'values')}()|list",
            lambda: f"({self.string(d-1)}).split({self.pick('', repr(','), repr('-'), repr(' ') + ', 1')})",
            lambda: f"({self.string(d-1)})|list",
        )()

    def dict(self, d):
        if d <= 0:
            return self.pick("tags", "app", "app.labels", "jobs[3].config", "{}", "{'a': 1, 'b': [2]}",
                             "dict(x=1, y='z')", "jobs[0]")
        return self.pick(
            lambda: self.dict(0), lambda: self.dict(0),
            lambda: f"{{{self.text_literal()}: {self.any(d-1)}, {self.pick('1', 'none', 'true', repr('k'))}: {self.any(d-1)}}}",
            lambda: f"dict({self.dict(d-1)}, extra={self.any(d-1)})",
            lambda: f"dict({self.dict(0)}, **{self.dict(0)})",
            lambda: "dict(pairs)",
        )()

    def truth(self, d):
        if d <= 0:
            return self.pick("true", "false", "debug", "enabled", "nothing", "empty", "names", "count",
                             "missing", "app.owner", "zero")
        t = self.truth
        test = self.pick("defined", "undefined", "none", "string", "number", "integer", "float",
                         "boolean", "mapping", "sequence", "iterable", "true", "false", "upper",
                         "lower", "escaped", "callable")
        return self.pick(
            lambda: t(0),
            lambda: f"not {t(d-1)}",
            lambda: f"({t(d-1)} {self.pick('and', 'or')} {t(d-1)})",
            lambda: f"{self.any(d-1)} {self.pick('==', '!=')} {self.any(d-1)}",
            lambda: f"{self.number(d-1)} {self.pick('<', '<=', '>', '>=')} {self.number(d-1)}",
            lambda: f"{self.small()} < {self.number(d-1)} <= {self.small()}",
            lambda: f"{self.any(0)} {self.pick('in', 'not in')} {self.pick(self.list, self.dict)(d-1)}",
            lambda: f"{self.string(0)} {self.pick('in', 'not in')} {self.string(d-1)}",
            lambda: f"{self.name()} is {self.pick('', 'not ')}{test}",
            lambda: f"({self.any(d-1)}) is {self.pick('', 'not ')}{test}",
            lambda: f"({self.number(d-1)}) is {self.pick('odd', 'even', 'divisibleby 3', 'divisibleby(2)')}",
            lambda: f"({self.any(d-1)}) is {self.pick('eq', 'ne', 'in')} {self.pick('(1)', 'names', '(3)', 'stage')}",
            lambda: f"({self.string(d-1)}).{self.pick('startswith', 'endswith')}({self.text_literal()})",
            lambda: f"({self.string(d-1)}).{self.pick('isdigit', 'isalpha', 'isupper', 'islower', 'isalnum', 'isspace')}()",
        )()

    def name(self):
        known = ["stage", "count", "names", "app.name", "app.labels.tier", "jobs[1].timeout",
                 "missing", "app.nope", "tags['team']", "tags.nope", "names[9]", "nothing", "ratio",
                 "app['name']", "app.labels['x' ~ 'y']", "jobs[0].after[0]", "missing.deep",
                 "tags.get('env')", "tags.get('x', 'y')", "app.get('owner')"]
        return self.r.choice(known + self.locals * 3)

    def data(self, d):
        return self.pick(self.list, self.dict, self.string, self.number)(d)

    def any(self, d):
        return self.pick(self.string, self.number, self.list, self.dict, self.truth,
                         lambda _: self.name(), lambda _: self.name())(d)

    # Statements

    def open(self):
        return self.pick("{%", "{%", "{%", "{%-", "{%+")

    def close(self):
        return self.pick("%}", "%}", "%}", "-%}", "%}\n", "-%}\n")

    def block(self, text):
        return f"{self.open()} {text} {self.close()}"

    def output(self, d):
        e = self.any(d)
        if self.chance(0.25):
            e += "|" + self.pick("upper", "default('x')", "tojson", "length", "string", "trim", "lower")
        return f"{self.pick('{{', '{{', '{{-')} {e} {self.pick('}}', '}}', '-}}')}"

    def plain(self):
        return self.pick("key: ", "\n", "  - ", "\n\n", "name: value\n", "  nested:\n    deep: 1\n",
                         "# a comment\n", " ", "arn:aws:sns:", "{# note #}", "{#- note -#}\n", "\t",
                         "ünïcode ", "a%b", "{ x }", "$.path ", "\r\n")

    def body(self, d):
        return "".join(self.statement(d) for _ in range(self.r.randint(1, 3)))

    def inside(self, names, d):
        kept = list(self.locals)
        self.locals += names
        text = self.body(d)
        self.locals = kept
        return text

    def loop(self, d):
        target, items, names = self.pick(
            ("j", "jobs", ["j.name", "j.workers", "j.after", "j.timeout", "j"]),
            ("n", "names", ["n"]), ("i", self.numbers(), ["i"]),
            ("k, v", "tags.items()", ["k", "v"]), ("k, v", "app.labels|dictsort", ["k", "v"]),
            ("a, b", "pairs", ["a", "b"]), ("g, js", "jobs|groupby('type')", ["g", "js|length"]),
            ("x", self.list(1), ["x"]), ("c", "stage", ["c"]), ("m", "missing", ["m"]),
            ("x", self.any(1), ["x"]), ("k", "tags", ["k"]))
        test = f" if {self.truth(1)}" if self.chance(0.25) else ""
        names = names + ["loop.index", "loop.index0", "loop.first", "loop.last", "loop.length",
                         "loop.revindex", "loop.revindex0", "loop.cycle('a', 'b')", "loop.depth",
                         "loop.previtem|default('-')", "loop.nextitem|default('-')",
                         "loop.changed(1)"]
        self.loops += 1
        inner = self.inside(names, d - 1)
        self.loops -= 1
        other = self.block("else") + self.body(d - 1) if self.chance(0.15) else ""
        return self.block(f"for {target} in {items}{test}") + inner + other + self.block("endfor")

    def condition(self, d):
        text = self.block(f"if {self.truth(2)}") + self.body(d - 1)
        if self.chance(0.3):
            text += self.block(f"elif {self.truth(2)}") + self.body(d - 1)
        if self.chance(0.4):
            text += self.block("else") + self.body(d - 1)
        return text + self.block("endif")

    def assignment(self, d):
        name = self.pick("x", "y", "prefix", "total", "stage", "_hidden")
        self.locals.append(name)
        return self.block(f"set {name} = {self.any(2)}")

    def macro(self, d):
        name = self.pick("m", "item", "line")
        parameters = self.pick("a", "a, b='z'", "a=1, b=a", "")
        kept = list(self.locals)
        self.locals = kept + ["a", "b", "varargs", "kwargs", "caller"]
        text = self.block(f"macro {name}({parameters})") + self.body(d - 1) + self.block("endmacro")
        self.locals = kept
        calls = "".join("{{ %s(%s)%s }}" % (name, self.pick("1", "'q', b=2", "stage", "", "1, 2, 3",
                                                             "b=1", "*names[:2]", "**{'a': 5}"),
                                            self.pick("", "", "|indent(2)", "|upper", "|trim"))
                        for _ in range(self.r.randint(0, 2)))
        return text + calls

    def other(self, d):
        return self.pick(
            lambda: self.block("set ns = namespace(n=0, seen=[])")
            + self.block("for j in jobs") + self.block("set ns.n = ns.n + j.workers")
            + self.block("set ns.seen = ns.seen + [j.name]") + self.block("endfor")
            + "{{ ns.n }} {{ ns.seen }}",
            lambda: self.block("set block_text") + self.body(d - 1) + self.block("endset")
            + "{{ block_text|" + self.pick("upper", "trim", "length", "indent(1)") + " }}",
            lambda: self.block("set wide | upper") + self.plain() + self.block("endset") + "{{ wide }}",
            lambda: self.block(f"filter {self.pick('upper', 'indent(2)', 'replace(' + repr('a') + ', ' + repr('o') + ')|trim')}")
            + self.body(d - 1) + self.block("endfilter"),
            lambda: self.block(f"with w = {self.any(1)}, z = 2") + self.inside(["w", "z"], d - 1)
            + self.block("endwith"),
            lambda: "{% raw %}{{ kept }} {% if %}{% endraw %}",
            lambda: self.block(f"include '{self.pick('part.yaml', 'missing.yaml', 'broken.yaml')}'"
                               f"{self.pick('', ' ignore missing', ' without context')}"),
            lambda: self.block("import 'macros.j2' as lib") + "{{ lib.tag("
            + self.pick("'k', 'v'", "stage", "'k', v=count") + ") }} {{ lib.version }}",
            lambda: self.block("from 'macros.j2' import step, all as every")
            + "{{ every(1, 'b', z=3) }}" + self.block("call(n) step(jobs[0])") + "<{{ n }}>"
            + self.block("endcall"),
            lambda: self.block("for row in nested recursive") + "[{{ row if row is not iterable }}"
            "{% if row is iterable %}{{ loop(row) }}{% endif %}]" + self.block("endfor"),
            lambda: self.block("do names.append('new')") + "{{ names|length }}",
            lambda: self.block("set _ = tags.update({'added': 1})") + "{{ tags|length }}",
            lambda: self.block("autoescape true") + "{{ title }}" + self.block("endautoescape"),
            lambda: self.block("print stage, count"),
            lambda: self.block(self.pick("break", "continue")) if self.loops else "x",
            lambda: self.block(self.pick("endif", "frob", "if", "for x", "set x", "macro", "block a-b",
                                         "include", "x.y", "else")) if self.chance(0.2) else ".",
            lambda: self.pick("{{ a b }}", "{{ 'open }}", "{{ (1 }}", "{{ x|nofilter }}",
                              "{{ x is notest }}", "{{ 1 + }}", "{{ }}", "{% %}", "{{ x. }}",
                              "{{ f(a=1, 2) }}", "{# open") if self.chance(0.15) else "-",
        )()

    def statement(self, d):
        if d <= 0:
            return self.pick(self.plain(), self.plain(), self.output(1))
        return self.pick(lambda: self.plain(), lambda: self.plain(), lambda: self.output(2),
                         lambda: self.output(2), lambda: self.output(3), lambda: self.loop(d),
                         lambda: self.loop(d), lambda: self.condition(d), lambda: self.condition(d),
                         lambda: self.assignment(d), lambda: self.macro(d), lambda: self.other(d))()

    def template(self):
        if self.chance(0.06):
            return ("{% extends 'base.yaml' %}" + self.plain()
                    + "{% block name %}{{ super() }}-" + self.body(1) + "{% endblock %}"
                    + "{% block each %}<{{ i }}>{% endblock %}")
        return "".join(self.statement(self.r.randint(1, 3)) for _ in range(self.r.randint(1, 5)))


def environment(options):
    o = dict(options)
    extensions = ["jinja2.ext." + x for x in o.pop("extensions", [])]
    undefined = UNDEFINED[o.pop("undefined", "default")]
    return jinja2.Environment(loader=jinja2.DictLoader(PARTS), undefined=undefined,
                              extensions=extensions, **o)


def shifting(text):
    """Whether the text differs from run to run or machine to machine: addresses of objects."""
    return " at 0x" in text or "<function" in text or "<built-in" in text or "<class" in text


def make_case(number, seed, environments):
    maker = Maker(seed * 1000003 + number)
    options = maker.r.choice(OPTIONS)
    template = maker.template()
    env = environments[OPTIONS.index(options)]
    case = {"id": f"made/{seed}-{number}", "tags": [], "template": template, "templates": PARTS,
            "env": options, "context": CONTEXT}
    try:
        text = env.from_string(template).render(json.loads(json.dumps(CONTEXT)))
    except RecursionError:
        return None
    except Exception as e:  # whatever Python says: both must refuse
        case["expect"] = {"kind": "error", "message": f"{type(e).__name__}: {e}"[:200]}
        return case
    if shifting(text) or len(text) > 1000000:
        return None
    case["expect"] = {"kind": "text", "text": text}
    return case


def main():
    runner, folder = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 2500
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    environments = [environment(o) for o in OPTIONS]
    os.makedirs(folder, exist_ok=True)
    made = errors = number = 0
    with open(os.path.join(folder, "cases.jsonl"), "w", encoding="utf-8") as out:
        while made < count:
            case = make_case(number, seed, environments)
            number += 1
            if case:
                made += 1
                errors += case["expect"]["kind"] == "error"
                out.write(json.dumps(case) + "\n")
    print(f"jinja2 {jinja2.__version__}: {made} templates, {errors} of them refused", flush=True)
    return subprocess.call([runner, folder, "--level=1"])


if __name__ == "__main__":
    sys.exit(main())
