#include "app/cli/commands.h"
#include "app/cli/language.h"
#include "app/cli/painter.h"
#include "app/cli/sweep.h"
#include "engine/experiment/record.h"
#include "engine/io/files.h"
#include "engine/store/sweep_figure.h"

#include <iostream>

namespace bitstill::cli {

int sweepPlot(const SweepArguments& a)
{
    std::vector<std::string> known = pictureFormats();
    known.emplace_back("csv");
    const std::string format = formatOf(a.output, known);
    const Sweep sweep = readSweep(a.folder);
    const std::vector<RunStatus> statuses = statusesOf(sweep);
    const Figure figure = figureOf(sweep, statuses, {.x = a.x, .y = a.y, .by = a.by, .where = conditionsIn(a.where)});
    const std::string source = "bitstill " + versionText() + " · sweep of " + sweep.grids.front().base.experiment;
    writeFile(a.output, format == "csv" ? toCsv(figure, source) : pictureBytes(figure, source, format));
    std::cout << said(text("%1: %2", a.output, summaryOf(countsOf(statuses)))) << std::endl;
    return 0;
}

} // namespace bitstill::cli
