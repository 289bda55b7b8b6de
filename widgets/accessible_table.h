#pragma once

#include "engine/experiment/figure.h"

#include <QAccessibleWidget>
#include <map>
#include <optional>

namespace bitstill {

class FigureView;

/// What a figure of cells says, as text.
struct SpokenTable {
    std::vector<QString> columns; ///< headings; the first one is that of the rows' names
    std::vector<std::vector<QString>> rows; ///< each begins with its name
    bool cellsHavePlaces = false; ///< on screen (FigureView::places()), but for the names; otherwise whole rows have
};

/// Of a table, a read-out or a map of numbers; nothing for what is not made of cells.
std::optional<SpokenTable> spokenTable(const Figure& figure);

/// A figure of cells for a screen reader: goes through it by row and column, as through any table, with headings and names. Its children
/// are the headings, then all cells row by row.
class AccessibleTable : public QAccessibleWidget, public QAccessibleTableInterface {
public:
    explicit AccessibleTable(FigureView& view);
    ~AccessibleTable() override;

    void* interface_cast(QAccessible::InterfaceType type) override;
    int childCount() const override;
    QAccessibleInterface* child(int index) const override;
    int indexOfChild(const QAccessibleInterface* child) const override;
    QAccessibleInterface* childAt(int x, int y) const override;

    QAccessibleInterface* caption() const override { return nullptr; }
    QAccessibleInterface* summary() const override { return nullptr; }
    QAccessibleInterface* cellAt(int row, int column) const override;
    int rowCount() const override;
    int columnCount() const override;
    QString columnDescription(int column) const override;
    QString rowDescription(int row) const override;
    int selectedCellCount() const override { return 0; }
    int selectedColumnCount() const override { return 0; }
    int selectedRowCount() const override { return 0; }
    QList<QAccessibleInterface*> selectedCells() const override { return {}; }
    QList<int> selectedColumns() const override { return {}; }
    QList<int> selectedRows() const override { return {}; }
    bool isColumnSelected(int) const override { return false; }
    bool isRowSelected(int) const override { return false; }
    bool selectRow(int) override { return false; }
    bool selectColumn(int) override { return false; }
    bool unselectRow(int) override { return false; }
    bool unselectColumn(int) override { return false; }
    void modelChange(QAccessibleTableModelChangeEvent*) override { }

    /// Of the figure as it is now; row −1: the headings.
    QString words(int row, int column) const;
    /// On the screen; empty where it cannot be seen.
    QRect rectOf(int row, int column) const;

private:
    const SpokenTable& table() const;

    FigureView& m_view;
    mutable FigurePointer m_read;
    mutable SpokenTable m_table;
    mutable std::map<std::pair<int, int>, QAccessible::Id> m_cells; ///< by row and column
};

} // namespace bitstill
