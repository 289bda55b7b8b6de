#include "app/durations.h"

#include "app/settings.h"
#include "engine/core/thread_pool.h"
#include "engine/experiment/catalogue.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <cmath>

namespace bitstill {

namespace {

constexpr int kMostRuns = 50; // of an experiment

QString keyOf(const std::string& experiment) { return QStringLiteral("durations/") + QString::fromStdString(experiment); }

/// What was measured with another version or on another machine says nothing.
QString machine()
{
    static const QString name = QString::fromStdString(versionText() + ", " + cpuText() + " × " + std::to_string(defaultThreads()));
    return name;
}

/// What decides how much work there is. The seed does not, and live fields only change what is measured in passing.
QString settingsOf(Spec spec)
{
    spec.seed = 0;
    for (const Field& field : experimentInfo(spec.experiment).fields)
        if (field.live) spec.values.erase(field.key);
    return QString::fromStdString(specHash(spec));
}

QJsonObject keptOf(const std::string& experiment)
{
    const QJsonObject kept = QJsonDocument::fromJson(Settings::recalled(keyOf(experiment)).toString().toUtf8()).object();
    return kept[QLatin1String("machine")].toString() == machine() ? kept : QJsonObject{{QStringLiteral("machine"), machine()}};
}

} // namespace

Text inWords(double seconds)
{
    if (seconds < 90) return text("%1 s", std::to_string(std::max(1L, std::lround(seconds))));
    return text("%1 min", std::to_string(std::lround(seconds / 60)));
}

void keepDuration(const Record& record)
{
    const bool instant = experimentInfo(record.spec.experiment).instant; // nobody waits for it
    if (record.outcome != Outcome::Finished || !record.knobs.empty() || instant) return;
    QJsonObject kept = keptOf(record.spec.experiment);
    QJsonObject runs = kept[QLatin1String("runs")].toObject();
    const QString settings = settingsOf(record.spec);
    if (runs.size() >= kMostRuns && !runs.contains(settings)) runs = {};
    // A later run may find its teacher trained: the first one had all to do.
    const double seconds = std::max(record.seconds, runs[settings].toDouble());
    runs[settings] = seconds;
    kept[QLatin1String("runs")] = runs;
    kept[QLatin1String("last")] = seconds;
    Settings::remember(keyOf(record.spec.experiment), QString::fromUtf8(QJsonDocument(kept).toJson(QJsonDocument::Compact)));
}

std::optional<Took> tookBefore(const Spec& spec)
{
    const QJsonObject kept = keptOf(spec.experiment);
    const double same = kept[QLatin1String("runs")].toObject()[settingsOf(spec)].toDouble();
    const double last = kept[QLatin1String("last")].toDouble();
    if (same > 0) return Took{same, true};
    if (last > 0) return Took{last, false};
    return {};
}

Text durationSentence(const std::optional<Took>& took)
{
    if (!took) return text("How long it takes has not been measured on this machine yet.");
    const Text time = inWords(took->seconds);
    return took->sameSettings ? text("Takes about %1 here, measured in an earlier run with these settings.", time)
                              : text("An earlier run with other settings took %1 here.", time);
}

} // namespace bitstill
