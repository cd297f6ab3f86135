namespace ArraylakeFs.Fuse.Tests.Kernel;

[Collection(KernelTests.Name)]
public class DirectoryListingTests
{
    private const int Count = 10_000;

    [KernelFact]
    public async Task Ten_thousand_names_are_listed_without_a_lookup_for_each()
    {
        await using var mount = await KernelMount.CreateAsync(Fill);
        Assert.Equal($"{Count}\n", (await mount.RunAsync("ls -U $M/d | sort -u | wc -l")).Text);
        Assert.InRange(mount.Files.LookupCount, 0, 200);
    }

    [KernelFact]
    public async Task Ten_thousand_entries_are_listed_with_attributes_and_without_a_lookup_for_each()
    {
        await using var mount = await KernelMount.CreateAsync(Fill);
        Assert.Equal($"{Count}\n", (await mount.RunAsync("ls -lU $M/d | awk '$5 == 7' | wc -l")).Text);
        Assert.InRange(mount.Files.LookupCount, 0, 200);
        Assert.InRange(mount.Files.AttributeCount, 0, 200);
    }

    [KernelFact]
    public async Task Dots_are_listed_once()
    {
        await using var mount = await KernelMount.CreateAsync(files => files.AddFile("only", ""));
        Assert.Equal(".\n..\nonly\n", (await mount.RunAsync("ls -aU $M | sort")).Text);
    }

    [KernelFact]
    public async Task A_directory_can_be_emptied_while_it_is_listed()
    {
        await using var mount = await KernelMount.CreateAsync(Fill);
        Assert.Equal("0\n", (await mount.RunAsync("rm -r $M/d && ls $M | wc -l")).Text);
    }

    private static void Fill(Doubles.MemoryFileSystem files)
    {
        var folder = files.AddDirectory("d");
        for (var i = 0; i < Count; i++)
        {
            files.AddFile($"chunk.{i}", "content", folder);
        }
    }
}
