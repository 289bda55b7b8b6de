#pragma once

#include "engine/experiment/figure.h"

#include <cmath>
#include <limits>

/// One figure of every kind, with what is hard to draw in it: gaps, values outside the range, intervals.
inline std::vector<bitstill::Figure> everyFigure()
{
    using namespace bitstill;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    std::vector<bitstill::Figure> all;
    const auto add = [&](const char* id, FigureBody body) {
        all.push_back({.id = id,
            .title = Text(std::string("Title of ") + id),
            .caption = "A caption under it.",
            .description = "What it shows.",
            .body = std::move(body)});
    };
    Curves curves{
        {.title = "time", .unit = "s", .range = AxisRange{0, 3}}, {.title = "share", .range = AxisRange{0, 1}, .percent = true}, {}};
    curves.series.push_back({"leaves the chart", Role::Train, CurveSeries::Style::Solid, {0, 1, 2, 3}, {0, 5, nan, 0.5}});
    curves.series.push_back({"dashed", Role::Test, CurveSeries::Style::Dashed, {0, 3}, {0.1, 0.9}});
    curves.series.push_back({"dots", Role::After, CurveSeries::Style::Points, {1, 2}, {0.3, nan}});
    add("curves", curves);
    Histogram histogram{{.title = "weight"}, {.title = "share", .percent = true}, {}, {}};
    histogram.series.push_back({"before", Role::Before, HistogramSeries::Style::Area, -1, 0.1, std::vector<double>(20, 0.05)});
    histogram.series.push_back({"after", Role::After, HistogramSeries::Style::Stems, -1, 0.5, {0.1, 0, 0.4, 0.3, 0.2}});
    histogram.markers.push_back({"clip", 0.8, "quant.clip", 0.01});
    add("histogram", histogram);
    Bars bars{{.title = "SQNR", .unit = "dB"}, {"conv1", "conv2"}, {}};
    bars.series.push_back({"a", Role::Before, {10, 20}, {{8, 12}, {18, 22}}});
    bars.series.push_back({"b", Role::After, {-5, 15}, {}});
    bars.guide = 12.5;
    add("bars", bars);
    add("heatmap", Heatmap{{}, {}, {"cat", "dog"}, {"cat", "dog", "none"}, {1, 0, 0.25, 0.75, nan, 0.5}, AxisRange{0, 1}});
    add("scatter",
        Scatter{{.title = "bytes"}, {.title = "accuracy", .percent = true},
            {{"float32", 940584, 0.89, Role::Before, AxisRange{0.88, 0.9}}, {"int8", 240000, 0.88, Role::After, {}}}});
    add("images", Images{{{"grey", 2, 2, 1, {0, 85, 170, 255}}, {"colour", 1, 1, 3, {255, 0, 0}}}});
    add("table",
        Table{{"", "float32", "int8", "change"},
            {{"accuracy", "89.5 %", "89.4 %", "−0.1 points"}, {"bytes", "940,584", "240,000", "3.9× smaller"}}});
    NetworkMap network{{.title = "SQNR", .unit = "dB"},
        {{"conv1", "Conv", {}, 20, "3×3, 1 → 16, 144 weights", "conv1"}, {"relu", "Relu", {0}, nan, "", ""},
            {"conv2", "Conv", {1}, 5, "3×3, 16 → 16, 2,304 weights", "conv2"}, {"add", "Add", {1, 2}, nan, "", ""}},
        "model.layer", "conv2", false};
    add("network", network);
    add("readout", Readout{{{"SQNR", "20.5 dB", true}, {"scale", "0.02"}}});
    return all;
}
