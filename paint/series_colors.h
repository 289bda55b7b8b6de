#pragma once

#include "engine/experiment/figure.h"
#include "paint/theme.h"

#include <QString>
#include <vector>

namespace bitstill {

/// The colours of a figure's series: that of the role, and where another series of the figure has that one already, one of its own. Dots of
/// a scatter are told apart by role only: their names stand for one dot each.
class SeriesColors {
public:
    SeriesColors() = default;
    SeriesColors(const Figure& figure, const Theme& theme);

    /// Of the series called so; of another one with this role where there is none of that name.
    QColor of(const QString& name, Role role) const;
    QColor of(const Text& name, Role role) const;

private:
    struct Entry {
        QString name;
        Role role;
        QColor color;
    };

    void add(const QString& name, Role role, const QColor& wanted, const Theme& theme);
    bool isTaken(const QColor& color) const;
    QColor freeOne(QColor wanted, const Theme& theme) const;

    std::vector<Entry> m_entries;
};

} // namespace bitstill
