namespace ArraylakeFs.Fuse.Tests.Kernel;

/// <summary>Files as client processes see them through the kernel.</summary>
[Collection(KernelTests.Name)]
public class FileTests
{
    [KernelFact]
    public async Task Stat_shows_the_attributes()
    {
        await using var mount = await KernelMount.CreateAsync(files =>
            files.AddFile("hello", "hello world\n").ModifiedNs = 1_234_567_890_123_456_789);
        var stat = await mount.RunAsync("stat -c '%F %s %a %h %Y %o' $M/hello");
        Assert.Equal("regular file 12 666 1 1234567890 1048576\n", stat.Text);
        Assert.Equal("directory 777\n", (await mount.RunAsync("stat -c '%F %a' $M")).Text);
        Assert.Equal("65735546 255\n", (await mount.RunAsync("stat -f -c '%t %l' $M")).Text);
        Assert.Contains("fuse.arraylakefs", (await mount.RunAsync("grep $M /proc/self/mountinfo")).Text, StringComparison.Ordinal);
        Assert.Contains("test", (await mount.RunAsync("df $M | tail -1")).Text, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task A_file_is_written_appended_read_and_truncated()
    {
        await using var mount = await KernelMount.CreateAsync();
        Assert.Equal("one\ntwo\n", (await mount.RunAsync("echo one > $M/f && echo two >> $M/f && cat $M/f")).Text);
        Assert.Equal("one", (await mount.RunAsync("truncate -s 3 $M/f && cat $M/f")).Text);
        var result = await mount.RunAsync("""
            set -e
            printf X | dd of=$M/f bs=1 seek=1 conv=notrunc status=none
            truncate -s 6 $M/f
            stat -c %s $M/f; tr -d '\0' < $M/f
            """);
        Assert.Equal("6\noXe", result.Text);
        Assert.Equal("x", (await mount.RunAsync("printf x > $M/f; cat $M/f")).Text);
        Assert.Equal("x", mount.Files.Text("f"));
    }

    [KernelFact]
    public async Task Large_files_keep_every_byte()
    {
        await using var mount = await KernelMount.CreateAsync();
        var result = await mount.RunAsync("""
            set -e
            T=$(mktemp); trap "rm $T" EXIT
            dd if=/dev/urandom of=$T bs=1M count=20 status=none; printf tail >> $T
            cp $T $M/big; cmp $T $M/big
            echo 3 > /proc/sys/vm/drop_caches
            cmp $T $M/big
            dd if=$M/big of=/dev/null iflag=direct bs=4M status=none
            cat $M/big | cmp $T
            """);
        Assert.Equal("", result.Text);
        Assert.Equal((20 << 20) + 4, mount.Files.Root.Children["big"].Data.Length);
    }

    [KernelFact]
    public async Task Writes_are_as_large_as_the_kernel_can_make_them()
    {
        var sizes = new System.Collections.Concurrent.ConcurrentQueue<int>();
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("f", "").OnWrite = source =>
        {
            sizes.Enqueue(source.Length);
            return new(source.Length);
        });
        Assert.Equal("", (await mount.RunAsync("dd if=/dev/zero of=$M/f bs=1M count=2 conv=notrunc status=none")).Text);
        Assert.Equal([1 << 20, 1 << 20], sizes);
    }

    [KernelFact]
    public async Task Names_are_moved_linked_and_removed()
    {
        await using var mount = await KernelMount.CreateAsync();
        var result = await mount.RunAsync("""
            set -e; cd $M
            echo a > a; echo b > b; mkdir -p d/e
            mv a d/e/c; cat d/e/c
            mv b d/e/c; cat d/e/c
            ln d/e/c hard; stat -c %h hard d/e/c
            [ $(stat -c %i hard) = $(stat -c %i d/e/c) ]
            ln -s d/e/c 'soft 🐳'; readlink 'soft 🐳'; cat 'soft 🐳'
            rm d/e/c; cat hard
            rmdir d 2>/dev/null && exit 1
            rm -r d; ls
            """);
        Assert.Equal("a\nb\n2\n2\nd/e/c\nb\nb\nhard\nsoft 🐳\n", result.Text);
    }

    [KernelFact]
    public async Task An_open_file_outlives_its_name()
    {
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("f", "content\n"));
        var result = await mount.RunAsync("""
            exec 3<>$M/f; rm $M/f
            cat <&3; echo '2 more' >&3
            test ! -e $M/f && tail -c 7 /proc/self/fd/3
            """);
        Assert.Equal("content\n2 more\n", result.Text);
        Assert.True(SpinWait.SpinUntil(() => mount.Files.OpenHandles == 0 && mount.Files.NodeCount == 1, 10_000));
    }

    [KernelFact]
    public async Task Exclusive_creation_fails_where_the_name_exists()
    {
        await using var mount = await KernelMount.CreateAsync();
        var result = await mount.RunAsync("set -C; echo first > $M/f; (echo second > $M/f) 2>/dev/null || echo refused; cat $M/f");
        Assert.Equal("refused\nfirst\n", result.Text);
        // Eight at once: one of them wins.
        result = await mount.RunAsync("""
            set -C
            for i in 1 2 3 4 5 6 7 8; do (echo $i > $M/g) 2>/dev/null && echo won & done; wait
            wc -l < $M/g
            """);
        Assert.Equal("won\n1\n", result.Text);
    }

    [KernelFact]
    public async Task A_mapped_file_shows_its_bytes()
    {
        var text = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i}\n"));
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("mapped", text));
        Assert.Equal(text, (await mount.RunAsync($"{Shell.Self} mmap $M/mapped")).Text);
    }

    [KernelFact]
    public async Task A_control_file_of_size_0_is_read_and_a_write_is_one_command_with_its_errno()
    {
        var commands = new List<string>();
        Sessions.Errno Write(string command)
        {
            commands.Add(command);
            return command.StartsWith("bad", StringComparison.Ordinal) ? Sessions.Errno.Stale : Sessions.Errno.None;
        }

        await using var mount = await KernelMount.CreateAsync(files =>
            files.AddControl("commit", () => $"state {commands.Count}\n", Write));
        var accepted = await mount.RunAsync("stat -c %s $M/commit; cat $M/commit; echo 'a message' > $M/commit; cat $M/commit");
        Assert.Equal("0\nstate 0\nstate 1\n", accepted.Text);
        var refused = await mount.RunAsync("echo bad > $M/commit");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Stale file handle", refused.Error, StringComparison.Ordinal);
        await mount.RunAsync("/usr/bin/printf 'two\\nlines\\n' >> $M/commit");
        Assert.Equal(["a message\n", "bad\n", "two\nlines\n"], commands);
    }

    [KernelFact]
    public async Task Extended_attributes_are_found_by_name_and_not_listed()
    {
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("f", ""));
        Assert.Equal("native", (await mount.RunAsync($"{Shell.Self} getxattr $M/f user.icechunk.kind")).Text);
        // cp -a copies what is listed, and nothing may be set.
        Assert.Equal("", (await mount.RunAsync("cp -a --preserve=xattr $M/f $M/g")).Text);
    }

    [KernelFact]
    public async Task Cp_asks_for_the_whole_file_and_copies_by_itself_what_is_refused()
    {
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("f", new string('x', 300_000)));
        var result = await mount.RunAsync("""
            set -e
            cp $M/f $M/g; cmp $M/f $M/g; stat -c %s $M/g
            cp $M/f $M/g; cmp $M/f $M/g
            cp --reflink=always $M/f $M/h 2>&1 || true
            T=$(mktemp -d); trap "rm -r $T" EXIT
            cp $M/f $T/f; cmp $M/f $T/f; cp $T/f $M/k; cmp $T/f $M/k
            """);
        Assert.Contains("300000\n", result.Text, StringComparison.Ordinal);
        Assert.Contains("Operation not supported", result.Text, StringComparison.Ordinal);
        Assert.Equal([300_000L, 300_000L], mount.Files.Ranges.Select(r => r.Length));

        mount.Files.TakesOver = false;
        Assert.Equal("", (await mount.RunAsync("cp $M/f $M/l; cmp $M/f $M/l; cp $M/f $M/m; cmp $M/f $M/m")).Text);
        Assert.Equal(4, mount.Files.Ranges.Count(r => r is { SourceOffset: 0, TargetOffset: 0, Length: 300_000 }));
    }

    [KernelFact]
    public async Task Cp_and_tools_that_probe_for_features_work()
    {
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("f", new string('x', 300_000)));
        // SEEK_HOLE, fallocate, O_TMPFILE and locks fall back in the kernel or the tool.
        var result = await mount.RunAsync("""
            set -e
            cp -a $M/f $M/g; cmp $M/f $M/g
            cp --sparse=always $M/f $M/h; cmp $M/f $M/h
            flock $M/f true; sync $M/f
            """);
        Assert.Equal("", result.Text);
    }

    [KernelFact]
    public async Task A_read_only_mount_refuses_in_the_kernel()
    {
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("f", "x"), readOnly: true);
        var result = await mount.RunAsync("echo y > $M/f");
        Assert.Contains("Read-only file system", result.Error, StringComparison.Ordinal);
        Assert.Equal("x", (await mount.RunAsync("cat $M/f")).Text);
    }
}
