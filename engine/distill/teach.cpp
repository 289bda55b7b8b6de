#include "engine/distill/teach.h"

#include "engine/core/error.h"
#include "engine/distill/taps.h"
#include "engine/nn/loss.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitstill {

namespace {

float length(const float* v, std::size_t n)
{
    float square = 0;
    for (std::size_t i = 0; i < n; ++i) square += v[i] * v[i];
    return std::sqrt(square);
}

} // namespace

SampleLoss lossOf(const DistillLoss& l)
{
    return [l](std::uint32_t sample, const float* logits, std::size_t classes, float* gradient) {
        const std::int32_t label = l.samples->labels[sample];
        const bool known = !l.labelled || (*l.labelled)[sample];
        DistillLog::Parts parts{.seen = true};
        if (!l.method) {
            std::fill_n(gradient, classes, 0.0f);
            const double told = known ? softmaxCrossEntropy(logits, &label, 1, classes, 1, gradient) : 0;
            if (l.log) {
                parts.labels = static_cast<float>(told);
                parts.labelsPull = length(gradient, classes);
                l.log->note(sample, parts);
            }
            return told;
        }
        const float* teacher = l.teacher ? l.teacher->row(sample) : nullptr;
        const std::int32_t choice = teacher ? static_cast<std::int32_t>(argmax(teacher, classes)) : label;
        const double weight = known ? l.settings->teacherWeight : 1;
        const double taught = l.hardLabels ? softmaxCrossEntropy(logits, &choice, 1, classes, 1, gradient)
                                           : l.method(logits, teacher, classes, known ? label : choice, *l.settings, gradient);
        for (std::size_t c = 0; c < classes; ++c) gradient[c] *= static_cast<float>(weight);
        if (l.log) {
            parts.teacher = static_cast<float>(weight * taught);
            parts.teacherPull = length(gradient, classes);
        }
        double total = weight * taught;
        if (known) {
            static thread_local std::vector<float> plain;
            plain.resize(classes);
            const double told = softmaxCrossEntropy(logits, &label, 1, classes, 1, plain.data());
            const auto rest = static_cast<float>(1 - weight);
            for (std::size_t c = 0; c < classes; ++c) gradient[c] += rest * plain[c];
            total += (1 - weight) * told;
            if (l.log) {
                parts.labels = rest * static_cast<float>(told);
                parts.labelsPull = rest * length(plain.data(), classes);
            }
        }
        if (l.log) l.log->note(sample, parts);
        return total;
    };
}

namespace {

constexpr int kBatch = 250;

std::vector<std::uint32_t> samplesOf(const TrainOptions& options, const Dataset& data)
{
    if (!options.subset.empty()) return options.subset;
    std::vector<std::uint32_t> all(data.train.count());
    std::iota(all.begin(), all.end(), 0u);
    return all;
}

/// The teacher's features of the samples that will be trained on, computed once.
class FeatureBank {
public:
    FeatureBank(const Graph& teacher, const std::vector<TapPair>& taps, const Dataset& data, const std::vector<std::uint32_t>& samples,
        ThreadPool& pool) :
        m_place(data.train.count(), 0)
    {
        constexpr std::size_t kMostBytes = std::size_t{1} << 30;
        std::size_t floats = 0;
        for (const TapPair& t : taps) floats += teacher.node(t.teacher).shape.size();
        if (floats * samples.size() * sizeof(float) > kMostBytes)
            throw Error("distill", text("the teacher's features of %1 samples need more than 1 GiB", std::to_string(samples.size())),
                text("train on fewer samples, or compare at a node with fewer features"));
        Graph network = teacher;
        Pass pass(network, kBatch, Pass::Mode::Inference, pool);
        std::size_t first = 0;
        for (const TapPair& t : taps)
            m_values.emplace_back(Shape{static_cast<int>(samples.size()), teacher.node(t.teacher).shape.features()});
        pass.setHook([&](int node, const Shard& shard, float* y) {
            for (std::size_t i = 0; i < taps.size(); ++i) {
                if (taps[i].teacher != node) continue;
                const std::size_t size = teacher.node(node).shape.size();
                std::copy_n(y, static_cast<std::size_t>(shard.rows) * size,
                    m_values[i].data() + (first + static_cast<std::size_t>(shard.first)) * size);
            }
        });
        for (; first < samples.size(); first += kBatch) {
            const auto rows = static_cast<int>(std::min<std::size_t>(kBatch, samples.size() - first));
            pass.forward(rows, [&](const Shard& s, float* x) {
                data.gather(data.train, samples.data() + first + s.first, static_cast<std::size_t>(s.rows), x);
            });
        }
        for (std::size_t i = 0; i < samples.size(); ++i) m_place[samples[i]] = static_cast<std::uint32_t>(i);
    }

    void gather(std::size_t tap, std::span<const std::uint32_t> samples, float* rows) const
    {
        const auto size = static_cast<std::size_t>(m_values[tap].shape()[1]);
        for (const std::uint32_t sample : samples) {
            std::copy_n(m_values[tap].data() + m_place[sample] * size, size, rows);
            rows += size;
        }
    }

private:
    std::vector<std::uint32_t> m_place; ///< row of each sample
    std::vector<Tensor> m_values; ///< by tap
};

TrainOutcome teachFeatures(
    Graph& student, const Dataset& data, TrainOptions& options, const Teaching& teaching, ThreadPool& pool, const StepObserver& observer)
{
    const Graph& teacher = *teaching.teacher;
    std::vector<TapPair> taps = chooseTaps(teaching.method, student, teacher, teaching.studentTap, teaching.teacherTap);
    Graph trained = student;
    if (teaching.method.regressor) trained = withRegressor(student, taps.front(), teacher.node(taps.front().teacher).shape, options.seed);
    const FeatureBank bank(teacher, taps, data, samplesOf(options, data), pool);
    std::vector<Tensor> rows;
    for (const TapPair& t : taps) {
        options.inner.nodes.push_back(NodeId(t.student));
        rows.emplace_back(Shape{options.batch, teacher.node(t.teacher).shape.features()});
    }
    options.inner.loss = [&](std::span<const std::uint32_t> samples, std::span<const float* const> outputs,
                             std::span<float* const> gradients) {
        const int count = static_cast<int>(samples.size());
        const double weight = teaching.loss.settings->featureWeight * teaching.method.weight / static_cast<double>(taps.size());
        double total = 0;
        for (std::size_t i = 0; i < taps.size(); ++i) {
            const SampleShape shape = trained.node(taps[i].student).shape;
            bank.gather(i, samples, rows[i].data());
            total += weight
                * teaching.method.features(
                    {outputs[i], count, shape}, {rows[i].data(), count, teacher.node(taps[i].teacher).shape}, gradients[i]);
            const std::size_t n = static_cast<std::size_t>(count) * shape.size();
            for (std::size_t k = 0; k < n; ++k) gradients[i][k] *= static_cast<float>(weight);
        }
        if (teaching.loss.log) teaching.loss.log->noteFeatures(total);
        return total;
    };
    return train(trained, data, options, pool, [&](const StepReport& r) {
        copyState(trained, student);
        return observer(r);
    });
}

/// What a network says now of the samples of a batch, put in their places.
void predict(Pass& pass, const Dataset& data, std::span<const std::uint32_t> samples, Logits& logits)
{
    const float* out = pass.forward(static_cast<int>(samples.size()),
        [&](const Shard& s, float* x) { data.gather(data.train, samples.data() + s.first, static_cast<std::size_t>(s.rows), x); });
    for (std::size_t i = 0; i < samples.size(); ++i)
        std::copy_n(out + i * logits.classes, logits.classes, logits.values.data() + samples[i] * logits.classes);
}

TrainOutcome teachMutually(
    Graph& student, const Dataset& data, TrainOptions& options, const Teaching& teaching, ThreadPool& pool, const StepObserver& observer)
{
    const DistillSettings equals{.temperature = 1, .teacherWeight = 0.5};
    const auto classes = static_cast<std::size_t>(data.classCount());
    Logits mine{std::vector<float>(data.train.count() * classes, 0.0f), data.train.count(), classes}, theirs = mine;
    Graph peer = student;
    peer.initialize(options.seed + 500); // far from the seeds of the other students
    DistillLoss loss = teaching.loss;
    loss.settings = &equals;
    loss.method = teaching.method.loss;
    loss.teacher = &theirs;
    options.loss = lossOf(loss);
    TrainOptions peerOptions = options;
    loss.teacher = &mine;
    loss.log = nullptr; // it is the student's
    peerOptions.loss = lossOf(loss);
    Trainer a(student, data, options, pool), b(peer, data, peerOptions, pool);
    Pass readsStudent(student, options.batch, Pass::Mode::Inference, pool), readsPeer(peer, options.batch, Pass::Mode::Inference, pool);
    while (!a.isDone()) {
        predict(readsStudent, data, a.batch(), mine);
        predict(readsPeer, data, a.batch(), theirs);
        if (!b.step() || !a.step()) return TrainOutcome::Diverged;
        if (!observer(a.report())) return TrainOutcome::Stopped;
        a.takePace();
        b.takePace();
    }
    return TrainOutcome::Finished;
}

} // namespace

TrainOutcome teach(
    Graph& student, const Dataset& data, TrainOptions options, const Teaching& teaching, ThreadPool& pool, const StepObserver& observer)
{
    if (teaching.method.source == DistillMethod::Source::Peer) return teachMutually(student, data, options, teaching, pool, observer);
    DistillLoss loss = teaching.loss;
    loss.method = teaching.method.loss;
    options.loss = lossOf(loss);
    if (teaching.method.features) return teachFeatures(student, data, options, teaching, pool, observer);
    return train(student, data, options, pool, observer);
}

} // namespace bitstill
