// Why accuracy is lost: every number of the verdict is that of a run with the settings that it names.

#include "engine/experiment/drop_explanation.h"
#include "tests/support/figure_of.h"
#include "tests/support/sessions.h"

#include <QtTest>

using namespace bitstill;

namespace {

struct Ran {
    Record record;
    KeptModels models;
};

Ran trained(Spec spec)
{
    Session session(std::move(spec), {});
    session.wait();
    return {session.record(), session.models()};
}

/// Collapses at 2 bits.
Spec collapsing()
{
    Spec spec = quickSpec("before-after");
    spec.values["train.epochs"] = std::int64_t{6};
    spec.values["model.name"] = std::string("mlp-32-16");
    spec.values["quant.bits"] = std::int64_t{2};
    return spec;
}

DropExplanation explained(const Spec& spec, const Ran& run, int threads = 1)
{
    ThreadPool pool(threads);
    TrainedNetwork network = trainedNetwork(spec, "float32", run.models.at("float32"));
    return explainDrop(network, pool);
}

double changeIn(const Record& record)
{
    for (const auto& [name, value] : record.metrics)
        if (name.ends_with(".change.mean")) return value;
    return NAN;
}

std::string said(const DropExplanation& e)
{
    std::string all;
    for (const ExplainedSentence& s : sentencesOf(e)) all += s.words.english() + "\n";
    return all;
}

} // namespace

class TestDropExplanation : public QObject {
    Q_OBJECT
private:
    Spec m_spec = collapsing();
    Ran m_run;
    DropExplanation m_found;

private Q_SLOTS:
    void initTestCase()
    {
        m_run = trained(m_spec);
        m_found = explained(m_spec, m_run);
    }

    void theDropIsThatOfTheRun()
    {
        QVERIFY(m_found.isDrop());
        QCOMPARE(m_found.drop.mean, changeIn(m_run.record));
        QCOMPARE(m_found.samples, std::size_t{120});
    }

    void eachVariantIsARunWithItsSettings()
    {
        std::vector<DropVariant> variants = m_found.repairs;
        variants.push_back(m_found.weights);
        int runs = 0;
        for (const DropVariant& v : variants) {
            if (v.set.empty()) continue;
            Spec spec = m_spec;
            for (const auto& [key, value] : v.set) spec.values[key] = value;
            QVERIFY2(validate(spec).empty(), v.name.english().c_str());
            QCOMPARE(v.change.mean, changeIn(trained(spec).record));
            ++runs;
        }
        QVERIFY(runs >= 5);
    }

    void gainsAreFromTheNetworkAsItIsSet()
    {
        for (const DropVariant& v : m_found.repairs) QVERIFY(std::abs(v.change.mean - m_found.drop.mean - v.gain.mean) < 1e-9);
        QVERIFY(m_found.best().gain.mean > 0);
    }

    void layersAloneCostLessThanNothingIsRounded()
    {
        QCOMPARE(m_found.layers.size(), std::size_t{3});
        for (const DropVariant& v : m_found.layers) QVERIFY(v.change.mean > m_found.drop.mean);
        QCOMPARE(m_found.worst().change.mean,
            std::min({m_found.layers[0].change.mean, m_found.layers[1].change.mean, m_found.layers[2].change.mean}));
    }

    void theVerdictNamesItsNumbers()
    {
        const std::string words = said(m_found);
        QVERIFY2(words.find("2-bit") != std::string::npos, words.c_str());
        QVERIFY(words.find(m_found.best().name.english()) != std::string::npos);
        QVERIFY(words.find("120 test samples") != std::string::npos);
    }

    void whereNothingIsLostThatIsSaid()
    {
        Spec spec = m_spec;
        spec.values["quant.bits"] = std::int64_t{8};
        const DropExplanation e = explained(spec, m_run);
        QVERIFY(!e.isDrop());
        QVERIFY(said(e).find("costs nothing") != std::string::npos);
    }

    void floatActivationsHaveNoPart()
    {
        Spec spec = m_spec;
        spec.values["quant.activation_bits"] = std::string("float");
        const DropExplanation e = explained(spec, m_run);
        QVERIFY(e.weights.name.empty());
        const std::vector<ExplainedFigure> figures = figuresOf(e);
        QCOMPARE(figures.front().figure.id, std::string("explain.layers"));
    }

    void formatsAreExplainedToo()
    {
        Spec spec = m_spec;
        spec.values["quant.format"] = std::string("binary");
        const DropExplanation e = explained(spec, m_run);
        QVERIFY(said(e).find("binary") != std::string::npos);
        for (const DropVariant& v : e.repairs) QVERIFY(!v.set.contains("quant.bits") && !v.set.contains("quant.granularity"));
    }

    void threadsChangeNoBit()
    {
        const DropExplanation two = explained(m_spec, m_run, 2);
        for (std::size_t i = 0; i < m_found.repairs.size(); ++i) QCOMPARE(two.repairs[i].change.mean, m_found.repairs[i].change.mean);
        QCOMPARE(said(two), said(m_found));
    }

    void itCanBeStopped()
    {
        ThreadPool pool(1);
        TrainedNetwork network = trainedNetwork(m_spec, "float32", m_run.models.at("float32"));
        int asked = 0;
        QVERIFY_EXCEPTION_THROWN(explainDrop(network, pool, [&] { return ++asked < 5; }), Stopped);
    }

    void progressReachesItsEnd()
    {
        ThreadPool pool(1);
        TrainedNetwork network = trainedNetwork(m_spec, "float32", m_run.models.at("float32"));
        std::vector<double> told;
        explainDrop(network, pool, {}, [&](double share) { told.push_back(share); });
        QVERIFY(told.size() > 8 && std::ranges::is_sorted(told));
        QCOMPARE(told.back(), 1.0);
    }

    void otherExperimentsAreRefused()
    {
        Spec spec = m_spec;
        TrainedNetwork network = trainedNetwork(m_spec, "float32", m_run.models.at("float32"));
        network.spec = defaultSpec("number-line");
        ThreadPool pool(1);
        QVERIFY_EXCEPTION_THROWN(explainDrop(network, pool), Error);
    }
};

QTEST_GUILESS_MAIN(TestDropExplanation)
#include "tst_drop_explanation.moc"
