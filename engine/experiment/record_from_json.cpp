#include "engine/core/overloads.h"
#include "engine/experiment/catalogue.h"
#include "engine/experiment/record.h"
#include "engine/experiment/sentences.h"
#include "engine/io/json_place.h"
#include "engine/io/json_text.h"
#include "engine/measure/interval.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace bitstill {

using nlohmann::json;

namespace {

constexpr std::size_t kMostValues = 10'000'000;
constexpr double kRounding = 1e-9; ///< of a share that another program may have written
constexpr std::int64_t kMostThreads = 1'000'000;

/// What no experiment draws, and what would hold a window or a report up for minutes.
bool canBeSeen(const Figure& figure)
{
    constexpr std::size_t kSeries = 200, kValues = 5000, kPoints = 500, kCells = 20'000, kEdges = 5000;
    static constexpr Overloads kCan{[](const Curves& f) { return f.series.size() <= kSeries; },
        [](const Histogram& f) { return f.series.size() <= kSeries && f.markers.size() <= kSeries; },
        [](const Bars& f) { return f.categories.size() * (f.series.size() + 1) <= kValues; },
        [](const Heatmap& f) { return f.values.size() <= kCells; }, [](const Scatter& f) { return f.points.size() <= kPoints; },
        [](const Images& f) { return f.tiles.size() <= kValues; },
        [](const Table& f) { return f.columns.size() <= kSeries && f.rows.size() * f.columns.size() <= kCells; },
        [](const Readout& f) { return f.items.size() <= kSeries; },
        [](const NetworkMap& f) {
            std::size_t edges = 0;
            for (const NetworkMap::Node& node : f.nodes) edges += 1 + node.inputs.size();
            return edges <= kEdges;
        }};
    return std::visit(kCan, figure.body);
}

class RecordReader {
public:
    RecordReader(const JsonPlace& root, std::vector<Text>& leftOut) : m_root(root), m_leftOut(leftOut)
    {
        if (root.has("sentences")) m_sentences = Sentences(root["sentences"]);
    }

    Record record()
    {
        Record r;
        r.spec = spec();
        r.outcome = outcome();
        r.message = m_sentences.read(m_root["message"].word());
        r.seconds = m_root["seconds"].finite();
        r.version = m_root["version"].word();
        r.build = m_root["build"].word();
        r.cpu = m_root["cpu"].word();
        r.threads = static_cast<int>(m_root["threads"].whole(1, kMostThreads));
        for (const auto& [name, value] : m_root["metrics"].members()) r.metrics.emplace_back(name, value.number());
        r.answers = answers(r);
        r.knobs = knobs(r.spec);
        if (m_root.has("branch")) r.branch = branchPointFrom(m_root["branch"]);
        r.figures = figures(m_root["figures"]);
        for (const JsonPlace& p : m_root["marks"].list())
            r.marks.push_back({m_sentences.read(p["label"].word()), figures(p["figures"]), live(p["live"]), open(p)});
        return r;
    }

private:
    void leaveOut(Text what)
    {
        if (std::find(m_leftOut.begin(), m_leftOut.end(), what) == m_leftOut.end()) m_leftOut.push_back(std::move(what));
    }

    /// A path of another machine stays: figures and weights are here all the same.
    static Problem problemOf(const Field& field, const Value& value)
    {
        const bool names = field.kind == Field::Kind::Name || field.kind == Field::Kind::File;
        return names && std::holds_alternative<std::string>(value) ? Problem{} : field.validate(value);
    }

    Spec spec()
    {
        Spec spec = specFromJson(jsonText(m_root["spec"].value()), m_root.document());
        m_info = findExperiment(spec.experiment);
        if (!m_info) {
            const Problem unknown = unknownExperiment(spec.experiment);
            throw Error(m_root.document(), unknown.what, unknown.hint);
        }
        const Values given = std::exchange(spec.values, {});
        for (const auto& [key, value] : given)
            if (fits(key, value)) spec.values.emplace(key, value);
        for (const Field& field : m_info->fields)
            if (!given.contains(field.key)) leaveOut(text("the setting %1 is not in it", field.key));
        return withDefaults(std::move(spec));
    }

    /// Can it be a setting here?
    bool fits(const std::string& key, const Value& value)
    {
        const Field* field = fieldOf(*m_info, key);
        if (!field) return leaveOut(text("there is no setting %1 any more", key)), false;
        const Problem problem = problemOf(*field, value);
        if (!problem.what.empty()) leaveOut(text("the setting %1: %2", key, problem.what));
        return problem.what.empty();
    }

    Outcome outcome() const
    {
        const JsonPlace p = m_root["outcome"];
        for (const Outcome o : {Outcome::Running, Outcome::Finished, Outcome::Stopped, Outcome::Diverged, Outcome::Failed})
            if (p.word() == nameOf(o)) return o;
        p.refuse(text("%1: there is no \"%2\"", p.path(), p.word()));
    }

    AnswersByMetric answers(const Record& r)
    {
        AnswersByMetric all;
        if (!m_root.has("answers")) return all;
        for (const auto& [metric, place] : m_root["answers"].members()) {
            Answers answers = answersFromJson(place);
            const double share = accuracyInterval(answers.flags()).mean;
            if (std::abs(share - r.metric(metric)) < kRounding)
                all.emplace(metric, std::move(answers));
            else
                leaveOut(text("the answers behind %1: they are of another measurement", metric));
        }
        return all;
    }

    std::vector<KnobChange> knobs(const Spec& spec)
    {
        try {
            return knobsFromJson(m_root["knobs"].value(), m_root.document(), spec);
        } catch (const Error& e) {
            leaveOut(e.problem()); // a log that lacks a change would tell another story
            return {};
        }
    }

    std::map<std::string, Value> live(const JsonPlace& p)
    {
        std::map<std::string, Value> values;
        for (const auto& [key, place] : p.members()) {
            const Value value = valueFromJson(place.value(), m_root.document(), key, fieldOf(*m_info, key));
            if (fits(key, value)) values.emplace(key, value);
        }
        return values;
    }

    std::vector<std::string> open(const JsonPlace& mark) const
    {
        std::vector<std::string> keys;
        if (mark.has("open"))
            for (const JsonPlace& p : mark["open"].list()) keys.push_back(p.word());
        return keys;
    }

    std::vector<FigurePointer> figures(const JsonPlace& list)
    {
        std::vector<FigurePointer> all;
        std::set<std::string> ids;
        for (const JsonPlace& p : list.list()) {
            const std::string& id = p["id"].word();
            if (!ids.insert(id).second) p.refuse(text("%1: there are two figures \"%2\"", list.path(), id));
            if (FigurePointer figure = figureAt(p, id)) all.push_back(std::move(figure));
        }
        return all;
    }

    /// Marks share what did not change between them, as they did in the run.
    FigurePointer figureAt(const JsonPlace& p, const std::string& id)
    {
        if (!emptyBody(p["kind"].word())) {
            leaveOut(text("the figure \"%1\" is of a kind that is not known here: \"%2\"", id, p["kind"].word()));
            return nullptr;
        }
        Known& known = m_known[id];
        if (!known.figure || *known.value != p.value()) {
            known = {&p.value(), std::make_shared<const Figure>(figureFromJson(p, m_sentences))};
            if (!canBeSeen(*known.figure)) {
                leaveOut(text("the figure \"%1\" has more in it than can be seen", id));
                known.figure = nullptr;
            }
        }
        return known.figure;
    }

    struct Known {
        const json* value = nullptr;
        FigurePointer figure{};
    };

    const JsonPlace& m_root;
    std::vector<Text>& m_leftOut;
    Sentences m_sentences;
    const ExperimentInfo* m_info = nullptr;
    std::map<std::string, Known> m_known; ///< the latest of each id
};

} // namespace

Record recordFromJson(std::string_view document, const std::string& name, std::vector<Text>* leftOut)
{
    const json j = parseJson(document, name, {.values = kMostValues});
    if (!j.is_object() || !j.contains("spec") || !j.contains("outcome"))
        throw Error(name, text("this is not a record of a run"), text("choose a record.json that Bitstill wrote"));
    demandSchema(j, name);
    const JsonPlace root(j, name);
    std::vector<Text> ignored;
    return RecordReader(root, leftOut ? *leftOut : ignored).record();
}

} // namespace bitstill
