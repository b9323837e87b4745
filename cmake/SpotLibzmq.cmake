# Makes the target spot_libzmq as SPOT_LIBZMQ=auto|system|bundled says.
#
# system   the machine's libzmq, by pkg-config
# bundled  the official release, built here and linked statically; from SPOT_LIBZMQ_SOURCE_DIR (or CMake's
#          own FETCHCONTENT_SOURCE_DIR_LIBZMQ) when given, else downloaded
# auto     bundled when a source directory is given, else system when found, else the download

set(libzmq_minimum 4.3.4) # the first without CVE-2021-20234 to -20237
set(libzmq_url https://github.com/zeromq/libzmq/releases/download/v4.3.5/zeromq-4.3.5.tar.gz)
set(libzmq_sha256 6653ef5910f17954861fe72332e68b03ca6e4d9c7160eb3a8de5a5a913bfab43)

if(SPOT_LIBZMQ_SOURCE_DIR)
  get_filename_component(FETCHCONTENT_SOURCE_DIR_LIBZMQ "${SPOT_LIBZMQ_SOURCE_DIR}" ABSOLUTE)
endif()
if(FETCHCONTENT_SOURCE_DIR_LIBZMQ AND NOT EXISTS "${FETCHCONTENT_SOURCE_DIR_LIBZMQ}/src/zmq.cpp")
  message(FATAL_ERROR "No libzmq sources in ${FETCHCONTENT_SOURCE_DIR_LIBZMQ}")
endif()

include(SpotLibzmqFix)

# A function, because it has a scope of its own: variables that are set here for libzmq's CMakeLists.txt must not reach
# this project's.
function(spot_bundle_libzmq)
  include(FetchContent)
  if(POLICY CMP0135)
    cmake_policy(SET CMP0135 NEW) # extracted files are as old as the extraction
  endif()
  # SOURCE_SUBDIR names no directory: MakeAvailable then only provides the sources, and add_subdirectory can
  # leave libzmq's install rules out.
  FetchContent_Declare(libzmq URL ${libzmq_url} URL_HASH SHA256=${libzmq_sha256} SOURCE_SUBDIR none)
  FetchContent_MakeAvailable(libzmq)

  set(CMAKE_POLICY_DEFAULT_CMP0063 NEW) # visibility of object libraries
  set(CMAKE_POLICY_DEFAULT_CMP0069 NEW) # link-time optimisation as this project sets it
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW) # option() respects the variables below
  set(CMAKE_POLICY_VERSION_MINIMUM 3.5) # libzmq asks for policies of a version that CMake 4 no longer supports
  set(CMAKE_WARN_DEPRECATED OFF)
  set(BUILD_STATIC ON)
  foreach(off BUILD_SHARED BUILD_TESTS ENABLE_CPACK ENABLE_CURVE ENABLE_DRAFTS ENABLE_RADIX_TREE ENABLE_WS
              WITH_DOC WITH_DOCS WITH_LIBBSD WITH_LIBSODIUM WITH_NSS WITH_PERF_TOOL WITH_TLS)
    set(${off} OFF)
  endforeach()
  set(CMAKE_CXX_VISIBILITY_PRESET hidden)
  set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  set(CMAKE_UNITY_BUILD OFF) # it is compiled as its authors compile it
  set(build_type "${CMAKE_BUILD_TYPE}")
  add_subdirectory("${libzmq_SOURCE_DIR}" "${libzmq_BINARY_DIR}" EXCLUDE_FROM_ALL)
  if(build_type STREQUAL "") # libzmq's CMakeLists.txt sets one in the cache, for all projects
    unset(CMAKE_BUILD_TYPE CACHE)
  endif()

  spot_correct_libzmq("${libzmq_SOURCE_DIR}")

  # No symbol of it is exported, not even zmq_*: two libzmqs in one process (this one and pyzmq's, for example) must not
  # use each other's functions. The linker flag does that for releases that do not know ZMQ_NO_EXPORT.
  target_compile_definitions(objects PUBLIC ZMQ_NO_EXPORT)
  include(CheckLinkerFlag)
  check_linker_flag(CXX -Wl,--exclude-libs,ALL linker_excludes_libs)
  if(linker_excludes_libs)
    target_link_options(spot_libzmq INTERFACE $<BUILD_INTERFACE:-Wl,--exclude-libs,ALL>)
  endif()
  target_compile_options(objects PRIVATE -w) # this project cannot mend libzmq's warnings

  target_include_directories(spot_libzmq SYSTEM INTERFACE "$<BUILD_INTERFACE:${libzmq_SOURCE_DIR}/include>")
  target_compile_definitions(spot_libzmq INTERFACE $<BUILD_INTERFACE:ZMQ_STATIC>
                             $<BUILD_INTERFACE:SPOT_LIBZMQ_BUNDLED>)
  target_link_libraries(spot_libzmq INTERFACE $<BUILD_INTERFACE:libzmq-static>)
endfunction()

add_library(spot_libzmq INTERFACE)

set(libzmq_kind ${SPOT_LIBZMQ})
if(libzmq_kind STREQUAL "auto")
  if(FETCHCONTENT_SOURCE_DIR_LIBZMQ)
    set(libzmq_kind bundled)
  else()
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
      pkg_check_modules(LIBZMQ QUIET libzmq>=${libzmq_minimum})
    endif()
    if(LIBZMQ_FOUND)
      set(libzmq_kind system)
    else()
      set(libzmq_kind bundled)
    endif()
  endif()
endif()

if(libzmq_kind STREQUAL "system")
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(LIBZMQ REQUIRED IMPORTED_TARGET libzmq>=${libzmq_minimum})
  target_link_libraries(spot_libzmq INTERFACE PkgConfig::LIBZMQ)
  message(STATUS "libzmq: the system's lacks a correction that the bundled one has (docs/development.md)")
elseif(libzmq_kind STREQUAL "bundled")
  spot_bundle_libzmq()
else()
  message(FATAL_ERROR "SPOT_LIBZMQ is '${SPOT_LIBZMQ}', none of auto, system, bundled")
endif()
message(STATUS "libzmq: ${libzmq_kind}")
