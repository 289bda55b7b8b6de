#include "engine/nn/model_file.h"

#include "engine/core/error.h"
#include "engine/io/safetensors.h"
#include "engine/kernels/elementwise.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr const char* kVersion = "bitstill.version";

/// Layers that leave each value where it is.
bool keepsOrder(const Layer& layer)
{
    return layer.role() == LayerRole::Moves || layer.role() == LayerRole::Activation || layer.role() == LayerRole::Rounds;
}

/// The map that a node's values are in the order of.
SampleShape orderBehind(const Graph& graph, int node)
{
    while (node > 0 && graph.node(node).shape.height * graph.node(node).shape.width == 1 && keepsOrder(*graph.node(node).layer))
        node = graph.node(node).inputs[0];
    return graph.node(node).shape;
}

/// The maps that dense weights run over, by the weights' names.
std::map<std::string, SampleShape> mapsBeforeDense(const Graph& graph)
{
    std::map<std::string, SampleShape> maps;
    for (int i = 1; i <= graph.output(); ++i) {
        const Graph::Node& n = graph.node(i);
        if (n.layer->weights() && !n.layer->window()) maps[n.name + ".weight"] = orderBehind(graph, n.inputs[0]);
    }
    return maps;
}

enum class To { File, Network };

/// y[o][c][p] = x[o][p][c] for the file, the other way for the network; p is a place of the map, x and y [out, in].
void reorder(const float* x, float* y, std::size_t n, const SampleShape& map, To to)
{
    const auto places = static_cast<std::size_t>(map.height * map.width), channels = static_cast<std::size_t>(map.channels);
    for (std::size_t row = 0; row < n; row += places * channels)
        for (std::size_t p = 0; p < places; ++p)
            for (std::size_t c = 0; c < channels; ++c) {
                const std::size_t inNetwork = row + p * channels + c, inFile = row + c * places + p;
                y[to == To::File ? inFile : inNetwork] = x[to == To::File ? inNetwork : inFile];
            }
}

bool isOfVersion1(const SafetensorsFile& file)
{
    const auto source = file.metadata().find("source");
    return source != file.metadata().end() && source->second.starts_with("bitstill ") && !file.metadata().contains(kVersion);
}

void demandVersion(const SafetensorsFile& file, const std::string& where)
{
    const auto version = file.metadata().find(kVersion);
    if (version != file.metadata().end() && version->second != "2")
        throw Error(where, text("is a version %1 model; this Bitstill reads up to version %2", version->second, std::string("2")),
            text("update Bitstill"));
}

/// BatchNorm's parameters have two names in the field.
std::string nameIn(const SafetensorsFile& file, const std::string& name)
{
    for (const auto& [ours, theirs] : {std::pair{".gamma", ".weight"}, {".beta", ".bias"}})
        if (name.ends_with(ours) && !file.entries().contains(name)) return name.substr(0, name.rfind('.')) + theirs;
    return name;
}

[[noreturn]] void refuseMissing(const std::string& name, const std::string& where)
{
    throw Error(where, text("has no \"%1\"", name), text("choose the model that the file was saved from"));
}

void demandFit(const Tensor& values, const std::string& name, const Shape& shape, const std::string& where)
{
    if (values.shape() != shape)
        throw Error(where, text("%1 is %2, but the network expects %3", name, describe(values.shape()), describe(shape)),
            text("choose the model that the file was saved from"));
    if (!kernels::allFinite(values.data(), values.size()))
        throw Error(
            where, text("%1 holds a number that is not finite", name), text("save the model from a training that has not diverged"));
}

Tensor tensorFor(const SafetensorsFile& file, const std::string& name, const Shape& shape, const std::string& where)
{
    const std::string stored = nameIn(file, name);
    if (!file.entries().contains(stored)) refuseMissing(name, where);
    Tensor values = file.read(stored).toTensor(name);
    demandFit(values, name, shape, where);
    return values;
}

void fill(Graph& graph, const std::map<std::string, Tensor>& tensors, bool inNetworksOrder)
{
    const auto maps = mapsBeforeDense(graph);
    for (const auto& [name, tensor] : graph.state()) {
        const Tensor& values = tensors.at(name);
        if (const auto map = maps.find(name); map != maps.end() && !inNetworksOrder)
            reorder(values.data(), tensor->data(), values.size(), map->second, To::Network);
        else
            std::copy(values.begin(), values.end(), tensor->begin());
    }
}

} // namespace

std::map<std::string, Tensor> modelTensors(const Graph& graph)
{
    const auto maps = mapsBeforeDense(graph);
    std::map<std::string, Tensor> tensors;
    for (const auto& [name, tensor] : graph.state()) {
        Tensor& kept = tensors[name] = *tensor;
        if (const auto map = maps.find(name); map != maps.end()) reorder(tensor->data(), kept.data(), kept.size(), map->second, To::File);
    }
    return tensors;
}

void setModelTensors(Graph& graph, const std::map<std::string, Tensor>& tensors)
{
    for (const auto& [name, tensor] : graph.state()) {
        const auto found = tensors.find(name);
        if (found == tensors.end()) refuseMissing(name, "model");
        demandFit(found->second, name, tensor->shape(), "model");
    }
    fill(graph, tensors, false);
}

std::string modelBytes(const std::map<std::string, Tensor>& tensors, std::map<std::string, std::string> about)
{
    NamedArrays arrays;
    for (const auto& [name, tensor] : tensors) arrays.emplace(name, Array::of(tensor));
    about[kVersion] = "2";
    about["order"] = "OIHW, dense inputs CHW";
    return safetensorsBytes(arrays, about);
}

std::map<std::string, Tensor> readModelTensors(const std::filesystem::path& path)
{
    const SafetensorsFile file(path);
    const std::string where = path.filename().string();
    demandVersion(file, where);
    if (!file.metadata().contains(kVersion))
        throw Error(where, text("is not a network that a run has kept"), text("choose a file that Bitstill wrote"));
    std::map<std::string, Tensor> tensors;
    for (const auto& [name, entry] : file.entries()) tensors.emplace(name, file.read(name).toTensor(name));
    return tensors;
}

void readModel(Graph& graph, const std::filesystem::path& path)
{
    const SafetensorsFile file(path);
    const std::string where = path.filename().string();
    demandVersion(file, where);
    const bool inNetworksOrder = isOfVersion1(file);
    // All of it before the network is touched: a file that does not fit must not leave half of itself.
    std::map<std::string, Tensor> read;
    for (const auto& [name, tensor] : graph.state()) read.emplace(name, tensorFor(file, name, tensor->shape(), where));
    fill(graph, read, inNetworksOrder);
}

} // namespace bitstill
