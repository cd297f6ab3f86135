namespace Native.Fuse.Tests;

public class DescriptorTests
{
    [Fact]
    public void A_packet_socket_keeps_the_boundaries_of_messages()
    {
        var (first, second) = FileDescriptor.CreateSocketPair(UnixSocketType.SequencedPackets);
        using (first)
        using (second)
        {
            Assert.Equal(0, first.Write([1, 2, 3]));
            Assert.Equal(0, first.Write([4, 5]));
            var buffer = new byte[100];
            Assert.Equal(3, second.Read(buffer));
            Assert.Equal(2, second.Read(buffer));
            Assert.Equal([4, 5, 3], buffer[..3]);
        }
    }

    [Fact]
    public void The_end_of_a_socket_reads_as_zero_and_writing_to_it_is_an_error()
    {
        var (first, second) = FileDescriptor.CreateSocketPair(UnixSocketType.SequencedPackets);
        using (first)
        {
            second.Dispose();
            Assert.Equal(0, first.Read(new byte[10]));
            Assert.Equal(32, first.Write([1])); // EPIPE
        }
    }

    [Fact]
    public void A_closed_descriptor_has_hung_up()
    {
        var (first, second) = FileDescriptor.CreateSocketPair(UnixSocketType.SequencedPackets);
        using (second)
        {
            Assert.False(first.HasHungUp());
            first.Dispose();
            Assert.True(first.HasHungUp());
        }
    }

    [DeviceFact]
    public void A_device_that_is_not_mounted_has_nothing_to_clone_or_to_read()
    {
        using var device = FuseDevice.Open();
        Assert.Null(device.TryClone(out var errno));
        Assert.Equal(LinuxError.NotPermitted, errno);
        Assert.Equal(-LinuxError.NotPermitted, device.Read(new byte[8192]));
    }

    [DeviceFact]
    public void Init_can_be_made_synchronous_from_Linux_6_18_on()
    {
        using var device = FuseDevice.Open();
        Assert.Equal(Environment.OSVersion.Version >= new Version(6, 18), device.TryMakeInitSynchronous());
    }

    [DeviceFact]
    public void Mounting_on_what_is_not_there_is_ENOENT()
    {
        using var device = FuseDevice.Open();
        var errno = MountSyscalls.Mount(device, "test", "/nonexistent/mountpoint", "fuse.test", readOnly: false, ["default_permissions"]);
        Assert.Equal(LinuxError.NoEntry, errno);
    }

    [DeviceFact]
    public void Unmounting_a_directory_that_is_no_mount_is_EINVAL()
    {
        Assert.Equal(LinuxError.Invalid, MountSyscalls.Unmount("/usr/bin", lazy: false));
    }
}

/// <summary>Needs root and /dev/fuse.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DeviceFactAttribute : FactAttribute
{
    public DeviceFactAttribute()
    {
        if (MountSyscalls.EffectiveUserId != 0 || !File.Exists("/dev/fuse"))
        {
            Skip = "needs root and /dev/fuse";
        }
    }
}
