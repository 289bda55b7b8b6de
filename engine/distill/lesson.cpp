#include "engine/distill/lesson.h"

#include "engine/nn/loss.h"

namespace bitstill {

SampleLoss lossOf(const Lesson& l)
{
    return [l](std::uint32_t sample, const float* logits, std::size_t classes, float* gradient) {
        const std::int32_t label = l.samples->labels[sample];
        const float* teacher = l.teacher->row(sample);
        const auto choice = static_cast<std::int32_t>(argmax(teacher, classes));
        const bool known = !l.labelled || (*l.labelled)[sample];
        const double weight = known ? l.settings->teacherWeight : 1;
        const double taught = l.hardLabels ? softmaxCrossEntropy(logits, &choice, 1, classes, 1, gradient)
                                           : l.method(logits, teacher, classes, known ? label : choice, *l.settings, gradient);
        for (std::size_t c = 0; c < classes; ++c) gradient[c] *= static_cast<float>(weight);
        if (!known) return taught;
        static thread_local std::vector<float> plain;
        plain.resize(classes);
        const double told = softmaxCrossEntropy(logits, &label, 1, classes, 1, plain.data());
        for (std::size_t c = 0; c < classes; ++c) gradient[c] += static_cast<float>(1 - weight) * plain[c];
        return weight * taught + (1 - weight) * told;
    };
}

} // namespace bitstill
