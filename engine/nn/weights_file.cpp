#include "engine/nn/weights_file.h"

#include "engine/core/error.h"
#include "engine/kernels/elementwise.h"
#include "engine/nn/model_file.h"
#include "engine/nn/stored_tensors.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

namespace bitstill {

namespace {

/// A name's layer, and what of it the tensor is.
struct Part {
    std::string layer{}, role{};
};

Part partOf(const std::string& name)
{
    const std::size_t dot = name.find_last_of("./");
    if (dot == std::string::npos) return {};
    // Each role as the network calls it, then as others do.
    static const std::vector<std::vector<std::string>> roles{{"weight", "kernel", "w", "gamma"}, {"bias", "b", "beta"},
        {"running_mean", "mean", "moving_mean"}, {"running_var", "var", "variance", "moving_variance"}};
    const std::string last = name.substr(dot + 1);
    for (const auto& words : roles)
        if (std::ranges::count(words, last) > 0) return {name.substr(0, dot), words[0]};
    return {};
}

std::string said(const std::string& name, const Shape& shape) { return printable(name, 80) + " " + describe(shape); }

std::string said(const StoredTensor& stored)
{
    return said(stored.name, stored.shape) + (stored.read ? "" : " (" + printable(stored.type, 20) + ")");
}

/// What stands for each of the network's tensors, by its name.
using Choice = std::map<std::string, const StoredTensor*>;
using State = std::vector<std::pair<std::string, Tensor*>>;

/// BatchNorm's parameters have two names in the field.
std::optional<Choice> chosenByName(const State& state, const std::vector<StoredTensor>& stored)
{
    std::map<std::string, const StoredTensor*> named;
    for (const StoredTensor& s : stored) named.emplace(s.name, &s);
    Choice choice;
    for (const auto& entry : state) {
        std::string name = entry.first;
        for (const auto& [ours, theirs] : {std::pair{".gamma", ".weight"}, {".beta", ".bias"}})
            if (name.ends_with(ours) && !named.contains(name)) name = name.substr(0, name.rfind('.')) + theirs;
        const auto found = named.find(name);
        if (found == named.end()) return {};
        choice.emplace(entry.first, found->second);
    }
    return choice;
}

class ByOrder {
public:
    explicit ByOrder(const std::vector<StoredTensor>& stored) : m_stored(stored) { }

    Choice choose(const State& state)
    {
        Choice choice;
        for (const auto& [name, tensor] : state) {
            const Part own = partOf(name);
            const Shape& shape = tensor->shape();
            const auto fits = [&](const StoredTensor& s) { return s.read && s.shape == shape && !m_used.contains(&s) && suits(own, s); };
            const auto found = std::ranges::find_if(m_stored, fits);
            choice.emplace(name, found == m_stored.end() ? nullptr : &*found);
            if (found == m_stored.end()) continue;
            m_used.insert(&*found);
            if (const Part theirs = partOf(found->name); !theirs.role.empty()) {
                m_layers.emplace(own.layer, theirs.layer);
                m_taken.insert(theirs.layer);
            }
        }
        return choice;
    }

private:
    /// The tensors of one layer come from one layer.
    bool suits(const Part& own, const StoredTensor& stored) const
    {
        const Part theirs = partOf(stored.name);
        if (theirs.role.empty()) return true;
        if (theirs.role != own.role) return false;
        const auto known = m_layers.find(own.layer);
        return known == m_layers.end() ? !m_taken.contains(theirs.layer) : known->second == theirs.layer;
    }

    const std::vector<StoredTensor>& m_stored;
    std::set<const StoredTensor*> m_used;
    std::map<std::string, std::string> m_layers; ///< the network's → the file's
    std::set<std::string> m_taken; ///< layers of the file
};

enum class Left {
    All,
    Misses, ///< what a network that it was part of would have used: without it, another is computed
};

std::vector<std::string> leftOver(const Choice& choice, const std::vector<StoredTensor>& stored, Left which, bool byName)
{
    std::set<const StoredTensor*> used;
    std::set<std::string> layers;
    for (const auto& entry : choice) {
        if (!entry.second) continue;
        used.insert(entry.second);
        layers.insert(partOf(entry.second->name).layer);
    }
    std::vector<std::string> left;
    for (const StoredTensor& s : stored) {
        if (used.contains(&s)) continue;
        const Part part = partOf(s.name);
        const bool misses = s.read && !s.shape.empty() && (!byName || (!part.role.empty() && layers.contains(part.layer)));
        if (which == Left::All || misses) left.push_back(said(s));
    }
    return left;
}

void refuseMisfits(const State& state, const Choice& choice, const std::vector<StoredTensor>& stored, const std::string& where)
{
    std::vector<std::string> misfits;
    for (const auto& [name, tensor] : state) {
        const StoredTensor* found = choice.at(name);
        if (found && found->read && found->shape == tensor->shape()) continue;
        misfits.push_back(said(name, tensor->shape()) + (found ? " ← " + said(*found) : ""));
    }
    if (misfits.empty()) return;
    const std::vector<std::string> left = leftOver(choice, stored, Left::All, false);
    throw Error(where,
        text("%1 of %2 weights of the network are not in it: %3", std::to_string(misfits.size()), std::to_string(state.size()),
            listed(misfits)),
        left.empty() ? text("choose the network that they are of")
                     : text("left in the file are %1; choose the network that they are of", listed(left)));
}

Tensor finite(const StoredTensor& stored, const std::string& where)
{
    Tensor values = stored.read();
    if (!kernels::allFinite(values.data(), values.size()))
        throw Error(where, text("%1 holds a number that is not finite", printable(stored.name)),
            text("save the model from a training that has not diverged"));
    return values;
}

} // namespace

Text listed(const std::vector<std::string>& names)
{
    constexpr std::size_t kMost = 200, kTogether = 4;
    Text list;
    for (std::size_t i = 0; i < std::min(names.size(), kMost); i += kTogether) {
        const auto first = names.begin() + static_cast<std::ptrdiff_t>(i);
        const Text some(joined({first, first + static_cast<std::ptrdiff_t>(std::min(kTogether, names.size() - i))}));
        list = i == 0 ? some : Text("%1, %2", {list, some});
    }
    return names.size() <= kMost ? list : Text("%1, %2", {list, text("and %1 more", std::to_string(names.size() - kMost))});
}

FilledNetwork fillFrom(Graph& graph, const std::filesystem::path& file)
{
    const std::string where = file.filename().string();
    const std::vector<StoredTensor> stored = storedTensors(file);
    const State state = graph.state();
    const std::optional<Choice> named = chosenByName(state, stored);
    const Choice choice = named ? *named : ByOrder(stored).choose(state);
    refuseMisfits(state, choice, stored, where);
    if (const std::vector<std::string> more = leftOver(choice, stored, Left::Misses, named.has_value()); !more.empty())
        throw Error(where, text("holds more than the network takes: %1", listed(more)), text("choose the network that they are of"));
    FilledNetwork filled{.byName = named.has_value(), .left = leftOver(choice, stored, Left::All, false)};
    for (const auto& [name, tensor] : state) filled.tensors.push_back({name, choice.at(name)->name, tensor->shape()});
    if (named && file.extension() == ".safetensors") { // which may be of an older version of ours
        readModel(graph, file);
        return filled;
    }
    std::map<std::string, Tensor> tensors;
    for (const auto& [name, found] : choice) tensors.emplace(name, finite(*found, where));
    setModelTensors(graph, tensors);
    return filled;
}

} // namespace bitstill
