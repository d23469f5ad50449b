# The functions that a project calls: stepwright_add_pipelines, _pipeline_tests, _lambda, _program,
# _engine.
# cmake/README.md is the guide; each signature below is its reference.
include_guard(GLOBAL)
cmake_policy(PUSH)
cmake_policy(VERSION 3.25)
# NEW appends a transform of the depfile to each Ninja command, 9 ms of CPU per edge. OLD reads the
# depfile as it is; its target must then be spelled as in build.ninja: from the top build tree.
cmake_policy(SET CMP0116 OLD)
include("${CMAKE_CURRENT_LIST_DIR}/StepwrightDeploy.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/StepwrightPlan.cmake")

# stepwright_add_pipelines(CONFIGS <file.yaml|folder/*.yaml>... STAGES <stage>...
#                          [DEFINES <key=value>...] [ROOT <dir>] [LEVELS <[stage=]level>...])
#   Targets that make, per pipeline and stage, the state machine, template, policies, graph and
#   manifest under <build>/pipelines/<stage>/, and each bundle under <build>/pipelines/bundles/.
#   CONFIGS  pipeline descriptions, relative to ROOT. A folder gives those that it holds when the
#            build runs, all but stages.yaml and variables.yaml.
#   STAGES   stages to make, in the order of the deployment.
#   DEFINES  variables for every config, stronger than those of configs/stages.yaml.
#   ROOT     what paths inside the configs are relative to; default: the calling directory.
#   LEVELS   how hard zips are compressed: fast, default, small or 0 to 12; `prod=small` is for one
#            stage, and the variable STEPWRIGHT_LEVELS is stronger. Two levels, two zips of a bundle.
#   Targets: `all` makes everything; <pipeline>, <pipeline>-<stage>, bundles, graph make a part;
#   diff-<stage>, deploy-<stage>, destroy-<stage>, each also with -<pipeline>, and bootstrap-<stage>
#   talk to AWS and are never part of `all`; STEPWRIGHT_DEPLOY_FLAGS and the like add options;
#   schema and docs make the language's JSON Schema and reference under <build>/reference/.
#   One call per directory; call stepwright_add_lambda and stepwright_add_engine before it.
function(stepwright_add_pipelines)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "ROOT" "CONFIGS;STAGES;DEFINES;LEVELS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_CONFIGS OR NOT arg_STAGES)
    message(FATAL_ERROR "stepwright_add_pipelines: CONFIGS and STAGES are required; "
      "unknown: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  _stepwright_check_stages(${arg_STAGES})
  _stepwright_read_levels(${arg_LEVELS})
  get_property(called DIRECTORY PROPERTY STEPWRIGHT_OUT)
  if(called)
    message(FATAL_ERROR "stepwright_add_pipelines: called twice in ${CMAKE_CURRENT_SOURCE_DIR}; "
      "name all configs in one call")
  endif()

  set(root "${CMAKE_CURRENT_SOURCE_DIR}")
  if(arg_ROOT)
    cmake_path(ABSOLUTE_PATH arg_ROOT NORMALIZE OUTPUT_VARIABLE root)
  endif()
  _stepwright_find_configs(configs "${root}" ${arg_CONFIGS})
  set(out "${CMAKE_CURRENT_BINARY_DIR}/pipelines")
  set_property(DIRECTORY PROPERTY STEPWRIGHT_OUT "${out}")
  set(defines "${arg_DEFINES}")
  list(TRANSFORM defines PREPEND "-D;")
  get_property(engines GLOBAL PROPERTY STEPWRIGHT_ENGINES)
  set(environment "")
  set(compiler stepwright::stepwright)
  if(engines)
    set(environment env "STEPWRIGHT_ENGINE_PATH=${CMAKE_BINARY_DIR}/stepwright-engines")
    set(compiler ${environment} "$<TARGET_FILE:stepwright::stepwright>")
  endif()

  set(plan_target "") # what has to be good before a config is compiled
  _stepwright_plan()
  set(STEPWRIGHT_PIPELINES "")
  set(STEPWRIGHT_BUNDLES "")
  include("${out}/plan.cmake")
  _stepwright_remove_stale()
  _stepwright_add_bundles()
  _stepwright_free_target(graph graph)
  add_custom_target(${graph})
  foreach(pipeline IN LISTS STEPWRIGHT_PIPELINES)
    _stepwright_add_pipeline("${pipeline}")
  endforeach()
  _stepwright_add_deployments()
  _stepwright_add_reference(schema blueprint.schema.json)
  _stepwright_add_reference(docs blueprint.md)
endfunction()

# stepwright_add_pipeline_tests(<file.test.yaml|folder/*.test.yaml>...)
#   A CTest for each case of the named pipeline tests, called `pipeline <file>: <case>`, with the
#   label `pipeline`. Files are relative to the calling directory; a folder gives those it holds
#   when the build runs. The cases are found by the build, so that a new one needs no CMake run.
function(stepwright_add_pipeline_tests)
  set(files "")
  foreach(pattern IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH pattern NORMALIZE)
    if(pattern MATCHES "[*]")
      file(GLOB found CONFIGURE_DEPENDS "${pattern}")
      list(SORT found)
      list(APPEND files ${found})
    else()
      list(APPEND files "${pattern}")
    endif()
  endforeach()
  if(NOT files)
    message(FATAL_ERROR "stepwright_add_pipeline_tests: no files: '${ARGN}'")
  endif()
  set(cases "${CMAKE_CURRENT_BINARY_DIR}/pipeline-cases.cmake")
  set(tests "${CMAKE_CURRENT_BINARY_DIR}/pipeline-tests.cmake")
  add_custom_command(OUTPUT "${cases}"
    COMMAND stepwright::stepwright test ${files} --ctest "${cases}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${cases}"
    DEPENDS ${files} stepwright::stepwright
    COMMENT "Listing the cases of pipeline tests"
    VERBATIM)
  _stepwright_free_target(target pipeline-tests)
  add_custom_target(${target} ALL DEPENDS "${cases}")
  file(WRITE "${tests}" "if(EXISTS [===[${cases}]===])
  include([===[${cases}]===])
else()
  add_test(pipeline_tests_not_built pipeline_tests_not_built)
endif()
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${tests}")
endfunction()

# stepwright_add_lambda(<target> DIRECTORY <dir> SOURCES <file.c>... [FILES <file>...]
#                       [LINK_LIBRARIES <library>...])
#   A Lambda function written in C for the provided.* runtimes: an executable `bootstrap`, linked
#   with the runtime library of customcode/lambda_runtime, statically where the C library allows.
#   The bundle of DIRECTORY then holds what is built, not the sources.
#   DIRECTORY       what a config calls the function's entry, e.g. customcode/lambda_functions/x.
#   FILES           further files for the bundle, put beside bootstrap.
#   LINK_LIBRARIES  further libraries; static ones, for Lambda has none of them.
function(stepwright_add_lambda target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DIRECTORY" "SOURCES;FILES;LINK_LIBRARIES")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_DIRECTORY OR NOT arg_SOURCES)
    message(FATAL_ERROR "stepwright_add_lambda(${target}): DIRECTORY and SOURCES are required; "
      "unknown: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  cmake_path(ABSOLUTE_PATH arg_DIRECTORY NORMALIZE OUTPUT_VARIABLE directory)
  string(REGEX REPLACE "/$" "" directory "${directory}")
  get_property(packed GLOBAL PROPERTY "STEPWRIGHT_PACKED_${directory}")
  if(packed)
    message(FATAL_ERROR "stepwright_add_lambda(${target}): a pipeline has already packed "
      "${directory}; call stepwright_add_lambda before stepwright_add_pipelines")
  endif()

  _stepwright_need_lambda_runtime()
  set(content "${CMAKE_CURRENT_BINARY_DIR}/lambda/${target}")
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE stepwright::lambda_runtime ${arg_LINK_LIBRARIES})
  _stepwright_ship(${target})
  # $<0:> keeps multi-configuration generators from adding a folder: one bundle, one place.
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME bootstrap SUFFIX "" RUNTIME_OUTPUT_DIRECTORY "${content}$<0:>")

  set(copies "")
  foreach(file IN LISTS arg_FILES)
    cmake_path(ABSOLUTE_PATH file NORMALIZE OUTPUT_VARIABLE source)
    cmake_path(GET source FILENAME name)
    add_custom_command(OUTPUT "${content}/${name}"
      COMMAND "${CMAKE_COMMAND}" -E copy "${source}" "${content}/${name}"
      DEPENDS "${source}" VERBATIM COMMENT "Copying ${name} for ${target}")
    list(APPEND copies "${content}/${name}")
  endforeach()
  if(copies)
    add_custom_target(${target}-files DEPENDS ${copies})
    add_dependencies(${target} ${target}-files)
  endif()
  set_property(GLOBAL PROPERTY "STEPWRIGHT_LAMBDA_${directory}" ${target} "${content}" ${copies})
endfunction()

# stepwright_add_program(<target> SOURCES <file.c>... [LINK_LIBRARIES <library>...])
#   A program in C for container images: linked statically where the C library allows, so that it
#   runs on an empty base. An image file takes it as a layer, by its name: `program: <target>`.
function(stepwright_add_program target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK_LIBRARIES")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "stepwright_add_program(${target}): SOURCES is required; "
      "unknown: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  _stepwright_need_lambda_runtime()
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE ${arg_LINK_LIBRARIES})
  _stepwright_ship(${target})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${target} SUFFIX ""
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/stepwright-programs/${target}$<0:>")
  set_property(GLOBAL APPEND PROPERTY STEPWRIGHT_PROGRAMS ${target})
endfunction()

# stepwright_add_engine(<service> SOURCES <file.c>... [LINK_LIBRARIES <library>...])
#   Resources and steps of a service that Stepwright does not know: a module that defines
#   `const struct engine engine_<service>`, as engines/README.md describes it. Every pipeline of the
#   build may then use them. (In a fork of Stepwright a file in engines/ is enough.) Wants Ninja.
function(stepwright_add_engine service)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK_LIBRARIES")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "stepwright_add_engine(${service}): SOURCES is required; "
      "unknown: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT CMAKE_GENERATOR STREQUAL "Ninja")
    # Others plan while CMake configures, when the module is not there yet.
    message(FATAL_ERROR "stepwright_add_engine(${service}): the generator is ${CMAKE_GENERATOR}; "
      "expected Ninja")
  endif()
  set(target engine-${service})
  add_library(${target} MODULE ${arg_SOURCES})
  set_target_properties(${target} PROPERTIES C_STANDARD 11 PREFIX "" SUFFIX ".so"
    OUTPUT_NAME ${service} LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/stepwright-engines")
  get_property(include GLOBAL PROPERTY STEPWRIGHT_INCLUDE_DIR)
  target_include_directories(${target} PRIVATE "${include}")
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_link_libraries(${target} PRIVATE ${arg_LINK_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY STEPWRIGHT_ENGINES ${target})
endfunction()

# --- what the functions above are made of -----------------------------------------------------
# Helpers of stepwright_add_pipelines read its variables: root, out, configs, defines, arg_STAGES;
# compiler, the program as it reads configs; engines, the modules that it needs for that, and
# environment, by which it finds them.

# As a command line and a depfile name what is built. Ninja wants it as in build.ninja.
function(_stepwright_built_path var path)
  if(CMAKE_GENERATOR MATCHES "^Ninja")
    file(RELATIVE_PATH path "${CMAKE_BINARY_DIR}" "${path}")
  endif()
  set(${var} "${path}" PARENT_SCOPE)
endfunction()

# Make compares times, so an output that was left alone because nothing in it changed would be made
# again by every later build. Ninja notices by itself (restat).
function(_stepwright_settle var)
  set(command "")
  if(NOT CMAKE_GENERATOR MATCHES "^Ninja")
    set(command COMMAND "${CMAKE_COMMAND}" -E touch ${ARGN})
  endif()
  set(${var} "${command}" PARENT_SCOPE)
endfunction()

# `name`, or a name with the directory in it where another directory was first.
function(_stepwright_free_target var name)
  if(TARGET ${name})
    file(RELATIVE_PATH path "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
    string(MAKE_C_IDENTIFIER "${path}" path)
    string(APPEND name "-${path}")
  endif()
  set(${var} "${name}" PARENT_SCOPE)
endfunction()

function(_stepwright_check_stages)
  foreach(stage IN LISTS ARGN)
    if(NOT stage MATCHES "^[A-Za-z][A-Za-z0-9_-]*$" OR stage STREQUAL "bundles")
      message(FATAL_ERROR "stepwright_add_pipelines: '${stage}' cannot be a stage; "
        "expected letters, digits, '-' and '_'")
    endif()
  endforeach()
endfunction()

# The program lists a folder's configs itself, so that one that comes or goes is a matter of the
# plan. (With file(GLOB) Ninja would plan a deleted config before CMake learns that it is gone.)
function(_stepwright_find_configs var root)
  set(found "")
  foreach(config IN LISTS ARGN)
    string(REGEX REPLACE "/\\*\\.yaml$" "" config "${config}")
    cmake_path(ABSOLUTE_PATH config BASE_DIRECTORY "${root}" NORMALIZE)
    if(NOT EXISTS "${config}")
      message(FATAL_ERROR "stepwright_add_pipelines: there is no '${config}'; "
        "expected a file, a folder or <folder>/*.yaml")
    endif()
    list(APPEND found "${config}")
  endforeach()
  set(${var} "${found}" PARENT_SCOPE)
endfunction()

# What a bundle is called in bundles/: a folder is zipped, a file keeps its name, which is the id.
function(_stepwright_bundle_file var bundle)
  set(suffix ".zip")
  if(STEPWRIGHT_BUNDLE_${bundle}_KIND MATCHES "^(file|image)$")
    set(suffix "")
  endif()
  set(${var} "${bundle}${suffix}" PARENT_SCOPE)
endfunction()

# An image is a folder, an OCI image layout, and the record beside it, which links read. Dockerfiles
# are built one at a time, in Ninja's console pool, so that their words are seen as they come.
function(_stepwright_add_image bundle content)
  set(record "${out}/bundles/${bundle}.json")
  _stepwright_built_path(built "${out}/bundles/${bundle}")
  _stepwright_settle(settle "${record}")
  set(options --file "${STEPWRIGHT_BUNDLE_${bundle}_FILE}")
  set(console "")
  set(needs "")
  if(STEPWRIGHT_BUNDLE_${bundle}_FILE MATCHES "\\.ya?ml$")
    _stepwright_built_path(programs "${CMAKE_BINARY_DIR}/stepwright-programs")
    _stepwright_built_path(bases "${out}/bases")
    list(APPEND options --programs "${programs}" --bases "${bases}")
    _stepwright_image_needs("${bundle}")
  else()
    set(console USES_TERMINAL)
    list(APPEND options --platform "${STEPWRIGHT_BUNDLE_${bundle}_PLATFORM}")
    if(STEPWRIGHT_BUNDLE_${bundle}_TARGET)
      list(APPEND options --target "${STEPWRIGHT_BUNDLE_${bundle}_TARGET}")
    endif()
    foreach(argument IN LISTS STEPWRIGHT_BUNDLE_${bundle}_BUILD_ARGS)
      list(APPEND options --build-arg "${argument}")
    endforeach()
  endif()
  add_custom_command(OUTPUT "${record}"
    COMMAND stepwright::stepwright image "${content}" --out "${built}" --depfile "${built}.d"
      ${options}
    ${settle}
    DEPENDS stepwright::stepwright ${needs} DEPFILE "${out}/bundles/${bundle}.d"
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" VERBATIM ${console} COMMENT "Building image ${bundle}")
  add_custom_target(${bundles}-${bundle} DEPENDS "${record}")
  add_dependencies(${bundles} ${bundles}-${bundle})
endfunction()

# Sets `needs` in the caller: what the image file's layers take from this build, and adds to `options`
# where it is. What is not built here the program complains of, at the line.
function(_stepwright_image_needs bundle)
  set(needs "")
  get_property(programs GLOBAL PROPERTY STEPWRIGHT_PROGRAMS)
  foreach(program IN LISTS STEPWRIGHT_BUNDLE_${bundle}_PROGRAMS)
    if(program IN_LIST programs)
      list(APPEND needs ${program} "$<TARGET_FILE:${program}>")
    endif()
  endforeach()
  foreach(part IN LISTS STEPWRIGHT_BUNDLE_${bundle}_BUNDLES)
    if(part IN_LIST STEPWRIGHT_BUNDLES)
      _stepwright_levels_of(levels "${part}")
      list(GET levels 0 level_of_part)
      _stepwright_level_folder(folder "${level_of_part}")
      list(APPEND needs "${folder}/${part}.zip")
      _stepwright_built_path(folder "${folder}")
      list(APPEND options --bundles "${folder}")
    endif()
  endforeach()
  set(options "${options}" PARENT_SCOPE)
  set(needs "${needs}" PARENT_SCOPE)
endfunction()

# What a layer requires is gathered in <build>/pipelines/layers/<bundle>, by an edge of its own that
# runs when the requirements change, not when the layer's files do. Sets in the caller: resolved, the
# file that changes with what was gathered, and content and options of the bundle.
function(_stepwright_resolve_layer bundle content)
  set(record "${out}/layers/${bundle}.json")
  _stepwright_built_path(built "${out}/layers/${bundle}")
  _stepwright_settle(settle "${record}")
  set(runtime "${STEPWRIGHT_BUNDLE_${bundle}_RUNTIME}")
  set(command "${STEPWRIGHT_BUNDLE_${bundle}_COMMAND}")
  set(options "")
  if(runtime)
    list(APPEND options --runtime "${runtime}")
  endif()
  if(STEPWRIGHT_BUNDLE_${bundle}_ARCHITECTURE)
    list(APPEND options --architecture "${STEPWRIGHT_BUNDLE_${bundle}_ARCHITECTURE}")
  endif()
  if(command)
    string(REPLACE ";" "$<SEMICOLON>" script "${command}") # or CMake would take it for a list
    list(APPEND options --command "${script}")
  endif()
  add_custom_command(OUTPUT "${record}"
    COMMAND stepwright::stepwright resolve "${content}" --out "${built}" --record "${built}.json"
      --depfile "${built}.d" ${options}
    ${settle}
    DEPENDS stepwright::stepwright DEPFILE "${out}/layers/${bundle}.d"
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" VERBATIM
    COMMENT "Gathering what ${bundle} requires")
  set(resolved "${record}" PARENT_SCOPE)
  if(command) # it makes all of the layer
    set(content "${built}" PARENT_SCOPE)
    set(options "" PARENT_SCOPE)
  else()
    set(options --layer "${runtime}" --with "${built}" PARENT_SCOPE)
    if(NOT runtime)
      set(options --with "${built}" PARENT_SCOPE)
    endif()
  endif()
endfunction()

# The bundle as that file, made of content, lambda, resolved and options.
function(_stepwright_add_bundle zip)
  _stepwright_built_path(built "${zip}")
  _stepwright_settle(settle "${zip}")
  add_custom_command(OUTPUT "${zip}" BYPRODUCTS "${zip}.json"
    COMMAND stepwright::stepwright bundle "${content}" --out "${built}" --depfile "${built}.d"
      ${options} ${ARGN}
    ${settle}
    DEPENDS stepwright::stepwright ${lambda} ${resolved} DEPFILE "${zip}.d"
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" VERBATIM COMMENT "Bundling ${bundle}")
endfunction()

# LEVELS: sets level for all, level_<stage> for one.
function(_stepwright_read_levels)
  set(texts ${ARGN} ${STEPWRIGHT_LEVELS}) # the last one counts
  set(level default PARENT_SCOPE)
  foreach(text IN LISTS texts)
    if(NOT text MATCHES "^(([^=]+)=)?(fast|default|small|[0-9]|1[0-2])$")
      message(FATAL_ERROR "stepwright_add_pipelines: LEVELS has '${text}'; "
        "expected [stage=]fast, default, small or 0 to 12")
    endif()
    set(stage "${CMAKE_MATCH_2}")
    set(found "${CMAKE_MATCH_3}")
    if(NOT stage)
      set(level "${found}" PARENT_SCOPE)
    elseif(stage IN_LIST arg_STAGES)
      set(level_${stage} "${found}" PARENT_SCOPE)
    else()
      message(FATAL_ERROR "stepwright_add_pipelines: LEVELS has '${text}', and there is no stage "
        "'${stage}' in STAGES")
    endif()
  endforeach()
endfunction()

# The level of a stage, and where zips of a level lie.
function(_stepwright_level_of var stage)
  set(found "${level}")
  if(DEFINED level_${stage})
    set(found "${level_${stage}}")
  endif()
  set(${var} "${found}" PARENT_SCOPE)
endfunction()

function(_stepwright_level_folder var level_of_folder)
  set(folder "${out}/bundles")
  if(NOT level_of_folder STREQUAL level)
    string(APPEND folder "/level-${level_of_folder}")
  endif()
  set(${var} "${folder}" PARENT_SCOPE)
endfunction()

# The levels that stages want the bundle at; files and images have none and get one.
function(_stepwright_levels_of var bundle)
  set(levels "")
  foreach(stage IN LISTS STEPWRIGHT_STAGES)
    if(DEFINED level_${stage})
      _stepwright_stage_uses(uses "${stage}" "${bundle}")
      if(uses AND STEPWRIGHT_BUNDLE_${bundle}_KIND MATCHES "^(zip|layer)$")
        list(APPEND levels "${level_${stage}}")
      endif()
    else()
      list(APPEND levels "${level}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES levels)
  if(NOT levels)
    set(levels "${level}")
  endif()
  set(${var} "${levels}" PARENT_SCOPE)
endfunction()

function(_stepwright_stage_uses var stage bundle)
  set(uses FALSE)
  foreach(pipeline IN LISTS STEPWRIGHT_PIPELINES)
    if(bundle IN_LIST STEPWRIGHT_PIPELINE_${pipeline}_${stage}_BUNDLES)
      set(uses TRUE)
      break()
    endif()
  endforeach()
  set(${var} ${uses} PARENT_SCOPE)
endfunction()

# One command per bundle, shared by all pipelines and stages that use it. The first output is the
# depfile's target; the digest is what links read, and changes only with the content.
function(_stepwright_add_bundles)
  _stepwright_free_target(bundles bundles)
  add_custom_target(${bundles} ALL)
  foreach(bundle IN LISTS STEPWRIGHT_BUNDLES)
    if(NOT STEPWRIGHT_BUNDLE_${bundle}_KIND MATCHES "^(zip|layer|file|image)$")
      message(FATAL_ERROR "Bundle ${bundle} is of kind "
        "'${STEPWRIGHT_BUNDLE_${bundle}_KIND}'; this version of Stepwright.cmake cannot do that")
    endif()
    cmake_path(ABSOLUTE_PATH STEPWRIGHT_BUNDLE_${bundle}_DIR BASE_DIRECTORY "${root}" NORMALIZE
      OUTPUT_VARIABLE content)
    string(REGEX REPLACE "/$" "" content "${content}")
    if(STEPWRIGHT_BUNDLE_${bundle}_KIND STREQUAL "image")
      _stepwright_add_image("${bundle}" "${content}")
      continue()
    endif()
    set_property(GLOBAL PROPERTY "STEPWRIGHT_PACKED_${content}" TRUE)
    get_property(lambda GLOBAL PROPERTY "STEPWRIGHT_LAMBDA_${content}")
    if(lambda)
      list(GET lambda 1 content)
      list(REMOVE_AT lambda 1)
      _stepwright_built_path(content "${content}")
    endif()
    set(options "")
    if(STEPWRIGHT_BUNDLE_${bundle}_EXECUTABLE)
      set(options --executable "${STEPWRIGHT_BUNDLE_${bundle}_EXECUTABLE}")
    endif()
    set(resolved "")
    if(STEPWRIGHT_BUNDLE_${bundle}_KIND STREQUAL "layer")
      _stepwright_resolve_layer("${bundle}" "${content}")
    endif()
    _stepwright_bundle_file(file "${bundle}")
    _stepwright_levels_of(levels "${bundle}")
    set(zips "")
    foreach(wanted IN LISTS levels)
      _stepwright_level_folder(folder "${wanted}")
      _stepwright_add_bundle("${folder}/${file}" --level ${wanted})
      list(APPEND zips "${folder}/${file}")
    endforeach()
    # A target of its own: else a bundle would wait for the C functions that others hold.
    add_custom_target(${bundles}-${bundle} DEPENDS ${zips})
    add_dependencies(${bundles} ${bundles}-${bundle})
  endforeach()
  set(bundles "${bundles}" PARENT_SCOPE)
endfunction()

function(_stepwright_add_pipeline pipeline)
  if(TARGET "${pipeline}" OR pipeline MATCHES "^(all|clean|install|test|help|package)$")
    message(FATAL_ERROR "A pipeline cannot be called '${pipeline}': there is a target of this name")
  endif()
  add_custom_target("${pipeline}")
  foreach(stage IN LISTS STEPWRIGHT_STAGES)
    _stepwright_add_stage("${pipeline}" "${stage}")
    add_dependencies("${pipeline}" "${pipeline}-${stage}")
  endforeach()
  list(GET STEPWRIGHT_STAGES 0 stage)
  add_dependencies(${graph} "${pipeline}-${stage}")
  add_custom_command(TARGET ${graph} POST_BUILD
    COMMAND "${CMAKE_COMMAND}" -E echo "${out}/${stage}/${pipeline}.svg" VERBATIM)
endfunction()

function(_stepwright_add_stage pipeline stage)
  set(to "${out}/${stage}/${pipeline}")
  _stepwright_built_path(built "${to}")
  _stepwright_built_path(built_dir "${out}/${stage}")
  _stepwright_built_path(built_bundles "${out}/bundles")
  cmake_path(ABSOLUTE_PATH STEPWRIGHT_PIPELINE_${pipeline}_CONFIG BASE_DIRECTORY "${root}"
    OUTPUT_VARIABLE config)
  _stepwright_settle(settle "${to}.unlinked.json")
  add_custom_command(OUTPUT "${to}.unlinked.json"
    BYPRODUCTS "${to}.asl.json" "${to}.iam.json" "${to}.assets.json" "${to}.svg"
    COMMAND ${compiler} compile "${config}" --stage "${stage}" --root "${root}"
      --out "${built_dir}" --depfile "${built}.compile.d" ${defines}
    ${settle}
    DEPENDS stepwright::stepwright ${engines} DEPFILE "${to}.compile.d"
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" VERBATIM COMMENT "Compiling ${pipeline} for ${stage}")

  _stepwright_level_of(level_here "${stage}")
  _stepwright_level_folder(zips "${level_here}")
  set(digests "")
  foreach(bundle IN LISTS STEPWRIGHT_PIPELINE_${pipeline}_${stage}_BUNDLES)
    _stepwright_bundle_file(file "${bundle}")
    set(folder "${out}/bundles")
    if(STEPWRIGHT_BUNDLE_${bundle}_KIND MATCHES "^(zip|layer)$")
      set(folder "${zips}")
    endif()
    list(APPEND digests "${folder}/${file}.json")
  endforeach()
  set(apart "")
  if(NOT zips STREQUAL "${out}/bundles")
    _stepwright_built_path(built_zips "${zips}")
    set(apart --zips "${built_zips}")
  endif()
  set(compiled "${to}.unlinked.json")
  if(CMAKE_GENERATOR MATCHES "^Ninja")
    # Make has no rule for a byproduct, and needs none: it sees the first output renewed.
    list(APPEND compiled "${to}.assets.json" "${to}.asl.json" "${to}.iam.json")
  endif()
  _stepwright_settle(settle "${to}.template.json")
  add_custom_command(OUTPUT "${to}.template.json"
    BYPRODUCTS "${to}.template.min.json" "${to}.manifest.json"
    COMMAND stepwright::stepwright link "${built}.assets.json" --bundles "${built_bundles}"
      ${apart} --out "${built_dir}" --depfile "${built}.link.d"
    ${settle}
    DEPENDS stepwright::stepwright ${compiled} ${digests}
    DEPFILE "${to}.link.d"
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" VERBATIM COMMENT "Linking ${pipeline} for ${stage}")
  add_custom_target("${pipeline}-${stage}" ALL DEPENDS "${to}.template.json")
  if(plan_target)
    add_dependencies("${pipeline}-${stage}" ${plan_target})
  endif()
  if(NOT CMAKE_GENERATOR MATCHES "^Ninja")
    # Make knows how to make a digest only inside the target that owns the bundle.
    list(TRANSFORM STEPWRIGHT_PIPELINE_${pipeline}_${stage}_BUNDLES PREPEND "${bundles}-"
      OUTPUT_VARIABLE owners)
    if(owners)
      add_dependencies("${pipeline}-${stage}" ${owners})
    endif()
  endif()
endfunction()

# What `stepwright <verb>` says of the language, as a file. Not in `all`: nobody waits for it.
function(_stepwright_add_reference verb name)
  if(TARGET ${verb})
    return()
  endif()
  set(file "${CMAKE_BINARY_DIR}/reference/${name}")
  _stepwright_settle(settle "${file}")
  add_custom_command(OUTPUT "${file}"
    COMMAND ${compiler} ${verb} --out "${file}"
    ${settle}
    DEPENDS stepwright::stepwright ${engines} VERBATIM COMMENT "Writing ${file}")
  add_custom_target(${verb} DEPENDS "${file}")
endfunction()

# stepwright::lambda_runtime, compiled with the project's compiler: it may be a cross compiler.
function(_stepwright_need_lambda_runtime)
  if(NOT TARGET stepwright::lambda_runtime)
    get_property(enabled GLOBAL PROPERTY ENABLED_LANGUAGES)
    if(NOT "C" IN_LIST enabled)
      message(FATAL_ERROR "stepwright_add_lambda: the project must enable the language C")
    endif()
    get_property(source GLOBAL PROPERTY STEPWRIGHT_LAMBDA_RUNTIME_DIR)
    add_subdirectory("${source}" "${CMAKE_BINARY_DIR}/lambda_runtime" EXCLUDE_FROM_ALL)
    _stepwright_check_static_libc()
  endif()
  set(STEPWRIGHT_LAMBDA_COMPILE_OPTIONS
    -std=c11 -O2 -g0 -UNDEBUG "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=."
    "-ffile-prefix-map=${CMAKE_BINARY_DIR}=." PARENT_SCOPE)
endfunction()

# The same bytes from every directory and preset: what is shipped is not a debug build.
function(_stepwright_ship target)
  target_compile_options(${target} PRIVATE ${STEPWRIGHT_LAMBDA_COMPILE_OPTIONS})
  target_link_options(${target} PRIVATE -s -Wl,--build-id=none)
  if(STEPWRIGHT_STATIC_LIBC)
    target_link_options(${target} PRIVATE -static)
  endif()
endfunction()

# Lambda's C library is older than most build machines'; a static program does not care.
function(_stepwright_check_static_libc)
  include(CheckCSourceCompiles)
  set(CMAKE_REQUIRED_LINK_OPTIONS -static)
  check_c_source_compiles("int main(void) { return 0; }" STEPWRIGHT_STATIC_LIBC)
  if(NOT STEPWRIGHT_STATIC_LIBC)
    message(WARNING "No static C library: functions in C are linked dynamically and may need "
      "a newer C library than Lambda has.")
  endif()
endfunction()

# In the source tree; the package says where it has them.
if(EXISTS "${CMAKE_CURRENT_LIST_DIR}/../customcode/lambda_runtime/CMakeLists.txt")
  cmake_path(SET _stepwright_dir NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/..")
  set_property(GLOBAL PROPERTY STEPWRIGHT_LAMBDA_RUNTIME_DIR
    "${_stepwright_dir}/customcode/lambda_runtime")
  set_property(GLOBAL PROPERTY STEPWRIGHT_INCLUDE_DIR "${_stepwright_dir}/generator")
  unset(_stepwright_dir)
endif()

cmake_policy(POP)
