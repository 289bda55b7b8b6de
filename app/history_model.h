#pragma once

#include "engine/store/history.h"

#include <QAbstractTableModel>

namespace bitstill {

/// The runs of the history as a table.
class HistoryModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Star, Started, Experiment, Settings, Result, Outcome, Seconds, Bytes, Tags, Columns };
    explicit HistoryModel(QObject* parent = nullptr) : QAbstractTableModel(parent) { }

    void show(std::vector<HistoryEntry> entries);
    /// Behind those that are shown.
    void add(std::vector<HistoryEntry> entries);
    /// Whose value stands in Result; and the run from which that of the others differs, if there is one.
    void setMetric(const std::string& metric);
    void setBaseline(std::optional<HistoryEntry> baseline);
    const std::optional<HistoryEntry>& baseline() const { return m_baseline; }
    const std::vector<HistoryEntry>& entries() const { return m_entries; }
    const HistoryEntry& entry(const QModelIndex& index) const { return m_entries[static_cast<std::size_t>(index.row())]; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    /// What to sort by when its heading is clicked.
    static std::optional<HistoryOrder> orderOf(int column);

private:
    QString cell(const HistoryEntry& entry, int column) const;
    QString result(const HistoryEntry& entry) const;

    std::vector<HistoryEntry> m_entries;
    std::string m_metric;
    std::optional<HistoryEntry> m_baseline;
};

} // namespace bitstill
