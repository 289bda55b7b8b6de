// Lessons of a teacher: Markdown files among the user's data.

#include "app/lesson.h"
#include "app/lesson_terms.h"
#include "app/markdown_page.h"
#include "tests/support/lessons.h"

#include <random>

using namespace bitstill;

class TestOwnLessons : public LessonTest {
    Q_OBJECT

    static void write(const char* name, const std::string& bytes)
    {
        QDir().mkpath(lessonFolder());
        std::ofstream((lessonFolder() + QLatin1Char('/') + QLatin1String(name)).toStdString()) << bytes;
    }

private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init() { forget(); }
    void cleanup() { m_window.reset(); }

    void aTeachersLessonIsChosenFollowedTickedAndRemembered()
    {
        write("four.md", "experiment: before-after\ntitle: Four & <b>fewer</b>\n\n1. Take [four](try:quant.bits=4).\n");
        write("other.md", "experiment: four-ways\ntitle: Of another\n\nx\n");
        open();
        chooseQuickRun();
        Q_EMIT find<QMenu>("menu.lessons")->aboutToShow();
        QVERIFY(find<QAction>("lesson.")->isChecked());
        QVERIFY(!m_window->findChild<QAction*>(QStringLiteral("lesson.other")));
        QVERIFY(find<QAction>("lesson.four")->toolTip().contains(QLatin1String("Four &amp; &lt;b&gt;fewer"))); // words, not HTML
        choose("lesson.four");
        QVERIFY2(page().startsWith(QLatin1String("Take four.")), qPrintable(page()));
        QCOMPARE(tried(), QStringLiteral("0 of 1 tried"));
        follow("try:quant.bits=4");
        EVENTUALLY(tried() == QLatin1String("1 of 1 tried"));
        QCOMPARE(spec().integer("quant.bits"), std::int64_t{4});
        m_window.reset();
        open();
        QVERIFY2(page().contains(QString::fromUtf8("Take ✓ four.")), qPrintable(page()));
        choose("lesson.");
        QVERIFY(page().contains(QLatin1String("What to try")));
    }

    void itMayHaveAKoreanFile()
    {
        write("a.md", "experiment: number-line\ntitle: Two\n\ntwo\n");
        write("a.ko.md", "experiment: number-line\ntitle: 둘\n\n두 개\n");
        write("b.ko.md", "experiment: number-line\ntitle: 셋\n\n세 개\n");
        const ExperimentInfo& info = experimentInfo("number-line");
        const auto titles = [&](const char* language) {
            QStringList all;
            for (const Lesson& lesson : ownLessons(info, QLatin1String(language))) all << lesson.title;
            return all;
        };
        QCOMPARE(titles("en"), QStringList({QStringLiteral("Two"), QStringLiteral("셋")}));
        QCOMPARE(titles("ko"), QStringList({QStringLiteral("둘"), QStringLiteral("셋")}));
    }

    void fieldsThatItHidesAreLeftOutOfTheFormButSaid()
    {
        write("plain.md", "experiment: before-after\ntitle: Plain\nhide: quant.observer, train.epochs\n\nx\n");
        open();
        chooseQuickRun("7");
        auto* epochs = find<QLineEdit>("field.train.epochs");
        QVERIFY(epochs->isVisibleTo(m_window.get()));
        QVERIFY(!find<QLabel>("hiddenFields")->isVisibleTo(m_window.get()));
        choose("lesson.plain");
        QVERIFY(!epochs->isVisibleTo(m_window.get()));
        QVERIFY(find<QLineEdit>("field.train.batch")->isVisibleTo(m_window.get()));
        QVERIFY(find<QLabel>("hiddenFields")->isVisibleTo(m_window.get()));
        QVERIFY2(
            find<QLabel>("hiddenFields")->text().contains(QLatin1String("Epochs 7")), qPrintable(find<QLabel>("hiddenFields")->text()));
        m_window->document().edit("train.epochs", std::int64_t{9});
        QVERIFY(find<QLabel>("hiddenFields")->text().contains(QLatin1String("Epochs 9")));
        m_window->document().edit("train.epochs", std::int64_t{0}); // what keeps it from running is never hidden
        QVERIFY(epochs->isVisibleTo(m_window.get()));
        m_window->document().edit("train.epochs", std::int64_t{7});
        click("experiment.four-ways");
        QVERIFY(find<QLineEdit>("field.train.epochs")->isVisibleTo(m_window.get()));
        click("experiment.before-after");
        QVERIFY(!find<QLineEdit>("field.train.epochs")->isVisibleTo(m_window.get()));
        choose("lesson.");
        QVERIFY(find<QLineEdit>("field.train.epochs")->isVisibleTo(m_window.get()));
    }

    void wrongFilesAreSaidInThePlaceOfTheLesson_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("says");
        const QByteArray head = "experiment: before-after\ntitle: t\n\n";
        QTest::newRow("experiment") << QByteArray("experiment: before-aftr\ntitle: t\n\nx") << "did you mean before-after";
        QTest::newRow("no experiment") << QByteArray("title: t\n\nx") << "the experiments are";
        QTest::newRow("empty") << QByteArray() << "the experiments are";
        QTest::newRow("no head") << QByteArray("# A lesson\n\nx") << "write experiment:";
        QTest::newRow("no title") << QByteArray("experiment: before-after\n\nx") << "it has no title";
        QTest::newRow("hidden") << QByteArray("experiment: before-after\ntitle: t\nhide: quant.bit\n\nx") << "did you mean quant.bits";
        QTest::newRow("link") << head + "x\n\n[y](try:quant.bits=99)"
                              << "wrong.md, line 6";
        QTest::newRow("picture") << head + "![x](http://127.0.0.1:9/x.png)"
                                 << "wrong.md, line 4";
        QTest::newRow("picture in HTML") << head + "<img src=\"http://127.0.0.1:9/x.png\">"
                                         << "picture";
        QTest::newRow("long line") << head + QByteArray(2'100, 'x') << "break it";
        QTest::newRow("paragraph") << head + (QByteArray(1'500, 'x') + '\n').repeated(4) << "paragraph";
        QTest::newRow("indented paragraph") << head + ("  " + QByteArray(1'500, 'x') + '\n').repeated(4) << "paragraph";
        QTest::newRow("nested") << head + QByteArray("1. ").repeated(30) << "fewer lists";
        QTest::newRow("indented") << head + QByteArray(50, ' ') + "- x"
                                  << "fewer lists";
        QTest::newRow("many lines") << head + QByteArray("- a\n").repeated(600) << "two lessons";
        QTest::newRow("large") << head + QByteArray(10'000'000, 'x') << "wrong.md";
        QTest::newRow("not UTF-8") << head + "caf\xE9"
                                   << "UTF-8";
        QTest::newRow("nothing to read") << head + QByteArray(5, '\0') << "text editor";
    }
    void wrongFilesAreSaidInThePlaceOfTheLesson()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, says);
        write("wrong.md", bytes.toStdString());
        open();
        click("experiment.before-after");
        choose("lesson.wrong");
        QVERIFY2(page().startsWith(QLatin1String("This lesson cannot be shown.")) && page().contains(says), qPrintable(page()));
        QCOMPARE(tried(), QString());
    }

    void whatIsNoFileOfWordsIsNotRead()
    {
        QDir().mkpath(lessonFolder() + QStringLiteral("/folder.md"));
        QVERIFY(QFile::link(QStringLiteral("/dev/zero"), lessonFolder() + QStringLiteral("/endless.md")));
        for (const Lesson& lesson : ownLessons(experimentInfo("before-after"), QStringLiteral("en"))) QVERIFY(!lesson.problem.empty());
    }

    void spoiltBytesEndAsALessonOrAProblem()
    {
        const std::string whole =
            "experiment: before-after\ntitle: t\nhide: quant.observer\n\n1. [a](try:quant.bits=4&contrast=x)\n2. [b](runtimes)\n";
        std::mt19937 random(1);
        int problems = 0;
        for (int round = 0; round < 1000; ++round) {
            std::string bytes = whole;
            for (unsigned n = random() % 4 + 1; n > 0 && !bytes.empty(); --n) {
                const std::size_t at = random() % bytes.size();
                if (random() % 3 == 0)
                    bytes.erase(at, random() % 9);
                else if (random() % 2 == 0)
                    bytes[at] = static_cast<char>(random() % 256);
                else
                    bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 20));
            }
            write("spoilt.md", bytes);
            for (const Lesson& lesson : ownLessons(experimentInfo("before-after"), QStringLiteral("en")))
                problems += !lesson.problem.empty();
        }
        QVERIFY2(problems > 500, qPrintable(QString::number(problems)));
    }

    void htmlStandsThereAsItWasWritten()
    {
        write("html.md", "experiment: number-line\ntitle: t\n\na <b>bold</b> word <script>alert(1)</script>\n");
        open();
        click("experiment.number-line");
        choose("lesson.html");
        QVERIFY2(page().contains(QLatin1String("<b>bold</b>")), qPrintable(page()));
    }

    void whateverIsWrittenIsShown_data()
    {
        QTest::addColumn<QString>("piece");
        for (const char* piece :
            {"a**", "[", "|", "a`", "a* _", "- a\n", "a\n\n", "# a\n", "|a|b|\n|-|-|\n|1|2|\n\n", "1. 1. 1. 1. 1. 1. a\n",
                "> > > > > > > > > > a\n\n", "- - - 1. - + * > a\n", "1. a\n    1. b\n        1. c\n            1. d\n"})
            QTest::newRow(QByteArray(piece).replace('\n', "\\n").constData()) << QString::fromLatin1(piece);
        QTest::newRow("table") << QStringLiteral("|a").repeated(900) + QLatin1Char('\n') + QStringLiteral("|-").repeated(900)
                + QStringLiteral("\n\n");
    }
    void whateverIsWrittenIsShown()
    {
        QFETCH(QString, piece);
        QString body;
        while (body.size() < 25'000 && body.count(QLatin1Char('\n')) < 450)
            body += piece.contains(QLatin1Char('\n')) ? piece : piece.repeated(2'000 / piece.size()) + QStringLiteral("\n\n");
        write("any.md", ("experiment: number-line\ntitle: t\n\n" + body).toStdString());
        const std::vector<Lesson> lessons = ownLessons(experimentInfo("number-line"), QStringLiteral("en"));
        QVERIFY2(lessons.front().problem.empty(), lessons.front().problem.english().c_str());
        const std::unique_ptr<QTextBrowser> shown(markdownPage("any"));
        shown->resize(300, 600);
        shown->show();
        showMarkdown(*shown, lessons.front().markdown, Html::Shown);
        markTerms(*shown->document(), QStringLiteral("en"));
        QVERIFY(shown->grab().width() > 0);
    }

    void theExampleOfTheDocumentationIsALesson()
    {
        const QString docs = markdownResource(QStringLiteral("docs/lessons"), QStringLiteral("en"));
        const QString example = docs.section(QStringLiteral("```markdown\n"), 1).section(QStringLiteral("```"), 0, 0);
        write("example.md", example.toStdString());
        const std::vector<Lesson> lessons = ownLessons(experimentInfo("before-after"), QStringLiteral("en"));
        QCOMPARE(lessons.size(), std::size_t{1});
        QVERIFY2(lessons.front().problem.empty(), lessons.front().problem.english().c_str());
        QCOMPARE(lessons.front().items.size(), std::size_t{3});
        QCOMPARE(lessons.front().hidden.size(), std::size_t{3});
    }

    void aFileThatWasChangedIsReadAnew()
    {
        write("a.md", "experiment: number-line\ntitle: t\n\nbefore\n");
        open();
        click("experiment.number-line");
        choose("lesson.a");
        QVERIFY(page().contains(QLatin1String("before")));
        write("a.md", "experiment: number-line\ntitle: t\n\nafter\n");
        choose("reloadLesson");
        QVERIFY(page().contains(QLatin1String("after")));
        QVERIFY(QFile::remove(lessonFolder() + QStringLiteral("/a.md")));
        choose("reloadLesson");
        QVERIFY(page().contains(QLatin1String("What to try")));
    }
};

WINDOW_TEST_MAIN(TestOwnLessons, 1280, 800)
#include "tst_own_lessons.moc"
