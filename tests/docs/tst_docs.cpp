// The documentation: F1 opens it in the window's language, every link leads to a page, and files that pages name are there.

#include "app/markdown_page.h"
#include "tests/support/window.h"

#include <QDir>
#include <QPushButton>
#include <QTextBlock>
#include <QTextBrowser>

using namespace bitstill;

class TestDocs : public WindowTest {
    Q_OBJECT

    static QString fileOf(const QString& path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    }
    static QDir docs() { return QDir(QStringLiteral(BITSTILL_SOURCE "/docs")); }
    void openIn(const char* language)
    {
        Settings settings = Settings::load();
        settings.language = QLatin1String(language);
        settings.save();
        open();
    }
    QTextBrowser* page() const { return m_window->findChild<QTextBrowser*>(QStringLiteral("docsPage")); }
    QString heading() const { return page()->document()->firstBlock().text(); }
    QPushButton* button(const char* name) const { return m_window->findChild<QPushButton*>(QLatin1String(name)); }

private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init() { forget(); }
    void cleanup() { m_window.reset(); }

    void f1OpensItAndLinksLeadOn()
    {
        openIn("en");
        QTest::keyClick(m_window.get(), Qt::Key_F1);
        QVERIFY(page() && page()->isVisible());
        QCOMPARE(heading(), QStringLiteral("Bitstill's documentation"));
        QVERIFY(!button("docsBack")->isEnabled());
        Q_EMIT page()->anchorClicked(QUrl(QStringLiteral("experiments.md")));
        QCOMPARE(heading(), QStringLiteral("The experiments"));
        QVERIFY(!page()->toPlainText().contains(QLatin1String("slow:"))); // marks are for the test
        Q_EMIT page()->anchorClicked(QUrl(QStringLiteral("../resources/lessons/squeeze.md")));
        QCOMPARE(heading(), QStringLiteral("What you see"));
        Q_EMIT page()->anchorClicked(QUrl(QStringLiteral("https://example.org/x.md"))); // the program opens no connection
        QCOMPARE(heading(), QStringLiteral("What you see"));
        button("docsBack")->click();
        QCOMPARE(heading(), QStringLiteral("The experiments"));
        button("docsContents")->click();
        QCOMPARE(heading(), QStringLiteral("Bitstill's documentation"));
        m_window->findChild<QAction*>(QStringLiteral("action.docs"))->trigger();
        QCOMPARE(m_window->findChildren<QTextBrowser*>(QStringLiteral("docsPage")).size(), 1);
        page()->window()->close();
        EVENTUALLY(!page());
    }

    void inKoreanWhereThereIsAPage()
    {
        openIn("ko");
        m_window->findChild<QAction*>(QStringLiteral("action.docs"))->trigger();
        QCOMPARE(heading(), QStringLiteral("Bitstill 문서"));
        Q_EMIT page()->anchorClicked(QUrl(QStringLiteral("first-quarter-hour.ko.md")));
        QCOMPARE(heading(), QStringLiteral("처음 15분"));
        for (const char* of : {"experiments.ko.md", "../resources/lessons/before-after.ko.md"}) { // 1~12 strikes nothing out
            Q_EMIT page()->anchorClicked(QUrl(QLatin1String(of)));
            QVERIFY2(!page()->toHtml().contains(QLatin1String("line-through")), of);
            QVERIFY2(page()->toPlainText().contains(QStringLiteral("1~12")), of);
        }
        Q_EMIT page()->anchorClicked(QUrl(QStringLiteral("sweeps.md"))); // English alone
        QCOMPARE(heading(), QStringLiteral("Sweeps"));
    }

    void everyPageIsInTheProgramAndEveryLinkLeadsSomewhere()
    {
        static const QRegularExpression link(QStringLiteral("\\]\\(([^)]+)\\)")),
            source(QStringLiteral("`((?:engine|tests)/[a-z0-9_/.]+)`"));
        const QStringList files = docs().entryList({QStringLiteral("*.md")}, QDir::Files);
        QVERIFY(files.size() >= 14);
        for (const QString& name : files) {
            const QString text = fileOf(docs().filePath(name));
            QCOMPARE(fileOf(QStringLiteral(":/docs/") + name), text);
            for (auto it = link.globalMatch(text); it.hasNext();) {
                const QString to = it.next().captured(1);
                if (to.startsWith(QLatin1String("try:"))) continue; // shows how a lesson is written: tst_lessons opens it
                QVERIFY2(docs().exists(to), qPrintable(name + QStringLiteral(": ") + to));
                QVERIFY2(!name.contains(QLatin1String(".ko.")) || to.contains(QLatin1String(".ko."))
                        || !docs().exists(QString(to).replace(QLatin1String(".md"), QLatin1String(".ko.md"))),
                    qPrintable(name + QStringLiteral(" leads out of Korean: ") + to));
            }
            for (auto it = source.globalMatch(text); it.hasNext();) {
                const QString file = it.next().captured(1);
                QVERIFY2(QFileInfo::exists(QStringLiteral(BITSTILL_SOURCE "/") + file), qPrintable(name + QStringLiteral(": ") + file));
            }
        }
    }
};

QTEST_MAIN(TestDocs)
#include "tst_docs.moc"
