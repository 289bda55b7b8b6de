// What the history's window is made of.

#include "app/history_window.h"

#include "paint/translate.h"
#include "widgets/wheel_guard.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>

namespace bitstill {

namespace {

constexpr std::int64_t kGiB = 1 << 30;

QComboBox* addBox(QHBoxLayout& row, const char* name, const QString& label)
{
    auto* box = new QComboBox;
    box->setObjectName(QLatin1String(name));
    box->setAccessibleName(label);
    box->setToolTip(label);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(12);
    WheelGuard::install(box);
    row.addWidget(box);
    return box;
}

QCheckBox* addCheck(QHBoxLayout& row, const char* name, const QString& label)
{
    auto* box = new QCheckBox(label);
    box->setObjectName(QLatin1String(name));
    row.addWidget(box);
    return box;
}

} // namespace

QWidget* HistoryWindow::buildSearch()
{
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins({});
    auto* row = new QHBoxLayout;
    m_words = new QLineEdit;
    m_words->setObjectName(QStringLiteral("historyWords"));
    m_words->setPlaceholderText(tr("Search settings, tags, notes"));
    m_words->setAccessibleName(m_words->placeholderText());
    m_words->setToolTip(tr("Runs in which each of these words stands somewhere"));
    m_words->setClearButtonEnabled(true);
    row->addWidget(m_words, 1);
    m_experiment = addBox(*row, "historyExperiment", tr("Only runs of this experiment"));
    m_metric = addBox(*row, "historyMetric", tr("The metric that is shown and sorted by"));
    m_starred = addCheck(*row, "historyStarred", tr("Starred"));
    m_starred->setToolTip(tr("Only runs with a star"));
    m_trash = addCheck(*row, "historyTrash", tr("Trash"));
    m_trash->setToolTip(tr("Runs that were deleted"));
    column->addLayout(row);
    auto* wrong = new QHBoxLayout;
    m_problem = new QLabel;
    m_problem->setObjectName(QStringLiteral("historyProblem"));
    m_problem->setProperty("role", "problem");
    m_problem->setWordWrap(true);
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->hide();
    wrong->addWidget(m_problem, 1);
    m_repair = addButton(*wrong, "historyRepair", tr("Repair"), tr("Keeps what can be read; the damaged file stays beside it"));
    m_repair->hide();
    connect(m_repair, &QPushButton::clicked, this, [this] {
        m_repair->hide(); // until it turns out to be damaged still
        m_problem->hide();
        m_history.repair();
    });
    column->addLayout(wrong);
    connect(m_words, &QLineEdit::textChanged, &m_typing, qOverload<>(&QTimer::start));
    connect(m_experiment, &QComboBox::activated, this, &HistoryWindow::search);
    connect(m_metric, &QComboBox::activated, this, &HistoryWindow::search);
    connect(m_starred, &QCheckBox::toggled, this, &HistoryWindow::search);
    connect(m_trash, &QCheckBox::toggled, this, &HistoryWindow::search);
    return page;
}

QWidget* HistoryWindow::buildTable()
{
    m_table = new QTableView;
    m_table->setObjectName(QStringLiteral("historyTable"));
    m_table->setAccessibleName(tr("Runs"));
    m_table->setModel(m_model);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setTabKeyNavigation(false);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_table, &QTableView::customContextMenuRequested, this, &HistoryWindow::openMenu);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() + 10);
    QHeaderView* header = m_table->horizontalHeader();
    header->setSortIndicator(HistoryModel::Started, Qt::DescendingOrder);
    header->setSortIndicatorShown(true);
    header->setSectionsClickable(true);
    header->setStretchLastSection(true);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    const int widths[] = {30, 140, 150, 260, 130, 80, 70, 80};
    for (int i = 0; i < static_cast<int>(std::size(widths)); ++i) m_table->setColumnWidth(i, widths[i]);
    connect(header, &QHeaderView::sortIndicatorChanged, this, [this](int column) {
        if (HistoryModel::orderOf(column)) search();
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &HistoryWindow::showChosen);
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex& at) { Q_EMIT openAsked(m_model->entry(at).id); });
    connect(m_table, &QTableView::clicked, this, [this](const QModelIndex& at) {
        if (at.column() == HistoryModel::Star) star();
    });
    return m_table;
}

QWidget* HistoryWindow::buildNotes()
{
    auto* page = new QWidget;
    auto* row = new QHBoxLayout(page);
    row->setContentsMargins({});
    const auto add = [&](const char* name, const QString& label, int stretch) {
        auto* title = new QLabel(label);
        title->setProperty("role", "muted");
        auto* line = new QLineEdit;
        line->setObjectName(QLatin1String(name));
        line->setAccessibleName(label);
        title->setBuddy(line);
        row->addWidget(title);
        row->addWidget(line, stretch);
        connect(line, &QLineEdit::editingFinished, this, &HistoryWindow::keepNotes);
        return line;
    };
    m_tags = add("historyTags", tr("Tags"), 1);
    m_tags->setPlaceholderText(tr("with commas between"));
    m_tags->setToolTip(tr("Words by which these runs are found again"));
    m_note = add("historyNote", tr("Note"), 3);
    constexpr int kMostLetters = 2500; // 10,000 bytes in any script
    m_note->setMaxLength(kMostLetters);
    m_note->setToolTip(tr("What you want to remember about this run"));
    return page;
}

QPushButton* HistoryWindow::addButton(QHBoxLayout& row, const char* name, const QString& label, const QString& help)
{
    auto* button = new QPushButton(label);
    button->setObjectName(QLatin1String(name));
    button->setToolTip(help);
    row.addWidget(button);
    return button;
}

QWidget* HistoryWindow::buildButtons()
{
    auto* page = new QWidget;
    auto* row = new QHBoxLayout(page);
    row->setContentsMargins({});
    m_open = addButton(*row, "historyOpen", tr("Open"), tr("Shows the run again as it was, without training (Enter)"));
    m_compare = addButton(*row, "historyCompare", tr("Compare"), tr("Two to eight runs side by side"));
    m_star = addButton(*row, "historyStar", tr("Star"), tr("A starred run is never thrown away by the limit"));
    m_pin = addButton(*row, "historyPin", tr("Pin as baseline"), tr("Shows how all others differ from this run"));
    m_delete = addButton(*row, "historyDelete", tr("Delete"), tr("Puts the runs into the trash (Del)"));
    m_restore = addButton(*row, "historyRestore", tr("Take back"), tr("Out of the trash again"));
    m_forget = addButton(*row, "historyForget", tr("Forget for good"), tr("Nothing brings these runs back"));
    m_undo = addButton(*row, "historyUndo", tr("Undo"), tr("Takes back what was deleted last (Ctrl+Z)"));
    row->addStretch();
    m_count = new QLabel;
    m_count->setObjectName(QStringLiteral("historyCount"));
    m_count->setProperty("role", "muted");
    row->addWidget(m_count);
    connect(m_open, &QPushButton::clicked, this, [this] {
        if (const HistoryEntry* run = only()) Q_EMIT openAsked(run->id);
    });
    connect(m_compare, &QPushButton::clicked, this, &HistoryWindow::compare);
    connect(m_star, &QPushButton::clicked, this, &HistoryWindow::star);
    connect(m_pin, &QPushButton::clicked, this, &HistoryWindow::pin);
    connect(m_delete, &QPushButton::clicked, this, &HistoryWindow::toTrash);
    connect(m_restore, &QPushButton::clicked, this, [this] {
        goneFromHere();
        m_history.change([runs = chosen()](History& h) { h.restore(runs); });
    });
    connect(m_forget, &QPushButton::clicked, this, &HistoryWindow::forget);
    connect(m_undo, &QPushButton::clicked, this, &HistoryWindow::takeBack);
    return page;
}

void HistoryWindow::addLimit(QHBoxLayout& row, std::int64_t limit)
{
    auto* label = new QLabel(tr("Keep at most"));
    label->setProperty("role", "muted");
    row.addWidget(label);
    m_limit = addBox(row, "historyLimit",
        tr("When a run is kept and the history is larger than this, the oldest without star, tag or note go for good"));
    label->setBuddy(m_limit);
    for (const std::int64_t gib : {1, 4, 16, 64})
        m_limit->addItem(QStringLiteral("%1 GiB").arg(gib), QVariant::fromValue<qlonglong>(gib * kGiB));
    m_limit->addItem(tr("everything"), QVariant::fromValue<qlonglong>(0));
    m_limit->setCurrentIndex(std::max(0, m_limit->findData(QVariant::fromValue<qlonglong>(limit))));
    connect(m_limit, &QComboBox::activated, this, [this] { Q_EMIT limitChosen(m_limit->currentData().toLongLong()); });
}

} // namespace bitstill
