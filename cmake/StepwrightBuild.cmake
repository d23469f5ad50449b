# How this repository builds itself. Nothing here is installed.
include_guard()

set(STEPWRIGHT_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")
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
    -fsanitize=${STEPWRIGHT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(stepwright_flags INTERFACE -fsanitize=${STEPWRIGHT_SANITIZE})
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
