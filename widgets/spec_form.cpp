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
    int i = 0;
    for (const Contrast& c : info.contrasts) {
        auto* button = new QPushButton(toQString(c.label), this);
        button->setObjectName(QStringLiteral("contrast.") + QString::fromStdString(c.id));
        button->setToolTip(toQString(c.help));
        button->setAccessibleDescription(toQString(c.help));
        connect(button, &QPushButton::clicked, this, [this, id = c.id] { Q_EMIT contrastChosen(QString::fromStdString(id)); });
        buttons->addWidget(button, i / 2, i % 2);
        ++i;
    }
    grid.addLayout(buttons, 1, 0, 1, 2);
    return 2;
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
        row.problem->setVisible(mine != problems.end() && row.editor->isVisibleTo(this));
        if (mine != problems.end())
            row.problem->setText(toQString(mine->sentence()));
    }
}

void SpecForm::updateVisibility()
{
    for (auto& [key, row] : m_rows) {
        const Field::Condition& condition = row.editor->field().visibleWhen;
        if (condition.key.empty()) continue;
        const auto& other = m_rows.at(condition.key);
        const bool visible =
            std::find(condition.values.begin(), condition.values.end(), describe(other.editor->value())) != condition.values.end();
        row.editor->setVisible(visible);
        row.label->setVisible(visible);
        if (!visible) row.problem->hide();
    }
}

} // namespace bitstill
