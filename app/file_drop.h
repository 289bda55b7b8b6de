#pragma once

#include "engine/core/text.h"

#include <QObject>

class QDropEvent;
class QLabel;
class QWidget;

namespace bitstill {

/// What a file or folder is to the window, by its name or, for TFLite, its first bytes. A .json may be a run's record too.
enum class FileKind { Model, Experiment, Run, Sweep, Other };
FileKind fileKindOf(const QString& file);
/// Where what it holds belongs, of a file that has weights but is no model; empty of others.
Text whyNotOpened(const QString& file);

/// Files dropped anywhere on a window, and a hint over it, while they are dragged, of what will come of that.
class FileDrop : public QObject {
    Q_OBJECT
public:
    /// The window owns it.
    explicit FileDrop(QWidget& window);

    bool eventFilter(QObject* watched, QEvent* event) override;

Q_SIGNALS:
    /// A model, an experiment, a run, or a sweep's folder.
    void dropped(const QString& file);
    void refused(const bitstill::Text& why);

private:
    void showHint(const QDropEvent& event);
    void take(const QDropEvent& event);

    QWidget& m_window;
    QLabel* m_hint;
};

} // namespace bitstill
