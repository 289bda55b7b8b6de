#include "app/recent_files.h"

#include "app/settings.h"

#include <QFileInfo>

namespace bitstill {

namespace {

constexpr int kMost = 10;
const QString kKey = QStringLiteral("recent");

QStringList remembered() { return Settings::recalled(kKey).toStringList(); }

} // namespace

QStringList recentFiles()
{
    QStringList there;
    for (const QString& file : remembered())
        if (there.size() < kMost && QFileInfo::exists(file)) there << file;
    return there;
}

void addRecentFile(const QString& file)
{
    const QString whole = QFileInfo(file).absoluteFilePath();
    QStringList files = remembered();
    files.removeAll(whole);
    files.prepend(whole);
    Settings::remember(kKey, QStringList(files.mid(0, 2 * kMost))); // one that is gone may come back: a disk that is plugged in
}

void clearRecentFiles() { Settings::remember(kKey, QStringList()); }

} // namespace bitstill
