#include "app/cli/commands.h"

#include "engine/core/error.h"
#include "engine/core/thread_pool.h"
#include "engine/experiment/catalogue.h"
#include "engine/experiment/session.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/io/model_file.h"
#include "widgets/figure_export.h"

#include <QApplication>
#include <algorithm>
#include <cmath>
#include <iostream>
#include <thread>
#include <unistd.h>

namespace bitstill::cli {

namespace {

Spec specOf(const RunArguments& a)
{
    Spec spec;
    if (a.what.ends_with(".json"))
        spec = specFromJson(readFile(a.what, 10'000'000), a.what);
    else
        spec.experiment = a.what;
    std::vector<Problem> problems;
    const ExperimentInfo* info = nullptr;
    for (const ExperimentInfo& e : experiments())
        if (e.id == spec.experiment) info = &e;
    if (info && !a.contrast.empty()) applyContrast(spec, a.contrast);
    for (const std::string& set : a.sets) {
        const std::size_t equals = set.find('=');
        if (equals == std::string::npos) throw WrongUse{"--set " + set + ": write key=value"};
        const std::string key = set.substr(0, equals), value = set.substr(equals + 1);
        const Field* field = info ? fieldOf(*info, key) : nullptr;
        try {
            spec.values[key] = field ? field->parse(value) : Value(value);
        } catch (const Error& e) {
            problems.push_back({key, e.problem(), e.hint()});
            spec.values.erase(key);
        }
    }
    if (a.seed >= 0) spec.seed = static_cast<std::uint64_t>(a.seed);
    const std::vector<Problem> more = validate(spec);
    problems.insert(problems.end(), more.begin(), more.end());
    if (!problems.empty()) throw WrongUse{describe(problems)};
    return withDefaults(spec);
}

QStringList formatsOf(const RunArguments& a)
{
    const QStringList formats = QString::fromStdString(a.figures).split(QLatin1Char(','), Qt::SkipEmptyParts);
    for (const QString& f : formats)
        if (!exportFormats().contains(f))
            throw WrongUse{"--figures: there is no format \"" + f.toStdString() + "\"; choose from "
                + exportFormats().join(QStringLiteral(", ")).toStdString()};
    if (!formats.isEmpty() && a.out.empty()) throw WrongUse{"--figures needs --out DIR to write them to"};
    return formats;
}

std::vector<KnobChange> knobsOf(const std::string& file, const Spec& spec)
{
    if (file.empty()) return {};
    return knobLogFrom(readFile(file, 1'000'000'000), file, spec);
}

/// One line on stderr, rewritten in place; nothing when stderr is a file.
void follow(Session& session)
{
    const bool terminal = isatty(STDERR_FILENO) != 0;
    while (session.outcome() == Outcome::Running) {
        if (terminal) session.request();
        std::this_thread::sleep_for(std::chrono::milliseconds(terminal ? 100 : 20));
        const auto snapshot = session.take();
        if (!terminal || !snapshot) continue;
        std::cerr << "\r\033[K" << std::lround(100 * snapshot->progress) << " %  " << snapshot->doing.english();
        if (snapshot->secondsLeft >= 0) std::cerr << ", " << std::lround(snapshot->secondsLeft) << " s left";
        std::cerr << std::flush;
    }
    if (terminal) std::cerr << "\r\033[K";
    session.wait();
}

void writeResults(const RunArguments& a, const QStringList& formats, const Record& record, const std::map<std::string, Tensor>& model)
{
    const std::filesystem::path out = a.out;
    writeFile(out / "spec.json", jsonText(toJson(record.spec), 2) + "\n");
    const std::string source = provenance(record.spec);
    for (const FigurePointer& figure : record.figures)
        for (const QString& format : formats)
            exportFigure(*figure, source, QString::fromStdString((out / "figures" / figure->id).string()) + QLatin1Char('.') + format);
    if (!model.empty()) writeFile(out / "model.safetensors", modelBytes(model, {{"source", source}}));
    writeFile(out / "record.json", jsonText(toJson(record), 1) + "\n");
}

void printMetrics(const Record& record, bool asJson)
{
    if (asJson) {
        std::cout << jsonText(toJson(record)["metrics"], 2) << '\n';
        return;
    }
    std::size_t width = 0;
    for (const auto& [name, value] : record.metrics) width = std::max(width, name.size());
    for (const auto& [name, value] : record.metrics)
        std::cout << name << std::string(width + 2 - name.size(), ' ') << shortest(value) << '\n';
    std::cout << nameOf(record.outcome) << " after " << fixed(record.seconds, 1) << " s\n";
}

} // namespace

int run(const RunArguments& a)
{
    const Spec spec = specOf(a);
    const QStringList formats = formatsOf(a);
    if (!a.out.empty())
        writeFile(std::filesystem::path(a.out) / "spec.json", jsonText(toJson(spec), 2) + "\n"); // before an hour of work, not after
    Session session(
        spec, {.threads = a.threads > 0 ? a.threads : defaultThreads(), .yieldToWindow = false, .replay = knobsOf(a.replay, spec)});
    follow(session);
    const Record record = session.record();
    if (!a.out.empty()) {
        // Pictures are drawn by the window's own painters, without a window.
        qputenv("QT_QPA_PLATFORM", "offscreen");
        int argc = 1;
        char name[] = "bitstill-cli";
        char* argv[] = {name, nullptr};
        std::unique_ptr<QApplication> application;
        if (!formats.isEmpty()) application = std::make_unique<QApplication>(argc, argv);
        writeResults(a, formats, record, session.model());
    }
    if (record.outcome == Outcome::Diverged || record.outcome == Outcome::Failed) {
        std::cerr << record.message.english() << '\n';
        return 1;
    }
    printMetrics(record, a.json);
    return 0;
}

} // namespace bitstill::cli
