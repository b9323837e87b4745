#include "binding/option_rows.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "binding/cold_calls.hpp"
#include "binding/text.hpp"
#include "spot/base/option_table.hpp"

namespace py = pybind11;

namespace spot::binding
{
namespace
{
const option_t *find_option(const std::string &name)
{
    const auto found = std::find_if(node_options.begin(), node_options.end(),
                                    [&](const option_t &row) { return row.name == name; });
    return found == node_options.end() ? nullptr : &*found;
}

std::int64_t place_of_choice(const std::string &name)
{
    const auto found = std::find(overflow_names.begin(), overflow_names.end(), name);
    if (found == overflow_names.end())
        throw py::value_error(name + " is no choice");
    return found - overflow_names.begin();
}

option_value_t core_value(const option_t &option, const py::handle &value)
{
    switch (option.kind) {
    case option_kind_t::timeout:
        return timeout(value);
    case option_kind_t::choice:
        return place_of_choice(value.cast<std::string>());
    case option_kind_t::yes_no:
        return value.cast<bool>();
    case option_kind_t::text:
        return optional_text(value, std::string(option.name).c_str());
    case option_kind_t::whole:
    case option_kind_t::milliseconds:
        break;
    }
    return value.cast<std::int64_t>();
}

py::object python_value(const option_t &option, const option_value_t &value)
{
    switch (option.kind) {
    case option_kind_t::choice:
        return py::str(overflow_names[static_cast<std::size_t>(std::get<std::int64_t>(value))]);
    case option_kind_t::yes_no:
        return py::bool_(std::get<bool>(value));
    case option_kind_t::text: {
        const std::string &text = std::get<std::string>(value);
        return text.empty() ? py::object(py::none()) : py::str(text);
    }
    case option_kind_t::timeout:
        if (std::get<std::int64_t>(value) < 0)
            return py::none();
        break;
    case option_kind_t::whole:
    case option_kind_t::milliseconds:
        break;
    }
    return py::int_(std::get<std::int64_t>(value));
}

const char *kind_name(option_kind_t kind)
{
    switch (kind) {
    case option_kind_t::whole:
        return "whole";
    case option_kind_t::milliseconds:
        return "milliseconds";
    case option_kind_t::timeout:
        return "timeout";
    case option_kind_t::choice:
        return "choice";
    case option_kind_t::yes_no:
        return "yes_no";
    case option_kind_t::text:
        return "text";
    }
    return "";
}

py::tuple choices_of(const option_t &option)
{
    if (option.kind != option_kind_t::choice)
        return py::tuple();
    py::tuple names(overflow_names.size());
    for (std::size_t i = 0; i < overflow_names.size(); ++i)
        names[i] = overflow_names[i];
    return names;
}
}

options_t options_of(const py::kwargs &given)
{
    options_t options;
    for (const auto &[key, value] : given) {
        const std::string name = text(key, "keyword");
        const option_t *const option = find_option(name);
        if (!option)
            throw py::type_error("there is no option " + name);
        option->set(options, core_value(*option, value));
    }
    return options;
}

py::tuple option_rows()
{
    const options_t defaults;
    py::tuple rows(node_options.size());
    for (std::size_t i = 0; i < node_options.size(); ++i) {
        const option_t &option = node_options[i];
        rows[i] =
            py::make_tuple(option.name, kind_name(option.kind), python_value(option, option.get(defaults)),
                           option.low, option.high, choices_of(option), option.unit, option.effect);
    }
    return rows;
}
}
