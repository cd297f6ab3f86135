using ArraylakeFs.Fuse.Tests.Doubles;
using Native.Fuse;

namespace ArraylakeFs.Fuse.Tests.Kernel;

/// <summary>Mounting, unmounting, and mountpoints in every bad state.</summary>
[Collection(KernelTests.Name)]
public sealed class MountTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("arraylakefs-mount-").FullName;

    public MountTests() => Directory.CreateDirectory(Mountpoint);

    private string Mountpoint => $"{_folder}/m p,🐳";

    public void Dispose()
    {
        while (MountTable.TopAt(Mountpoint) is not null && MountSyscalls.Unmount(Mountpoint, lazy: true) == 0)
        {
        }

        Directory.Delete(_folder, recursive: true);
    }

    [KernelFact]
    public async Task Stopping_unmounts_and_completes()
    {
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("f", "x"));
        Assert.Equal("x", (await mount.RunAsync("cat $M/f")).Text);
        await mount.Host.StopAsync(lazyIfBusy: false);
        await mount.Host.Completion.WaitAsync(Shell.Patience);
        Assert.Null(MountTable.TopAt(mount.Path));
        await mount.Host.StopAsync(lazyIfBusy: false);
    }

    [KernelFact]
    public async Task An_umount_by_someone_else_completes_the_server()
    {
        await using var mount = await KernelMount.CreateAsync();
        Assert.Equal("", (await mount.RunAsync("umount $M")).Text);
        await mount.Host.Completion.WaitAsync(Shell.Patience);
    }

    [KernelFact]
    public async Task An_abort_completes_the_server_and_frees_the_clients()
    {
        await using var mount = await KernelMount.CreateAsync(files =>
        {
            var stuck = files.AddFile("stuck", "x");
            stuck.Caching = FileSystem.DataCaching.Direct;
            stuck.OnRead = async (_, _) =>
            {
                await Task.Delay(3000);
                return 0;
            };
        });
        var client = mount.RunAsync("cat $M/stuck");
        Assert.True(SpinWait.SpinUntil(() => mount.Files.ReadCount == 1, 20_000));
        Assert.True(mount.Host.TryAbort());
        Assert.Contains("Software caused connection abort", (await client).Error, StringComparison.Ordinal);
        await mount.Host.Completion.WaitAsync(Shell.Patience);
        Assert.Contains("aborted", Assert.Single(mount.Log), StringComparison.Ordinal);
        Assert.NotNull(MountTable.TopAt(mount.Path));
        await mount.Host.DisposeAsync();
        Assert.Null(MountTable.TopAt(mount.Path));
    }

    [KernelFact]
    public async Task A_busy_mount_stays_unless_it_may_be_detached()
    {
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("f", "still there"));
        using var user = Shell.Start($"exec 3<'{mount.Path}/f'; read; cat <&3");
        Assert.True(SpinWait.SpinUntil(() => mount.Files.OpenFileCount == 1, 20_000));
        var error = await Assert.ThrowsAsync<FuseMountException>(() => mount.Host.StopAsync(lazyIfBusy: false));
        Assert.Contains("busy", error.Message, StringComparison.Ordinal);
        Assert.Equal("still there", (await mount.RunAsync("cat $M/f")).Text);
        await mount.Host.StopAsync(lazyIfBusy: true);
        Assert.Null(MountTable.TopAt(mount.Path));
        Assert.False(mount.Host.Completion.IsCompleted);
        await user.StandardInput.WriteLineAsync();
        Assert.Equal("still there", await user.StandardOutput.ReadToEndAsync().WaitAsync(Shell.Patience));
        await mount.Host.Completion.WaitAsync(Shell.Patience);
    }

    [KernelFact]
    public async Task Disposing_takes_the_mount_away_from_those_who_use_it()
    {
        var mount = await KernelMount.CreateAsync();
        using var user = Shell.Start($"cd '{mount.Path}'; read; echo");
        Assert.True(SpinWait.SpinUntil(() => File.ResolveLinkTarget($"/proc/{user.Id}/cwd", false)?.FullName == mount.Path, 20_000));
        await mount.DisposeAsync();
        Assert.True(mount.Host.Completion.IsCompleted);
        await user.StandardInput.WriteLineAsync();
        await user.WaitForExitAsync().WaitAsync(Shell.Patience);
    }

    [KernelFact]
    public async Task The_mount_of_a_dead_daemon_is_taken_over()
    {
        for (var i = 0; i < 2; i++)
        {
            using var daemon = await DaemonProcess.StartAsync($"exec {Shell.Self} serve '{Mountpoint}'");
            Assert.Equal("hello from a daemon\n", (await Shell.RunAsync($"cat '{Mountpoint}/hello'")).Text);
            await daemon.KillAsync();
            var list = await Shell.RunAsync($"ls '{Mountpoint}'");
            Assert.Contains("Transport endpoint is not connected", list.Error, StringComparison.Ordinal);
        }

        using var last = await DaemonProcess.StartAsync($"exec {Shell.Self} serve '{Mountpoint}'");
        Assert.Equal("hello from a daemon\n", (await Shell.RunAsync($"cat '{Mountpoint}/hello'")).Text);
        Assert.Contains("taking it over", await last.StopAsync(), StringComparison.Ordinal);
        Assert.Null(MountTable.TopAt(Mountpoint));
    }

    [KernelFact]
    public async Task Who_takes_a_dead_mount_over_leaves_alone_who_was_faster()
    {
        using (var dead = await DaemonProcess.StartAsync($"exec {Shell.Self} serve '{Mountpoint}'"))
        {
            await dead.KillAsync();
        }

        DaemonProcess? faster = null;
        void BeFaster(string line) => faster ??= DaemonProcess.StartAsync($"exec {Shell.Self} serve '{Mountpoint}'").GetAwaiter().GetResult();
        var error = Assert.Throws<FuseMountException>(() => FuseMount.Create(Mountpoint, new FuseMountOptions("test"), BeFaster));
        Assert.Contains("is a mount already", error.Message, StringComparison.Ordinal);
        Assert.Equal("hello from a daemon\n", (await Shell.RunAsync($"cat '{Mountpoint}/hello'")).Text);
        using (faster)
        {
            await faster!.StopAsync();
        }
    }

    [KernelFact]
    public async Task Stopping_leaves_alone_who_took_the_place_of_a_mount_that_was_detached()
    {
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("f", "still there"));
        using var user = Shell.Start($"exec 3<'{mount.Path}/f'; read; cat <&3");
        Assert.True(SpinWait.SpinUntil(() => mount.Files.OpenFileCount == 1, 20_000));
        Assert.Equal("", (await mount.RunAsync("umount --lazy $M")).Text);
        await using (await FuseHost.MountAsync(new MemoryFileSystem(), mount.Path, new FuseMountOptions("somebody else")))
        {
            await mount.Host.StopAsync(lazyIfBusy: true);
            Assert.Equal("somebody else", MountTable.TopAt(mount.Path)?.Source);
        }

        await user.StandardInput.WriteLineAsync();
        Assert.Equal("still there", await user.StandardOutput.ReadToEndAsync().WaitAsync(Shell.Patience));
        await mount.Host.Completion.WaitAsync(Shell.Patience);
    }

    [KernelTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopping_below_another_mount_says_so_and_leaves_both(bool lazy)
    {
        await using var mount = await KernelMount.CreateAsync();
        Assert.Equal("", (await mount.RunAsync("mount -t tmpfs above $M")).Text);
        try
        {
            var error = await Assert.ThrowsAsync<FuseMountException>(() => mount.Host.StopAsync(lazy));
            Assert.Contains("covered by a mount of above (tmpfs)", error.Message, StringComparison.Ordinal);
            Assert.Equal(2, MountTable.At(mount.Path).Count);
        }
        finally
        {
            await mount.RunAsync("umount -t tmpfs $M");
        }

        await mount.Host.StopAsync(lazyIfBusy: false);
        Assert.Null(MountTable.TopAt(mount.Path));
    }

    [KernelFact]
    public async Task A_live_mount_is_refused_and_left_alone()
    {
        using var daemon = await DaemonProcess.StartAsync($"exec {Shell.Self} serve '{Mountpoint}'");
        Assert.Contains("is a mount already", Refusal(Mountpoint), StringComparison.Ordinal);
        Assert.Equal("hello from a daemon\n", (await Shell.RunAsync($"cat '{Mountpoint}/hello'")).Text);
        await FuseMount.UnmountAsync(Mountpoint, lazy: false);
        await daemon.StopAsync();
        Assert.Null(MountTable.TopAt(Mountpoint));
        await Assert.ThrowsAsync<FuseMountException>(() => FuseMount.UnmountAsync(Mountpoint, lazy: false));
    }

    [KernelFact]
    public async Task A_mount_that_does_not_answer_is_refused_in_a_few_seconds()
    {
        using var daemon = await DaemonProcess.StartAsync($"exec {Shell.Self} serve '{Mountpoint}'");
        await Shell.RunAsync($"kill -STOP {daemon.Id}");
        try
        {
            Assert.Contains("does not answer", Refusal(Mountpoint), StringComparison.Ordinal);
        }
        finally
        {
            await Shell.RunAsync($"kill -CONT {daemon.Id}");
        }

        await daemon.StopAsync();
    }

    [KernelFact]
    public void A_missing_directory_is_refused_with_the_way_out() =>
        Assert.EndsWith($"mkdir -p {_folder}/missing`.", Refusal($"{_folder}/missing"), StringComparison.Ordinal);

    [KernelFact]
    public void A_file_is_refused()
    {
        File.WriteAllText($"{_folder}/file", "");
        Assert.Contains("is no directory", Refusal($"{_folder}/file"), StringComparison.Ordinal);
    }

    [KernelFact]
    public void A_directory_that_is_not_empty_is_refused()
    {
        File.WriteAllText($"{Mountpoint}/precious", "");
        Assert.Contains("is not empty", Refusal(Mountpoint), StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task A_symbolic_link_to_a_directory_can_be_mounted_on()
    {
        Directory.CreateSymbolicLink($"{_folder}/link", Mountpoint);
        await using var host = await FuseHost.MountAsync(new MemoryFileSystem(), $"{_folder}/link/", new FuseMountOptions("test"));
        Assert.Equal(Mountpoint, host.Mountpoint);
        Assert.NotNull(MountTable.TopAt(Mountpoint));
    }

    [KernelFact]
    public async Task Every_message_is_traced_if_the_environment_says_so()
    {
        using var daemon = await DaemonProcess.StartAsync($"export ARRAYLAKEFS_FUSE_TRACE=1; exec {Shell.Self} serve '{Mountpoint}'");
        await Shell.RunAsync($"cat '{Mountpoint}/hello'; cat '{Mountpoint}/missing'");
        var trace = await daemon.StopAsync();
        Assert.Matches("fuse -> 2 INIT \\(26\\)", trace);
        Assert.Matches("LOOKUP \\(1\\) node 1 pid \\d+, 46 bytes", trace);
        Assert.Matches("fuse <- \\d+ No such file or directory, 16 bytes", trace);
    }

    [UnprivilegedFact]
    public async Task A_user_who_is_not_root_mounts_through_fusermount3()
    {
        // In a namespace of its own /dev/fuse is open to all; the user owns the mountpoint and may read a copy of the assembly.
        var program = $"{_folder}/app/{Path.GetFileName(typeof(MountTests).Assembly.Location)}";
        var script = $$"""
            set -e
            mount --make-rprivate /
            chmod 755 '{{_folder}}'; cp -r '{{AppContext.BaseDirectory}}' '{{_folder}}/app'; chmod -R a+rX '{{_folder}}/app'
            mknod -m 666 '{{_folder}}/fuse' c 10 229; mount --bind '{{_folder}}/fuse' /dev/fuse
            M='{{Mountpoint}}'; chown 65534:65534 "$M"
            exec setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent bash -c '
              coproc D { exec "{{Environment.ProcessPath}}" exec "{{program}}" serve "$1" 2>&3; }
              read -t 60 line <&${D[0]}; echo "$line"
              id -u; cat "$1/hello"; grep -F user_id=65534 /proc/self/mountinfo | sed "s/.* - //"
              exec {D[1]}>&-; wait $D_PID; echo "ended $?"; ls -A "$1" | wc -l
            ' bash "$M" 3>&2
            """;
        var result = await Shell.RunAsync($"exec unshare -m bash -c \"$(cat <<'SCRIPT'\n{script}\nSCRIPT\n)\"");
        Assert.Contains("ready\n65534\nhello from a daemon\nfuse.arraylakefs test,with", result.Text, StringComparison.Ordinal);
        Assert.Contains("user_id=65534", result.Text, StringComparison.Ordinal);
        Assert.EndsWith("ended 0\n0\n", result.Text, StringComparison.Ordinal);
    }

    private static string Refusal(string mountpoint)
    {
        var options = new FuseMountOptions("test");
        return Assert.Throws<FuseMountException>(() => FuseMount.Create(mountpoint, options)).Message;
    }
}
