# Steps that are made of files: SQL and job files are read when a pipeline is compiled, scripts are
# uploaded as they are.
. "$(dirname "$0")/lib.sh"
new_work
cp -r "$SOURCE/tests/cmake/project" "$WORK/source"
cd "$WORK/source"
rm -rf configs/* customcode/lambda_functions
mkdir -p customcode/athena customcode/glue/glue_jobs customcode/glue/sql_queries customcode/glue/driver
cat >CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.25)
project(Scratch LANGUAGES NONE)
include("${STEPWRIGHT_CMAKE_DIR}/Stepwright.cmake")
add_executable(stepwright::stepwright IMPORTED GLOBAL)
set_target_properties(stepwright::stepwright PROPERTIES IMPORTED_LOCATION "${STEPWRIGHT_PROGRAM}")
stepwright_add_pipelines(CONFIGS configs/*.yaml STAGES dev prod)
EOF
cat >configs/data.yaml <<'EOF'
groups:
  - name: Ask
    jobs:
      - {name: ask, type: athena_query, config: {file: customcode/athena/ask.sql, read_from: [], query_result_location: "s3://bucket/x/"}}
  - name: Work
    jobs:
      - {name: load, type: glue_job, config: load.yaml}
      - {name: clean, type: glue_job, config: {script: customcode/glue/clean.py}}
EOF
cat >customcode/glue/glue_jobs/load.yaml <<'EOF'
steps:
  - {name: rows, type: query, config: {file: rows.sql}}
EOF
echo 'SELECT 1' >customcode/athena/ask.sql
echo 'SELECT 2' >customcode/glue/sql_queries/rows.sql
echo 'print(1)' >customcode/glue/clean.py
echo 'print(2)' >customcode/glue/glue_main.py
echo 'print(3)' >customcode/glue/driver/driver.py
tree=$WORK/tree

configure . "$tree" -G Ninja
expect "$tree" "a clean build" "plan=1 configure=1 bundle=3 compile=2 link=2"
cmp "$tree"/pipelines/bundles/glue.clean-*.py customcode/glue/clean.py || fail "the script differs"
grep -q 'SELECT 2' "$tree/pipelines/dev/data.load.glue.json" || fail "the job lacks its SQL"
grep -q '"path": "data.load.glue.json"' "$tree/pipelines/dev/data.manifest.json" ||
    fail "the job file is not uploaded"

echo 'SELECT 3' >customcode/athena/ask.sql
expect "$tree" "SQL is edited" "plan=1 compile=2 link=2"
grep -q 'SELECT 3' "$tree/pipelines/dev/data.asl.json" || fail "the edit did not arrive"
cp "$tree/pipelines/dev/data.template.json" "$WORK/before.json"
echo 'SELECT 4' >customcode/glue/sql_queries/rows.sql
expect "$tree" "SQL of a job file is edited" "plan=1 compile=2 link=2"
cmp -s "$tree/pipelines/dev/data.template.json" "$WORK/before.json" &&
    fail "the template still names the old job file"
touch customcode/glue/sql_queries/rows.sql
expect "$tree" "SQL of a job file is touched" "plan=1 compile=2"
echo 'print(4)' >customcode/glue/clean.py
expect "$tree" "a script is edited" "bundle=1 link=2"
echo 'print(5)' >customcode/glue/driver/driver.py
expect "$tree" "the driver is edited" "bundle=1 link=2"
mv customcode/glue/clean.py customcode/glue/tidy.py
sed -i 's/clean.py/tidy.py/' configs/data.yaml
expect "$tree" "a script is renamed" "plan=1 configure=1 bundle=1 compile=2 link=2"
finish
