#include "app/cli/commands.h"
#include "app/cli/interrupts.h"
#include "app/cli/results.h"

#include "engine/core/error.h"
#include "engine/core/thread_pool.h"
#include "engine/experiment/catalogue.h"
#include "engine/experiment/session.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/io/model_file.h"
#include "widgets/figure_export.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <optional>
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
        if (equals == std::string::npos) throw WrongUse{"--set " + printable(set) + ": write key=value"};
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

std::vector<std::string> formatsOf(const RunArguments& a)
{
    std::vector<std::string> known, formats;
    for (const QString& f : exportFormats()) known.push_back(f.toStdString());
    for (const std::string& f : split(a.figures, ',')) {
        if (f.empty()) continue;
        if (std::find(known.begin(), known.end(), f) == known.end())
            throw WrongUse{"--figures: there is no format \"" + printable(f) + "\"; choose from " + joined(known)};
        if (std::find(formats.begin(), formats.end(), f) == formats.end()) formats.push_back(f);
    }
    if (formats.empty() && !a.figures.empty()) throw WrongUse{"--figures names no format; choose from " + joined(known)};
    if (!formats.empty() && a.out.empty()) throw WrongUse{"--figures needs --out DIR to write them to"};
    return formats;
}

std::vector<KnobChange> knobsOf(const std::string& file, const Spec& spec)
{
    if (file.empty()) return {};
    return knobLogFrom(readFile(file, 1'000'000'000), file, spec);
}

/// One line on stderr, rewritten in place; nothing when stderr is a file. Ends when the run does, which a signal stops.
void follow(Session& session, Interrupts& interrupts)
{
    constexpr std::chrono::milliseconds kOften{20}, kAfterStop{5}, kPatience{1700};
    const bool terminal = isatty(STDERR_FILENO) != 0;
    for (int turn = 0; session.outcome() == Outcome::Running; ++turn) {
        if (interrupts.signal() != 0) {
            std::this_thread::sleep_for(kAfterStop);
            if (interrupts.age() < kPatience) continue;
            // One step that takes this long: there is nothing to be had from it.
            std::cerr << "stopped in the middle of a long step; nothing was written\n" << std::flush;
            std::_Exit(128 + interrupts.signal());
        }
        if (terminal && turn % 5 == 0) session.request();
        if (interrupts.wait(kOften) != 0) session.stop();
        const auto snapshot = session.take();
        if (!terminal || !snapshot) continue;
        std::cerr << "\r\033[K" << std::lround(100 * snapshot->progress) << " %  " << snapshot->doing.english();
        if (snapshot->secondsLeft >= 0) std::cerr << ", " << std::lround(snapshot->secondsLeft) << " s left";
        std::cerr << std::flush;
    }
    if (terminal) std::cerr << "\r\033[K" << std::flush;
    session.wait();
}

void printMetrics(const Record& record, bool asJson)
{
    if (asJson) {
        std::cout << jsonText(toJson(record)["metrics"], 2) << std::endl;
        return;
    }
    std::size_t width = 0;
    for (const auto& [name, value] : record.metrics) width = std::max(width, name.size());
    for (const auto& [name, value] : record.metrics)
        std::cout << printable(name) << std::string(width + 2 - name.size(), ' ') << shortest(value) << '\n';
    std::cout << nameOf(record.outcome) << " after " << fixed(record.seconds, 1) << " s" << std::endl;
}

/// What was understood of a table that somebody brought: it is on the window's first card.
void printNotes(const Record& record)
{
    for (const FigurePointer& figure : record.figures)
        if (figure->id == "data" && !figure->caption.empty()) std::cerr << "note: " << printable(figure->caption.english(), kLongestLine) << std::endl;
}

/// The one line that says how it ended, if there is something to say, and the exit status.
int verdict(const Record& record, const Results* results, int signal)
{
    std::vector<std::string> said;
    if (signal != 0) said.push_back(std::string("stopped by ") + (signal == SIGINT ? "Ctrl-C" : signal == SIGTERM ? "SIGTERM" : "SIGHUP"));
    const bool failed = record.outcome == Outcome::Diverged || record.outcome == Outcome::Failed;
    if (failed) said.push_back(record.message.english());
    const std::string problem = results ? results->problem() : "";
    if (!problem.empty()) said.push_back(problem);
    if (results && !results->whereabouts().empty()) said.push_back(results->whereabouts());
    std::string line;
    for (const std::string& s : said) line += (line.empty() ? "" : "; ") + s;
    if (!line.empty()) std::cerr << printable(line, kLongestLine) << std::endl;
    return signal != 0 ? 128 + signal : failed || !problem.empty() ? 1 : 0;
}

} // namespace

int run(const RunArguments& a)
{
    const Spec spec = specOf(a);
    const std::vector<std::string> formats = formatsOf(a);
    const std::vector<KnobChange> knobs = knobsOf(a.replay, spec);
    Interrupts interrupts;
    std::optional<Results> results;
    if (!a.out.empty()) results.emplace(a.out, formats);
    std::optional<Session> session(std::in_place, spec,
        SessionOptions{.threads = a.threads > 0 ? a.threads : defaultThreads(), .yieldToWindow = false, .replay = knobs});
    follow(*session, interrupts);
    const Record record = session->record();
    if (results) results->writeNumbers(record, session->models());
    session.reset(); // and its threads, before a process is made
    printNotes(record);
    printMetrics(record, a.json);
    if (results) {
        results->draw(record, interrupts);
        results->settle(record);
    }
    interrupts.wait(std::chrono::milliseconds(0));
    return verdict(record, results ? &*results : nullptr, interrupts.signal());
}

} // namespace bitstill::cli
