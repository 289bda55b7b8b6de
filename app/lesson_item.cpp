#include "app/lesson_item.h"

#include "engine/experiment/spec.h"

#include <QByteArrayList>
#include <algorithm>

namespace bitstill {

namespace {

constexpr char kScheme[] = "try:", kContrast[] = "contrast";

void demand(const Spec& spec, const std::string& link)
{
    if (const std::vector<Problem> problems = validate(spec); !problems.empty())
        throw Error(link, Text("%1: %2", {problems.front().field, problems.front().what}), problems.front().hint);
}

void set(Spec& spec, const std::string& key, const std::string& value, const ExperimentInfo& info, const std::string& link)
{
    const Field* field = fieldOf(info, key);
    try {
        spec.values[key] = field ? field->parse(value) : Value(value); // validation names the nearest
    } catch (const Error& e) {
        throw Error(link, Text("%1: %2", {key, e.problem()}), e.hint());
    }
}

void setContrast(Spec& spec, const std::string& contrast, const ExperimentInfo& info, const std::string& link)
{
    Spec asked = defaultSpec(info.id);
    try {
        applyContrast(asked, contrast);
    } catch (const Error& e) {
        throw Error(link, e.problem(), e.hint());
    }
    for (const std::string& key : contrastedFields(info)) spec.values[key] = asked.values.at(key);
}

} // namespace

bool isLessonItem(const std::string& link) { return link.starts_with(kScheme); }

LessonItem lessonItem(const std::string& link, const ExperimentInfo& info)
{
    Spec spec{.experiment = info.id, .seed = 1, .values = {}};
    for (const QByteArray& part : QByteArray::fromStdString(link).mid(sizeof kScheme - 1).split('&')) {
        const qsizetype equals = part.indexOf('=');
        if (equals < 1)
            throw Error(link, text("\"%1\" is not a field and its value", part.toStdString()), text("write it as %1", "try:quant.bits=4"));
        const std::string key = part.left(equals).toStdString(),
                          value = QByteArray::fromPercentEncoding(part.mid(equals + 1)).toStdString();
        if (key == kContrast)
            setContrast(spec, value, info, link);
        else
            set(spec, key, value, info, link);
    }
    demand(spec, link);
    return {.link = link, .values = std::move(spec.values)};
}

std::vector<LessonItem> lessonItems(const std::string& markdown, const ExperimentInfo& info)
{
    const std::string start = std::string("](") + kScheme;
    std::vector<LessonItem> items;
    for (std::size_t at = markdown.find(start); at != std::string::npos; at = markdown.find(start, at + 1)) {
        const std::string link = markdown.substr(at + 2, markdown.find_first_of(") \t\r\n", at) - at - 2);
        if (std::ranges::find(items, link, &LessonItem::link) == items.end()) items.push_back(lessonItem(link, info));
    }
    return items;
}

} // namespace bitstill
