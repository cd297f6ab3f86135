using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>Makes sure that a directory can be mounted on, and clears away what a daemon of ours left there when it died.</summary>
internal static class Mountpoint
{
    private const int ProbeTimeoutMs = 3000;
    private const int MostStackedMounts = 16;

    private enum State
    {
        Empty,
        InUse,
        Dead,
        Silent,
    }

    /// <summary>The directory's real path, ready for a mount.</summary>
    /// <exception cref="FuseMountException">It cannot be mounted on.</exception>
    public static string Prepare(string mountpoint, Action<string>? log)
    {
        var path = Resolve(mountpoint);
        for (var i = 0; i < MostStackedMounts; i++)
        {
            var top = MountTable.TopAt(path);
            var isFuse = top?.Type.StartsWith("fuse", StringComparison.Ordinal) ?? false;
            var state = Probe(path);
            if (isFuse && state == State.Dead && top!.Type == FuseMount.FileSystemType)
            {
                log?.Invoke($"{path} holds the mount of a daemon that died; taking it over.");
                // Somebody else may have been faster, and have a living mount there by now, even under the number that the dead one had.
                if (IsDead(path) && MountTable.TopAt(path) == top && FuseMount.TryUnmount(path, lazy: true) is { } complaint)
                {
                    throw new FuseMountException($"{path} holds a dead mount that cannot be removed: {complaint}. Try `umount -l {path}`.");
                }

                continue;
            }

            Check(path, top, isFuse, state);
            return path;
        }

        throw new FuseMountException($"More than {MostStackedMounts} dead mounts lie on {path}. Remove them with `umount -l {path}`.");
    }

    /// <summary>Whether a mount whose connection has ended is what is seen there now.</summary>
    public static bool IsDead(string path) => Probe(path) == State.Dead;

    private static void Check(string path, MountEntry? top, bool isFuse, State state)
    {
        var problem = state switch
        {
            State.Dead when top is not null => $"holds a dead mount of type {top.Type}. Remove it with `umount -l {path}`.",
            State.Silent => "does not answer: a mount there hangs. Remove it with `umount -l`, or choose another directory.",
            _ when isFuse => $"is a mount already ({top!.Source}). Use `arraylakefs umount {path}`, or choose another directory.",
            State.InUse => "is not empty. Choose an empty directory.",
            _ => null,
        };
        if (problem is not null)
        {
            throw new FuseMountException($"{path} {problem}");
        }
    }

    private static string Resolve(string mountpoint)
    {
        var path = CanonicalPath.Of(mountpoint);
        var isThere = MountSyscalls.RealPath(path, out var errno) is not null
            || (errno == LinuxError.NotConnected && MountSyscalls.RealPath(Path.GetDirectoryName(path) ?? "/", out _) is not null); // a dead mount
        return isThere ? path : throw new FuseMountException(errno == LinuxError.NoEntry
            ? $"{path} does not exist. Create it with `mkdir -p {path}`."
            : $"{path} cannot be reached: {LinuxError.Describe(errno)}.");
    }

    /// <summary>
    /// Lists the directory on a thread of its own, because a mount whose daemon hangs would hold up the caller for ever. Unlike stat(2) it
    /// is never answered from the kernel's cache.
    /// </summary>
    private static State Probe(string path)
    {
        var probe = Task.Factory.StartNew(() => List(path), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return probe.Wait(ProbeTimeoutMs) ? probe.Result : State.Silent;
        }
        catch (AggregateException error) when (error.InnerException is FuseMountException problem)
        {
            throw new FuseMountException(problem.Message, error);
        }
    }

    private static State List(string path)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(path).Any() ? State.InUse : State.Empty;
        }
        catch (UnauthorizedAccessException)
        {
            throw new FuseMountException($"{path} may not be entered by this user. Choose a directory of your own.");
        }
        catch (IOException error) when (error.HResult is LinuxError.NotConnected or LinuxError.ConnectionAborted)
        {
            return State.Dead;
        }
        catch (IOException error)
        {
            var problem = File.Exists(path) ? "is no directory. Choose an empty directory." : $"cannot be listed: {error.Message}";
            throw new FuseMountException($"{path} {problem}", error);
        }
    }
}
