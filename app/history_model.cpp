#include "app/history_model.h"

#include "engine/experiment/live_words.h"
#include "engine/store/comparison.h"
#include "paint/translate.h"

#include <QDateTime>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <iterator>

namespace bitstill {

namespace {

constexpr int kDigits = 4;

QString titleOf(const std::string& experiment)
{
    const ExperimentInfo* info = findExperiment(experiment);
    return info ? toQString(info->title) : QString::fromStdString(experiment);
}

/// "Bits 4, Seed 2": what is not at its default.
QString settingsOf(const HistoryEntry& entry)
{
    const ExperimentInfo* info = findExperiment(entry.experiment);
    QStringList words;
    for (const auto& [key, value] : entry.changed) {
        const Field* field = info ? fieldOf(*info, key) : nullptr;
        words << (field ? toQString(settingWords(*field, value)) : QString::fromStdString(key + " " + describe(value)));
    }
    words << HistoryModel::tr("Seed %1").arg(entry.seed);
    return words.join(QStringLiteral(", "));
}

QString outcomeOf(const HistoryEntry& entry)
{
    if (entry.missing) return HistoryModel::tr("a file of it is gone");
    switch (entry.outcome) {
    case Outcome::Running: return HistoryModel::tr("running");
    case Outcome::Finished: return HistoryModel::tr("finished");
    case Outcome::Stopped: return HistoryModel::tr("stopped");
    case Outcome::Diverged: return HistoryModel::tr("diverged");
    case Outcome::Failed: return HistoryModel::tr("failed");
    }
    return {};
}

QString tagsOf(const HistoryEntry& entry)
{
    QStringList words;
    for (const std::string& tag : entry.tags) words << QLatin1Char('#') + QString::fromStdString(tag);
    if (!entry.note.empty()) words << QString::fromStdString(entry.note).section(QLatin1Char('\n'), 0, 0);
    return words.join(QLatin1Char(' '));
}

} // namespace

void HistoryModel::show(std::vector<HistoryEntry> entries)
{
    beginResetModel();
    m_entries = std::move(entries);
    endResetModel();
}

void HistoryModel::add(std::vector<HistoryEntry> entries)
{
    if (entries.empty()) return;
    beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(entries.size()) - 1);
    std::ranges::move(entries, std::back_inserter(m_entries));
    endInsertRows();
}

void HistoryModel::setMetric(const std::string& metric)
{
    m_metric = metric;
    if (!m_entries.empty()) Q_EMIT dataChanged(index(0, Result), index(rowCount() - 1, Result));
    Q_EMIT headerDataChanged(Qt::Horizontal, Result, Result);
}

void HistoryModel::setBaseline(std::optional<HistoryEntry> baseline)
{
    m_baseline = std::move(baseline);
    if (!m_entries.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, Columns - 1));
}

int HistoryModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_entries.size()); }
int HistoryModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : Columns; }

QString HistoryModel::result(const HistoryEntry& entry) const
{
    const double value = metricIn(entry.noted, m_metric);
    if (std::isnan(value)) return QStringLiteral("–");
    const double from = m_baseline && m_baseline->id != entry.id ? metricIn(m_baseline->noted, m_metric) : std::nan("");
    const QString own = QString::fromStdString(significant(value, kDigits));
    if (std::isnan(from)) return own;
    return QStringLiteral("%1 (%2)").arg(own, QString::fromStdString(differenceText(value - from, kDigits)));
}

QString HistoryModel::cell(const HistoryEntry& entry, int column) const
{
    switch (column) {
    case Star: return entry.starred ? QStringLiteral("★") : QStringLiteral("☆");
    case Started: return QLocale().toString(QDateTime::fromMSecsSinceEpoch(entry.started), QStringLiteral("yyyy-MM-dd HH:mm:ss"));
    case Experiment: return titleOf(entry.experiment);
    case Settings: return settingsOf(entry);
    case Result: return result(entry);
    case Outcome: return m_baseline && m_baseline->id == entry.id ? tr("baseline") : outcomeOf(entry);
    case Seconds: return QStringLiteral("%1 s").arg(QString::fromStdString(significant(entry.seconds, 3)));
    case Bytes: return QString::fromStdString(bytesText(entry.bytes));
    case Tags: return tagsOf(entry);
    default: return {};
    }
}

QVariant HistoryModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid()) return {};
    const HistoryEntry& found = entry(index);
    const int column = index.column();
    if (role == Qt::DisplayRole) return cell(found, column);
    if (role == Qt::ToolTipRole && column == Tags) return QString::fromStdString(found.note);
    if (role == Qt::ToolTipRole && column == Settings) return settingsOf(found);
    if (role == Qt::AccessibleTextRole && column == Star) return found.starred ? tr("starred") : tr("not starred");
    const bool number = column == Result || column == Seconds || column == Bytes;
    if (role == Qt::TextAlignmentRole) return QVariant(Qt::AlignVCenter | (number ? Qt::AlignRight : Qt::AlignLeft));
    return {};
}

QVariant HistoryModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
    case Started: return tr("Begun");
    case Experiment: return tr("Experiment");
    case Settings: return tr("Settings");
    case Result: return m_metric.empty() ? tr("Result") : QString::fromStdString(m_metric);
    case Outcome: return tr("Ended");
    case Seconds: return tr("Time");
    case Bytes: return tr("Size");
    case Tags: return tr("Tags and note");
    default: return QString();
    }
}

std::optional<HistoryOrder> HistoryModel::orderOf(int column)
{
    switch (column) {
    case Started: return HistoryOrder::Started;
    case Experiment: return HistoryOrder::Experiment;
    case Result: return HistoryOrder::Metric;
    case Outcome: return HistoryOrder::Outcome;
    case Seconds: return HistoryOrder::Seconds;
    case Bytes: return HistoryOrder::Bytes;
    default: return {};
    }
}

} // namespace bitstill
