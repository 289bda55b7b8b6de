#include "app/presenter.h"

#include <QCoreApplication>
#include <QProcess>
#include <QScreen>
#include <QWidget>

namespace bitstill {

namespace {

constexpr double kLarger = 1.5;
const QString kMark = QStringLiteral("BITSTILL_PRESENTER"), kScale = QStringLiteral("QT_SCALE_FACTOR");

} // namespace

bool isPresenting(const QProcessEnvironment& environment) { return environment.contains(kMark); }

QProcessEnvironment otherSize(QProcessEnvironment environment)
{
    // The mark holds the scale as it was before.
    if (isPresenting(environment)) {
        const QString before = environment.value(kMark);
        environment.remove(kMark);
        environment.remove(kScale);
        if (!before.isEmpty()) environment.insert(kScale, before);
        return environment;
    }
    const QString now = environment.value(kScale);
    const double scale = now.toDouble() > 0 ? now.toDouble() : 1;
    environment.insert(kMark, now);
    environment.insert(kScale, QString::number(scale * kLarger));
    return environment;
}

Text whyNoOtherSize(const QWidget& window, const QProcessEnvironment& environment)
{
    if (isPresenting(environment)) return {};
    const QSize room = window.screen()->availableSize(), needed = window.minimumSizeHint() * kLarger;
    if (room.width() >= needed.width() && room.height() >= needed.height()) return {};
    return text("Presenter size needs a screen of %1 × %2; this one has %3 × %4.", std::to_string(needed.width()),
        std::to_string(needed.height()), std::to_string(room.width()), std::to_string(room.height()));
}

bool startOtherSize()
{
    QProcess next;
    next.setProgram(QCoreApplication::applicationFilePath());
    next.setProcessEnvironment(otherSize(QProcessEnvironment::systemEnvironment()));
    return next.startDetached();
}

} // namespace bitstill
