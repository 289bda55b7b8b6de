// BITSTILL_MAX_CPU_ISA: what it refuses, that the program says what it uses, and that it computes with that.

#include "engine/core/cpu_isa.h"
#include "engine/io/files.h"
#include "tests/support/cli.h"

#include <QtTest>
#include <nlohmann/json.hpp>

using namespace bitstill;
using nlohmann::json;

class TestCliIsa : public QObject {
    Q_OBJECT

    /// A row for each that this CPU has.
    static void eachIsa()
    {
        QTest::addColumn<QString>("isa");
        for (const CpuIsa isa : {CpuIsa::Sse41, CpuIsa::Avx2, CpuIsa::Avx512})
            if (isa <= cpuIsa()) QTest::newRow(nameOf(isa)) << QString::fromLatin1(nameOf(isa));
    }
    static Result under(const QString& isa, const QStringList& arguments)
    {
        qputenv("BITSTILL_MAX_CPU_ISA", isa.toLatin1());
        const Result r = cli(arguments);
        qunsetenv("BITSTILL_MAX_CPU_ISA");
        return r;
    }

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("LC_ALL", "C");
        cpuIsa(); // before the variable changes
    }

    void anUnknownOneIsRefused()
    {
        for (const QStringList& arguments : {QStringList{"list", "models"}, {"--version"}, {"bench", "infer", "--seconds", "0.05"}}) {
            const Result r = under("avx3", arguments);
            QCOMPARE(r.status, 1);
            QCOMPARE(r.err,
                std::string("[BITSTILL_MAX_CPU_ISA] \"avx3\" is no instruction set; set it to sse41, avx2 or avx512, or unset it\n"));
            QCOMPARE(r.out, std::string());
        }
        QCOMPARE(under("", {"list", "models"}).status, 0);
        qputenv("LC_ALL", "ko_KR.UTF-8");
        const Result korean = under("AVX2", {"list", "models"});
        qputenv("LC_ALL", "C");
        QVERIFY2(korean.status == 1 && contains(korean.err, "명령어 집합은 없습니다") && contains(korean.err, "sse41, avx2"),
            korean.err.c_str());
    }

    void versionAndRecordNameTheOneThatIsUsed_data() { eachIsa(); }
    void versionAndRecordNameTheOneThatIsUsed()
    {
        QFETCH(QString, isa);
        const std::string version = under(isa, {"--version"}).out;
        QVERIFY2(contains(version, " (" + isa.toStdString() + ", oneDNN "), version.c_str());
        const Folder f;
        QCOMPARE(under(isa, {"run", "number-line", "--out", QString::fromStdString(f.path("o").string())}).status, 0);
        const auto cpu = json::parse(readFile(f.path("o/record.json"), 100'000'000))["cpu"].get<std::string>();
        QVERIFY2(cpu.ends_with(" (" + isa.toStdString() + ")"), cpu.c_str());
    }

    /// Unless the user holds it to less.
    void oneDnnIsHeldToTheSame()
    {
        if (cpuIsa() < CpuIsa::Avx2) QSKIP("this CPU has no more than one");
        const auto oneDnn = [](const char* isa, const char* own) {
            if (*own) qputenv("ONEDNN_MAX_CPU_ISA", own);
            const std::string version = under(isa, {"--version"}).out;
            qunsetenv("ONEDNN_MAX_CPU_ISA");
            const std::size_t at = version.find("oneDNN ") + 7;
            return version.substr(at, version.find(')') - at);
        };
        QCOMPARE(oneDnn("avx2", ""), std::string("AVX2"));
        QCOMPARE(oneDnn("sse41", ""), std::string("SSE41"));
        QCOMPARE(oneDnn("avx2", "SSE41"), std::string("SSE41"));
        QCOMPARE(oneDnn("avx2", "AVX512_CORE"), std::string("AVX2"));
        QCOMPARE(oneDnn("sse41", "AVX2"), std::string("SSE41"));
        QCOMPARE(oneDnn("avx512", "AVX2"), std::string("AVX2"));
    }

    /// Sums are taken in another order, so trained weights are others in their last digits; what is learned is not.
    void trainingAndIntegersAgreeOnEveryOne_data() { eachIsa(); }
    void trainingAndIntegersAgreeOnEveryOne()
    {
        QFETCH(QString, isa);
        QStringList run{"run", "squeeze", "--json"};
        for (const char* set :
            {"data.set=strokes", "data.samples=1000", "data.noise=0.2", "distill.teacher=mlp-64", "distill.teacher_epochs=2",
                "model.name=mlp-16", "train.epochs=5", "train.batch=32", "distill.seeds=1", "quant.bits=8", "quant.aware_epochs=1"})
            run << "--set" << set;
        const Result r = under(isa, run);
        QVERIFY2(r.status == 0, r.err.c_str());
        const json metrics = json::parse(r.out);
        static const json first = metrics; // of the poorest
        for (const char* metric :
            {"teacher.accuracy", "student.alone.accuracy", "student.alone.static.accuracy", "student.taught.qat.accuracy"}) {
            const double x = first[metric].get<double>(), y = metrics[metric].get<double>();
            QVERIFY2(x > 0.9 && std::abs(x - y) < 0.02, qPrintable(QStringLiteral("%1: %2, %3").arg(QLatin1String(metric)).arg(x).arg(y)));
        }
    }
};

QTEST_APPLESS_MAIN(TestCliIsa)
#include "tst_cli_isa.moc"
