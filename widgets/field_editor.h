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

Q_SIGNALS:
    void edited();

protected:
    FieldEditor(const Field& field, QWidget* parent);
    /// Gives the control that has the focus its name, tooltip and accessible name.
    void name(QWidget* control);

    Field m_field;
};

} // namespace bitstill
