#pragma once

#include <string>

namespace CLI {
class App;
}

namespace bitstill::cli {

struct ReportArguments {
    std::string what; ///< folder of a run, record.json or a report
    std::string out; ///< .html or .pdf
};

void addReport(CLI::App& app, ReportArguments& arguments);
/// Writes the report; the exit status is as other commands'.
int report(const ReportArguments& arguments);

} // namespace bitstill::cli
