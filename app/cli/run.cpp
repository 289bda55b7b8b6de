#include "app/cli/commands.h"
#include "app/cli/history.h"
#include "app/cli/interrupts.h"
#include "app/cli/language.h"
#include "app/cli/painter.h"
#include "app/cli/results.h"
#include "app/cli/run_in_history.h"
#include "app/cli/spec_of.h"

#include "engine/core/error.h"
#include "engine/core/thread_pool.h"
#include "engine/experiment/branch.h"
#include "engine/experiment/kept_run.h"
#include "engine/experiment/session.h"
#include "engine/io/json_text.h"
#include "engine/nn/model_file.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <thread>
#include <unistd.h>

namespace bitstill::cli {

namespace {

bool has(const std::vector<std::string>& words, const std::string& word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// Adds everything that is wrong with them, too.
std::vector<std::string> formatsOf(const RunArguments& a, std::vector<Problem>& problems)
{
    const auto wrong = [&problems](Text what, Text hint = {}) { problems.push_back({"", std::move(what), std::move(hint)}); };
    const std::vector<std::string> pictures = pictureFormats();
    std::vector<std::string> known = pictures, formats;
    known.push_back("csv");
    const std::size_t before = problems.size();
    for (const std::string& f : split(a.figures, ',')) {
        if (f.empty()) continue;
        if (pictures.empty() && (f == "png" || f == "svg" || f == "pdf"))
            wrong(text("--figures: this build draws no %1: it writes CSV and JSON only", f));
        else if (!has(known, f))
            wrong(text("--figures: there is no format \"%1\"; choose from %2", printable(f), joined(known)));
        else if (!has(formats, f))
            formats.push_back(f);
    }
    if (formats.empty() && !a.figures.empty() && problems.size() == before)
        wrong(text("--figures names no format; choose from %1", joined(known)));
    if (a.csv && !has(formats, "csv")) formats.push_back("csv");
    if (!formats.empty() && a.out.empty()) wrong(text("--figures needs --out DIR to write them to"));
    return formats;
}

FigureWishes wishesOf(const RunArguments& a, std::vector<Problem>& problems)
{
    const std::size_t before = problems.size();
    const FigureWishes wishes{
        .formats = formatsOf(a, problems), .size = a.figureSize, .dpi = a.dpi, .theme = a.theme, .outlines = a.outlines};
    const auto needs = [&](bool given, const char* option, const std::vector<std::string>& any) {
        const bool there = std::any_of(any.begin(), any.end(), [&wishes](const std::string& f) { return has(wishes.formats, f); });
        if (given && !there) problems.push_back({"", text("%1 needs --figures with %2", option, joined(any)), {}});
    };
    if (problems.size() == before) { // else these would follow from those
        needs(!a.figureSize.empty(), "--figure-size", {"svg", "png", "pdf"});
        needs(!a.dpi.empty(), "--dpi", {"png"});
        needs(!a.theme.empty(), "--theme", {"svg", "png", "pdf"});
        needs(a.outlines, "--outlines", {"svg", "pdf"});
    }
    for (Problem& p : problemsOf(wishes)) {
        p.field = p.field == "size" ? "--figure-size" : "--" + p.field;
        problems.push_back(std::move(p));
    }
    return wishes;
}

/// What is to be run, and what changes on the way.
struct Plan {
    Spec spec;
    std::vector<KnobChange> knobs{};
    std::optional<BranchPoint> branch{};
};

void replay(const std::string& file, Plan& plan)
{
    const std::string document = recordDocument(file);
    plan.knobs = knobLogFrom(document, file, plan.spec);
    plan.branch = branchPointFrom(document, file);
    // With other settings it is no future of that parent.
    if (plan.branch && recordFromJson(document, file).spec != plan.spec) plan.branch.reset();
}

Plan branchPlan(const RunArguments& a, std::vector<Problem>& problems)
{
    const std::size_t at = a.branch.rfind('@');
    if (at == std::string::npos || at == 0 || at + 1 == a.branch.size())
        throw WrongUse(text("--branch %1: write a record and one of its moments, such as %2", printable(a.branch), "result@2"));
    const Record parent = recordToRepeat(a.branch.substr(0, at));
    const long mark = markNamed(parent, a.branch.substr(at + 1));
    Spec changes{.experiment = parent.spec.experiment, .values = {}};
    setFields(changes, a.sets, problems);
    const Values before = settingsAt(parent, mark).values;
    const auto isSo = [&before](const auto& set) { return before.contains(set.first) && before.at(set.first) == set.second; };
    if (a.sets.empty())
        problems.push_back({"", text("a branch changes something: add --set key=value"), {}});
    else if (!changes.values.empty() && std::ranges::all_of(changes.values, isSo))
        problems.push_back({"", text("a branch changes something: at that moment all of this is so already"), {}});
    const std::vector<Problem> more = branchProblems(parent, mark, changes.values);
    problems.insert(problems.end(), more.begin(), more.end());
    BranchedRun run = branchOf(parent, mark, changes.values);
    return {std::move(run.spec), std::move(run.knobs), std::move(run.point)};
}

Plan runPlan(const RunArguments& a, std::vector<Problem>& problems)
{
    Plan plan{readSpec(a.what, a.contrast, a.sets, problems, a.seed)};
    const std::vector<Problem> more = validate(plan.spec);
    problems.insert(problems.end(), more.begin(), more.end());
    if (problems.empty()) plan.spec = withDefaults(std::move(plan.spec));
    return plan;
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
            std::cerr << said(text("stopped in the middle of a long step; nothing was written")) + "\n" << std::flush;
            std::_Exit(128 + interrupts.signal());
        }
        if (terminal && turn % 5 == 0) session.request();
        if (interrupts.wait(kOften) != 0) session.stop();
        const auto snapshot = session.take();
        if (!terminal || !snapshot) continue;
        std::cerr << "\r\033[K" << std::lround(100 * snapshot->progress) << " %  " << said(snapshot->doing);
        if (snapshot->secondsLeft >= 0) std::cerr << ", " << said(text("%1 s left", std::to_string(std::lround(snapshot->secondsLeft))));
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
    std::cout << said(text("%1 after %2 s", wordOf(record.outcome), fixed(record.seconds, 1))) << std::endl;
}

/// What was understood of a table that somebody brought: it is on the window's first card.
void printNotes(const Record& record)
{
    for (const FigurePointer& figure : record.figures)
        if (figure->id == "data" && !figure->caption.empty())
            std::cerr << printable(said(text("note: %1", figure->caption)), kLongestLine) << std::endl;
}

/// The one line that says how it ended, if there is something to say, and the exit status.
int verdict(const Record& record, const Results* results, const Text& notKept, int signal)
{
    std::vector<Text> parts;
    if (signal != 0) parts.push_back(text("stopped by %1", signal == SIGINT ? "Ctrl-C" : signal == SIGTERM ? "SIGTERM" : "SIGHUP"));
    const bool failed = record.outcome == Outcome::Diverged || record.outcome == Outcome::Failed;
    if (failed) parts.push_back(record.message);
    const Text problem = results ? results->problem() : Text();
    if (!problem.empty()) parts.push_back(problem);
    if (results && !results->whereabouts().empty()) parts.push_back(results->whereabouts());
    if (!notKept.empty()) parts.push_back(notKept);
    std::string line;
    for (const Text& part : parts) line += (line.empty() ? "" : "; ") + said(part);
    if (!line.empty()) std::cerr << printable(line, kLongestLine) << std::endl;
    return signal != 0 ? 128 + signal : failed || !problem.empty() || !notKept.empty() ? 1 : 0;
}

} // namespace

int run(const RunArguments& a)
{
    std::vector<Problem> problems;
    Plan plan = a.branch.empty() ? runPlan(a, problems) : branchPlan(a, problems);
    const FigureWishes wishes = wishesOf(a, problems);
    if (!problems.empty()) throw WrongUse(problems);
    if (!a.replay.empty()) replay(a.replay, plan);
    Interrupts interrupts;
    std::optional<RunInHistory> kept;
    if (a.history || !a.store.empty()) kept.emplace(storeOf(a.store), plan.spec);
    std::optional<Results> results;
    if (!a.out.empty()) results.emplace(a.out, wishes);
    std::optional<Session> session(std::in_place, plan.spec,
        SessionOptions{.threads = a.threads > 0 ? a.threads : defaultThreads(),
            .yieldToWindow = false,
            .replay = std::move(plan.knobs),
            .branch = std::move(plan.branch)});
    follow(*session, interrupts);
    const Record record = session->record();
    if (results) results->writeNumbers(record, session->models());
    const Text notKept = kept ? kept->end(record, session->models()) : Text();
    session.reset(); // and its threads, before a process is made
    printNotes(record);
    printMetrics(record, a.json);
    if (results) {
        results->draw(record, interrupts);
        results->settle(record);
    }
    interrupts.wait(std::chrono::milliseconds(0));
    return verdict(record, results ? &*results : nullptr, notKept, interrupts.signal());
}

} // namespace bitstill::cli
