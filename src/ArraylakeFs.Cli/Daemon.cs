using System.Diagnostics;
using System.Runtime.InteropServices;
using ArraylakeFs.FileSystem;
using ArraylakeFs.Fuse;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli;

/// <summary>What is to be mounted where. The mountpoint is canonical, as the repository's folder is.</summary>
internal sealed record MountRequest(
    RepositoryLocation Repository, string Mountpoint, SessionSettings Session, VirtualAccess VirtualAccess, long CacheBytes, bool Immutable,
    bool AllowOther, bool Passthrough, bool IoUring);

/// <summary>
/// The process that serves a mount. <c>mount</c> starts itself a second time, detached from the terminal (<see cref="DaemonStart"/>), and waits
/// for one line on the pipe between the two: <c>ready</c>, or the error.
/// </summary>
internal static partial class Daemon
{
    /// <summary>Tells the second process what it is.</summary>
    public const string DetachedOption = "--detached";

    /// <summary>What it says when its mount answers.</summary>
    public const string Ready = "ready";

    /// <summary>Where it writes what it has to say later, in the session's folder.</summary>
    public const string LogName = "log";

    private const int HandOverMs = 5000, HandOverPauseMs = 50;

    /// <summary>Mounts and serves until the mount is gone.</summary>
    public static async Task ServeAsync(MountRequest request, bool detached)
    {
        if (detached)
        {
            _ = SetSessionId(); // the terminal's hang-up and interrupt are not for us
            Directory.SetCurrentDirectory("/"); // nor does the folder that the user happened to stand in stay busy
        }

        using var termination = new Termination();
        await using var repository = await request.Repository.OpenAsync(request.VirtualAccess, request.CacheBytes, termination.Asked);
        CheckNotInsideItself(request);
        await using var session = request.Immutable ? null : await OpenSessionAsync(request, repository, termination.Asked);
        PrivateFolder.Create(request.Session.Folder); // without a session it is for the log alone
        using var log = new DaemonLog(detached ? Path.Combine(request.Session.Folder, LogName) : null);
        AppDomain.CurrentDomain.UnhandledException += (_, failure) => log.Write($"the daemon ends: {failure.ExceptionObject}");
        var (mounter, volume) = (new Mounter(UserId(), GroupId()), new FolderVolume(request.Repository.Folder));
        using InodeFileSystem fileSystem = session is null
            ? new CommitFileSystem(repository, await CommitOfAsync(request, repository, termination.Asked), mounter, volume, log.Write, request.CacheBytes)
            : new MountedFileSystem(session, mounter, volume, log.Write, request.Mountpoint, request.CacheBytes);
        await using var host = await FuseHost.MountAsync(
            fileSystem,
            request.Mountpoint,
            new FuseMountOptions(
                request.Repository.Folder, request.Immutable, request.AllowOther, request.Passthrough && !request.Immutable, request.IoUring),
            log.Write);
        termination.Asked.ThrowIfCancellationRequested();
        termination.Ends(() => _ = StopAsync(host, log));
        if (detached)
        {
            await Console.Out.WriteLineAsync(Ready);
            await Console.Out.FlushAsync();
            LetGoOfPipes();
        }
        else
        {
            await Console.Error.WriteLineAsync($"{request.Repository.Name} is mounted at {host.Mountpoint}; umount or Ctrl+C ends it");
        }

        await host.Completion;
    }

    /// <summary>
    /// Opens the session. Whoever unmounts is told so before the daemon has put the session away: to mount again at once must not fail for it.
    /// </summary>
    private static async Task<Session> OpenSessionAsync(MountRequest request, ZarrRepository repository, CancellationToken cancellationToken)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await Session.OpenAsync(request.Session, repository, cancellationToken);
            }
            catch (SessionInUseException) when (since.ElapsedMilliseconds < HandOverMs && !IsMounted(request.Mountpoint))
            {
                await Task.Delay(HandOverPauseMs, cancellationToken);
            }
            catch (SessionInUseException e) when (IsMounted(request.Mountpoint))
            {
                throw new CliException($"{request.Mountpoint} is a mount already: {e.Message}");
            }
        }
    }

    /// <summary>The commit that an immutable mount shows.</summary>
    private static async Task<CommitInfo> CommitOfAsync(MountRequest request, ZarrRepository repository, CancellationToken cancellationToken)
    {
        var references = await repository.ReferencesAsync(cancellationToken);
        var (_, id) = Session.Resolve(references, request.Session.Ref!);
        return references.TryGetCommit(id, out var commit) ? commit
            : throw new CliException($"the commit {id} is not in {request.Repository.Name} any more");
    }

    private static bool IsMounted(string mountpoint) => ExistingMounts.All().Any(m => m.Mountpoint == mountpoint);

    private static async Task StopAsync(FuseHost host, DaemonLog log)
    {
        try
        {
            await host.StopAsync(lazyIfBusy: true);
        }
        catch (Exception e) when (e is FuseMountException or IOException)
        {
            log.Write(e.Message);
        }
    }

    /// <summary>A mount over its own repository would wait for itself.</summary>
    private static void CheckNotInsideItself(MountRequest request)
    {
        string repository = Path.TrimEndingDirectorySeparator(request.Repository.Folder) + "/";
        string place = Path.TrimEndingDirectorySeparator(request.Mountpoint) + "/";
        if (place.StartsWith(repository, StringComparison.Ordinal) || repository.StartsWith(place, StringComparison.Ordinal))
        {
            throw new CliException($"{request.Mountpoint} and the repository {request.Repository.Folder} lie in one another: mount it elsewhere");
        }
    }

    /// <summary>Whoever waits for the starting command's pipes to close must not wait for the daemon.</summary>
    private static void LetGoOfPipes()
    {
        const int Input = 0, Output = 1, Error = 2, ReadWrite = 2;
        int nothing = Open("/dev/null", ReadWrite);
        if (nothing < 0)
        {
            return;
        }

        foreach (int descriptor in (int[])[Input, Output, Error])
        {
            _ = Duplicate(nothing, descriptor);
        }

        _ = Close(nothing);
    }

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int SetSessionId();

    [LibraryImport("libc", EntryPoint = "getuid")]
    private static partial uint UserId();

    [LibraryImport("libc", EntryPoint = "getgid")]
    private static partial uint GroupId();

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
