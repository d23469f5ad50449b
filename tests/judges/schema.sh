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
print(len(files), "documents")
sys.exit(bad > 0 or not files)
E2
