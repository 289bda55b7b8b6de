#include "app/sweep_choosers.h"

#include "widgets/wheel_guard.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>

namespace bitstill {

SweepChoosers::SweepChoosers(QWidget* parent) :
    QWidget(parent), m_grid(new QGridLayout(this)), m_x(add(tr("Along the axis"), "sweepX")), m_y(add(tr("Metric"), "sweepY")),
    m_by(add(tr("A series for each"), "sweepBy"))
{
    m_grid->setContentsMargins({});
    m_grid->setHorizontalSpacing(8);
    m_grid->setVerticalSpacing(4);
}

QComboBox* SweepChoosers::add(const QString& label, const char* name)
{
    constexpr int kColumns = 3;
    const int place = m_grid->count() / 2;
    auto* title = new QLabel(label);
    title->setProperty("role", "muted");
    title->setTextFormat(Qt::PlainText);
    auto* box = new QComboBox;
    box->setObjectName(QLatin1String(name));
    box->setAccessibleName(label);
    box->setToolTip(label);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(8);
    WheelGuard::install(box);
    title->setBuddy(box);
    m_grid->addWidget(title, 2 * (place / kColumns), place % kColumns);
    m_grid->addWidget(box, 2 * (place / kColumns) + 1, place % kColumns);
    m_grid->setColumnStretch(place % kColumns, 1);
    connect(box, &QComboBox::activated, this, &SweepChoosers::tell);
    return box;
}

/// Nothing is told of it: nobody chose.
void SweepChoosers::fill(QComboBox& box, const std::vector<std::string>& words, const std::string& now)
{
    QStringList list;
    for (const std::string& word : words) list << QString::fromStdString(word);
    QStringList before;
    for (int i = 0; i < box.count(); ++i) before << box.itemData(i).toString();
    if (before != list) {
        box.clear();
        for (const QString& word : list) box.addItem(word.isEmpty() ? tr("none") : word, word);
    }
    box.setCurrentIndex(box.findData(QString::fromStdString(now)));
}

void SweepChoosers::show(const SweepReading& reading)
{
    std::vector<std::string> keys = reading.sweep->varied, series{""};
    for (const std::string& key : keys)
        if (key != reading.choice.x) series.push_back(key);
    keys.emplace_back("seed");
    fill(*m_x, keys, reading.choice.x);
    fill(*m_y, reading.metrics, reading.choice.y);
    fill(*m_by, series, reading.choice.by);
    if (m_fixed != reading.fixed) {
        for (QComboBox* box : m_where) {
            delete m_grid->itemAt(m_grid->indexOf(box) - 1)->widget(); // its label, added before it
            delete box;
        }
        m_where.clear();
        m_fixed = reading.fixed;
        for (const SweepReading::Values& fixed : m_fixed)
            m_where.push_back(add(QString::fromStdString(fixed.key), ("sweepWhere." + fixed.key).c_str()));
    }
    for (std::size_t i = 0; i < m_where.size(); ++i) fill(*m_where[i], m_fixed[i].values, reading.choice.where[i].second);
}

void SweepChoosers::tell()
{
    const auto word = [](const QComboBox& box) { return box.currentData().toString().toStdString(); };
    PlotChoice choice{.x = word(*m_x), .y = word(*m_y), .by = word(*m_by), .where = {}};
    for (std::size_t i = 0; i < m_where.size(); ++i) choice.where.emplace_back(m_fixed[i].key, word(*m_where[i]));
    Q_EMIT chosen(choice);
}

} // namespace bitstill
