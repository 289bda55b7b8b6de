#pragma once

#include "app/cli/interrupts.h"
#include "engine/experiment/record.h"
#include "engine/io/result_folder.h"

namespace bitstill::cli {

/// "png", "svg", "pdf"; none in a build without Qt Charts.
std::vector<std::string> pictureFormats();

/// What figures are written as.
struct FigureWishes {
    std::vector<std::string> formats{}; ///< "csv" too
    std::string size{}, dpi{}, theme{}; ///< empty: the default
    bool outlines = false;
};
/// Everything that is wrong with size, dpi and theme.
std::vector<Problem> problemsOf(const FigureWishes& wishes);

/// Draws all figures in all formats but CSV into figures/, by the window's own painters, without a window and in a process of its own:
/// where memory, files or threads lack, Qt and the libraries below it abort, crash or wait for ever, which must not cost what was computed.
/// To be called without threads. Returns what went wrong, one sentence each. Ends early a while after an interruption.
std::vector<Text> drawFigures(ResultFolder& folder, const Record& record, const FigureWishes& wishes, Interrupts& interrupts);

/// A report of the record as "html", which carries it, or "pdf", drawn in this process. To be called once, without threads.
std::string reportOf(const Record& record, const std::string& ending);

/// One figure in one of pictureFormats(), drawn in this process: there is nothing to lose in it. To be called once, without threads.
std::string pictureBytes(const Figure& figure, const std::string& source, const std::string& format);

} // namespace bitstill::cli
