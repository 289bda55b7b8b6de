#include "engine/experiment/teacher.h"

#include "engine/data/sample.h"
#include "engine/experiment/foreign_teacher.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/models.h"
#include "engine/experiment/teacher_cache.h"
#include "engine/measure/interval.h"
#include "engine/nn/model_file.h"

namespace bitstill {

namespace {

/// mean += logits / count
void addTo(Logits& mean, const Logits& logits, std::size_t count)
{
    if (mean.values.empty()) mean = {std::vector<float>(logits.values.size(), 0.0f), logits.count, logits.classes};
    for (std::size_t i = 0; i < logits.values.size(); ++i) mean.values[i] += logits.values[i] / static_cast<float>(count);
}

Teacher introduced(TrainingRunner& runner, Teacher teacher)
{
    for (std::size_t i = 0; i < teacher.networks.size(); ++i)
        runner.context().keepModel(i == 0 ? "teacher" : "teacher." + std::to_string(i + 1), teacher.networks[i]);
    tellTeacher(runner.context(), teacher.test, runner.data());
    return teacher;
}

} // namespace

void tellTeacher(Context& context, const Logits& test, const Dataset& data)
{
    const std::vector<char> correct = correctness(test, data.test);
    context.metric("teacher.accuracy", accuracyInterval(correct).mean);
    context.answers("teacher.accuracy", fingerprintOf(data, data.test), correct);
}

namespace {

Teacher askedTeacher(TrainingRunner& runner, double share)
{
    TeacherCache* known = runner.context().teachers();
    const std::string key = known ? foreignTeacherKey(runner.context().spec()) : std::string();
    const auto found = key.empty() ? nullptr : known->find(key);
    runner.next(found ? 0 : share, text("asking the teacher about every sample"));
    Teacher teacher = found ? found->teacher : foreignTeacher(runner);
    if (!found && !key.empty()) known->keep({key, teacher, {}, 0});
    return introduced(runner, std::move(teacher));
}

} // namespace

Teacher trainTeacher(TrainingRunner& runner, double share, const std::vector<std::uint32_t>& studentSamples)
{
    const Spec& spec = runner.context().spec();
    if (hasForeignTeacher(spec)) return askedTeacher(runner, share);
    const Dataset& data = runner.data();
    const std::string file = spec.word("distill.teacher_file");
    const auto count = file.empty() ? static_cast<std::size_t>(spec.integer("distill.ensemble")) : std::size_t{1};
    const bool sameData = !studentSamples.empty() && spec.word("distill.teacher_data") == "same";
    TeacherCache* known = runner.context().teachers();
    const std::string key = known ? TeacherCache::keyOf(spec, sameData) : std::string();
    if (const auto found = key.empty() ? nullptr : known->find(key)) {
        runner.next(0, text("using the teacher trained in an earlier run"));
        runner.repeat(found->training, found->steps);
        return introduced(runner, found->teacher);
    }
    const long before = runner.steps();
    Teacher teacher;
    for (std::size_t i = 0; i < count; ++i) {
        Graph graph = resolveModel(spec, data, "distill.teacher");
        TrainOptions options = sameData ? trainOptions(spec) : teacherOptions(spec);
        if (sameData) options.subset = studentSamples;
        options.seed += 1000 * i; // far from the students' seeds
        runner.next(share / static_cast<double>(count),
            count == 1 ? text("training the teacher") : text("training teacher %1 of %2", std::to_string(i + 1), std::to_string(count)));
        if (file.empty()) {
            graph.initialize(options.seed);
            runner.trainDrawn(graph, options);
        } else {
            readModel(graph, file);
        }
        addTo(teacher.training, runner.overTraining(graph), count);
        addTo(teacher.test, runner.test(graph), count);
        teacher.networks.push_back(std::move(graph));
    }
    if (!key.empty()) known->keep({key, teacher, runner.drawn(), runner.steps() - before});
    return introduced(runner, std::move(teacher));
}

bool needsPreparation(const DistillMethod& method)
{
    return method.source == DistillMethod::Source::Itself || method.source == DistillMethod::Source::Assistant;
}

Logits knowledgeFor(TrainingRunner& runner, const DistillMethod& method, const Teacher& teacher, const TrainOptions& options,
    const DistillSettings& settings, double share)
{
    if (!needsPreparation(method)) return teacher.training;
    const Spec& spec = runner.context().spec();
    const Dataset& data = runner.data();
    const bool itself = method.source == DistillMethod::Source::Itself;
    runner.next(share, itself ? text("training the first generation") : text("training the assistant"));
    Graph graph = resolveModel(spec, data, itself ? "model.name" : "distill.assistant");
    TrainOptions before = options;
    before.seed += 500; // a start of its own
    graph.initialize(before.seed);
    if (itself)
        runner.train(graph, before);
    else
        runner.teach(graph, before,
            {.method = hintonMethod(), .loss = {.samples = &data.train, .teacher = &teacher.training, .settings = &settings}});
    return runner.overTraining(graph);
}

} // namespace bitstill
