#include "engine/experiment/figure.h"

#include "engine/core/overloads.h"

#include <algorithm>
#include <cstdio>
#include <limits>

namespace bitstill {

const char* kindOf(const Figure& figure)
{
    static constexpr Overloads kName{
        [](const Curves&) { return "curves"; },
        [](const Histogram&) { return "histogram"; },
        [](const Bars&) { return "bars"; },
        [](const Heatmap&) { return "heatmap"; },
        [](const Scatter&) { return "scatter"; },
        [](const Images&) { return "images"; },
        [](const Table&) { return "table"; },
        [](const Readout&) { return "readout"; },
        [](const NetworkMap&) { return "network"; },
    };
    return std::visit(kName, figure.body);
}

namespace {

template <std::size_t i> std::optional<FigureBody> emptyBodyFrom(const std::string& kind)
{
    if constexpr (i == std::variant_size_v<FigureBody>) {
        return std::nullopt;
    } else {
        Figure figure;
        figure.body.emplace<i>();
        return kind == kindOf(figure) ? std::optional(std::move(figure.body)) : emptyBodyFrom<i + 1>(kind);
    }
}

} // namespace

std::optional<FigureBody> emptyBody(const std::string& kind) { return emptyBodyFrom<0>(kind); }

bool isSameFigure(const Figure& a, const Figure& b) { return a.id == b.id && a.body.index() == b.body.index(); }

std::string fileNameOf(const Figure& figure)
{
    constexpr std::size_t kLongest = 120, kHash = 8;
    std::string name;
    for (const char c : figure.id.substr(0, kLongest)) {
        const bool plainLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        name += plainLetter && !(c == '-' && name.empty()) ? c : c == '.' && !name.empty() ? c : '_';
    }
    if (!name.empty() && name == figure.id) return name;
    std::uint32_t hash = 2166136261u; // FNV-1a
    for (const char c : figure.id) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    char digits[kHash + 1];
    std::snprintf(digits, sizeof digits, "%08x", hash);
    return name.substr(0, kLongest - kHash - 1) + '-' + digits;
}

std::optional<std::pair<int, int>> HistogramSeries::codesIn(std::size_t bin) const
{
    if (!codes || bin >= y.size()) return {};
    const std::int64_t from = codes->first + static_cast<std::int64_t>(bin) * codes->each, to = from + codes->each - 1;
    const std::int64_t least = std::max<std::int64_t>(from, codes->lowest), most = std::min<std::int64_t>(to, codes->highest);
    if (least > most) return {};
    return std::pair(static_cast<int>(least), static_cast<int>(most));
}

double Heatmap::at(std::size_t row, std::size_t column) const
{
    const std::size_t i = row * columns.size() + column;
    return column < columns.size() && i < values.size() ? values[i] : std::numeric_limits<double>::quiet_NaN();
}

} // namespace bitstill
