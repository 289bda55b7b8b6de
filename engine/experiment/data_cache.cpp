#include "engine/experiment/data_cache.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr std::size_t kMostBytes = std::size_t{512} << 20;

std::size_t bytesOf(const Samples& samples)
{
    return samples.bytes.size() + samples.values.size() * sizeof(float) + samples.labels.size() * sizeof(std::int32_t);
}

} // namespace

std::string DataCache::keyOf(const std::string& id, const DatasetOptions& options)
{
    const bool generated = datasetInfo(id).generated;
    std::string key = id;
    for (const std::string& part :
        {options.path.string(), std::to_string(generated ? options.seed : 0), std::to_string(options.samples), shortest(options.noise),
            options.label, options.leaveOut, std::string(options.leaveOutMissing ? "1" : "0"), std::string(options.transpose ? "1" : "0")})
        key += "\n" + part;
    return key;
}

std::shared_ptr<const Dataset> DataCache::find(const std::string& key) const
{
    std::lock_guard lock(m_mutex);
    for (const auto& entry : m_entries)
        if (entry.first == key) return entry.second;
    return nullptr;
}

void DataCache::keep(const std::string& key, std::shared_ptr<const Dataset> data)
{
    std::lock_guard lock(m_mutex);
    std::erase_if(m_entries, [&](const auto& e) { return e.first == key; });
    m_entries.emplace_back(key, std::move(data));
    std::size_t bytes = 0;
    for (const auto& e : m_entries) bytes += bytesOf(e.second->train) + bytesOf(e.second->test);
    while (bytes > kMostBytes) {
        bytes -= bytesOf(m_entries.front().second->train) + bytesOf(m_entries.front().second->test);
        m_entries.erase(m_entries.begin());
    }
}

} // namespace bitstill
