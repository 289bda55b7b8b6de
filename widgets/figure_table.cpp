#include "widgets/figure_table.h"

#include "paint/translate.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <cmath>

namespace bitstill {

namespace {

/// Numbers are sorted by value, not by what is written.
class Cell : public QTableWidgetItem {
public:
    explicit Cell(const DataCell& cell) :
        QTableWidgetItem(cell.number ? std::isnan(*cell.number) ? QStringLiteral("—") : QString::fromStdString(shortest(*cell.number))
                                     : plain(cell.words)),
        m_number(cell.number)
    {
        if (m_number) setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    }

    bool operator<(const QTableWidgetItem& other) const override
    {
        const auto* cell = dynamic_cast<const Cell*>(&other);
        if (!cell || !m_number || !cell->m_number) return QTableWidgetItem::operator<(other);
        return *m_number < *cell->m_number || (std::isnan(*m_number) && !std::isnan(*cell->m_number));
    }

private:
    std::optional<double> m_number;
};

} // namespace

FigureTable::FigureTable(const Figure& figure, QWidget* parent) : QTableWidget(parent)
{
    setObjectName(QStringLiteral("figureTable"));
    setAccessibleName(plain(figure.title));
    setAccessibleDescription(plain(figure.description));
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setWordWrap(false);
    verticalHeader()->hide();
    const auto rows = rowsOf(figure);
    const auto columns = rows.front().size();
    setColumnCount(static_cast<int>(columns));
    setRowCount(static_cast<int>(rows.size() - 1));
    for (std::size_t r = 0; r < rows.size(); ++r)
        for (std::size_t c = 0; c < columns; ++c) {
            if (r == 0)
                setHorizontalHeaderItem(static_cast<int>(c), new Cell(rows[r][c]));
            else
                setItem(static_cast<int>(r - 1), static_cast<int>(c), new Cell(rows[r][c]));
        }
    horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder); // as the figure has them, until somebody clicks
    setSortingEnabled(true);
    constexpr int kMostMeasured = 64;
    horizontalHeader()->setResizeContentsPrecision(kMostMeasured);
    for (int c = 0; c < std::min(columnCount(), kMostMeasured); ++c) resizeColumnToContents(c);
}

void FigureTable::keyPressEvent(QKeyEvent* event)
{
    if (!event->matches(QKeySequence::Copy)) return QTableWidget::keyPressEvent(event);
    copySelection();
}

void FigureTable::copySelection() const
{
    QString text;
    for (const QTableWidgetSelectionRange& range : selectedRanges())
        for (int r = range.topRow(); r <= range.bottomRow(); ++r)
            for (int c = range.leftColumn(); c <= range.rightColumn(); ++c)
                text += item(r, c)->text() + (c < range.rightColumn() ? QLatin1Char('\t') : QLatin1Char('\n'));
    QGuiApplication::clipboard()->setText(text);
}

} // namespace bitstill
