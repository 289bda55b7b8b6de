#include "app/look_window.h"

#include "paint/translate.h"

namespace bitstill {

LookWindow::LookWindow(const std::string& field, const Theme& theme, QWidget* parent) :
    FiguresDialog(QStringLiteral("lookAt.") + QString::fromStdString(field), theme, {860, 720}, parent), m_field(field)
{
}

void LookWindow::showLook(const QString& title, const OverviewPointer& look)
{
    if (look && !look->problem.empty()) return showProblem(title, look->problem);
    setWindowTitle(title);
    if (!look) return say(tr("Looking…"), "muted");
    say({}, "muted");
    showFigures(look->figures);
}

void LookWindow::showProblem(const QString& title, const Text& problem)
{
    setWindowTitle(title);
    say(toQString(problem), "problem");
    showFigures({});
}

} // namespace bitstill
