using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace ArraylakeFs.TestHarness;

/// <summary>What a program answered.</summary>
/// <param name="CommandLine">What was run.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record CommandResult(string CommandLine, int ExitCode, string Output, string Error)
{
    private static readonly Dictionary<string, string> _errnos = new()
    {
        ["Read-only file system"] = "EROFS",
        ["No data available"] = "ENODATA",
        ["Stale file handle"] = "ESTALE",
        ["Device or resource busy"] = "EBUSY",
        ["No such file or directory"] = "ENOENT",
        ["File exists"] = "EEXIST",
        ["Invalid argument"] = "EINVAL",
        ["Input/output error"] = "EIO",
        ["Permission denied"] = "EACCES",
        ["Operation not permitted"] = "EPERM",
        ["Operation not supported"] = "EOPNOTSUPP",
        ["Directory not empty"] = "ENOTEMPTY",
        ["Not a directory"] = "ENOTDIR",
        ["Is a directory"] = "EISDIR",
        ["File name too long"] = "ENAMETOOLONG",
        ["Invalid cross-device link"] = "EXDEV",
        ["No space left on device"] = "ENOSPC",
        ["Transport endpoint is not connected"] = "ENOTCONN",
    };

    /// <summary>The errno that a shell tool's last line ends with, such as <c>EROFS</c>; null if it succeeded.</summary>
    public string? Errno => ExitCode == 0 ? null
        : _errnos.FirstOrDefault(pair => Error.TrimEnd().EndsWith(pair.Key, StringComparison.Ordinal)).Value ?? $"exit {ExitCode}: {Error}";

    /// <summary>The standard output of a program that succeeded; an exception with everything it said if it did not.</summary>
    public string Succeed() => ExitCode == 0 ? Output : throw new CommandException(ToString());

    /// <inheritdoc/>
    public override string ToString() => $"{CommandLine}\nended with {ExitCode}\n{Output}\n{Error}";
}

/// <summary>A program failed, or did not answer.</summary>
public sealed class CommandException(string message) : Exception(message);

/// <summary>Runs programs with a limit on their time: whoever touches a mount must be able to hang without hanging the tests.</summary>
public static class Command
{
    private static readonly TimeSpan _defaultTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _graceForOutput = TimeSpan.FromSeconds(10);

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="CommandException">It did not end in time; it and its children were killed.</exception>
    public static CommandResult Run(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        string? input = null,
        string? folder = null,
        TimeSpan? timeout = null)
    {
        using var process = Start(program, arguments, environment, folder, input is not null);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (input is not null)
        {
            Feed(process, input);
        }

        var limit = timeout ?? _defaultTimeout;
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            Task.WaitAll([output, error], _graceForOutput);
            throw new CommandException(string.Create(
                CultureInfo.InvariantCulture,
                $"{CommandLine(process)}\ndid not end within {limit.TotalSeconds:0} s\n{Text(output)}\n{Text(error)}"));
        }

        if (!Task.WaitAll([output, error], _graceForOutput))
        {
            throw new CommandException($"{CommandLine(process)}\nended, but something that it started still holds its output open");
        }

        return new CommandResult(CommandLine(process), process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Runs a bash script; <c>$1</c>, <c>$2</c>, … are the arguments.</summary>
    public static CommandResult Shell(string script, params string[] arguments) => Run("bash", ["-c", script, "bash", .. arguments]);

    /// <summary>Starts a program whose output is piped. Messages of the C library are in English.</summary>
    public static Process Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        string? folder = null,
        bool redirectInput = true)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = redirectInput,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new CommandException($"{program} does not start");
    }

    /// <summary>The full path of a program; null if it is not installed.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    private static void Feed(Process process, string input)
    {
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading everything; its exit code and output say why.
        }
    }

    private static string Text(Task<string> task) => task.IsCompletedSuccessfully ? task.Result : "";

    private static string CommandLine(Process process) => $"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)}";
}
