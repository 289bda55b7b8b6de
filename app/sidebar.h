#pragma once

#include <QWidget>

class QButtonGroup;

namespace bitstill {

/// The experiments in the order of the course, and the switches for language and theme.
class Sidebar : public QWidget {
    Q_OBJECT
public:
    explicit Sidebar(bool dark, const QString& language, QWidget* parent = nullptr);

    void select(const QString& experiment);

Q_SIGNALS:
    void chosen(const QString& experiment);
    void themeChosen(const QString& theme);
    void languageChosen(const QString& language);

private:
    QButtonGroup* m_buttons;
};

} // namespace bitstill
