#include "app/cli/commands.h"
#include "app/cli/surroundings.h"

#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/experiment/record.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <iostream>
#include <new>
#include <stdexcept>
#include <system_error>

using namespace bitstill;

namespace {

const CLI::Validator kNotEmpty([](const std::string& word) { return word.empty() ? std::string("it is empty") : std::string(); }, "");

void addRun(CLI::App& app, cli::RunArguments& a)
{
    CLI::App* run = app.add_subcommand("run", "Runs an experiment, or the one that a spec.json describes");
    run->add_option("experiment", a.what, "an experiment's id, or a SPEC.json")->required();
    run->add_option("--set", a.sets, "key=value, any number of times, the last of a key counts; `list fields EXPERIMENT` names the keys")
        ->type_size(1)
        ->allow_extra_args(false);
    run->add_option("--contrast", a.contrast, "one of the experiment's contrasts, set before --set: the question from another side")
        ->check(kNotEmpty);
    run->add_option("--seed", a.seed, "the seed (the default is the spec's, or 1)")->check(CLI::Range(0LL, 1LL << 53));
    run->add_option("--out", a.out, "folder for spec.json, record.json, figures/ and model.safetensors")->check(kNotEmpty);
    run->add_option("--figures", a.figures, "formats to write the figures in: svg,png,pdf,csv")->check(kNotEmpty);
    run->add_option("--replay", a.replay, "a record.json: repeats its changes of live fields at the same moments")->check(kNotEmpty);
    run->add_option("--threads", a.threads, "threads (the result is the same for any number)")->check(CLI::Range(1, 256));
    run->add_flag("--json", a.json, "prints the metrics as JSON");
}

void addQuantize(CLI::App& app, cli::QuantizeArguments& a)
{
    CLI::App* quantize = app.add_subcommand("quantize", "Quantizes the tensors of a .safetensors, .npy or .npz file");
    quantize->add_option("file", a.file, "FILE.safetensors, FILE.npy or FILE.npz")->required();
    quantize->add_option("--tensor", a.tensor, "only this tensor; without it all floats, of a model those of two dimensions or more");
    CLI::Option* bits = quantize->add_option("--bits", a.bits, "2 to 8, or 16");
    quantize->add_option("--format", a.format, "another number format than integers; `list formats`")->excludes(bits);
    quantize->add_option("--scheme", a.scheme, "symmetric, affine or affine-unsigned");
    CLI::Option* axis = quantize->add_option("--axis", a.axis, "one scale for each index of this axis")->check(CLI::Range(0, 1'000'000));
    quantize->add_option("--group", a.group, "one scale for each group of so many values of the last axis")
        ->check(CLI::Range(1, 1'000'000'000))
        ->excludes(axis);
    quantize->add_option("--observer", a.observer, "how the range is chosen; `list observers`");
    quantize->add_option("--profile", a.profile, "whose conventions: bitstill, pytorch, onnx, tflite");
    quantize->add_option("--against", a.against, "another profile: counts the codes on which the two differ");
    quantize->add_option("-o,--out", a.out, "OUT.safetensors")->required();
    quantize->add_flag("--pack", a.pack, "codes of 4 bits or fewer in halves of a byte, others in bytes; no output in floats");
    quantize->add_flag("--json", a.json, "prints what was done as JSON");
}

void addBench(CLI::App& app, cli::BenchArguments& a)
{
    CLI::App* bench = app.add_subcommand("bench", "Measures speed on random images");
    bench->add_option("what", a.what, "train or infer")->required()->check(CLI::IsMember({"train", "infer"}));
    bench->add_option("--model", a.model, "`list models`");
    bench->add_option("--batch", a.batch, "samples at a time")->check(CLI::Range(1, 65536));
    bench->add_option("--threads", a.threads, "threads")->check(CLI::Range(1, 256));
    bench->add_option("--precision", a.precision, "float32, int8 (static) or dynamic (infer)")
        ->check(CLI::IsMember({"float32", "int8", "dynamic"}));
    bench->add_flag("--qat", a.qat, "with fake quantization (train)");
    bench->add_flag("--lsq", a.lsq, "with learned step sizes (train)");
    bench->add_flag("--taught", a.taught, "with a teacher's cached logits in the loss (train)");
    bench->add_option("--seconds", a.seconds, "how long to measure")
        ->check(CLI::Validator(
            [](const std::string& word) {
                double seconds = 0;
                const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), seconds);
                return error == std::errc{} && seconds >= 0.05 && seconds <= 600 ? std::string()
                                                                                 : std::string("choose 0.05 to 600"); // not NaN
            },
            ""));
    bench->add_flag("--json", a.json, "prints the result as JSON");
}

/// CLI11 would only say that a subcommand is required.
void requireKnown(const CLI::App& app, const std::string& command)
{
    std::vector<std::string> names;
    for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
    if (std::find(names.begin(), names.end(), command) != names.end()) return;
    const std::string near = nearest(command, names);
    throw cli::WrongUse{
        "there is no command \"" + command + "\"; " + (near.empty() ? "the commands are " + joined(names) : "did you mean " + near + "?")};
}

/// Problems of a spec come one a line; nobody reads a hundred.
std::string firstLines(const std::string& message)
{
    constexpr std::size_t kMost = 20;
    const std::vector<std::string> lines = split(message, '\n');
    std::string shown;
    for (std::size_t i = 0; i < std::min(lines.size(), kMost); ++i) shown += (i == 0 ? "" : "\n") + printable(lines[i], cli::kLongestLine);
    return lines.size() <= kMost ? shown : shown + "\nand " + std::to_string(lines.size() - kMost) + " more";
}

std::string helpFor(const CLI::App& app)
{
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    return "bitstill-cli " + (chosen.empty() ? "" : chosen.front()->get_name() + " ") + "--help explains";
}

int dispatch(CLI::App& app, const std::string& listWhat, const std::string& listExperiment, const cli::RunArguments& run,
    const cli::QuantizeArguments& quantize, const cli::BenchArguments& bench)
{
    if (app.got_subcommand("run")) return cli::run(run);
    if (app.got_subcommand("quantize")) return cli::quantize(quantize);
    if (app.got_subcommand("bench")) return cli::bench(bench);
    return cli::list(listWhat, listExperiment);
}

int start(int argc, char** argv)
{
    CLI::App app("Bitstill makes neural networks small and shows what that does to them.", "bitstill-cli");
    app.require_subcommand(1);
    app.set_version_flag("--version", versionText());
    std::string listWhat = "experiments", listExperiment;
    CLI::App* list = app.add_subcommand("list", "Lists what there is");
    list->add_option(
        "what", listWhat, "experiments, fields EXPERIMENT, networks EXPERIMENT, models, datasets, methods, observers or formats");
    list->add_option("experiment", listExperiment, "with fields and networks: whose");
    cli::RunArguments run;
    cli::QuantizeArguments quantize;
    cli::BenchArguments bench;
    addRun(app, run);
    addQuantize(app, quantize);
    addBench(app, bench);
    try {
        if (argc > 1 && argv[1][0] != '-') requireKnown(app, argv[1]);
        app.parse(argc, argv);
        return dispatch(app, listWhat, listExperiment, run, quantize, bench);
    } catch (const CLI::ParseError& e) {
        if (e.get_exit_code() == 0) return app.exit(e); // --help, --version
        std::cerr << printable(e.what(), cli::kLongestLine) << "; " << helpFor(app) << '\n';
        return 2;
    } catch (const cli::WrongUse& e) {
        std::cerr << firstLines(e.message) << '\n';
        return 2;
    } catch (const std::bad_alloc&) {
        std::cerr << "[memory] there is not enough for this; choose a smaller model, batch or data set, or raise the limit (ulimit -v)\n";
    } catch (const std::length_error&) {
        std::cerr << "[memory] this is larger than any memory; choose a smaller model, batch or data set\n";
    } catch (const std::system_error& e) {
        const bool thread = e.code() == std::errc::resource_unavailable_try_again;
        std::cerr << (thread ? "[threads] " : "[system] ") << printable(e.what())
                  << (thread ? "; no further thread can be started: choose fewer (--threads 1), or raise the limit (ulimit -u)\n"
                             : "; see whether files and folders can be reached\n");
    } catch (const std::exception& e) {
        std::cerr << printable(e.what(), cli::kLongestLine) << '\n';
    }
    return 1;
}

} // namespace

int main(int argc, char** argv)
{
    cli::prepareForTrouble();
    const int status = start(argc, argv);
    return cli::flushOutput() || status != 0 ? status : 1;
}
