#!/bin/sh
# Every good engine case and example is valid by our JSON Schema. Skipped without python3's jsonschema.
set -eu
program=$1 source=$2 out=$3
python3 -c 'import jsonschema, yaml' 2>/dev/null ||
  { echo "skipped: python3 has no jsonschema and yaml"; exit 77; }
rm -rf "$out"
mkdir -p "$out"
"$program" schema --out "$out/schema.json"
for config in "$source"/tests/engines/*/*/pipeline.yaml "$source"/configs/*.yaml "$source"/configs/examples/*.yaml; do
  root=$source
  case $config in
  */configs/stages.yaml | */configs/variables.yaml) continue ;;
  */tests/engines/*) root=$source/tests/engines ;;
  esac
  "$program" check "$config" --root "$root" >/dev/null 2>&1 || continue # meant to fail
  name=$(echo "${config#"$source"/}" | tr / _)
  "$program" render "$config" --root "$root" >"$out/$name"
done
python3 - "$out" <<'E2'
import glob, json, sys
import jsonschema, yaml

def given(data):  # a key without a value is as good as none
    if isinstance(data, dict):
        return {key: given(value) for key, value in data.items() if value is not None}
    return [given(item) for item in data] if isinstance(data, list) else data

class Loader(yaml.SafeLoader):
    pass

def once(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"keys that are there twice: {sorted(keys)}"
    return dict(pairs)

# Dates are strings in YAML 1.2.
Loader.yaml_implicit_resolvers = {first: [r for r in rs if not r[0].endswith(":timestamp")]
                                  for first, rs in Loader.yaml_implicit_resolvers.items()}
Loader.add_multi_constructor("!", lambda loader, tag, node: {} if tag == "include" else str(node.value))
schema = json.load(open(sys.argv[1] + "/schema.json"), object_pairs_hook=once)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
bad, files = 0, sorted(glob.glob(sys.argv[1] + "/*.yaml"))
for name in files:
    try:
        document = given(yaml.load(open(name), Loader))
    except yaml.YAMLError as error:  # YAML 1.1 is another language here and there
        print(name, "is not for PyYAML:", str(error).splitlines()[0])
        continue
    for error in validator.iter_errors(document):
        print(name, list(error.path), error.message[:200])
        bad += 1

def pipeline(**keys):
    return {"name": "p", "groups": [{"name": "g", "jobs": [{"name": "j", "type": "pass"}]}], **keys}

def step(**keys):
    return pipeline(groups=[{"name": "g", "jobs": [{"name": "j", **keys}]}])

def resource(**keys):
    return pipeline(aws_resources=[{"name": "r", **keys}])

FINE = [pipeline(), step(groups=[{"name": "g", "steps": [{"name": "k", "type": "succeed"}]}]),
        step(type="wait", seconds="$.n"), step(type="wait", config={"seconds": 5}),
        step(type="glue_job", config="x.yaml"), resource(type="sns_topic", properties={"display_name": "x"}),
        pipeline(properties={"timeout": 5, "schedulers": [{"cron": "rate(1 day)"}]})]
WRONG = {"a key of the file": pipeline(group=[]), "a key of properties": pipeline(properties={"timeuot": 5}),
         "a key of a group": pipeline(groups=[{"name": "g", "job": []}]), "no jobs": pipeline(groups=[{"name": "g"}]),
         "an unknown type": step(type="pas"), "neither type nor groups": step(result=1),
         "a key of a sequence": step(groups=[], seconds=1), "a key of a step": step(type="wait", secnds=5),
         "a key in config": step(type="wait", config={"secnds": 5}), "too large": step(type="wait", seconds=10**9),
         "a word": step(type="pass", retry={"jitter_strategy": "HALF"}), "a kind": step(type="pass", timeout=[1]),
         "a resource's type": resource(type="wait"), "a resource without one": resource(display_name="x"),
         "a nested key": step(type="pass", retry={"max_attempt": 3}), "no name": pipeline(aws_resources=[{"type": "sns_topic"}])}
for number, document in enumerate(FINE):
    for error in validator.iter_errors(document):
        print("fine", number, list(error.path), error.message[:200])
        bad += 1
for name, document in WRONG.items():
    if validator.is_valid(document):
        print("not seen:", name)
        bad += 1
texts = 0  # every key tells what it is
for definition in schema["definitions"].values():
    for key, value in definition.get("properties", {}).items():
        texts += 1
        if not ("description" in value or "$ref" in value or "items" in value or key == "type" or "anyOf" in value):
            print("no description:", key, value)
            bad += 1
print(len(files), "documents,", texts, "keys")
sys.exit(bad > 0 or not files)
E2
