#pragma once

#include <QSlider>

namespace bitstill {

/// A slider that goes where one clicks, and can be dragged on from there.
class MomentSlider : public QSlider {
    Q_OBJECT
public:
    explicit MomentSlider(QWidget* parent = nullptr);

protected:
    void mousePressEvent(QMouseEvent* event) override;
};

} // namespace bitstill
