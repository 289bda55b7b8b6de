// Does the cost of training grow in proportion? One thread, figures of time against parameters, batch and samples.
//
//     build/release/tests/bench_linear DIR
//
// Writes linear-parameters.svg, linear-batch.svg and linear-samples.svg, and prints the slopes of the logarithms: 1 is proportional.

#include "engine/data/catalogue.h"
#include "engine/experiment/figure.h"
#include "engine/measure/latency.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"
#include "paint/figure_export.h"

#include <QApplication>
#include <cmath>
#include <cstdio>
#include <filesystem>

using namespace bitstill;

namespace {

constexpr double kSeconds = 0.5;

struct Line {
    std::string name;
    std::vector<double> x, microseconds;
};

Dataset images(int count) { return loadDataset("strokes", {.path = {}, .seed = 1, .samples = count, .noise = 0.2}); }

Graph network(const std::string& model, const Dataset& data)
{
    Graph graph = buildModel(model, data.shape, data.classCount());
    graph.initialize(1);
    return graph;
}

double stepMicroseconds(Graph& graph, const Dataset& data, int batch)
{
    ThreadPool pool(1);
    Trainer trainer(graph, data, {.epochs = 1'000'000, .batch = batch}, pool);
    return 1e6 * medianSeconds(kSeconds, [&] { trainer.step(); });
}

std::size_t parametersOf(Graph& graph)
{
    std::size_t n = 0;
    for (const auto& [name, parameter] : graph.parameters()) n += parameter->value.size();
    return n;
}

double slope(const Line& line)
{
    double sx = 0, sy = 0, sxx = 0, sxy = 0;
    const auto n = static_cast<double>(line.x.size());
    for (std::size_t i = 0; i < line.x.size(); ++i) {
        const double x = std::log2(line.x[i]), y = std::log2(line.microseconds[i]);
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

void report(const std::filesystem::path& folder, const std::string& what, const std::vector<Line>& lines)
{
    Curves curves{{.title = Text(what), .logarithmic = true}, {.title = text("time"), .unit = Text("µs"), .logarithmic = true}, {}};
    const Role roles[] = {Role::Taught, Role::Teacher, Role::Alone};
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const Line& line = lines[i];
        CurveSeries measured{Text(line.name), roles[i], CurveSeries::Style::Solid, {}, {}};
        for (std::size_t k = 0; k < line.x.size(); ++k) {
            measured.x.push_back(line.x[k]);
            measured.y.push_back(line.microseconds[k]);
            std::printf("%-11s %-14s %9.0f  %11.1f us\n", what.c_str(), line.name.c_str(), line.x[k], line.microseconds[k]);
        }
        const double top = measured.y.back(), times = measured.x.back() / measured.x.front();
        curves.series.push_back(
            {text("proportional"), Role::Guide, CurveSeries::Style::Dashed, {measured.x.front(), measured.x.back()}, {top / times, top}});
        curves.series.push_back(std::move(measured));
        std::printf("%-11s %-14s slope %.2f\n", what.c_str(), line.name.c_str(), slope(line));
    }
    const Figure figure{.id = "linear-" + what,
        .title = text("Time against %1", what),
        .caption = text("One thread, median; dashed: in proportion to the last point."),
        .description = text("Time of training against %1, logarithmic.", what),
        .body = curves};
    exportFigure(figure, "bench_linear", QString::fromStdString((folder / (figure.id + ".svg")).string()));
}

} // namespace

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication app(argc, argv);
    const std::filesystem::path folder = argc > 1 ? argv[1] : ".";
    const Dataset data = images(8192);
    std::vector<Line> byParameters{{"mlp-w-w", {}, {}}}, byBatch{{"mlp-256-128", {}, {}}, {"cnn-16-32", {}, {}}},
        bySamples{{"mlp-256-128", {}, {}}, {"cnn-16-32", {}, {}}};
    // Of dense networks: a convolution's weights are used once for every place of a map.
    for (const int width : {64, 128, 256, 512, 1024, 2048}) {
        Graph graph = network("mlp-" + std::to_string(width) + "-" + std::to_string(width), data);
        byParameters[0].x.push_back(static_cast<double>(parametersOf(graph)));
        byParameters[0].microseconds.push_back(stepMicroseconds(graph, data, 128));
    }
    for (Line& line : byBatch)
        for (const int batch : {8, 16, 32, 64, 128, 256, 512, 1024}) {
            Graph graph = network(line.name, data);
            line.x.push_back(batch);
            line.microseconds.push_back(stepMicroseconds(graph, data, batch));
        }
    for (Line& line : bySamples)
        for (const int count : {1000, 2000, 4000, 8000, 16000}) {
            const Dataset some = images(count);
            Graph graph = network(line.name, some);
            ThreadPool pool(1);
            line.x.push_back(static_cast<double>(some.train.count()));
            line.microseconds.push_back(
                1e6 * medianSeconds(kSeconds, [&] { train(graph, some, {.epochs = 1}, pool, [](const StepReport&) { return true; }); }));
        }
    report(folder, "parameters", byParameters);
    report(folder, "batch", byBatch);
    report(folder, "samples", bySamples);
    return 0;
}
