#!/usr/bin/env bash
# Qt Charts 6.4.2 (Debian 12): a bar chart loses bars without a word. QBarCategoryAxis drops a category whose text was there before,
# and QBarSet's << drops NaN, so that every later bar stands under the label of another.
# One would guess that n texts make n places and n values make n bars. So: make texts unique, fill bar sets with zeros and put NaN
# in by replace(i, NaN).
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
below=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
    libqt6charts6 libqt6svg6 | grep -E '^lib' | sort -u | grep -vE '^libc6$')
apt-get download -q $below qt6-base-dev=6.4.2+dfsg-10 qt6-charts-dev=6.4.2-3 qt6-svg-dev=6.4.2-2 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
lib=$here/usr/lib/x86_64-linux-gnu
include=$here/usr/include/x86_64-linux-gnu/qt6
cat > bars.cpp <<'CPP'
#include <QtCharts/QBarCategoryAxis>
#include <QtCharts/QBarSet>
#include <QtWidgets/QApplication>
#include <cmath>
#include <cstdio>

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    QBarCategoryAxis axis;
    axis.append(QStringList{"8 bit", "4 bit", "8 bit", "2 bit"});
    std::printf("4 texts, one of them twice: %d categories, the third is \"%s\"\n", int(axis.count()), qPrintable(axis.at(2)));
    QBarSet set("bits");
    set << 1 << NAN << 3;
    std::printf("1, NaN, 3: %d values, the second is %g\n", set.count(), set.at(1));
    QBarSet kept("bits");
    kept << 1 << 0 << 3;
    kept.replace(1, NAN);
    std::printf("NaN put in by replace: %d values, the third is %g\n", kept.count(), kept.at(2));
}
CPP
g++ -std=c++17 -fPIC -I"$include" -I"$include"/Qt{Core,Gui,Widgets,Charts} bars.cpp -L"$lib" -Wl,-rpath-link,"$lib" \
    -lQt6Charts -lQt6Widgets -lQt6Gui -lQt6Core -o bars
LD_LIBRARY_PATH=$lib QT_PLUGIN_PATH=$lib/qt6/plugins QT_QPA_PLATFORM=offscreen ./bars 2>/dev/null | tee seen
diff seen - <<'SEEN' && echo "as seen: Qt Charts 6.4.2"
4 texts, one of them twice: 3 categories, the third is "2 bit"
1, NaN, 3: 2 values, the second is 3
NaN put in by replace: 3 values, the third is 3
SEEN
