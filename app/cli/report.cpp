#include "app/cli/report.h"

#include "app/cli/commands.h"
#include "app/cli/language.h"
#include "app/cli/painter.h"
#include "engine/experiment/kept_run.h"
#include "engine/io/files.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace bitstill::cli {

void addReport(CLI::App& app, ReportArguments& a)
{
    CLI::App* command = app.add_subcommand("report", said(text("Writes a page about a run: question, settings, figures, numbers, lesson")));
    command->add_option("what", a.what, said(text("folder that `run --out` wrote, record.json, or a report")))->required();
    command->add_option("-o,--out", a.out, said(text("OUT.html, which carries the record and opens in the window, or OUT.pdf")))
        ->required();
}

int report(const ReportArguments& a)
{
    const std::string ending = std::filesystem::path(a.out).extension().string();
    if (ending != ".html" && ending != ".pdf")
        throw WrongUse(text("--out: a report is an .html or a .pdf; \"%1\" is neither", printable(a.out)));
    if (pictureFormats().empty()) throw Error(a.out, text("this build draws no figures"), text("build it with BITSTILL_GUI=ON"));
    const KeptRun run = readKeptRun(a.what);
    for (const Text& left : run.leftOut) std::cerr << printable(said(left), kLongestLine) << '\n';
    writeFile(a.out, reportOf(run.record, ending.substr(1)));
    return 0;
}

} // namespace bitstill::cli
