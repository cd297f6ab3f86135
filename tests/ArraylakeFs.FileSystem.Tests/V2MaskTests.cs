using System.Text.Json.Nodes;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>xarray takes the fill value of a v2 array for missing data. In v3 it does not.</summary>
public sealed class V2MaskTests
{
    private const string Zeros = """
        {"zarr_format": 3, "node_type": "array", "shape": [3], "data_type": "int32", "fill_value": 0, "dimension_names": ["time"],
         "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1]}}, "chunk_key_encoding": {"name": "default"},
         "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}]}
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_no_missing_data_in_v3_is_none_in_v2_as_soon_as_the_array_has_all_its_chunks(bool commits)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteGroups(kernel, "x");
        kernel.MakeDirectories(Root("x/c"));
        kernel.Write(Root("x/zarr.json"), Zeros);
        kernel.Write("root.v2.zarr/.zmetadata", "{}");
        void Check(bool hasFill, string v2 = "root.v2.zarr")
        {
            var array = JsonNode.Parse(kernel.ReadText($"{v2}/x/.zarray"))!;
            Assert.Equal(hasFill ? "0" : null, array["fill_value"]?.ToJsonString());
            var copy = JsonNode.Parse(kernel.ReadText($"{v2}/.zmetadata"))!["metadata"]!["x/.zarray"];
            Assert.True(JsonNode.DeepEquals(array, copy));
            Assert.Equal(kernel.ReadBytes($"{v2}/x/.zarray").Length, kernel.StatOf($"{v2}/x/.zarray").Size);
        }

        foreach (string key in (string[])["0", "1", "2"])
        {
            Check(hasFill: true);
            kernel.Write(Root($"x/c/{key}"), Documents.Chunk(key, 4));
            if (commits)
            {
                Check(key != "2", $"commits/{mount.Commit()}/root.v2.zarr");
            }
        }

        Check(hasFill: false);
        kernel.Unlink("root.v2.zarr/x/1");
        Check(hasFill: true);
    }

    [Fact]
    public async Task A_v2_tool_that_goes_on_from_there_leaves_the_fill_value_of_v3()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteGroups(kernel, "x");
        kernel.MakeDirectories(Root("x/c"));
        kernel.Write(Root("x/zarr.json"), Zeros.Replace("\"fill_value\": 0", "\"fill_value\": 7", StringComparison.Ordinal));
        foreach (string key in (string[])["0", "1", "2"])
        {
            kernel.Write(Root($"x/c/{key}"), Documents.Chunk(key, 4));
        }

        string shown = kernel.ReadText("root.v2.zarr/x/.zarray");
        Assert.Contains("\"fill_value\": null", shown, StringComparison.Ordinal);
        kernel.Unlink(Root("x/c/0")); // so that it is 7 again in v2 …
        kernel.Write("root.v2.zarr/x/.zarray", shown.Replace("        3\n", "        5\n", StringComparison.Ordinal)); // … and the tool knows null
        var v3 = JsonNode.Parse(kernel.ReadText(Root("x/zarr.json")))!;
        Assert.Equal(("7", "5"), (v3["fill_value"]!.ToJsonString(), v3["shape"]![0]!.ToJsonString()));
        Assert.Null(v3["attributes"]?["_zarr_v2_fill_value"]);
    }
}
