#include "app/cli/history_options.h"

#include "app/cli/checks.h"
#include "app/cli/language.h"
#include "engine/core/text.h"
#include "engine/store/tried.h"

namespace bitstill::cli {

namespace {

CLI::App* addCommand(CLI::App& history, HistoryArguments& a, const char* name, const Text& help)
{
    CLI::App* const command = history.add_subcommand(name, said(help));
    command->add_option("--store", a.store, said(text("folder of the history (the default: the user's)")))->check(notEmpty());
    command->callback([&a, name] { a.command = name; });
    return command;
}

CLI::App* addOfRuns(CLI::App& history, HistoryArguments& a, const char* name, const Text& help)
{
    CLI::App* const command = addCommand(history, a, name, help);
    command->add_option("run", a.runs, said(text("numbers of runs, as `history list` shows them")))->required();
    return command;
}

void addList(CLI::App& history, HistoryArguments& a)
{
    CLI::App* const list = addCommand(history, a, "list", text("Lists the runs that were kept, the newest first"));
    list->add_option("--words", a.words, said(text("only runs with all these words in their settings, tags or note")))->check(notEmpty());
    list->add_option("--experiment", a.experiment, said(text("only runs of this experiment")))->check(notEmpty());
    list->add_option("--tag", a.tag, said(text("only runs with this tag")))->check(notEmpty());
    list->add_option("--outcome", a.outcome, said(text("finished, stopped, diverged or failed")))
        ->check(oneOf({"finished", "stopped", "diverged", "failed"}));
    list->add_flag("--starred", a.starred, said(text("only runs with a star")));
    list->add_flag("--trash", a.trash, said(text("what is in the trash, instead")));
    list->add_option(
            "--sort", a.sort, said(text("started (the default), seconds, bytes, experiment, outcome, or a metric; the largest first")))
        ->check(notEmpty());
    list->add_flag("--ascending", a.ascending, said(text("the other way round")));
    list->add_option("--limit", a.limit, said(text("at most this many")))->check(within(1LL, 1'000'000LL));
    list->add_flag("--json", a.json, said(text("prints it as JSON")));
}

void addPareto(CLI::App& history, HistoryArguments& a)
{
    CLI::App* const pareto =
        addCommand(history, a, "pareto", text("Shows all that was tried, accuracy against cost, and the frontier that nothing beats"));
    pareto->add_option("--experiment", a.experiment, said(text("runs of this experiment (the default: the newest run's)")))
        ->check(notEmpty());
    pareto->add_option("--data", a.data, said(text("runs on this data, as --json names it (the default: the newest run's)")))
        ->check(notEmpty());
    std::vector<std::string> known;
    for (const Cost& cost : costs()) known.push_back(cost.id);
    pareto->add_option("--x", a.cost, said(text("the cost: bytes, latency, bytes-moved or bit-operations")))->check(oneOf(known));
    pareto->add_option("-o,--out", a.out, said(text("writes the figure: .svg, .png, .pdf or .csv")))->check(notEmpty());
    pareto->add_flag("--json", a.json, said(text("prints it as JSON")));
}

} // namespace

void addHistory(CLI::App& app, HistoryArguments& a)
{
    CLI::App* const history = app.add_subcommand("history", said(text("The runs that were kept, in the window or with `run --history`")));
    history->require_subcommand(1);
    addList(*history, a);
    CLI::App* const show = addOfRuns(*history, a, "show", text("Shows what is kept of runs: settings, metrics, networks"));
    show->add_flag("--json", a.json, said(text("prints it as JSON")));
    CLI::App* const compare = addOfRuns(
        *history, a, "compare", text("Compares two to eight runs with the first: settings that differ, metrics, paired intervals"));
    compare->add_option("-o,--out", a.out, said(text("writes the metrics as a table: .csv")))->check(notEmpty());
    compare->add_flag("--json", a.json, said(text("prints it as JSON")));
    addPareto(*history, a);
    CLI::App* const written = addOfRuns(*history, a, "export", text("Writes a run's record and networks as a folder, as `run --out` does"));
    written->add_option("-o,--out", a.out, said(text("the folder")))->required()->check(notEmpty());
    CLI::App* const read = addCommand(*history, a, "import", text("Adds runs from elsewhere; a record that is there already stays one"));
    read->add_option("what", a.paths, said(text("record.json files, reports, folders that `run --out` wrote, folders of sweeps")))
        ->required()
        ->check(notEmpty());
    CLI::App* const mark = addOfRuns(*history, a, "mark", text("Gives runs stars, tags and notes"));
    CLI::Option* const star = mark->add_flag("--star", a.star, said(text("a star: never forgotten to save space")));
    mark->add_flag("--unstar", a.unstar, said(text("takes it away")))->excludes(star);
    mark->add_option("--tag", a.tags, said(text("adds a tag, any number of times")))->type_size(1)->allow_extra_args(false);
    mark->add_option("--untag", a.untags, said(text("removes a tag")))->type_size(1)->allow_extra_args(false);
    mark->add_option_function<std::string>(
        "--note",
        [&a](const std::string& note) {
            a.note = note;
            a.hasNote = true;
        },
        said(text("the note, instead of the one before; empty: none")));
    addOfRuns(*history, a, "trash", text("Puts runs into the trash"));
    addOfRuns(*history, a, "restore", text("Takes runs out of the trash"));
    CLI::App* const forget = addCommand(*history, a, "forget", text("Removes runs for good"));
    forget->add_option("run", a.runs, said(text("numbers of runs, as `history list` shows them")));
    forget->add_flag("--all-trash", a.allTrash, said(text("all that is in the trash")));
    CLI::App* const check = addCommand(*history, a, "check", text("Reads all of the history and says what is damaged"));
    check->add_flag("--repair", a.repair, said(text("saves what can be read and puts it in order; the damaged file is kept beside it")));
    check->add_flag("--json", a.json, said(text("prints it as JSON")));
}

} // namespace bitstill::cli
