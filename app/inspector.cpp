#include "app/inspector.h"

#include "app/problem_of.h"
#include "engine/data/catalogue.h"
#include "engine/experiment/data_figures.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/network_outline.h"
#include "engine/nn/zoo.h"

namespace bitstill {

namespace {

constexpr std::size_t kMostKept = 40;

/// All settings of these groups.
std::string keyOf(const Spec& spec, const std::vector<std::string>& groups)
{
    std::string key;
    for (const auto& [name, value] : spec.values)
        for (const std::string& group : groups)
            if (name.starts_with(group)) key += name + '=' + describe(value) + '\n';
    return key;
}

std::string dataKey(const Spec& spec)
{
    const DatasetInfo& info = datasetInfo(spec.word("data.set"));
    // Files that are read as they are do not depend on it.
    const bool seeded = info.generated || info.needsPath;
    return "data\n" + keyOf(spec, {"data."}) + (seeded ? std::to_string(spec.seed) : std::string());
}

std::vector<FigurePointer> shared(std::vector<Figure> figures)
{
    std::vector<FigurePointer> pointers;
    for (Figure& figure : figures) pointers.push_back(std::make_shared<const Figure>(std::move(figure)));
    return pointers;
}

/// What `find` finds, or says what is wrong.
template <class Find> OverviewPointer lookBy(const Find& find)
{
    auto look = std::make_shared<Overview>();
    look->problem = problemOf(text("there is not enough memory for this"), [&] { find(*look); });
    return look;
}

OverviewPointer lookAtData(const Spec& spec, const Newest::KeepGoing& keepGoing)
{
    return lookBy([&](Overview& look) {
        DatasetOptions options = datasetOptions(spec);
        options.keepGoing = keepGoing;
        const Dataset data = loadDataset(spec.word("data.set"), options);
        look.shape = data.shape;
        look.classes = data.classes.size();
        look.figures = shared(figuresOf(data, factsOf(data, keepGoing), spec.seed));
    });
}

OverviewPointer lookAtNetwork(const Spec& spec, const std::string& field, SampleShape shape, std::size_t classes)
{
    return lookBy([&](Overview& look) {
        const std::string& name = spec.word(field);
        const NetworkOutline outline = outlineOf(buildModel(name, shape, static_cast<int>(classes)), plannedRounding(spec, field));
        look.figures = shared(figuresOf(outline, name));
        look.summary = summaryOf(outline);
    });
}

} // namespace

Inspector::Inspector(QObject* parent) : QObject(parent) { }

OverviewPointer Inspector::known(const std::string& key) const
{
    const auto found = m_looks.find(key);
    return found == m_looks.end() ? nullptr : found->second;
}

void Inspector::keep(const std::string& key, OverviewPointer look)
{
    if (m_looks.size() >= kMostKept) m_looks.clear();
    m_looks[key] = std::move(look);
    Q_EMIT changed();
}

OverviewPointer Inspector::data(const Spec& spec)
{
    const std::string key = dataKey(spec);
    if (OverviewPointer look = known(key)) return look;
    if (m_reading == key) return nullptr;
    m_reading = key;
    m_data.ask([this, key, spec](const Newest::KeepGoing& keepGoing) -> Newest::Deliver {
        OverviewPointer look = lookAtData(spec, keepGoing);
        return [this, key, look] {
            m_reading.clear();
            keep(key, look);
        };
    });
    return nullptr;
}

OverviewPointer Inspector::network(const Spec& spec, const std::string& field, bool reads)
{
    const DatasetInfo& info = datasetInfo(spec.word("data.set"));
    SampleShape shape = info.shape;
    auto classes = static_cast<std::size_t>(info.classes);
    if (classes == 0) {
        const OverviewPointer read = reads ? data(spec) : known(dataKey(spec));
        if (!read || !read->problem.empty()) return read;
        shape = read->shape;
        classes = read->classes;
    }
    const std::string key = "network\n" + field + '\n' + describe(shape) + ' ' + std::to_string(classes) + '\n' + spec.word(field) + '\n'
        + keyOf(spec, {"quant.bits", "quant.scheme", "quant.granularity", "quant.format", "quant.edges_at_8"});
    if (OverviewPointer look = known(key)) return look;
    if (m_building[field] == key) return nullptr;
    m_building[field] = key;
    std::unique_ptr<Newest>& worker = m_networks[field];
    if (!worker) worker = std::make_unique<Newest>();
    worker->ask([this, field, key, spec, shape, classes](const Newest::KeepGoing&) -> Newest::Deliver {
        OverviewPointer look = lookAtNetwork(spec, field, shape, classes);
        return [this, field, key, look] {
            m_building[field].clear();
            keep(key, look);
        };
    });
    return nullptr;
}

void Inspector::readAgain(const Spec& spec)
{
    if (datasetInfo(spec.word("data.set")).needsPath) m_looks.erase(dataKey(spec));
    std::erase_if(m_looks, [](const auto& known) { return !known.second->problem.empty(); });
}

} // namespace bitstill
