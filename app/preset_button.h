#pragma once

#include "app/presets.h"

#include <QToolButton>

namespace bitstill {

class Actions;

/// The menu of presets over the form. It reads them when it is opened: files may have come or gone.
class PresetButton : public QToolButton {
    Q_OBJECT
public:
    PresetButton(const Actions& actions, QString language, QWidget* parent = nullptr);

    void setExperiment(const std::string& id) { m_experiment = id; }

Q_SIGNALS:
    void chosen(const bitstill::Spec& spec, const QString& title);
    void deleteAsked(const QString& file, const QString& title);

private:
    void fill();

    const Actions& m_actions;
    QString m_language;
    std::string m_experiment;
};

} // namespace bitstill
