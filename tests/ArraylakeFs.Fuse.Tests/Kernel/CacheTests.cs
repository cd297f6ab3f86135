namespace ArraylakeFs.Fuse.Tests.Kernel;

/// <summary>What the kernel remembers, and that it forgets when told.</summary>
[Collection(KernelTests.Name)]
public class CacheTests
{
    [KernelFact]
    public async Task What_was_looked_up_is_not_asked_again()
    {
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("f", "content"));
        await mount.RunAsync("cat $M/f");
        var (lookups, attributes, reads) = (mount.Files.LookupCount, mount.Files.AttributeCount, mount.Files.ReadCount);
        Assert.Equal(string.Concat(Enumerable.Repeat("content", 20)), (await mount.RunAsync("for i in $(seq 20); do cat $M/f; done")).Text);
        Assert.Equal((lookups, reads), (mount.Files.LookupCount, mount.Files.ReadCount));
        Assert.InRange(mount.Files.AttributeCount - attributes, 0, 20);
    }

    [KernelFact]
    public async Task Only_who_could_write_flushes_at_close()
    {
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("f", "content"));
        Assert.Equal("contentcontent", (await mount.RunAsync("cat $M/f $M/f")).Text);
        Assert.Equal(0, mount.Files.FlushCount);
        Assert.Equal("", (await mount.RunAsync("dd if=/dev/zero of=$M/f bs=1 count=1 status=none")).Text);
        Assert.InRange(mount.Files.FlushCount, 1, 3);
    }

    [KernelFact]
    public async Task An_absence_is_cached_until_it_is_taken_back()
    {
        await using var mount = await KernelMount.CreateAsync(files => files.AbsenceLifetime = TimeSpan.FromDays(365));
        Assert.Equal("no\nno\nno\n", (await mount.RunAsync("for i in 1 2 3; do test -e $M/x && echo yes || echo no; done")).Text);
        Assert.Equal(1, mount.Files.LookupCount);
        mount.Files.AddFile("x", "");
        Assert.Equal("no\n", (await mount.RunAsync("test -e $M/x && echo yes || echo no")).Text);
        mount.Files.KernelCache.InvalidateAllEntries();
        await mount.Files.KernelCache.DrainAsync();
        Assert.Equal("yes\n", (await mount.RunAsync("test -e $M/x && echo yes || echo no")).Text);
    }

    [KernelFact]
    public async Task New_content_is_seen_after_the_invalidation_of_the_node()
    {
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("x", "old"));
        Assert.Equal("old", (await mount.RunAsync("cat $M/x")).Text);
        var node = mount.Files.Root.Children["x"];
        node.Data = "new"u8.ToArray();
        Assert.Equal("old", (await mount.RunAsync("cat $M/x")).Text);
        mount.Files.KernelCache.InvalidateNode(node.Id);
        await mount.Files.KernelCache.DrainAsync();
        Assert.Equal("new", (await mount.RunAsync("cat $M/x")).Text);
    }

    [KernelFact]
    public async Task All_names_are_asked_again_after_a_new_epoch()
    {
        await using var mount = await KernelMount.CreateAsync(files =>
        {
            files.AbsenceLifetime = TimeSpan.FromDays(365);
            files.AddFile("x", "of x", files.AddDirectory("a"));
            files.AddFile("x", "of y", files.AddDirectory("b"));
        });
        const string Script = "cat $M/a/x; test -e $M/later && echo yes || echo no";
        Assert.Equal("of xno\n", (await mount.RunAsync(Script)).Text);
        var root = mount.Files.Root.Children;
        (root["a"], root["b"]) = (root["b"], root["a"]);
        mount.Files.AddFile("later", "");
        if (mount.Host.Features.HasEpochs)
        {
            Assert.Equal("of xno\n", (await mount.RunAsync(Script)).Text);
        }

        mount.Files.KernelCache.InvalidateAllEntries();
        await mount.Files.KernelCache.DrainAsync();
        Assert.Equal("of yyes\n", (await mount.RunAsync(Script)).Text);
        Assert.Empty(mount.Log);
    }

    [KernelFact]
    public async Task Invalidations_from_inside_a_request_do_not_deadlock()
    {
        await using var mount = await KernelMount.CreateAsync();
        var node = mount.Files.AddControl("commit", () => "", _ => Sessions.Errno.None);
        node.OnWrite = async source =>
        {
            // The worst habits at once: the file being written, everything; and waiting for it.
            mount.Files.KernelCache.InvalidateNode(node.Id);
            mount.Files.KernelCache.InvalidateAllEntries();
            await mount.Files.KernelCache.DrainAsync();
            return source.Length;
        };
        Assert.Equal("", (await mount.RunAsync("for i in 1 2 3 4 5; do echo $i > $M/commit || exit 1; done")).Text);
        Assert.Empty(mount.Log);
    }
}
