#pragma once

#include "engine/experiment/figure.h"

#include <QTableWidget>

namespace bitstill {

/// The numbers of a figure, the same as in its CSV: sorted by a click on a heading, copied by Ctrl+C.
class FigureTable : public QTableWidget {
public:
    explicit FigureTable(const Figure& figure, QWidget* parent = nullptr);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void copySelection() const;
};

} // namespace bitstill
