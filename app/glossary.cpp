#include "app/glossary.h"

#include <QFile>
#include <QStringList>

namespace bitstill {

std::vector<Term> glossary()
{
    std::vector<Term> terms;
    QFile file(QStringLiteral(":/glossary.md"));
    if (!file.open(QIODevice::ReadOnly)) return terms;
    for (const QString& line : QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'))) {
        const QStringList cells = line.split(QStringLiteral(" | "));
        if (!line.startsWith(QLatin1String("| ")) || cells.size() != 4 || cells[0] == QLatin1String("| English")) continue;
        terms.push_back({cells[0].mid(2), cells[1], cells[2], cells[3].chopped(2)});
    }
    return terms;
}

QString glossaryMarkdown(const QString& language)
{
    const bool korean = language == QLatin1String("ko");
    QString page;
    for (const Term& t : glossary()) {
        const QString& word = korean ? t.korean : t.english;
        const QString& other = korean ? t.english : t.korean;
        page += QStringLiteral("**%1**").arg(word) + (other == word ? QString() : QStringLiteral(" · %1").arg(other)) + QStringLiteral(": ")
            + (korean ? t.koreanMeaning : t.meaning) + QStringLiteral("\n\n");
    }
    return page;
}

} // namespace bitstill
