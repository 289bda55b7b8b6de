#include "widgets/accessible_table.h"

#include "engine/core/overloads.h"
#include "paint/reading.h"
#include "paint/translate.h"
#include "widgets/figure_view.h"

#include <algorithm>

namespace bitstill {

namespace {

/// One of them. It asks the table each time: the figure may be another one by now.
class Cell : public QAccessibleInterface, public QAccessibleTableCellInterface {
public:
    Cell(AccessibleTable& table, int row, int column) : m_table(table), m_row(row), m_column(column) { }

    bool isValid() const override { return m_table.isValid() && m_row < m_table.rowCount() && m_column < m_table.columnCount(); }
    QObject* object() const override { return nullptr; }
    QAccessibleInterface* parent() const override { return &m_table; }
    QAccessibleInterface* child(int) const override { return nullptr; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    QRect rect() const override { return m_table.rectOf(m_row, m_column); }
    QAccessible::Role role() const override
    {
        if (m_row < 0) return QAccessible::ColumnHeader;
        return m_column == 0 ? QAccessible::RowHeader : QAccessible::Cell;
    }
    QAccessible::State state() const override
    {
        QAccessible::State state;
        state.readOnly = true;
        state.invalid = !isValid();
        return state;
    }
    QString text(QAccessible::Text what) const override { return what == QAccessible::Name ? m_table.words(m_row, m_column) : QString(); }
    void setText(QAccessible::Text, const QString&) override { }
    void* interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::TableCellInterface ? static_cast<QAccessibleTableCellInterface*>(this) : nullptr;
    }

    bool isSelected() const override { return false; }
    QList<QAccessibleInterface*> columnHeaderCells() const override { return {m_table.cellAt(-1, m_column)}; }
    QList<QAccessibleInterface*> rowHeaderCells() const override { return {m_table.cellAt(m_row, 0)}; }
    int columnIndex() const override { return m_column; }
    int rowIndex() const override { return m_row; }
    int columnExtent() const override { return 1; }
    int rowExtent() const override { return 1; }
    QAccessibleInterface* table() const override { return &m_table; }

private:
    AccessibleTable& m_table;
    int m_row, m_column;
};

std::vector<QString> wordsOf(const std::vector<Text>& texts)
{
    std::vector<QString> words;
    for (const Text& text : texts) words.push_back(plain(text));
    return words;
}

SpokenTable spoken(const Table& table)
{
    SpokenTable spoken{.columns = wordsOf(table.columns), .rows = {}};
    for (const std::vector<Text>& row : table.rows) spoken.rows.push_back(wordsOf(row));
    return spoken;
}

SpokenTable spoken(const Readout& readout)
{
    SpokenTable spoken{.columns = {QString(), QString()}, .rows = {}};
    for (const Readout::Item& item : readout.items) spoken.rows.push_back({plain(item.label), plain(item.value)});
    return spoken;
}

SpokenTable spoken(const Heatmap& map)
{
    SpokenTable spoken{.columns = {plain(map.y.title)}, .rows = {}, .cellsHavePlaces = true};
    for (const QString& column : wordsOf(map.columns)) spoken.columns.push_back(column);
    for (std::size_t r = 0; r < map.rows.size(); ++r) {
        std::vector<QString>& row = spoken.rows.emplace_back();
        row.push_back(plain(map.rows[r]));
        for (std::size_t c = 0; c < map.columns.size(); ++c) row.push_back(cellWords(map, r, c));
    }
    return spoken;
}

} // namespace

std::optional<SpokenTable> spokenTable(const Figure& figure)
{
    const Overloads kSpoken{
        [](const OneOf<Table, Readout, Heatmap> auto& f) { return std::optional(spoken(f)); },
        [](const OneOf<Curves, Histogram, Bars, Scatter, Images, NetworkMap> auto&) { return std::optional<SpokenTable>(); },
    };
    return std::visit(kSpoken, figure.body);
}

AccessibleTable::AccessibleTable(FigureView& view) : QAccessibleWidget(&view, QAccessible::Table), m_view(view) { }

AccessibleTable::~AccessibleTable()
{
    for (const auto& cell : m_cells) QAccessible::deleteAccessibleInterface(cell.second);
}

const SpokenTable& AccessibleTable::table() const
{
    if (m_read != m_view.figure()) {
        m_read = m_view.figure();
        m_table = m_read ? spokenTable(*m_read).value_or(SpokenTable()) : SpokenTable();
    }
    return m_table;
}

void* AccessibleTable::interface_cast(QAccessible::InterfaceType type)
{
    if (type == QAccessible::TableInterface) return static_cast<QAccessibleTableInterface*>(this);
    return QAccessibleWidget::interface_cast(type);
}

int AccessibleTable::rowCount() const { return static_cast<int>(table().rows.size()); }

int AccessibleTable::columnCount() const { return static_cast<int>(table().columns.size()); }

int AccessibleTable::childCount() const { return (rowCount() + 1) * columnCount(); }

QAccessibleInterface* AccessibleTable::child(int index) const
{
    const int columns = columnCount();
    return columns > 0 && index >= 0 ? cellAt(index / columns - 1, index % columns) : nullptr;
}

int AccessibleTable::indexOfChild(const QAccessibleInterface* child) const
{
    for (const auto& [place, id] : m_cells)
        if (QAccessible::accessibleInterface(id) == child) return (place.first + 1) * columnCount() + place.second;
    return -1;
}

QAccessibleInterface* AccessibleTable::childAt(int x, int y) const
{
    const QPoint at = m_view.mapFromGlobal(QPoint(x, y));
    const std::vector<QRectF> places = m_view.places();
    const auto place = std::ranges::find_if(places, [at](const QRectF& p) { return p.contains(at); });
    if (place == places.end()) return nullptr;
    const auto i = static_cast<int>(place - places.begin());
    const int inRow = columnCount() - 1;
    return table().cellsHavePlaces ? cellAt(i / inRow, i % inRow + 1) : cellAt(i, 0);
}

QRect AccessibleTable::rectOf(int row, int column) const
{
    const bool cells = table().cellsHavePlaces;
    if (row < 0 || (cells && column == 0)) return {};
    const auto i = static_cast<std::size_t>(cells ? row * (columnCount() - 1) + column - 1 : row);
    const std::vector<QRectF> places = m_view.places();
    if (i >= places.size() || !places[i].isValid()) return {};
    const QRect place = places[i].toRect();
    return {m_view.mapToGlobal(place.topLeft()), place.size()};
}

QAccessibleInterface* AccessibleTable::cellAt(int row, int column) const
{
    if (row < -1 || row >= rowCount() || column < 0 || column >= columnCount()) return nullptr;
    QAccessible::Id& id = m_cells[{row, column}];
    if (id == 0) id = QAccessible::registerAccessibleInterface(new Cell(const_cast<AccessibleTable&>(*this), row, column));
    return QAccessible::accessibleInterface(id);
}

QString AccessibleTable::columnDescription(int column) const { return words(-1, column); }

QString AccessibleTable::rowDescription(int row) const { return words(row, 0); }

QString AccessibleTable::words(int row, int column) const
{
    const SpokenTable& t = table();
    const auto c = static_cast<std::size_t>(column);
    if (row < -1 || row >= rowCount() || column < 0) return {};
    const std::vector<QString>& cells = row < 0 ? t.columns : t.rows[static_cast<std::size_t>(row)];
    return c < cells.size() ? cells[c] : QString();
}

} // namespace bitstill
