// Learning again, as one of the repairs.

#include "engine/core/error.h"
#include "engine/experiment/foreign_shrinker.h"
#include "engine/experiment/groups.h"
#include "engine/models/shrink/trainable.h"

namespace bitstill::own_model {

Fields learningFields()
{
    const Fields fields{
        {.key = "repair.samples",
            .kind = Field::Kind::Int,
            .label = text("Samples to learn from"),
            .help = text("Of the data set's training samples, of the file's samples that do not test, or of random numbers."),
            .initial = std::int64_t{2048},
            .low = 16,
            .high = 50000,
            .logarithmic = true},
        {.key = "repair.epochs",
            .kind = Field::Kind::Int,
            .label = text("Epochs of learning"),
            .help = text("How often the network sees them."),
            .initial = std::int64_t{10},
            .low = 1,
            .high = 200,
            .logarithmic = true},
        {.key = "repair.learning_rate",
            .kind = Field::Kind::Real,
            .label = text("Learning rate of learning again"),
            .help = text("In shares of the size of each array of weights; moved by Adam, it falls to zero along a cosine."),
            .initial = 0.002,
            .low = 1e-6,
            .high = 0.1,
            .logarithmic = true},
    };
    return fields.each([](Field& f) { f.group = text("Repair"); }).visibleWhen({"repair.learn", {"true"}});
}

Values settingsOf(const Spec& spec)
{
    Values settings;
    for (const char* key :
        {"quant.bits", "quant.activation_bits", "quant.format", "own.layers", "repair.samples", "repair.epochs", "repair.learning_rate"})
        settings[key] = spec.values.at(key);
    return settings;
}

void Shrinker::learnFrom(std::function<Practice()> practice, StepObserver observer)
{
    m_practice = std::move(practice);
    m_observerOfSteps = std::move(observer);
}

Text Shrinker::whyNotLearning(const Spec& spec)
{
    if (const NumberFormat* format = quantFormat(spec)) return text("it learns with integers, not with the format %1", format->name);
    if (!m_whyNotTrained) {
        m_whyNotTrained = Text();
        try {
            const foreign::Trainable trainable(m_plain->network());
        } catch (const Error& e) {
            m_whyNotTrained = e.problem();
        }
    }
    return *m_whyNotTrained;
}

Taken Shrinker::taken(const Spec& spec)
{
    const Taken wanted = repairsIn(spec);
    return (wanted & kLearn) && !whyNotLearning(spec).empty() ? wanted & ~Taken{kLearn} : wanted;
}

foreign::Quantized Shrinker::learned(Taken taken, const Spec& spec)
{
    const Values settings = settingsOf(spec);
    if (std::exchange(m_learnedWith, settings) != settings) m_learned.clear();
    if (const auto found = m_learned.find(taken); found != m_learned.end()) return found->second;
    foreign::Quantized network = quantized(taken & ~Taken{kLearn}, spec);
    if (!m_lessons) {
        Practice practice = m_practice();
        if (!hasLabels()) practice.labels.clear();
        m_lessons = foreign::lessonsFrom(m_plain->network(), practice.inputs, practice.labels, m_pool, m_keepGoing);
    }
    const foreign::LearnOptions how{
        .epochs = static_cast<int>(spec.integer("repair.epochs")), .learningRate = spec.real("repair.learning_rate"), .seed = spec.seed};
    try {
        const TrainOutcome outcome = foreign::learn(network, options(taken, spec), *m_lessons, how, m_pool, m_observerOfSteps);
        if (outcome == TrainOutcome::Diverged)
            throw Error(
                "repair.learning_rate", text("the network became NaN or infinite as it learned again"), text("choose a smaller one"));
    } catch (const Stopped&) {
        if (!m_unfinished) m_unfinished = std::move(network); // the innermost is the newest: it has overtaken the others
        throw;
    }
    if (settings == m_learnedWith) m_learned.insert_or_assign(taken, network); // others may have been asked for meanwhile
    return network;
}

} // namespace bitstill::own_model
