// service_t: where a node listens.
#include <cerrno>
#include <iterator>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/cluster/service.hpp"
#include "spot/transport/address.hpp"
#include "spot/transport/endpoint.hpp"

namespace spot
{
namespace
{
// libzmq has several errors for an endpoint that cannot be bound on this machine. The caller gets EINVAL for
// those.
int bind_error(int error)
{
    switch (error) {
    case EADDRINUSE:
    case EACCES:
    case EAGAIN: // the system has no thread left
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

// How long a bind waits for the addresses of names. It has no time-out of its own.
constexpr millis_t name_patience_ms = 5000;

std::string announced(const std::string &bound, const std::string &advertise)
{
    endpoint_t endpoint;
    if (!parse_endpoint(bound, endpoint))
        return bound;
    if (endpoint.scheme != scheme_t::tcp)
        return bound;
    if (!advertise.empty())
        return with_host(endpoint, advertise);
    // A node that is told a wildcard replaces it by the host at which it reached this node. In a link-local
    // address it puts its own name for the link.
    return with_host(endpoint, endpoint.any_host() ? "*" : without_scope(endpoint.host));
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
        const auto asked = std::make_shared<completion_ref>(); // the service thread's
        result = request([=](const completion_ref &done) {
            *asked = done;
            begin_bind({done, deadline_t(name_patience_ms), parsed, options, found});
        });
        if (result != 0 && errno == EINTR)
            result = cancel_bind(asked);
        else if (result != 0)
            problem = *found;
    }
    if (failure)
        *failure = problem;
    return result;
}

// A bind that was interrupted is not done later, when the name is found.
int service_t::cancel_bind(const std::shared_ptr<completion_ref> &asked)
{
    request([=](const completion_ref &done) {
        _bindings.remove_if([&](const binding_t &binding) { return binding.done == *asked; });
        done->finish(0);
    });
    return fail(EINTR);
}

void service_t::begin_bind(binding_t binding)
{
    if (_bindings.empty())
        _bind_found.clear();
    if (!try_bind(binding))
        _bindings.push_back(std::move(binding));
}

bool service_t::try_bind(binding_t &binding)
{
    // When the node is bound already the names do not matter.
    int result = _bound || _stop ? 0 : put_address(binding.endpoint, *binding.failure);
    for (std::string *fixed : {&binding.options.data_endpoint, &binding.options.ingress_endpoint}) {
        endpoint_t parsed;
        if (result != 0 || _bound || !parse_endpoint(*fixed, parsed))
            continue; // bind_sockets() reports what is no endpoint
        failure_t failure;
        failure.subject = *fixed;
        result = put_address(parsed, failure);
        if (result == 0)
            *fixed = parsed.text();
        else if (errno != EAGAIN)
            *binding.failure = failure;
    }
    if (result != 0 && errno == EAGAIN)
        return false;
    if (result == 0)
        result = do_bind(binding.endpoint, binding.options, *binding.failure);
    binding.done->finish(result == 0 ? 0 : errno);
    return true;
}

int service_t::put_address(endpoint_t &endpoint, failure_t &failure)
{
    if (is_numeric(endpoint))
        return 0;
    std::string address = interface_address(endpoint.host);
    const auto found = _bind_found.find(endpoint.host);
    if (address.empty() && found == _bind_found.end()) {
        const bool asked = _bind_lookups.ask(endpoint.host, [this, host = endpoint.host](const auto &answer) {
            _bind_found[host] = answer;
            try_bindings();
        });
        return fail(asked ? EAGAIN : ENOMEM);
    }
    if (address.empty() && !found->second.hosts.empty())
        address = found->second.hosts.front();
    if (address.empty()) {
        _log.debug("not bound to ", quoted(failure.subject),
                   ": its name does not resolve: ", found->second.error);
        return fail(EINVAL);
    }
    endpoint.host = address;
    return 0;
}

void service_t::try_bindings()
{
    for (auto binding = _bindings.begin(); binding != _bindings.end();)
        binding = try_bind(*binding) ? _bindings.erase(binding) : std::next(binding);
}

void service_t::end_bindings(millis_t now, int error)
{
    _bindings.remove_if([&](const binding_t &binding) {
        if (!binding.deadline.passed(now))
            return false;
        binding.done->finish(error);
        return true;
    });
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
            attempt([&] { _publisher.unbind(data_bound); });
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
    receiving.recv_hwm_bytes = _options.recv_hwm_bytes;
    receiving.max_message_bytes = _options.max_message_bytes;
    receiving.oversized = _oversized;
    receiving.send_timeout_ms = _options.send_timeout_ms;
    receiving.node_id = _node_id;
    receiving.heartbeat_ms = _options.heartbeat_ms;
    receiving.wake = [this] { wake(); };
    if (_ingress.open(_ctx, receiving, ingress, ingress_bound) != 0 || _ingress.start() != 0) {
        const int error = bind_error(errno);
        failure.subject = ingress;
        return fail(error);
    }

    wire::hello_t hello;
    hello.node_id = _node_id;
    hello.name = _options.name;
    hello.cluster = _options.cluster;
    hello.features = wire::own_features;
    hello.control_endpoint = announced(control_bound, options.advertise);
    hello.data_endpoint = announced(data_bound, options.advertise);
    hello.ingress_endpoint = announced(ingress_bound, options.advertise);
    wire::hello_t greeting = hello;
    endpoint_t bound_at;
    parse_endpoint(control_bound, bound_at);
    own_endpoints_t own{connectable(control_bound, options.advertise),
                        connectable(data_bound, options.advertise)};
    // Nothing fails from here on.
    _bound_at = std::move(bound_at);
    _server.set_welcome(std::move(hello));
    _peers.set_hello(std::move(greeting));
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
