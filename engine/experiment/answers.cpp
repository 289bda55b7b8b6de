#include "engine/experiment/answers.h"

#include "engine/core/text.h"
#include "engine/io/json_place.h"

#include <nlohmann/json.hpp>

namespace bitstill {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::size_t kBits = 4, kHashDigits = 16;

/// What the digits stand for. Refuses other than so many of them.
std::vector<unsigned> digitsOf(const JsonPlace& place, std::size_t count)
{
    const std::string& word = place.word();
    std::vector<unsigned> digits;
    for (const char c : word)
        if (const std::size_t digit = kHex.find(c); digit != std::string_view::npos) digits.push_back(static_cast<unsigned>(digit));
    if (digits.size() != word.size() || digits.size() != count)
        place.refuse(text("%1 is not %2 hexadecimal digits", place.path(), grouped(static_cast<std::int64_t>(count))));
    return digits;
}

} // namespace

nlohmann::json toJson(const Answers& answers)
{
    std::string samples, correct;
    for (std::size_t i = kHashDigits; i-- > 0;) samples += kHex[answers.samples >> (kBits * i) & 15];
    for (std::size_t first = 0; first < answers.correct.size(); first += kBits) {
        unsigned digit = 0;
        for (std::size_t i = first; i < first + kBits; ++i) digit = 2 * digit + (i < answers.correct.size() && answers.correct[i] ? 1 : 0);
        correct += kHex[digit];
    }
    return {{"samples", samples}, {"count", answers.correct.size()}, {"correct", correct}};
}

Answers answersFromJson(const JsonPlace& place)
{
    Answers answers;
    for (const unsigned digit : digitsOf(place["samples"], kHashDigits)) answers.samples = answers.samples << kBits | digit;
    const auto count = static_cast<std::size_t>(place["count"].whole(1, kMostAnswers));
    const std::vector<unsigned> digits = digitsOf(place["correct"], (count + kBits - 1) / kBits);
    for (std::size_t i = 0; i < count; ++i) answers.correct.push_back(digits[i / kBits] >> (kBits - 1 - i % kBits) & 1);
    if (toJson(answers)["correct"] != place["correct"].value()) // a bit of no sample
        place["correct"].refuse(text("%1 has bits of more than %2 samples", place["correct"].path(), std::to_string(count)));
    return answers;
}

} // namespace bitstill
