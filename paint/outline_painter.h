#pragma once

#include <QPaintDevice>
#include <QPaintEngine>
#include <QPainter>
#include <memory>

namespace bitstill {

/// Passes on to another painter what is drawn on it, letters as shapes.
class OutlineDevice : public QPaintDevice {
public:
    explicit OutlineDevice(QPainter& target);
    ~OutlineDevice() override;

    QPaintEngine* paintEngine() const override;

protected:
    int metric(PaintDeviceMetric which) const override;

private:
    class Engine;
    QPainter& m_target;
    std::unique_ptr<Engine> m_engine;
};

} // namespace bitstill
