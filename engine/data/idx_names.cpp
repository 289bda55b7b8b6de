#include "engine/data/idx_names.h"

#include "engine/core/error.h"

#include <algorithm>
#include <array>
#include <map>

namespace bitstill {

namespace fs = std::filesystem;

namespace {

/// What a file name says: "emnist-letters-test-images-idx3-ubyte.gz", "t10k-labels.idx1-ubyte", "qmnist-train-labels-idx2-int".
struct Name {
    std::string set;
    bool isTest = false, isLabels = false, isPacked = false;
};

bool readName(std::string file, Name& name)
{
    for (char& c : file)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    name.isPacked = file.ends_with(".gz");
    if (name.isPacked) file.resize(file.size() - 3);
    static constexpr std::array kOthers{
        ".npz", ".npy", ".csv", ".tsv", ".txt", ".xz", ".bz2", ".zip", ".7z", ".mat", ".png", ".json", ".md", ".part"};
    if (std::ranges::any_of(kOthers, [&](const char* other) { return file.ends_with(other); })) return false;
    std::size_t part = file.find("train");
    name.isTest = part == std::string::npos;
    if (name.isTest) part = std::min(file.find("t10k"), file.find("test"));
    if (part == std::string::npos) return false;
    const auto says = [&](const char* word) { return file.find(word, part) != std::string::npos; };
    name.isLabels = says("label");
    if (!name.isLabels && !says("image") && !says("imgs")) return false;
    name.set = file.substr(0, part);
    while (!name.set.empty() && (name.set.back() == '-' || name.set.back() == '_' || name.set.back() == '.')) name.set.pop_back();
    return true;
}

fs::path& placeOf(IdxSet& set, const Name& name)
{
    if (name.isTest) return name.isLabels ? set.testLabels : set.testImages;
    return name.isLabels ? set.trainLabels : set.trainImages;
}

std::map<std::string, IdxSet> setsIn(const fs::path& folder)
{
    std::error_code failed;
    std::vector<fs::path> files;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
        files.push_back(entry->path());
    if (failed) throw Error("idx", text("cannot open the folder %1", folder.string()), text("check that it is there and readable"));
    std::ranges::sort(files);
    std::map<std::string, IdxSet> sets;
    for (const fs::path& file : files) {
        Name name;
        if (!readName(file.filename().string(), name)) continue;
        // Some unpackers make a folder of the file's name around it.
        const fs::path inner = file / file.filename();
        std::error_code ignored;
        const fs::path& found = fs::is_directory(file, ignored) ? inner : file;
        if (!fs::exists(found, ignored)) continue;
        IdxSet& set = sets[name.set];
        set.name = name.set;
        fs::path& place = placeOf(set, name);
        if (place.empty() || (name.isPacked && place.filename().string() + ".gz" == file.filename().string())) place = found;
    }
    return sets;
}

Text missingIn(const IdxSet& set)
{
    if (set.trainImages.empty()) return text("training images (train-images-idx3-ubyte.gz or the like)");
    if (set.trainLabels.empty()) return text("training labels (train-labels-idx1-ubyte.gz or the like)");
    if (set.testImages.empty()) return text("test images (t10k-images-idx3-ubyte.gz or the like)");
    if (set.testLabels.empty()) return text("test labels (t10k-labels-idx1-ubyte.gz or the like)");
    return {};
}

[[noreturn]] void refuse(const IdxSet& set, const fs::path& folder)
{
    throw Error("idx", text("there are no %1 in %2", missingIn(set), folder.string()),
        text("put the four IDX files there or choose another folder"));
}

} // namespace

IdxSet findIdxSet(const fs::path& path)
{
    std::error_code ignored;
    if (!fs::is_directory(path, ignored) && fs::exists(path, ignored)) {
        Name name;
        if (!readName(path.filename().string(), name))
            throw Error("idx", text("the name of %1 says neither train nor test, images nor labels", path.filename().string()),
                text("choose a folder with IDX files, or one of its four files"));
        const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
        std::map<std::string, IdxSet> sets = setsIn(folder);
        const IdxSet& set = sets[name.set];
        if (!missingIn(set).empty()) refuse(set, folder);
        return set;
    }
    const std::map<std::string, IdxSet> sets = setsIn(path);
    std::vector<std::string> complete;
    for (const auto& [name, set] : sets)
        if (missingIn(set).empty()) complete.push_back(name);
    if (complete.size() > 1)
        throw Error("idx", text("%1 holds several data sets: %2", path.string(), joined(complete)),
            text("set data.path to one of the files of the set that you mean"));
    if (complete.empty()) refuse(sets.empty() ? IdxSet{} : sets.begin()->second, path);
    return sets.at(complete[0]);
}

} // namespace bitstill
