// The rules of the house that a compiler does not see.

#include "tests/support/files.h"

#include <QtTest>
#include <map>
#include <regex>
#include <set>
#include <sstream>

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
            QVERIFY2(!std::regex_search(textOf(f), std::regex("#include *[<\"](Q[A-Z]|qt6/|paint/|widgets/|app/)")), f.c_str());
    }

    void onlyKernelsNameOneDnn()
    {
        for (const fs::path& f : sourcesIn("engine"))
            if (!contains(f.string(), "/kernels/")) QVERIFY2(!contains(textOf(f), "dnnl"), f.c_str());
    }

    void nobodyAsksALayerForItsClass()
    {
        for (const fs::path& f : sourcesIn("engine")) QVERIFY2(!contains(textOf(f), "dynamic_cast"), f.c_str());
    }

    void widgetsAndPaintSeeValuesOnly()
    {
        const std::set<std::string> allowed{"field", "spec", "figure", "record", "catalogue"};
        const std::regex include("#include \"(engine/([a-z_]+)/([a-z_]+)|app/)");
        for (const char* folder : {"paint", "widgets"})
            for (const fs::path& f : sourcesIn(folder)) {
                const std::string text = textOf(f);
                for (std::sregex_iterator i(text.begin(), text.end(), include), end; i != end; ++i) {
                    const std::string room = (*i)[2], header = (*i)[3];
                    const bool fine = room == "core" || room == "measure" || (room == "experiment" && allowed.contains(header))
                        || (room == "io" && header == "files");
                    QVERIFY2(fine, (f.string() + " includes " + i->str()).c_str());
                }
            }
    }

    void paintAndTheCommandLineDoWithoutTheWindow()
    {
        const std::regex window("#include \"(widgets/|app/(?!cli/))");
        for (const char* folder : {"paint", "app/cli"})
            for (const fs::path& f : sourcesIn(folder)) QVERIFY2(!std::regex_search(textOf(f), window), f.c_str());
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
        for (const char* folder : {"paint", "widgets", "app"})
            for (const fs::path& f : sourcesIn(folder))
                QVERIFY2(!std::regex_search(
                             textOf(f), std::regex("processEvents|: public QThread|sender\\(\\)|setUseOpenGL|setAnimationOptions")),
                    f.c_str());
        for (const auto& entry : fs::recursive_directory_iterator(kSource / "app"))
            QVERIFY2(entry.path().extension() != ".ui", entry.path().c_str());
    }

    /// A clone may lie in a folder with spaces in its name.
    void shellLinesQuoteTheProgram()
    {
        for (const char* folder : {"tests/app", "tests/faults"})
            for (const fs::path& f : sourcesIn(folder)) QVERIFY2(!std::regex_search(textOf(f), std::regex("[ (]\\$cli[ )]")), f.c_str());
    }

    /// The line that a mutant changes stands once in its file, and tests/mutants/README.md names it.
    void mutantsAreNotStale()
    {
        std::istringstream list(textOf(kSource / "tests/mutants/mutants.txt"));
        const std::string readme = textOf(kSource / "tests/mutants/README.md");
        std::vector<std::string> paragraph;
        int mutants = 0;
        for (std::string line; std::getline(list, line);) {
            if (line.starts_with("#")) continue;
            if (!line.empty()) paragraph.push_back(line);
            if (paragraph.size() < 5) continue;
            const std::string file = textOf(kSource / paragraph[1]), before = paragraph[2].substr(2);
            const std::size_t at = file.find(before);
            QVERIFY2(at != std::string::npos && file.find(before, at + 1) == std::string::npos, paragraph[0].c_str());
            QVERIFY2(contains(readme, "| " + paragraph[0] + " |"), paragraph[0].c_str());
            paragraph.clear();
            ++mutants;
        }
        QVERIFY(mutants >= 25);
    }

    /// What a spec names is a network of the zoo today and may be a file tomorrow: experiments do not know.
    void modelsAreResolvedInOnePlace()
    {
        for (const fs::path& f : sourcesIn("engine/experiment"))
            if (f.filename() != "models.cpp") QVERIFY2(!contains(textOf(f), "buildModel("), f.c_str());
    }

    /// So that a new kind of figure does not compile until everybody knows it.
    void figuresAreVisited()
    {
        const std::regex asksForOneKind("(get_if|holds_alternative|std::get) *<(bitstill::)?(Curves|Histogram|Bars|Heatmap|Scatter|Images|"
                                        "Table|Readout|NetworkMap)>|body\\.index\\(\\)");
        const std::regex takesAnything("visit\\([^;]*\\[[^\\]]*\\]\\((const )?auto&+ *[a-z]*\\)[^}]*\\}, *[^;]*body\\)");
        for (const char* folder : {"engine", "paint", "widgets", "app"})
            for (const fs::path& f : sourcesIn(folder)) {
                const std::string text = textOf(f);
                const bool comparesKinds = f.filename() == "figure.cpp"; // isSameFigure
                QVERIFY2(comparesKinds || !std::regex_search(text, asksForOneKind), f.c_str());
                // These hand over to a set of overloads with a name.
                const bool named =
                    f.filename() == "figure_rows.cpp" || f.filename() == "figure_json.cpp" || f.filename() == "figure_from_json.cpp";
                QVERIFY2(named || !std::regex_search(text, takesAnything), f.c_str());
            }
    }

    void filesKeepTheirSize()
    {
        for (const char* folder : {"engine", "paint", "widgets", "app"})
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
            if (id.ends_with("_figures")) continue; // the drawing of one that is large
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
                QVERIFY2(part == "[run]" || part == "[check]" || part == "[full]" || part == "[package]", line.c_str());
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
