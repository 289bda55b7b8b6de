// Every sentence of the window and the engine has its Korean one, with the same placeholders.

#include "app/translator.h"
#include "tests/support/files.h"
#include "widgets/icons.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>
#include <regex>
#include <set>

namespace fs = std::filesystem;
using namespace bitstill;

class TestTranslations : public QObject {
    Q_OBJECT

    QJsonObject m_korean;
    std::set<std::string> m_sentences;

private Q_SLOTS:
    void initTestCase()
    {
        initializeResources();
        QFile file(QStringLiteral(BITSTILL_SOURCE "/resources/translations/ko.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        m_korean = QJsonDocument::fromJson(file.readAll()).object();
        const std::regex call("\\b(?:(?:text|tr)\\(\\s*|translate\\(\"export\",\\s*)\"((?:[^\"\\\\]|\\\\.)*)\"");
        for (const char* folder : {"engine", "widgets", "app"})
            for (const auto& entry : fs::recursive_directory_iterator(fs::path(BITSTILL_SOURCE) / folder)) {
                if (entry.path().extension() != ".cpp") continue;
                std::ifstream in(entry.path());
                const std::string source{std::istreambuf_iterator<char>(in), {}};
                for (std::sregex_iterator i(source.begin(), source.end(), call), end; i != end; ++i)
                    if (!(*i)[1].str().empty()) m_sentences.insert(QString::fromStdString((*i)[1]).replace("\\\"", "\"").toStdString());
            }
        QVERIFY(m_sentences.size() > 150);
    }

    void everySentenceIsTranslated()
    {
        QStringList missing;
        for (const std::string& s : m_sentences)
            if (m_korean.value(QString::fromStdString(s)).toString().isEmpty()) missing << QString::fromStdString(s);
        QVERIFY2(missing.isEmpty(), qPrintable(missing.join(QLatin1Char('\n'))));
    }

    void nothingIsTranslatedThatIsNotSaid()
    {
        for (const QString& key : m_korean.keys()) QVERIFY2(m_sentences.contains(key.toStdString()), qPrintable(key));
    }

    void placeholdersAreKept()
    {
        const auto placeholders = [](const QString& s) {
            QStringList found;
            static const QRegularExpression placeholder(QStringLiteral("%[1-9]"));
            for (auto it = placeholder.globalMatch(s); it.hasNext();) found << it.next().captured();
            found.sort();
            return found;
        };
        for (const QString& key : m_korean.keys()) QVERIFY2(placeholders(key) == placeholders(m_korean[key].toString()), qPrintable(key));
    }

    void translatorFindsThem()
    {
        const Translator korean(QStringLiteral("ko")), english(QStringLiteral("en"));
        QCOMPARE(korean.translate("anything", "per channel"), QStringLiteral("채널별"));
        QVERIFY(korean.translate("anything", "no such sentence").isNull());
        QVERIFY(english.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestTranslations)
#include "tst_translations.moc"
