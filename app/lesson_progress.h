#pragma once

#include "app/lesson_item.h"

#include <QObject>
#include <set>

namespace bitstill {

class Document;

/// Which items of the lessons were done, by their links or by hand: those whose settings a finished run has, or its live figures have
/// shown. Kept between starts, by experiment and link.
class LessonProgress : public QObject {
    Q_OBJECT
public:
    explicit LessonProgress(QObject* parent);

    /// Watches its runs from now on.
    void follow(const Document& document);
    /// What there is to do in the lesson of this experiment that is open now.
    void expect(const std::string& experiment, const std::vector<LessonItem>& items);
    /// What its figures show now counts, too.
    void judge(const Document& document);
    bool isDone(const std::string& experiment, const LessonItem& item) const;
    /// Nothing was done in this experiment.
    void forget(const std::string& experiment);

Q_SIGNALS:
    void changed(const QString& experiment);

private:
    struct Course {
        const Document* document = nullptr;
        std::vector<LessonItem> items{};
        std::set<QString> done{}; ///< links, of any lesson
    };
    Course& courseOf(const std::string& experiment);

    std::map<std::string, Course> m_courses;
};

} // namespace bitstill
