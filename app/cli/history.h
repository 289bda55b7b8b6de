#pragma once

#include <string>
#include <vector>

namespace bitstill {
class History;
struct HistoryEntry;
} // namespace bitstill

namespace bitstill::cli {

struct HistoryArguments {
    std::string command; ///< list, show, compare, pareto, export, import, mark, trash, restore, forget, check
    std::string store; ///< empty: the user's
    bool json = false;
    std::vector<long long> runs;
    // list.
    std::string words, experiment, tag, outcome;
    bool starred = false, trash = false, ascending = false;
    std::string sort = "started"; ///< or seconds, bytes, experiment, outcome, a metric
    long long limit = -1; ///< −1: all
    // pareto, of `experiment`; to `out`.
    std::string data, cost; ///< empty: the newest run's
    // export, import, compare.
    std::string out;
    std::vector<std::string> paths;
    // mark.
    bool star = false, unstar = false;
    std::vector<std::string> tags, untags;
    std::string note;
    bool hasNote = false;
    // forget, check.
    bool allTrash = false, repair = false;
};

/// Exit status: 0 done, 1 something could not be done, 2 wrong use.
int history(const HistoryArguments& arguments);

int historyList(const HistoryArguments& arguments);
int historyShow(const HistoryArguments& arguments);
int historyExport(const HistoryArguments& arguments);
int historyImport(const HistoryArguments& arguments);
int historyCompare(const HistoryArguments& arguments);
int historyPareto(const HistoryArguments& arguments);
int historyCheck(const HistoryArguments& arguments);

/// Where that history is; the user's when nothing is said.
std::string storeOf(const std::string& store);

} // namespace bitstill::cli
