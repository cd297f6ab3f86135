using ArraylakeFs.Contract;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// A new repository behind the kernel, touched by system calls of this very process. A daemon that hangs is killed after a while, which ends
/// the calls that wait for it.
/// </summary>
internal sealed class KernelMount : IMounted
{
    private const string Name = "org/repo";
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    private readonly World _world = new();
    private readonly Timer _watchdog;
    private MountedRepository _mount;

    public KernelMount()
    {
        _world.Run("create", Name).Succeed();
        _mount = _world.Mount(Name);
        _watchdog = new Timer(_ => _mount.Kill(), null, _patience, Timeout.InfiniteTimeSpan);
    }

    public IFiles Files => FilesOfAnother();

    public string Repository => _world.RepositoryFolder(Name);

    public IFiles FilesOfAnother() => new Disk(_mount.Path);

    public Task ReopenAsync()
    {
        _mount.Unmount();
        _mount = _world.Mount(Name);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _watchdog.DisposeAsync();
        _world.Dispose();
    }
}
