#include "engine/experiment/teacher.h"

#include "engine/experiment/groups.h"
#include "engine/experiment/teacher_cache.h"
#include "engine/io/model_file.h"
#include "engine/nn/zoo.h"

namespace bitstill {

namespace {

/// mean += logits / count
void addTo(Logits& mean, const Logits& logits, std::size_t count)
{
    if (mean.values.empty()) mean = {std::vector<float>(logits.values.size(), 0.0f), logits.count, logits.classes};
    for (std::size_t i = 0; i < logits.values.size(); ++i) mean.values[i] += logits.values[i] / static_cast<float>(count);
}

Teacher introduced(Course& course, Teacher teacher)
{
    for (std::size_t i = 0; i < teacher.networks.size(); ++i)
        course.context().keepModel(i == 0 ? "teacher" : "teacher." + std::to_string(i + 1), teacher.networks[i]);
    course.context().metric("teacher.accuracy", teacher.accuracy(course.data()));
    return teacher;
}

} // namespace

Teacher trainTeacher(Course& course, double share, const std::vector<std::uint32_t>& studentSamples)
{
    const Spec& spec = course.context().spec();
    const Dataset& data = course.data();
    const std::string file = spec.word("distill.teacher_file");
    const auto count = file.empty() ? static_cast<std::size_t>(spec.integer("distill.ensemble")) : std::size_t{1};
    const bool sameData = !studentSamples.empty() && spec.word("distill.teacher_data") == "same";
    TeacherCache* known = course.context().teachers();
    const std::string key = known ? TeacherCache::keyOf(spec, sameData) : std::string();
    if (const auto found = key.empty() ? nullptr : known->find(key)) {
        course.next(share, text("the teacher is known from a run before"));
        course.repeat(found->training, found->steps);
        return introduced(course, found->teacher);
    }
    const long before = course.steps();
    Teacher teacher;
    for (std::size_t i = 0; i < count; ++i) {
        Graph graph = buildModel(spec.word("distill.teacher"), data.shape, data.classCount());
        TrainOptions options = sameData ? trainOptions(spec) : teacherOptions(spec);
        if (sameData) options.subset = studentSamples;
        options.seed += 1000 * i; // far from the students' seeds
        course.next(share / static_cast<double>(count),
            count == 1 ? text("training the teacher") : text("training teacher %1 of %2", std::to_string(i + 1), std::to_string(count)));
        if (file.empty()) {
            graph.initialize(options.seed);
            course.trainDrawn(graph, options);
        } else {
            readModel(graph, file);
        }
        addTo(teacher.training, course.overTraining(graph), count);
        addTo(teacher.test, course.test(graph), count);
        teacher.networks.push_back(std::move(graph));
    }
    if (!key.empty()) known->keep({key, teacher, course.drawn(), course.steps() - before});
    return introduced(course, std::move(teacher));
}

bool needsPreparation(const DistillMethod& method)
{
    return method.source == DistillMethod::Source::Itself || method.source == DistillMethod::Source::Assistant;
}

Logits knowledgeFor(Course& course, const DistillMethod& method, const Teacher& teacher, const TrainOptions& options,
    const DistillSettings& settings, double share)
{
    if (!needsPreparation(method)) return teacher.training;
    const Spec& spec = course.context().spec();
    const Dataset& data = course.data();
    const bool itself = method.source == DistillMethod::Source::Itself;
    course.next(share, itself ? text("training the first generation") : text("teaching the assistant"));
    Graph graph = buildModel(spec.word(itself ? "model.name" : "distill.assistant"), data.shape, data.classCount());
    TrainOptions before = options;
    before.seed += 500; // a start of its own
    graph.initialize(before.seed);
    if (itself)
        course.train(graph, before);
    else
        course.teach(graph, before,
            {.method = hintonMethod(), .lesson = {.samples = &data.train, .teacher = &teacher.training, .settings = &settings}});
    return course.overTraining(graph);
}

} // namespace bitstill
