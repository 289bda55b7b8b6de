#include "widgets/spec_form.h"

#include "paint/theme.h"
#include "paint/translate.h"
#include "widgets/icons.h"
#include "widgets/restyle.h"

#include <QContextMenuEvent>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>
#include <algorithm>

namespace bitstill {

namespace {

constexpr int kBar = 6; ///< room beside the names, as in the style sheet
constexpr int kLeastValue = 130, kBesideChoice = 42; ///< its border and arrow

/// In the line below its name, over the whole width.
bool needsWidth(const Field& field, const QFontMetrics& metrics)
{
    if (field.live && (field.drawn || !field.ticks.empty())) return true;
    return field.kind == Field::Kind::Choice && std::ranges::any_of(field.choices, [&](const Field::Choice& c) {
        return metrics.horizontalAdvance(toQString(c.label)) > kLeastValue - kBesideChoice;
    });
}

/// Those of a group together, where its first one stands.
std::vector<Field> byGroup(const std::vector<Field>& fields)
{
    std::vector<Field> sorted;
    for (const Field& field : fields) {
        const auto last = std::find_if(sorted.rbegin(), sorted.rend(), [&](const Field& f) { return f.group == field.group; });
        sorted.insert(last.base() == sorted.begin() ? sorted.end() : last.base(), field);
    }
    return sorted;
}

} // namespace

SpecForm::SpecForm(const ExperimentInfo& info, QWidget* parent) : QWidget(parent), m_hiddenWords(addNote(QStringLiteral("hiddenFields")))
{
    setObjectName(QStringLiteral("formPage"));
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(16 - kBar, 12, 16, 16);
    grid->setHorizontalSpacing(10);
    grid->setVerticalSpacing(7);
    grid->setColumnStretch(1, 1);
    grid->setColumnMinimumWidth(1, kLeastValue);
    int row = addContrasts(info, *grid);
    grid->addWidget(m_hiddenWords, row++, 0, 1, 2);
    Text group;
    for (const Field& field : byGroup(info.fields)) {
        if (!(field.group == group)) {
            group = field.group;
            addGroup(info, group);
            if (row > 1) grid->setRowMinimumHeight(row++, 6);
            grid->addWidget(m_groups.back().heading, row++, 0, 1, 2);
        }
        Row r{FieldEditor::make(field, this), new QLabel(toQString(field.label), this), new QLabel(this), m_groups.size() - 1};
        r.editor->setValue(field.initial);
        r.label->setBuddy(r.editor);
        r.label->setWordWrap(true);
        r.problem->setProperty("role", "problem");
        r.problem->setWordWrap(true);
        r.problem->setTextFormat(Qt::PlainText);
        r.problem->hide();
        r.problem->setObjectName(QStringLiteral("problem.") + QString::fromStdString(field.key));
        const bool below = needsWidth(field, fontMetrics());
        if (field.look == Field::Look::Nothing) {
            grid->addWidget(r.label, row, 0, 1, below ? 2 : 1);
        } else {
            auto* named = new QHBoxLayout;
            named->addWidget(r.label, 1);
            named->addWidget(r.look = addLook(field));
            grid->addLayout(named, row, 0);
        }
        if (below) {
            r.editor->setContentsMargins(kBar, 0, 0, 0);
            grid->addWidget(r.editor, ++row, 0, 1, 2);
        } else {
            grid->addWidget(r.editor, row, 1);
        }
        ++row;
        grid->addWidget(r.problem, row++, 0, 1, 2);
        if (field.look == Field::Look::Network)
            grid->addWidget(r.note = addNote(QStringLiteral("note.") + QString::fromStdString(field.key)), row++, 0, 1, 2);
        connect(r.editor, &FieldEditor::edited, this, [this, key = field.key] {
            updateVisibility();
            Q_EMIT edited(QString::fromStdString(key));
        });
        connect(r.editor, &FieldEditor::held, this, &SpecForm::held);
        watch(r);
        m_rows.emplace(field.key, r);
        m_keys.push_back(field.key);
    }
    grid->setRowStretch(row, 1);
    showChanges();
}

void SpecForm::addGroup(const ExperimentInfo& info, const Text& group)
{
    QString words = toQString(group).toUpper();
    const bool live = std::any_of(info.fields.begin(), info.fields.end(), [&](const Field& f) { return f.group == group && f.live; });
    if (live) words += QStringLiteral("   ● ") + tr("live");
    auto* heading = new QLabel(words, this);
    heading->setProperty("role", "group");
    heading->setMinimumWidth(1); // what it says of changes must not widen the form
    if (live) heading->setToolTip(tr("These can be changed during the run and after it; the figures follow at once."));
    m_groups.push_back({heading, words});
}

void SpecForm::watch(const Row& row)
{
    row.label->installEventFilter(this);
    row.editor->installEventFilter(this);
    for (QLineEdit* line : row.editor->findChildren<QLineEdit*>()) line->installEventFilter(this);
}

bool SpecForm::eventFilter(QObject* watched, QEvent* event)
{
    auto* line = qobject_cast<QLineEdit*>(watched);
    if (line && event->type() == QEvent::ShortcutOverride) {
        // Taking back is the window's, field by field; but for what was typed into a slider's box and counts for nothing yet.
        const bool unconfirmed = line->isModified() && line->objectName().startsWith(QLatin1String("value."));
        const auto* key = static_cast<QKeyEvent*>(event);
        if (unconfirmed || (!key->matches(QKeySequence::Undo) && !key->matches(QKeySequence::Redo))) return false;
        event->ignore();
        return true;
    }
    if (event->type() != QEvent::ContextMenu) return QWidget::eventFilter(watched, event);
    for (const auto& [key, row] : m_rows)
        if (watched == row.label || watched == row.editor || (line && row.editor->isAncestorOf(line)))
            openMenu(key, line ? line->createStandardContextMenu() : new QMenu(this), static_cast<QContextMenuEvent*>(event)->globalPos());
    return true;
}

void SpecForm::openMenu(const std::string& key, QMenu* menu, const QPoint& at)
{
    const Field& field = m_rows.at(key).editor->field();
    menu->setObjectName(QStringLiteral("menu.field"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    if (!menu->isEmpty()) menu->addSeparator();
    const QString words = m_start.empty() ? tr("Restore the default: %1") : tr("As it was: %1");
    QAction* restore = menu->addAction(
        words.arg(toQString(field.words(before(key)))), this, [this, name = QString::fromStdString(key)] { Q_EMIT restoreAsked(name); });
    restore->setObjectName(QStringLiteral("action.restore"));
    restore->setEnabled(!(value(key) == before(key)));
    menu->popup(at);
}

std::optional<std::string> SpecForm::focused() const
{
    for (const auto& [key, row] : m_rows)
        if (row.editor->isAncestorOf(window()->focusWidget())) return key;
    return std::nullopt;
}

void SpecForm::focusFirst()
{
    for (const std::string& key : m_keys)
        if (QWidget* editor = m_rows.at(key).editor; editor->isVisible()) return editor->setFocus(Qt::ShortcutFocusReason);
}

const Value& SpecForm::before(const std::string& key) const
{
    const auto start = m_start.find(key);
    return start == m_start.end() ? m_rows.at(key).editor->field().initial : start->second;
}

void SpecForm::startFrom(const Values& values)
{
    m_start = values;
    setValues(values);
}

/// What is not as it was to begin with has a bar beside its name.
void SpecForm::showChanges()
{
    const QString were = m_start.empty() ? tr("Default: %1") : tr("It was: %1");
    std::vector<int> changed(m_groups.size());
    for (auto& [key, row] : m_rows) {
        const Field& field = row.editor->field();
        const bool differs = !row.label->isHidden() && !(row.editor->value() == before(key));
        changed[row.group] += differs;
        row.editor->setChangedFrom(differs ? were.arg(toQString(field.words(before(key)))) : QString());
        const bool same = row.label->property("changed").toBool() == differs;
        if (same && !row.label->toolTip().isEmpty()) continue;
        row.label->setToolTip(row.editor->help());
        if (same) continue;
        row.label->setProperty("changed", differs);
        restyle(*row.label);
    }
    for (std::size_t i = 0; i < m_groups.size(); ++i) {
        const QString& words = m_groups[i].words;
        m_groups[i].heading->setText(changed[i] == 0 ? words : words + QStringLiteral("   ") + tr("%1 changed").arg(changed[i]));
    }
}

/// The lens beside the name of a data set or a network: the field keeps its width.
QToolButton* SpecForm::addLook(const Field& field)
{
    const QString key = QString::fromStdString(field.key);
    auto* look = new QToolButton(this);
    look->setObjectName(QStringLiteral("look.") + key);
    look->setIcon(icon(QStringLiteral("look"), palette().color(QPalette::WindowText)));
    look->setProperty("role", "flat");
    look->setToolTip(field.look == Field::Look::Data ? tr("Look at the data: samples, classes, copies, columns")
                                                     : tr("Look at the network: layers, shapes, parameters, bytes"));
    look->setAccessibleName(look->toolTip());
    connect(look, &QToolButton::clicked, this, [this, key] { Q_EMIT lookAsked(key); });
    return look;
}

QLabel* SpecForm::addNote(const QString& name)
{
    auto* note = new QLabel(this);
    note->setObjectName(name);
    note->setProperty("role", "muted");
    note->setFont(Theme::small());
    note->setWordWrap(true);
    note->setTextFormat(Qt::PlainText);
    note->hide();
    return note;
}

void SpecForm::showNote(const std::string& key, const QString& note)
{
    const Row& row = m_rows.at(key);
    if (!row.note || row.note->text() == note) return;
    row.note->setText(note);
    updateVisibility();
}

/// Buttons that turn the question round; returns the first row that is free.
int SpecForm::addContrasts(const ExperimentInfo& info, QGridLayout& grid)
{
    if (info.contrasts.empty()) return 0;
    auto* heading = new QLabel(tr("Contrasts").toUpper(), this);
    heading->setProperty("role", "group");
    heading->setToolTip(tr("Each button sets its fields, returns the other contrasts' fields to their defaults, and runs."));
    grid.addWidget(heading, 0, 0, 1, 2);
    auto* buttons = new QGridLayout;
    buttons->setSpacing(6);
    buttons->setContentsMargins(kBar, 0, 0, 0);
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
    add({}, tr("Baseline"), tr("Returns the contrasts' fields to their defaults and runs: the baseline for all of them."));
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

bool SpecForm::holds(const Field::Condition& condition) const { return condition.holds(m_rows.at(condition.key).editor->value()); }

void SpecForm::hideFields(std::set<std::string> keys)
{
    m_hidden = std::move(keys);
    updateVisibility();
}

/// How the fields are set that would be there but are left out.
void SpecForm::showHidden()
{
    QStringList words;
    for (const std::string& key : m_keys) {
        const Row& row = m_rows.at(key);
        const Field& field = row.editor->field();
        if (!m_hidden.contains(key) || row.wrong || !(field.visibleWhen.key.empty() || holds(field.visibleWhen))) continue;
        words << toQString(field.label) + QLatin1Char(' ') + toQString(field.words(row.editor->value()));
    }
    m_hiddenWords->setVisible(!words.isEmpty());
    m_hiddenWords->setText(tr("Left out by the lesson: %1").arg(words.join(QStringLiteral(" · "))));
}

void SpecForm::updateVisibility()
{
    std::vector<bool> filled(m_groups.size()); // groups that have something to show
    for (auto& [key, row] : m_rows) {
        const Field& field = row.editor->field();
        // What keeps the experiment from running is never hidden.
        const bool applies = field.visibleWhen.key.empty() || holds(field.visibleWhen);
        const bool visible = row.wrong || (applies && !m_hidden.contains(key));
        row.editor->setVisible(visible);
        row.label->setVisible(visible);
        if (row.look) row.look->setVisible(visible);
        if (row.note) row.note->setVisible(visible && !row.wrong && !row.note->text().isEmpty());
        if (visible) filled[row.group] = true;
    }
    for (std::size_t i = 0; i < m_groups.size(); ++i) m_groups[i].heading->setVisible(filled[i]);
    showHidden();
    showChanges();
}

} // namespace bitstill
