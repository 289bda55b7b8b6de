#include "app/about.h"

#include "engine/core/thread_pool.h"
#include "engine/experiment/record.h"
#include "engine/kernels/versions.h"

#include <Eigen/Core>
#include <QCoreApplication>
#include <array>

namespace bitstill {

namespace {

struct Package {
    QString name;
    const char* licence;
};

std::array<Package, 10> packages()
{
    const QString eigen = QStringLiteral("%1.%2.%3").arg(EIGEN_WORLD_VERSION).arg(EIGEN_MAJOR_VERSION).arg(EIGEN_MINOR_VERSION);
    return {{{QStringLiteral("Qt %1, Qt Charts, Qt SVG").arg(QLatin1String(qVersion())), "GPL-3.0"},
        {QStringLiteral("oneDNN %1").arg(QString::fromStdString(kernels::oneDnnVersion())), "Apache-2.0"},
        {QStringLiteral("Eigen %1").arg(eigen), "MPL-2.0"}, {QStringLiteral("JSON for Modern C++"), "MIT"},
        {QStringLiteral("zlib"), "Zlib"}, {QStringLiteral("SQLite"), "public domain"}, {QStringLiteral("libzip"), "BSD-3-Clause"},
        {QStringLiteral("Protocol Buffers"), "BSD-3-Clause"}, {QStringLiteral("ONNX"), "Apache-2.0"},
        {QStringLiteral("FlatBuffers"), "Apache-2.0"}}};
}

} // namespace

QString aboutMarkdown()
{
    QString page = QStringLiteral("## Bitstill %1\n\n").arg(QString::fromStdString(versionText()));
    page += QCoreApplication::translate("export", "See a network shrink: real networks, trained, quantized and distilled on this machine.");
    page += QStringLiteral("\n\n");
    const auto row = [&page](const QString& what, const QString& is) { page += QStringLiteral("- %1: %2\n").arg(what, is); };
    row(QCoreApplication::translate("export", "Build"), QString::fromStdString(buildText()));
    row(QCoreApplication::translate("export", "Processor"), QString::fromStdString(cpuText()));
    row(QCoreApplication::translate("export", "Threads"), QString::number(defaultThreads()));
    row(QCoreApplication::translate("export", "oneDNN's instruction set"), QString::fromStdString(kernels::instructionSet()));
    row(QCoreApplication::translate("export", "Licence"), QStringLiteral("GPL-3.0-or-later"));
    page += QStringLiteral("\n### %1\n\n").arg(QCoreApplication::translate("export", "What others wrote"));
    for (const Package& p : packages()) row(p.name, QLatin1String(p.licence));
    return page;
}

} // namespace bitstill
