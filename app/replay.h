#pragma once

#include "app/document.h"

#include <QTimer>

namespace bitstill {

/// Moves through the moments of a run: by one, to its ends, or playing them one after another. Now is the last of them.
class Replay : public QObject {
    Q_OBJECT
public:
    /// `document`: the one that is looked at.
    explicit Replay(std::function<Document&()> document, QObject* parent = nullptr);

    void step(int by);
    void toFirst();
    void toNow();
    /// Plays from the moment looked at, from the first when that is now; or stops.
    void toggle();
    void stop();
    bool isPlaying() const { return m_timer.isActive(); }

Q_SIGNALS:
    void playingChanged();

private:
    int moments() const;
    int position() const;
    void show(int position);
    void advance();

    std::function<Document&()> m_document;
    QTimer m_timer;
};

} // namespace bitstill
