#include "app/sweep_draft.h"

#include "engine/experiment/catalogue.h"

#include <QDir>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QThread>
#include <algorithm>

namespace bitstill {

namespace {

QString newFolder(const std::string& experiment)
{
    const QString place = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/bitstill/sweeps/")
        + QString::fromStdString(experiment) + QLatin1Char('-');
    for (int n = 1;; ++n)
        if (const QString folder = place + QString::number(n); !QFileInfo::exists(folder)) return folder;
}

/// People write a space behind a comma.
std::string tidy(const std::string& list)
{
    static const QRegularExpression comma(QStringLiteral("\\s*,\\s*"));
    return QString::fromStdString(list).trimmed().replace(comma, QStringLiteral(",")).toStdString();
}

} // namespace

std::string suggestedValues(const Field& field, const Value& now)
{
    constexpr std::size_t kFewWords = 4;
    constexpr double kFewNumbers = 10;
    std::string all;
    switch (field.kind) {
    case Field::Kind::Flag: return "false,true";
    case Field::Kind::Choice:
        if (field.choices.size() > kFewWords) break;
        for (const Field::Choice& choice : field.choices) all += (all.empty() ? "" : ",") + choice.value;
        return all;
    case Field::Kind::Int:
        if (field.high - field.low < kFewNumbers)
            return std::to_string(static_cast<int>(field.low)) + ".." + std::to_string(static_cast<int>(field.high));
        break;
    case Field::Kind::Real:
    case Field::Kind::Name:
    case Field::Kind::File: break;
    }
    return describe(now);
}

SweepDraft draftFrom(const Spec& base)
{
    const ExperimentInfo& info = experimentInfo(base.experiment);
    const Field* first = fieldOf(info, "quant.bits");
    if (!first) first = &info.fields.front();
    SweepDraft draft{.base = base,
        .axes = {{first->key, suggestedValues(*first, base.values.at(first->key))}},
        .seeds = "1..5",
        .folder = newFolder(base.experiment).toStdString(),
        .jobs = std::max(1, QThread::idealThreadCount())};
    return draft;
}

SweepGrid gridOf(const SweepDraft& draft, std::vector<Problem>& problems)
{
    const ExperimentInfo& info = experimentInfo(draft.base.experiment);
    SweepGrid grid{.base = draft.base, .axes = {}, .seeds = {}};
    for (const SweepDraft::Axis& axis : draft.axes) grid.axes.push_back(gridAxis(info, axis.key + "=" + tidy(axis.values), problems));
    grid.seeds = sweepSeeds(tidy(draft.seeds), problems);
    if (draft.folder.empty()) problems.push_back({"folder", text("the sweep needs a folder"), text("name one that is to be made")});
    if (problems.empty()) problems = validate(grid);
    return grid;
}

QStringList sweepArguments(const SweepDraft& draft)
{
    const auto pair = [](const std::string& key, const std::string& value) { return QString::fromStdString(key + "=" + value); };
    QStringList words{QStringLiteral("sweep"), QString::fromStdString(draft.base.experiment)};
    const Values plain = defaultSpec(draft.base.experiment).values;
    for (const auto& [key, value] : draft.base.values) {
        const std::string& name = key;
        const bool varies = std::any_of(draft.axes.begin(), draft.axes.end(), [&name](const auto& axis) { return axis.key == name; });
        if (!varies && !(plain.at(key) == value)) words << QStringLiteral("--set") << pair(key, describe(value));
    }
    for (const SweepDraft::Axis& axis : draft.axes) words << QStringLiteral("--grid") << pair(axis.key, tidy(axis.values));
    words << QStringLiteral("--seeds") << QString::fromStdString(tidy(draft.seeds));
    words << QStringLiteral("--out") << QString::fromStdString(draft.folder);
    words << QStringLiteral("--jobs") << QString::number(draft.jobs);
    return words;
}

QString shellLine(const QStringList& words)
{
    static const QRegularExpression safe(QStringLiteral("^[A-Za-z0-9_./=,:@%+-]+$"));
    QStringList quoted;
    for (const QString& word : words) {
        if (safe.match(word).hasMatch())
            quoted << word;
        else
            quoted << QLatin1Char('\'') + QString(word).replace(QLatin1Char('\''), QStringLiteral("'\\''")) + QLatin1Char('\'');
    }
    return quoted.join(QLatin1Char(' '));
}

} // namespace bitstill
