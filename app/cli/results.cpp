#include "app/cli/results.h"

#include "app/cli/painter.h"
#include "engine/core/error.h"
#include "engine/experiment/catalogue.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/io/model_file.h"

namespace bitstill::cli {

using nlohmann::json;

Results::Results(const std::filesystem::path& folder, std::vector<std::string> formats) :
    m_path(folder), m_folder(folder), m_formats(std::move(formats))
{
}

template <class Write> void Results::attempt(const Write& write)
{
    try {
        write();
    } catch (const std::bad_alloc&) {
        m_problems.push_back("[" + m_path.filename().string() + "] there is not enough memory to write everything; close other programs");
    } catch (const std::exception& e) {
        m_problems.push_back(e.what());
    }
}

void Results::writeNumbers(const Record& record, const KeptModels& models)
{
    attempt([&] { m_folder.write("record.json", jsonText(toJson(record), 1) + "\n"); });
    const std::vector<KeptNetwork>& networks = experimentInfo(record.spec.experiment).networks;
    for (const auto& [name, model] : models) {
        attempt([&] {
            const std::string bytes = modelBytes(model, {{"source", provenance(record.spec)}, {"network", name}});
            if (!networks.empty() && networks.front().name == name) m_folder.write("model.safetensors", bytes);
            m_folder.write("models/" + name + ".safetensors", bytes);
        });
    }
    attempt([&] { m_folder.write("spec.json", jsonText(toJson(record.spec), 2) + "\n"); });
}

void Results::draw(const Record& record, Interrupts& interrupts)
{
    attempt([&] {
        for (std::string& p : drawFigures(m_folder, record, m_formats, interrupts)) m_problems.push_back(std::move(p));
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
        m_whereabouts = m_path.string() + " holds what it held before";
        return;
    }
    const bool whole = m_problems.empty();
    if (whole || !m_folder.hasEarlier()) {
        attempt([&] { m_folder.commit(); });
        if (m_problems.empty() || !whole) return;
    }
    attempt([&] {
        m_whereabouts =
            "what could be written is in " + m_folder.keepBeside().string() + "; " + m_path.string() + " holds what it held before";
    });
}

std::string Results::problem() const
{
    if (m_problems.empty()) return {};
    const std::size_t more = m_problems.size() - 1;
    return m_problems.front() + (more == 0 ? "" : " (and " + std::to_string(more) + (more == 1 ? " more file)" : " more files)"));
}

} // namespace bitstill::cli
