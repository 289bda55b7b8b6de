#include "engine/models/tflite/network_builder.h"

#include "engine/core/error.h"
#include "engine/core/memory_budget.h"
#include "engine/models/codes.h"
#include "engine/models/operators/operators.h"

#include <algorithm>

namespace bitstill::tflite {

namespace {

std::size_t at(Layout layout) { return layout == Layout::asInFile ? 0 : 1; }
Layout other(Layout layout) { return layout == Layout::asInFile ? Layout::channelsFirst : Layout::asInFile; }

Integers orderTo(Layout layout)
{
    const auto& order = layout == Layout::channelsFirst ? kFirst : kLast;
    return {order.begin(), order.end()};
}

/// Does turning them leave all values where they are?
bool turnsNothing(const Shape& shape) { return shape.size() == 4 && (shape[3] == 1 || (shape[1] == 1 && shape[2] == 1)); }

template <class T> std::vector<double> widened(const std::vector<T>& values) { return {values.begin(), values.end()}; }

/// Codes of a constant as doubles.
std::vector<double> codesOfConstant(const Array& array)
{
    if (const auto* wide = std::get_if<std::vector<std::int32_t>>(&array.values)) return widened(*wide);
    std::vector<double> codes;
    const std::string bytes = bytesOf(array);
    for (const char c : bytes)
        codes.push_back(
            array.type() == "U8" ? static_cast<double>(static_cast<unsigned char>(c)) : static_cast<double>(static_cast<signed char>(c)));
    return codes;
}

} // namespace

std::string layerName(const std::string& joined)
{
    if (joined.find(';') == std::string::npos) return joined;
    const std::string bias = "/BiasAdd";
    for (std::size_t from = 0; from < joined.size();) {
        const std::size_t end = std::min(joined.find(';', from), joined.size());
        const std::string part = joined.substr(from, end - from);
        if (part.size() > bias.size() && part.ends_with(bias)) return part.substr(0, part.size() - bias.size());
        from = end + 1;
    }
    return joined.substr(0, joined.find(';'));
}

bool isCoded(const TensorInfo& tensor) { return isCodes(tensor) && checkFlowing(tensor).empty(); }

NetworkBuilder::NetworkBuilder(const Model& model) :
    m_model(model), m_forms(model.tensors.size()), m_isOutput(model.tensors.size()), m_isInput(model.tensors.size())
{
    m_network.format = model.format;
    for (const TensorId id : model.outputs) m_isOutput[static_cast<std::size_t>(id)] = true;
    giveTitles();
    for (const TensorId id : model.inputs) {
        if (m_isInput[static_cast<std::size_t>(id)]) continue;
        m_isInput[static_cast<std::size_t>(id)] = true;
        const ValueId value = add(title(id), info(id).type);
        describe(value, id, Layout::asInFile);
        (isCoded(info(id)) ? forms(id).codes : forms(id).real)[0] = value;
        m_network.inputs.push_back(value);
    }
}

void NetworkBuilder::giveTitles()
{
    for (const TensorInfo& tensor : m_model.tensors) m_names.emplace(tensor.name, foreign::kAbsent);
    std::unordered_map<std::string, int> uses;
    for (std::size_t i = 0; i < m_model.tensors.size(); ++i) {
        const std::string& name = m_model.tensors[i].name;
        const bool seen = m_isOutput[i] || std::ranges::find(m_model.inputs, static_cast<TensorId>(i)) != m_model.inputs.end();
        std::string title = seen ? name : layerName(name);
        if (title != name)
            for (std::string shorter = title; !m_names.emplace(title, foreign::kAbsent).second;)
                title = shorter + " " + std::to_string(++uses[shorter] + 1);
        m_titles.push_back(std::move(title));
    }
}

void NetworkBuilder::begin(TensorId tensor)
{
    const Forms& there = forms(tensor);
    const bool written = std::ranges::any_of(there.real, [](ValueId v) { return v != foreign::kAbsent; })
        || std::ranges::any_of(there.codes, [](ValueId v) { return v != foreign::kAbsent; });
    if (written || info(tensor).isConstant())
        throw Error(m_model.name, text("%1 would be written twice", info(tensor).name), text("the file is corrupt; save it again"));
    m_tensor = tensor;
}

ValueId NetworkBuilder::add(const std::string& name, const std::string& type)
{
    std::string own = name;
    for (auto found = m_names.find(own); found != m_names.end() && found->second != foreign::kAbsent; found = m_names.find(own))
        own = name + " " + std::to_string(++m_uses[name] + 1);
    const ValueId id = m_network.add({own, type, {}, false});
    m_names[own] = id;
    return id;
}

/// Who has the name gives it for the value's own.
void NetworkBuilder::rename(ValueId value, std::string name)
{
    const auto found = m_names.find(name);
    const ValueId holder = found == m_names.end() ? foreign::kAbsent : found->second;
    if (holder == value) return;
    const std::string old = nameOf(value);
    m_names[old] = holder;
    if (holder == foreign::kAbsent)
        m_names.erase(old);
    else
        nameOf(holder) = old;
    m_names[name] = value;
    nameOf(value) = std::move(name);
}

ValueId NetworkBuilder::addNode(
    const std::string& name, const std::string& output, const std::string& op, std::vector<ValueId> inputs, Attributes attributes)
{
    const auto typeOf = [&](std::size_t i) { return m_network.values[static_cast<std::size_t>(inputs[i])].type; };
    const std::string type = op == "QuantizeLinear" ? typeOf(2) : op == "DequantizeLinear" || op == "Cast" ? "F32" : typeOf(0);
    const ValueId value = add(output, type);
    m_network.nodes.push_back({name.empty() ? nameOf(value) : name, {}, op, std::move(inputs), {value}, std::move(attributes)});
    return value;
}

ValueId NetworkBuilder::node(const std::string& op, std::vector<ValueId> inputs, Attributes attributes)
{
    return addNode({}, title(m_tensor) + " (" + op + ")", op, std::move(inputs), std::move(attributes));
}

ValueId NetworkBuilder::layer(const std::string& op, std::vector<ValueId> inputs, Attributes attributes)
{
    const std::string& own = title(m_tensor);
    return addNode(own, own + " (" + op + ")", op, std::move(inputs), std::move(attributes));
}

ValueId NetworkBuilder::addConstant(const std::string& name, Array values)
{
    // Tensors of a file may share their bytes; here each has its own.
    m_bytes += static_cast<double>(values.size()) * std::max(bitsOfType(values.type()), 8) / 8;
    requireMemory(m_model.name, text("its weights"), m_bytes, text("choose a smaller network"));
    const ValueId value = add(name, values.type());
    foreign::ValueInfo& described = m_network.values[static_cast<std::size_t>(value)];
    described.shape = values.shape;
    described.shaped = true;
    m_network.constants.emplace(value, std::move(values));
    return value;
}

ValueId NetworkBuilder::constant(const std::string& what, Array values)
{
    return addConstant(title(m_tensor) + " (" + what + ")", std::move(values));
}

ValueId NetworkBuilder::derived(const std::string& what, const std::string& op, ValueId value, Attributes attributes)
{
    const auto found = m_network.constants.find(value);
    const std::string name = nameOf(value) + " (" + what + ")";
    if (found == m_network.constants.end()) return addNode({}, name, op, {value}, std::move(attributes));
    const foreign::Node node{name, {}, op, {value}, {value}, std::move(attributes)};
    const foreign::Call call(node, {{true, found->second.shape, &found->second}});
    const foreign::Operator* computed = foreign::findOperator(node);
    const ValueId made = addConstant(name, computed->run(call, computed->shapes(call))[0]);
    rename(made, nameOf(value)); // which is what people look for
    if (const auto codes = m_network.codes.find(value); codes != m_network.codes.end())
        if (std::optional<foreign::Codes> there = foreign::moved(codes->second, node, m_network))
            m_network.codes.emplace(made, *std::move(there));
    return made;
}

ValueId NetworkBuilder::moved(ValueId value, const Integers& order) { return derived("Transpose", "Transpose", value, {{"perm", order}}); }

ValueId NetworkBuilder::reshaped(ValueId value, const Integers& shape) { return derived("Reshape", "Reshape", value, {{"shape", shape}}); }

ValueId NetworkBuilder::turned(ValueId value, Layout to)
{
    return derived(to == Layout::channelsFirst ? "NCHW" : "NHWC", "Transpose", value, {{"perm", orderTo(to)}});
}

bool NetworkBuilder::isReadable(TensorId tensor) const
{
    const TensorInfo& t = info(tensor);
    return t.isConstant() && !t.isSparse && (bitsOfType(t.type) >= 8 || t.type == "I4" || t.type == "I2");
}

Array NetworkBuilder::realConstant(TensorId tensor) const
{
    const TensorInfo& t = info(tensor);
    const Array array = m_model.constant(tensor);
    if (t.type == "F16") return Array::of(array.toTensor(t.name));
    if (!t.isQuantized()) return array;
    const std::vector<double> reals = realOf(codesOfConstant(array), t);
    return {t.shape, std::vector<float>(reals.begin(), reals.end())};
}

void NetworkBuilder::keepCodes(ValueId value, TensorId tensor)
{
    const TensorInfo& t = info(tensor);
    const Quantization& q = t.quantization;
    const bool wide = t.type == "I32", zeros = std::ranges::all_of(q.zeroPoint, [](std::int64_t z) { return z == 0; });
    if (!t.isQuantized() || (wide ? !zeros : t.type != "I8" && t.type != "U8")) return;
    const Shape scales = q.scale.size() == 1 ? Shape{} : Shape{static_cast<int>(q.scale.size())};
    foreign::Codes codes{
        .inputs = {m_model.constant(tensor), {scales, q.scale}}, .names = {title(tensor) + " (codes)", title(tensor) + " (scale)"}};
    if (!wide) {
        std::string zeroPoints;
        for (const std::int64_t z : q.zeroPoint) zeroPoints.push_back(static_cast<char>(z));
        codes.inputs.push_back({scales, RawValues{t.type, std::move(zeroPoints)}});
        codes.names.push_back(title(tensor) + " (zero point)");
    }
    if (!scales.empty()) codes.attributes["axis"] = std::int64_t{q.axis};
    m_bytes += static_cast<double>(t.bytes);
    m_network.codes.emplace(value, std::move(codes));
}

NetworkBuilder::Grid NetworkBuilder::gridOf(TensorId tensor)
{
    const auto [found, isNew] = m_grids.try_emplace(tensor);
    if (!isNew) return found->second;
    const TensorInfo& t = info(tensor);
    const auto zero = static_cast<char>(t.quantization.zeroPoint[0]);
    found->second.scale = addConstant(title(tensor) + " (scale)", {{}, std::vector<float>{t.quantization.scale[0]}});
    found->second.zeroPoint = addConstant(title(tensor) + " (zero point)", {{}, RawValues{t.type, std::string(1, zero)}});
    return found->second;
}

ValueId NetworkBuilder::flowing(TensorId tensor, Layout layout)
{
    if (!isCoded(info(tensor))) return real(tensor, layout);
    std::array<ValueId, 2>& there = forms(tensor).codes;
    ValueId& wanted = there[at(layout)];
    if (wanted != foreign::kAbsent) return wanted;
    if (there[at(other(layout))] != foreign::kAbsent)
        wanted = turned(there[at(other(layout))], layout);
    else if (layout == Layout::channelsFirst)
        wanted = turned(flowing(tensor, Layout::asInFile), layout);
    else if (isReadable(tensor))
        wanted = addConstant(title(tensor), m_model.constant(tensor));
    return wanted;
}

ValueId NetworkBuilder::dequantized(TensorId tensor, Layout layout)
{
    const Grid grid = gridOf(tensor);
    return layer("DequantizeLinear", {flowing(tensor, layout), grid.scale, grid.zeroPoint});
}

ValueId NetworkBuilder::real(TensorId tensor, Layout layout)
{
    std::array<ValueId, 2>& there = forms(tensor).real;
    ValueId& wanted = there[at(layout)];
    if (wanted != foreign::kAbsent) return wanted;
    const TensorInfo& t = info(tensor);
    const bool constant = t.isConstant() && !m_isInput[static_cast<std::size_t>(tensor)];
    if (isCoded(t) && !constant) {
        const ValueId codes = flowing(tensor, layout);
        if (codes == foreign::kAbsent) return codes;
        const Grid grid = gridOf(tensor);
        return wanted = addNode({}, nameOf(codes) + " (real)", "DequantizeLinear", {codes, grid.scale, grid.zeroPoint}, {});
    }
    if (there[at(other(layout))] != foreign::kAbsent)
        wanted = turned(there[at(other(layout))], layout);
    else if (layout == Layout::channelsFirst)
        wanted = turned(real(tensor, Layout::asInFile), layout);
    else if (isReadable(tensor)) {
        wanted = addConstant(title(tensor), realConstant(tensor));
        keepCodes(wanted, tensor);
    }
    return wanted;
}

ValueId NetworkBuilder::ordered(TensorId tensor, bool asReals)
{
    const Layout layout = turnsNothing(info(tensor).shape) ? layoutOf(tensor) : Layout::asInFile;
    return asReals ? real(tensor, layout) : flowing(tensor, layout);
}

Layout NetworkBuilder::layoutOf(TensorId tensor) const
{
    const Forms& there = m_forms[static_cast<std::size_t>(tensor)];
    const bool isFirst = there.real[1] != foreign::kAbsent || there.codes[1] != foreign::kAbsent;
    return isFirst ? Layout::channelsFirst : Layout::asInFile;
}

void NetworkBuilder::describe(ValueId value, TensorId tensor, Layout layout)
{
    foreign::ValueInfo& described = m_network.values[static_cast<std::size_t>(value)];
    Shape shape = info(tensor).shape;
    if (info(tensor).freeBatch) shape[0] = -1;
    described.shape = shape;
    described.shaped = true;
    if (layout == Layout::channelsFirst)
        for (std::size_t d = 0; d < kFirst.size(); ++d) described.shape[d] = shape[kFirst[d]];
}

void NetworkBuilder::finish(Layout layout, ValueId value)
{
    const std::string& own = title(m_tensor);
    (isCoded(info(m_tensor)) ? forms(m_tensor).codes : forms(m_tensor).real)[at(layout)] = value;
    const bool turnedLater = layout == Layout::channelsFirst && m_isOutput[static_cast<std::size_t>(m_tensor)];
    rename(value, turnedLater ? own + " (NCHW)" : own);
    describe(value, m_tensor, layout);
}

void NetworkBuilder::finishReal(Layout layout, ValueId value)
{
    if (!isCoded(info(m_tensor))) return finish(layout, value);
    const Grid grid = gridOf(m_tensor);
    finish(layout, node("QuantizeLinear", {value, grid.scale, grid.zeroPoint}));
}

void NetworkBuilder::keep(const Operator& op)
{
    foreign::Node node{title(op.outputs[0]), "TFLite", op.name, {}, {}, {}};
    for (const TensorId id : op.inputs) node.inputs.push_back(id == kAbsent ? foreign::kAbsent : flowing(id, Layout::asInFile));
    for (const TensorId id : op.outputs) {
        begin(id);
        const ValueId value = add(title(id), info(id).type);
        finish(Layout::asInFile, value);
        node.outputs.push_back(value);
    }
    m_network.nodes.push_back(std::move(node));
}

foreign::Network NetworkBuilder::take()
{
    for (const TensorId id : m_model.outputs) {
        ValueId value = flowing(id, Layout::asInFile);
        if (value == foreign::kAbsent) value = forms(id).real[0] = forms(id).codes[0] = add(title(id), info(id).type); // nothing makes it
        rename(value, title(id));
        m_network.outputs.push_back(value);
    }
    return std::move(m_network);
}

} // namespace bitstill::tflite
