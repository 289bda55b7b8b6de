// The rules of the house that a compiler does not see.

#include "tests/support/files.h"

#include <QtTest>
#include <map>
#include <regex>
#include <set>

namespace fs = std::filesystem;

namespace {

const fs::path kSource = BITSTILL_SOURCE;

std::string textOf(const fs::path& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> sourcesIn(const char* folder)
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(kSource / folder))
        if (entry.path().extension() == ".h" || entry.path().extension() == ".cpp") files.push_back(entry.path());
    return files;
}

} // namespace

class TestRules : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void engineKnowsNoQt()
    {
        for (const fs::path& f : sourcesIn("engine"))
            QVERIFY2(!std::regex_search(textOf(f), std::regex("#include *[<\"](Q[A-Z]|qt6/|widgets/|app/)")), f.c_str());
    }

    void onlyKernelsNameOneDnn()
    {
        for (const fs::path& f : sourcesIn("engine"))
            if (!contains(f.string(), "/kernels/")) QVERIFY2(!contains(textOf(f), "dnnl"), f.c_str());
    }

    void widgetsSeeValuesOnly()
    {
        const std::set<std::string> allowed{"field", "spec", "figure", "record", "catalogue"};
        const std::regex include("#include \"(engine/([a-z_]+)/([a-z_]+)|app/)");
        for (const fs::path& f : sourcesIn("widgets")) {
            const std::string text = textOf(f);
            for (std::sregex_iterator i(text.begin(), text.end(), include), end; i != end; ++i) {
                const std::string room = (*i)[2], header = (*i)[3];
                const bool fine = room == "core" || room == "measure" || (room == "experiment" && allowed.contains(header))
                    || (room == "io" && header == "files");
                QVERIFY2(fine, (f.string() + " includes " + i->str()).c_str());
            }
        }
    }

    void onlyTheControllerAndTheCommandLineHoldASession()
    {
        for (const fs::path& f : sourcesIn("app")) {
            const bool may = contains(f.string(), "/app/run_controller.") || contains(f.string(), "/app/cli/");
            if (!may) QVERIFY2(!contains(textOf(f), "experiment/session.h"), f.c_str());
        }
    }

    void nothingForbiddenIsUsed()
    {
        for (const char* folder : {"widgets", "app"})
            for (const fs::path& f : sourcesIn(folder))
                QVERIFY2(!std::regex_search(
                             textOf(f), std::regex("processEvents|: public QThread|sender\\(\\)|setUseOpenGL|setAnimationOptions")),
                    f.c_str());
        for (const auto& entry : fs::recursive_directory_iterator(kSource / "app"))
            QVERIFY2(entry.path().extension() != ".ui", entry.path().c_str());
    }

    void filesKeepTheirSize()
    {
        for (const char* folder : {"engine", "widgets", "app"})
            for (const fs::path& f : sourcesIn(folder)) {
                const std::string text = textOf(f);
                QVERIFY2(std::count(text.begin(), text.end(), '\n') <= 400, f.c_str());
            }
    }

    void everyExperimentHasItsLineAndItsLessons()
    {
        const std::string registry = textOf(kSource / "engine/experiment/registry.cpp"),
                          resources = textOf(kSource / "resources/bitstill.qrc");
        for (const auto& entry : fs::directory_iterator(kSource / "engine/experiment/experiments")) {
            if (entry.path().extension() != ".cpp") continue;
            std::string id = entry.path().stem().string(), function;
            for (std::size_t i = 0; i < id.size(); ++i) {
                if (id[i] == '_')
                    function += static_cast<char>(std::toupper(id[++i]));
                else
                    function += id[i];
            }
            std::replace(id.begin(), id.end(), '_', '-');
            QVERIFY2(contains(registry, function + "()"), id.c_str());
            QVERIFY2(contains(resources, "lessons/" + id + ".md") && contains(resources, "lessons/" + id + ".ko.md"), id.c_str());
        }
    }

    void packagesAreListedOnceByPart()
    {
        std::map<std::string, std::string> partOf;
        std::string part;
        std::istringstream lines(textOf(kSource / "packages.txt"));
        for (std::string line; std::getline(lines, line);) {
            if (line.empty() || line[0] == '#') continue;
            if (line[0] == '[') {
                part = line;
                QVERIFY2(part == "[run]" || part == "[check]" || part == "[full]", line.c_str());
            } else {
                QVERIFY2(!part.empty() && !contains(line, " ") && partOf.emplace(line, part).second, line.c_str());
            }
        }
        QCOMPARE(partOf["libqt6opengl6-dev"], std::string("[run]"));
        QCOMPARE(partOf["libbenchmark-dev"], std::string("[check]")); // ./run asks for nothing that only tests need
        QCOMPARE(partOf["qemu-user"], std::string("[full]"));
    }
};

QTEST_APPLESS_MAIN(TestRules)
#include "tst_rules.moc"
