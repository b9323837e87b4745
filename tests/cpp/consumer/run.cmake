# cmake -Dbuild_dir=... -Dgenerator=... -P run.cmake: installs the build into an empty prefix, then builds and
# runs the project beside this file against it.

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
    "-DCMAKE_PREFIX_PATH=${prefix}")
run("${CMAKE_COMMAND}" --build "${consumer_build}")
run("${consumer_build}/consume_spot")
run("${consumer_build}/consume_spot_static")
