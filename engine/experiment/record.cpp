#include "engine/experiment/record.h"

#include "engine/core/cpu_isa.h"
#include "engine/experiment/sentences.h"
#include "engine/io/files.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace bitstill {

using nlohmann::json;

const char* nameOf(Outcome outcome)
{
    static constexpr const char* kNames[] = {"running", "finished", "stopped", "diverged", "failed"};
    return kNames[static_cast<int>(outcome)];
}

double metricIn(const Metrics& metrics, const std::string& name)
{
    for (const auto& [key, value] : metrics)
        if (key == name) return value;
    return std::numeric_limits<double>::quiet_NaN();
}

std::string versionText() { return BITSTILL_VERSION; }
std::string buildText() { return std::string(BITSTILL_COMPILER) + " " + BITSTILL_BUILD_TYPE; }

std::string cpuText()
{
    const std::string wanted = "model name\t: ", info = readFile("/proc/cpuinfo", 100'000'000);
    const std::size_t at = info.find(wanted);
    const std::string model =
        at == std::string::npos ? "unknown" : info.substr(at + wanted.size(), info.find('\n', at) - at - wanted.size());
    return model + " (" + nameOf(cpuIsa()) + ")";
}

std::string provenance(const Spec& spec)
{
    return "bitstill " + versionText() + " · " + spec.experiment + " · seed " + std::to_string(spec.seed) + " · spec " + specHash(spec);
}

std::string provenance(const Record& record)
{
    std::string all = provenance(record.spec);
    if (!record.branch) return all;
    all += " · branch of " + record.branch->parent + "@" + std::to_string(record.branch->mark);
    for (const KnobChange& k : record.knobs)
        if (k.mark > 0) all += ", " + k.field + "=" + describe(k.value);
    return all;
}

Spec settingsAtEnd(const Record& record)
{
    Spec spec = record.spec;
    for (const KnobChange& knob : record.knobs) spec.values[knob.field] = knob.value;
    return spec;
}

namespace {

json figuresJson(const std::vector<FigurePointer>& figures, Sentences& sentences)
{
    json j = json::array();
    for (const FigurePointer& f : figures) j.push_back(toJson(*f, sentences));
    return j;
}

} // namespace

json toJson(const Record& record)
{
    Sentences sentences;
    json knobs = json::array(), marks = json::array(), metrics = json::object();
    for (const KnobChange& k : record.knobs) {
        json value;
        std::visit([&](const auto& v) { value = v; }, k.value);
        knobs.push_back({{"step", k.step}, {"field", k.field}, {"value", value}, {"moment", k.moment}});
        if (k.mark > 0) knobs.back()["mark"] = k.mark;
    }
    json figures = figuresJson(record.figures, sentences);
    for (const Mark& m : record.marks) {
        json live = json::object();
        for (const auto& setting : m.live) std::visit([&](const auto& v) { live[setting.first] = v; }, setting.second);
        marks.push_back({{"label", sentences.write(m.label)}, {"figures", figuresJson(m.figures, sentences)}, {"live", live}});
        if (!m.open.empty()) marks.back()["open"] = m.open;
    }
    for (const auto& [name, value] : record.metrics) metrics[name] = value;
    json j{{"schema", Spec::kSchema}, {"spec", toJson(record.spec)}, {"spec_hash", specHash(record.spec)}, {"knobs", knobs},
        {"outcome", nameOf(record.outcome)}, {"message", sentences.write(record.message)}, {"seconds", record.seconds},
        {"version", record.version}, {"build", record.build}, {"cpu", record.cpu}, {"threads", record.threads}, {"metrics", metrics},
        {"figures", std::move(figures)}, {"marks", std::move(marks)}};
    for (const auto& [metric, answers] : record.answers) j["answers"][metric] = toJson(answers);
    if (record.branch) j["branch"] = {{"parent", record.branch->parent}, {"mark", record.branch->mark}};
    if (record.branch && !record.branch->label.empty()) j["branch"]["label"] = record.branch->label;
    j["sentences"] = sentences.table();
    return j;
}

} // namespace bitstill
