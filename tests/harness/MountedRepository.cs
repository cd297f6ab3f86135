using System.Diagnostics;

namespace ArraylakeFs.TestHarness;

/// <summary>
/// A repository mounted by a real <c>arraylakefs mount --foreground</c> in a process of its own. Everything that touches the mount runs in
/// further processes with a limit on their time, so that a daemon that hangs fails a test instead of hanging it.
/// </summary>
public sealed class MountedRepository : IDisposable
{
    private static readonly TimeSpan _startTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(20);

    private readonly Process _daemon;
    private readonly Task<string> _output;
    private readonly Task<string> _error;
    private bool _disposed;

    private MountedRepository(World world, string path, Process daemon)
    {
        World = world;
        Path = path;
        _daemon = daemon;
        _output = daemon.StandardOutput.ReadToEndAsync();
        _error = daemon.StandardError.ReadToEndAsync();
    }

    /// <summary>The user whose mount it is.</summary>
    public World World { get; }

    /// <summary>The mountpoint.</summary>
    public string Path { get; }

    /// <summary>The checked-out Zarr tree.</summary>
    public string Tree => System.IO.Path.Combine(Path, "root.zarr");

    /// <summary>The daemon's process id.</summary>
    public int ProcessId => _daemon.Id;

    /// <summary>Whether the daemon is still there.</summary>
    public bool IsAlive => !_daemon.HasExited;

    /// <summary>A path inside the mount.</summary>
    public string this[string path] => System.IO.Path.Combine(Path, path);

    internal static MountedRepository Start(World world, string repository, string path, string[] options)
    {
        var daemon = Command.Start(
            "dotnet",
            ["exec", World.Program, "mount", repository, path, "--foreground", .. options],
            world.Environment,
            world.Folder,
            redirectInput: false);
        var mount = new MountedRepository(world, path, daemon);
        try
        {
            mount.WaitUntilItAnswers(options.Contains("--immutable") ? "message" : "status");
            return mount;
        }
        catch
        {
            mount.Dispose();
            throw;
        }
    }

    /// <summary>The text of a file of the mount, read by <c>cat</c>.</summary>
    public string Read(string path) => TryRead(path).Succeed();

    /// <summary>Reads a file of the mount by <c>cat</c>.</summary>
    public CommandResult TryRead(string path) => Command.Run("cat", ["--", this[path]]);

    /// <summary>The SHA-256 of a file of the mount, computed by <c>cat</c> and <c>sha256sum</c>.</summary>
    public string Sha256(string path) => Command.Shell("set -o pipefail; cat -- \"$1\" | sha256sum", this[path]).Succeed()[..64];

    /// <summary>
    /// Writes a text into a file of the mount from a shell, as <c>cat &gt; file</c> does: one write(2) into a control file. The answer's
    /// <see cref="CommandResult.Errno"/> says how it ended.
    /// </summary>
    public CommandResult Write(string path, string text) => Command.Run("bash", ["-c", "cat > \"$1\"", "bash", this[path]], input: text);

    /// <summary>Runs a bash script in the mount's root; <c>$1</c>, <c>$2</c>, … are the arguments.</summary>
    public CommandResult Shell(string script, params string[] arguments) =>
        Command.Run("bash", ["-c", script, "bash", .. arguments], World.Environment, folder: Path);

    /// <summary>The names in a directory of the mount, sorted, as <c>ls -A</c> lists them.</summary>
    public IReadOnlyList<string> List(string path) =>
        Command.Run("ls", ["-A", "-1", "--quoting-style=literal", "--", this[path]]).Succeed()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The regular files below a directory of the mount, sorted, by their paths below it.</summary>
    public IReadOnlyList<string> Files(string path) =>
        Command.Shell("cd -- \"$1\" && find . -type f -printf '%P\\n' | LC_ALL=C sort", this[path]).Succeed()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Commits by writing the message, and returns the new commit's id.</summary>
    public string Commit(string message)
    {
        var answer = Write("commit", message + "\n");
        return answer.ExitCode == 0
            ? Read("commit").Trim()
            : throw new CommandException($"{answer}\nerror says: {TryRead("error").Output}");
    }

    /// <summary>Runs a tool of the Debian forky chroot, which sees the mountpoint as <c>/mnt</c>.</summary>
    public CommandResult Forky(params string[] command) => Chroot.Forky.Run(Path, command);

    /// <summary>Kills the daemon with SIGKILL and waits until it is gone. The dead mount stays, as after a crash.</summary>
    public void Kill()
    {
        _daemon.Kill();
        Exited();
    }

    /// <summary>Unmounts as a user does, with <c>arraylakefs umount</c>, and waits for the daemon to end; returns its exit code.</summary>
    public int Unmount()
    {
        World.Run("umount", Path).Succeed();
        return WaitForEnd();
    }

    /// <summary>Asks the daemon to end with SIGTERM and waits for it; returns its exit code.</summary>
    public int Terminate()
    {
        Command.Run("kill", ["-TERM", ProcessId.ToString()]).Succeed();
        return WaitForEnd();
    }

    /// <summary>What the daemon has printed; complete once it ended.</summary>
    public string DaemonText() => Exited() ? $"{_output.Result}\n{_error.Result}" : "(the daemon is still running)";

    /// <summary>Ends the daemon, by force if it does not follow, and takes the mount down.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (IsAlive)
        {
            Command.Run("kill", ["-TERM", ProcessId.ToString()]);
            _daemon.WaitForExit(TimeSpan.FromSeconds(10));
        }

        while (MountTable.At(Path) is { IsFuse: true } entry && TakeDown(entry))
        {
        }

        if (IsAlive)
        {
            _daemon.Kill(entireProcessTree: true);
        }

        _daemon.Dispose();
    }

    private bool TakeDown(MountTableEntry entry)
    {
        entry.ForceDown();
        return MountTable.At(Path) != entry;
    }

    private void WaitUntilItAnswers(string file)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < _startTimeout)
        {
            if (_daemon.HasExited)
            {
                throw new CommandException($"arraylakefs mount ended with {_daemon.ExitCode}\n{DaemonText()}");
            }

            // Where a dead mount is still in the new one's place, opening a file fails; stat would be answered from the kernel's cache.
            if (MountTable.At(Path) is { IsFuse: true } && Command.Run("cat", ["--", this[file]]).ExitCode == 0)
            {
                return;
            }

            Thread.Sleep(_pollInterval);
        }

        throw new CommandException($"the mount at {Path} did not answer within {_startTimeout.TotalSeconds} s");
    }

    private int WaitForEnd()
    {
        if (!_daemon.WaitForExit(_stopTimeout))
        {
            throw new CommandException($"the daemon of {Path} did not end within {_stopTimeout.TotalSeconds} s");
        }

        return MountTable.At(Path) is { IsFuse: true } ? throw new CommandException($"{Path} is still mounted") : _daemon.ExitCode;
    }

    private bool Exited() => _daemon.WaitForExit(_stopTimeout) && Task.WaitAll([_output, _error], _stopTimeout);
}
