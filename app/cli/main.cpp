#include "app/cli/checks.h"
#include "app/cli/commands.h"
#include "app/cli/history_options.h"
#include "app/cli/language.h"
#include "app/cli/report.h"
#include "app/cli/surroundings.h"
#include "app/cli/sweep_options.h"

#include "engine/core/cpu_isa.h"
#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/experiment/record.h"
#include "engine/kernels/versions.h"
#include "engine/models/export/export.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <new>
#include <stdexcept>
#include <system_error>

using namespace bitstill;
using cli::oneOf, cli::within;

namespace {

const CLI::Validator kNotEmpty = cli::notEmpty(), kNamesSafetensors = cli::namesSafetensors();

void addRun(CLI::App& app, cli::RunArguments& a)
{
    CLI::App* run = app.add_subcommand("run", cli::said(text("Runs an experiment, or the one described by a spec.json")));
    CLI::Option* what = run->add_option("experiment", a.what, cli::said(text("an experiment's id, or a SPEC.json")));
    run->parse_complete_callback([what, &a] {
        if (what->count() == 0 && a.branch.empty()) throw CLI::RequiredError("experiment");
    });
    run->add_option("--set", a.sets,
           cli::said(text("key=value, any number of times, the last of a key counts; `list fields EXPERIMENT` names the keys")))
        ->type_size(1)
        ->allow_extra_args(false);
    CLI::Option* contrast =
        run->add_option("--contrast", a.contrast, cli::said(text("one of the experiment's contrasts, applied before --set")))
            ->check(kNotEmpty);
    CLI::Option* seed =
        run->add_option("--seed", a.seed, cli::said(text("the seed (the default is the spec's, or 1)")))->check(within(0LL, 1LL << 53));
    run->add_option("--out", a.out, cli::said(text("folder for spec.json, record.json, figures/ and model.safetensors")))->check(kNotEmpty);
    run->add_option("--figures", a.figures, cli::said(text("formats to write the figures in: svg,png,pdf,csv")))->check(kNotEmpty);
    run->add_option("--figure-size", a.figureSize,
           cli::said(text("screen (the default), column (85 mm wide), two-columns (170 mm), slide (16:9), or a size such as 120x80mm")))
        ->check(kNotEmpty);
    run->add_option("--dpi", a.dpi, cli::said(text("pixels per inch of PNG (300 in print, 192 on screens and slides)")))->check(kNotEmpty);
    run->add_option("--theme", a.theme, cli::said(text("light or dark figures")))->check(kNotEmpty);
    run->add_flag("--outlines", a.outlines, cli::said(text("SVG and PDF: letters as shapes, which need no fonts")));
    run->add_flag("--csv", a.csv, cli::said(text("the numbers of each figure as CSV beside it")));
    CLI::Option* replay =
        run->add_option("--replay", a.replay, cli::said(text("a record.json: repeats its changes of fields at the same moments")))
            ->check(kNotEmpty);
    run->add_option("--branch", a.branch,
           cli::said(text("RECORD@MOMENT: repeats that run up to a moment (number or name) and goes on as --set says")))
        ->check(kNotEmpty)
        ->excludes(what)
        ->excludes(contrast)
        ->excludes(seed)
        ->excludes(replay);
    run->add_flag("--history", a.history, cli::said(text("keeps the run in the history, where the window and `history` show it")));
    run->add_option("--store", a.store, cli::said(text("keeps it in the history in this folder")))->check(kNotEmpty);
    run->add_option("--threads", a.threads, cli::said(text("threads (the result is the same for any number)")))->check(within(1, 256));
    run->add_flag("--json", a.json, cli::said(text("prints the metrics as JSON")));
}

void addQuantize(CLI::App& app, cli::QuantizeArguments& a)
{
    CLI::App* quantize = app.add_subcommand("quantize", cli::said(text("Quantizes the tensors of a .safetensors, .npy or .npz file")));
    quantize->add_option("file", a.file, cli::said(text("FILE.safetensors, FILE.npy or FILE.npz")))->required();
    quantize->add_option(
        "--tensor", a.tensor, cli::said(text("only this tensor; by default all floats, in a model those of two or more dimensions")));
    CLI::Option* bits = quantize->add_option("--bits", a.bits, cli::said(text("2 to 8, or 16")));
    quantize->add_option("--format", a.format, cli::said(text("a number format other than integers; `list formats`")))->excludes(bits);
    quantize->add_option("--scheme", a.scheme, cli::said(text("symmetric, affine or affine-unsigned")));
    CLI::Option* axis =
        quantize->add_option("--axis", a.axis, cli::said(text("one scale for each index of this axis")))->check(within(0, 1'000'000));
    quantize->add_option("--group", a.group, cli::said(text("one scale for each group of this many values along the last axis")))
        ->check(within(1, 1'000'000'000))
        ->excludes(axis);
    quantize->add_option("--observer", a.observer, cli::said(text("how the range is chosen; `list observers`")));
    quantize->add_option("--profile", a.profile, cli::said(text("rounding convention: bitstill, pytorch, onnx or tflite")));
    quantize->add_option("--against", a.against, cli::said(text("another profile: counts the codes on which the two differ")));
    quantize->add_option("-o,--out", a.out, "OUT.safetensors")->required()->check(kNotEmpty)->check(kNamesSafetensors);
    quantize->add_flag("--pack", a.pack, cli::said(text("packs codes of 4 bits or fewer two to a byte, others one; no float output")));
    quantize->add_flag("--json", a.json, cli::said(text("prints what was done as JSON")));
}

void addBench(CLI::App& app, cli::BenchArguments& a)
{
    CLI::App* bench = app.add_subcommand("bench", cli::said(text("Measures speed on random images")));
    bench->add_option("what", a.what, cli::said(text("train or infer")))->required()->check(oneOf({"train", "infer"}));
    bench->add_option("--model", a.model, "`list models`");
    bench->add_option("--batch", a.batch, cli::said(text("samples at a time")))->check(within(1, 65536));
    bench->add_option("--threads", a.threads, cli::said(text("threads")))->check(within(1, 256));
    bench->add_option("--precision", a.precision, cli::said(text("float32, int8 (static) or dynamic (infer)")))
        ->check(oneOf({"float32", "int8", "dynamic"}));
    bench->add_flag("--qat", a.qat, cli::said(text("with fake quantization (train)")));
    bench->add_flag("--lsq", a.lsq, cli::said(text("with learned step sizes (train)")));
    bench->add_flag("--taught", a.taught, cli::said(text("with a teacher's cached logits in the loss (train)")));
    bench->add_option("--seconds", a.seconds, cli::said(text("how long to measure")))->check(within(0.05, 600.0));
    bench->add_flag("--json", a.json, cli::said(text("prints the result as JSON")));
}

void addExport(CLI::App& app, cli::ExportArguments& a)
{
    CLI::App* command = app.add_subcommand("export", cli::said(text("Writes a trained network, or one from elsewhere, as an ONNX file")));
    command->add_option("what", a.what, cli::said(text("folder that `run --out` wrote, MODEL.safetensors, MODEL.onnx or MODEL.tflite")))
        ->required();
    command->add_option("-o,--out", a.out, "OUT.onnx")->required();
    command
        ->add_option("--precision", a.precision,
            cli::said(text(
                "float32, int8 (the default with --for, --bits or --calibration), int4 (weights alone), or run: as the run's settings say")))
        ->check(oneOf({"float32", "int8", "int4", "run"}));
    command->add_option("--for", a.target, cli::said(text("who will run an int8 file: any, onnxruntime or tensorrt")))
        ->check(oneOf(exportTargetNames()));
    command->add_option("--bits", a.bits, cli::said(text("bits of int8's weights, 2 to 8, of all (4) or of one layer (conv1=4)")))
        ->type_size(1)
        ->allow_extra_args(false);
    command
        ->add_option(
            "--calibration", a.calibration, cli::said(text("training samples for the activation ranges (the run's number, or 512)")))
        ->check(within(1, 1'000'000));
    command
        ->add_option("--calibrate", a.calibrate,
            cli::said(text("inputs (.npz, .npy, .safetensors) for the activation ranges of an .onnx or .tflite")))
        ->check(kNotEmpty);
    command->add_flag("--per-channel", a.perChannel, cli::said(text("a scale for each output channel of an .onnx or .tflite")));
    command
        ->add_option("--cut", a.cut, cli::said(text("the node behind which it ends, as `inspect` names it: its outputs are the outputs")))
        ->check(kNotEmpty);
    command
        ->add_option("--verify", a.verify,
            cli::said(text("test samples that the file is run on once it is written (1000); onnxruntime: there too, if Node has it")))
        ->type_size(1)
        ->allow_extra_args(false);
    command->add_option("--network", a.network, cli::said(text("another network of the run; `list networks EXPERIMENT`")))
        ->check(kNotEmpty);
    command->add_option("--model", a.model, cli::said(text("what the .safetensors file is of; `list models`")))->check(kNotEmpty);
    command->add_option("--data", a.data, cli::said(text("what it was trained on; `list datasets`")))->check(kNotEmpty);
    command->add_option("--threads", a.threads, cli::said(text("threads (the result is the same for any number)")))->check(within(1, 256));
    command->add_flag("--json", a.json, cli::said(text("prints what was done as JSON")));
}

void addForeign(CLI::App& app, cli::InspectArguments& a, cli::InferArguments& b)
{
    CLI::App* inspect = app.add_subcommand(
        "inspect", cli::said(text("Shows what is in an ONNX or TFLite file and how far it runs here, or what arrays are in another file")));
    inspect->add_option("model", a.model, "MODEL.onnx|MODEL.tflite|FILE.gguf|FILE.safetensors|FILE.npz|FILE.npy")->required();
    inspect->add_flag("--json", a.json, cli::said(text("prints it as JSON")));
    CLI::App* infer =
        app.add_subcommand("infer", cli::said(text("Runs an ONNX or TFLite file on arrays and writes its outputs by their names")));
    infer->add_option("model", b.model, "MODEL.onnx|MODEL.tflite")->required();
    infer->add_option("input", b.input, cli::said(text("INPUT.npz, .npy or .safetensors: arrays by the inputs' names, or in their order")))
        ->required();
    infer->add_option("-o,--out", b.out, "OUT.safetensors")->required()->check(kNotEmpty)->check(kNamesSafetensors);
    infer
        ->add_option("--precision", b.precision,
            cli::said(text("float32 (as the file says), or int8: rounded as `export --precision int8` would write it")))
        ->check(oneOf({"float32", "int8"}));
    infer
        ->add_option("--calibrate", b.calibrate,
            cli::said(text("inputs (.npz, .npy, .safetensors) for the activation ranges of int8; without it those of INPUT")))
        ->check(kNotEmpty);
    infer->add_flag("--per-channel", b.perChannel, cli::said(text("a scale for each output channel of an .onnx or .tflite")));
    infer->add_option("--bits", b.bits, cli::said(text("bits of int8's weights, 2 to 8, of all (4) or of one layer (conv1=4)")))
        ->type_size(1)
        ->allow_extra_args(false);
    infer->add_option("--cut", b.cut, cli::said(text("the node behind which it ends, as `inspect` names it: its outputs are the outputs")))
        ->check(kNotEmpty);
    infer->add_option("--threads", b.threads, cli::said(text("threads (the result is the same for any number)")))->check(within(1, 256));
}

/// CLI11 would only say that a subcommand is required.
void requireKnown(const CLI::App& app, const std::string& command)
{
    std::vector<std::string> names;
    for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
    if (std::find(names.begin(), names.end(), command) != names.end()) return;
    const std::string near = nearest(command, names);
    throw cli::WrongUse(text("there is no command \"%1\"; %2", printable(command),
        near.empty() ? text("the commands are %1", joined(names)) : text("did you mean %1?", near)));
}

/// What stands before and after a separator in what CLI11 says, which names the option first.
std::pair<std::string, std::string> parts(const std::string& message, const std::string& separator)
{
    const std::size_t at = message.find(separator);
    if (at == std::string::npos) return {message, ""};
    return {printable(message.substr(0, at)), printable(message.substr(at + separator.size()))};
}

/// CLI11 knows no other language.
Text sentenceOf(const CLI::ParseError& e, const CLI::App& app)
{
    const std::string name = e.get_name(), message = e.what();
    // Before what is missing: a word that nobody knows is why.
    if (const std::vector<std::string> extras = app.remaining(true); !extras.empty()) {
        const std::string first = printable(extras.front());
        return first.starts_with("-") ? text("there is no option %1", first) : text("\"%1\" is too much", first);
    }
    if (name == "RequiredError") {
        const std::string what = parts(message, " is required").first;
        return what == "A subcommand" ? text("a subcommand is missing") : text("%1 is missing", what);
    }
    if (name == "ConversionError") {
        const auto [option, value] = parts(parts(message, "Could not convert: ").second, " = ");
        return text("%1: \"%2\" is not a number that it takes", option, value);
    }
    const auto [option, problem] = parts(message, ": ");
    if (name == "ArgumentMismatch") return text("%1 is without a value", option);
    if (name == "ExcludesError") {
        const auto [one, other] = parts(message, " excludes ");
        return text("%1 and %2 exclude each other", one, other);
    }
    if (name == "ValidationError") return Text("%1: %2", {option, problem}); // said already
    return Text(message);
}

/// Nobody reads a hundred lines.
std::string firstLines(const std::vector<Text>& lines)
{
    constexpr std::size_t kMost = 20;
    std::string shown;
    for (std::size_t i = 0; i < std::min(lines.size(), kMost); ++i)
        shown += (i == 0 ? "" : "\n") + printable(cli::said(lines[i]), cli::kLongestLine);
    return lines.size() <= kMost ? shown : shown + "\n" + cli::said(text("and %1 more", std::to_string(lines.size() - kMost)));
}

std::string helpFor(const CLI::App& app)
{
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    return "bitstill-cli " + (chosen.empty() ? "" : chosen.front()->get_name() + " ") + "--help";
}

int dispatch(CLI::App& app, const std::string& listWhat, const std::string& listExperiment, const cli::RunArguments& run,
    const cli::QuantizeArguments& quantize, const cli::BenchArguments& bench, const cli::ExportArguments& exported,
    const cli::InspectArguments& inspected, const cli::InferArguments& inferred)
{
    if (app.got_subcommand("run")) return cli::run(run);
    if (app.got_subcommand("quantize")) return cli::quantize(quantize);
    if (app.got_subcommand("bench")) return cli::bench(bench);
    if (app.got_subcommand("export")) return cli::exportModel(exported);
    if (app.got_subcommand("inspect")) return cli::inspect(inspected);
    if (app.got_subcommand("infer")) return cli::infer(inferred);
    return cli::list(listWhat, listExperiment);
}

int start(int argc, char** argv)
{
    CLI::App app(cli::said(text("Bitstill makes neural networks small and shows what that does to them.")), "bitstill-cli");
    app.require_subcommand(1);
    app.set_version_flag(
        "--version", [] { return versionText() + " (" + nameOf(cpuIsa()) + ", oneDNN " + kernels::instructionSet() + ")"; });
    std::string listWhat = "experiments", listExperiment;
    CLI::App* list = app.add_subcommand("list", cli::said(text("Lists what is available")));
    list->add_option("what", listWhat,
        cli::said(text("experiments, fields EXPERIMENT, networks EXPERIMENT, models, datasets, methods, observers or formats")));
    list->add_option("experiment", listExperiment, cli::said(text("with fields and networks: whose")));
    cli::RunArguments run;
    cli::QuantizeArguments quantize;
    cli::BenchArguments bench;
    addRun(app, run);
    addQuantize(app, quantize);
    addBench(app, bench);
    cli::ExportArguments exported;
    addExport(app, exported);
    cli::InspectArguments inspected;
    cli::InferArguments inferred;
    addForeign(app, inspected, inferred);
    cli::ReportArguments reported;
    cli::addReport(app, reported);
    cli::SweepArguments swept;
    swept.passed = cli::passedOn(argc, argv);
    cli::addSweep(app, swept);
    cli::HistoryArguments kept;
    cli::addHistory(app, kept);
    app.footer("Environment:\n  BITSTILL_MAX_CPU_ISA        " // the last: subcommands take over what is set before
        + cli::said(text("sse41, avx2 or avx512: computes with no more than a CPU of that has")));
    try {
        if (argc > 1 && argv[1][0] != '-') requireKnown(app, argv[1]);
        app.parse(argc, argv);
        cpuIsa(); // before work that needs it: an unknown BITSTILL_MAX_CPU_ISA is an Error
        if (app.got_subcommand("sweep")) return cli::sweep(swept);
        if (app.got_subcommand("history")) return cli::history(kept);
        if (app.got_subcommand("report")) return cli::report(reported);
        return dispatch(app, listWhat, listExperiment, run, quantize, bench, exported, inspected, inferred);
    } catch (const CLI::ParseError& e) {
        if (e.get_exit_code() == 0) return app.exit(e); // --help, --version
        std::cerr << printable(cli::said(text("%1; %2 explains", sentenceOf(e, app), helpFor(app))), cli::kLongestLine) << '\n';
        return 2;
    } catch (const cli::WrongUse& e) {
        std::cerr << firstLines(e.lines) << '\n';
        return 2;
    } catch (const std::bad_alloc&) {
        std::cerr << "[memory] "
                  << cli::said(
                         text("there is not enough for this; choose a smaller model, batch or data set, or raise the limit (ulimit -v)"))
                  << '\n';
    } catch (const std::length_error&) {
        std::cerr << "[memory] " << cli::said(text("this is larger than any memory; choose a smaller model, batch or data set")) << '\n';
    } catch (const std::system_error& e) {
        if (e.code() == std::errc::resource_unavailable_try_again)
            std::cerr << "[threads] "
                      << cli::said(text("no further thread can be started: choose fewer (--threads 1), or raise the limit (ulimit -u)"))
                      << '\n';
        else
            std::cerr << "[system] " << cli::said(text("%1; see whether files and folders can be reached", printable(e.what()))) << '\n';
    } catch (const Error& e) {
        std::cerr << printable(cli::said(e.sentence()), cli::kLongestLine) << '\n';
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
