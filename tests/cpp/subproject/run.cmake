# cmake -Dspot_dir=... -Dwork_dir=... -Dgenerator=... -Dcxx=... -Dlibzmq=... -P run.cmake: configures the project beside
# this file, which takes spot in. It must be able to, keep its own build type, and install nothing of spot.

file(REMOVE_RECURSE "${work_dir}")
execute_process(
  COMMAND "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${work_dir}" -G "${generator}" "-Dspot_dir=${spot_dir}"
          "-DCMAKE_CXX_COMPILER=${cxx}" "-DSPOT_LIBZMQ_SOURCE_DIR=${libzmq}"
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "cmake: ${result}")
endif()
file(GLOB_RECURSE scripts "${work_dir}/cmake_install.cmake")
list(FILTER scripts EXCLUDE REGEX "/libzmq-build/") # which nobody may include
foreach(script IN LISTS scripts)
  file(READ "${script}" text)
  if(text MATCHES "libspot|spot\\.hpp|spot\\.pc|spotConfig|libzmq-build")
    message(FATAL_ERROR "${script} installs parts of spot, which nobody asked for")
  endif()
endforeach()
file(READ "${work_dir}/CMakeCache.txt" cache)
if(NOT cache MATCHES "SPOT_INSTALL:BOOL=OFF" OR cache MATCHES "CMAKE_BUILD_TYPE:[A-Z]+=[A-Za-z]")
  message(FATAL_ERROR "spot forces its own choices on a parent project")
endif()
