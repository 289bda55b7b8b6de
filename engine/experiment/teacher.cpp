#include "engine/experiment/teacher.h"

#include "engine/experiment/groups.h"
#include "engine/nn/zoo.h"

namespace bitstill {

namespace {

/// mean += logits / count
void addTo(Logits& mean, const Logits& logits, std::size_t count)
{
    if (mean.values.empty()) mean = {std::vector<float>(logits.values.size(), 0.0f), logits.count, logits.classes};
    for (std::size_t i = 0; i < logits.values.size(); ++i) mean.values[i] += logits.values[i] / static_cast<float>(count);
}

} // namespace

Teacher trainTeacher(Course& course, double share)
{
    const Spec& spec = course.context().spec();
    const Dataset& data = course.data();
    const auto count = static_cast<std::size_t>(spec.integer("distill.ensemble"));
    Teacher teacher;
    for (std::size_t i = 0; i < count; ++i) {
        Graph graph = buildModel(spec.word("distill.teacher"), data.shape, data.classCount());
        TrainOptions options = teacherOptions(spec);
        options.seed += 1000 * i; // far from the students' seeds
        graph.initialize(options.seed);
        course.next(share / static_cast<double>(count),
            count == 1 ? text("training the teacher") : text("training teacher %1 of %2", std::to_string(i + 1), std::to_string(count)));
        course.trainDrawn(graph, options);
        addTo(teacher.training, course.overTraining(graph), count);
        addTo(teacher.test, course.test(graph), count);
        teacher.networks.push_back(std::move(graph));
    }
    course.context().keepModel(teacher.networks.front());
    course.context().metric("teacher.accuracy", teacher.accuracy(data));
    return teacher;
}

} // namespace bitstill
