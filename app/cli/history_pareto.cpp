// `history pareto`: accuracy against cost of all that was tried.

#include "app/cli/commands.h"
#include "app/cli/history.h"
#include "app/cli/language.h"
#include "app/cli/painter.h"
#include "app/cli/sweep.h"
#include "engine/experiment/catalogue.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/store/tried.h"

#include <algorithm>
#include <iostream>

namespace bitstill::cli {

using nlohmann::json;

namespace {

json jsonOf(const Tried& tried, const std::vector<std::size_t>& frontier)
{
    json dots = json::array();
    for (std::size_t i = 0; i < tried.dots.size(); ++i) {
        const TriedDot& dot = tried.dots[i];
        json one{{"run", dot.run}, {"network", dot.network}, {"settings", dot.settings.english()}, {"accuracy", dot.accuracy.mean},
            {"cost", dot.cost}, {"runs", dot.runs}, {"frontier", std::ranges::count(frontier, i) > 0}};
        if (!dot.touched.empty()) {
            json touched = json::object();
            for (const auto& setting : dot.touched) std::visit([&](const auto& value) { touched[setting.first] = value; }, setting.second);
            one["touched"] = std::move(touched);
        }
        if (dot.accuracy.samples > 0) {
            one["interval"] = {dot.accuracy.low, dot.accuracy.high};
            one["samples"] = dot.accuracy.samples;
        }
        dots.push_back(std::move(one));
    }
    return {{"experiment", tried.chosen.experiment}, {"data", tried.chosen.data}, {"data_sets", tried.dataSets},
        {"x", costOf(tried.chosen.cost).metric}, {"dots", dots}};
}

void printFrontier(const Tried& tried, const std::vector<std::size_t>& frontier)
{
    for (const std::size_t i : frontier) {
        const TriedDot& dot = tried.dots[i];
        const std::string cost = significant(dot.cost / costOf(tried.chosen.cost).unit, 4);
        std::cout << printable("#" + std::to_string(dot.run) + "  " + dot.network + "  " + percent(dot.accuracy.mean) + "  " + cost + " "
                + costOf(tried.chosen.cost).axis.unit.english() + "  " + said(dot.settings),
            kLongestLine)
                  << '\n';
    }
}

} // namespace

int historyPareto(const HistoryArguments& a)
{
    if (!a.experiment.empty()) experimentInfo(a.experiment);
    std::vector<std::string> formats = pictureFormats();
    formats.emplace_back("csv");
    const std::string format = a.out.empty() ? std::string() : formatOf(a.out, formats);
    Tried tried;
    {
        History history(storeOf(a.store));
        tried = triedOf(history, {.experiment = a.experiment, .data = a.data, .cost = a.cost});
    }
    if (tried.dots.empty() || (!a.cost.empty() && tried.chosen.cost != a.cost))
        throw Error("pareto", text("no finished run has both an accuracy and this cost"),
            text("run before-after, four-ways or squeeze with --history first"));
    if (!a.data.empty() && tried.chosen.data != a.data)
        throw Error("--data", text("no finished run of %1 has the data \"%2\"", tried.chosen.experiment, a.data),
            text("choose one of %1", joined(tried.dataSets)));
    const std::vector<std::size_t> frontier = frontierOf(tried.dots);
    if (!a.out.empty()) {
        const Figure figure = figuresOf(tried).front().figure;
        const std::string source = "bitstill " + versionText() + " · history of " + tried.chosen.experiment;
        writeFile(a.out, format == "csv" ? toCsv(figure, source) : pictureBytes(figure, source, format));
    }
    if (a.json) {
        std::cout << jsonText(jsonOf(tried, frontier), 2) << std::endl;
        return 0;
    }
    printFrontier(tried, frontier);
    std::cout << said(figuresOf(tried).front().figure.title) << std::endl;
    return 0;
}

} // namespace bitstill::cli
