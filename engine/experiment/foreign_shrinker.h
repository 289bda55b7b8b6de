#pragma once

#include "engine/experiment/foreign_source.h"
#include "engine/experiment/ladder.h"
#include "engine/models/shrink/equalize.h"
#include "engine/models/shrink/learn.h"
#include "engine/models/shrink/repair.h"
#include "engine/models/shrink/sensitivity.h"

#include <optional>

namespace bitstill::own_model {

/// One bit for each of repairs().
enum Repair : Taken { kEqualize = 1, kRanges = 2, kPerChannel = 4, kBias = 8, kMixed = 16, kLearn = 32 };

struct RepairInfo {
    std::string key; ///< of its field: "repair.ranges"
    Text name, help;
};
const std::vector<RepairInfo>& repairs();
/// Those that the fields ask for.
Taken repairsIn(const Spec& spec);
/// repair.epochs and the other fields of learning again.
Fields learningFields();
/// All that own-model has.
std::vector<Field> fields();
/// What learning again, and the ladder with it, depends on.
Values settingsOf(const Spec& spec);

/// How a quantized form answers the test samples, beside the float network.
struct Measured {
    foreign::Deviation deviation{0};
    std::vector<char> correct{}; ///< right where labels are known, else of the float network's class; empty where there are no classes
    std::int64_t bytes = 0;
    std::optional<Interval> learned{}; ///< in `correct`, beside the same network before it learned again; where it did
};

/// Makes the quantized networks that the fields describe. Everything throws Stopped when `keepGoing` says no.
class Shrinker {
public:
    /// Calibrates.
    Shrinker(Source source, const Spec& spec, ThreadPool& pool, std::function<bool()> keepGoing);

    const Source& source() const { return m_source; }
    const foreign::Quantizer& plain() const { return *m_plain; }
    const foreign::Question& question() const { return m_question; }
    const Logits& floats() const { return m_floats; }
    /// Of the float network: right where labels are known, else all of them; empty where there are no classes.
    const std::vector<char>& floatCorrect() const { return m_floatCorrect; }
    bool hasLabels() const { return !m_source.labels.empty(); }
    /// Names of the layers that people read and write: those of the file without what all of them begin with.
    const std::vector<std::string>& names() const { return m_names; }

    static const std::vector<int>& probedBits();
    /// Index of the widest of those that are no more than `bits`.
    static std::size_t probedColumn(int bits);
    void measureSensitivity(const std::function<void(double)>& progress);
    const std::optional<foreign::Sensitivity>& sensitivity() const { return m_sensitivity; }
    /// What a layer's bits cost by itself, measured at the nearest number of bits.
    double damage(std::size_t layer, int bits) const;

    /// What it learns from again, asked for when it does for the first time, and who is told of each step; it may throw. Without this it
    /// cannot learn.
    void learnFrom(std::function<Practice()> practice, StepObserver observer);
    /// Empty where it can learn again.
    Text whyNotLearning(const Spec& spec);
    /// Those that the fields ask for and that it can have.
    Taken taken(const Spec& spec);
    /// What it learns from, 0 before it did; and what it had learned when it was stopped.
    std::size_t lessons() const { return m_lessons ? m_lessons->data.train.count() : 0; }
    std::optional<foreign::Quantized> unfinished() { return std::exchange(m_unfinished, std::nullopt); }

    /// The network with these repairs and with what quant.* and own.layers of this spec say.
    foreign::Quantized quantized(Taken taken, const Spec& spec);
    Measured measured(const foreign::Quantized& network) const;
    /// The same of another network of the same function, such as an int8 file, for the same samples; `bytes` stays 0. Throws Error, naming
    /// own.theirs, where its inputs or outputs are others.
    Measured measured(const foreign::Network& other) const;
    /// KL of classifiers, noise to signal of others, on the samples that calibrate: what decides whether a repair is taken.
    double judged(const foreign::Quantized& network) const;
    std::size_t judgedOn() const { return m_guards; }

    /// Empty where some layers can be equalized.
    const Text& whyNotEqualized() const { return m_equalized.why; }

    /// Layers named in own.layers that there are none of.
    std::vector<std::string> unknownLayers(const Spec& spec) const;

private:
    /// Labels of classes that are not the model's: it guesses them no better than chance would.
    void dropForeignLabels();
    Measured besideFloat(const Logits& found) const;
    foreign::Quantized learned(Taken taken, const Spec& spec);
    const foreign::Quantizer& quantizer(Taken taken);
    QuantizationOptions options(Taken taken, const Spec& spec) const;

    Source m_source;
    ThreadPool& m_pool;
    std::function<bool()> m_keepGoing;
    std::string m_observer; ///< without better ranges
    foreign::Equalized m_equalized;
    std::optional<foreign::Quantizer> m_plain, m_others[3]; ///< equalized, with better ranges, with both: made when first asked for
    foreign::Question m_question;
    Logits m_floats, m_guardFloats;
    NamedArrays m_guard;
    std::size_t m_guards = 0;
    std::vector<char> m_floatCorrect;
    std::vector<std::string> m_names;
    std::optional<foreign::Sensitivity> m_sensitivity;
    QuantizationOptions m_probed;
    std::function<Practice()> m_practice;
    StepObserver m_observerOfSteps;
    std::optional<Text> m_whyNotTrained; ///< once somebody asked
    std::optional<foreign::Lessons> m_lessons;
    std::map<Taken, foreign::Quantized> m_learned; ///< with these settings:
    Values m_learnedWith;
    std::optional<foreign::Quantized> m_unfinished;
};

/// "conv1=8 fc=0" as bits by the names in it. Throws Error, naming the field, for what cannot be read.
std::map<std::string, int> layerBitsIn(const std::string& words);
/// The check of that field.
Problem layerBitsProblem(const std::string& words);

/// Without what all names begin with, up to a "/", and of several names joined by ";" the first; the names as they are where two would be
/// the same.
std::vector<std::string> shortNames(const std::vector<std::string>& names);

} // namespace bitstill::own_model
