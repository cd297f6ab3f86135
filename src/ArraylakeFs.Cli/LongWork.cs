using Spectre.Console;

namespace ArraylakeFs.Cli;

/// <summary>Work that takes long: a progress bar on standard error where that is a terminal, and signals that end it in order.</summary>
internal static class LongWork
{
    /// <summary>Runs it. SIGINT, SIGTERM and SIGHUP cancel it, so that it can put away what it has begun.</summary>
    /// <param name="title">What the bar is called.</param>
    /// <param name="work">The work; it tells how far it is (done and total of anything, and bytes).</param>
    public static async Task<T> RunAsync<T>(string title, Func<IProgress<WorkDone>, CancellationToken, Task<T>> work)
    {
        using var termination = new Termination();
        try
        {
            return Console.IsErrorRedirected
                ? await work(new Silent(), termination.Asked)
                : await RunWithBarAsync(title, work, termination.Asked);
        }
        catch (OperationCanceledException) when (termination.Asked.IsCancellationRequested)
        {
            throw new CliException("stopped: nothing was changed");
        }
    }

    private static Task<T> RunWithBarAsync<T>(
        string title, Func<IProgress<WorkDone>, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return terminal.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new Bar(context.AddTask(Markup.Escape(title), autoStart: true), title), cancellationToken));
    }

    private sealed class Silent : IProgress<WorkDone>
    {
        public void Report(WorkDone value)
        {
        }
    }

    /// <summary>Reports come from many threads, thousands a second; the bar is drawn a few times a second.</summary>
    private sealed class Bar(ProgressTask task, string title) : IProgress<WorkDone>
    {
        private long _nextTick;

        public void Report(WorkDone value)
        {
            long now = Environment.TickCount64, next = Interlocked.Read(ref _nextTick);
            if (value.Done != value.Total && (now < next || Interlocked.CompareExchange(ref _nextTick, now + 100, next) != next))
            {
                return;
            }

            task.MaxValue = Math.Max(1, value.Total);
            task.Value = value.Done;
            task.Description = Markup.Escape($"{title} {value.Bytes >> 20} MiB");
        }
    }
}

/// <summary>How far a work is.</summary>
internal readonly record struct WorkDone(long Done, long Total, long Bytes);

/// <summary>Progress of one kind told as another; unlike <see cref="Progress{T}"/>, on the thread that reports.</summary>
internal sealed class ProgressOf<T>(IProgress<WorkDone> target, Func<T, WorkDone> convert) : IProgress<T>
{
    public void Report(T value) => target.Report(convert(value));
}
