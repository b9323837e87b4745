# The C++ library: libspot.so and libspot.a, the public headers, find_package(spot), and spot.pc.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The public headers are those that spot/spot.hpp includes, and no others; tests/cpp/consumer proves the list complete.
set(public_headers
    spot/spot.hpp
    spot/base/event.hpp
    spot/base/logging.hpp
    spot/base/options.hpp
    spot/base/stats.hpp
    spot/base/types.hpp
    spot/pubsub/message.hpp
    spot/pubsub/spot_pubsub.hpp
    spot/pubsub/subscriber.hpp
    spot/transport/ctx.hpp)

foreach(kind IN ITEMS shared static)
  string(TOUPPER ${kind} KIND)
  add_library(spot_${kind} ${KIND})
  foreach(layer IN LISTS spot_layers)
    target_sources(spot_${kind} PRIVATE $<TARGET_OBJECTS:spot_${layer}>)
  endforeach()
  target_include_directories(
    spot_${kind} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/cpp>"
                        "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/generated>"
                        "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_compile_features(spot_${kind} PUBLIC cxx_std_17)
  set_target_properties(
    spot_${kind} PROPERTIES OUTPUT_NAME spot LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION}
                            SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endforeach()
set_target_properties(spot_shared PROPERTIES EXPORT_NAME spot)
add_library(spot::spot ALIAS spot_shared)
add_library(spot::spot_static ALIAS spot_static)

# The shared library exports the public classes only.
set(exports "${PROJECT_SOURCE_DIR}/cmake/libspot.map")
include(CheckLinkerFlag)
check_linker_flag(CXX "-Wl,--version-script=${exports}" linker_has_version_scripts)
if(linker_has_version_scripts)
  target_link_options(spot_shared PRIVATE "-Wl,--version-script=${exports}")
  set_property(TARGET spot_shared APPEND PROPERTY LINK_DEPENDS "${exports}")
endif()

target_link_libraries(spot_shared PRIVATE spot_libzmq Threads::Threads)
target_link_libraries(spot_static PUBLIC Threads::Threads)
set(static_requires "")
if(libzmq_kind STREQUAL "bundled")
  # libspot.a contains all objects.
  target_sources(spot_static PRIVATE $<TARGET_OBJECTS:objects>)
else()
  target_link_libraries(spot_static PRIVATE PkgConfig::LIBZMQ)
  set(static_requires "libzmq >= ${libzmq_minimum}")
endif()

if(NOT SPOT_INSTALL)
  return()
endif()

foreach(header IN LISTS public_headers)
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES "cpp/${header}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/${folder}")
endforeach()
install(FILES "${PROJECT_BINARY_DIR}/generated/spot/version.hpp" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/spot")

# Two sets of targets: a program that links the shared library need not have the libraries that the static one needs.
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/spot")
foreach(kind IN ITEMS shared static)
  install(TARGETS spot_${kind} EXPORT spot_${kind})
  install(EXPORT spot_${kind} NAMESPACE spot:: FILE spot_${kind}.cmake DESTINATION "${package_dir}")
endforeach()
configure_package_config_file(cmake/spotConfig.cmake.in spotConfig.cmake INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(spotConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/spotConfig.cmake" "${PROJECT_BINARY_DIR}/spotConfigVersion.cmake"
        DESTINATION "${package_dir}")

# The libraries that a C++ program which links libspot.a by hand needs, too.
set(static_libraries ${CMAKE_THREAD_LIBS_INIT})
foreach(library IN LISTS CMAKE_CXX_IMPLICIT_LINK_LIBRARIES)
  if(library MATCHES "^(stdc\\+\\+|c\\+\\+|m)$")
    list(APPEND static_libraries "-l${library}")
  endif()
endforeach()
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  list(APPEND static_libraries -lrt)
endif()
list(JOIN static_libraries " " static_libraries)
file(RELATIVE_PATH prefix_from_pc "/x/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/x")
configure_file(cmake/spot.pc.in spot.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/spot.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
install(FILES LICENSE THIRD_PARTY.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
