// Protects: a project that takes this one in with add_subdirectory finds its headers, compiles and links.
#include <spot/spot.hpp>

int main()
{
    spot::message_t message;
    return message.topic().empty() ? 0 : 1;
}
