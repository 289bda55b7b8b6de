#pragma once

#include "engine/experiment/figure.h"

#include <QColor>
#include <QFont>
#include <QPalette>
#include <QString>
#include <array>

namespace bitstill {

/// Colours and type of everything that is drawn; nothing else names a colour. Okabe & Ito's palette.
struct Theme {
    bool dark = false;
    QColor page, card, line, text, muted, accent, accentWash, onAccent, grid, problem, problemWash;
    QColor before, after, teacher, taught, alone, train, test;
    std::array<QColor, 2> more; ///< of no role: for a second series of one

    static Theme light();
    static Theme darkTheme();

    QColor colorOf(Role role) const;
    /// Those that can be dragged stand out.
    QColor colorOf(const Marker& marker) const;
    /// 0...1 on a map from the card's colour to the accent.
    QColor heat(double share) const;
    /// 0...1 from the wash to the colour of problems, through no grey: pale is fine, strong is what to look at.
    QColor warmth(double share) const;
    /// Of the two colours for words the one that can be read on `fill`.
    QColor on(const QColor& fill) const;

    static QFont body();
    static QFont small(); ///< captions
    static QFont axis(); ///< axis labels
    static QFont cardTitle();
    static QFont pageTitle();

    /// For everything that the style draws by itself: tables, file dialogs, menus of text boxes.
    QPalette palette() const;
    /// Style sheet of the application, on top of that palette.
    QString styleSheet() const;
};

} // namespace bitstill
