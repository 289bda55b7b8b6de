#pragma once

#include "app/document.h"
#include "app/inspector.h"
#include "app/look_window.h"

namespace bitstill {

class SpecForm;

/// What stands beside the fields that name a data set or a network: a line under each network, and a window for each that is asked for.
class Looks : public QObject {
    Q_OBJECT
public:
    explicit Looks(QWidget* window);

    /// Follows these settings from now on.
    void follow(Document& document, SpecForm& form);
    /// Draws all anew in this theme, and in the language of the application.
    void setTheme(const Theme& theme);
    /// The settings have changed, and this is wrong with them.
    void update(std::vector<Problem> problems);
    void open(const QString& field);

Q_SIGNALS:
    void asked(const bitstill::FigurePointer& figure, bitstill::FigureCommand command, QWidget* parent);

private:
    void showAll();
    void updateWindow(LookWindow& window);
    Text problemOf(const std::string& field) const;
    OverviewPointer lookAt(const Field& field, bool reads);

    QWidget* m_window;
    Document* m_document = nullptr;
    SpecForm* m_form = nullptr;
    Theme m_theme = Theme::light();
    std::vector<Problem> m_problems; ///< of the settings
    Inspector m_inspector;
};

} // namespace bitstill
