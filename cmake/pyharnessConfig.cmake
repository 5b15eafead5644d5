# find_package(pyharness): the headers for test authors, and a function that makes a suite.
#
#   find_package(pyharness REQUIRED)          # -Dpyharness_DIR="$(pyharness --cmake-dir)"
#   pyharness_add_suite(parser SOURCES parser.test.cpp LIBRARIES parser [GROUP text] [ISOLATION process])
#   pyharness_add_suite(lexer FRAMEWORK googletest SOURCES lexer_test.cc LIBRARIES lexer)
#
# makes the shared libraries libparser.so and liblexer.so, which `pyharness test` runs.

set(PYHARNESS_BRIDGES "${CMAKE_CURRENT_LIST_DIR}/bridges" CACHE INTERNAL "Folder of the sources that adopt a framework")
set(PYHARNESS_INCLUDE_DIR "${CMAKE_CURRENT_LIST_DIR}/../include" CACHE PATH "Folder that holds pyharness/suite.h")

if(NOT TARGET pyharness::headers)
  add_library(pyharness::headers INTERFACE IMPORTED)
  set_target_properties(pyharness::headers PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${PYHARNESS_INCLUDE_DIR}")
endif()

# Says which source turns a framework's cases into a suite's, and which target has the framework without its main().
function(_pyharness_find_bridge caller framework isolation bridge target)
  set(frameworks googletest catch2 doctest)
  set(googletest_targets GTest::gtest gtest)
  set(catch2_targets Catch2::Catch2)
  set(doctest_targets doctest::doctest)
  if(NOT framework IN_LIST frameworks)
    message(FATAL_ERROR "${caller}: FRAMEWORK is '${framework}'; make it googletest, catch2 or doctest")
  endif()
  if(isolation STREQUAL "thread")
    message(FATAL_ERROR "${caller}: ISOLATION is 'thread', but ${framework} runs one case at a time; "
      "make it process or case")
  endif()
  foreach(candidate IN LISTS ${framework}_targets)
    if(TARGET ${candidate})
      _pyharness_keep_apart("${caller}" ${candidate})
      set(${target} ${candidate} PARENT_SCOPE)
      break()
    endif()
  endforeach()
  if(framework STREQUAL "googletest" AND TARGET gmock)
    _pyharness_keep_apart("${caller}" gmock)
  endif()
  set(${bridge} "${PYHARNESS_BRIDGES}/${framework}.cpp" PARENT_SCOPE)
endfunction()

# A framework that each suite has for itself: static, and where it is built here, so that it can go into a library.
function(_pyharness_keep_apart caller target)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "SHARED_LIBRARY")
    message(FATAL_ERROR "${caller}: ${target} is a shared library, in which the cases of all suites would meet; "
      "make it a static one")
  endif()
  get_target_property(aliased ${target} ALIASED_TARGET)
  if(aliased)
    set(target ${aliased})
  endif()
  get_target_property(is_imported ${target} IMPORTED)
  if(type STREQUAL "STATIC_LIBRARY" AND NOT is_imported)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  endif()
endfunction()

# A file that makes a program of tests has the framework in it, as the suite does already: the linker would tell that
# symbol by symbol.
function(_pyharness_refuse_main caller framework target)
  set(doctest_main "DOCTEST_CONFIG_IMPLEMENT(_WITH_MAIN)?")
  set(catch2_main "CATCH_CONFIG_(MAIN|RUNNER)")
  set(type "")
  if(framework STREQUAL "catch2" AND TARGET "${target}")
    get_target_property(type ${target} TYPE)
  endif()
  if(framework STREQUAL "googletest" OR (framework STREQUAL "catch2" AND NOT type STREQUAL "INTERFACE_LIBRARY"))
    return()  # these are libraries, and version 3 of Catch2 gives the two words no meaning
  endif()
  foreach(source IN LISTS ARGN)
    get_filename_component(path "${source}" ABSOLUTE)
    if(EXISTS "${path}" AND NOT IS_DIRECTORY "${path}")  # or else the build makes it
      set(defines "^[ \t]*#[ \t]*define[ \t]+${${framework}_main}([ \t/]|$)")
      file(STRINGS "${path}" lines REGEX "${defines}|PYHARNESS_SUITE_NAME")
      if(lines AND NOT lines MATCHES "PYHARNESS_SUITE_NAME")
        string(REGEX MATCH "${${framework}_main}" word "${lines}")
        message(FATAL_ERROR "${caller}: '${source}' defines ${word}, and a suite has ${framework} in it already; "
          "leave the file out, or let it define that only where PYHARNESS_SUITE_NAME is not defined")
      endif()
    endif()
  endforeach()
endfunction()

# pyharness_add_suite(NAME SOURCES file… [FRAMEWORK googletest|catch2|doctest] [LIBRARIES target…] [GROUP name]
#                     [ISOLATION thread|process|case])
#   NAME       target, suite name, and (as libNAME.so) file name
#   SOURCES    C and C++ files that include pyharness/test.h or pyharness/test.hpp, or tests of FRAMEWORK without a main()
#   FRAMEWORK  what the tests are written with, if it is not pyharness: its cases become those of the suite
#   LIBRARIES  what the tests are linked with
#   GROUP      the suite's group, shown in reports
#   ISOLATION  how far its cases are kept apart when they do not say it themselves; without it, the run decides
# An empty value, such as that of a variable that is not set, counts as not given.
function(pyharness_add_suite name)
  cmake_parse_arguments(PARSE_ARGV 1 suite "" "FRAMEWORK;GROUP;ISOLATION" "SOURCES;LIBRARIES")
  if(suite_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "pyharness_add_suite(${name}): unknown arguments: ${suite_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT suite_SOURCES)
    message(FATAL_ERROR "pyharness_add_suite(${name}): SOURCES is missing; name the files that hold the tests")
  endif()
  if("${name}" IN_LIST suite_LIBRARIES)
    message(FATAL_ERROR "pyharness_add_suite(${name}): a suite cannot have the name of a library that it is linked with; "
      "call it ${name}_test, for example")
  endif()
  set(levels thread process case)
  if(NOT "${suite_ISOLATION}" STREQUAL "" AND NOT suite_ISOLATION IN_LIST levels)
    message(FATAL_ERROR "pyharness_add_suite(${name}): ISOLATION is '${suite_ISOLATION}'; make it thread, process or case")
  endif()
  set(bridge "")
  set(framework "")
  if(NOT "${suite_FRAMEWORK}" STREQUAL "")
    _pyharness_find_bridge("pyharness_add_suite(${name})" "${suite_FRAMEWORK}" "${suite_ISOLATION}" bridge framework)
    _pyharness_refuse_main("pyharness_add_suite(${name})" "${suite_FRAMEWORK}" "${framework}" ${suite_SOURCES})
  endif()
  add_library(${name} MODULE ${bridge} ${suite_SOURCES})
  target_link_libraries(${name} PRIVATE pyharness::headers ${suite_LIBRARIES} ${framework})
  target_compile_features(${name} PRIVATE c_std_99 cxx_std_17)
  target_compile_definitions(${name} PRIVATE "PYHARNESS_SUITE_NAME=\"${name}\"")
  if(NOT "${suite_GROUP}" STREQUAL "")
    target_compile_definitions(${name} PRIVATE "PYHARNESS_SUITE_GROUP=\"${suite_GROUP}\"")
  endif()
  if(suite_ISOLATION)
    string(TOUPPER "${suite_ISOLATION}" level)
    target_compile_definitions(${name} PRIVATE "PYHARNESS_SUITE_ISOLATION=PYHARNESS_ISOLATION_${level}")
  endif()
  # Hidden symbols keep suites in one process apart: what the compiler would mark STB_GNU_UNIQUE is shared between
  # libraries even with RTLD_LOCAL. GCC has a switch for it; for Clang, which never uses that binding, hiding is enough.
  set_target_properties(${name} PROPERTIES
    PREFIX lib C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  # What comes from static libraries is no part of what a suite exports, however these were compiled.
  target_link_options(${name} PRIVATE LINKER:--exclude-libs,ALL)
  # Without a build type there is no -g, and reports of crashes have no lines.
  get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(NOT CMAKE_BUILD_TYPE AND NOT multi_config)
    target_compile_options(${name} PRIVATE -g)
  endif()
  # Undefined symbols are an error of the link, not of the run; sanitizer runtimes are the exception.
  if(NOT "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE LINKER:-z,defs)
  endif()
endfunction()
