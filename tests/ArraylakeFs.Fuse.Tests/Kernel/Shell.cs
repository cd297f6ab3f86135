using System.Diagnostics;
using System.Text;

namespace ArraylakeFs.Fuse.Tests.Kernel;

/// <summary>What a client process said and how it ended.</summary>
internal sealed record ShellResult(int ExitCode, string Output, string Error)
{
    /// <summary>The output of a client that succeeded and complained about nothing.</summary>
    public string Text
    {
        get
        {
            Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Output}\n{Error}");
            return Output;
        }
    }
}

/// <summary>Client processes: the only ones that may touch a mount of this process.</summary>
internal static class Shell
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>How to start this assembly as a program.</summary>
    public static string Self { get; } = $"'{Environment.ProcessPath}' exec '{typeof(Shell).Assembly.Location}'";

    /// <summary>Runs a script of the shell to its end.</summary>
    public static async Task<ShellResult> RunAsync(string script, TimeSpan? patience = null)
    {
        using var process = Start(script);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(patience ?? Patience);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The client does not end: {script}");
        }

        return new ShellResult(process.ExitCode, await output, await error);
    }

    public static Process Start(string script)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-c", script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            WorkingDirectory = "/",
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        return Process.Start(start)!;
    }
}
