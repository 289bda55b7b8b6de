#include "app/compare_window.h"

#include "paint/translate.h"
#include "widgets/wheel_guard.h"

#include <QComboBox>
#include <QLabel>
#include <QVBoxLayout>

namespace bitstill {

CompareWindow::CompareWindow(std::vector<std::shared_ptr<const Record>> records, const Theme& theme, QWidget* parent) :
    FiguresDialog(QStringLiteral("compareWindow"), theme, {1160, 760}, parent), m_records(std::move(records)), m_names(namesOf(m_records)),
    m_baseline(new QComboBox)
{
    setWindowTitle(toQString(counted(static_cast<std::int64_t>(m_records.size()), "%1 run compared", "%1 runs compared")));
    auto* label = new QLabel(tr("Baseline"));
    label->setProperty("role", "muted");
    label->setBuddy(m_baseline);
    m_baseline->setObjectName(QStringLiteral("compareBaseline"));
    m_baseline->setAccessibleName(tr("The run that the others are measured against"));
    m_baseline->setToolTip(m_baseline->accessibleName());
    WheelGuard::install(m_baseline);
    for (const Text& name : m_names) m_baseline->addItem(toQString(name));
    connect(m_baseline, &QComboBox::activated, this, &CompareWindow::showAgainst);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(16, 8, 16, 0);
    row->addWidget(label);
    row->addWidget(m_baseline, 1);
    above().addLayout(row);
    showAgainst(0);
}

void CompareWindow::showAgainst(int baseline)
{
    const auto first = static_cast<std::size_t>(baseline);
    std::vector<ComparedRun> runs{{m_names[first], m_records[first]}};
    for (std::size_t i = 0; i < m_records.size(); ++i)
        if (i != first) runs.push_back({m_names[i], m_records[i]});
    std::vector<FigurePointer> figures;
    for (Figure& figure : comparisonOf(runs)) figures.push_back(std::make_shared<const Figure>(std::move(figure)));
    showFigures(figures);
}

std::string CompareWindow::provenance() const
{
    std::string specs;
    for (const auto& record : m_records) specs += (specs.empty() ? "" : ", ") + specHash(record->spec);
    return "bitstill " + versionText() + " · specs " + specs;
}

} // namespace bitstill
