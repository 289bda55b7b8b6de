#!/usr/bin/env bash
# QPdfWriter of Qt 6.4.2 with the font Inter 4.0 beta 7 (both Debian 12): "T<300 K" is drawn as it should be, but who searches or copies
# the page's text (pdftotext of poppler 22.12.0) finds "T 300 K"; "a<b" is whole. Before a digit Inter's contextual alternates replace
# "<" by another glyph, and a glyph that no character of the font's own table leads to gets no character in the page's text either.
# One would guess that the text of a page does not depend on the neighbours of a letter. So: never rely on finding all of a name in a
# PDF of charts; tests of such pages use letters that the font leaves alone.
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
below=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
    libqt6gui6 poppler-utils | grep -E '^lib' | sort -u | grep -vE '^libc6$')
apt-get download -q $below qt6-base-dev=6.4.2+dfsg-10 poppler-utils fonts-inter=4.0~beta7+ds-1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
lib=$here/usr/lib/x86_64-linux-gnu
include=$here/usr/include/x86_64-linux-gnu/qt6
cat > page.cpp <<'CPP'
#include <QtGui/QFontDatabase>
#include <QtGui/QGuiApplication>
#include <QtGui/QPainter>
#include <QtGui/QPdfWriter>

int main(int argc, char** argv)
{
    QGuiApplication application(argc, argv);
    const int id = QFontDatabase::addApplicationFont(argv[1]);
    QPdfWriter page(argv[2]);
    QPainter painter(&page);
    painter.setFont(QFont(QFontDatabase::applicationFontFamilies(id).value(0), 20));
    int y = 1000;
    for (const char* text : {"T<300 K", "T < 300 K", "a<b", "a < b"}) painter.drawText(500, y += 1000, text);
}
CPP
g++ -std=c++17 -fPIC -I"$include" -I"$include"/Qt{Core,Gui} page.cpp -L"$lib" -Wl,-rpath-link,"$lib" -lQt6Gui -lQt6Core -o page
export LD_LIBRARY_PATH=$lib
QT_PLUGIN_PATH=$lib/qt6/plugins QT_QPA_PLATFORM=offscreen ./page usr/share/fonts/opentype/inter/Inter-Regular.otf page.pdf 2>/dev/null
usr/bin/pdftotext -raw page.pdf - | tr -d "\f" | sed "/^$/d" | tee seen
diff seen - <<'SEEN' && echo "as seen: Qt 6.4.2, Inter 4.0 beta 7, poppler 22.12.0"
T 300 K
T 300 K
a<b
a < b
SEEN
