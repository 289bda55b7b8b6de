#include "paint/outline_painter.h"

#include <QPainterPath>

namespace bitstill {

/// It draws no text: what Qt does for such an engine is to draw the outlines of the letters.
class OutlineDevice::Engine : public QPaintEngine {
public:
    explicit Engine(QPainter& target) : QPaintEngine(AllFeatures), m_target(target), m_base(target.transform()) { }

    bool begin(QPaintDevice*) override { return true; }
    bool end() override { return true; }
    Type type() const override { return User; }

    void updateState(const QPaintEngineState& s) override
    {
        const DirtyFlags changed = s.state();
        if (changed & DirtyTransform) m_target.setTransform(s.transform() * m_base);
        if (changed & DirtyPen) m_target.setPen(s.pen());
        if (changed & DirtyBrush) m_target.setBrush(s.brush());
        if (changed & DirtyBrushOrigin) m_target.setBrushOrigin(s.brushOrigin());
        if (changed & DirtyOpacity) m_target.setOpacity(s.opacity());
        if (changed & DirtyHints) m_target.setRenderHints(s.renderHints());
        if (changed & DirtyClipPath) m_target.setClipPath(s.clipPath(), s.clipOperation());
        if (changed & DirtyClipRegion) m_target.setClipRegion(s.clipRegion(), s.clipOperation());
        if (changed & DirtyClipEnabled) m_target.setClipping(s.isClipEnabled());
    }
    void drawPath(const QPainterPath& path) override { m_target.drawPath(path); }
    void drawPolygon(const QPointF* points, int count, PolygonDrawMode mode) override
    {
        if (mode == PolylineMode)
            m_target.drawPolyline(points, count);
        else
            m_target.drawPolygon(points, count, mode == WindingMode ? Qt::WindingFill : Qt::OddEvenFill);
    }
    void drawPixmap(const QRectF& to, const QPixmap& pixmap, const QRectF& from) override { m_target.drawPixmap(to, pixmap, from); }
    void drawImage(const QRectF& to, const QImage& image, const QRectF& from, Qt::ImageConversionFlags flags) override
    {
        m_target.drawImage(to, image, from, flags);
    }

private:
    QPainter& m_target;
    QTransform m_base;
};

OutlineDevice::OutlineDevice(QPainter& target) : m_target(target), m_engine(std::make_unique<Engine>(target)) { }
OutlineDevice::~OutlineDevice() = default;
QPaintEngine* OutlineDevice::paintEngine() const { return m_engine.get(); }

int OutlineDevice::metric(PaintDeviceMetric which) const
{
    const QPaintDevice& device = *m_target.device();
    switch (which) {
    case PdmWidth: return device.width();
    case PdmHeight: return device.height();
    case PdmWidthMM: return device.widthMM();
    case PdmHeightMM: return device.heightMM();
    case PdmNumColors: return device.colorCount();
    case PdmDepth: return device.depth();
    case PdmDpiX: return device.logicalDpiX();
    case PdmDpiY: return device.logicalDpiY();
    case PdmPhysicalDpiX: return device.physicalDpiX();
    case PdmPhysicalDpiY: return device.physicalDpiY();
    default: return QPaintDevice::metric(which);
    }
}

} // namespace bitstill
