// libzmq's own ends, without Python between: the line that any wrapper of it is measured against.
//
//     libzmq_ends ROLE SIZE MARK
//
// MARK is the high-water mark of every queue.
//
// A role that binds prints its endpoint; one that connects reads an endpoint from standard input. Both then
// print "ready" when messages can flow, run one round for each number they read (how many messages), and
// answer each with one line of figures. They end with their input.

#include <zmq.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#ifdef __linux__
#include <csignal>
#include <sys/prctl.h>
#endif

namespace
{
int high_water_mark = 1000;
constexpr size_t LENT = 65536; // payloads from here on are lent to libzmq, not copied
const std::string TOPIC = "bench:topic";

using clock_type = std::chrono::steady_clock;
using figures_t = std::vector<double>;

double seconds_since(clock_type::time_point begin)
{
    return std::chrono::duration<double>(clock_type::now() - begin).count();
}

// Returns result, unless it says that a call failed.
int checked(int result, const char *what)
{
    if (result == -1)
        throw std::runtime_error(std::string(what) + ": " + zmq_strerror(zmq_errno()));
    return result;
}

class socket_t
{
  public:
    socket_t(void *context, int type) : _socket(zmq_socket(context, type))
    {
        checked(_socket ? 0 : -1, "zmq_socket");
        set(ZMQ_SNDHWM, high_water_mark);
        set(ZMQ_RCVHWM, high_water_mark);
        set(ZMQ_LINGER, 0);
        zmq_msg_init(&_message);
    }
    socket_t(const socket_t &) = delete;
    socket_t &operator=(const socket_t &) = delete;
    ~socket_t()
    {
        zmq_msg_close(&_message);
        zmq_close(_socket);
    }

    void set(int option, int value)
    {
        checked(zmq_setsockopt(_socket, option, &value, sizeof value), "zmq_setsockopt");
    }

    void subscribe(const std::string &topic)
    {
        checked(zmq_setsockopt(_socket, ZMQ_SUBSCRIBE, topic.data(), topic.size()), "subscribe");
    }

    void bind()
    {
        checked(zmq_bind(_socket, "tcp://127.0.0.1:*"), "zmq_bind");
        char endpoint[256];
        size_t size = sizeof endpoint;
        checked(zmq_getsockopt(_socket, ZMQ_LAST_ENDPOINT, endpoint, &size), "ZMQ_LAST_ENDPOINT");
        std::cout << endpoint << std::endl;
    }

    void connect()
    {
        std::string endpoint;
        std::cin >> endpoint;
        checked(zmq_connect(_socket, endpoint.c_str()), "zmq_connect");
    }

    void send(std::string &data)
    {
        if (data.size() < LENT) {
            checked(zmq_send(_socket, data.data(), data.size(), 0), "zmq_send");
            return;
        }
        zmq_msg_t lent; // the data outlives it
        checked(zmq_msg_init_data(
                    &lent, data.data(), data.size(), [](void *, void *) {}, nullptr),
                "lend");
        checked(zmq_msg_send(&lent, _socket, 0), "zmq_msg_send");
    }

    // The message stays until the next one comes.
    void receive() { checked(zmq_msg_recv(&_message, _socket, 0), "zmq_msg_recv"); }

    void expect(size_t size)
    {
        receive();
        if (zmq_msg_size(&_message) != size)
            throw std::runtime_error("a message of another size came");
    }

  private:
    void *_socket;
    zmq_msg_t _message;
};

// A PUB that tells when the subscriber is there, and that a full subscriber holds up.
struct publisher_t : socket_t
{
    explicit publisher_t(void *context) : socket_t(context, ZMQ_XPUB)
    {
        set(ZMQ_XPUB_NODROP, 1);
        bind();
    }
};

using round_t = std::function<figures_t(long)>;

void run_rounds(const round_t &round)
{
    std::cout << "ready" << std::endl;
    std::cout.precision(9);
    long count;
    while (std::cin >> count) {
        for (double figure : round(count))
            std::cout << figure << ' ';
        std::cout << std::endl;
    }
}

round_t sending(socket_t &socket, std::string &data)
{
    return [&](long count) {
        for (long i = 0; i < count; i++)
            socket.send(data);
        return figures_t();
    };
}

// How many messages came after the first, and in how many seconds.
round_t receiving(socket_t &socket, size_t size)
{
    return [&socket, size](long count) {
        socket.expect(size);
        const auto begin = clock_type::now();
        for (long i = 1; i < count; i++)
            socket.expect(size);
        return figures_t{double(count - 1), seconds_since(begin)};
    };
}

// The seconds of each exchange.
round_t asking(socket_t &out, socket_t &in, std::string &data)
{
    return [&](long count) {
        figures_t times;
        times.reserve(count);
        for (long i = 0; i < count; i++) {
            const auto begin = clock_type::now();
            out.send(data);
            in.expect(data.size());
            times.push_back(seconds_since(begin));
        }
        return times;
    };
}

round_t answering(socket_t &out, socket_t &in, std::string &data)
{
    return [&](long count) {
        for (long i = 0; i < count; i++) {
            in.expect(data.size());
            out.send(data);
        }
        return figures_t();
    };
}

void push(void *context, std::string data)
{
    socket_t out(context, ZMQ_PUSH);
    out.bind();
    run_rounds(sending(out, data));
}

void pull(void *context, std::string data)
{
    socket_t in(context, ZMQ_PULL);
    in.connect();
    run_rounds(receiving(in, data.size()));
}

// Publish and subscribe: the topic is the beginning of the one frame.

void pub(void *context, std::string data)
{
    data = TOPIC + data;
    publisher_t out(context);
    out.receive(); // the subscription
    run_rounds(sending(out, data));
}

void sub(void *context, std::string data)
{
    socket_t in(context, ZMQ_SUB);
    in.connect();
    in.subscribe(TOPIC);
    run_rounds(receiving(in, TOPIC.size() + data.size()));
}

void req(void *context, std::string data)
{
    socket_t both(context, ZMQ_REQ);
    both.connect();
    run_rounds(asking(both, both, data));
}

void rep(void *context, std::string data)
{
    socket_t both(context, ZMQ_REP);
    both.bind();
    run_rounds(answering(both, both, data));
}

// Both ends publish, and subscribe to the other.
void exchange(void *context, std::string data, round_t (*way)(socket_t &, socket_t &, std::string &))
{
    data = TOPIC + data;
    publisher_t out(context);
    socket_t in(context, ZMQ_SUB);
    in.connect();
    in.subscribe(TOPIC);
    out.receive(); // the other's subscription
    run_rounds(way(out, in, data));
}

void ping(void *context, std::string data)
{
    exchange(context, std::move(data), asking);
}
void pong(void *context, std::string data)
{
    exchange(context, std::move(data), answering);
}

const std::map<std::string, void (*)(void *, std::string)> ROLES = {
    {"push", push}, {"pull", pull}, {"pub", pub},   {"sub", sub},
    {"req", req},   {"rep", rep},   {"ping", ping}, {"pong", pong},
};
}

int main(int argc, char **argv)
{
    if (argc == 2 && std::string(argv[1]) == "version") {
        int major, minor, patch;
        zmq_version(&major, &minor, &patch);
        std::cout << major << '.' << minor << '.' << patch << std::endl;
        return 0;
    }
    if (argc != 4 || ROLES.count(argv[1]) == 0) {
        std::cerr << "usage: libzmq_ends ROLE SIZE MARK | version" << std::endl;
        return 2;
    }
#ifdef __linux__
    // The process that sends the orders may be killed while this end waits for messages.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    high_water_mark = std::atoi(argv[3]);
    void *context = zmq_ctx_new();
    try {
        ROLES.at(argv[1])(context, std::string(std::strtoul(argv[2], nullptr, 10), '\0'));
    } catch (const std::exception &error) {
        std::cerr << argv[1] << ": " << error.what() << std::endl;
        return 1;
    }
    zmq_ctx_term(context);
    return 0;
}
