#include "app/moment_slider.h"

#include <QMouseEvent>
#include <QStyleOptionSlider>

namespace bitstill {

MomentSlider::MomentSlider(QWidget* parent) : QSlider(Qt::Horizontal, parent)
{
    setPageStep(1); // Qt's ten are more moments than most runs have
}

void MomentSlider::mousePressEvent(QMouseEvent* event)
{
    QStyleOptionSlider option;
    initStyleOption(&option);
    const QRect groove = style()->subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderGroove, this),
                handle = style()->subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderHandle, this);
    const QPoint at = event->position().toPoint();
    if (event->button() == Qt::LeftButton && !handle.contains(at))
        setValue(QStyle::sliderValueFromPosition(
            minimum(), maximum(), at.x() - groove.left() - handle.width() / 2, groove.width() - handle.width(), option.upsideDown));
    QSlider::mousePressEvent(event); // the handle is there by now
}

} // namespace bitstill
