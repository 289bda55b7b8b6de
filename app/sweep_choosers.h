#pragma once

#include "app/sweep_watch.h"

#include <QWidget>
#include <functional>

class QComboBox;
class QGridLayout;

namespace bitstill {

/// What the figures of a sweep show: a field along the axis, a metric, a field for the series, and one value of each that would mix.
class SweepChoosers : public QWidget {
    Q_OBJECT
public:
    explicit SweepChoosers(QWidget* parent = nullptr);

    void show(const SweepReading& reading);

Q_SIGNALS:
    void chosen(const bitstill::PlotChoice& choice);

private:
    QComboBox* add(const QString& label, const char* name);
    void fill(QComboBox& box, const std::vector<std::string>& words, const std::string& now);
    void tell();

    QGridLayout* m_grid;
    QComboBox *m_x, *m_y, *m_by;
    std::vector<SweepReading::Values> m_fixed;
    std::vector<QComboBox*> m_where; ///< of each
};

} // namespace bitstill
