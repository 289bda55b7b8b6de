// In place of painter.cpp where BITSTILL_GUI is off.

#include "app/cli/painter.h"

namespace bitstill::cli {

std::vector<std::string> pictureFormats() { return {}; }

std::vector<Problem> problemsOf(const FigureWishes&) { return {}; }

std::vector<Text> drawFigures(ResultFolder&, const Record&, const FigureWishes&, Interrupts&) { return {}; }

std::string reportOf(const Record&, const std::string&) { return {}; }

std::string pictureBytes(const Figure&, const std::string&, const std::string&) { return {}; } // there are no formats to ask for

} // namespace bitstill::cli
