#include "engine/store/sweep_table.h"
#include "app/cli/commands.h"
#include "app/cli/language.h"
#include "app/cli/sweep.h"
#include "engine/io/files.h"

#include <algorithm>
#include <iostream>

namespace bitstill::cli {

namespace {

std::pair<std::string, std::string> settingIn(const char* option, const std::string& word)
{
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
        throw WrongUse(text("%1: write key=value", std::string(option) + " " + printable(word)));
    return {word.substr(0, equals), word.substr(equals + 1)};
}

} // namespace

std::vector<std::pair<std::string, std::string>> conditionsIn(const std::vector<std::string>& where)
{
    std::vector<std::pair<std::string, std::string>> conditions;
    for (const std::string& word : where) conditions.push_back(settingIn("--where", word));
    return conditions;
}

std::string formatOf(const std::string& file, const std::vector<std::string>& known)
{
    std::string format = std::filesystem::path(file).extension().string();
    if (!format.empty()) format.erase(0, 1);
    if (std::find(known.begin(), known.end(), format) == known.end())
        throw WrongUse(text("-o %1: there is no format \"%2\"; choose from %3", printable(file), printable(format), joined(known)));
    return format;
}

int sweepTable(const SweepArguments& a)
{
    const std::string format = formatOf(a.output, tableFormats());
    TableChoice choice{.metrics = a.metrics, .where = conditionsIn(a.where), .over = a.over};
    if (!a.against.empty()) {
        std::tie(choice.against, choice.reference) = settingIn("--against", a.against);
        if (choice.over.empty()) choice.over = "seed";
        if (choice.over == choice.against)
            throw WrongUse(text("%1 and %2 exclude each other", "--over " + choice.over, "--against " + printable(a.against)));
    }
    const Sweep sweep = readSweep(a.folder);
    const SweepTable table = tableOf(sweep, statusesOf(sweep), choice);
    writeFile(a.output, tableBytes(table, format));
    std::cout << said(text("%1: %2", a.output, table.note)) << std::endl;
    return 0;
}

} // namespace bitstill::cli
