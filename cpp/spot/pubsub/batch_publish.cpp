#include "spot/pubsub/batch_publish.hpp"

#include <cerrno>
#include <memory>

#include "spot/base/errors.hpp"

namespace spot
{
namespace
{
int send_counted(node_t &node, const std::shared_ptr<outlet_t> &outlet, parcel_t parcel,
                 std::size_t &published)
{
    if (node.send(outlet, parcel) != 0)
        return -1;
    published += parcel.count;
    return 0;
}
}

int publish_batches(node_t &node, std::string_view topic, const std::vector<std::string_view> &items,
                    std::size_t &published)
{
    published = 0;
    const std::shared_ptr<outlet_t> outlet = node.outlet_soon(topic, deadline_t(node.send_timeout_ms()));
    if (!outlet)
        return -1;
    batch_t batch(*outlet);
    const auto flush = [&] {
        return batch.empty() ? 0 : send_counted(node, outlet, batch.take(), published);
    };
    for (const std::string_view item : items) {
        if (item.size() > node.max_message_bytes()) {
            if (flush() != 0)
                return -1;
            return fail(EMSGSIZE);
        }
        const bool alone = item.size() > batch_t::max_record;
        if ((alone || !batch.fits(item.size())) && flush() != 0)
            return -1;
        if (!alone)
            batch.add(item);
        else if (send_counted(node, outlet, outlet->pack(item), published) != 0)
            return -1;
    }
    return flush();
}
}
