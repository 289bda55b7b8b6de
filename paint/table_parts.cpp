#include "paint/table_parts.h"

#include "paint/figure_kinds.h"
#include "paint/painted_figure.h"

#include <utility>

namespace bitstill {

namespace {

/// Its first column and those from `begin` to before `end`.
Table columnsOf(const Table& all, std::size_t begin, std::size_t end)
{
    Table some;
    const auto take = [begin, end](const std::vector<Text>& from) {
        std::vector<Text> to{from.begin(), from.begin() + (from.empty() ? 0 : 1)};
        for (std::size_t k = begin; k < std::min(end, from.size()); ++k) to.push_back(from[k]);
        return to;
    };
    some.columns = take(all.columns);
    for (const std::vector<Text>& row : all.rows) some.rows.push_back(take(row));
    const auto result = static_cast<std::size_t>(std::max(all.result, 0));
    some.result = all.result > 0 && result >= begin && result < end ? static_cast<int>(result - begin) + 1 : -1;
    return some;
}

std::vector<Figure> parts(const Figure& figure, const Table& table, qreal width)
{
    std::vector<Figure> found;
    for (std::size_t begin = 1, end = 1; begin < table.columns.size(); begin = end) {
        Figure part = figure;
        do {
            part.body = columnsOf(table, begin, ++end);
        } while (end < table.columns.size()
            && leastWidth({.id = {}, .caption = {}, .description = {}, .body = columnsOf(table, begin, end + 1)}) <= width);
        found.push_back(std::move(part));
    }
    return found;
}

} // namespace

std::vector<Figure> partsWithin(const Figure& figure, qreal width)
{
    if (leastWidth(figure) <= width) return {figure};
    const Overloads kParts{
        [&](const Table& f) { return f.columns.size() > 2 ? parts(figure, f, width) : std::vector<Figure>{figure}; },
        [&](const OneOf<Curves, Histogram, Bars, Scatter, Heatmap, Images, Readout, NetworkMap> auto&) {
            return std::vector<Figure>{figure};
        },
    };
    return std::visit(kParts, figure.body);
}

} // namespace bitstill
