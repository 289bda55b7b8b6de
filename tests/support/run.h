#pragma once

#include "engine/experiment/context.h"
#include "engine/experiment/shown.h"
#include "engine/nn/graph.h"
#include "tests/support/quick.h"

#include <algorithm>
#include <functional>

namespace bitstill {

/// A run that writes down what reaches it.
class Run : public Context {
public:
    explicit Run(int threads, Spec spec = defaultSpec("soft-labels")) : m_spec(std::move(spec)), m_pool(threads) { }
    const Spec& spec() const override { return m_spec; }
    ThreadPool& pool() override { return m_pool; }
    bool wanted() const override { return false; }
    void show(Figure figure) override
    {
        log.push_back("figure " + figure.id);
        shown.show(std::make_shared<const Figure>(std::move(figure)));
    }
    void drop(const std::string& prefix) override
    {
        log.push_back("drop " + prefix);
        shown.drop(prefix);
    }
    void progress(double fraction, const Text& what) override
    {
        reached = fraction;
        doing = what;
        if (atProgress) atProgress();
    }
    void metric(const std::string& name, double value) override
    {
        log.push_back(name + " " + std::to_string(value));
        shown.metric(name, value);
    }
    void dropMetric(const std::string& name) override { shown.dropMetric(name); }
    void mark(const Text& label, const std::vector<std::string>&) override
    {
        if (atMark) atMark(label.english());
    }
    void keepModel(const std::string& name, const Graph& graph) override { log.push_back(name + " " + std::to_string(graph.hash())); }
    void checkpoint(long step, bool epochEnds) override
    {
        log.push_back("step " + std::to_string(step) + (epochEnds ? ", epoch" : ""));
        if (atStep) atStep(step);
    }
    void pollLiveFields(long) override
    {
        if (atPoll) atPoll();
    }
    bool stopping() const override { return false; }
    bool superseded() const override { return false; }

    void setSeed(std::uint64_t seed) { m_spec.seed = seed; }
    void set(const std::string& key, const Value& value) { m_spec.values[key] = value; }

    const double* metricOf(const std::string& name) const
    {
        const auto found = std::ranges::find(shown.metrics, name, [](const auto& m) { return m.first; });
        return found == shown.metrics.end() ? nullptr : &found->second;
    }

    std::vector<std::string> log;
    Shown shown;
    double reached = 0;
    Text doing;
    std::function<void(long)> atStep;
    std::function<void()> atProgress, atPoll;
    std::function<void(const std::string&)> atMark;

private:
    Spec m_spec;
    ThreadPool m_pool;
};

} // namespace bitstill
