#pragma once

#include "engine/experiment/field.h"

#include <QWidget>

class QLabel;

namespace bitstill {

/// Edits one field. Named "field.<key>"; what the user does comes out as edited().
class FieldEditor : public QWidget {
    Q_OBJECT
public:
    static FieldEditor* make(const Field& field, QWidget* parent);

    const Field& field() const { return m_field; }
    virtual Value value() const = 0;
    virtual void setValue(const Value& value) = 0;
    /// Takes what was typed but not yet confirmed.
    virtual void commit() { }
    /// Int on a slider: its upper end, where model or data leave less than the field's own.
    virtual void setHighest(std::int64_t) { }
    /// Marks the control, or with an empty text takes the mark away.
    void setProblem(const QString& problem);
    /// What it has been changed from, in words that are said where help is; empty: it is as it was.
    void setChangedFrom(const QString& before);
    /// What the field is for, and what it was before it was changed.
    QString help() const;

Q_SIGNALS:
    void edited();
    /// A slider is being dragged, or is so no longer.
    void held(bool held);

protected:
    FieldEditor(const Field& field, QWidget* parent);
    /// Gives the control that has the focus its name, tooltip and accessible name.
    void name(QWidget* control);
    /// Which control a problem marks, when it is not the one that has the name.
    void mark(QWidget* control) { m_marked = control; }

    Field m_field;

private:
    void tell();

    QString m_problem;
    QString m_changedFrom;
    QWidget* m_control = nullptr;
    QWidget* m_marked = nullptr;
};

} // namespace bitstill
