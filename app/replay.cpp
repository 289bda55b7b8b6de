#include "app/replay.h"

#include <algorithm>

namespace bitstill {

Replay::Replay(std::function<Document&()> document, QObject* parent) : QObject(parent), m_document(std::move(document))
{
    constexpr int kPace = 700; // milliseconds: a picture is understood, and twenty of them do not bore
    m_timer.setInterval(kPace);
    connect(&m_timer, &QTimer::timeout, this, &Replay::advance);
}

/// Those that were kept; now comes after them.
int Replay::moments() const
{
    const std::shared_ptr<const Snapshot> snapshot = m_document().run().latest();
    return snapshot ? static_cast<int>(snapshot->marks.size()) : 0;
}

int Replay::position() const { return m_document().shownMark() ? m_document().mark() : moments(); }

void Replay::show(int position)
{
    const int last = moments();
    const int to = std::clamp(position, 0, last);
    m_document().showMark(to < last ? to : -1);
}

void Replay::step(int by)
{
    stop();
    show(position() + by);
}

void Replay::toFirst()
{
    stop();
    show(0);
}

void Replay::toNow()
{
    stop();
    show(moments());
}

void Replay::toggle()
{
    if (isPlaying()) return stop();
    if (moments() == 0) return;
    if (position() == moments()) show(0);
    m_timer.start();
    Q_EMIT playingChanged();
}

void Replay::stop()
{
    if (!isPlaying()) return;
    m_timer.stop();
    Q_EMIT playingChanged();
}

void Replay::advance()
{
    show(position() + 1);
    if (position() == moments()) stop();
}

} // namespace bitstill
