#include "app/cli/history.h"

#include "app/cli/commands.h"
#include "app/cli/language.h"
#include "engine/io/json_text.h"
#include "engine/store/history.h"

#include <iostream>

namespace bitstill::cli {

using nlohmann::json;

namespace {

void mark(const HistoryArguments& a)
{
    if (!a.star && !a.unstar && a.tags.empty() && a.untags.empty() && !a.hasNote)
        throw WrongUse(text("mark: with what? Say --star, --unstar, --tag, --untag or --note"));
    History history(storeOf(a.store));
    for (const RunId run : a.runs) history.entry(run); // all or none
    for (const RunId run : a.runs) {
        if (a.star || a.unstar) history.setStarred(run, a.star);
        for (const std::string& tag : a.tags) history.addTag(run, tag);
        for (const std::string& tag : a.untags) history.removeTag(run, tag);
        if (a.hasNote) history.setNote(run, a.note);
    }
}

void move(const HistoryArguments& a)
{
    if (a.runs.empty() == !a.allTrash) throw WrongUse(text("forget: numbers of runs, or --all-trash"));
    History history(storeOf(a.store));
    const std::vector<RunId> runs(a.runs.begin(), a.runs.end());
    for (const RunId run : runs) history.entry(run);
    if (a.command == "trash") history.toTrash(runs);
    if (a.command == "restore") history.restore(runs);
    if (a.command == "forget") a.allTrash ? history.emptyTrash() : history.forget(runs);
}

/// Those whose process is gone: a run on the command line is begun again by hand.
std::vector<UnfinishedRun> letGo(const std::string& store)
{
    History history(store);
    std::vector<UnfinishedRun> runs = history.unfinished();
    for (const UnfinishedRun& run : runs) history.dismiss(run.id);
    return runs;
}

int repair(const HistoryArguments& a)
{
    const HistoryRepair done = History::repair(storeOf(a.store));
    const auto cut = static_cast<std::int64_t>(letGo(storeOf(a.store)).size());
    if (a.json) {
        const json document{{"broken", done.broken.string()}, {"runs", done.runs}, {"recovered", done.recovered}, {"missing", done.missing},
            {"orphans", done.orphans}, {"cut", cut}};
        std::cout << jsonText(document, 2) << std::endl;
        return 0;
    }
    if (cut > 0) std::cout << said(counted(cut, "%1 run that never ended was let go", "%1 runs that never ended were let go")) << '\n';
    if (!done.broken.empty())
        std::cout << printable(said(text("the damaged file is kept as %1", done.broken.string())), kLongestLine) << '\n';
    std::cout << said(counted(done.runs, "%1 run is in the history", "%1 runs are in the history")) << '\n';
    if (done.recovered > 0)
        std::cout << said(counted(done.recovered, "%1 of them was found again without its tags and note",
            "%1 of them were found again without their tags and notes"))
                  << '\n';
    if (done.missing > 0) std::cout << said(counted(done.missing, "%1 of them lacks a file", "%1 of them lack a file")) << '\n';
    if (done.orphans > 0)
        std::cout << said(counted(done.orphans, "%1 file that no run needs was removed", "%1 files that no run needs were removed"))
                  << '\n';
    return 0;
}

} // namespace

std::string storeOf(const std::string& store) { return store.empty() ? historyFolder().string() : store; }

int historyCheck(const HistoryArguments& a)
{
    if (a.repair) return repair(a);
    History history(storeOf(a.store));
    const HistoryCheck found = history.check();
    const std::vector<UnfinishedRun> cut = found.damage.empty() ? history.unfinished() : std::vector<UnfinishedRun>();
    if (a.json) {
        json never = json::array();
        for (const UnfinishedRun& run : cut) never.push_back(run.id);
        const json document{{"damage", found.damage}, {"missing", found.missing}, {"orphans", found.orphans}, {"cut", never}};
        std::cout << jsonText(document, 2) << std::endl;
        return found.isWhole() ? 0 : 1;
    }
    for (const std::string& line : found.damage) std::cout << printable(line, kLongestLine) << '\n';
    for (const RunId run : found.missing) std::cout << said(text("run %1 lacks a file", std::to_string(run))) << '\n';
    for (const UnfinishedRun& run : cut)
        std::cout << said(text("run %1 of %2 never ended: its process is gone", std::to_string(run.id), run.spec.experiment)) << '\n';
    if (!found.orphans.empty())
        std::cout << said(counted(static_cast<std::int64_t>(found.orphans.size()),
            "%1 file belongs to no run: --repair takes back the run in it, or removes it",
            "%1 files belong to no run: --repair takes back the runs among them and removes the rest"))
                  << '\n';
    if (found.isWhole()) {
        std::cout << said(text("the history is whole")) << std::endl;
        return 0;
    }
    std::cerr << said(text("the history is damaged; `bitstill-cli history check --repair` saves what can be read")) << '\n';
    return 1;
}

int history(const HistoryArguments& a)
{
    if (a.command == "list") return historyList(a);
    if (a.command == "show") return historyShow(a);
    if (a.command == "compare") return historyCompare(a);
    if (a.command == "pareto") return historyPareto(a);
    if (a.command == "export") return historyExport(a);
    if (a.command == "import") return historyImport(a);
    if (a.command == "check") return historyCheck(a);
    if (a.command == "mark")
        mark(a);
    else
        move(a);
    return 0;
}

} // namespace bitstill::cli
