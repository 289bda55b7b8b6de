#!/usr/bin/env bash
# QSvgGenerator of Qt SVG 6.4.2 (Debian 12) writes title and description into the file as they are: "accuracy < 90 % & bits > 4" makes a
# file that no XML parser reads. Text that is painted is escaped.
# One would guess that a writer of XML escapes what it is given. So: toHtmlEscaped() before setTitle and setDescription.
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
below=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
    libqt6charts6 libqt6svg6 | grep -E '^lib' | sort -u | grep -vE '^libc6$')
apt-get download -q $below qt6-base-dev=6.4.2+dfsg-10 qt6-charts-dev=6.4.2-3 qt6-svg-dev=6.4.2-2 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
lib=$here/usr/lib/x86_64-linux-gnu
include=$here/usr/include/x86_64-linux-gnu/qt6
cat > title.cpp <<'CPP'
#include <QtCore/QBuffer>
#include <QtCore/QXmlStreamReader>
#include <QtGui/QPainter>
#include <QtSvg/QSvgGenerator>
#include <QtWidgets/QApplication>
#include <cstdio>

bool readable(const QString& title, const QString& painted)
{
    QBuffer file;
    QSvgGenerator svg;
    svg.setOutputDevice(&file);
    svg.setSize({100, 100});
    svg.setTitle(title);
    {
        QPainter painter(&svg);
        painter.drawText(10, 50, painted);
    }
    QXmlStreamReader reader(file.data());
    while (!reader.atEnd()) reader.readNext();
    return !reader.hasError();
}

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    const QString text = "accuracy < 90 % & bits > 4";
    std::printf("as painted text: %s\n", readable("figure", text) ? "a file" : "no XML");
    std::printf("as title: %s\n", readable(text, "figure") ? "a file" : "no XML");
    std::printf("as title, escaped: %s\n", readable(text.toHtmlEscaped(), "figure") ? "a file" : "no XML");
}
CPP
g++ -std=c++17 -fPIC -I"$include" -I"$include"/Qt{Core,Gui,Widgets,Svg} title.cpp -L"$lib" -Wl,-rpath-link,"$lib" \
    -lQt6Svg -lQt6Widgets -lQt6Gui -lQt6Core -o title
LD_LIBRARY_PATH=$lib QT_PLUGIN_PATH=$lib/qt6/plugins QT_QPA_PLATFORM=offscreen ./title 2>/dev/null | tee seen
diff seen - <<'SEEN' && echo "as seen: Qt SVG 6.4.2"
as painted text: a file
as title: no XML
as title, escaped: a file
SEEN
