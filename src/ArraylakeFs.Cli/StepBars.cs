using ArraylakeFs.Repository;
using Spectre.Console;

namespace ArraylakeFs.Cli;

/// <summary>Progress of work in several steps: a bar for each on standard error, where that is a terminal; else nothing.</summary>
internal static class StepBars
{
    private const int DrawEveryMs = 100;

    /// <summary>Does the work.</summary>
    public static async Task<T> RunAsync<T>(Func<IProgress<HousekeepingProgress>?, Task<T>> work)
    {
        if (Console.IsErrorRedirected)
        {
            return await work(null);
        }

        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await terminal.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(context => work(new Bars(context)));
    }

    /// <summary>Reports come from many threads, thousands a second.</summary>
    private sealed class Bars(ProgressContext context) : IProgress<HousekeepingProgress>
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, (ProgressTask Task, long DrawnAt)> _steps = [];

        public void Report(HousekeepingProgress value)
        {
            lock (_lock)
            {
                long now = Environment.TickCount64;
                bool isKnown = _steps.TryGetValue(value.Step, out var step);
                if (isKnown && value.Done != value.Total && now - step.DrawnAt < DrawEveryMs)
                {
                    return;
                }

                var task = isKnown ? step.Task : context.AddTask(Markup.Escape(value.Step));
                task.Description = Markup.Escape($"{value.Step} {value.Done}");
                task.IsIndeterminate = value.Total is null;
                task.MaxValue = Math.Max(1, value.Total ?? value.Done);
                task.Value = value.Done;
                _steps[value.Step] = (task, now);
            }
        }
    }
}
