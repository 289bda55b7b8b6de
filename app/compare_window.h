#pragma once

#include "app/figures_dialog.h"
#include "engine/store/comparison.h"

class QComboBox;

namespace bitstill {

/// Runs side by side; which of them the others are measured against can be chosen.
class CompareWindow : public FiguresDialog {
    Q_OBJECT
public:
    /// Two to kMostCompared, the baseline first.
    CompareWindow(std::vector<std::shared_ptr<const Record>> records, const Theme& theme, QWidget* parent);

    /// Of its figures.
    std::string provenance() const;

private:
    void showAgainst(int baseline);

    std::vector<std::shared_ptr<const Record>> m_records;
    std::vector<Text> m_names;
    QComboBox* m_baseline;
};

} // namespace bitstill
