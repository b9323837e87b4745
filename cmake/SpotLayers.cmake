# One object library for each layer; its dependencies are the layers below it. tests/test_layers.py checks the includes,
# because the compiler finds a system-wide zmq.h from any folder.

configure_file(cmake/version.hpp.in "${PROJECT_BINARY_DIR}/generated/spot/version.hpp" @ONLY)

function(spot_add_layer name)
  # Headers as well, because a layer may have no other files.
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/cpp/spot/${name}/*.[ch]pp")
  add_library(spot_${name} OBJECT ${sources})
  set_target_properties(spot_${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(spot_${name} PUBLIC "${PROJECT_SOURCE_DIR}/cpp" "${PROJECT_BINARY_DIR}/generated")
  target_link_libraries(spot_${name} PUBLIC ${ARGN} PRIVATE spot_options)
endfunction()

spot_add_layer(base Threads::Threads)
spot_add_layer(wire spot_base)
spot_add_layer(registry spot_wire)
spot_add_layer(transport spot_registry spot_libzmq)
spot_add_layer(data spot_transport)
spot_add_layer(cluster spot_data)
spot_add_layer(pubsub spot_cluster)

set(spot_pure_layers base wire registry) # no libzmq
set(spot_layers ${spot_pure_layers} transport data cluster pubsub)
