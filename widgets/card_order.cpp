#include "widgets/card_order.h"

#include "engine/core/text.h"

#include <algorithm>

namespace bitstill {

namespace {

using Figures = std::vector<FigurePointer>;

bool holds(const std::vector<std::string>& ids, const std::string& id) { return std::ranges::count(ids, id) > 0; }

auto placeOf(const Figures& figures, const std::string& id)
{
    return std::ranges::find_if(figures, [&id](const FigurePointer& f) { return f->id == id; });
}

/// The ids of `order` and all that are shown, one that is new behind its neighbour.
std::vector<std::string> withAll(std::vector<std::string> order, const std::vector<std::string>& shown)
{
    auto next = order.begin();
    for (const std::string& id : shown) {
        auto at = std::ranges::find(order, id);
        if (at == order.end()) at = order.insert(next, id);
        next = at + 1;
    }
    return order;
}

void append(Figures& to, const Figures& from, const std::vector<std::string>& ids)
{
    for (const std::string& id : ids)
        if (const auto found = placeOf(from, id); found != from.end()) to.push_back(*found);
}

} // namespace

bool CardOrder::isPinned(const std::string& id) const { return holds(pinned, id); }

std::vector<FigurePointer> CardOrder::sorted(const std::vector<FigurePointer>& figures) const
{
    Figures top, rest;
    append(top, figures, pinned);
    append(rest, figures, placed);
    std::string before; // of the experiment's order, pinned ones left out
    for (const FigurePointer& figure : figures) {
        if (isPinned(figure->id)) continue;
        if (!holds(placed, figure->id)) {
            const auto at = placeOf(rest, before);
            rest.insert(at == rest.end() ? rest.begin() : at + 1, figure);
        }
        before = figure->id;
    }
    top.insert(top.end(), rest.begin(), rest.end());
    return top;
}

void CardOrder::pin(const std::string& id, bool pin)
{
    std::erase(pinned, id);
    if (!pin) return;
    std::erase(placed, id);
    pinned.push_back(id);
}

void CardOrder::move(const std::string& id, int by, const std::vector<FigurePointer>& shown)
{
    const bool among = isPinned(id);
    std::vector<std::string> seen;
    for (const FigurePointer& figure : shown)
        if (isPinned(figure->id) == among) seen.push_back(figure->id);
    const auto at = std::ranges::find(seen, id);
    const auto to = (at - seen.begin()) + by;
    if (at == seen.end() || to < 0 || to >= std::ssize(seen)) return;
    std::vector<std::string>& order = among ? pinned : placed;
    order = withAll(std::move(order), seen); // those that are not there now keep their places
    std::iter_swap(std::ranges::find(order, id), std::ranges::find(order, seen[static_cast<std::size_t>(to)]));
}

std::string CardOrder::text() const
{
    std::string lines;
    for (const std::string& id : pinned) lines += "p:" + id + '\n';
    for (const std::string& id : placed) lines += "m:" + id + '\n';
    return lines;
}

CardOrder CardOrder::from(const std::string& text)
{
    CardOrder order;
    for (const std::string& line : split(text, '\n')) {
        const std::string id = line.size() > 2 ? line.substr(2) : std::string();
        if (id.empty() || holds(order.pinned, id) || holds(order.placed, id)) continue;
        if (line.starts_with("p:")) order.pinned.push_back(id);
        if (line.starts_with("m:")) order.placed.push_back(id);
    }
    return order;
}

} // namespace bitstill
