#pragma once

#include <QStyle>
#include <QWidget>

namespace bitstill {

/// After a property changed that the style sheet asks for.
inline void restyle(QWidget& widget)
{
    widget.style()->unpolish(&widget);
    widget.style()->polish(&widget);
}

} // namespace bitstill
