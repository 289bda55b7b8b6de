// How fast does the window answer?
//
//     build/release/tests/bench_ui [moves]
//     build/release/tests/bench_ui history FOLDER
//
// Opens the window on before-after, presses Run, and moves the pointer over the histogram and the training curves; then the slider of the
// bits, while the network trains and after it, and that of the temperature in soft-labels; then nothing, and what that costs the training.
// The second: beside a history of 10,000 runs.
// A time goes from the event to the end of the painting that it asks for.

#include "tests/bench/live.h"
#include "tests/bench/window_bench.h"

#include <QMouseEvent>
#include <QWheelEvent>
#include <map>

using namespace bitstill;

namespace {

class Bench : public WindowBench {
public:
    explicit Bench(int moves) : WindowBench("before-after", moves)
    {
        connect(&m_timer, &QTimer::timeout, this, &Bench::move);
        m_timer.start(7);
    }

    void printAll() const
    {
        for (const auto& [what, times] : m_times) print(what.c_str(), times);
        std::printf("training %s\n", m_trains ? "all the time" : "ended before");
    }

private:
    FigureView* view() const
    {
        const char* kind = m_left % 2 == 0 ? "histogram" : "curves";
        return viewOf([kind](const Figure& f) { return std::string(kindOf(f)) == kind; });
    }

    void timed(const char* what, FigureView& view, QEvent&& event)
    {
        QElapsedTimer clock;
        clock.start();
        QApplication::sendEvent(&view, &event);
        QApplication::sendPostedEvents(); // charts lay themselves out in them
        view.repaint();
        m_times[std::string(what) + ", " + kindOf(*view.figure())].push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
    }

    void move()
    {
        FigureView* figure = view();
        if (!figure || figure->places().empty()) return; // not trained far enough
        m_trains = m_window.controller()->isRunning();
        if (m_left-- <= 0 || !m_trains) return QApplication::exit();
        const auto share = [this] { return 0.2 + 0.6 * static_cast<double>(m_random() % 1000) / 1000; };
        const QPointF at(share() * figure->width(), share() * figure->height()), global = figure->mapToGlobal(at);
        timed("pointer to painted words", *figure, QMouseEvent(QEvent::MouseMove, at, global, Qt::NoButton, Qt::NoButton, Qt::NoModifier));
        const int turn = m_random() % 3 == 0 ? 120 : -120;
        timed("wheel to painted part", *figure,
            QWheelEvent(at, global, {}, {0, turn}, Qt::NoButton, Qt::ControlModifier, Qt::NoScrollPhase, false));
    }

    std::map<std::string, std::vector<double>> m_times;
    bool m_trains = false;
};

} // namespace

int main(int argc, char** argv)
{
    QApplication app(argc, argv);
    prepareBench();
    const QString what = QString::fromLocal8Bit(argc > 2 ? argv[1] : "");
    if (what == QLatin1String("first-window")) {
        qputenv("XDG_DATA_HOME", argv[2]);
        benchFirstWindow(true);
        return 0;
    }
    if (what == QLatin1String("history")) {
        benchHistory(QString::fromLocal8Bit(argv[2]));
        return 0;
    }
    const int moves = argc > 1 ? std::atoi(argv[1]) : 600;
    benchFirstWindow();
    {
        Bench bench(moves);
        QApplication::exec();
        bench.printAll();
    }
    benchBits("mlp-256-128", true, moves / 4);
    benchBits("mlp-256-128", false, moves / 10);
    benchBits("cnn-16-32", false, moves / 20);
    benchTemperature(moves / 3);
    benchTraining();
    return 0;
}
