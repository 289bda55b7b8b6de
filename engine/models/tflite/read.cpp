#include "engine/core/error.h"
#include "engine/io/files.h"
#include "engine/models/tflite/model.h"
#include "engine/models/tflite/notes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <tflite/schema_generated.h>

namespace bitstill::tflite {

namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 30;
constexpr std::size_t kMostElements = std::size_t{1} << 40;
constexpr std::size_t kHighestRank = 16;
constexpr std::size_t kLongestName = 4096;

struct Type {
    std::string_view name;
    int bits; ///< 0: not of one width
};
/// By their numbers in the file.
constexpr Type kTypes[] = {{"F32", 32}, {"F16", 16}, {"I32", 32}, {"U8", 8}, {"I64", 64}, {"STRING", 0}, {"BOOL", 8}, {"I16", 16},
    {"C64", 64}, {"I8", 8}, {"F64", 64}, {"C128", 128}, {"U64", 64}, {"RESOURCE", 0}, {"VARIANT", 0}, {"U32", 32}, {"U16", 16}, {"I4", 4},
    {"BF16", 16}, {"I2", 2}};

/// A copy, empty where there is none in the file. The verifier does not see to it that 8-byte values lie where they could be read in place.
template <class T> std::vector<T> listOf(const flatbuffers::Vector<T>* values)
{
    std::vector<T> list(values ? values->size() : 0);
    if (!list.empty()) std::memcpy(list.data(), values->Data(), list.size() * sizeof(T));
    return list;
}

class Reader {
public:
    Reader(std::string bytes, std::string name) : m_name(std::move(name)) { m_model.file = std::move(bytes); }

    Model read()
    {
        const schema::Model& root = verified();
        if (root.version() != 3)
            throw Error(m_name, text("is of TFLite's version %1; version 3 is read", std::to_string(root.version())),
                text("convert it with a newer TensorFlow"));
        if (!root.subgraphs() || root.subgraphs()->size() == 0) corrupt(text("it has no network"));
        m_model.name = m_name;
        m_model.format = "TFLite 3";
        if (root.description()) m_model.format += ", " + printable(root.description()->str(), 100);
        const schema::Subgraph& graph = *root.subgraphs()->Get(0);
        readCodes(root);
        if (graph.tensors())
            for (const schema::Tensor* tensor : *graph.tensors()) readTensor(root, *tensor);
        if (graph.operators())
            for (const schema::Operator* op : *graph.operators()) readOperator(*op);
        m_model.inputs = tensorsOf(graph.inputs(), false);
        m_model.outputs = tensorsOf(graph.outputs(), false);
        m_model.notes = notesOf(m_model, static_cast<int>(root.subgraphs()->size()));
        return std::move(m_model);
    }

private:
    const schema::Model& verified() const
    {
        const auto* data = reinterpret_cast<const std::uint8_t*>(m_model.file.data());
        if (m_model.file.size() < 8 || !schema::ModelBufferHasIdentifier(data))
            throw Error(m_name, text("is not a TFLite file"), text("choose a .tflite file"));
        flatbuffers::Verifier verifier(data, m_model.file.size(), 16, 1'000'000);
        if (!schema::VerifyModelBuffer(verifier)) corrupt(text("its parts do not lie within the file"));
        return *schema::GetModel(data);
    }

    [[noreturn]] void corrupt(const Text& what) const { throw Error(m_name, what, text("the file is corrupt; save it again")); }

    /// A few bytes of a file can be pointed at many times over: what is copied must not grow beyond it.
    void count(std::size_t copied)
    {
        m_copied += copied;
        if (m_copied > 4 * m_model.file.size() + 65536) corrupt(text("it describes more than it can hold"));
    }
    std::string nameOf(const flatbuffers::String* name)
    {
        if (!name) return {};
        count(std::min<std::size_t>(name->size(), kLongestName));
        return printable(std::string_view(name->c_str(), name->size()), kLongestName);
    }
    template <class T> std::vector<T> list(const flatbuffers::Vector<T>* values)
    {
        if (values) count(values->size() * sizeof(T));
        return listOf(values);
    }

    void readCodes(const schema::Model& root)
    {
        if (!root.operator_codes()) return;
        for (const schema::OperatorCode* code : *root.operator_codes()) {
            // Old files have the byte alone; new ones have both, the byte only up to 127.
            Operator op;
            op.code = std::max<int>(code->old_code(), code->code());
            op.name = code->custom() ? nameOf(code->custom()) : std::string(operatorName(op.code));
            if (op.name.empty()) op.name = "operator " + std::to_string(op.code);
            m_codes.push_back(std::move(op));
        }
    }

    void readTensor(const schema::Model& root, const schema::Tensor& tensor)
    {
        const std::string number = "tensor " + std::to_string(m_model.tensors.size());
        TensorInfo info;
        info.name = nameOf(tensor.name());
        info.shape = list(tensor.shape());
        if (info.name.empty()) info.name = number;
        while (!m_names.insert(info.name).second) info.name += " (" + number + ")";
        const auto type = static_cast<std::size_t>(static_cast<std::uint8_t>(tensor.type()));
        const Type known = type < std::size(kTypes) ? kTypes[type] : Type{"", 0};
        info.type = known.name.empty() ? "type " + std::to_string(type) : std::string(known.name);
        checkShape(info);
        const std::vector<int> signature = list(tensor.shape_signature());
        info.freeBatch = !signature.empty() && signature[0] == -1 && !info.shape.empty() && info.shape[0] == 1;
        info.isSparse = tensor.sparsity() != 0;
        if (tensor.quantization()) readQuantization(*tensor.quantization(), info);
        if (!root.buffers() || tensor.buffer() >= root.buffers()->size()) corrupt(text("tensor %1 is in no buffer", info.name));
        readValues(*root.buffers()->Get(tensor.buffer()), known, info);
        m_model.tensors.push_back(std::move(info));
    }

    void checkShape(const TensorInfo& info) const
    {
        std::size_t elements = 1;
        for (const int size : info.shape) elements = std::min(kMostElements + 1, elements * static_cast<std::size_t>(std::max(size, 1)));
        if (info.shape.size() > kHighestRank || elements > kMostElements
            || std::ranges::any_of(info.shape, [](int size) { return size < -1; }))
            corrupt(text("tensor %1 has an impossible shape", info.name));
    }

    void readQuantization(const schema::Quantization& from, TensorInfo& info)
    {
        Quantization& to = info.quantization;
        to.scale = list(from.scale());
        to.zeroPoint = list(from.zero_point());
        if (to.zeroPoint.empty()) to.zeroPoint.assign(to.scale.size(), 0);
        const int rank = static_cast<int>(info.shape.size());
        to.axis = rank > 1 ? from.axis() : 0;
        const bool fits = to.scale.size() < 2
            || (to.axis >= 0 && to.axis < rank
                && to.scale.size() == static_cast<std::size_t>(info.shape[static_cast<std::size_t>(to.axis)]));
        const auto isScale = [](float scale) { return std::isfinite(scale) && scale >= 0; };
        const auto isCode = [](std::int64_t code) { return code >= INT32_MIN && code <= INT32_MAX; };
        if (!fits || to.zeroPoint.size() != to.scale.size() || !std::ranges::all_of(to.scale, isScale)
            || !std::ranges::all_of(to.zeroPoint, isCode))
            corrupt(text("the scales of tensor %1 do not fit it", info.name));
    }

    void readValues(const schema::Buffer& buffer, const Type& type, TensorInfo& info) const
    {
        if (buffer.offset() > 1)
            throw Error(m_name, text("keeps the values of %1 outside its flatbuffer, where they are not read", info.name),
                text("convert it again, to less than 2 GB"));
        if (!buffer.data() || buffer.data()->size() == 0) return;
        info.begin = static_cast<std::size_t>(reinterpret_cast<const char*>(buffer.data()->data()) - m_model.file.data());
        info.bytes = buffer.data()->size();
        if (type.bits == 0 || info.isSparse) return;
        if (std::ranges::find(info.shape, -1) != info.shape.end()) corrupt(text("tensor %1 has an impossible shape", info.name));
        const std::size_t needed = (elements(info.shape) * static_cast<std::size_t>(type.bits) + 7) / 8;
        if (needed != info.bytes)
            corrupt(text("tensor %1 has %2 bytes, but its shape needs %3", info.name, std::to_string(info.bytes), std::to_string(needed)));
    }

    std::vector<TensorId> tensorsOf(const flatbuffers::Vector<std::int32_t>* ids, bool mayBeAbsent)
    {
        const std::vector<TensorId> tensors = list(ids);
        for (const TensorId id : tensors)
            if (id >= static_cast<int>(m_model.tensors.size()) || id < (mayBeAbsent ? kAbsent : 0))
                corrupt(text("it names tensor %1, which it does not have", std::to_string(id)));
        return tensors;
    }

    void readOperator(const schema::Operator& from)
    {
        if (from.code() >= m_codes.size()) corrupt(text("its operator %1 is of no kind", std::to_string(m_model.operators.size())));
        Operator op = m_codes[from.code()];
        count(sizeof(Operator) + op.name.size());
        op.inputs = tensorsOf(from.inputs(), true);
        op.outputs = tensorsOf(from.outputs(), false);
        readOptions(from, op.options);
        m_model.operators.push_back(std::move(op));
    }

    template <class Window> static void readWindow(const Window& from, OperatorOptions& to)
    {
        to.same = from.padding() == schema::Padding::Same;
        to.stride = {from.stride_h(), from.stride_w()};
        to.activation = static_cast<Activation>(from.activation());
    }

    static void readOptions(const schema::Operator& from, OperatorOptions& to)
    {
        if (const auto* conv = from.options_as_Conv2D()) {
            readWindow(*conv, to);
            to.dilation = {conv->dilation_h(), conv->dilation_w()};
        }
        if (const auto* conv = from.options_as_DepthwiseConv2D()) {
            readWindow(*conv, to);
            to.dilation = {conv->dilation_h(), conv->dilation_w()};
        }
        if (const auto* pool = from.options_as_Pool2D()) {
            readWindow(*pool, to);
            to.window = {pool->filter_h(), pool->filter_w()};
        }
        if (const auto* dense = from.options_as_FullyConnected()) {
            to.activation = static_cast<Activation>(dense->activation());
            to.plainWeights = dense->weights_format() == 0;
            to.keepDimensions = dense->keep_num_dims();
        }
        if (const auto* softmax = from.options_as_Softmax()) to.beta = softmax->beta();
        if (const auto* concatenation = from.options_as_Concatenation()) {
            to.axis = concatenation->axis();
            to.activation = static_cast<Activation>(concatenation->activation());
        }
        for (const schema::Arithmetic* arithmetic : {from.options_as_Add(), from.options_as_Mul(), from.options_as_Sub()})
            if (arithmetic) to.activation = static_cast<Activation>(arithmetic->activation());
        if (const auto* reducer = from.options_as_Reducer()) to.keepDimensions = reducer->keep_dims();
    }

    std::string m_name;
    Model m_model;
    std::vector<Operator> m_codes; ///< kinds of operators, without operands
    std::set<std::string> m_names;
    std::size_t m_copied = 0;
};

} // namespace

Model readModel(const std::filesystem::path& file) { return modelFromBytes(readFile(file, kLargestFile), file.filename().string()); }

Model modelFromBytes(std::string bytes, const std::string& name) { return Reader(std::move(bytes), name).read(); }

} // namespace bitstill::tflite
