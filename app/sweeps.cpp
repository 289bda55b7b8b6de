#include "app/sweeps.h"

#include <QDir>
#include <QFileInfo>

namespace bitstill {

void Sweeps::setLook(const Theme& theme, const QString& language)
{
    m_theme = theme;
    m_language = language;
    for (SweepWindow* window : m_window->findChildren<SweepWindow*>()) window->setLook(theme, language);
}

/// That of this name, in front; a new one when there is none.
SweepWindow* Sweeps::windowOf(const QString& name)
{
    auto* window = m_window->findChild<SweepWindow*>(name);
    if (!window) {
        window = new SweepWindow(new SweepProcess(this), m_theme, m_language, m_window);
        window->setObjectName(name);
        connect(window, &SweepWindow::runAsked, this, &Sweeps::runAsked);
        connect(window, &SweepWindow::asked, this,
            [this, window](const FigurePointer& figure, FigureCommand command) { Q_EMIT asked(figure, command, window); });
    }
    window->show();
    window->raise();
    window->activateWindow();
    return window;
}

void Sweeps::plan(const Spec& spec)
{
    SweepWindow* window = windowOf(QStringLiteral("sweepOf.") + QString::fromStdString(spec.experiment));
    if (!window->isRunning()) window->plan(spec);
}

void Sweeps::open(const QString& path)
{
    const QFileInfo info(path);
    const QString folder = QDir::cleanPath(info.isDir() ? info.absoluteFilePath() : info.absolutePath());
    windowOf(QStringLiteral("sweepIn.") + folder)->openFolder(folder);
}

} // namespace bitstill
