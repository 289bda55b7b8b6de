#include "widgets/spec_form.h"

#include "widgets/translate.h"

#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <algorithm>

namespace bitstill {

SpecForm::SpecForm(const ExperimentInfo& info, QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("formPage"));
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(16, 12, 16, 16);
    grid->setHorizontalSpacing(10);
    grid->setVerticalSpacing(7);
    grid->setColumnStretch(1, 1);
    grid->setColumnMinimumWidth(1, 130);
    int row = addContrasts(info, *grid);
    Text group;
    for (const Field& field : info.fields) {
        if (!(field.group == group)) {
            group = field.group;
            QString heading = toQString(group).toUpper();
            const bool live =
                std::any_of(info.fields.begin(), info.fields.end(), [&](const Field& f) { return f.group == group && f.live; });
            if (live) heading += QStringLiteral("   ● ") + tr("live");
            auto* label = new QLabel(heading, this);
            label->setProperty("role", "group");
            if (live) label->setToolTip(tr("These may be changed while the experiment runs and after it; the figures follow at once."));
            if (row > 0) grid->setRowMinimumHeight(row++, 6);
            grid->addWidget(label, row++, 0, 1, 2);
        }
        Row r{FieldEditor::make(field, this), new QLabel(toQString(field.label), this), new QLabel(this)};
        r.label->setToolTip(toQString(field.help));
        r.label->setBuddy(r.editor);
        r.label->setWordWrap(true);
        r.problem->setProperty("role", "problem");
        r.problem->setWordWrap(true);
        r.problem->hide();
        r.problem->setObjectName(QStringLiteral("problem.") + QString::fromStdString(field.key));
        const bool needsWidth = field.live && (field.drawn || !field.ticks.empty());
        grid->addWidget(r.label, row, 0, 1, needsWidth ? 2 : 1);
        if (needsWidth)
            grid->addWidget(r.editor, ++row, 0, 1, 2);
        else
            grid->addWidget(r.editor, row, 1);
        ++row;
        grid->addWidget(r.problem, row++, 0, 1, 2);
        connect(r.editor, &FieldEditor::edited, this, [this, key = field.key] {
            updateVisibility();
            Q_EMIT edited(QString::fromStdString(key));
        });
        m_rows.emplace(field.key, r);
    }
    grid->setRowStretch(row, 1);
}

/// Buttons that turn the question round; returns the first row that is free.
int SpecForm::addContrasts(const ExperimentInfo& info, QGridLayout& grid)
{
    if (info.contrasts.empty()) return 0;
    auto* heading = new QLabel(tr("Contrasts").toUpper(), this);
    heading->setProperty("role", "group");
    heading->setToolTip(tr("Each sets some fields, the others it could set to their defaults, and runs."));
    grid.addWidget(heading, 0, 0, 1, 2);
    auto* buttons = new QGridLayout;
    buttons->setSpacing(6);
    const auto add = [&](const std::string& id, const QString& label, const QString& help) {
        auto* button = new QPushButton(label, this);
        button->setObjectName(QStringLiteral("contrast.") + (id.empty() ? QStringLiteral("plain") : QString::fromStdString(id)));
        button->setProperty("role", "contrast");
        button->setToolTip(help);
        button->setAccessibleDescription(help);
        button->setCheckable(true);
        connect(button, &QPushButton::clicked, this, [this, button, id] {
            button->setChecked(!button->isChecked()); // what is in force shows, not what was clicked
            Q_EMIT contrastChosen(QString::fromStdString(id));
        });
        const int i = static_cast<int>(m_contrasts.size());
        buttons->addWidget(button, i / 2, i % 2);
        m_contrasts.emplace(id, button);
    };
    add({}, tr("Plain question"), tr("Takes back what the contrasts set, and runs: the one to compare them with."));
    for (const Contrast& c : info.contrasts) add(c.id, toQString(c.label), toQString(c.help));
    grid.addLayout(buttons, 1, 0, 1, 2);
    return 2;
}

void SpecForm::showContrast(const std::optional<std::string>& id)
{
    for (const auto& [contrast, button] : m_contrasts) button->setChecked(id == contrast);
}

void SpecForm::commit()
{
    for (const auto& [key, row] : m_rows) row.editor->commit();
}

std::map<std::string, Value> SpecForm::values() const
{
    std::map<std::string, Value> values;
    for (const auto& [key, row] : m_rows) values.emplace(key, row.editor->value());
    return values;
}

void SpecForm::setValues(const std::map<std::string, Value>& values)
{
    for (const auto& [key, value] : values) setValue(key, value);
    updateVisibility();
}

void SpecForm::setValue(const std::string& key, const Value& value)
{
    const auto found = m_rows.find(key);
    if (found == m_rows.end() || found->second.editor->value() == value) return;
    const QSignalBlocker quiet(found->second.editor);
    found->second.editor->setValue(value);
}

void SpecForm::showProblems(const std::vector<Problem>& problems)
{
    for (auto& [key, row] : m_rows) {
        const auto mine = std::find_if(problems.begin(), problems.end(), [&key = key](const Problem& p) { return p.field == key; });
        row.wrong = mine != problems.end();
        const QString sentence = row.wrong ? toQString(mine->sentence()) : QString();
        row.problem->setVisible(row.wrong);
        row.problem->setText(QStringLiteral("⚠ ") + sentence);
        row.editor->setProblem(sentence);
    }
    updateVisibility();
    if (problems.empty()) updateRanges();
}

/// Where the model or the data leave less than the field alone would.
void SpecForm::updateRanges()
{
    const Values all = values();
    for (const auto& [key, row] : m_rows) {
        const Field& field = row.editor->field();
        const std::int64_t highest = field.highest ? field.highest(all) : 0;
        if (highest > 0) row.editor->setHighest(highest);
    }
}

QWidget* SpecForm::firstProblem() const
{
    QWidget* first = nullptr;
    for (const auto& [key, row] : m_rows)
        if (row.wrong && (!first || row.editor->y() < first->y())) first = row.problem;
    return first;
}

bool SpecForm::holds(const Field::Condition& condition) const
{
    const std::string word = describe(m_rows.at(condition.key).editor->value());
    return std::find(condition.values.begin(), condition.values.end(), word) != condition.values.end();
}

void SpecForm::updateVisibility()
{
    for (auto& [key, row] : m_rows) {
        const Field& field = row.editor->field();
        if (field.visibleWhen.key.empty()) continue;
        // What keeps the experiment from running is never hidden.
        const bool visible = row.wrong || holds(field.visibleWhen);
        row.editor->setVisible(visible);
        row.label->setVisible(visible);
    }
}

} // namespace bitstill
