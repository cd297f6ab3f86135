using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>A document that has several names is finished under each of them.</summary>
public sealed class HardLinkTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_v2_document_with_another_name_is_published_when_it_is_changed_in_place(bool isLinkRemoved, bool reopens)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteGroups(kernel, "x/n");
        kernel.Write("root.v2.zarr/x/.zattrs", """{"a":1}""");
        Files.Check(kernel.Link("root.v2.zarr/x/.zattrs", "root.v2.zarr/x/backup"), "link");
        if (reopens)
        {
            await mount.ReopenAsync();
            kernel = mount.Kernel;
        }

        Files.Check(isLinkRemoved ? kernel.Unlink("root.v2.zarr/x/backup") : Errno.None, "unlink");
        kernel.Write("root.v2.zarr/x/.zattrs", """{"a":2}""");
        Assert.Contains("\"a\":2", Dense(kernel, Root("x/zarr.json")), StringComparison.Ordinal);
        Assert.Equal(isLinkRemoved ? [] : ["x/backup"], mount.Loose);
        string id = mount.Commit();
        Assert.Contains("\"a\":2", Dense(kernel, $"commits/{id}/root.zarr/x/zarr.json"), StringComparison.Ordinal);
        kernel.Write(Root("x/zarr.json"), Documents.Group()); // which drops the document and leaves its other name
        kernel.Write("root.v2.zarr/x/backup", "of its own");
        Assert.Equal("of its own", kernel.ReadText(Root("x/backup")));
        Assert.Equal("{}", kernel.ReadText("root.v2.zarr/x/.zattrs"));
    }

    [Theory]
    [InlineData("zarr.json", "zarr.json.bak", null)]
    [InlineData("zarr.json", "zarr.json.bak", "zarr.json.bak")]
    [InlineData("zarr.json.bak", "zarr.json.bak", null)]
    [InlineData("zarr.json", "../backup", null)]
    [InlineData("../backup", "../backup", null)]
    public async Task A_document_with_another_name_takes_copies_and_spellings_away_when_it_is_changed_in_place(
        string changed, string link, string? removed)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        string Path(string name) => Root(name.StartsWith("../", StringComparison.Ordinal) ? name[3..] : $"g/{name}");
        Zarr.WriteGroups(kernel, "g/n");
        kernel.Write("root.v2.zarr/g/.zattrs", """{"a":1}""");
        Files.Check(kernel.Link(Root("g/zarr.json"), Path(link)), "link");
        byte[] consolidated = Copies.Consolidate(kernel, "g");
        kernel.Replace(Root("zarr.json"), consolidated);
        Assert.Equal(consolidated, kernel.ReadBytes(Root("zarr.json")));
        Files.Check(removed is null ? Errno.None : kernel.Unlink(Path(removed)), "unlink");
        kernel.Write(Path(changed), Documents.Group("""{"a":2}"""));
        Assert.DoesNotContain("consolidated", kernel.ReadText(Root("zarr.json")), StringComparison.Ordinal);
        Assert.Contains("2", kernel.ReadText("root.v2.zarr/g/.zattrs"), StringComparison.Ordinal);
        Assert.DoesNotContain(mount.Loose, path => path.Contains(".z", StringComparison.Ordinal) && path != $"g/{link}");
        mount.Commit();
        Assert.Contains("2", kernel.ReadText("root.v2.zarr/g/.zattrs"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_that_two_nodes_share_is_that_of_both_when_it_is_changed()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteGroups(kernel, "g/a/n");
        Zarr.WriteGroups(kernel, "h/n");
        kernel.MakeDirectories(Root("h/b"));
        Files.Check(kernel.Link(Root("g/a/zarr.json"), Root("h/b/zarr.json")), "link");
        Files.Check(kernel.Rename(Root("g/a"), Root("g/c")), "rename"); // takes its names along
        kernel.Replace(Root("g/zarr.json"), Copies.ConsolidateGroup(kernel, "g", "c"));
        kernel.Replace(Root("h/zarr.json"), Copies.ConsolidateGroup(kernel, "h", "b"));
        kernel.Write(Root("h/b/zarr.json"), Documents.Group("""{"both": 1}"""));
        foreach (string group in (string[])["g", "h"])
        {
            Assert.DoesNotContain("consolidated", kernel.ReadText(Root($"{group}/zarr.json")), StringComparison.Ordinal);
        }

        Files.Check(kernel.Unlink(Root("h/b/zarr.json")), "unlink");
        kernel.Replace(Root("g/zarr.json"), Copies.ConsolidateGroup(kernel, "g", "c"));
        kernel.Write(Root("g/c/zarr.json"), Documents.Group("""{"one": 1}"""));
        Assert.DoesNotContain("consolidated", kernel.ReadText(Root("g/zarr.json")), StringComparison.Ordinal);
    }

    private static string Dense(Kernel kernel, string path) => kernel.ReadText(path).Replace(" ", "", StringComparison.Ordinal);
}
