# The C++ library: libspot.so and libspot.a, the public headers, and find_package(spot).

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# What spot/spot.hpp includes, and nothing else, is public; tests/cpp/consumer proves the list complete.
set(public_headers
    cpp/spot/spot.hpp
    cpp/spot/base/event.hpp
    cpp/spot/base/types.hpp
    cpp/spot/pubsub/message.hpp
    cpp/spot/pubsub/spot_pubsub.hpp
    cpp/spot/pubsub/subscriber.hpp
    cpp/spot/transport/ctx.hpp)
set(generated_headers "${PROJECT_BINARY_DIR}/generated/spot/version.hpp")

foreach(kind IN ITEMS shared static)
  string(TOUPPER ${kind} KIND)
  add_library(spot_${kind} ${KIND})
  foreach(layer IN LISTS spot_layers)
    target_sources(spot_${kind} PRIVATE $<TARGET_OBJECTS:spot_${layer}>)
  endforeach()
  target_sources(
    spot_${kind}
    PUBLIC FILE_SET HEADERS BASE_DIRS cpp FILES ${public_headers}
    PUBLIC FILE_SET generated TYPE HEADERS BASE_DIRS "${PROJECT_BINARY_DIR}/generated" FILES ${generated_headers})
  target_compile_features(spot_${kind} PUBLIC cxx_std_17)
  set_target_properties(
    spot_${kind} PROPERTIES OUTPUT_NAME spot LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION}
                            SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endforeach()
set_target_properties(spot_shared PROPERTIES EXPORT_NAME spot)
add_library(spot::spot ALIAS spot_shared)
add_library(spot::spot_static ALIAS spot_static)

target_link_libraries(spot_shared PRIVATE spot_libzmq Threads::Threads)
target_link_libraries(spot_static PUBLIC Threads::Threads)
if(libzmq_kind STREQUAL "bundled")
  # libspot.a is complete in itself.
  target_sources(spot_static PRIVATE $<TARGET_OBJECTS:objects>)
else()
  target_link_libraries(spot_static PRIVATE PkgConfig::LIBZMQ)
endif()

install(TARGETS spot_shared spot_static EXPORT spot FILE_SET HEADERS FILE_SET generated)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/spot")
install(EXPORT spot NAMESPACE spot:: FILE spotTargets.cmake DESTINATION "${package_dir}")
configure_package_config_file(cmake/spotConfig.cmake.in spotConfig.cmake INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(spotConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/spotConfig.cmake" "${PROJECT_BINARY_DIR}/spotConfigVersion.cmake"
        DESTINATION "${package_dir}")
install(FILES LICENSE THIRD_PARTY.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
