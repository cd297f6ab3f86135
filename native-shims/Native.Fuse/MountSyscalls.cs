using System.Runtime.InteropServices;

namespace Native.Fuse;

/// <summary>mount(2) and umount2(2) for FUSE, and who we are. Errors are returned as errno, 0 is success.</summary>
public static unsafe class MountSyscalls
{
    private const nuint NoSetUserId = 2, NoDevices = 4, ReadOnlyMount = 1;
    private const int Detach = 2, NoFollow = 8;

    /// <summary>The effective user of this process; 0 is root.</summary>
    public static uint EffectiveUserId => LibC.EffectiveUserId();

    /// <summary>
    /// Mounts a fresh device on a directory, always with nosuid and nodev. <paramref name="type"/> is <c>fuse.SUBTYPE</c>,
    /// <paramref name="options"/> more options for the kernel's FUSE (<c>default_permissions</c>, <c>allow_other</c>).
    /// </summary>
    public static int Mount(FuseDevice device, string source, string mountpoint, string type, bool readOnly, IEnumerable<string> options)
    {
        ArgumentNullException.ThrowIfNull(device);
        var data = string.Join(',', options.Prepend(
            $"fd={device.Number},rootmode=40000,user_id={LibC.EffectiveUserId()},group_id={LibC.EffectiveGroupId()}"));
        var flags = NoSetUserId | NoDevices | (readOnly ? ReadOnlyMount : 0);
        return LibC.Mount(source, mountpoint, type, flags, data) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Unmounts; <paramref name="lazy"/> detaches the name now and the mount when its last user is gone.</summary>
    public static int Unmount(string mountpoint, bool lazy) =>
        LibC.Unmount(mountpoint, NoFollow | (lazy ? Detach : 0)) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>The path without symbolic links, as /proc/self/mountinfo shows it. Null with the errno if it cannot be walked.</summary>
    public static string? RealPath(string path, out int errno)
    {
        var resolved = stackalloc byte[LibC.PathBytes];
        var found = LibC.RealPath(path, resolved) != null;
        errno = found ? 0 : Marshal.GetLastPInvokeError();
        return found ? Marshal.PtrToStringUTF8((nint)resolved) : null;
    }
}
