# What `cmake --install` puts where find_package(Stepwright) finds it.
include_guard()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/Stepwright")
set(headers "${CMAKE_INSTALL_INCLUDEDIR}/stepwright")
set(runtime "${CMAKE_INSTALL_DATADIR}/stepwright/lambda_runtime")

install(TARGETS stepwright stepwright-aws EXPORT StepwrightTargets
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(EXPORT StepwrightTargets NAMESPACE stepwright:: DESTINATION "${package}")
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/StepwrightConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/StepwrightConfig.cmake" INSTALL_DESTINATION "${package}"
  PATH_VARS headers runtime NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/StepwrightConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_LIST_DIR}/Stepwright.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/StepwrightDeploy.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/StepwrightPlan.cmake"
  "${PROJECT_BINARY_DIR}/StepwrightConfig.cmake"
  "${PROJECT_BINARY_DIR}/StepwrightConfigVersion.cmake"
  DESTINATION "${package}")
# As source: a Lambda function is compiled for Lambda's machines, not for the generator's.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/customcode/lambda_runtime/" DESTINATION "${runtime}"
  PATTERN "README.md" EXCLUDE)
# What an engine is written against: the plan and what lies below it.
foreach(layer base schema model plan)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/generator/${layer}" DESTINATION "${headers}"
    FILES_MATCHING PATTERN "*.h")
endforeach()
