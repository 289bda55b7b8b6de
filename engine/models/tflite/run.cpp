#include "engine/models/tflite/run.h"

#include "engine/core/error.h"
#include "engine/core/memory_budget.h"
#include "engine/models/tflite/operators.h"
#include "engine/models/work.h"

#include <algorithm>
#include <cmath>

namespace bitstill::tflite {

namespace {

using foreign::kMostOperations;

template <class T> std::vector<double> widened(const std::string& bytes)
{
    const auto* from = reinterpret_cast<const T*>(bytes.data());
    return {from, from + bytes.size() / sizeof(T)};
}

/// Floats, codes and whole numbers; the checks let no other type through.
std::vector<double> valuesOf(const Array& array, const std::string& name)
{
    if (array.isFloat()) {
        const Tensor values = array.toTensor(name);
        return {values.begin(), values.end()};
    }
    const std::string bytes = bytesOf(array), type = array.type();
    if (type == "I8") return widened<std::int8_t>(bytes);
    if (type == "U8" || type == "BOOL") return widened<std::uint8_t>(bytes);
    if (type == "I32") return widened<std::int32_t>(bytes);
    if (type == "I64") return widened<std::int64_t>(bytes);
    throw Error(name, text("values of type %1 (%2) are not computed with", type, name), text("convert it to F32"));
}

Array arrayOfValues(const TensorInfo& tensor, const std::vector<double>& values, Shape shape)
{
    if (isCodes(tensor)) {
        std::string codes(values.size(), '\0');
        std::ranges::transform(values, codes.begin(), [](double code) { return static_cast<char>(static_cast<int>(code)); });
        return {std::move(shape), RawValues{tensor.type, std::move(codes)}};
    }
    return {std::move(shape), std::vector<float>(values.begin(), values.end())};
}

class Runner {
public:
    Runner(const Model& model, const RunOptions& options) : m_model(model), m_options(options), m_keep(options.keep)
    {
        if (m_keep.empty()) m_keep = model.outputs;
        for (const TensorId id : m_keep)
            if (id < 0 || at(id) >= model.tensors.size())
                throw Error(model.name, text("it has no tensor %1", std::to_string(id)), text("choose another output"));
        findNeeded();
        refuseWhatDoesNotRun();
        refuseTooMuch();
    }

    NamedArrays run(const NamedArrays& inputs)
    {
        const std::size_t samples = readInputs(inputs);
        std::map<TensorId, std::vector<double>> kept;
        for (std::size_t sample = 0; sample < samples; ++sample) {
            runSample(sample);
            for (const TensorId id : m_keep) {
                const std::vector<double> value = m_values[at(id)].empty() ? load(id) : m_values[at(id)];
                kept[id].insert(kept[id].end(), value.begin(), value.end());
            }
        }
        NamedArrays results;
        for (const auto& [id, values] : kept) {
            const TensorInfo& tensor = m_model.tensors[at(id)];
            Shape shape = tensor.shape;
            if (m_many && (shape.empty() || shape[0] != 1)) shape.insert(shape.begin(), 1);
            if (m_many) shape[0] = static_cast<int>(samples);
            results.emplace(tensor.name, arrayOfValues(tensor, values, std::move(shape)));
        }
        return results;
    }

private:
    static std::size_t at(TensorId id) { return static_cast<std::size_t>(id); }
    bool isInput(TensorId id) const { return std::ranges::find(m_model.inputs, id) != m_model.inputs.end(); }
    std::vector<double> load(TensorId id) const { return valuesOf(m_model.constant(id), m_model.tensors[at(id)].name); }

    void findNeeded()
    {
        m_needed = neededFor(m_model, m_keep);
        m_lastUse.assign(m_model.tensors.size(), 0);
        for (std::size_t i = 0; i < m_needed.size(); ++i)
            for (std::size_t k = 0; m_needed[i] && k < valueOperands(m_model.operators[i]); ++k)
                if (const TensorId id = m_model.operators[i].inputs[k]; id != kAbsent) m_lastUse[at(id)] = i;
        for (const TensorId id : m_keep) m_lastUse[at(id)] = m_model.operators.size();
    }

    void refuseWhatDoesNotRun() const
    {
        const std::vector<Text> reasons = reasonsOf(m_model);
        std::vector<bool> written(m_model.tensors.size());
        for (std::size_t i = 0; i < m_needed.size(); ++i) {
            if (!m_needed[i]) continue;
            if (!reasons[i].empty())
                throw Error(m_model.name, text("runs up to operator %1, %2: %3", std::to_string(i), m_model.operators[i].name, reasons[i]),
                    text("ask for an output that comes before it"));
            written[at(m_model.operators[i].outputs[0])] = true;
        }
        for (const TensorId id : m_keep)
            if (!written[at(id)] && !isInput(id) && !m_model.tensors[at(id)].isConstant())
                throw Error(m_model.name, text("no operator gives what is asked for"), text("choose another output"));
    }

    /// How many go in and come out.
    double valuesAround(const Operator& op) const
    {
        double values = 0;
        for (const auto* ids : {&op.inputs, &op.outputs})
            for (const TensorId id : *ids) values += id == kAbsent ? 0 : static_cast<double>(elements(m_model.tensors[at(id)].shape));
        return values;
    }

    void refuseTooMuch() const
    {
        double work = 0, bytes = 0;
        for (std::size_t i = 0; i < m_needed.size(); ++i) {
            if (!m_needed[i]) continue;
            const Operator& op = m_model.operators[i];
            work += workOf(m_model, op) + foreign::kOperationsPerValue * valuesAround(op);
            bytes += 8.0 * static_cast<double>(elements(m_model.tensors[at(op.outputs[0])].shape));
        }
        requireMemory(m_model.name, text("one sample"), bytes, text("choose a smaller network"));
        if (work > kMostOperations)
            throw Error(m_model.name,
                text("one sample takes %1 operations; the limit is %2", significant(work), significant(kMostOperations)),
                text("choose a smaller network"));
    }

    /// How many samples there are.
    std::size_t readInputs(const NamedArrays& inputs)
    {
        std::size_t samples = 0;
        for (const TensorId id : m_model.inputs) {
            const TensorInfo& tensor = m_model.tensors[at(id)];
            const auto given = inputs.find(tensor.name);
            if (given == inputs.end())
                throw Error(
                    tensor.name, text("there is no input of this name"), text("it is %1 of shape %2", tensor.type, describe(tensor.shape)));
            const std::size_t here = samplesIn(given->second, tensor);
            if (samples && here != samples)
                throw Error(tensor.name, text("the inputs have different numbers of samples"), text("give as many of each"));
            samples = here;
            m_given[id] = valuesOf(given->second, tensor.name);
        }
        if (inputs.size() > m_model.inputs.size())
            throw Error(m_model.name,
                text("%1 inputs are given, but it has %2", std::to_string(inputs.size()), std::to_string(m_model.inputs.size())),
                text("give each input once"));
        return std::max<std::size_t>(samples, 1);
    }

    std::size_t samplesIn(const Array& given, const TensorInfo& tensor)
    {
        const bool fits = tensor.type == "F32" ? given.isFloat() : given.type() == tensor.type && isCodes(tensor);
        Shape one = given.shape;
        const bool counts = !one.empty() && !tensor.shape.empty() && tensor.shape[0] == 1 && one[0] > 0;
        if (counts) one[0] = 1;
        if (!fits || one != tensor.shape)
            throw Error(tensor.name, text("is %1 of shape %2", given.type(), describe(given.shape)),
                text("it has to be %1 of shape %2", tensor.type, describe(tensor.shape)));
        m_many = m_many || counts;
        return counts ? static_cast<std::size_t>(given.shape[0]) : 1;
    }

    void runSample(std::size_t sample)
    {
        m_values.assign(m_model.tensors.size(), {});
        for (const auto& [id, values] : m_given) {
            const std::size_t size = elements(m_model.tensors[at(id)].shape);
            const auto from = values.begin() + static_cast<std::ptrdiff_t>(sample * size);
            m_values[at(id)].assign(from, from + static_cast<std::ptrdiff_t>(size));
        }
        for (std::size_t i = 0; i < m_needed.size(); ++i)
            if (m_needed[i]) runOperator(i);
    }

    void runOperator(std::size_t i)
    {
        const Operator& op = m_model.operators[i];
        Call call{{m_model, op}, m_options.hybrid};
        std::vector<std::vector<double>> constants(op.inputs.size());
        for (std::size_t k = 0; k < op.inputs.size(); ++k) {
            const TensorId id = op.inputs[k];
            if (id != kAbsent && m_model.tensors[at(id)].isConstant() && !m_given.contains(id)) constants[k] = load(id);
            call.inputs.emplace_back(id == kAbsent || !constants[k].empty() ? constants[k] : m_values[at(id)]);
        }
        std::vector<double> output(elements(call.out().shape));
        call.output = output;
        kindOf(op.code)->run(call);
        m_values[at(op.outputs[0])] = std::move(output);
        for (const TensorId id : op.inputs)
            if (id != kAbsent && m_lastUse[at(id)] == i) m_values[at(id)] = {};
    }

    const Model& m_model;
    const RunOptions& m_options;
    std::vector<TensorId> m_keep;
    std::vector<bool> m_needed; ///< of each operator: something kept comes from it
    std::vector<std::size_t> m_lastUse; ///< of each tensor: the operator after which nobody wants it
    std::map<TensorId, std::vector<double>> m_given; ///< all samples of each input
    std::vector<std::vector<double>> m_values; ///< of each tensor, while it is needed
    bool m_many = false; ///< the first dimension of inputs counts samples
};

} // namespace

NamedArrays run(const Model& model, const NamedArrays& inputs, const RunOptions& options) { return Runner(model, options).run(inputs); }

} // namespace bitstill::tflite
