// "Explain this drop" in the window.

#include "app/explain_window.h"
#include "tests/support/sessions.h"
#include "tests/support/window.h"
#include "widgets/card_grid.h"

using namespace bitstill;

class TestExplainWindow : public WindowTest {
    Q_OBJECT
private:
    Spec m_spec;
    KeptModels m_models;
    std::unique_ptr<ExplainWindow> m_explain;
    std::vector<Spec> m_asked;

    QString said() const { return m_explain->findChild<QLabel*>(QStringLiteral("lookStatus"))->text(); }
    void explain()
    {
        m_asked.clear();
        m_explain = std::make_unique<ExplainWindow>(m_spec, m_models.at("float32"), Theme::light(), nullptr);
        m_explain->setAttribute(Qt::WA_DeleteOnClose, false);
        connect(m_explain.get(), &ExplainWindow::runAsked, this, [this](const Spec& spec) { m_asked.push_back(spec); });
        m_explain->show();
    }

private Q_SLOTS:
    void initTestCase()
    {
        prepare();
        m_spec = quickSpec("before-after");
        m_spec.values["train.epochs"] = std::int64_t{6};
        m_spec.values["quant.bits"] = std::int64_t{2};
        Session session(m_spec, {});
        session.wait();
        m_models = session.models();
    }

    void theVerdictStandsOverItsFigures()
    {
        explain();
        EVENTUALLY(m_explain->grid().cards().size() == 3);
        QVERIFY2(said().contains(QLatin1String("2-bit")), qPrintable(said()));
        QVERIFY(!m_explain->findChild<QWidget*>(QStringLiteral("explainProgress"))->isVisible());
    }

    void aBarLeadsToItsRun()
    {
        explain();
        EVENTUALLY(m_explain->grid().cards().size() == 3);
        const FigureCard* repairs = m_explain->grid().cards()[2];
        constexpr std::size_t kMore = 20; // than there are bars
        for (std::size_t i = 0; i < kMore; ++i) Q_EMIT m_explain->placeChosen(repairs, i);
        QVERIFY(m_asked.size() >= 4);
        for (const Spec& spec : m_asked) {
            QVERIFY(validate(spec).empty());
            QVERIFY(!(spec == m_spec));
        }
    }

    void aSentenceLeadsToTheRunThatProvesIt()
    {
        explain();
        EVENTUALLY(m_explain->grid().cards().size() == 3);
        auto* words = m_explain->findChild<QLabel*>(QStringLiteral("lookStatus"));
        QVERIFY2(said().contains(QLatin1String("<a href=\"0\">")), qPrintable(said()));
        QVERIFY(words->textInteractionFlags().testFlag(Qt::LinksAccessibleByKeyboard));
        Q_EMIT words->linkActivated(QStringLiteral("0"));
        QCOMPARE(m_asked.size(), std::size_t(1));
        QVERIFY(validate(m_asked[0]).empty() && !(m_asked[0] == m_spec));
    }

    void closingItEndsTheWork()
    {
        explain();
        m_explain.reset();
        QVERIFY(m_asked.empty());
    }

    void whatCannotBeReadIsSaid()
    {
        m_models["float32"].erase(m_models["float32"].begin());
        explain();
        EVENTUALLY(m_explain->findChild<QLabel*>(QStringLiteral("lookStatus"))->property("role") == QLatin1String("problem"));
    }
};

WINDOW_TEST_MAIN(TestExplainWindow, 1280, 800)
#include "tst_explain_window.moc"
