#include "app/cli/results.h"

#include "engine/core/error.h"
#include "engine/experiment/catalogue.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/nn/model_file.h"

#include <algorithm>

namespace bitstill::cli {

using nlohmann::json;

Results::Results(const std::filesystem::path& folder, FigureWishes wishes) : m_path(folder), m_folder(folder), m_wishes(std::move(wishes))
{
}

template <class Write> void Results::attempt(const Write& write)
{
    try {
        write();
    } catch (const std::bad_alloc&) {
        m_problems.push_back(text("[%1] there is not enough memory to write everything; close other programs", m_path.filename().string()));
    } catch (const Error& e) {
        m_problems.push_back(e.sentence());
    } catch (const std::exception& e) {
        m_problems.push_back(Text(e.what()));
    }
}

void Results::writeNumbers(const Record& record, const KeptModels& models)
{
    attempt([&] { m_folder.write("record.json", jsonText(toJson(record), 1) + "\n"); });
    const std::vector<KeptNetwork>& networks = experimentInfo(record.spec.experiment).networks;
    for (const auto& kept : models) {
        attempt([&] {
            const std::string& name = kept.first;
            const std::string bytes = modelBytes(kept.second, {{"source", provenance(record)}, {"network", name}});
            if (!networks.empty() && networks.front().name == name) m_folder.write("model.safetensors", bytes);
            m_folder.write("models/" + name + ".safetensors", bytes);
        });
    }
    attempt([&] { m_folder.write("spec.json", jsonText(toJson(record.spec), 2) + "\n"); });
}

void Results::draw(const Record& record, Interrupts& interrupts)
{
    if (std::find(m_wishes.formats.begin(), m_wishes.formats.end(), "csv") != m_wishes.formats.end())
        for (const FigurePointer& figure : record.figures)
            attempt([&] { m_folder.write("figures/" + fileNameOf(*figure) + ".csv", toCsv(*figure, provenance(record))); });
    attempt([&] {
        for (Text& p : drawFigures(m_folder, record, m_wishes, interrupts)) m_problems.push_back(std::move(p));
    });
}

bool Results::earlierIsWorthMore(const Record& record) const
{
    const bool failed = record.outcome == Outcome::Failed || record.outcome == Outcome::Diverged;
    const bool empty = record.outcome == Outcome::Stopped && record.metrics.empty();
    if (!m_folder.hasEarlier() || !(failed || empty)) return false;
    const json earlier = parseJson(readFile(m_path / "record.json", 1'000'000'000), "record.json", {.only = "outcome"});
    const std::string outcome = earlier.value("outcome", json()).is_string() ? earlier["outcome"].get<std::string>() : "";
    return outcome != nameOf(Outcome::Failed) && outcome != nameOf(Outcome::Diverged);
}

void Results::settle(const Record& record)
{
    bool keepEarlier = true;
    attempt([&] { keepEarlier = earlierIsWorthMore(record); });
    if (keepEarlier) {
        m_whereabouts = text("%1 holds what it held before", m_path.string());
        return;
    }
    const bool whole = m_problems.empty();
    if (whole || !m_folder.hasEarlier()) {
        attempt([&] { m_folder.commit(); });
        if (m_problems.empty() || !whole) return;
    }
    attempt([&] {
        const std::filesystem::path beside = m_folder.keepBeside();
        if (!beside.empty())
            m_whereabouts = text("what could be written is in %1; %2 holds what it held before", beside.string(), m_path.string());
    });
}

Text Results::problem() const
{
    if (m_problems.empty()) return {};
    const std::size_t more = m_problems.size() - 1;
    if (more == 0) return m_problems.front();
    return counted(static_cast<std::int64_t>(more), "%2 (and %1 more file)", "%2 (and %1 more files)", m_problems.front());
}

Text wordOf(Outcome outcome)
{
    switch (outcome) {
    case Outcome::Running: break;
    case Outcome::Finished: return text("finished");
    case Outcome::Stopped: return text("stopped");
    case Outcome::Diverged: return text("diverged");
    case Outcome::Failed: return text("failed");
    }
    return {};
}

} // namespace bitstill::cli
