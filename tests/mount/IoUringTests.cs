using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// <c>--io-uring</c>: who asks for it has it where the kernel offers it, which <c>./test</c> has it do for one of its runs, and a mount that works
/// anyhow where it does not.
/// </summary>
public sealed class IoUringTests : IDisposable
{
    private const string Switch = "/sys/module/fuse/parameters/enable_uring";

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [MountTheory]
    [InlineData("", "off", false)]
    [InlineData("", "on", true)]
    [InlineData("--io-uring", "off", true)]
    public void The_kernels_messages_come_by_io_uring_where_it_offers_that_and_the_mount_asks_for_it(string option, string variable, bool isAsked)
    {
        bool isOffered = File.Exists(Switch) && File.ReadAllText(Switch).StartsWith('Y');
        _world.Environment["ARRAYLAKEFS_IO_URING"] = variable;
        _world.Run("create", "org/repo").Succeed();
        var mount = _world.Mount("org/repo", options: option.Length > 0 ? [option] : []);
        Assert.Contains($"\narraylakefs_io_uring {(isOffered && isAsked ? 1 : 0)}\n", mount.Read("metrics"), StringComparison.Ordinal);
        mount.Shell("""printf '{"zarr_format":3,"node_type":"group"}' > root.zarr/zarr.json""").Succeed();
        mount.Commit("made");
        Assert.Contains("made", mount.Read("log"), StringComparison.Ordinal);
    }
}
