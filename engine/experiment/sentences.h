#pragma once

#include "engine/core/text.h"

#include <map>
#include <nlohmann/json_fwd.hpp>

namespace bitstill {

class JsonPlace;

/// What the English of a document was made of. A document says everything in English, for whoever reads it, and has beside it a table of
/// its sentences by that English: {"3 bits": {"text": "%1 bits", "args": ["3"]}}. So what is read can be translated. Where one English
/// stands for a sentence and for data, or for two senses of a word, it is not in the table and reads as data: data is never translated.
class Sentences {
public:
    Sentences() = default;
    /// A table. What is not as its English says is left out; throws Error for what is no table.
    explicit Sentences(const JsonPlace& table);

    /// Its English, to be written; the table knows it from then on.
    std::string write(const Text& text);
    nlohmann::json table() const;

    Text read(const std::string& english) const;

private:
    std::map<std::string, Text> m_byEnglish; ///< data as well
};

} // namespace bitstill
