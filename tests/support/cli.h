#pragma once

#include "tests/support/files.h"
#include "tests/support/quick.h"

#include <QProcess>
#include <algorithm>
#include <string>

namespace bitstill {

constexpr const char* kFormats = BITSTILL_GUI ? "svg,png,pdf,csv" : "csv";

struct Result {
    int status = -1;
    std::string out, err;
};

inline Result cli(const QStringList& arguments)
{
    QProcess p;
    p.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"), arguments);
    p.waitForFinished(120000);
    return {p.exitStatus() == QProcess::NormalExit ? p.exitCode() : -1, p.readAllStandardOutput().toStdString(),
        p.readAllStandardError().toStdString()};
}

/// In a shell, which sets limits and streams; `$cli` is the program.
inline Result shell(const QString& command)
{
    QProcess p;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("cli"), QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"));
    p.setProcessEnvironment(environment);
    p.start(QStringLiteral("/bin/bash"), {QStringLiteral("-c"), command});
    p.waitForFinished(120000);
    return {p.exitStatus() == QProcess::NormalExit ? p.exitCode() : -1, p.readAllStandardOutput().toStdString(),
        p.readAllStandardError().toStdString()};
}

inline std::size_t lines(const std::string& text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

inline QStringList quick(const QString& experiment)
{
    QStringList arguments{QStringLiteral("run"), experiment};
    const Spec spec = quickestSpec(experiment.toStdString());
    for (const auto& [key, value] : spec.values)
        if (!(value == defaultSpec(spec.experiment).values.at(key)))
            arguments << QStringLiteral("--set") << QString::fromStdString(key + "=" + describe(value));
    return arguments;
}

} // namespace bitstill
