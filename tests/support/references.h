#pragma once

#include "engine/io/safetensors.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <regex>
#include <string>
#include <vector>

/// Real models beside this project with what other runtimes compute for them, where that folder is; its README says how close to be.
namespace references {

inline const std::filesystem::path kFolder = std::filesystem::path(BITSTILL_SOURCE) / "../shared/models";

/// References are called FILE/KIND/TENSOR, and TENSOR may hold slashes.
inline std::map<std::string, std::string> tensorsOf(const bitstill::SafetensorsFile& all, const std::string& file, const std::string& kind)
{
    std::map<std::string, std::string> names;
    const std::string start = file + "/" + kind + "/";
    for (const auto& [name, entry] : all.entries())
        if (name.starts_with(start)) names.emplace(name.substr(start.size()), name);
    return names;
}

/// What was computed for a tensor of a file, and what another runtime computed.
struct Result {
    std::string tensor;
    bitstill::Array got, wanted;
};

/// Names of the files that the pattern is found in, in order; none where the folder is not here.
inline std::vector<std::string> filesLike(const std::string& pattern)
{
    std::vector<std::string> names;
    if (!std::filesystem::exists(kFolder)) return names;
    for (const auto& entry : std::filesystem::directory_iterator(kFolder))
        if (std::regex_search(entry.path().filename().string(), std::regex(pattern))) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

/// Rows of a test with a column "file": those that the pattern is found in.
inline void addRows(const char* pattern)
{
    QTest::addColumn<QString>("file");
    if (!std::filesystem::exists(kFolder)) QSKIP("../shared/models is not here");
    for (const std::string& name : filesLike(pattern)) QTest::newRow(name.c_str()) << QString::fromStdString(name);
}

/// Largest difference, in shares of the largest value.
inline double distance(const bitstill::Array& got, const bitstill::Array& wanted)
{
    const bitstill::Tensor a = got.toTensor("got"), b = wanted.toTensor("wanted");
    if (a.shape() != b.shape()) return INFINITY;
    double most = 0, apart = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        most = std::max(most, std::abs(static_cast<double>(b[i])));
        apart = std::max(apart, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    }
    return most > 0 ? apart / most : apart;
}

} // namespace references
