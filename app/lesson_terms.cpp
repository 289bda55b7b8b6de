#include "app/lesson_terms.h"

#include "app/glossary.h"

#include <QGuiApplication>
#include <QPalette>
#include <QRegularExpression>
#include <QTextBlock>
#include <QTextCursor>
#include <QUrl>
#include <algorithm>
#include <map>
#include <set>

namespace bitstill {

namespace {

const QString kScheme = QStringLiteral("term:");

/// Terms by each way to write them: "straight-through estimator (STE)" is two.
std::map<QString, QString> writings(bool korean)
{
    std::map<QString, QString> englishOf;
    for (const Term& term : glossary())
        for (QString words : (korean ? term.korean : term.english).toLower().split(QLatin1Char('(')))
            englishOf[words.remove(QLatin1Char(')')).trimmed()] = term.english;
    return englishOf;
}

/// Any of them as a word, the longer ones first. Korean puts particles after it, English an s.
QRegularExpression anyOf(const std::map<QString, QString>& writings, bool korean)
{
    QStringList words;
    for (const auto& [word, english] : writings) words << QRegularExpression::escape(word);
    std::ranges::stable_sort(words, std::ranges::greater{}, [](const QString& word) { return word.size(); });
    const QString after = korean ? QString() : QStringLiteral("(?=s?(?![\\w-]))");
    return QRegularExpression(QStringLiteral("(?<![\\w-])(?:%1)%2").arg(words.join(QLatin1Char('|')), after),
        QRegularExpression::CaseInsensitiveOption | QRegularExpression::UseUnicodePropertiesOption);
}

} // namespace

void markTerms(QTextDocument& page, const QString& language)
{
    const bool korean = language == QLatin1String("ko");
    const std::map<QString, QString> englishOf = writings(korean);
    const QRegularExpression any = anyOf(englishOf, korean);
    std::set<QString> seen;
    for (QTextBlock block = page.begin(); block.isValid(); block = block.next()) {
        if (block.blockFormat().headingLevel() > 0) continue;
        for (auto at = any.globalMatch(block.text()); at.hasNext();) {
            const QRegularExpressionMatch match = at.next();
            const QString& english = englishOf.at(match.captured().toLower());
            QTextCursor mention(block);
            mention.setPosition(block.position() + static_cast<int>(match.capturedStart()));
            mention.setPosition(block.position() + static_cast<int>(match.capturedEnd()), QTextCursor::KeepAnchor);
            if (mention.charFormat().isAnchor() || mention.charFormat().fontFixedPitch() || !seen.insert(english).second) continue;
            QTextCharFormat marked;
            marked.setAnchor(true);
            marked.setAnchorHref(kScheme + QString::fromLatin1(QUrl::toPercentEncoding(english)));
            marked.setUnderlineStyle(QTextCharFormat::DotLine);
            marked.setForeground(QGuiApplication::palette().link()); // as a link has it
            mention.mergeCharFormat(marked);
        }
    }
}

QString meaningBehind(const QUrl& link, const QString& language)
{
    const QString address = link.toString(QUrl::FullyEncoded);
    if (!address.startsWith(kScheme)) return {};
    const QString english = QUrl::fromPercentEncoding(address.mid(kScheme.size()).toLatin1());
    const bool korean = language == QLatin1String("ko");
    for (const Term& term : glossary()) {
        if (term.english != english) continue;
        const QString words = korean ? term.korean : term.english, other = korean ? term.english : term.korean;
        return QStringLiteral("<p><b>%1</b>%2<br>%3</p>")
            .arg(words.toHtmlEscaped(), other == words ? QString() : QStringLiteral(" · ") + other.toHtmlEscaped(),
                (korean ? term.koreanMeaning : term.meaning).toHtmlEscaped());
    }
    return {};
}

} // namespace bitstill
