#include "engine/io/process_stat.h"

#include "engine/core/error.h"
#include "engine/io/files.h"

#include <sstream>

namespace bitstill {

std::vector<std::string> processStat(pid_t pid)
try {
    const std::string stat = readFile("/proc/" + std::to_string(pid) + "/stat", 100'000);
    const std::size_t name = stat.rfind(')'); // it may hold anything
    std::vector<std::string> fields;
    if (name == std::string::npos) return fields;
    std::istringstream rest(stat.substr(name + 1));
    for (std::string word; rest >> word;) fields.push_back(word);
    return fields;
} catch (const Error&) {
    return {};
}

} // namespace bitstill
