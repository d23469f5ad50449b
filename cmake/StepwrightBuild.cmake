# How this repository builds itself. Nothing here is installed.
include_guard()

option(STEPWRIGHT_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(STEPWRIGHT_FUZZ "Build the fuzz targets with libFuzzer (clang)" OFF)

# Warnings, standard and sanitizers for every target of ours.
add_library(stepwright_flags INTERFACE)
target_compile_features(stepwright_flags INTERFACE c_std_11)
target_compile_definitions(stepwright_flags INTERFACE _GNU_SOURCE)
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(stepwright_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes)
endif()
if(STEPWRIGHT_SANITIZE)
  target_compile_options(stepwright_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(stepwright_flags INTERFACE -fsanitize=address,undefined)
endif()
if(STEPWRIGHT_FUZZ)
  target_compile_options(stepwright_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# stepwright_layer(<name> SOURCES <file.c>... [DEPENDS <layer>...] [LINK <library>...])
#   A layer of generator/ as a static library; it sees the headers of the layers it names.
function(stepwright_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;LINK")
  set(target "stepwright_${name}")
  add_library(${target} STATIC ${arg_SOURCES})
  set_target_properties(${target} PROPERTIES C_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}/generator")
  list(TRANSFORM arg_DEPENDS PREPEND "stepwright_")
  target_link_libraries(${target} PUBLIC ${arg_DEPENDS} PRIVATE stepwright_flags ${arg_LINK})
endfunction()

# stepwright_engines(<directory>)
#   Every <directory>/<stem>.c in the library stepwright_engines, and `engines_list`, which names each
#   engine_<stem>: dropping a file in is all it takes, and one that defines no engine does not link.
function(stepwright_engines directory)
  file(GLOB sources CONFIGURE_DEPENDS "${directory}/*.c")
  list(SORT sources)
  set(externs "")
  set(rows "")
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM stem)
    string(APPEND externs "extern const struct engine engine_${stem};\n")
    string(APPEND rows "    &engine_${stem},\n")
  endforeach()
  list(LENGTH sources count)
  set(list "${PROJECT_BINARY_DIR}/generated/engines_list.c")
  file(CONFIGURE OUTPUT "${list}" @ONLY CONTENT [[
/* Made by CMake from the names of the files in engines/. */
#include "model/engine.h"

@externs@
extern const struct engines engines_list;

static const struct engine *const list[] = {
@rows@};

const struct engines engines_list = { list, @count@ };
]])
  add_library(stepwright_engines STATIC ${sources} "${list}")
  set_target_properties(stepwright_engines PROPERTIES
    C_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(stepwright_engines PUBLIC stepwright_plan PRIVATE stepwright_flags)
endfunction()
