using System.Text.Json;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>The tutorial's steps on a plain directory: the measure of what they do on a mount.</summary>
public sealed class TutorialOnDiskTests : IDisposable
{
    private const string Tree = "./root.zarr";
    private const string Temperature = "atlantic/temperature";

    private readonly TemporaryFolder _folder = new();

    public TutorialOnDiskTests() => Directory.CreateDirectory(_folder["root.zarr"]);

    public void Dispose() => _folder.Dispose();

    [ChrootFact("forky", Mounts = false)]
    public void Zarr_python_and_xarray_walk_it()
    {
        var tool = new ZarrPython();
        Walk(tool);
        tool.Step("delete_array", _folder.Path, Tree);
        tool.Step("delete_group", _folder.Path, Tree);
        Assert.Equal("[]", tool.Step("members", _folder.Path, Tree).ToString());
        tool.Step("xarray_write", _folder.Path, Tree);
        tool.Step("xarray_append", _folder.Path, Tree);
        Assert.Equal(135, tool.Step("xarray_read", _folder.Path, Tree).GetProperty("sum").GetDouble());
        tool.Step("overwrite", _folder.Path, Tree);
        Assert.Equal("""{"title": "anew"}""", tool.Step("attributes", _folder.Path, Tree).ToString());
    }

    [OfficialClientFact]
    public void Zarrita_walks_it()
    {
        var tool = new Zarrita();
        Walk(tool);
        tool.Step("delete_array", _folder.Path, Tree);
        tool.Step("delete_group", _folder.Path, Tree);
        Assert.Equal([_folder["root.zarr/zarr.json"]], Directory.GetFileSystemEntries(_folder["root.zarr"]));
    }

    private void Walk(ZarrTool tool)
    {
        JsonElement Step(string step, params string[] more) => tool.Step(step, _folder.Path, [Tree, .. more]);

        Step("set_title");
        Step("set_description");
        Assert.Equal(["description", "title"], Step("attributes").EnumerateObject().Select(attribute => attribute.Name).Order());
        Step("create");
        Assert.Equal("nan", Step("first_element").GetString(), ignoreCase: true);
        Step("fill");
        Assert.Equal(
            ["0", "1", "2", "3", "4"],
            Directory.GetFiles(_folder["root.zarr/atlantic/temperature/c"]).Select(Path.GetFileName).Order());
        Step("resize");
        Step("append");
        Assert.Equal(15, Directory.GetFiles(_folder["root.zarr/atlantic/temperature/c"]).Length);
        Assert.Equal("[200]", Step("summary", Temperature).GetProperty("shape").ToString());
        File.WriteAllText(_folder["stop"], "");
        Assert.Single(Step("watch", Temperature, "./ready", "./stop").EnumerateArray());
        Directory.Move(_folder["root.zarr/atlantic"], _folder["root.zarr/atlantic_group"]);
        Directory.Move(_folder["root.zarr/atlantic_group/temperature"], _folder["root.zarr/atlantic_group/temperature_array"]);
    }
}
