#include "app/placement.h"

#include <QScreen>
#include <QWindow>
#include <algorithm>

namespace bitstill {

namespace {

/// Frame and title that a window manager puts around; how large is only known later.
constexpr QMargins kFrame{8, 36, 8, 8};

/// Smaller than this no one has left it: what was saved is damaged.
constexpr QSize kLeast{400, 300};

} // namespace

void place(QWidget& window, const QByteArray& saved, QSize wanted)
{
    const bool restored = window.restoreGeometry(saved) && window.width() >= kLeast.width() && window.height() >= kLeast.height();
    const QRect room = window.screen()->availableGeometry().marginsRemoved(kFrame);
    const QSize size = (restored ? window.size() : wanted).boundedTo(room.size());
    if (window.windowState() & (Qt::WindowMaximized | Qt::WindowFullScreen)) return;
    if (size != window.size()) window.resize(size);
    if (!restored) return; // where it lies is the window manager's choice
    const QRect lies = window.geometry();
    window.setGeometry(QRect({std::clamp(lies.x(), room.left(), std::max(room.left(), room.right() + 1 - lies.width())),
                                 std::clamp(lies.y(), room.top(), std::max(room.top(), room.bottom() + 1 - lies.height()))},
        lies.size()));
}

void letGiveWay(QDialog& dialog)
{
    dialog.setWindowFlags(Qt::Window);
    dialog.winId(); // which makes the handle
    dialog.windowHandle()->setTransientParent(nullptr);
}

} // namespace bitstill
