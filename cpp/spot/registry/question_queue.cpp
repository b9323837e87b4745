#include "spot/registry/question_queue.hpp"

namespace spot::registry
{
bool question_queue_t::add(const std::string &connection, const std::string &address, bool delimiter)
{
    std::deque<question_t> &questions = _questions[connection];
    if (!questions.empty() && questions.back().address == address &&
        questions.back().delimiter == delimiter) {
        ++questions.back().times;
        return true;
    }
    if (questions.size() >= most_per_connection)
        return false;
    questions.push_back({address, delimiter, 1});
    return true;
}

std::vector<std::string> question_queue_t::connections() const
{
    std::vector<std::string> list;
    list.reserve(_questions.size());
    for (const auto &[connection, questions] : _questions)
        list.push_back(connection);
    return list;
}

const question_t *question_queue_t::next(const std::string &connection) const
{
    const auto found = _questions.find(connection);
    return found == _questions.end() || found->second.empty() ? nullptr : &found->second.front();
}

void question_queue_t::answered(const std::string &connection)
{
    const auto found = _questions.find(connection);
    if (found == _questions.end())
        return;
    if (!found->second.empty() && --found->second.front().times == 0)
        found->second.pop_front();
    if (found->second.empty())
        _questions.erase(found);
}
}
