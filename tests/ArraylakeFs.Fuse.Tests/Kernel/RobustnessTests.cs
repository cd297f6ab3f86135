using ArraylakeFs.Sessions;

namespace ArraylakeFs.Fuse.Tests.Kernel;

/// <summary>Clients and handlers that misbehave.</summary>
[Collection(KernelTests.Name)]
public class RobustnessTests
{
    [KernelFact]
    public async Task Four_processes_read_at_once()
    {
        await using var mount = await KernelMount.CreateAsync(files =>
        {
            for (var i = 0; i < 200; i++)
            {
                files.AddFile($"f{i}", new string((char)('a' + (i % 26)), 100_000 + i));
            }
        });
        const string Script = "sum() { for i in $(seq 0 199); do cksum < $M/f$i; done | cksum; }; for p in 1 2 3 4; do sum & done; wait";
        var sums = (await mount.RunAsync(Script)).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, sums.Length);
        Assert.Single(sums.Distinct());
        var expected = await Shell.RunAsync("""
            for i in $(seq 0 199); do
              letter=$(printf "\\$(printf %o $((97 + i % 26)))")
              head -c $((100000 + i)) /dev/zero | tr '\0' $letter | cksum
            done | cksum
            """);
        Assert.Equal(expected.Text.Trim(), sums[0]);
        Assert.Empty(mount.Log);
    }

    [KernelFact]
    public async Task Four_processes_write_at_once()
    {
        await using var mount = await KernelMount.CreateAsync();
        const string Script = """
            write() { mkdir $M/$1; for i in $(seq 100); do echo $1-$i > $M/$1/tmp && mv $M/$1/tmp $M/$1/$i || exit 1; done; }
            for p in 1 2 3 4; do write $p & done; wait
            cat $M/*/* | sort -u | wc -l
            """;
        Assert.Equal("400\n", (await mount.RunAsync(Script)).Text);
        Assert.Empty(mount.Log);
    }

    [KernelFact]
    public async Task A_slow_read_does_not_hold_up_the_others()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var mount = await KernelMount.CreateAsync(files =>
        {
            files.AddFile("fast", "fast");
            var slow = files.AddFile("slow", "slow");
            slow.Caching = FileSystem.DataCaching.Direct;
            slow.OnRead = async (offset, destination) =>
            {
                await gate.Task;
                "slow"u8.CopyTo(destination.Span);
                return offset == 0 ? 4 : 0;
            };
        });
        var waiting = mount.RunAsync("for i in $(seq 20); do cat $M/slow & done; wait");
        Assert.True(SpinWait.SpinUntil(() => mount.Files.ReadCount == 20, 20_000));
        Assert.Equal("fast", (await mount.RunAsync("cat $M/fast; ls $M > /dev/null")).Text);
        Assert.False(waiting.IsCompleted);
        gate.SetResult();
        Assert.Equal(string.Concat(Enumerable.Repeat("slow", 20)), (await waiting).Text);
    }

    [KernelFact]
    public async Task An_exception_is_an_error_of_the_caller_and_the_daemon_lives()
    {
        await using var mount = await KernelMount.CreateAsync(files =>
        {
            files.AddFile("good", "good");
            files.AddFile("bad", "bad").OnRead = (_, _) => throw new InvalidOperationException("broken");
        });
        var result = await mount.RunAsync("cat $M/bad");
        Assert.Contains("Input/output error", result.Error, StringComparison.Ordinal);
        Assert.Equal("good", (await mount.RunAsync("cat $M/good")).Text);
        Assert.Contains("broken", mount.Log.First(), StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task A_client_killed_in_the_middle_of_a_request_is_gone_when_the_request_is()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var mount = await KernelMount.CreateAsync(files =>
        {
            files.AddFile("good", "good");
            files.AddControl("slow", () => "", _ => Errno.None).OnWrite = async source =>
            {
                await gate.Task;
                return source.Length;
            };
        });
        using var client = Shell.Start($"exec dd if=/dev/zero of='{mount.Path}/slow' bs=10 count=1 status=none");
        Assert.True(SpinWait.SpinUntil(() => mount.Files.OpenHandles == 1, 20_000));
        await Task.Delay(200);
        client.Kill();
        Assert.Equal("good", (await mount.RunAsync("cat $M/good")).Text);
        gate.SetResult();
        await client.WaitForExitAsync().WaitAsync(Shell.Patience);
        Assert.Equal(137, client.ExitCode);
        Assert.True(SpinWait.SpinUntil(() => mount.Files.OpenHandles == 0, 20_000));
        Assert.Equal("good", (await mount.RunAsync("cat $M/good")).Text);
        Assert.Empty(mount.Log);
    }

    [KernelFact]
    public async Task Clients_killed_at_random_leave_nothing_behind()
    {
        await using var mount = await KernelMount.CreateAsync(files =>
        {
            for (var i = 0; i < 300; i++)
            {
                files.AddFile($"f{i}", "content");
            }
        });
        mount.Files.EntryLifetime = mount.Files.AttributesLifetime = TimeSpan.Zero;
        for (var i = 0; i < 30; i++)
        {
            await mount.RunAsync($"timeout -s KILL 0.0{i % 10}5 bash -c \"while :; do cat $M/* > /dev/null; ls -l $M > /dev/null; done\"");
        }

        Assert.Equal("content", (await mount.RunAsync("cat $M/f7")).Text);
        Assert.True(SpinWait.SpinUntil(() => mount.Files.OpenHandles == 0, 20_000));
        await mount.RunAsync("echo 2 > /proc/sys/vm/drop_caches");
        Assert.True(SpinWait.SpinUntil(() => mount.Files.Root.Children.Values.Sum(node => node.Lookups) <= 0, 20_000));
        Assert.All(mount.Files.Root.Children.Values, node => Assert.Equal(0, node.Lookups));
        Assert.Empty(mount.Log);
    }
}
