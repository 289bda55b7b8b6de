#pragma once

#include "app/newest.h"
#include "engine/experiment/figure.h"
#include "engine/store/sweep_figure.h"

#include <QTimer>

namespace bitstill {

/// A sweep's folder as it was at one moment, and what is shown of it. Made on another thread, never changed.
struct SweepReading {
    struct Values {
        std::string key{};
        std::vector<std::string> values{};
        bool operator==(const Values&) const = default;
    };
    struct View {
        FigurePointer figure{};
        std::vector<std::vector<std::size_t>> runs{}; ///< as in SweepView
    };

    std::shared_ptr<const Sweep> sweep{}; ///< null: there is none, or `problem`
    std::filesystem::file_time_type planned{}; ///< when its plan was written
    std::vector<RunStatus> statuses{}; ///< of its runs
    std::vector<std::string> metrics{}; ///< that some run has
    PlotChoice choice{}; ///< what was wanted, made to fit
    std::vector<Values> axes{}; ///< what varies, the first values of each
    std::vector<Values> fixed{}; ///< fields that must have one value, or means would say nothing: the one in choice.where
    std::vector<View> views{};
    Text problem{};

    /// The figures say the same.
    bool isAs(const SweepReading& other) const;
};

/// Follows a folder, in which anybody may be at work.
class SweepWatch : public QObject {
    Q_OBJECT
public:
    explicit SweepWatch(QObject* parent = nullptr);

    /// From now on this one; empty: none.
    void watch(const std::filesystem::path& folder);
    /// What is to be shown of it.
    void choose(const PlotChoice& choice);
    /// Soon, instead of when it is due.
    void readNow();
    /// Never null.
    const std::shared_ptr<const SweepReading>& reading() const { return m_reading; }

Q_SIGNALS:
    void changed();

private:
    std::filesystem::path m_folder;
    PlotChoice m_choice;
    std::shared_ptr<const SweepReading> m_reading = std::make_shared<const SweepReading>();
    QTimer m_again;
    Newest m_worker;
};

} // namespace bitstill
