#pragma once

#include <QMenuBar>
#include <functional>

namespace bitstill {

class Actions;
class Document;

/// The menu bar over the window's actions.
class Menus : public QMenuBar {
    Q_OBJECT
public:
    /// `document`: the one that is looked at, whenever it is asked for.
    Menus(const Actions& actions, std::function<Document&()> document);

Q_SIGNALS:
    void fileChosen(const QString& file);
    void nextChosen(const QString& experiment);

private:
    QMenu* add(const char* name, const QString& title, std::initializer_list<const char*> actions);
    void addRecent(QMenu& menu);
    void addChanges(QMenu& menu);
    void addExperiments(QMenu& menu);
    void addNext(QMenu& menu);

    const Actions& m_actions;
    std::function<Document&()> m_document;
};

} // namespace bitstill
