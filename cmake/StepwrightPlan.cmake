# How the build comes to know its pipelines and bundles before it has read a config. Part of
# Stepwright.cmake, which includes it with its own policies; its variables are read here as there.
include_guard(GLOBAL)

# The plan says which pipelines and bundles there are; the build needs it before anything else.
function(_stepwright_plan)
  list(JOIN arg_STAGES "," stages)
  set(command plan --root "${root}" --stages "${stages}" ${defines} ${configs})
  _stepwright_built_path(built "${out}")
  file(MAKE_DIRECTORY "${out}")
  if(CMAKE_GENERATOR STREQUAL "Ninja")
    _stepwright_add_plan()
    set(plan_target "${plan_target}" PARENT_SCOPE)
    return()
  endif()
  _stepwright_program_now(program)
  execute_process(
    COMMAND "${program}" ${command} --out "${built}/plan.cmake" --depfile "${built}/plan.d"
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" RESULT_VARIABLE result)
  _stepwright_read_depfile(files "${out}/plan.d")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${configs} ${files} "${program}")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "The pipelines cannot be planned; the reason is printed above.")
  endif()
endfunction()

# CMake's own input, made by the build: Ninja brings it up to date before it does anything, and runs
# CMake again only if the bytes changed.
function(_stepwright_add_plan)
  set(plan_cmake --out "${built}/plan.cmake" --depfile "${built}/plan.d")
  _stepwright_free_target(plan stepwright-plan)
  _stepwright_program_built_before(program)
  if(program)
    # A tree that builds its own generator must not do so before CMake has seen whether its lists of
    # sources still hold. The program of the last build plans, and the new one checks the plan.
    set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plan.sh")
    add_custom_command(OUTPUT "${out}/plan.cmake"
      COMMAND sh "${script}" try "${built}/plan.cmake"
        ${environment} "${program}" ${command} ${plan_cmake}
      DEPFILE "${out}/plan.d"
      WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" VERBATIM COMMENT "Planning pipelines")
    add_custom_command(OUTPUT "${out}/plan.checked"
      COMMAND ${compiler} ${command} --out "${built}/plan.checked" --depfile "${built}/checked.d"
      COMMAND sh "${script}" settle "${built}/plan.checked" "${built}/plan.cmake"
      DEPENDS stepwright::stepwright ${engines} DEPFILE "${out}/checked.d"
      WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" VERBATIM COMMENT "Checking the plan")
    # Apart from the plan's own target, whose commands would wait for the program as this one does.
    add_custom_target(${plan}-checked DEPENDS "${out}/plan.checked")
    set(plan_target ${plan}-checked PARENT_SCOPE)
  else()
    add_custom_command(OUTPUT "${out}/plan.cmake"
      COMMAND ${compiler} ${command} ${plan_cmake}
      DEPENDS stepwright::stepwright ${engines} DEPFILE "${out}/plan.d"
      WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" VERBATIM COMMENT "Planning pipelines")
  endif()
  add_custom_target(${plan} DEPENDS "${out}/plan.cmake")
  # CMake leaves out inputs that are not there yet, so the first one is empty.
  if(NOT EXISTS "${out}/plan.cmake")
    file(WRITE "${out}/plan.cmake" "# Made by the first build.\n")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${out}/plan.cmake")
endfunction()

# The program that the last build of this tree left; "" if there is none or it is not built here.
function(_stepwright_program_built_before var)
  set(program "")
  get_target_property(target stepwright::stepwright ALIASED_TARGET)
  if(target)
    get_target_property(directory ${target} RUNTIME_OUTPUT_DIRECTORY)
    if(EXISTS "${directory}/stepwright")
      set(program "${directory}/stepwright")
    endif()
  endif()
  set(${var} "${program}" PARENT_SCOPE)
endfunction()

# What was made of pipelines that are gone: nobody should find it, least of all a deployment.
function(_stepwright_remove_stale)
  file(GLOB made "${out}/*/*.manifest.json")
  foreach(manifest IN LISTS made)
    string(REGEX REPLACE "\\.manifest\\.json$" "" path "${manifest}")
    cmake_path(GET path FILENAME pipeline)
    if(STEPWRIGHT_PIPELINES AND NOT pipeline IN_LIST STEPWRIGHT_PIPELINES)
      foreach(end IN ITEMS asl.json iam.json assets.json svg unlinked.json template.json
                           template.min.json manifest.json compile.d link.d)
        file(REMOVE "${path}.${end}")
      endforeach()
    endif()
  endforeach()
endfunction()

# A program that runs while CMake configures: the installed one, or one built for the occasion.
function(_stepwright_program_now var)
  get_target_property(target stepwright::stepwright ALIASED_TARGET)
  if(NOT target)
    set(target stepwright::stepwright)
  endif()
  get_target_property(imported ${target} IMPORTED)
  if(imported)
    get_target_property(program ${target} LOCATION)
    set(${var} "${program}" PARENT_SCOPE)
    return()
  endif()

  set(tree "${CMAKE_BINARY_DIR}/stepwright-bootstrap")
  set(log "${tree}.log")
  message(STATUS "Building stepwright, which plans the pipelines")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -S "${Stepwright_SOURCE_DIR}" -B "${tree}" -G "${CMAKE_GENERATOR}"
      -DBUILD_TESTING=OFF -DSTEPWRIGHT_WITH_PIPELINES=OFF
      "-DCMAKE_C_COMPILER=${CMAKE_C_COMPILER}" "-DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE}"
    COMMAND_ERROR_IS_FATAL ANY OUTPUT_FILE "${log}" ERROR_FILE "${log}")
  cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
  execute_process(
    COMMAND "${CMAKE_COMMAND}" --build "${tree}" --target stepwright --parallel ${cores}
    COMMAND_ERROR_IS_FATAL ANY OUTPUT_FILE "${log}")
  # An edit of the generator may change the plan.
  file(GLOB_RECURSE sources "${Stepwright_SOURCE_DIR}/generator/*.[ch]"
    "${Stepwright_SOURCE_DIR}/engines/*.[ch]")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources})
  find_program(program stepwright PATHS "${tree}" "${tree}/Debug" NO_DEFAULT_PATH NO_CACHE
    REQUIRED)
  set(${var} "${program}" PARENT_SCOPE)
endfunction()

# The files behind "target:", unescaped.
function(_stepwright_read_depfile var file)
  set(paths "")
  if(EXISTS "${file}")
    file(READ "${file}" text)
    string(REGEX REPLACE "^[^:]*: *" "" text "${text}")
    string(REGEX REPLACE "\\\\\n" " " text "${text}")
    string(REGEX MATCHALL "([^ \n\\\\]|\\\\.)+" paths "${text}")
    list(TRANSFORM paths REPLACE "\\\\(.)" "\\1")
    list(TRANSFORM paths REPLACE "\\$\\$" "$")
  endif()
  set(${var} "${paths}" PARENT_SCOPE)
endfunction()
