using System.Diagnostics;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>A mount on a directory: made by mount(2) where that is allowed (root, user namespaces), else by fusermount3.</summary>
public sealed class FuseMount
{
    /// <summary>The type that the mount table shows.</summary>
    public const string FileSystemType = "fuse.arraylakefs";

    private const string SubType = "arraylakefs";
    private const int BusyTimeoutMs = 2000;
    private const int LockTimeoutMs = 5000;
    private const int BusyPauseMs = 50;

    private readonly FuseDevice _device;

    private FuseMount(string mountpoint, FuseDevice device, uint connection) =>
        (Mountpoint, _device, Connection) = (mountpoint, device, connection);

    /// <summary>The directory, without symbolic links.</summary>
    public string Mountpoint { get; }

    /// <summary>The connection's number below /sys/fs/fuse/connections, which is the mount's minor device number.</summary>
    public uint Connection { get; }

    /// <summary>Whether the mount was taken away, by whomever, or its connection ended.</summary>
    public bool IsGone => _device.HasHungUp();

    /// <summary>
    /// Mounts on an empty directory. A mount that a dead daemon of ours left there is removed first. The kernel's first request waits in
    /// the device: until it is answered, every access to the directory blocks.
    /// </summary>
    /// <exception cref="FuseMountException">The directory cannot be mounted on, or the system refuses.</exception>
    public static FuseMount Create(string mountpoint, FuseMountOptions options, Action<string>? log = null)
    {
        ArgumentNullException.ThrowIfNull(options);

        // From the look at the directory to the mount nobody else of us may mount there. The directory itself may be a dead mount.
        using var alone = DirectoryLock.TryTake(Path.GetDirectoryName(CanonicalPath.Of(mountpoint)) ?? "/", LockTimeoutMs);
        var path = Fuse.Mountpoint.Prepare(mountpoint, log);
        var device = TryMountDirectly(path, options) ?? MountThroughHelper(path, options);
        var entry = MountTable.TopAt(path);
        return new FuseMount(path, device, entry?.DeviceMinor ?? 0);
    }

    /// <summary>
    /// Unmounts whatever mount of ours is at the path, from any process; retries for 2 seconds while it is busy. <paramref name="lazy"/>
    /// then detaches it: the name is free at once, the daemon lives until the last open file is closed.
    /// </summary>
    /// <exception cref="FuseMountException">There is no mount of ours, it stays busy, or this user may not.</exception>
    public static Task UnmountAsync(string mountpoint, bool lazy)
    {
        var path = CanonicalPath.Of(mountpoint);
        return MountTable.TopAt(path) is { Type: FileSystemType } top
            ? UnmountPatientlyAsync(path, lazy, () => !IsUppermost(path, top.DeviceMinor))
            : throw new FuseMountException($"{path} is no mount of arraylakefs.");
    }

    /// <summary>Unmounts this mount, if it is still there, and no other; as <see cref="UnmountAsync(string, bool)"/>.</summary>
    /// <exception cref="FuseMountException">It stays busy, or another mount covers it.</exception>
    public Task UnmountAsync(bool lazy) => UnmountPatientlyAsync(Mountpoint, lazy, () => IsGone || !IsUppermost(Mountpoint, Connection));

    /// <summary>
    /// Takes away what is left of this mount after its connection was aborted, where every access would only say ENOTCONN. By now its number
    /// may be that of another mount, which lives.
    /// </summary>
    public void RemoveAborted()
    {
        if (MountTable.TopAt(Mountpoint)?.DeviceMinor == Connection && Fuse.Mountpoint.IsDead(Mountpoint))
        {
            _ = TryUnmount(Mountpoint, lazy: true);
        }
    }

    /// <summary>The channel to serve the mount through; closing it ends the mount's life.</summary>
    public IFuseChannel OpenChannel() => new DescriptorChannel(_device);

    /// <summary>One attempt to unmount. Null on success, else the reason.</summary>
    internal static string? TryUnmount(string path, bool lazy)
    {
        var errno = MountSyscalls.Unmount(path, lazy);
        return errno switch
        {
            0 => null,
            LinuxError.NotPermitted => FuserMount.Unmount(path, lazy),
            _ => LinuxError.Describe(errno),
        };
    }

    /// <summary>
    /// Whether unmounting the path takes away this connection's mount; false if it is not mounted there any more. The path may long belong
    /// to somebody else: a mount is gone from it at once when it was detached, while its connection lives on.
    /// </summary>
    /// <exception cref="FuseMountException">Another mount lies over it.</exception>
    private static bool IsUppermost(string path, uint connection)
    {
        var mounts = MountTable.At(path);
        if (!mounts.Any(mount => mount.DeviceMinor == connection))
        {
            return false;
        }

        var top = mounts[^1];
        return top.DeviceMinor == connection ? true : throw new FuseMountException(
            $"{path} cannot be unmounted: it is covered by a mount of {top.Source} ({top.Type}). Unmount that one first.");
    }

    private static async Task UnmountPatientlyAsync(string path, bool lazy, Func<bool> isGone)
    {
        var since = Stopwatch.StartNew();
        while (!isGone())
        {
            // Closing files ends asynchronously, so that busy may pass in a moment.
            if (TryUnmount(path, lazy: false) is not { } complaint)
            {
                return;
            }

            if (since.ElapsedMilliseconds < BusyTimeoutMs)
            {
                await Task.Delay(BusyPauseMs).ConfigureAwait(false);
                continue;
            }

            if (isGone() || (lazy && TryUnmount(path, lazy: true) is null))
            {
                return;
            }

            throw new FuseMountException($"{path} cannot be unmounted: {complaint}. Close what is open there, or use `arraylakefs umount --lazy {path}`.");
        }
    }

    /// <summary>Null if this user may not: then the helper can.</summary>
    private static FuseDevice? TryMountDirectly(string path, FuseMountOptions options)
    {
        FuseDevice device;
        try
        {
            device = FuseDevice.Open();
        }
        catch (IOException error) when (error.HResult == LinuxError.NoEntry)
        {
            throw new FuseMountException("This machine has no /dev/fuse. Load the kernel's module with `modprobe fuse`.", error);
        }
        catch (IOException)
        {
            return null;
        }

        var errno = MountSyscalls.Mount(device, options.Source, path, FileSystemType, options.IsReadOnly, KernelOptions(options));
        if (errno == 0)
        {
            return device;
        }

        device.Dispose();
        return errno == LinuxError.NotPermitted
            ? null
            : throw new FuseMountException($"The kernel refuses to mount on {path}: {LinuxError.Describe(errno)}.");
    }

    private static FuseDevice MountThroughHelper(string path, FuseMountOptions options)
    {
        // The helper splits at commas.
        var source = options.Source.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal);
        var all = KernelOptions(options).Concat([$"fsname={source}", $"subtype={SubType}", options.IsReadOnly ? "ro" : "rw"]);
        try
        {
            return FuserMount.Mount(path, all);
        }
        catch (IOException error)
        {
            throw new FuseMountException($"{path} cannot be mounted on without root: {error.Message}", error);
        }
    }

    /// <summary>
    /// Where only root gets in, whom no permission bits stop, the kernel need not look at them: it would ask for those of a directory again after
    /// each change in it (decision 19). Where nothing changes, it need ask for nothing if it looks.
    /// </summary>
    private static IEnumerable<string> KernelOptions(FuseMountOptions options) =>
        options.AllowOther ? ["default_permissions", "allow_other"]
        : MountSyscalls.EffectiveUserId == 0 && !options.IsReadOnly ? []
        : ["default_permissions"];
}
