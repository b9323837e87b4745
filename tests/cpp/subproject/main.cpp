#include <spot/spot.hpp>

int main()
{
    spot::message_t message;
    return message.topic().empty() ? 0 : 1;
}
