using System.Diagnostics;
using System.Reflection;

namespace ArraylakeFs.Cli;

/// <summary>
/// The other end of <see cref="Daemon"/>: the process that the user started, which starts the serving one and waits until it answers. Both take
/// as long to start as a runtime does, so this one starts the other before it looks at anything: what is wrong with the arguments, both find.
/// </summary>
internal sealed class DaemonStart
{
    private readonly Process _daemon;
    private readonly Task<string> _error;
    private readonly Lazy<bool> _isReady;

    private DaemonStart(string[] arguments)
    {
        int end = Array.IndexOf(arguments, "--"); // what follows it is no option
        string[] detached = end < 0
            ? [.. arguments, Daemon.DetachedOption]
            : [.. arguments[..end], Daemon.DetachedOption, .. arguments[end..]];
        string program = Environment.ProcessPath!;
        _daemon = Process.Start(new ProcessStartInfo(program, Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? ["exec", Assembly.GetExecutingAssembly().Location, .. detached]
            : detached)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _error = Task.Run(_daemon.StandardError.ReadToEnd);
        _isReady = new(() => _daemon.StandardOutput.ReadLine() == Daemon.Ready);
    }

    /// <summary>
    /// Starts the serving process if the arguments leave no doubt that one is wanted: <c>mount</c> comes first, and nothing looks like
    /// <c>--foreground</c> or <c>-f</c>. Otherwise null, and the verb starts it when all is read.
    /// </summary>
    public static DaemonStart? IfClear(string[] arguments) =>
        arguments is ["mount", .. var rest] && !rest.Any(argument => argument.StartsWith("--f", StringComparison.Ordinal)
            || argument.StartsWith(Daemon.DetachedOption, StringComparison.Ordinal)
            || (argument.StartsWith('-') && !argument.StartsWith("--", StringComparison.Ordinal)))
            ? new DaemonStart(arguments)
            : null;

    /// <summary>Starts it.</summary>
    public static DaemonStart Now() => new(Environment.GetCommandLineArgs()[1..]);

    /// <summary>Waits until its mount answers; false if it gives up.</summary>
    public bool IsReady => _isReady.Value;

    /// <summary>Why it gave up.</summary>
    public CliException Failure(string sessionFolder)
    {
        string text = _error.Result.Trim();
        return new CliException(text.StartsWith("arraylakefs: ", StringComparison.Ordinal) ? text["arraylakefs: ".Length..]
            : $"the mount did not come up{(text.Length > 0 ? ": " + text : "")}; see {Path.Combine(sessionFolder, Daemon.LogName)}");
    }
}
