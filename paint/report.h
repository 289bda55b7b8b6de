#pragma once

#include "engine/experiment/record.h"

#include <QString>

namespace bitstill {

/// What a report says that no record has.
struct ReportParts {
    QString language{}; ///< "ko", "en": of the page; its sentences are in that of the program
    QString lesson{}; ///< Markdown; empty: none
    std::string carried{}; ///< HTML that carries the record; not in PDF
};

/// The format of pictures that a report of this ending ("html", "pdf") is made of.
QString reportPictures(const QString& ending);
/// What the run asked and found: headline, settings that differ from their defaults, figures, metrics, lesson, where and how it was made,
/// and how to make it again. `pictures`: one for each of the record's figures; empty where it could not be drawn. An HTML page needs
/// nothing beside itself. On any thread.
std::string reportBytes(const Record& record, const QString& ending, const std::vector<std::string>& pictures, const ReportParts& parts);

/// A lesson in Markdown with its links that set fields ("try:...") as plain words: only its own page can follow them.
QString withoutItems(QString lesson);

/// "bitstill-cli run before-after --seed 7 --set quant.bits=4", as a shell takes it.
std::string commandOf(const Spec& spec);

} // namespace bitstill
