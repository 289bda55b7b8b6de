#include "app/cli/sweep_options.h"

#include "app/cli/checks.h"
#include "app/cli/language.h"

#include <CLI/CLI.hpp>
#include <cstring>

namespace bitstill::cli {

namespace {

void addLaunch(CLI::App& command, SweepArguments& a)
{
    command
        .add_option("--on", a.on,
            said(text("where the runs are done: here, parallel (GNU parallel), slurm, or none: by whoever calls `sweep work`")))
        ->check(oneOf({"here", "parallel", "slurm", "none"}));
    command.add_option("--jobs", a.jobs, said(text("runs at the same time (the default: one for each core)")))->check(within(1, 256));
    command.add_option("--threads", a.threads, said(text("threads of each run (the result is the same for any number)")))
        ->check(within(1, 256));
    command.add_option("--pack", a.pack, said(text("runs that one task of parallel or Slurm does one after the other")))
        ->check(within(1, 100'000));
    command.add_flag("--wait", a.wait, said(text("with Slurm: returns when all runs are done")));
}

void addPlan(CLI::App& command, SweepArguments& a)
{
    const auto list = [&](const char* name, std::vector<std::string>& values, const Text& help) {
        command.add_option(name, values, said(help))->type_size(1)->allow_extra_args(false);
    };
    command.add_option("experiment", a.what, said(text("an experiment's id, or a SPEC.json")));
    list("--grid", a.grids,
        text(
            "KEY=V,V,... or KEY=A..B or KEY=A..B/STEP or KEY=A..B@Nlog (N points, logarithmic); any number of times, all combinations run"));
    list("--zip", a.zips, text("K1,K2=a:b,c:d: fields that change together"));
    list("--set", a.sets, text("key=value, for all runs"));
    command.add_option("--contrast", a.contrast, said(text("one of the experiment's contrasts, applied before --set")))->check(notEmpty());
    command.add_option("--seeds", a.seeds, said(text("1..5 or 1,4,7")))->check(notEmpty());
    command.add_option("--out", a.out, said(text("folder of the sweep; the same again resumes it, more values extend it")))
        ->check(notEmpty());
    command.add_option("--keep", a.keep, said(text("of each run: record (its numbers), figures, or model (the network too)")))
        ->check(oneOf({"record", "figures", "model"}));
    command.add_flag("--dry-run", a.dryRun, said(text("lists the runs and writes nothing")));
    addLaunch(command, a);
}

CLI::App* addCommand(CLI::App& sweep, SweepArguments& a, const char* name, const Text& help)
{
    CLI::App* const command = sweep.add_subcommand(name, said(help));
    command->add_option("folder", a.folder, said(text("folder of a sweep")))->required()->check(notEmpty());
    command->callback([&a, name] { a.command = name; });
    return command;
}

void addTable(CLI::App& sweep, SweepArguments& a)
{
    CLI::App* const table = addCommand(sweep, a, "table", text("Writes a sweep's results as a table, at any time"));
    table->add_option("-o,--out", a.output, "table.csv|.md|.tex|.json")->required()->check(notEmpty());
    table->add_option("--metric", a.metrics, said(text("only these, any number of times")))->type_size(1)->allow_extra_args(false);
    table->add_option("--where", a.where, said(text("KEY=VALUE: only runs with this setting")))->type_size(1)->allow_extra_args(false);
    table->add_option("--over", a.over, said(text("seed, or a field: number, mean and 95 % t-interval over its values")))
        ->check(notEmpty());
    table
        ->add_option("--against", a.against,
            said(text("KEY=VALUE: paired differences from the runs with this setting, p-values corrected after Holm")))
        ->check(notEmpty());
}

void addPlot(CLI::App& sweep, SweepArguments& a)
{
    CLI::App* const plot =
        addCommand(sweep, a, "plot", text("Draws a metric against a field, with 95 % t-intervals over seeds, at any time"));
    plot->add_option("--x", a.x, said(text("the field along the axis")))->required()->check(notEmpty());
    plot->add_option("--y", a.y, said(text("the metric")))->required()->check(notEmpty());
    plot->add_option("--by", a.by, said(text("another field: a series for each of its values")))->check(notEmpty());
    plot->add_option("--where", a.where, said(text("KEY=VALUE: only runs with this setting")))->type_size(1)->allow_extra_args(false);
    plot->add_option("-o,--out", a.output, "figure.svg|.png|.pdf|.csv")->required()->check(notEmpty());
}

void addWork(CLI::App& sweep, SweepArguments& a)
{
    CLI::App* const work = addCommand(
        sweep, a, "work", text("Does some of a sweep's runs in this process: what parallel and Slurm call, and any other scheduler can"));
    work->add_option("--part", a.part, said(text("K/N: the K-th of N equal parts")))->check(notEmpty());
    work->add_option("--only", a.only, said(text("these runs, by the names of their folders")));
    work->add_option("--threads", a.threads, said(text("threads (the default: as many as there are cores for this process)")))
        ->check(within(1, 256));
    work->add_option("--keep", a.keep, said(text("of each run: record (its numbers), figures, or model (the network too)")))
        ->check(oneOf({"record", "figures", "model"}));
    work->add_flag("--other-versions", a.otherVersions, said(text("does those again that another version of Bitstill has done")));
}

} // namespace

void addSweep(CLI::App& app, SweepArguments& a)
{
    CLI::App* const sweep =
        app.add_subcommand("sweep", said(text("Runs an experiment for every combination of some settings, here or on a cluster")));
    addPlan(*sweep, a);
    CLI::App* const status = addCommand(*sweep, a, "status", text("Says how far a sweep is"));
    status->add_flag("--failed", a.failed, said(text("only the runs that failed, and why")));
    status->add_flag("--json", a.json, said(text("prints it as JSON")));
    CLI::App* const again =
        addCommand(*sweep, a, "again", text("Does what is not done, what failed, and what another version of Bitstill did"));
    again->add_flag("--failed", a.failed, said(text("only the runs that failed")));
    addLaunch(*again, a);
    addTable(*sweep, a);
    addPlot(*sweep, a);
    addWork(*sweep, a);
}

std::vector<std::string> passedOn(int& argc, char** argv)
{
    std::vector<std::string> passed;
    if (argc < 2 || std::strcmp(argv[1], "sweep") != 0) return passed;
    for (int i = 2; i < argc; ++i) {
        if (std::strcmp(argv[i], "--") != 0) continue;
        passed.assign(argv + i + 1, argv + argc);
        argc = i;
    }
    return passed;
}

} // namespace bitstill::cli
