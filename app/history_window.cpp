#include "app/history_window.h"

#include "app/placement.h"
#include "engine/experiment/catalogue.h"
#include "engine/store/comparison.h"
#include "paint/translate.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <map>
#include <set>

namespace bitstill {

namespace {

constexpr int kTypingPause = 120; // ms
constexpr int kFirstRuns = 200; // more than a screen has rows

/// Nothing is told of it: nobody chose. What was chosen stays where it still is.
void fill(QComboBox& box, const std::vector<std::pair<QString, QString>>& items)
{
    const QSignalBlocker quiet(box);
    const QVariant before = box.currentData();
    box.clear();
    for (const auto& [label, data] : items) box.addItem(label, data);
    box.setCurrentIndex(std::max(0, box.findData(before)));
}

/// Of the metrics that a list shows, the one that most of these runs have.
std::string mostNoted(const std::vector<HistoryEntry>& runs)
{
    std::map<std::string, int> counts;
    for (const HistoryEntry& run : runs)
        for (const auto& [name, value] : run.noted) ++counts[name];
    const auto most = std::ranges::max_element(counts, {}, [](const auto& count) { return count.second; });
    return most == counts.end() ? std::string() : most->first;
}

} // namespace

HistoryWindow::HistoryWindow(RunHistory& history, std::int64_t limit, QWidget* parent) :
    QDialog(parent), m_history(history), m_model(new HistoryModel(this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("historyWindow"));
    setWindowTitle(tr("History of runs"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(14, 12, 14, 12);
    column->addWidget(buildSearch());
    column->addWidget(buildTable(), 1);
    column->addWidget(buildNotes());
    column->addWidget(buildButtons());
    auto* last = new QHBoxLayout;
    m_usage = new QLabel;
    m_usage->setObjectName(QStringLiteral("historyUsage"));
    m_usage->setProperty("role", "muted");
    last->addWidget(m_usage, 1);
    addLimit(*last, limit);
    column->addLayout(last);
    // Enter in a line is for the line.
    for (QPushButton* button : findChildren<QPushButton*>()) button->setAutoDefault(false);
    m_typing.setSingleShot(true);
    m_typing.setInterval(kTypingPause);
    connect(&m_typing, &QTimer::timeout, this, &HistoryWindow::search);
    connect(&m_history, &RunHistory::changed, this, &HistoryWindow::reload);
    const auto say = [this](const Text& why) {
        m_problem->setText(toQString(why));
        m_problem->show();
    };
    connect(&m_history, &RunHistory::failed, this, say);
    connect(&m_history, &RunHistory::damaged, this, [this, say](const Text& why) {
        say(why);
        m_repair->show();
    });
    connect(&m_history, &RunHistory::repaired, this, [say](const HistoryRepair& done) {
        say(done.broken.empty() ? counted(done.runs, "Repaired: %1 run is here.", "Repaired: %1 runs are here.")
                                : counted(done.runs, "Repaired: %1 run is here; the damaged file is now called %2.",
                                    "Repaired: %1 runs are here; the damaged file is now called %2.", done.broken.filename().string()));
    });
    letGiveWay(*this);
    place(*this, {}, {1120, 640});
    showChosen();
    reload();
}

HistoryQuery HistoryWindow::query() const
{
    HistoryQuery query{.words = m_words->text().toStdString(),
        .experiment = m_experiment->currentData().toString().toStdString(),
        .starredOnly = m_starred->isChecked(),
        .trash = m_trash->isChecked(),
        .metric = m_metric->currentData().toString().toStdString()};
    const QHeaderView* header = m_table->horizontalHeader();
    query.order = HistoryModel::orderOf(header->sortIndicatorSection()).value_or(HistoryOrder::Started);
    if (query.order == HistoryOrder::Metric && query.metric.empty()) query.order = HistoryOrder::Started;
    query.descending = header->sortIndicatorOrder() == Qt::DescendingOrder;
    return query;
}

/// While somebody chooses: what fills the table at once, then the others behind it.
void HistoryWindow::search()
{
    m_typing.stop();
    HistoryQuery first = query();
    first.limit = kFirstRuns;
    m_history.read(this, [this, asked = ++m_asked, first](History& history) {
        auto found = std::make_shared<std::vector<HistoryEntry>>(history.find(first));
        return [this, asked, first, found] {
            if (asked != m_asked) return;
            std::vector<RunId> missing = chosen();
            showRuns(*found);
            if (m_model->rowCount() < kFirstRuns) return showCount();
            const std::vector<RunId> there = chosen();
            std::erase_if(missing, [&](RunId run) { return std::ranges::count(there, run) > 0; });
            QTimer::singleShot(kTypingPause, this, [this, asked, first, there, missing] { // nor do they hold up the next letter
                if (asked == m_asked && !m_typing.isActive()) searchRest(first, there, missing);
            });
        };
    });
}

/// `missing` were chosen too, beside those that are `there`.
void HistoryWindow::searchRest(HistoryQuery rest, const std::vector<RunId>& there, const std::vector<RunId>& missing)
{
    rest.offset = std::exchange(rest.limit, -1);
    m_history.read(this, [this, asked = m_asked, rest, there, missing](History& history) {
        auto found = std::make_shared<std::vector<HistoryEntry>>(history.find(rest));
        return [this, asked, there, missing, found] {
            if (asked != m_asked) return;
            std::vector<RunId> runs = chosen();
            m_model->add(std::move(*found));
            if (runs == there) runs.insert(runs.end(), missing.begin(), missing.end()); // nobody has chosen others since
            select(runs);
            showCount();
        };
    });
}

/// What is there may be another now.
void HistoryWindow::reload()
{
    m_typing.stop();
    m_history.read(this, [this, asked = ++m_asked, query = query()](History& history) {
        auto found = std::make_shared<Found>();
        found->entries = history.find(query);
        found->experiments = history.experiments();
        found->metrics = history.metricNames();
        found->usage = history.usage();
        found->trashed = history.count({.trash = true});
        return [this, asked, found] {
            const bool same = showGroups(*found);
            if (asked == m_asked) {
                showRuns(found->entries);
                showCount();
            }
            if (!same) search();
        };
    });
}

/// False where what was chosen of them is there no more.
bool HistoryWindow::showGroups(const Found& found)
{
    std::vector<std::pair<QString, QString>> experiments{{tr("All experiments"), {}}}, metrics;
    for (const auto& [id, runs] : found.experiments) {
        const ExperimentInfo* info = findExperiment(id);
        const QString title = info ? toQString(info->title) : QString::fromStdString(id);
        experiments.emplace_back(QStringLiteral("%1 (%2)").arg(title).arg(runs), QString::fromStdString(id));
    }
    for (const std::string& name : found.metrics) metrics.emplace_back(QString::fromStdString(name), QString::fromStdString(name));
    const QVariant experiment = m_experiment->currentData(), metric = m_metric->currentData();
    fill(*m_experiment, experiments);
    const bool isFirst = m_metric->count() == 0;
    fill(*m_metric, metrics);
    if (isFirst) m_metric->setCurrentIndex(std::max(0, m_metric->findData(QString::fromStdString(mostNoted(found.entries)))));
    m_trash->setText(found.trashed ? tr("Trash (%1)").arg(found.trashed) : tr("Trash"));
    m_usage->setText(toQString(text("%1 on the disk", bytesText(found.usage))));
    m_usage->setToolTip(QString::fromStdString(m_history.folder().string()));
    return experiment == m_experiment->currentData() && metric == m_metric->currentData();
}

void HistoryWindow::showRuns(const std::vector<HistoryEntry>& runs)
{
    const std::vector<RunId> before = chosen();
    m_model->setMetric(m_metric->currentData().toString().toStdString());
    m_model->show(runs);
    select(before);
    if (m_next && chosen().empty() && m_model->rowCount() > 0) {
        m_table->selectRow(std::min(*m_next, m_model->rowCount() - 1));
        m_next.reset();
    }
    showChosen();
}

void HistoryWindow::showCount() { m_count->setText(toQString(counted(m_model->rowCount(), "%1 run", "%1 runs"))); }

void HistoryWindow::select(const std::vector<RunId>& runs)
{
    const std::set<RunId> wanted(runs.begin(), runs.end());
    const auto isWanted = [&](int row) { return wanted.contains(m_model->entries()[static_cast<std::size_t>(row)].id); };
    QItemSelection rows; // neighbours in one range: thousands of ranges are slow
    for (int row = 0; row < m_model->rowCount(); ++row) {
        if (!isWanted(row)) continue;
        const int first = row;
        while (row + 1 < m_model->rowCount() && isWanted(row + 1)) ++row;
        rows.select(m_model->index(first, 0), m_model->index(row, HistoryModel::Columns - 1));
    }
    m_table->selectionModel()->select(rows, QItemSelectionModel::ClearAndSelect);
}

std::vector<RunId> HistoryWindow::chosen() const
{
    std::vector<RunId> runs;
    for (const QModelIndex& row : m_table->selectionModel()->selectedRows()) runs.push_back(m_model->entry(row).id);
    return runs;
}

/// Null unless one run is chosen.
const HistoryEntry* HistoryWindow::only() const
{
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    return rows.size() == 1 ? &m_model->entry(rows.front()) : nullptr;
}

void HistoryWindow::showChosen()
{
    const std::vector<RunId> runs = chosen();
    const HistoryEntry* run = only();
    const bool trash = m_trash->isChecked(), any = !runs.empty();
    m_open->setEnabled(run && !run->missing);
    const auto& baseline = m_model->baseline();
    const std::size_t compared = runs.size() + (baseline && std::ranges::find(runs, baseline->id) == runs.end() ? 1 : 0);
    m_compare->setEnabled(!runs.empty() && compared >= 2 && compared <= kMostCompared);
    m_star->setEnabled(any);
    m_pin->setEnabled(run || m_model->baseline());
    const bool pinned = m_model->baseline() && (!run || m_model->baseline()->id == run->id);
    m_pin->setText(pinned ? tr("Unpin baseline") : tr("Pin as baseline"));
    m_delete->setEnabled(any);
    for (QPushButton* button : {m_delete, m_star, m_compare, m_pin}) button->setVisible(!trash);
    for (QPushButton* button : {m_restore, m_forget}) {
        button->setVisible(trash);
        button->setEnabled(any);
    }
    m_undo->setEnabled(!m_thrown.empty());
    const std::optional<RunId> now = run ? std::optional(run->id) : std::nullopt;
    for (QLineEdit* line : {m_tags, m_note}) line->setEnabled(run != nullptr);
    if (now == m_noted && (m_tags->hasFocus() || m_note->hasFocus())) return; // being typed
    m_noted = now;
    QStringList tags;
    if (run)
        for (const std::string& tag : run->tags) tags << QString::fromStdString(tag);
    m_tags->setText(tags.join(QStringLiteral(", ")));
    m_note->setText(run ? QString::fromStdString(run->note) : QString());
}

void HistoryWindow::compare()
{
    std::vector<RunId> runs = chosen();
    std::ranges::sort(runs);
    if (const auto& baseline = m_model->baseline()) {
        std::erase(runs, baseline->id);
        runs.insert(runs.begin(), baseline->id);
    }
    Q_EMIT compareAsked(runs);
}

void HistoryWindow::star()
{
    const std::vector<RunId> runs = chosen();
    const bool all = std::ranges::all_of(
        m_table->selectionModel()->selectedRows(), [this](const QModelIndex& row) { return m_model->entry(row).starred; });
    m_history.change([runs, all](History& history) {
        for (const RunId run : runs) history.setStarred(run, !all);
    });
}

void HistoryWindow::pin()
{
    const HistoryEntry* run = only();
    const bool off = m_model->baseline() && (!run || m_model->baseline()->id == run->id);
    m_model->setBaseline(off || !run ? std::nullopt : std::optional(*run));
    showChosen();
}

/// Nothing differs from a run that is not there.
void HistoryWindow::unpinAmong(const std::vector<RunId>& gone)
{
    if (const auto& baseline = m_model->baseline(); baseline && std::ranges::find(gone, baseline->id) != gone.end())
        m_model->setBaseline({});
}

/// The keyboard stays in the table, on what comes next; on a button that is disabled it would pass on to whatever is beside it.
void HistoryWindow::goneFromHere()
{
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    const auto first = std::ranges::min_element(rows, {}, &QModelIndex::row);
    m_next = first == rows.end() ? std::nullopt : std::optional(first->row());
    m_table->setFocus();
}

void HistoryWindow::openMenu(const QPoint& at)
{
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("menu.history"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (QPushButton* button : {m_open, m_compare, m_star, m_pin, m_delete, m_restore, m_forget}) {
        if (!button->isVisible()) continue;
        QAction* action = menu->addAction(button->text(), button, &QPushButton::click);
        action->setEnabled(button->isEnabled());
    }
    menu->popup(m_table->viewport()->mapToGlobal(at));
}

void HistoryWindow::toTrash()
{
    m_thrown = chosen();
    goneFromHere();
    unpinAmong(m_thrown);
    m_history.change([runs = m_thrown](History& history) { history.toTrash(runs); });
}

void HistoryWindow::takeBack()
{
    m_table->setFocus();
    m_history.change([runs = std::exchange(m_thrown, {})](History& history) { history.restore(runs); });
}

void HistoryWindow::forget()
{
    const std::vector<RunId> runs = chosen();
    QMessageBox question(QMessageBox::Question, tr("Forget for good"),
        toQString(counted(static_cast<std::int64_t>(runs.size()), "%1 run will be gone with its figures and networks.",
            "%1 runs will be gone with their figures and networks.")),
        QMessageBox::Cancel, this);
    question.setObjectName(QStringLiteral("historyForgetQuestion"));
    QPushButton* yes = question.addButton(tr("Forget for good"), QMessageBox::DestructiveRole);
    yes->setObjectName(QStringLiteral("historyForgetYes"));
    question.exec();
    if (question.clickedButton() != yes) return;
    goneFromHere();
    unpinAmong(runs);
    m_history.change([runs](History& history) { history.forget(runs); });
}

void HistoryWindow::keepNotes()
{
    if (!m_noted) return;
    const auto found = std::ranges::find(m_model->entries(), *m_noted, &HistoryEntry::id);
    if (found == m_model->entries().end()) return;
    std::vector<std::string> tags;
    for (const QString& word : m_tags->text().split(QLatin1Char(','), Qt::SkipEmptyParts))
        if (const std::string tag = word.simplified().toStdString(); !tag.empty() && std::ranges::find(tags, tag) == tags.end())
            tags.push_back(tag);
    const std::string note = m_note->text().toStdString();
    // What was not typed here stays as it is: the note may be longer than the line, a tag have a comma.
    const bool newNote = m_note->isModified() && note != found->note, newTags = m_tags->isModified() && tags != found->tags;
    if (!newNote && !newTags) return;
    m_history.change([run = *m_noted, before = found->tags, tags, note, newNote, newTags](History& history) {
        if (newNote) history.setNote(run, note);
        if (!newTags) return;
        for (const std::string& tag : before)
            if (std::ranges::find(tags, tag) == tags.end()) history.removeTag(run, tag);
        for (const std::string& tag : tags)
            if (std::ranges::find(before, tag) == before.end()) history.addTag(run, tag);
    });
}

void HistoryWindow::keyPressEvent(QKeyEvent* event)
{
    const bool inTable = m_table->hasFocus();
    if (inTable && event->key() == Qt::Key_Delete && !m_trash->isChecked() && m_delete->isEnabled()) return toTrash();
    if (event->matches(QKeySequence::Undo) && !m_thrown.empty()) return takeBack();
    QDialog::keyPressEvent(event);
}

} // namespace bitstill
