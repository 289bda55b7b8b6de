// Every sentence of the window and the engine has its Korean one, with the same placeholders; and what is data has none.

#include "app/glossary.h"
#include "app/translator.h"
#include "engine/core/error.h"
#include "engine/data/catalogue.h"
#include "engine/distill/method.h"
#include "engine/experiment/catalogue.h"
#include "engine/nn/zoo.h"
#include "engine/quant/number_format.h"
#include "engine/quant/observer.h"
#include "paint/translate.h"
#include "tests/support/files.h"
#include "widgets/icons.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>
#include <map>
#include <regex>
#include <set>

namespace fs = std::filesystem;
using namespace bitstill;

namespace {

const QString kLiteral = QStringLiteral("\"((?:[^\"\\\\]|\\\\.)*)\"");

/// What a literal of the source stands for.
std::string value(const QString& literal) { return QString(literal).replace(QStringLiteral("\\\""), QStringLiteral("\"")).toStdString(); }

/// English, and the contexts it is said in ("" for none).
using Sentences = std::map<std::string, std::set<std::string>>;

/// All that text(), textIn(), counted(), tr() and translate("export", ...) say in one source.
void collect(const QString& source, Sentences& found)
{
    static const QRegularExpression plain(QStringLiteral("\\b(?:text\\(\\s*|translate\\(\"export\",\\s*)") + kLiteral);
    static const QRegularExpression inContext(QStringLiteral("\\btextIn\\(\\s*") + kLiteral + QStringLiteral(",\\s*") + kLiteral);
    static const QRegularExpression ofMany(QStringLiteral("\\bcounted\\([^\"]*") + kLiteral + QStringLiteral(",\\s*") + kLiteral);
    static const QRegularExpression ofQt(
        QStringLiteral("\\btr\\(\\s*") + kLiteral + QStringLiteral("(?:,\\s*") + kLiteral + QStringLiteral(")?"));
    for (auto it = plain.globalMatch(source); it.hasNext();) found[value(it.next().captured(1))].insert("");
    for (auto it = inContext.globalMatch(source); it.hasNext();) {
        const auto match = it.next();
        found[value(match.captured(2))].insert(value(match.captured(1)));
    }
    for (auto it = ofMany.globalMatch(source); it.hasNext();) found[value(it.next().captured(2))].insert("");
    for (auto it = ofQt.globalMatch(source); it.hasNext();) {
        const auto match = it.next();
        found[value(match.captured(1))].insert(value(match.captured(2)));
    }
    found.erase("");
}

/// Context and Korean of a dictionary's entry.
std::map<std::string, QString> meanings(const QJsonValue& entry)
{
    if (entry.isString()) return {{"", entry.toString()}};
    std::map<std::string, QString> all;
    const QJsonObject contexts = entry.toObject();
    for (auto it = contexts.begin(); it != contexts.end(); ++it) all.emplace(it.key().toStdString(), it.value().toString());
    return all;
}

QStringList placeholders(const QString& sentence)
{
    QStringList found;
    static const QRegularExpression placeholder(QStringLiteral("%[1-9]"));
    for (auto it = placeholder.globalMatch(sentence); it.hasNext();) found << it.next().captured();
    found.sort();
    return found;
}

} // namespace

class TestTranslations : public QObject {
    Q_OBJECT

    QJsonObject m_korean;
    Sentences m_sentences;

private Q_SLOTS:
    void initTestCase()
    {
        initializeResources();
        QFile file(QStringLiteral(BITSTILL_SOURCE "/resources/translations/ko.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        m_korean = QJsonDocument::fromJson(file.readAll()).object();
        for (const char* folder : {"engine", "paint", "widgets", "app"})
            for (const auto& entry : fs::recursive_directory_iterator(fs::path(BITSTILL_SOURCE) / folder)) {
                if (entry.path().extension() != ".cpp") continue;
                std::ifstream in(entry.path());
                collect(QString::fromStdString({std::istreambuf_iterator<char>(in), {}}), m_sentences);
            }
        QVERIFY(m_sentences.size() > 150);
    }

    void collectsEveryWayOfSayingSomething()
    {
        Sentences found;
        collect(QStringLiteral("text(\"a \\\"b\\\"\", n); textIn(\"axis\", \"step\"); counted(n + f(1), \"%1 row\", \"%1 rows\");"
                               " tr(\"Step\", \"button\"); tr(\"Run\")"),
            found);
        const Sentences expected{{"a \"b\"", {""}}, {"step", {"axis"}}, {"%1 rows", {""}}, {"Step", {"button"}}, {"Run", {""}}};
        QVERIFY(found == expected);
    }

    void everySentenceIsTranslated()
    {
        QStringList missing;
        for (const auto& [english, contexts] : m_sentences) {
            const auto korean = meanings(m_korean.value(QString::fromStdString(english)));
            for (const std::string& context : contexts)
                if (!korean.contains(context) || korean.at(context).isEmpty())
                    missing << QString::fromStdString(english + (context.empty() ? "" : " (" + context + ")"));
        }
        QVERIFY2(missing.isEmpty(), qPrintable(missing.join(QLatin1Char('\n'))));
    }

    void nothingIsTranslatedThatIsNotSaid()
    {
        for (const QString& key : m_korean.keys()) {
            const auto said = m_sentences.find(key.toStdString());
            QVERIFY2(said != m_sentences.end(), qPrintable(key));
            for (const auto& [context, korean] : meanings(m_korean[key]))
                QVERIFY2(said->second.contains(context), qPrintable(key + QStringLiteral(" in ") + QString::fromStdString(context)));
        }
    }

    /// Written in tables, some of them without a text("...") that the search above would find.
    /// The reader would keep the last one without a word.
    void nothingIsTranslatedTwice()
    {
        std::ifstream file(fs::path(BITSTILL_SOURCE) / "resources/translations/ko.json");
        std::set<std::string> keys;
        for (std::string line; std::getline(file, line);) {
            const std::string key = line.substr(0, line.find("\": "));
            if (line.starts_with(" \"")) QVERIFY2(keys.insert(key).second, key.c_str());
        }
        QCOMPARE(static_cast<qsizetype>(keys.size()), m_korean.size());
    }

    void whatTheTablesSayIsTranslated()
    {
        std::vector<Text> all;
        for (const DatasetInfo& d : datasets()) all.push_back(d.description);
        for (const ModelFamily& m : modelFamilies()) all.push_back(m.description);
        for (const ObserverInfo& o : observers()) all.push_back(o.description);
        for (const NumberFormat& f : numberFormats()) all.push_back(f.description);
        for (const DistillMethod& m : distillMethods()) all.push_back(m.description);
        for (const ExperimentInfo& e : experiments()) {
            all.insert(all.end(), {e.title, e.question});
            for (const KeptNetwork& n : e.networks) all.push_back(n.what);
            for (const Field& f : e.fields) all.insert(all.end(), {f.label, f.help, f.group});
        }
        QVERIFY(all.size() > 100);
        for (const Text& t : all)
            QVERIFY2(t.empty() || (!t.isData && m_korean.contains(QString::fromStdString(t.pattern))), t.pattern.c_str());
    }

    void placeholdersAreKept()
    {
        for (const QString& key : m_korean.keys())
            for (const auto& [context, korean] : meanings(m_korean[key]))
                QVERIFY2(placeholders(key) == placeholders(korean), qPrintable(key));
    }

    void translatorFindsThem()
    {
        const Translator korean(QStringLiteral("ko")), english(QStringLiteral("en"));
        QCOMPARE(korean.translate("anything", "per channel"), QStringLiteral("채널별"));
        QVERIFY(korean.translate("anything", "no such sentence").isNull());
        QVERIFY(english.isEmpty());
    }

    void contextTellsMeaningsApart()
    {
        QCOMPARE(toQString(text("step")), QStringLiteral("step"));
        Translator korean(QStringLiteral("ko"));
        QCoreApplication::installTranslator(&korean);
        QCOMPARE(toQString(text("step")), QStringLiteral("스텝"));
        QCOMPARE(toQString(textIn("repair", "step")), QStringLiteral("단계"));
        QCOMPARE(toQString(textIn("no such context", "step")), QStringLiteral("스텝"));
        QCOMPARE(textIn("repair", "step").english(), std::string("step"));
        QVERIFY(textIn("repair", "step") != text("step"));
    }

    void dataIsNeverTranslated()
    {
        Translator korean(QStringLiteral("ko"));
        QCoreApplication::installTranslator(&korean);
        QCOMPARE(toQString(text("none")), QStringLiteral("없음"));
        QCOMPARE(toQString(Text(std::string("none"))), QStringLiteral("none")); // a class of somebody's table
        QCOMPARE(toQString(text("epoch %1", "none")), QStringLiteral("에폭 none")); // as an argument
        QCOMPARE(toQString(text("epoch %1", text("none"))), QStringLiteral("에폭 없음"));
        const Error error("none", text("no feature maps"), Text());
        QCOMPARE(toQString(error.sentence()), QStringLiteral("[none] 특징 맵 없음")); // printable, and still data
        QCOMPARE(toQString(Text(std::string("50 %1"))), QStringLiteral("50 %1"));
    }

    void countsHaveTheirForm()
    {
        const auto saved = [](std::int64_t n) { return counted(n, "Saved: %1 file in %2", "Saved: %1 files in %2", "out"); };
        for (const auto& [n, expected] : std::map<std::int64_t, std::string>{
                 {0, "Saved: 0 files in out"}, {1, "Saved: 1 file in out"}, {2000, "Saved: 2,000 files in out"}}) {
            QCOMPARE(saved(n).english(), expected);
            QCOMPARE(toQString(saved(n)).toStdString(), expected);
        }
        Translator korean(QStringLiteral("ko"));
        QCoreApplication::installTranslator(&korean);
        QCOMPARE(toQString(saved(1)), QStringLiteral("out 폴더에 파일 1개를 저장했습니다"));
        QCOMPARE(toQString(saved(2)), QStringLiteral("out 폴더에 파일 2개를 저장했습니다"));
    }

    /// The dictionary has the form for many alone, so that for one has to say the same: what is told of one thing only is a sentence of its
    /// own.
    void oneAndManySayTheSame()
    {
        static const QRegularExpression both(QStringLiteral("\\bcounted\\([^\"]*") + kLiteral + QStringLiteral(",\\s*") + kLiteral);
        int compared = 0;
        for (const char* folder : {"engine", "paint", "widgets", "app"})
            for (const auto& entry : fs::recursive_directory_iterator(fs::path(BITSTILL_SOURCE) / folder)) {
                if (entry.path().extension() != ".cpp") continue;
                std::ifstream in(entry.path());
                const QString source = QString::fromStdString({std::istreambuf_iterator<char>(in), {}});
                for (auto it = both.globalMatch(source); it.hasNext(); ++compared) {
                    const auto match = it.next();
                    const auto words = [&](int i) { return match.captured(i).split(QLatin1Char(' ')).size(); };
                    QVERIFY2(std::abs(words(1) - words(2)) <= 1, qPrintable(match.captured(2)));
                }
            }
        QVERIFY(compared > 20);
    }

    void koreanKeepsToTheGlossary()
    {
        const std::vector<Term> terms = glossary();
        QVERIFY(terms.size() > 40);
        int compared = 0;
        for (const Term& t : terms) {
            QVERIFY2(!t.korean.isEmpty() && !t.meaning.isEmpty() && !t.koreanMeaning.isEmpty(), qPrintable(t.english));
            for (const QString& key : {t.english, t.english[0].toUpper() + t.english.mid(1)}) {
                const auto korean = meanings(m_korean.value(key));
                if (key[0].isUpper() && korean.size() == 1 && key == QStringLiteral("Step")) continue; // the button
                if (const auto plain = korean.find(""); plain != korean.end() && !plain->second.isEmpty() && ++compared)
                    QCOMPARE(plain->second, t.korean);
            }
        }
        QVERIFY(compared > 20);
    }

    void koreanReadsAsKorean()
    {
        // Particles by the last sound, not both in brackets; one word for one thing.
        const QRegularExpression bracketed(QStringLiteral("은\\(는\\)|을\\(를\\)|이\\(가\\)|\\(으\\)로|\\(이\\)|과\\(와\\)"));
        const QRegularExpression otherWords(QStringLiteral(
            "관찰자|훈련|레이블|에포크|(?<!양자화 )인식 학습|데이터 세트|(?<![가-힣])폭[과은이을의]|보정 (?:오차|표본|샘플|사다리)"));
        const auto check = [&](const QString& korean) {
            QVERIFY2(!korean.contains(bracketed) && !korean.contains(otherWords), qPrintable(korean));
        };
        for (const QString& key : m_korean.keys())
            for (const auto& [context, korean] : meanings(m_korean[key])) check(korean);
        for (const auto& entry : fs::directory_iterator(BITSTILL_SOURCE "/resources/lessons")) {
            if (!entry.path().filename().string().ends_with(".ko.md")) continue;
            std::ifstream in(entry.path());
            check(QString::fromStdString({std::istreambuf_iterator<char>(in), {}}).simplified());
        }
    }

    void errorsAreSentences()
    {
        // A thrown sentence that is no text() stays English in the Korean window.
        static const QRegularExpression thrown(QStringLiteral("\\bthrow (?:Error|NotFinite)\\(([^;]*);"));
        static const QRegularExpression said(QStringLiteral("\\b(?:text|textIn|counted)\\([^\"]*(?:\"(?:[^\"\\\\]|\\\\.)*\"(?:,\\s*)?)+"));
        static const QRegularExpression literal(kLiteral);
        for (const auto& entry : fs::recursive_directory_iterator(fs::path(BITSTILL_SOURCE) / "engine")) {
            if (entry.path().extension() != ".cpp") continue;
            std::ifstream in(entry.path());
            const QString source = QString::fromStdString({std::istreambuf_iterator<char>(in), {}});
            for (auto it = thrown.globalMatch(source); it.hasNext();) {
                const QString rest = it.next().captured(1).remove(said);
                for (auto bare = literal.globalMatch(rest); bare.hasNext();) {
                    const QString words = bare.next().captured(1);
                    QVERIFY2(words.count(QLatin1Char(' ')) < 2, qPrintable(QString::fromStdString(entry.path().string()) + words));
                }
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestTranslations)
#include "tst_translations.moc"
