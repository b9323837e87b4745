// spotmq._core.libzmq: the description of libzmq that `python -m spotmq` prints.
#include <pybind11/pybind11.h>

#include "binding/binding.hpp"
#include "spot/transport/libzmq.hpp"

namespace py = pybind11;

void bind_libzmq(py::module_ &module)
{
    module.def(
        "libzmq",
        [] {
            const spot::libzmq_t libzmq = spot::describe_libzmq();
            py::tuple features(libzmq.features.size());
            for (std::size_t i = 0; i < libzmq.features.size(); ++i)
                features[i] = libzmq.features[i];
            return py::make_tuple(libzmq.version, libzmq.bundled, features);
        },
        "(version, whether it is linked in, what it can)");
}
