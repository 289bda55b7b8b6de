#!/usr/bin/env bash
# Qt Charts 6.4.2 (Debian 12): series names, titles and categories are HTML. A legend for "T<300 K" is drawn exactly as one for "T";
# what follows the "<" is taken for a tag and is gone, while name() still returns all of it.
# One would guess that a QString name is plain text, as in QLabel with a name that has no closing tag. So: toHtmlEscaped() for every
# name that holds data.
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
below=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
    libqt6charts6 libqt6svg6 | grep -E '^lib' | sort -u | grep -vE '^libc6$')
apt-get download -q $below qt6-base-dev=6.4.2+dfsg-10 qt6-charts-dev=6.4.2-3 qt6-svg-dev=6.4.2-2 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
lib=$here/usr/lib/x86_64-linux-gnu
include=$here/usr/include/x86_64-linux-gnu/qt6
cat > names.cpp <<'CPP'
#include <QtCharts/QChart>
#include <QtCharts/QLineSeries>
#include <QtGui/QPainter>
#include <QtWidgets/QApplication>
#include <QtWidgets/QGraphicsScene>
#include <cstdio>

QImage legendOf(const QString& name)
{
    QGraphicsScene scene;
    auto* chart = new QChart;
    auto* series = new QLineSeries;
    series->append(0, 0);
    series->append(1, 1);
    series->setName(name);
    chart->addSeries(series);
    chart->resize(400, 300);
    scene.addItem(chart);
    QImage image(400, 300, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    scene.render(&painter, {}, {0, 0, 400, 300});
    return image;
}

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    const QImage whole = legendOf("T<300 K"), cut = legendOf("T"), escaped = legendOf(QString("T<300 K").toHtmlEscaped());
    std::printf("\"T<300 K\" %s \"T\"\n", whole == cut ? "looks like" : "differs from");
    std::printf("escaped it %s \"T\"\n", escaped == cut ? "looks like" : "differs from");
}
CPP
g++ -std=c++17 -fPIC -I"$include" -I"$include"/Qt{Core,Gui,Widgets,Charts} names.cpp -L"$lib" -Wl,-rpath-link,"$lib" \
    -lQt6Charts -lQt6Widgets -lQt6Gui -lQt6Core -o names
LD_LIBRARY_PATH=$lib QT_PLUGIN_PATH=$lib/qt6/plugins QT_QPA_PLATFORM=offscreen ./names 2>/dev/null | tee seen
diff seen - <<'SEEN' && echo "as seen: Qt Charts 6.4.2"
"T<300 K" looks like "T"
escaped it differs from "T"
SEEN
