// service_t: where a node listens.
#include <cerrno>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/cluster/service.hpp"
#include "spot/transport/endpoint.hpp"

namespace spot
{
namespace
{
// libzmq says in several ways that an endpoint cannot be bound here; whoever called reads one.
int bind_error(int error)
{
    switch (error) {
    case EADDRINUSE:
    case EACCES:
    case EPERM:
    case ENOENT: // of an ipc path, as the ones that follow
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case EROFS:
    case ENOSPC:
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return error;
    default:
        return EINVAL;
    }
}

std::string announced(const std::string &bound, const std::string &advertise)
{
    endpoint_t endpoint;
    if (!parse_endpoint(bound, endpoint))
        return bound;
    if (endpoint.scheme != scheme_t::tcp)
        return bound;
    if (!advertise.empty())
        return with_host(endpoint, advertise);
    // Whoever hears of a wildcard puts in the host that it reached this node at.
    return endpoint.any_host() ? with_host(endpoint, "*") : bound;
}

std::string connectable(const std::string &bound, const std::string &advertise)
{
    endpoint_t endpoint;
    if (!parse_endpoint(bound, endpoint) || endpoint.scheme != scheme_t::tcp)
        return bound;
    if (!advertise.empty())
        return with_host(endpoint, advertise);
    return endpoint.any_host() ? with_host(endpoint, "127.0.0.1") : bound;
}
}

int service_t::bind(const std::string &endpoint, const bind_options_t &options, failure_t *failure)
{
    failure_t problem;
    problem.subject = endpoint;
    endpoint_t parsed;
    int result = parse_endpoint(endpoint, parsed) ? 0 : fail(EINVAL);
    if (result == 0) {
        auto found = std::make_shared<failure_t>(problem);
        parsed = bindable(parsed); // on the caller's thread: it may take its time
        result = request([this, parsed, options, found](const completion_ref &done) {
            done->finish(do_bind(parsed, options, *found) == 0 ? 0 : errno);
        });
        if (result != 0 && errno != EINTR)
            problem = *found;
    }
    if (failure)
        *failure = problem;
    return result;
}

int service_t::do_bind(const endpoint_t &endpoint, const bind_options_t &options, failure_t &failure)
{
    if (_stop)
        return fail(ENOTSOCK);
    if (_bound)
        return fail(EEXIST);
    if (!options.advertise.empty()) {
        endpoint_t check;
        endpoint_t shown = endpoint;
        shown.scheme = scheme_t::tcp;
        shown.host = options.advertise;
        shown.port = 1;
        if (!parse_connectable(shown.text(), check)) {
            failure.subject = options.advertise;
            return fail(EINVAL);
        }
    }
    int result = -1;
    std::string data_bound;
    if (!attempt([&] { result = bind_sockets(endpoint, options, data_bound, failure); }))
        errno = ENOMEM;
    if (result != 0) {
        const int error = errno;
        _ingress.close();
        if (!data_bound.empty())
            _publisher.unbind(data_bound);
        _server.close();
        return fail(error);
    }
    _bound = true;
    return 0;
}

// The caller undoes what it has done when it fails.
int service_t::bind_sockets(const endpoint_t &endpoint, const bind_options_t &options,
                            std::string &data_bound, failure_t &failure)
{
    const auto address = [&](const std::string &fixed, const char *suffix) {
        return fixed.empty() ? derived_endpoint(endpoint, suffix) : fixed;
    };
    const std::string data = address(options.data_endpoint, "data");
    const std::string ingress = address(options.ingress_endpoint, "ingress");
    for (const std::string &text : {endpoint.text(), data, ingress}) {
        endpoint_t check;
        if (!parse_endpoint(text, check)) {
            failure.subject = text;
            return fail(EINVAL);
        }
    }
    std::string control_bound, ingress_bound;
    if (_server.open(_ctx, _options.linger_ms, endpoint.text(), _own_endpoint, control_bound) != 0)
        return fail(bind_error(errno));
    if (_publisher.bind(data, data_bound) != 0) {
        const int error = bind_error(errno);
        failure.subject = data;
        return fail(error);
    }
    ingress_options_t receiving;
    receiving.recv_hwm = _options.recv_hwm;
    receiving.max_message_bytes = _options.max_message_bytes;
    receiving.send_timeout_ms = _options.send_timeout_ms;
    if (_ingress.open(_ctx, receiving, ingress, ingress_bound) != 0 || _ingress.start() != 0) {
        const int error = bind_error(errno);
        failure.subject = ingress;
        return fail(error);
    }

    wire::hello_t hello;
    hello.node_id = _node_id;
    hello.name = _options.name;
    hello.control_endpoint = announced(control_bound, options.advertise);
    hello.data_endpoint = announced(data_bound, options.advertise);
    hello.ingress_endpoint = announced(ingress_bound, options.advertise);
    _server.set_welcome(hello);
    parse_endpoint(control_bound, _bound_at);
    own_endpoints_t own{connectable(control_bound, options.advertise),
                        connectable(data_bound, options.advertise)};
    // Nothing fails from here on: whom memory lacks for is greeted with the next heartbeat.
    attempt([&] { _peers.set_hello(hello); });
    _state.set_endpoints(std::move(own));
    _log.info("bound to ", quoted(control_bound), ", data ", quoted(data_bound), ", ingress ",
              quoted(ingress_bound));
    return 0;
}

bool service_t::is_own(const endpoint_t &endpoint) const
{
    const own_endpoints_t own = _state.endpoints();
    return _bound && (endpoint.text() == own.control || endpoint.text() == _bound_at.text());
}
}
