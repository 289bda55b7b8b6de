#pragma once

#include "engine/core/text.h"
#include "paint/theme.h"

#include <QAction>
#include <optional>

namespace bitstill {

/// Words of a person or a file in a menu, which would take "&" for a key.
inline QString asItem(QString words) { return words.replace(QLatin1Char('&'), QStringLiteral("&&")); }

/// The same in a help that appears: Qt takes what looks like HTML for HTML, and would read the files that it names.
inline QString asHelp(const QString& words) { return QStringLiteral("<p>%1</p>").arg(words.toHtmlEscaped()); }

/// What can be asked of the window, each once: menus, buttons and the page of keys show the same, and a key stands nowhere else. "run" is
/// the object "action.run".
class Actions : public QObject {
    Q_OBJECT
public:
    /// Their keys work in this window.
    Actions(const Theme& theme, const QString& language, QWidget& window);

    QAction& of(const char* name) const;

    struct State {
        bool running = false;
        bool paused = false;
        bool hasFigures = false;
        Text whyNoModelExport{}; ///< empty when a network can be exported
        bool canExplain = false; ///< there is a network that was rounded, and its loss can be taken apart
        bool canBranch = false; ///< an earlier moment of a run that is over is looked at
        Text undo{}, redo{}; ///< what they would change; empty when there is nothing
        bool hasMoments = false; ///< earlier ones can be looked at
        bool replaying = false; ///< they are being played
        bool instant = false; ///< is over as soon as it has begun
        bool operator==(const State&) const = default;
    };
    /// What can be done now.
    void setState(const State& state);

private:
    QAction& add(const QString& name, const QString& label, const QKeySequence& key = {}, const QString& help = {});
    void addFiles();
    void addEdits();
    void addRuns();
    void addViews(bool korean);
    void addHelp();
    void setIcon(const char* name, const QString& icon);

    Theme m_theme;
    QWidget& m_window;
    std::optional<State> m_state; ///< as setState last said
};

} // namespace bitstill
