using System.Security.Cryptography;
using ArraylakeFs.Sessions;
using Native.Fuse;

namespace ArraylakeFs.Fuse.Tests.Kernel;

/// <summary>Requests that come by io_uring, where the machine's root allows it: who may, allows it here for the time of a test.</summary>
[Collection(KernelTests.Name)]
public sealed class RingTests : IDisposable
{
    private readonly string? _before = RingFactAttribute.Missing is null ? File.ReadAllText(RingFactAttribute.Switch) : null;

    public RingTests() => Allow("Y");

    public void Dispose() => Allow(_before);

    [RingFact]
    public async Task Requests_come_by_io_uring_where_root_has_allowed_it_and_the_mount_is_to_have_it()
    {
        await using (var mount = await KernelMount.CreateAsync(files => files.AddFile("file", "by a ring"), ioUring: true))
        {
            Assert.True(mount.Host.Features.HasRings);
            Assert.Equal("by a ring", (await mount.RunAsync("cat $M/file")).Text);
        }

        await using (var mount = await KernelMount.CreateAsync())
        {
            Assert.False(mount.Host.Features.HasRings);
        }

        Allow("N");
        await using (var mount = await KernelMount.CreateAsync(ioUring: true))
        {
            Assert.False(mount.Host.Features.HasRings);
        }
    }

    [RingFact]
    public async Task What_is_written_is_read_whatever_its_length_and_whatever_its_name()
    {
        await using var mount = await KernelMount.CreateAsync(ioUring: true);
        string name = new('n', 255);
        foreach (int length in (int[])[0, 1, 3900, 3976, 4000, 4016, 4017, 4096, 8192, 100_000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_000_000])
        {
            byte[] bytes = new byte[length];
            RandomNumberGenerator.Fill(bytes);
            string source = Path.GetTempFileName();
            await File.WriteAllBytesAsync(source, bytes);
            string sum = Convert.ToHexStringLower(SHA256.HashData(bytes));
            // One write(2) of it all, and the pages dropped, so that it is asked for.
            var script = $"dd if={source} of=$M/{name} bs=8M status=none; echo 3 > /proc/sys/vm/drop_caches; sha256sum < $M/{name}; rm {source}";
            Assert.StartsWith(sum, (await mount.RunAsync(script)).Text, StringComparison.Ordinal);
        }

        string target = string.Concat(Enumerable.Repeat("/target", 580)); // 4,060 bytes: with the name the request is longer than a page
        var links = await mount.RunAsync($"ln -s {target} $M/link; readlink -n $M/link; mv $M/{name} $M/{name[1..]}; rm $M/{name[1..]}");
        Assert.Equal((target, ""), (links.Text, links.Error));
        Assert.Empty(mount.Log);
    }

    [RingFact]
    public async Task A_directory_of_many_names_is_listed_with_their_attributes()
    {
        await using var mount = await KernelMount.CreateAsync(files =>
        {
            for (int i = 0; i < 5000; i++)
            {
                files.AddFile($"file-{i}", new string('x', i));
            }
        }, ioUring: true);
        Assert.Equal("5000 12497500\n", (await mount.RunAsync("find $M -type f -printf '%s\\n' | awk '{ n++; s += $1 } END { print n, s }'")).Text);
        Assert.Equal("5000\n", (await mount.RunAsync("ls -f $M | grep -c file-")).Text);
        Assert.Empty(mount.Log);
    }

    [RingFact]
    public async Task A_mount_goes_away_while_its_rings_wait_and_while_one_has_a_request()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var mount = await KernelMount.CreateAsync(files =>
        {
            files.AddControl("slow", () => "", _ => Errno.None).OnWrite = async source =>
            {
                await gate.Task;
                return source.Length;
            };
        }, ioUring: true);
        var client = mount.RunAsync("echo x > $M/slow");
        Assert.True(SpinWait.SpinUntil(() => mount.Files.OpenHandles == 1, 20_000));
        await Task.Delay(100); // for the write
        Assert.True(mount.Host.TryAbort());
        Assert.NotEqual(0, (await client).ExitCode);
        Assert.False(mount.Host.Completion.IsCompleted); // what is under way still uses the file system
        gate.SetResult();
        await mount.Host.Completion.WaitAsync(Shell.Patience);
    }

    [RingFact]
    public async Task Mounts_come_and_go_many_times()
    {
        for (int i = 0; i < 25; i++)
        {
            await using var mount = await KernelMount.CreateAsync(files => files.AddFile("file", $"{i}"), ioUring: true);
            Assert.Equal($"{i}", (await mount.RunAsync("for n in 1 2 3 4; do cat $M/file > /dev/null & done; wait; cat $M/file")).Text);
            Assert.Empty(mount.Log);
        }
    }

    private static void Allow(string? value)
    {
        if (value is not null && RingFactAttribute.Missing is null)
        {
            File.WriteAllText(RingFactAttribute.Switch, value);
        }
    }

    /// <summary>A test that allows the kernel to use io_uring for FUSE.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class RingFactAttribute : FactAttribute
    {
        public const string Switch = "/sys/module/fuse/parameters/enable_uring";

        public RingFactAttribute() => Skip = Missing;

        public static string? Missing { get; } =
            KernelFactAttribute.Missing ?? (!CanSwitch() ? $"{Switch} is not there (Linux 6.14), or cannot be written"
                : !IoUring.IsAllowed() ? "io_uring is not allowed here" : null);

        private static bool CanSwitch()
        {
            try
            {
                File.WriteAllText(Switch, File.ReadAllText(Switch));
                return true;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }
}
