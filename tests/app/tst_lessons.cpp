// Lessons: what they offer to try, what of it was done, and the words that they explain.

#include "app/lesson.h"
#include "app/lesson_terms.h"
#include "app/markdown_page.h"
#include "paint/report.h"
#include "tests/support/lessons.h"

#include <QScrollBar>
#include <QTextBlock>
#include <QWhatsThis>

using namespace bitstill;

class TestLessons : public LessonTest {
    Q_OBJECT

    static std::string lesson(const ExperimentInfo& info, const char* language)
    {
        return markdownResource(QStringLiteral("lessons/") + QString::fromStdString(info.id), QLatin1String(language)).toStdString();
    }
    static std::set<std::string> links(const std::vector<LessonItem>& items)
    {
        std::set<std::string> all;
        for (const LessonItem& item : items) all.insert(item.link);
        return all;
    }

private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init() { forget(); }
    void cleanup() { m_window.reset(); }

    void linksOfAllLessonsAreRightAndTheSameInBothLanguages()
    {
        for (const ExperimentInfo& info : experiments()) {
            try {
                const std::vector<LessonItem> english = lessonItems(lesson(info, "en"), info),
                                              korean = lessonItems(lesson(info, "ko"), info);
                QVERIFY2(english.size() >= 3, info.id.c_str());
                QVERIFY2(links(english) == links(korean), info.id.c_str());
            } catch (const Error& e) {
                QFAIL((info.id + ": " + e.what()).c_str());
            }
        }
    }

    void aLinkNamesFieldsAndValues()
    {
        const ExperimentInfo& info = experimentInfo("before-after");
        const LessonItem item = lessonItem("try:quant.bits=4&quant.granularity=per-channel&train.learning_rate=0.1", info);
        QCOMPARE(item.values.size(), std::size_t{3});
        QVERIFY(item.values.at("quant.bits") == Value(std::int64_t{4}));
        QVERIFY(item.values.at("quant.granularity") == Value(std::string("per-channel")));
        QVERIFY(item.values.at("train.learning_rate") == Value(0.1));
        QVERIFY(lessonItem("try:own.layers=conv1=8", experimentInfo("own-model")).values.at("own.layers") == Value(std::string("conv1=8")));
        QVERIFY(lessonItem("try:data.label=a%20b%26c", info).values.at("data.label") == Value(std::string("a b&c")));
    }

    void aContrastIsAllOfItsFields()
    {
        const ExperimentInfo& info = experimentInfo("teacher-student");
        const LessonItem item = lessonItem("try:contrast=shuffled", info);
        Spec asked = defaultSpec(info.id);
        applyContrast(asked, "shuffled");
        QCOMPARE(item.values.size(), contrastedFields(info).size());
        for (const auto& [key, value] : item.values) QVERIFY(value == asked.values.at(key));
    }

    void wrongLinksSayWhatIsWrong_data()
    {
        QTest::addColumn<QString>("link");
        QTest::addColumn<QString>("says");
        QTest::newRow("field") << "try:quant.bit=4"
                               << "quant.bits";
        QTest::newRow("value") << "try:quant.bits=40"
                               << "quant.bits";
        QTest::newRow("no number") << "try:quant.bits=four"
                                   << "quant.bits";
        QTest::newRow("choice") << "try:quant.granularity=per-chanel"
                                << "per-channel";
        QTest::newRow("nothing") << "try:"
                                 << "try:quant.bits=4";
        QTest::newRow("no value") << "try:quant.bits"
                                  << "try:quant.bits=4";
        QTest::newRow("no field") << "try:=4"
                                  << "try:quant.bits=4";
        QTest::newRow("contrast") << "try:contrast=shuffled"
                                  << "none";
    }
    void wrongLinksSayWhatIsWrong()
    {
        QFETCH(QString, link);
        QFETCH(QString, says);
        const std::string message = messageOf([&] { lessonItem(link.toStdString(), experimentInfo("before-after")); });
        QVERIFY2(contains(message, says.toStdString()) && contains(message, link.toStdString()), message.c_str());
    }

    void aLinkOfAnUnheardOfLengthIsOnlyWrong()
    {
        const std::string lesson = "[x](try:" + std::string(1'000'000, 'a');
        QVERIFY(!messageOf([&] { lessonItems(lesson, experimentInfo("before-after")); }).empty());
    }

    void aClickSetsTheFieldsInOneStepAndRuns()
    {
        open();
        chooseQuickRun();
        const Spec before = spec();
        QVERIFY(!m_window->controller()->hasRun());
        follow("try:model.name=dwcnn&train.learning_rate=0.1&quant.bits=8&quant.granularity=per-tensor");
        QCOMPARE(spec().word("model.name"), std::string("dwcnn"));
        QCOMPARE(spec().integer("quant.bits"), std::int64_t{8});
        QVERIFY(m_window->controller()->isRunning());
        QVERIFY(m_window->controller()->spec() == spec());
        QVERIFY2(find<QAction>("action.undo")->text().startsWith(QLatin1String("Undo: several settings (")),
            qPrintable(find<QAction>("action.undo")->text()));
        find<QAction>("action.undo")->trigger();
        QVERIFY(spec() == before);
    }

    void liveFieldsAreAnsweredByTheRunThatIsThere()
    {
        open();
        chooseQuickRun();
        runToTheEnd();
        const auto started = latest();
        follow("try:quant.format=integer&quant.bits=2");
        EVENTUALLY(!latest()->updating && latest()->live.at("quant.bits") == Value(std::int64_t{2}));
        QCOMPARE(latest()->outcome, Outcome::Finished);
        QCOMPARE(latest()->step, started->step); // the same training
        QCOMPARE(find<QAction>("action.undo")->text(), QStringLiteral("Undo: Bits 3 → 2"));
    }

    void severalLiveFieldsAreAnsweredTogetherAndTakenBackTogether()
    {
        open();
        chooseQuickRun();
        runToTheEnd();
        m_window->document().attempt({{"quant.bits", std::int64_t{2}}, {"quant.granularity", std::string("per-channel")}});
        EVENTUALLY(!latest()->updating && latest()->live.at("quant.granularity") == Value(std::string("per-channel")));
        QVERIFY(!m_window->controller()->isRunning());
        find<QAction>("action.undo")->trigger();
        EVENTUALLY(!latest()->updating && latest()->live.at("quant.bits") == Value(std::int64_t{3}));
        QVERIFY(m_window->controller()->spec() == spec());
    }

    void aPausedRunGoesOn()
    {
        open();
        chooseLongRun();
        m_window->document().pause(true);
        QVERIFY(m_window->controller()->isPaused());
        follow("try:quant.format=integer&quant.bits=4");
        QVERIFY(m_window->controller()->isRunning() && !m_window->controller()->isPaused());
        QCOMPARE(m_window->controller()->spec().integer("quant.bits"), std::int64_t{4});
    }

    void aFinishedRunByHandTicksWhatItShows()
    {
        open();
        chooseQuickRun();
        QCOMPARE(tried(), QStringLiteral("0 of 6 tried"));
        runToTheEnd();
        EVENTUALLY(tried() == QLatin1String("1 of 6 tried"));
        QVERIFY2(page().contains(QString::fromUtf8("8, 4, ✓ 3 and 2")), qPrintable(page())); // the default is 3 bits
        m_window->document().edit("quant.bits", std::int64_t{2});
        EVENTUALLY(tried() == QLatin1String("2 of 6 tried"));
        QVERIFY(page().contains(QString::fromUtf8("8, 4, ✓ 3 and ✓ 2")));
    }

    void aLinkIsTickedOnceItsRunIsOver()
    {
        open();
        chooseQuickRun();
        follow("try:model.name=dwcnn&train.learning_rate=0.1&quant.bits=8&quant.granularity=per-tensor");
        QCOMPARE(tried(), QStringLiteral("0 of 6 tried"));
        m_window->controller()->stop();
        EVENTUALLY(latest() && latest()->outcome == Outcome::Stopped);
        QCOMPARE(tried(), QStringLiteral("0 of 6 tried"));
        follow("try:model.name=dwcnn&train.learning_rate=0.1&quant.bits=8&quant.granularity=per-tensor");
        EVENTUALLY(tried() == QLatin1String("2 of 6 tried")); // eight bits, too
    }

    void liveFiguresInTheMiddleOfARunCount()
    {
        open();
        chooseLongRun();
        click("runButton");
        EVENTUALLY(latest() && !latest()->marks.empty());
        m_window->document().edit("quant.bits", std::int64_t{2});
        EVENTUALLY(page().contains(QString::fromUtf8("✓ 2")));
        QVERIFY(m_window->controller()->isRunning());
        QVERIFY(!page().contains(QString::fromUtf8("✓ per channel")));
    }

    void aRunThatWasKeptIsNotDoneByWhoeverOpensIt()
    {
        open();
        chooseQuickRun();
        runToTheEnd();
        EVENTUALLY(tried() == QLatin1String("1 of 6 tried"));
        KeptRun kept{.record = m_window->controller()->record()};
        choose("forgetTried");
        m_window->document().show(std::move(kept), "kept");
        QCOMPARE(tried(), QStringLiteral("0 of 6 tried"));
        follow("try:quant.format=integer&quant.bits=3"); // but whoever asks for it runs it
        QVERIFY(m_window->controller()->isRunning());
    }

    void whatKeepsALinkFromRunningIsShown()
    {
        open();
        chooseQuickRun();
        m_window->document().edit("train.epochs", std::int64_t{0});
        find<QAction>("action.lesson")->trigger();
        follow("try:quant.granularity=per-channel");
        QVERIFY(!m_window->controller()->hasRun());
        QVERIFY(find<QLabel>("problem.train.epochs")->isVisible());
        QCOMPARE(messageKind(), QStringLiteral("error"));
    }

    void whatWasDoneElsewhereInTheWindowCounts()
    {
        open();
        chooseQuickRun();
        click("runButton");
        click("experiment.number-line");
        RunController& run = *m_window->controller();
        QVERIFY(!run.spec().values.contains("train.epochs"));
        EVENTUALLY(Settings::recalled(QStringLiteral("lessons/done/before-after")).toStringList().size() == 1);
        click("experiment.before-after");
        QCOMPARE(tried(), QStringLiteral("1 of 6 tried"));
    }

    void progressIsKeptInBothLanguagesUntilItIsForgotten()
    {
        open();
        chooseQuickRun();
        runToTheEnd();
        EVENTUALLY(tried() == QLatin1String("1 of 6 tried"));
        m_window.reset();
        open();
        QCOMPARE(tried(), QStringLiteral("1 of 6 tried"));
        QVERIFY(page().contains(QString::fromUtf8("✓ 3")));
        find<QAction>("action.language")->trigger();
        EVENTUALLY(tried() == QString::fromUtf8("6개 중 1개 해 봄"));
        QVERIFY(page().contains(QString::fromUtf8("✓ 3")));
        choose("forgetTried");
        QCOMPARE(tried(), QString::fromUtf8("6개 중 0개 해 봄"));
        QVERIFY(!page().contains(QString::fromUtf8("✓")));
        find<QAction>("action.language")->trigger();
        m_window.reset();
        open();
        QCOMPARE(tried(), QStringLiteral("0 of 6 tried"));
    }

    void whatIsShownAlreadyIsTickedWithoutAnotherRun()
    {
        open();
        chooseQuickRun();
        runToTheEnd();
        EVENTUALLY(tried() == QLatin1String("1 of 6 tried"));
        choose("forgetTried");
        QCOMPARE(tried(), QStringLiteral("0 of 6 tried"));
        follow("try:quant.format=integer&quant.bits=3");
        QCOMPARE(tried(), QStringLiteral("1 of 6 tried"));
        QVERIFY(!m_window->controller()->isRunning());
    }

    void aTickLeavesThePageWhereItWas()
    {
        open();
        chooseQuickRun();
        find<QAction>("action.lesson")->trigger();
        auto* lesson = find<QTextBrowser>("lesson");
        lesson->verticalScrollBar()->setValue(40);
        runToTheEnd();
        EVENTUALLY(tried() == QLatin1String("1 of 6 tried"));
        QCOMPARE(lesson->verticalScrollBar()->value(), 40);
    }

    void theKeyboardFollowsLinks()
    {
        open();
        click("experiment.number-line");
        find<QAction>("action.lesson")->trigger();
        auto* page = find<QTextBrowser>("lesson");
        EVENTUALLY(page->hasFocus());
        const auto linkAtFocus = [page] { return page->textCursor().charFormat().anchorHref(); };
        for (int i = 0; i < 60 && !linkAtFocus().startsWith(QLatin1String("try:")); ++i) QTest::keyClick(page, Qt::Key_Tab);
        QVERIFY(page->hasFocus());
        QTest::keyClick(page, Qt::Key_Return);
        EVENTUALLY(spec().integer("quant.bits") == 8);
    }

    void wordsOfTheGlossaryAreMarkedOnceAndExplained_data()
    {
        QTest::addColumn<QString>("language");
        QTest::addColumn<QString>("word");
        QTest::addColumn<QString>("meaning");
        QTest::newRow("en") << "en"
                            << "quantize"
                            << "";
        QTest::newRow("plural") << "en"
                                << "level"
                                << "레벨";
        QTest::newRow("ko") << "ko"
                            << "스케일"
                            << "scale";
    }
    void wordsOfTheGlossaryAreMarkedOnceAndExplained()
    {
        QFETCH(QString, language);
        QFETCH(QString, word);
        QFETCH(QString, meaning);
        QTextDocument document;
        document.setMarkdown(bundledLesson(experimentInfo("number-line"), language).markdown);
        markTerms(document, language);
        QStringList links;
        for (QTextBlock block = document.begin(); block.isValid(); block = block.next())
            for (auto part = block.begin(); !part.atEnd(); ++part)
                if (part.fragment().text() == word && part.fragment().charFormat().isAnchor()
                    && part.fragment().charFormat().foreground() == QGuiApplication::palette().link())
                    links << part.fragment().charFormat().anchorHref();
        QCOMPARE(links.size(), meaning.isEmpty() ? 0 : 1); // "quantize" is no word of it
        if (!meaning.isEmpty()) QVERIFY(meaningBehind(QUrl(links.front()), language).contains(meaning));
        QVERIFY(meaningBehind(QUrl(QStringLiteral("try:quant.bits=4")), language).isEmpty());
    }

    void termsInHeadingsCodeAndLinksAreLeftAlone()
    {
        QTextDocument document;
        document.setMarkdown(QStringLiteral("# Scale\n\n`scale` and [scale](try:x), rescale, then the scale and a scale; QAT\n"));
        markTerms(document, QStringLiteral("en"));
        int marked = 0, at = -1;
        for (QTextBlock block = document.begin(); block.isValid(); block = block.next())
            for (auto part = block.begin(); !part.atEnd(); ++part)
                if (part.fragment().charFormat().anchorHref() == QLatin1String("term:scale") && ++marked)
                    at = part.fragment().position() - block.position();
        QCOMPARE(marked, 1);
        QCOMPARE(at, static_cast<int>(qstrlen("scale and scale, rescale, then the ")));
        QVERIFY(document.toHtml().contains(QLatin1String("term:quantization-aware%20training%20%28QAT%29")));
    }

    void aWordIsExplainedWhereItStands()
    {
        open();
        click("experiment.number-line");
        find<QAction>("action.lesson")->trigger();
        follow("term:scale");
        const auto popups = [] {
            QWidgetList all = QApplication::topLevelWidgets();
            return std::ranges::count_if(all, [](QWidget* w) { return w->inherits("QWhatsThat") && w->isVisible(); });
        };
        EVENTUALLY(popups() == 1);
        QWhatsThis::hideText();
    }

    void whereNobodyFollowsThemTheyArePlainWords()
    {
        QCOMPARE(
            withoutItems(QStringLiteral("to [8](try:quant.bits=8) or [there](runtimes)")), QStringLiteral("to 8 or [there](runtimes)"));
    }
};

WINDOW_TEST_MAIN(TestLessons, 1280, 800)
#include "tst_lessons.moc"
