#include "engine/distill/dark_knowledge.h"

#include "engine/core/rng.h"
#include "engine/nn/loss.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

void changeKnowledge(Logits& logits, DarkKnowledge kind, std::uint64_t seed)
{
    if (kind == DarkKnowledge::Intact || logits.classes < 2) return;
    std::vector<float> others(logits.classes - 1);
    for (std::size_t i = 0; i < logits.count; ++i) {
        float* row = logits.values.data() + i * logits.classes;
        const std::size_t choice = argmax(row, logits.classes);
        std::copy(row, row + choice, others.begin());
        std::copy(row + choice + 1, row + logits.classes, others.begin() + static_cast<std::ptrdiff_t>(choice));
        if (kind == DarkKnowledge::Shuffled) {
            Rng(seed, "dark", i).shuffle(others);
        } else {
            const float most = *std::max_element(others.begin(), others.end());
            double sum = 0;
            for (const float v : others) sum += std::exp(static_cast<double>(v - most));
            std::fill(others.begin(), others.end(), most + static_cast<float>(std::log(sum / static_cast<double>(others.size()))));
        }
        std::copy_n(others.begin(), choice, row);
        std::copy(others.begin() + static_cast<std::ptrdiff_t>(choice), others.end(), row + choice + 1);
    }
}

} // namespace bitstill
