#include "app/sweep_form.h"

#include "engine/experiment/catalogue.h"
#include "paint/translate.h"
#include "widgets/file_dialog.h"
#include "widgets/wheel_guard.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QThread>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace bitstill {

namespace {

constexpr int kMostJobs = 64;

QLabel* labelOf(const char* role)
{
    auto* label = new QLabel;
    label->setProperty("role", role);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

QLabel* problemLabel(const QString& name)
{
    QLabel* label = labelOf("problem");
    label->setObjectName(name);
    label->hide();
    return label;
}

QVBoxLayout* columnOf(QWidget* widget)
{
    auto* column = new QVBoxLayout(widget);
    column->setContentsMargins({});
    column->setSpacing(4);
    return column;
}

void say(QLabel& label, const QStringList& problems)
{
    label.setText(problems.join(QLatin1Char('\n')));
    label.setVisible(!problems.isEmpty());
}

} // namespace

SweepForm::SweepForm(SweepDraft draft, QWidget* parent) :
    QWidget(parent), m_draft(std::move(draft)), m_page(columnOf(this)), m_axes(new QVBoxLayout),
    m_add(new QPushButton(tr("Vary another field"))), m_jobs(new QComboBox), m_problem(problemLabel(QStringLiteral("sweepProblem")))
{
    QLabel* heading = labelOf("group");
    heading->setText(tr("What varies"));
    m_page->addWidget(heading);
    m_page->addLayout(m_axes);
    m_axes->setSpacing(8);
    m_add->setObjectName(QStringLiteral("addAxis"));
    m_add->setToolTip(tr("Every combination of the values of all fields is run"));
    connect(m_add, &QPushButton::clicked, this, &SweepForm::addFieldOnce);
    m_page->addWidget(m_add, 0, Qt::AlignLeft);
    m_seeds = addLine(
        "sweepSeeds", tr("Seeds of each combination"), tr("1..5 or 1,4,7; the intervals are over them"), m_draft.seeds, m_seedsProblem);
    m_folder = addLine("sweepFolder", tr("Folder"), tr("The same sweep in the same folder goes on where it was; more values extend it"),
        m_draft.folder, m_folderProblem);
    auto* browse = new QPushButton(tr("Choose a folder"));
    browse->setObjectName(QStringLiteral("browseSweepFolder"));
    connect(browse, &QPushButton::clicked, this, &SweepForm::askForFolder);
    m_page->addWidget(browse, 0, Qt::AlignLeft);
    QLabel* jobs = labelOf("muted");
    jobs->setText(tr("Runs at the same time"));
    m_page->addWidget(jobs);
    m_jobs->setObjectName(QStringLiteral("sweepJobs"));
    m_jobs->setAccessibleName(jobs->text());
    m_jobs->setToolTip(tr("One for each core is fastest; fewer leave some for other work"));
    for (int n = 1; n <= std::clamp(std::max(QThread::idealThreadCount(), m_draft.jobs), 1, kMostJobs); ++n)
        m_jobs->addItem(QString::number(n), n);
    m_jobs->setCurrentIndex(std::clamp(m_draft.jobs, 1, m_jobs->count()) - 1);
    WheelGuard::install(m_jobs);
    connect(m_jobs, &QComboBox::currentIndexChanged, this, &SweepForm::take);
    m_page->addWidget(m_jobs, 0, Qt::AlignLeft);
    m_page->addWidget(m_problem);
    const std::vector<SweepDraft::Axis> axes = m_draft.axes;
    for (const SweepDraft::Axis& axis : axes) addAxis(axis);
}

QLineEdit* SweepForm::addLine(const char* name, const QString& label, const QString& help, const std::string& words, QLabel*& problem)
{
    QLabel* title = labelOf("muted");
    title->setText(label);
    auto* line = new QLineEdit(QString::fromStdString(words));
    line->setObjectName(QLatin1String(name));
    line->setAccessibleName(label);
    line->setToolTip(help);
    title->setBuddy(line);
    problem = problemLabel(QLatin1String(name) + QStringLiteral(".problem"));
    m_page->addSpacing(4);
    for (QWidget* widget : {static_cast<QWidget*>(title), static_cast<QWidget*>(line), static_cast<QWidget*>(problem)})
        m_page->addWidget(widget);
    connect(line, &QLineEdit::textChanged, this, &SweepForm::take);
    return line;
}

void SweepForm::fillFields(QComboBox& box) const
{
    for (const Field& field : experimentInfo(m_draft.base.experiment).fields) {
        const QString key = QString::fromStdString(field.key);
        box.addItem(toQString(field.label) + QStringLiteral(" · ") + key, key);
        box.setItemData(box.count() - 1, toQString(field.help), Qt::ToolTipRole);
    }
}

void SweepForm::addAxis(const SweepDraft::Axis& axis)
{
    const QString number = QString::number(m_rows.size() + 1);
    Row row{.page = new QWidget,
        .field = new QComboBox,
        .values = new QLineEdit(QString::fromStdString(axis.values)),
        .remove = new QToolButton,
        .problem = problemLabel(QStringLiteral("axisProblem") + number)};
    row.field->setObjectName(QStringLiteral("axisField") + number);
    row.field->setAccessibleName(tr("Field that varies"));
    row.field->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    fillFields(*row.field);
    row.field->setCurrentIndex(std::max(0, row.field->findData(QString::fromStdString(axis.key))));
    WheelGuard::install(row.field);
    row.values->setObjectName(QStringLiteral("axisValues") + number);
    row.values->setAccessibleName(tr("Its values"));
    row.values->setToolTip(tr("2,3,8 or 2..8 or 1..4/0.5 (with a step) or 0.001..0.1@5log (5 points, evenly in the logarithm)"));
    row.remove->setObjectName(QStringLiteral("removeAxis") + number);
    row.remove->setText(QStringLiteral("✕"));
    row.remove->setProperty("role", "flat");
    row.remove->setToolTip(tr("Does not vary this field"));
    row.remove->setAccessibleName(row.remove->toolTip());
    QVBoxLayout* column = columnOf(row.page);
    auto* line = new QHBoxLayout;
    line->setSpacing(4);
    line->addWidget(row.field, 1);
    line->addWidget(row.remove);
    column->addLayout(line);
    column->addWidget(row.values);
    column->addWidget(row.problem);
    connect(row.field, &QComboBox::currentIndexChanged, this, [this, field = row.field, values = row.values] {
        const std::string key = field->currentData().toString().toStdString();
        const Field* chosen = fieldOf(experimentInfo(m_draft.base.experiment), key);
        values->setText(QString::fromStdString(suggestedValues(*chosen, m_draft.base.values.at(key))));
        take(); // where the words are the same
    });
    connect(row.values, &QLineEdit::textChanged, this, &SweepForm::take);
    connect(row.remove, &QToolButton::clicked, this, [this, page = row.page] { removeAxis(page); });
    m_axes->addWidget(row.page);
    m_rows.push_back(row);
}

void SweepForm::removeAxis(const QWidget* page)
{
    const auto row = std::find_if(m_rows.begin(), m_rows.end(), [page](const Row& r) { return r.page == page; });
    row->page->hide();
    row->page->deleteLater();
    m_rows.erase(row);
    m_add->setFocus();
    take();
}

/// One that does not vary yet.
void SweepForm::addFieldOnce()
{
    for (const Field& field : experimentInfo(m_draft.base.experiment).fields) {
        const auto varies = [&field](const SweepDraft::Axis& axis) { return axis.key == field.key; };
        if (field.kind == Field::Kind::File || std::any_of(m_draft.axes.begin(), m_draft.axes.end(), varies)) continue;
        addAxis({.key = field.key, .values = suggestedValues(field, m_draft.base.values.at(field.key))});
        m_rows.back().field->setFocus();
        return take();
    }
}

void SweepForm::askForFolder()
{
    const QString folder = askForPath(window(), Ask::Folder, tr("Choose a folder"), m_folder->text());
    if (!folder.isEmpty()) m_folder->setText(folder);
}

void SweepForm::take()
{
    SweepDraft now{.base = m_draft.base,
        .axes = {},
        .seeds = m_seeds->text().toStdString(),
        .folder = m_folder->text().trimmed().toStdString(),
        .jobs = m_jobs->currentData().toInt()};
    for (const Row& row : m_rows) now.axes.push_back({row.field->currentData().toString().toStdString(), row.values->text().toStdString()});
    if (now == m_draft) return;
    m_draft = std::move(now);
    Q_EMIT edited();
}

/// Each under its line; those of fields that do not vary say which.
void SweepForm::showProblems(const std::vector<Problem>& problems)
{
    QStringList seeds, folder, other;
    std::vector<QStringList> rows(m_rows.size());
    for (const Problem& problem : problems) {
        const QString words = toQString(problem.sentence());
        const auto row = std::find_if(
            m_rows.begin(), m_rows.end(), [&](const Row& r) { return r.field->currentData().toString().toStdString() == problem.field; });
        if (row != m_rows.end())
            rows[static_cast<std::size_t>(row - m_rows.begin())] << words;
        else if (problem.field == "seeds")
            seeds << words;
        else if (problem.field == "folder")
            folder << words;
        else
            other << (problem.field.empty() ? words : QString::fromStdString(problem.field) + QStringLiteral(": ") + words);
    }
    for (std::size_t i = 0; i < m_rows.size(); ++i) say(*m_rows[i].problem, rows[i]);
    say(*m_seedsProblem, seeds);
    say(*m_folderProblem, folder);
    say(*m_problem, other);
}

} // namespace bitstill
