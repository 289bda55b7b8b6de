#pragma once

#include "engine/experiment/catalogue.h"
#include "engine/experiment/spec.h"
#include "widgets/field_editor.h"

#include <QWidget>
#include <map>
#include <optional>
#include <set>

class QGridLayout;
class QLabel;
class QMenu;
class QPushButton;
class QToolButton;

namespace bitstill {

/// The form of an experiment, made from its fields: groups, labels, editors, and what is wrong under the field it is
/// wrong with.
class SpecForm : public QWidget {
    Q_OBJECT
public:
    SpecForm(const ExperimentInfo& info, QWidget* parent = nullptr);

    /// The values as they stand, right or wrong.
    std::map<std::string, Value> values() const;
    void setValues(const std::map<std::string, Value>& values);
    void setValue(const std::string& key, const Value& value);
    Value value(const std::string& key) const { return m_rows.at(key).editor->value(); }
    /// Sets these, and what differs from them is marked from now on, instead of what is not the default.
    void startFrom(const Values& values);
    /// Takes what was typed but not yet confirmed.
    void commit();
    /// Problems appear under their fields, which are marked; those without a field are for somebody else to show.
    void showProblems(const std::vector<Problem>& problems);
    /// A line under a field that names a network; empty: none.
    void showNote(const std::string& key, const QString& note);
    /// Null when no field is marked.
    QWidget* firstProblem() const;
    /// The field that has the keyboard; nothing when that is elsewhere.
    std::optional<std::string> focused() const;
    /// Gives the keyboard to the first field.
    void focusFirst();
    /// Leaves these fields out, but says in one line how they are set. What keeps the experiment from running is shown all the same.
    void hideFields(std::set<std::string> keys);
    /// Marks the question that the settings ask: a contrast's id, empty for the plain one, nothing for none of them.
    void showContrast(const std::optional<std::string>& id);

Q_SIGNALS:
    void edited(const QString& key);
    /// A slider is being dragged, or is so no longer.
    void held(bool held);
    /// What this field names is to be shown.
    void lookAsked(const QString& key);
    /// Empty: the plain question.
    void contrastChosen(const QString& id);
    /// A field is to be as it was: its default, or what the form started from.
    void restoreAsked(const QString& key);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Group {
        QLabel* heading;
        QString words;
    };
    struct Row {
        FieldEditor* editor;
        QLabel* label;
        QLabel* problem;
        std::size_t group;
        QToolButton* look = nullptr; ///< at a data set or a network
        QLabel* note = nullptr; ///< of a network
        bool wrong = false;
    };
    void addGroup(const ExperimentInfo& info, const Text& group);
    void watch(const Row& row);
    void openMenu(const std::string& key, QMenu* menu, const QPoint& at);
    QToolButton* addLook(const Field& field);
    int addContrasts(const ExperimentInfo& info, QGridLayout& grid);
    QLabel* addNote(const QString& name);
    bool holds(const Field::Condition& condition) const;
    void updateVisibility();
    const Value& before(const std::string& key) const;
    void showChanges();
    void showHidden();
    void updateRanges();

    std::vector<Group> m_groups;
    std::vector<std::string> m_keys; ///< in the order of the form
    std::map<std::string, Row> m_rows;
    Values m_start; ///< empty: the defaults
    std::map<std::string, QPushButton*> m_contrasts;
    std::set<std::string> m_hidden; ///< keys
    QLabel* m_hiddenWords; ///< how they are set
};

} // namespace bitstill
