#include "app/branch_dialog.h"

#include "paint/translate.h"
#include "widgets/spec_form.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

namespace bitstill {

namespace {

/// Those that can change, and that matter as what cannot change is set.
ExperimentInfo offered(const Record& run, long mark)
{
    const std::vector<std::string> keys = changeableAt(run, mark);
    const Values settings = settingsAt(run, mark).values;
    const auto isOffered = [&](const std::string& key) { return std::ranges::find(keys, key) != keys.end(); };
    ExperimentInfo info = experimentInfo(run.spec.experiment);
    std::erase_if(info.fields, [&](const Field& f) {
        const std::string& on = f.visibleWhen.key;
        return !isOffered(f.key) || (!on.empty() && !isOffered(on) && !f.visibleWhen.holds(settings.at(on)));
    });
    info.contrasts.clear();
    for (Field& f : info.fields) {
        if (!isOffered(f.visibleWhen.key)) f.visibleWhen = {};
        f.highest = nullptr; // is asked for every field's value; branchProblems() has them
        f.look = Field::Look::Nothing;
    }
    return info;
}

} // namespace

BranchDialog::BranchDialog(std::shared_ptr<const Record> parent, long mark, QWidget* over) :
    QDialog(over), m_parent(std::move(parent)), m_mark(mark), m_info(offered(*m_parent, mark)), m_form(new SpecForm(m_info)),
    m_why(new QLabel)
{
    setObjectName(QStringLiteral("branchDialog"));
    setAttribute(Qt::WA_DeleteOnClose);
    const Mark& left = m_parent->marks.at(static_cast<std::size_t>(mark - 1));
    setWindowTitle(tr("Branch from “%1”").arg(toQString(left.label)));
    for (const auto& [key, value] : settingsAt(*m_parent, mark).values)
        if (fieldOf(m_info, key)) m_before[key] = value;
    m_form->startFrom(m_before);

    auto* intro = new QLabel(tr("Up to this moment all is done again; then it goes on as you say here, on the same batches."));
    intro->setWordWrap(true);
    m_why->setObjectName(QStringLiteral("branchProblem"));
    m_why->setProperty("role", "problem");
    m_why->setWordWrap(true);
    m_why->setTextFormat(Qt::PlainText);
    m_why->hide();
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setWidget(m_form);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    QPushButton* run = buttons->addButton(tr("Run the branch"), QDialogButtonBox::AcceptRole);
    run->setObjectName(QStringLiteral("branchRun"));
    run->setAccessibleName(run->text());
    run->setToolTip(tr("Runs it, and shows both side by side when it is through (Enter)"));
    run->setDefault(true);
    auto* column = new QVBoxLayout(this);
    column->addWidget(intro);
    column->addWidget(scroll, 1);
    column->addWidget(m_why);
    column->addWidget(buttons);
    resize(460, 560);
    connect(buttons, &QDialogButtonBox::accepted, this, &BranchDialog::choose);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_form, &SpecForm::restoreAsked, this, [this](const QString& field) {
        const std::string key = field.toStdString();
        m_form->setValues({{key, m_before.at(key)}});
    });
    m_form->focusFirst();
}

void BranchDialog::choose()
{
    m_form->commit();
    Values changes;
    for (const auto& [key, value] : m_form->values())
        if (!(m_before.at(key) == value)) changes[key] = value;
    if (changes.empty()) return explain(tr("Nothing is changed yet: change a setting first."));
    const std::vector<Problem> problems = branchProblems(*m_parent, m_mark, changes);
    m_form->showProblems(problems);
    for (const Problem& p : problems) return explain(toQString(p.sentence()));
    Q_EMIT chosen(branchOf(*m_parent, m_mark, changes));
    accept();
}

void BranchDialog::explain(const QString& sentence)
{
    m_why->setText(sentence);
    m_why->show();
}

} // namespace bitstill
