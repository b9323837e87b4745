# The compiler's options. The target spot_options carries those for spotmq's own code. Sanitizers are set for the whole
# build, so that a bundled libzmq has them, too: ThreadSanitizer must see its atomics.

set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# A project that includes this one as a subproject chooses its build type itself.
if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
  endif()
  string(REPLACE "-O2" "-O3" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
endif()

if(SKBUILD)
  # The extension module exports nothing but its init function.
  set(CMAKE_CXX_VISIBILITY_PRESET hidden)
  set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
endif()

foreach(sanitizer IN LISTS SPOT_SANITIZE)
  if(NOT sanitizer MATCHES "^(address|thread|undefined)$")
    message(FATAL_ERROR "SPOT_SANITIZE: '${sanitizer}' is none of address, thread, undefined")
  endif()
endforeach()
if(SPOT_SANITIZE)
  list(JOIN SPOT_SANITIZE "," sanitizers)
  # Little optimisation, and only the debug information that stacks need: more would take minutes to compile.
  add_compile_options(-fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g1)
  add_link_options(-fsanitize=${sanitizers})
endif()

if(SPOT_BUILD_PYTHON AND SPOT_LTO AND NOT SPOT_SANITIZE AND CMAKE_BUILD_TYPE STREQUAL "Release")
  include(CheckIPOSupported)
  check_ipo_supported(RESULT CMAKE_INTERPROCEDURAL_OPTIMIZATION OUTPUT reason LANGUAGES CXX)
  if(NOT CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    message(STATUS "No link-time optimisation: ${reason}")
  endif()
endif()

find_package(Threads REQUIRED)

add_library(spot_options INTERFACE)
target_compile_options(spot_options INTERFACE -Wall -Wextra -Wpedantic $<$<BOOL:${SPOT_WERROR}>:-Werror>)
