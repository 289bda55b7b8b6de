// How long from the slider of the temperature to soft labels on the screen, while the network that they come from trains?
//
//     build/release/tests/bench_slider [moves]
//
// Opens the window on soft-labels, presses Run, and moves the slider at uneven intervals while it trains. A move is answered when the
// first picture of the soft labels that carries its temperature has been painted; statistics over the test set come with it.

#include "app/main_window.h"
#include "engine/core/text.h"
#include "widgets/figure_view.h"

#include <QAbstractButton>
#include <QAbstractScrollArea>
#include <QApplication>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QSlider>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <random>

using namespace bitstill;

namespace {

class Bench : public QObject {
public:
    Bench(MainWindow& window, int moves) : m_window(window), m_left(moves)
    {
        m_window.openExperiment(QStringLiteral("soft-labels"));
        m_window.findChild<QAbstractButton*>(QStringLiteral("runButton"))->click();
        m_timer.setSingleShot(true);
        connect(&m_timer, &QTimer::timeout, this, &Bench::move);
        m_timer.start(200);
    }
    const std::vector<double>& milliseconds() const { return m_times; }

    bool eventFilter(QObject*, QEvent* event) override
    {
        if (event->type() == QEvent::Paint && m_waiting && showsTemperature()) {
            m_waiting = false;
            QTimer::singleShot(0, this, [this] { answered(); }); // once it has been painted
        }
        return false;
    }

private:
    FigureView* view() const
    {
        for (auto* v : m_window.findChildren<FigureView*>())
            if (v->figure() && v->figure()->id == "labels") return v;
        return nullptr;
    }

    bool showsTemperature() const
    {
        const auto* slider = m_window.findChild<QLineEdit*>(QStringLiteral("value.distill.temperature"));
        const auto& bars = std::get<Bars>(view()->figure()->body);
        return bars.series.front().name.english() == "T = " + significant(slider->text().toDouble());
    }

    void move()
    {
        auto* slider = m_window.findChild<QSlider*>(QStringLiteral("field.distill.temperature"));
        if (!view()) return m_timer.start(50); // not trained far enough
        if (!m_watched) {
            for (auto* area : view()->findChildren<QAbstractScrollArea*>()) area->viewport()->installEventFilter(this);
            m_watched = true;
        }
        const bool trains = m_window.controller()->isRunning();
        if (m_left-- <= 0 || !trains) return QApplication::exit(trains || m_left <= 0 ? 0 : 1);
        slider->setValue(static_cast<int>(m_random() % 1000));
        m_waiting = true;
        m_clock.start();
        m_timer.start(1000); // lost
    }

    void answered()
    {
        m_times.push_back(static_cast<double>(m_clock.nsecsElapsed()) / 1e6);
        m_timer.start(5 + static_cast<int>(m_random() % 40));
    }

    MainWindow& m_window;
    QTimer m_timer;
    QElapsedTimer m_clock;
    std::minstd_rand m_random{1};
    std::vector<double> m_times;
    int m_left;
    bool m_waiting = false, m_watched = false;
};

} // namespace

int main(int argc, char** argv)
{
    QApplication app(argc, argv);
    QApplication::setStyle(QStringLiteral("fusion"));
    QApplication::setFont(Theme::body());
    QApplication::setOrganizationName(QStringLiteral("BitstillBench")); // not the settings of the person at this desk
    const int moves = argc > 1 ? std::atoi(argv[1]) : 200;
    MainWindow window(Settings::load());
    window.show();
    Bench bench(window, moves);
    QApplication::exec();
    std::vector<double> ms = bench.milliseconds();
    std::sort(ms.begin(), ms.end());
    if (ms.empty()) return 1;
    const auto at = [&](double share) {
        return ms[std::min(ms.size() - 1, static_cast<std::size_t>(share * static_cast<double>(ms.size())))];
    };
    std::printf(
        "slider to painted soft labels, while the teacher trains: %zu moves answered of %d; median %.1f ms, p95 %.1f ms, longest %.1f ms\n",
        ms.size(), moves, at(0.5), at(0.95), ms.back());
    return 0;
}
