#pragma once

#include "engine/experiment/catalogue.h"
#include "engine/experiment/spec.h"
#include "widgets/field_editor.h"

#include <QWidget>
#include <map>

class QGridLayout;
class QLabel;

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
    /// Problems appear under their fields; those without a field are for somebody else to show.
    void showProblems(const std::vector<Problem>& problems);

Q_SIGNALS:
    void edited(const QString& key);
    void contrastChosen(const QString& id);

private:
    struct Row {
        FieldEditor* editor;
        QLabel* label;
        QLabel* problem;
    };
    int addContrasts(const ExperimentInfo& info, QGridLayout& grid);
    void updateVisibility();

    std::map<std::string, Row> m_rows;
};

} // namespace bitstill
