#pragma once

#include "engine/experiment/figure.h"

#include <cmath>
#include <limits>

/// Names that a file, a spreadsheet or a library that draws may take for something else.
inline const std::vector<std::string>& oddNames()
{
    static const std::vector<std::string> names{"T<300 K", "a & b", "p<0.05 and q>1", "<b>bold</b>", "x &lt; y", "한국어", "😀 emoji",
        std::string(300, 'W'), "twice", "twice", "", "=1+1", "+1 step", "-cmd", "@sum", "101,800", "say \"no\"", "two\nlines", "bell\a",
        "%1"};
    return names;
}

/// Values that are none, or far from 1.
inline const std::vector<std::vector<double>>& oddValues()
{
    const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
    static const std::vector<std::vector<double>> values{{nan, 1, 2, 3}, {1, nan, 3, 4}, {1, 2, 3, nan}, {inf, 1, 2, 3}, {1, -inf, 2, inf},
        {nan, nan, nan}, {}, {5}, {nan}, {2, 2, 2, 2}, {0, 0, 0}, {-0.0, 0, -0.0}, {1e-300, 1e300}, {-1e308, 1e308}, {1.7e308, 1.7e308},
        {5e-324, 1e-320, 3e-310}, {1, 1 + 1e-15, 1 - 1e-15}, {0, -1, 10, 1000}, {-1, -10, -100}, {1e-5, 1e5}};
    return values;
}

/// Every kind of chart and of painted figure with those names and values.
inline std::vector<bitstill::Figure> oddFigures(bool logarithmic)
{
    using namespace bitstill;
    std::vector<bitstill::Figure> all;
    const std::vector<std::string>& names = oddNames();
    const auto name = [&names](std::size_t i) { return Text(names[i % names.size()]); };
    const auto add = [&](const char* kind, std::size_t i, FigureBody body) {
        all.push_back({.id = kind + std::to_string(i),
            .title = name(i),
            .caption = name(i + 1),
            .description = name(i + 2),
            .body = std::move(body)});
    };
    for (std::size_t i = 0; i < oddValues().size(); ++i) {
        const std::vector<double>& v = oddValues()[i];
        const Axis axis{.title = name(i), .unit = name(i + 1), .logarithmic = logarithmic}, share{.title = name(i + 3), .percent = true};
        std::vector<double> count, falling(v.rbegin(), v.rend());
        for (std::size_t k = 0; k < v.size(); ++k) count.push_back(static_cast<double>(k + 1));
        add("curves", i,
            Curves{axis, axis,
                {{name(i), Role::Train, CurveSeries::Style::Solid, count, v},
                    {name(i + 1), Role::Test, CurveSeries::Style::Dashed, v, falling},
                    {name(i + 2), Role::After, CurveSeries::Style::Points, count, v}}});
        Histogram histogram{share, axis, {{name(i), Role::Before, HistogramSeries::Style::Area, -1, 0.5, v}}, {}};
        histogram.series.push_back({name(i + 1), Role::After, HistogramSeries::Style::Stems, -1, 0.5, falling});
        for (const double at : v) histogram.markers.push_back({name(i + 2), at, "quant.clip", 0});
        add("histogram", i, histogram);
        Bars bars{axis, {}, {{name(i), Role::Before, v, {}}, {name(i + 1), Role::After, falling, {}}}};
        for (std::size_t k = 0; k < v.size(); ++k) bars.categories.push_back(name(i + k));
        if (!v.empty()) bars.guide = v.front();
        add("bars", i, bars);
        for (const double at : v) bars.series[0].intervals.push_back({at, at + 1});
        add("intervals", i, bars);
        Scatter scatter{axis, axis, {}};
        for (std::size_t k = 0; k < v.size(); ++k)
            scatter.points.push_back({name(i + k), v[k], falling[k], Role::Before, AxisRange{v[k], falling[k]}});
        add("scatter", i, scatter);
        Heatmap map{axis, share, bars.categories, {name(i), name(i + 1)}, v, {}};
        map.values.insert(map.values.end(), falling.begin(), falling.end());
        add("heatmap", i, map);
        Table table{{name(i), name(i + 1)}, {}, 1};
        Readout readout;
        for (std::size_t k = 0; k < v.size(); ++k) {
            table.rows.push_back({name(i + k), Text(significant(v[k]))});
            readout.items.push_back({name(i + k), Text(fixed(v[k], 2)), k == 0});
        }
        NetworkMap network{axis, {}, "model.layer", names[i % names.size()], i % 2 == 0};
        for (std::size_t k = 0; k < v.size(); ++k) {
            const int at = static_cast<int>(k);
            network.nodes.push_back({name(i + k), names[(i + k + 1) % names.size()], {at - 1, at - 2, at, 1000, -7}, v[k], name(i + k + 2),
                names[(i + k) % names.size()]});
        }
        add("network", i, network);
        add("table", i, table);
        add("readout", i, readout);
    }
    return all;
}
