#pragma once

#include "engine/experiment/figure.h"
#include "engine/store/sweep_counts.h"

namespace bitstill {

struct SweepTable {
    std::string note{}; ///< how far the sweep is
    std::vector<std::string> columns{};
    std::vector<std::vector<DataCell>> rows{}; ///< an empty cell: there is no value
};

struct TableChoice {
    std::vector<std::string> metrics{}; ///< empty: all
    std::vector<std::pair<std::string, std::string>> where{}; ///< only runs whose field (or seed) has this value
    std::string over{}; ///< "seed", or a field that varies: its runs become one row
    std::string against{}, reference{}; ///< with `over`: the value of the field `against` that the others are compared with
};

/// Where quant.bits varies, metrics that carry it in their names ("static.b4.accuracy") are called alike in all runs ("static.accuracy").
std::vector<RunStatus> comparable(const Sweep& sweep, std::vector<RunStatus> statuses);

/// One row a run, sorted by what varies, whoever did it in which order; or with `over` one row for each group: number, mean and 95 %
/// t-interval of each metric. With `against` also the paired difference from the group that differs in nothing but that field, its
/// interval, its p-value (paired t test), and that after Holm's correction (1979) over all rows of a metric. Runs without a result take no
/// part in means. Throws Error for a name or value that nothing has.
SweepTable tableOf(const Sweep& sweep, const std::vector<RunStatus>& statuses, const TableChoice& choice);

/// "csv", "md", "tex", "json".
const std::vector<std::string>& tableFormats();
/// In one of them. Numbers of csv and json read back exactly; throws Error for another.
std::string tableBytes(const SweepTable& table, const std::string& format);

/// The value of a field or "seed"; an empty word where the spec has none.
Value valueOf(const Spec& spec, const std::string& key);
/// The same, as it is written.
std::string settingOf(const Spec& spec, const std::string& key);
/// The metrics that runs have, sorted; those of `wanted` alone when it names any. Throws Error for one that no run has.
std::vector<std::string> metricsOf(const std::vector<RunStatus>& statuses, const std::vector<std::string>& wanted);
/// Indices of the runs with these settings, sorted by what varies and the seed. Throws Error for a key that
/// does not vary, and for values that no run has.
std::vector<std::size_t> chosenRuns(const Sweep& sweep, const std::vector<std::pair<std::string, std::string>>& where);
/// Throws Error, naming the nearest, unless it is "seed" or a field that varies.
void requireVaried(const Sweep& sweep, const std::string& key);

} // namespace bitstill
