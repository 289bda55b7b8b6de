#pragma once

#include "app/main_window.h"
#include "widgets/figure_view.h"

#include <QAbstractButton>
#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

/// The real window with an experiment that has been started; what is measured in it makes its moves while that trains.
class WindowBench : public QObject {
public:
    WindowBench(const char* experiment, int moves, const bitstill::Values& settings = {}) :
        m_window(bitstill::Settings::load()), m_left(moves)
    {
        m_window.show();
        m_window.openExperiment(QLatin1String(experiment));
        for (const auto& [key, value] : settings) m_window.document().edit(key, value);
        m_window.findChild<QAbstractButton*>(QStringLiteral("runButton"))->click();
    }

    static void print(const char* what, std::vector<double> milliseconds)
    {
        if (milliseconds.empty()) return;
        std::sort(milliseconds.begin(), milliseconds.end());
        const auto at = [&](double share) {
            return milliseconds[static_cast<std::size_t>(share * static_cast<double>(milliseconds.size() - 1))];
        };
        std::printf("%s: %zu; p50 %.1f ms, p95 %.1f ms, max %.1f ms\n", what, milliseconds.size(), at(0.5), at(0.95), at(1));
        std::fflush(stdout);
    }

protected:
    /// The first figure that this is true of, or null.
    template <class Wanted> bitstill::FigureView* viewOf(const Wanted& wanted) const
    {
        for (auto* v : m_window.findChildren<bitstill::FigureView*>())
            if (v->figure() && wanted(*v->figure())) return v;
        return nullptr;
    }

    bitstill::MainWindow m_window;
    QTimer m_timer;
    std::minstd_rand m_random{1};
    int m_left;
};

/// Before there is a window.
inline void prepareBench()
{
    QApplication::setStyle(QStringLiteral("fusion"));
    QApplication::setFont(bitstill::Theme::body());
    QApplication::setOrganizationName(QStringLiteral("BitstillBench")); // not the settings of the person at this desk,
    static const QTemporaryDir history; // nor that history
    qputenv("XDG_DATA_HOME", QFile::encodeName(history.path()));
}
