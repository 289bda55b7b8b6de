#include "tests/bench/live.h"

#include "tests/bench/window_bench.h"

#include <QFile>
#include <unistd.h>

using namespace bitstill;

namespace {

const Values kTraining{{"model.name", std::string("mlp-256-128")}, {"train.epochs", std::int64_t{3}}};

/// Looks on while a network trains.
class TrainingBench : public WindowBench {
public:
    explicit TrainingBench(bool watchesTheLoop) : WindowBench("before-after", 0, kTraining)
    {
        m_run.start();
        m_gap.start();
        connect(&m_timer, &QTimer::timeout, this, [this] {
            gaps.push_back(static_cast<double>(m_gap.nsecsElapsed()) / 1e6);
            m_gap.start();
        });
        m_timer.setTimerType(Qt::PreciseTimer);
        if (watchesTheLoop) m_timer.start(kTurn); // which costs the training something, too
        connect(m_window.controller(), &RunController::snapshotReady, this, [this] { ++figures; });
        connect(m_window.controller(), &RunController::stateChanged, this, [this] {
            if (m_window.controller()->isRunning()) return;
            seconds = static_cast<double>(m_run.nsecsElapsed()) / 1e9;
            QApplication::exit();
        });
    }
    using WindowBench::print;
    static constexpr int kTurn = 5; // ms

    std::vector<double> gaps;
    int figures = 0;
    double seconds = 0;

private:
    QElapsedTimer m_run, m_gap;
};

double secondsAlone()
{
    Spec spec = defaultSpec("before-after");
    for (const auto& [key, value] : kTraining) spec.values[key] = value;
    QElapsedTimer clock;
    clock.start();
    Session session(spec, {});
    session.wait();
    return static_cast<double>(clock.nsecsElapsed()) / 1e9;
}

/// Of this process, from its start.
double processAge()
{
    QFile stat(QStringLiteral("/proc/self/stat")), uptime(QStringLiteral("/proc/uptime"));
    if (!stat.open(QIODevice::ReadOnly) || !uptime.open(QIODevice::ReadOnly)) return 0;
    const QList<QByteArray> words = stat.readAll().split(')').last().split(' ');
    return uptime.readAll().split(' ').first().toDouble() - words.value(20).toDouble() / static_cast<double>(sysconf(_SC_CLK_TCK));
}

class FirstPaint : public QObject {
public:
    bool eventFilter(QObject*, QEvent* event) override
    {
        if (event->type() == QEvent::Paint) QTimer::singleShot(0, this, [] { QApplication::exit(); });
        return false;
    }
};

} // namespace

void benchFirstWindow(bool alone)
{
    MainWindow window(Settings::load());
    FirstPaint first;
    window.installEventFilter(&first);
    window.show();
    QApplication::exec();
    std::printf(alone ? "%.2f\n" : "first window: %.2f s after the process began\n", processAge());
}

void benchTraining()
{
    std::vector<double> with, alone;
    {
        TrainingBench bench(true);
        QApplication::exec();
        std::printf("while training: %.0f figures/s\n", bench.figures / bench.seconds);
        TrainingBench::print("event loop, from one turn to the next, which are 5 ms apart", bench.gaps);
    }
    for (int turn = 0; turn < 3; ++turn) {
        alone.push_back(secondsAlone());
        TrainingBench bench(false);
        QApplication::exec();
        with.push_back(bench.seconds);
    }
    std::sort(with.begin(), with.end());
    std::sort(alone.begin(), alone.end());
    std::printf("training: %.2f s alone, %.2f s with the window (medians of 3): %.1f %% longer\n", alone[1], with[1],
        100 * (with[1] / alone[1] - 1));
}
