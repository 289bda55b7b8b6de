#pragma once

#include "engine/store/comparison.h"
#include "paint/theme.h"
#include "widgets/figure_command.h"

#include <QDialog>

class QComboBox;
class QLabel;

namespace bitstill {

class CardGrid;

/// Runs side by side; which of them the others are measured against can be chosen.
class CompareWindow : public QDialog {
    Q_OBJECT
public:
    /// Two to kMostCompared, the baseline first.
    CompareWindow(std::vector<std::shared_ptr<const Record>> records, const Theme& theme, QWidget* parent);

    /// Of its figures.
    std::string provenance() const;

Q_SIGNALS:
    void asked(const bitstill::FigurePointer& figure, bitstill::FigureCommand command);

private:
    void show(int baseline);

    std::vector<std::shared_ptr<const Record>> m_records;
    std::vector<Text> m_names;
    QComboBox* m_baseline;
    CardGrid* m_grid;
};

} // namespace bitstill
