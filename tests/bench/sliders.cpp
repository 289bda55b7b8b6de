#include "engine/core/text.h"
#include "tests/bench/live.h"
#include "tests/bench/window_bench.h"

#include <QLineEdit>
#include <QScrollArea>
#include <QSlider>

using namespace bitstill;

namespace {

/// Moves a slider at uneven intervals. A move is answered when the figure that carries its value has been painted.
class SliderBench : public WindowBench {
public:
    SliderBench(const char* experiment, const char* figure, int moves, int pause, const Values& settings = {}) :
        WindowBench(experiment, moves, settings), m_id(figure), m_pause(pause)
    {
        m_timer.setSingleShot(true);
        connect(&m_timer, &QTimer::timeout, this, &SliderBench::move);
        m_timer.start(200);
    }
    void printAll(const std::string& what) const
    {
        print(what.c_str(), m_times);
        if (m_lost > 0) std::printf("  and %d that were not answered in 3 s\n", m_lost);
    }

    bool eventFilter(QObject*, QEvent* event) override
    {
        if (event->type() == QEvent::Paint && m_waiting && answers(*view()->figure())) {
            m_waiting = false;
            QTimer::singleShot(0, this, [this] { answered(); }); // once it has been painted
        }
        return false;
    }

protected:
    virtual void moveSlider() = 0;
    virtual bool answers(const Figure& figure) const = 0;
    /// Moves are made while it trains, or after it.
    virtual bool whileItTrains() const { return true; }
    template <class Widget> Widget* find(const char* name) const { return m_window.findChild<Widget*>(QLatin1String(name)); }

private:
    FigureView* view() const
    {
        return viewOf([this](const Figure& f) { return f.id == m_id; });
    }
    void move()
    {
        const bool trains = m_window.controller()->isRunning();
        if (!view() || (!whileItTrains() && trains)) return m_timer.start(50); // not that far
        if (!m_watched) watch(*view());
        m_lost += m_waiting;
        if (m_left-- <= 0 || trains != whileItTrains()) return QApplication::exit();
        find<QScrollArea>("figures")->ensureWidgetVisible(view()); // what is not seen is not painted
        m_waiting = true;
        m_clock.start();
        moveSlider();
        m_timer.start(3000); // lost
    }
    /// A chart is painted in a viewport of its own.
    void watch(FigureView& view)
    {
        m_watched = true;
        view.installEventFilter(this);
        for (auto* area : view.findChildren<QAbstractScrollArea*>()) area->viewport()->installEventFilter(this);
    }
    void answered()
    {
        m_times.push_back(static_cast<double>(m_clock.nsecsElapsed()) / 1e6);
        m_timer.start(m_pause + static_cast<int>(m_random() % 40)); // what follows an answer is not measured
    }

    QElapsedTimer m_clock;
    std::vector<double> m_times;
    std::string m_id;
    int m_pause, m_lost = 0;
    bool m_waiting = false, m_watched = false;
};

class BitsBench : public SliderBench {
public:
    BitsBench(const std::string& model, bool trains, int moves) :
        SliderBench("before-after", "result", moves, 200, {{"model.name", model}, {"train.epochs", std::int64_t{trains ? 60 : 1}}}),
        m_trains(trains)
    {
    }

private:
    bool whileItTrains() const override { return m_trains; }
    void moveSlider() override
    {
        auto* slider = find<QSlider>("field.quant.bits");
        int to = slider->value();
        while (to == slider->value()) to = slider->minimum() + static_cast<int>(m_random()) % (slider->maximum() - slider->minimum() + 1);
        slider->setValue(to);
        m_bits = std::get<std::int64_t>(m_window.document().spec().values.at("quant.bits"));
    }
    bool answers(const Figure& f) const override
    {
        const std::string head = std::get<Table>(f.body).columns.at(2).english(), wanted = "int" + std::to_string(m_bits);
        const char* samples = m_trains ? "same 1,000 test" : "same 10,000 test";
        return (head + ',').find(wanted + ',') != std::string::npos && f.caption.english().find(samples) != std::string::npos;
    }

    std::int64_t m_bits = 0;
    bool m_trains;
};

/// Statistics over the test set come with each answer.
class TemperatureBench : public SliderBench {
public:
    explicit TemperatureBench(int moves) : SliderBench("soft-labels", "labels", moves, 5) { }

private:
    void moveSlider() override { find<QSlider>("field.distill.temperature")->setValue(static_cast<int>(m_random() % 1000)); }
    bool answers(const Figure& f) const override
    {
        const double t = find<QLineEdit>("value.distill.temperature")->text().toDouble();
        return std::get<Bars>(f.body).series.front().name.english() == "T = " + significant(t);
    }
};

} // namespace

void benchBits(const char* model, bool whileItTrains, int moves)
{
    BitsBench bench(model, whileItTrains, moves);
    QApplication::exec();
    bench.printAll(
        std::string("bits to painted accuracy, ") + model + (whileItTrains ? ", 1,000 samples, training" : ", all samples, at rest"));
}

void benchTemperature(int moves)
{
    TemperatureBench bench(moves);
    QApplication::exec();
    bench.printAll("temperature to painted soft labels, training");
}
