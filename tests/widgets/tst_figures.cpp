#include <QtTest>
class T : public QObject { Q_OBJECT
private Q_SLOTS: void x() { QVERIFY(true); } };
QTEST_APPLESS_MAIN(T)
#include "tst_figures.moc"
