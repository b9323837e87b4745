# cmake -Dbuild_dir=... -Dgenerator=... -Dcxx=... -P run.cmake: installs the build into an empty
# prefix, then builds and runs the program beside this file against it, in each of the ways that there are.

set(prefix "${build_dir}/consumer/prefix")
set(consumer_build "${build_dir}/consumer/build")
file(REMOVE_RECURSE "${build_dir}/consumer")

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${result} from: ${command}")
  endif()
endfunction()

run("${CMAKE_COMMAND}" --install "${build_dir}" --prefix "${prefix}")
run("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${consumer_build}" -G "${generator}"
    "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_CXX_COMPILER=${cxx}" -Dcomponents=shared,static)
run("${CMAKE_COMMAND}" --build "${consumer_build}")
run("${consumer_build}/consume_spot")
run("${consumer_build}/consume_spot_static")

# The shared library needs no libzmq, and no pkg-config that knows one.
run("${CMAKE_COMMAND}" -E env PKG_CONFIG_LIBDIR=/nowhere PKG_CONFIG_PATH=
    "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${consumer_build}-shared" -G "${generator}"
    "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_CXX_COMPILER=${cxx}" -Dcomponents=shared)
execute_process(
  COMMAND "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${consumer_build}-wrong" -G "${generator}"
          "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_CXX_COMPILER=${cxx}" -Dcomponents=static-shared
  RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE complaint)
if(result EQUAL 0 OR NOT complaint MATCHES "no component static-shared")
  message(FATAL_ERROR "a component that there is not: ${result} ${complaint}")
endif()

# By hand, with pkg-config: once against libspot.so, once where only libspot.a is.
find_program(pkg_config NAMES pkg-config pkgconf)
file(GLOB_RECURSE pc "${prefix}/*/spot.pc")
get_filename_component(pc_dir "${pc}" DIRECTORY)
get_filename_component(libdir "${pc_dir}" DIRECTORY)
function(compile program)
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -E env "PKG_CONFIG_PATH=${pc_dir}" "${pkg_config}" --cflags --libs ${ARGN} spot
    RESULT_VARIABLE result OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "pkg-config: ${result}")
  endif()
  separate_arguments(flags UNIX_COMMAND "${flags}")
  run("${cxx}" -std=c++17 "${CMAKE_CURRENT_LIST_DIR}/main.cpp" -o "${program}" ${flags})
endfunction()
compile("${consumer_build}/by_hand")
run("${CMAKE_COMMAND}" -E env "LD_LIBRARY_PATH=${libdir}" "DYLD_LIBRARY_PATH=${libdir}" "${consumer_build}/by_hand")

# What libspot.so shows are the public classes.
find_program(nm NAMES nm)
file(GLOB shared "${libdir}/libspot.so")
if(nm AND shared)
  execute_process(COMMAND "${nm}" -DC --defined-only "${shared}" OUTPUT_VARIABLE symbols RESULT_VARIABLE result)
  string(REGEX REPLACE "\n$" "" symbols "${symbols}")
  string(REPLACE ";" "," symbols "${symbols}")
  string(REPLACE "\n" ";" symbols "${symbols}")
  foreach(symbol IN LISTS symbols)
    if(NOT symbol MATCHES "^[0-9a-f]+ [A-Za-z] spot::((ctx|message|spot_pubsub|subscriber|watcher)_t::|set_log_(level|sink)\\()")
      message(FATAL_ERROR "libspot.so exports ${symbol}")
    endif()
  endforeach()
  list(LENGTH symbols count)
  if(NOT result EQUAL 0 OR count LESS 50)
    message(FATAL_ERROR "libspot.so exports ${count} symbols")
  endif()
endif()

file(GLOB shared "${libdir}/libspot.so*" "${libdir}/libspot*.dylib")
file(REMOVE ${shared})
compile("${consumer_build}/by_hand_static" --static)
run("${consumer_build}/by_hand_static")
