#pragma once

#include "engine/experiment/context.h"

#include <map>
#include <set>

namespace bitstill {

/// Takes what an experiment shows, without a session.
class Listener : public Context {
public:
    explicit Listener(Spec spec) : m_spec(std::move(spec)) { }

    const Spec& spec() const override { return m_spec; }
    ThreadPool& pool() override { return m_pool; }
    bool wanted() const override { return true; }
    void show(Figure figure) override { figures[figure.id] = std::move(figure); }
    void drop(const std::string&) override { }
    void progress(double, const Text& what) override { doing.push_back(what.english()); }
    void metric(const std::string& name, double value) override { metrics[name] = value; }
    void mark(const Text&, const std::vector<std::string>&) override { }
    void keepModel(const std::string&, const Graph&) override { }
    void checkpoint(long step, bool) override { steps.insert(step); }
    void pollLiveFields(long) override { }
    bool stopping() const override { return false; }
    bool superseded() const override { return false; }
    void set(const std::string& key, const Value& value) { m_spec.values[key] = value; }

    std::map<std::string, Figure> figures;
    std::map<std::string, double> metrics;
    std::vector<std::string> doing;
    std::set<long> steps;

private:
    Spec m_spec;
    ThreadPool m_pool{2};
};

} // namespace bitstill
