#pragma once

#include "app/lesson_item.h"

#include <QString>

namespace bitstill {

/// A page about an experiment: what one sees, what to try, why.
struct Lesson {
    QString name{}; ///< of its file without endings; empty: the one that comes with Bitstill
    QString title{};
    QString markdown{};
    std::vector<LessonItem> items{}; ///< what it offers to try
    std::set<std::string> hidden{}; ///< fields that the form leaves out while it is open
    Text problem{}; ///< why it cannot be shown; empty when it can
};

/// The one that comes with Bitstill.
Lesson bundledLesson(const ExperimentInfo& info, const QString& language);

/// Where lessons of a teacher are: NAME.md, and NAME.ko.md for the window in Korean. A file begins with lines such as
///
///     experiment: before-after
///     title: Four bits
///     hide: quant.observer, train.epochs
///
/// the last of which may be left out; an empty line ends them, and the rest is Markdown without pictures and HTML.
QString lessonFolder();
/// Those of this experiment by name, and those that say none which exists. Files are read anew.
std::vector<Lesson> ownLessons(const ExperimentInfo& info, const QString& language);

} // namespace bitstill
