#include "engine/experiment/teacher_cache.h"

#include "engine/data/catalogue.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr std::size_t kMostBytes = std::size_t{256} << 20;

std::size_t bytesOf(const TeacherCache::Entry& e)
{
    std::size_t floats = e.teacher.training.values.size() + e.teacher.test.values.size();
    for (const Graph& g : e.teacher.networks)
        for (const auto& [name, tensor] : g.state()) floats += tensor->size();
    return floats * sizeof(float);
}

} // namespace

std::string TeacherCache::keyOf(const Spec& spec, bool sameData)
{
    if (datasetInfo(spec.word("data.set")).needsPath || !spec.word("distill.teacher_file").empty()) return {};
    std::string key = "seed=" + std::to_string(spec.seed);
    for (const auto& [name, value] : spec.values) {
        const bool epochs = name == (sameData ? "train.epochs" : "distill.teacher_epochs"), samples = sameData && name == "distill.labels";
        const bool of = name.starts_with("data.") || name == "distill.teacher" || name == "distill.ensemble" || epochs || samples
            || (name.starts_with("train.") && name != "train.epochs");
        if (of) key += ";" + name + "=" + describe(value);
    }
    return key + (sameData ? ";same" : "");
}

std::shared_ptr<const TeacherCache::Entry> TeacherCache::find(const std::string& key) const
{
    std::lock_guard lock(m_mutex);
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [&](const auto& e) { return e->key == key; });
    return found == m_entries.end() ? nullptr : *found;
}

void TeacherCache::keep(Entry entry)
{
    auto shared = std::make_shared<const Entry>(std::move(entry));
    std::lock_guard lock(m_mutex);
    std::erase_if(m_entries, [&](const auto& e) { return e->key == shared->key; });
    m_entries.push_back(std::move(shared));
    std::size_t bytes = 0;
    for (const auto& e : m_entries) bytes += bytesOf(*e);
    while (bytes > kMostBytes) {
        bytes -= bytesOf(*m_entries.front());
        m_entries.erase(m_entries.begin());
    }
}

} // namespace bitstill
