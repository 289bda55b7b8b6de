#pragma once

#include <QStringList>

namespace bitstill {

/// Files and folders that were opened or saved, the newest first, at most ten; without those that are gone.
QStringList recentFiles();
void addRecentFile(const QString& file);
void clearRecentFiles();

} // namespace bitstill
