#include "tests/bench/live.h"

#include "app/compare_window.h"
#include "app/history_window.h"
#include "engine/experiment/session.h"
#include "tests/bench/synthetic_runs.h"
#include "tests/bench/window_bench.h"

#include <QAction>
#include <QEventLoop>
#include <QKeyEvent>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QTableView>
#include <functional>

using namespace bitstill;

namespace {

constexpr int kRuns = 10'000, kReal = 8;

/// The newest are real, with their figures: what is compared.
void fill(const std::filesystem::path& folder)
{
    addRuns(folder, kRuns);
    History history(folder);
    for (auto i = history.count(); i < kRuns + kReal; ++i) {
        Spec spec = defaultSpec("before-after");
        spec.seed = static_cast<std::uint64_t>(i);
        for (const auto& [key, value] : Values{{"data.set", std::string("strokes")}, {"data.samples", std::int64_t{2000}},
                 {"model.name", std::string("mlp-32")}, {"train.epochs", std::int64_t{3}}, {"quant.bits", std::int64_t{2} + i % 7}})
            spec.values[key] = value;
        Session session(spec, {});
        session.wait();
        history.add(session.record(), session.models(), historyNow(), "bench");
    }
}

/// Runs the window's events until this has come, and paints; milliseconds.
double until(const std::function<void(const std::function<void()>& came)>& begin)
{
    QEventLoop loop;
    QElapsedTimer clock;
    clock.start();
    begin([&loop] { loop.quit(); });
    loop.exec();
    return static_cast<double>(clock.nsecsElapsed()) / 1e6;
}

class HistoryBench : public WindowBench {
public:
    HistoryBench() : WindowBench("number-line", 0) { }

    void openList()
    {
        print("history: from the key to its first painted list", {until([this](const auto& came) {
            m_window.findChild<QAction*>(QStringLiteral("action.history"))->trigger();
            m_history = m_window.findChild<HistoryWindow*>();
            m_table = m_history->findChild<QTableView*>();
            whenListed(came);
        })});
        std::printf("runs in it: %d\n", m_table->model()->rowCount());
    }

    void type(const QString& words)
    {
        auto* line = m_history->findChild<QLineEdit*>(QStringLiteral("historyWords"));
        std::vector<double> keys, lists;
        for (int turn = 0; turn < 5; ++turn) {
            for (const QChar letter : words)
                lists.push_back(until([&](const auto& came) {
                    QElapsedTimer clock;
                    clock.start();
                    QKeyEvent press(QEvent::KeyPress, letter.unicode(), Qt::NoModifier, letter);
                    QApplication::sendEvent(line, &press);
                    line->repaint();
                    keys.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
                    whenListed(came);
                }));
            lists.push_back(until([&](const auto& came) {
                line->clear();
                whenListed(came);
            }));
        }
        print("history: from a key to its painted letter", keys);
        print("history: from a key to the painted list of what is found, after the pause of 120 ms for more letters", lists);
        print("history: the window does not answer for, meanwhile", m_held);
    }

    void compare(int runs)
    {
        std::vector<double> times;
        for (int turn = 0; turn < 10; ++turn) {
            m_table->clearSelection();
            for (int row = 0; row < runs; ++row)
                m_table->selectionModel()->select(m_table->model()->index(row, 0), QItemSelectionModel::Select | QItemSelectionModel::Rows);
            times.push_back(until([&](const auto& came) {
                m_history->findChild<QPushButton*>(QStringLiteral("historyCompare"))->click();
                auto* looking = new QTimer(this);
                connect(looking, &QTimer::timeout, this, [this, looking, came] {
                    auto* window = m_window.findChild<CompareWindow*>();
                    if (!window || !window->isVisible()) return;
                    looking->deleteLater();
                    looking->stop();
                    window->repaint();
                    came();
                });
                looking->start(0);
            }));
            delete m_window.findChild<CompareWindow*>();
        }
        print(("history: from the click to " + std::to_string(runs) + " runs compared, painted").c_str(), times);
    }

private:
    /// Also notes for how long it keeps the window.
    void whenListed(const std::function<void()>& came)
    {
        auto* model = m_table->model();
        connect(
            model, &QAbstractItemModel::modelAboutToBeReset, this, [this] { m_clock.start(); }, Qt::SingleShotConnection);
        connect(
            model, &QAbstractItemModel::modelReset, this,
            [this, came] {
                QTimer::singleShot(0, this, [this, came] {
                    m_history->repaint();
                    m_held.push_back(static_cast<double>(m_clock.nsecsElapsed()) / 1e6);
                    came();
                });
            },
            Qt::SingleShotConnection);
    }

    HistoryWindow* m_history = nullptr;
    QTableView* m_table = nullptr;
    QElapsedTimer m_clock;
    std::vector<double> m_held;
};

} // namespace

void benchHistory(const QString& folder)
{
    qputenv("XDG_DATA_HOME", QFile::encodeName(folder));
    fill(historyFolder());
    std::vector<double> starts;
    for (int turn = 0; turn < 20; ++turn) {
        QProcess start;
        start.start(QCoreApplication::applicationFilePath(), {QStringLiteral("first-window"), folder});
        start.waitForFinished(60'000);
        starts.push_back(1000 * start.readAllStandardOutput().trimmed().toDouble());
    }
    WindowBench::print("first window beside 10,000 runs, after the process began", starts);
    HistoryBench bench;
    bench.openList();
    bench.type(QStringLiteral("bits=3 finished paper"));
    bench.compare(2);
    bench.compare(kReal);
}
