# The extension module spotmq._core: all layers and the binding in one object, libzmq included if bundled.

find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module)
find_package(pybind11 2.13 CONFIG REQUIRED)

file(GLOB binding CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/cpp/binding/*.[ch]pp")
pybind11_add_module(_core MODULE ${binding})
target_include_directories(_core PRIVATE "${PROJECT_SOURCE_DIR}/cpp")
target_link_libraries(_core PRIVATE spot_options)
foreach(layer IN LISTS spot_layers)
  target_link_libraries(_core PRIVATE spot_${layer})
endforeach()

install(TARGETS _core LIBRARY DESTINATION spotmq)
